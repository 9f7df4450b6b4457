package path

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"

	"fengsui/checks"
	"fengsui/checks/icmp/echo"
)

// A handshake probes by the first packet of a TCP connection, one at a time, all
// from one port. It passes where only a service's port does, and needs no right.
type handshake struct {
	at   checks.Endpoint
	port uint16
	own  uint16 // port of this end, kept from the first probe
	fd   int    // of the probe on its way; -1: none
	sent probe
	oob  [512]byte
}

func newTCP(at checks.Endpoint, port uint16) (prober, checks.Reason) {
	return &handshake{at: at, port: port, fd: -1}, checks.Reason{}
}

func (h *handshake) close() {
	if h.fd >= 0 {
		unix.Close(h.fd)
		h.fd = -1
	}
}

func (h *handshake) window() int { return 1 }

// send may find the port still held by the probe before: then it waits a
// little, and at last goes on from another one.
func (h *handshake) send(hop, _ int) (err error) {
	for n := range 4 {
		if err = h.begin(hop); err != unix.EADDRNOTAVAIL && err != unix.EADDRINUSE {
			break
		}
		if n < 2 {
			time.Sleep(pace)
		} else {
			h.own = 0
		}
	}
	return err
}

func (h *handshake) begin(hop int) error {
	h.close()
	fd, err := socket(h.at, unix.SOCK_STREAM)
	if err != nil {
		unix.Close(fd)
		return err
	}
	h.fd = fd
	err = errors.Join(
		setHops(fd, h.at.Addr.Is6(), hop),
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1),
		unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1}), // no TIME_WAIT, so that the port is free again
		unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_SYNCNT, 1),
	)
	if h.own != 0 || h.at.From.Addr.IsValid() {
		from := h.at.From.Addr
		if !from.IsValid() {
			from = unspecified(h.at.Addr.Is6())
		}
		if err == nil {
			err = unix.Bind(fd, withPort(from, h.own))
		}
	}
	if err != nil {
		return err
	}
	h.sent = probe{hop, time.Now()}
	if err := unix.Connect(fd, withPort(h.at.Addr, h.port)); err != nil && err != unix.EINPROGRESS {
		if err == unix.ECONNREFUSED { // on this machine
			return nil
		}
		return err
	}
	if own, err := unix.Getsockname(fd); err == nil && h.own == 0 {
		switch a := own.(type) {
		case *unix.SockaddrInet4:
			h.own = uint16(a.Port)
		case *unix.SockaddrInet6:
			h.own = uint16(a.Port)
		}
	}
	return nil
}

func (h *handshake) hear() []answer {
	if h.fd < 0 {
		return nil
	}
	var b [64]byte
	if says, _, at, err := nextError(h.fd, b[:], h.oob[:]); err == nil && !says.IsZero() {
		h.close()
		return []answer{{h.sent.hop, echo.RoundTrip(h.sent.at, at, time.Now()), says.By, says}}
	}
	poll := []unix.PollFd{{Fd: int32(h.fd), Events: unix.POLLOUT}}
	if n, err := unix.Poll(poll, 0); err != nil || n == 0 {
		return nil
	}
	took := time.Since(h.sent.at)
	code, err := unix.GetsockoptInt(h.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil || code != 0 && unix.Errno(code) != unix.ECONNREFUSED && unix.Errno(code) != unix.ECONNRESET {
		return nil // silence, or an error without a quote
	}
	h.close()
	return []answer{{hop: h.sent.hop, rtt: took, by: h.at.Addr}} // accepted or refused: it is there
}
