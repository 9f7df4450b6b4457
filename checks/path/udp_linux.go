package path

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"fengsui/checks"
	"fengsui/checks/icmp/echo"
)

// A datagram probes by UDP to a port that nobody listens on, one at a time: an
// error need not quote more than the ports, which are those of the flow. It
// needs no right at all.
type datagram struct {
	fd      int
	at      checks.Endpoint
	payload [16]byte // what is sent, number and all
	sent    probe
	open    bool
	oob     [512]byte
}

func newUDP(at checks.Endpoint, port uint16) (prober, checks.Reason) {
	if port == 0 {
		port = tracePort
	}
	fd, err := socket(at, unix.SOCK_DGRAM)
	if err == nil {
		err = unix.Connect(fd, withPort(at.Addr, port))
	}
	if err != nil {
		unix.Close(fd)
		return nil, trouble(at, err)
	}
	d := &datagram{fd: fd, at: at}
	binary.BigEndian.PutUint64(d.payload[:], rand.Uint64())
	return d, checks.Reason{}
}

func (d *datagram) close()      { unix.Close(d.fd) }
func (d *datagram) window() int { return 1 }

func (d *datagram) send(hop, _ int) error {
	if err := setHops(d.fd, d.at.Addr.Is6(), hop); err != nil {
		return err
	}
	binary.BigEndian.PutUint64(d.payload[8:], binary.BigEndian.Uint64(d.payload[8:])+1)
	d.sent, d.open = probe{hop, time.Now()}, true
	var err error
	for range 3 { // the first may tell of the probe before
		if _, err = unix.Write(d.fd, d.payload[:]); err == nil || !echo.Reported(err) {
			break
		}
	}
	return err
}

func (d *datagram) hear() []answer {
	var all []answer
	var b [64]byte
	for d.open {
		if n, _, _, _, err := unix.Recvmsg(d.fd, b[:], nil, unix.MSG_DONTWAIT); err == nil && n >= 0 { // somebody listens there
			all, d.open = append(all, answer{hop: d.sent.hop, rtt: time.Since(d.sent.at), by: d.at.Addr}), false
			break
		}
		says, quoted, at, err := nextError(d.fd, b[:], d.oob[:])
		if err != nil {
			break
		}
		if len(quoted) >= len(d.payload) && string(quoted[:len(d.payload)]) != string(d.payload[:]) || says.IsZero() {
			continue // about a probe of before
		}
		all, d.open = append(all, answer{d.sent.hop, echo.RoundTrip(d.sent.at, at, time.Now()), says.By, says}), false
	}
	return all
}

// socket opens a socket of a sort that hears ICMP errors, from the endpoint's
// source.
func socket(at checks.Endpoint, sort int) (int, error) {
	family, level, recverr := unix.AF_INET, unix.IPPROTO_IP, unix.IP_RECVERR
	if at.Addr.Is6() {
		family, level, recverr = unix.AF_INET6, unix.IPPROTO_IPV6, unix.IPV6_RECVERR
	}
	fd, err := unix.Socket(family, sort|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return -1, err
	}
	err = errors.Join(unix.SetsockoptInt(fd, level, recverr, 1), unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1))
	switch {
	case at.From.Device != "":
		err = errors.Join(err, unix.BindToDevice(fd, at.From.Device))
	case at.From.Addr.IsValid() && sort == unix.SOCK_DGRAM:
		err = errors.Join(err, unix.Bind(fd, withPort(at.From.Addr, 0)))
	}
	return fd, err
}

func withPort(a netip.Addr, port uint16) unix.Sockaddr {
	switch s := echo.Address(a).(type) {
	case *unix.SockaddrInet4:
		s.Port = int(port)
		return s
	case *unix.SockaddrInet6:
		s.Port = int(port)
		return s
	}
	panic("BUG: an address of no family")
}

func setHops(fd int, v6 bool, hops int) error {
	if v6 {
		return unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_UNICAST_HOPS, hops)
	}
	return unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_TTL, hops)
}

func trouble(at checks.Endpoint, err error) checks.Reason {
	if local := checks.LocalReason(at, err, at.Route); !local.IsZero() {
		return local
	}
	return checks.ReasonLocal.With(at.Target, at.Addr.String(), checks.Plain(err))
}

// nextError reads one ICMP error, what it quotes behind the header of the
// transport, and when it came.
func nextError(fd int, b, oob []byte) (says echo.Error, quoted []byte, at time.Time, err error) {
	n, oobn, _, _, err := unix.Recvmsg(fd, b, oob, unix.MSG_ERRQUEUE|unix.MSG_DONTWAIT)
	if err != nil {
		return says, nil, at, err
	}
	says, at = echo.ParseControl(oob[:oobn])
	return says, b[:n], at, nil
}
