package echo

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"time"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// A Socket sends echo requests to any address of a family and hears replies and
// ICMP errors, all without waiting.
type Socket struct {
	Voice
	fd int
	ID uint16 // of its requests; the kernel writes its own over it when not raw

	reply [128]byte // the header and the cookie are enough
	oob   [512]byte
}

// roomWanted is the receive buffer: replies wait in it for the next slot.
const roomWanted = 4 << 20

// Listen opens a socket.
func Listen(v Voice) (*Socket, error) {
	family, proto, sort := unix.AF_INET, unix.IPPROTO_ICMP, unix.SOCK_DGRAM
	if v.V6 {
		family, proto = unix.AF_INET6, unix.IPPROTO_ICMPV6
	}
	if v.Raw {
		sort = unix.SOCK_RAW
	}
	fd, err := unix.Socket(family, sort|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, proto)
	if err != nil {
		return nil, err
	}
	s := &Socket{Voice: v, fd: fd, ID: NextID()}
	if err := errors.Join(s.options(), s.bind()); err != nil {
		unix.Close(fd)
		return nil, err
	}
	return s, nil
}

// Close closes it.
func (s *Socket) Close() { unix.Close(s.fd) }

func (s *Socket) options() error {
	set := func(level, name, value int) error { return unix.SetsockoptInt(s.fd, level, name, value) }
	_ = s.Room(roomWanted)
	err := set(unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)
	level, hops, class, recverr, discover, probe, never := unix.IPPROTO_IP, unix.IP_TTL, unix.IP_TOS, unix.IP_RECVERR, unix.IP_MTU_DISCOVER, unix.IP_PMTUDISC_PROBE, unix.IP_PMTUDISC_DONT
	if s.V6 {
		level, hops, class, recverr, discover, probe, never = unix.IPPROTO_IPV6, unix.IPV6_UNICAST_HOPS, unix.IPV6_TCLASS, unix.IPV6_RECVERR, unix.IPV6_MTU_DISCOVER, unix.IPV6_PMTUDISC_PROBE, unix.IPV6_PMTUDISC_DONT
	}
	// Probing: what the kernel learned of the path does not stop a packet here,
	// so that a router has to say again that it is too big.
	fragment := never
	if s.DF {
		fragment = probe
	}
	err = errors.Join(err, set(level, hops, s.TTL), set(level, class, s.DSCP<<2), set(level, recverr, 1), set(level, discover, fragment))
	if s.Raw {
		err = errors.Join(err, s.filter())
	}
	return err
}

// filter lets only replies to this socket's requests in: a raw socket gets
// every ICMP packet of the machine else. Over IPv4 it begins at the IP header.
func (s *Socket) filter() error {
	kind := uint32(0) // echo reply
	program := []bpf.Instruction{bpf.LoadMemShift{Off: 0}}
	if s.V6 {
		kind, program = 129, []bpf.Instruction{bpf.LoadConstant{Dst: bpf.RegX, Val: 0}}
	}
	program = append(program,
		bpf.LoadIndirect{Off: 0, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: kind, SkipTrue: 3},
		bpf.LoadIndirect{Off: 4, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: uint32(s.ID), SkipTrue: 1},
		bpf.RetConstant{Val: 1 << 16},
		bpf.RetConstant{Val: 0},
	)
	code, err := bpf.Assemble(program)
	if err != nil {
		return err
	}
	filter := make([]unix.SockFilter, len(code))
	for i, c := range code {
		filter[i] = unix.SockFilter{Code: c.Op, Jt: c.Jt, Jf: c.Jf, K: c.K}
	}
	return unix.SetsockoptSockFprog(s.fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]})
}

func (s *Socket) bind() error {
	if s.From.Device != "" {
		return unix.BindToDevice(s.fd, s.From.Device)
	}
	if s.From.Addr.IsValid() {
		return unix.Bind(s.fd, Address(s.From.Addr))
	}
	return nil
}

// Address is where Send sends to.
func Address(a netip.Addr) unix.Sockaddr {
	if a.Is4() {
		return &unix.SockaddrInet4{Addr: a.As4()}
	}
	return &unix.SockaddrInet6{Addr: a.As16(), ZoneId: zone(a.Zone())}
}

func zone(name string) uint32 {
	if name == "" {
		return 0
	}
	if n, err := strconv.ParseUint(name, 10, 32); err == nil {
		return uint32(n)
	}
	if i, err := net.InterfaceByName(name); err == nil {
		return uint32(i.Index)
	}
	return 0
}

// Room sets how many bytes of replies may wait to be read: as many as asked for
// with CAP_NET_ADMIN, else as net.core.rmem_max allows.
func (s *Socket) Room(bytes int) error {
	if unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, bytes) == nil {
		return nil
	}
	return unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_RCVBUF, bytes)
}

// Hops sets how many hops what is sent next may take.
func (s *Socket) Hops(n int) error {
	if s.V6 {
		return unix.SetsockoptInt(s.fd, unix.IPPROTO_IPV6, unix.IPV6_UNICAST_HOPS, n)
	}
	return unix.SetsockoptInt(s.fd, unix.IPPROTO_IP, unix.IP_TTL, n)
}

// Send sends an echo request. An ICMP error about another request of this
// socket is told to the next call, so one is tried again.
func (s *Socket) Send(packet []byte, to unix.Sockaddr) (err error) {
	for range 3 {
		if err = unix.Sendto(s.fd, packet, unix.MSG_DONTWAIT, to); err == nil || !Reported(err) {
			return err
		}
	}
	return err
}

// Reported says that an error may be that of an ICMP message.
func Reported(err error) bool {
	switch err {
	case unix.ENETUNREACH, unix.EHOSTUNREACH, unix.ENOPROTOOPT, unix.ECONNREFUSED, unix.EHOSTDOWN,
		unix.ENONET, unix.EOPNOTSUPP, unix.EPROTO, unix.EACCES, unix.EMSGSIZE:
		return true
	}
	return false
}

// mostWaiting bounds what one call reads: somebody may send faster than we read.
const mostWaiting = 20000

// Drain hands over every reply that waits.
func (s *Socket) Drain(got func(Reply)) {
	for range mostWaiting {
		n, oobn, _, _, err := unix.Recvmsg(s.fd, s.reply[:], s.oob[:], unix.MSG_DONTWAIT)
		switch {
		case err == unix.EINTR || err != nil && Reported(err): // what it reports lies in the error queue too
			continue
		case err != nil:
			return
		}
		if a, ok := parseReply(s.Voice, s.ID, s.reply[:n]); ok {
			a.At = arrivalTime(s.oob[:oobn])
			got(a)
		}
	}
}

// arrivalTime reads when the kernel took a packet, which it says beside it.
func arrivalTime(oob []byte) time.Time {
	for len(oob) >= unix.CmsgLen(0) {
		h, data, rest, err := unix.ParseOneSocketControlMessage(oob)
		if err != nil {
			break
		}
		oob = rest
		switch {
		case h.Level != unix.SOL_SOCKET || h.Type != unix.SO_TIMESTAMPNS:
		case len(data) >= 16:
			return time.Unix(int64(binary.NativeEndian.Uint64(data)), int64(binary.NativeEndian.Uint64(data[8:])))
		case len(data) >= 8: // of a machine with words of 32 bits
			return time.Unix(int64(int32(binary.NativeEndian.Uint32(data))), int64(binary.NativeEndian.Uint32(data[4:])))
		}
	}
	return time.Time{}
}

// Dropped is how many packets the kernel dropped for want of room here
// (SO_MEMINFO, SK_MEMINFO_DROPS), asked for by the one call of x/sys that gives
// the bytes of an option as they are.
func (s *Socket) Dropped() uint32 {
	info, err := unix.GetsockoptTCPInfo(s.fd, unix.SOL_SOCKET, unix.SO_MEMINFO)
	if err != nil {
		return 0
	}
	return (*[9]uint32)(unsafe.Pointer(info))[8]
}

// Errors hands over every ICMP error that waits, with the number of the request
// that it quotes (ip(7), IP_RECVERR: the kernel has found the socket by it).
func (s *Socket) Errors(got func(Reply, Error)) {
	for range mostWaiting {
		n, oobn, _, _, err := unix.Recvmsg(s.fd, s.reply[:], s.oob[:], unix.MSG_ERRQUEUE|unix.MSG_DONTWAIT)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return
		}
		a, ok := parseEcho(s.Voice, s.ID, s.reply[:n])
		if e, at := ParseControl(s.oob[:oobn]); ok && !e.IsZero() {
			a.At = at
			got(a, e)
		}
	}
}

// ParseControl reads what the kernel says beside an entry of an error queue:
// the error, zero when it is none of ICMP, and when it came.
func ParseControl(oob []byte) (e Error, at time.Time) {
	at = arrivalTime(oob)
	for len(oob) >= unix.CmsgLen(0) {
		h, data, rest, err := unix.ParseOneSocketControlMessage(oob)
		if err != nil {
			break
		}
		oob = rest
		if h.Level == unix.IPPROTO_IP && h.Type == unix.IP_RECVERR || h.Level == unix.IPPROTO_IPV6 && h.Type == unix.IPV6_RECVERR {
			if found, ok := parseError(data); ok {
				e = found
			}
		}
	}
	return e, at
}

// parseError reads a struct sock_extended_err and the address behind it (linux/errqueue.h).
func parseError(b []byte) (Error, bool) {
	if len(b) < 16+4 {
		return Error{}, false
	}
	const byICMP, byICMP6 = 2, 3
	e := Error{V6: b[4] == byICMP6, Kind: b[5], Code: b[6], MTU: int(binary.NativeEndian.Uint32(b[8:]))}
	switch family := binary.NativeEndian.Uint16(b[16:]); {
	case b[4] != byICMP && b[4] != byICMP6: // of this machine: the send Error it too
		return Error{}, false
	case family == unix.AF_INET && len(b) >= 16+8:
		e.By = netip.AddrFrom4([4]byte(b[20:24]))
	case family == unix.AF_INET6 && len(b) >= 16+24:
		e.By = netip.AddrFrom16([16]byte(b[24:40]))
	}
	return e, e.By.IsValid()
}
