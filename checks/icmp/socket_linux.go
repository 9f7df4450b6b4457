package icmp

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

	"fengsui/checks"
)

// A voice is a way of speaking, and so a socket: what it sends is alike but for
// address, number and length.
type voice struct {
	v6        bool
	raw       bool
	ttl, dscp int
	df        bool
	from      checks.Source
}

// A socket sends echo requests to any address of a family and hears replies and
// ICMP errors, all without waiting.
type socket struct {
	voice
	fd    int
	id    uint16    // of its requests; the kernel writes its own over it when not raw
	reply [128]byte // the header and the cookie are enough
	oob   [512]byte
}

// roomWanted is the receive buffer: replies wait in it for the next slot.
const roomWanted = 4 << 20

func listen(v voice) (*socket, error) {
	family, proto, sort := unix.AF_INET, unix.IPPROTO_ICMP, unix.SOCK_DGRAM
	if v.v6 {
		family, proto = unix.AF_INET6, unix.IPPROTO_ICMPV6
	}
	if v.raw {
		sort = unix.SOCK_RAW
	}
	fd, err := unix.Socket(family, sort|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, proto)
	if err != nil {
		return nil, err
	}
	s := &socket{voice: v, fd: fd, id: uint16(ids.Add(1))}
	if err := errors.Join(s.options(), s.bind()); err != nil {
		unix.Close(fd)
		return nil, err
	}
	return s, nil
}

func (s *socket) close() { unix.Close(s.fd) }

func (s *socket) options() error {
	set := func(level, name, value int) error { return unix.SetsockoptInt(s.fd, level, name, value) }
	if set(unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, roomWanted) != nil { // CAP_NET_ADMIN
		_ = set(unix.SOL_SOCKET, unix.SO_RCVBUF, roomWanted) // as much as net.core.rmem_max allows
	}
	err := set(unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)
	level, hops, class, recverr, discover, probe, never := unix.IPPROTO_IP, unix.IP_TTL, unix.IP_TOS, unix.IP_RECVERR, unix.IP_MTU_DISCOVER, unix.IP_PMTUDISC_PROBE, unix.IP_PMTUDISC_DONT
	if s.v6 {
		level, hops, class, recverr, discover, probe, never = unix.IPPROTO_IPV6, unix.IPV6_UNICAST_HOPS, unix.IPV6_TCLASS, unix.IPV6_RECVERR, unix.IPV6_MTU_DISCOVER, unix.IPV6_PMTUDISC_PROBE, unix.IPV6_PMTUDISC_DONT
	}
	// Probing: what the kernel learned of the path does not stop a packet here,
	// so that a router has to say again that it is too big.
	fragment := never
	if s.df {
		fragment = probe
	}
	err = errors.Join(err, set(level, hops, s.ttl), set(level, class, s.dscp<<2), set(level, recverr, 1), set(level, discover, fragment))
	if s.raw {
		err = errors.Join(err, s.filter())
	}
	return err
}

// filter lets only replies to this socket's requests in: a raw socket gets
// every ICMP packet of the machine else. Over IPv4 it begins at the IP header.
func (s *socket) filter() error {
	kind := uint32(0) // echo reply
	program := []bpf.Instruction{bpf.LoadMemShift{Off: 0}}
	if s.v6 {
		kind, program = 129, []bpf.Instruction{bpf.LoadConstant{Dst: bpf.RegX, Val: 0}}
	}
	program = append(program,
		bpf.LoadIndirect{Off: 0, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: kind, SkipTrue: 3},
		bpf.LoadIndirect{Off: 4, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: uint32(s.id), SkipTrue: 1},
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

func (s *socket) bind() error {
	if s.from.Device != "" {
		return unix.BindToDevice(s.fd, s.from.Device)
	}
	if s.from.Addr.IsValid() {
		return unix.Bind(s.fd, sockaddr(s.from.Addr))
	}
	return nil
}

func sockaddr(a netip.Addr) unix.Sockaddr {
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

// send sends an echo request. An ICMP error about another request of this
// socket is told to the next call, so one is tried again.
func (s *socket) send(packet []byte, to unix.Sockaddr) (err error) {
	for range 3 {
		if err = unix.Sendto(s.fd, packet, unix.MSG_DONTWAIT, to); err == nil || !reported(err) {
			return err
		}
	}
	return err
}

// reported says that an error may be that of an ICMP message.
func reported(err error) bool {
	switch err {
	case unix.ENETUNREACH, unix.EHOSTUNREACH, unix.ENOPROTOOPT, unix.ECONNREFUSED, unix.EHOSTDOWN,
		unix.ENONET, unix.EOPNOTSUPP, unix.EPROTO, unix.EACCES, unix.EMSGSIZE:
		return true
	}
	return false
}

// An arrival is a reply, and when the kernel took it.
type arrival struct {
	seq    uint16
	cookie uint64
	at     time.Time // wall clock of the kernel; zero: not told
}

// mostWaiting bounds what one call reads: somebody may send faster than we read.
const mostWaiting = 20000

// drain hands over every reply that waits.
func (s *socket) drain(got func(arrival)) {
	for range mostWaiting {
		n, oobn, _, _, err := unix.Recvmsg(s.fd, s.reply[:], s.oob[:], unix.MSG_DONTWAIT)
		switch {
		case err == unix.EINTR || err != nil && reported(err): // what it reports lies in the error queue too
			continue
		case err != nil:
			return
		}
		if a, ok := parseReply(s.voice, s.id, s.reply[:n]); ok {
			a.at = arrivalTime(s.oob[:oobn])
			got(a)
		}
	}
}

// arrivalTime reads when the kernel took a packet, which it says beside it.
func arrivalTime(oob []byte) time.Time {
	for len(oob) > 0 {
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

// dropped is how many packets the kernel dropped for want of room here
// (SO_MEMINFO, SK_MEMINFO_DROPS), asked for by the one call of x/sys that gives
// the bytes of an option as they are.
func (s *socket) dropped() uint32 {
	info, err := unix.GetsockoptTCPInfo(s.fd, unix.SOL_SOCKET, unix.SO_MEMINFO)
	if err != nil {
		return 0
	}
	return (*[9]uint32)(unsafe.Pointer(info))[8]
}

// errors hands over every ICMP error that waits, with the number of the request
// that it quotes (ip(7), IP_RECVERR: the kernel has found the socket by it).
func (s *socket) errors(got func(arrival, said)) {
	for range mostWaiting {
		n, oobn, _, _, err := unix.Recvmsg(s.fd, s.reply[:], s.oob[:], unix.MSG_ERRQUEUE|unix.MSG_DONTWAIT)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return
		}
		a, ok := parseEcho(s.voice, s.id, s.reply[:n])
		for oob := s.oob[:oobn]; ok && len(oob) > 0; {
			h, data, rest, err := unix.ParseOneSocketControlMessage(oob)
			if err != nil {
				break
			}
			oob = rest
			if h.Level == unix.IPPROTO_IP && h.Type == unix.IP_RECVERR || h.Level == unix.IPPROTO_IPV6 && h.Type == unix.IPV6_RECVERR {
				if e, ok := parseError(data); ok {
					got(a, e)
				}
			}
		}
	}
}

// parseError reads a struct sock_extended_err and the address behind it (linux/errqueue.h).
func parseError(b []byte) (said, bool) {
	if len(b) < 16+4 {
		return said{}, false
	}
	const byICMP, byICMP6 = 2, 3
	e := said{v6: b[4] == byICMP6, kind: b[5], code: b[6], mtu: int(binary.NativeEndian.Uint32(b[8:]))}
	switch family := binary.NativeEndian.Uint16(b[16:]); {
	case b[4] != byICMP && b[4] != byICMP6: // of this machine: the send said it too
		return said{}, false
	case family == unix.AF_INET && len(b) >= 16+8:
		e.by = netip.AddrFrom4([4]byte(b[20:24]))
	case family == unix.AF_INET6 && len(b) >= 16+24:
		e.by = netip.AddrFrom16([16]byte(b[24:40]))
	}
	return e, e.by.IsValid()
}
