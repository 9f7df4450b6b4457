package icmp

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"os"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
	"golang.org/x/sys/unix"

	"fengsui/checks"
)

// ask sends one echo request over a connected socket with IP_RECVERR (ip(7)),
// on which the kernel reports the ICMP errors that pro-bing never sees: who
// says that a host is unreachable differs from nobody saying anything. It
// returns the error, or 0 when there was none within the wait and a second.
func ask(ctx context.Context, at checks.Endpoint, way string, ttl int, wait time.Duration) syscall.Errno {
	until := time.Now().Add(min(wait, time.Second))
	if deadline, ok := ctx.Deadline(); ok && deadline.Add(-margin).Before(until) {
		until = deadline.Add(-margin)
	}
	a := at.Addr
	conn, err := dialEcho(at, way, ttl)
	if err != nil {
		return 0 // the burst had a socket: what fails now says nothing about the target
	}
	defer conn.Close()
	conn.SetDeadline(until)
	defer context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })()
	id := int(ids.Add(1) & 0xffff)
	if _, err := conn.Write(echo(a, id)); err != nil {
		return errnoOf(err)
	}
	reply := make([]byte, 512)
	for {
		n, err := conn.Read(reply)
		if err != nil {
			return errnoOf(err)
		}
		if way == Unprivileged || isReply(a, reply[:n], id) {
			return 0 // it lives after all; the verdict on the burst stands
		}
	}
}

// dialEcho opens a connected ICMP socket that reports errors.
func dialEcho(at checks.Endpoint, way string, ttl int) (net.Conn, error) {
	a := at.Addr
	family, proto, level, recverr, hops := unix.AF_INET, unix.IPPROTO_ICMP, unix.IPPROTO_IP, unix.IP_RECVERR, unix.IP_TTL
	var to unix.Sockaddr
	if a.Is4() {
		to = &unix.SockaddrInet4{Addr: a.As4()}
	} else {
		family, proto, level, recverr, hops = unix.AF_INET6, unix.IPPROTO_ICMPV6, unix.IPPROTO_IPV6, unix.IPV6_RECVERR, unix.IPV6_UNICAST_HOPS
		to = &unix.SockaddrInet6{Addr: a.As16(), ZoneId: zone(a.Zone())}
	}
	sort := unix.SOCK_DGRAM
	if way == Raw {
		sort = unix.SOCK_RAW
	}
	s, err := unix.Socket(family, sort|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, proto)
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(s), "icmp")
	defer file.Close()
	err = errors.Join(unix.SetsockoptInt(s, level, recverr, 1), unix.SetsockoptInt(s, level, hops, ttl), bind(s, at.From), unix.Connect(s, to))
	if err != nil {
		return nil, err
	}
	return net.FileConn(file)
}

// bind makes a socket speak from a source.
func bind(s int, from checks.Source) error {
	if from.Device != "" {
		return unix.BindToDevice(s, from.Device)
	}
	switch a := from.Addr; {
	case a.Is4():
		return unix.Bind(s, &unix.SockaddrInet4{Addr: a.As4()})
	case a.Is6():
		return unix.Bind(s, &unix.SockaddrInet6{Addr: a.As16(), ZoneId: zone(a.Zone())})
	}
	return nil
}

func zone(name string) uint32 {
	if n, err := strconv.ParseUint(name, 10, 32); err == nil {
		return uint32(n)
	}
	if i, err := net.InterfaceByName(name); err == nil {
		return uint32(i.Index)
	}
	return 0
}

// echo returns an echo request (RFC 792, RFC 4443 section 4.1). The kernel
// writes the checksum over IPv6.
func echo(a netip.Addr, id int) []byte {
	m := icmp.Message{Type: ipv4.ICMPTypeEcho, Body: &icmp.Echo{ID: id, Seq: 1, Data: make([]byte, minSize)}}
	if a.Is6() {
		m.Type = ipv6.ICMPTypeEchoRequest
	}
	wire, err := m.Marshal(nil)
	if err != nil {
		panic("BUG: an echo request does not marshal: " + err.Error())
	}
	return wire
}

// isReply says whether a raw packet is the reply to our id; over IPv4 it
// comes with its IP header.
func isReply(a netip.Addr, packet []byte, id int) bool {
	kind := byte(ipv6.ICMPTypeEchoReply)
	if a.Is4() {
		kind = byte(ipv4.ICMPTypeEchoReply)
		if len(packet) < 1 || len(packet) < int(packet[0]&0x0f)*4 {
			return false
		}
		packet = packet[int(packet[0]&0x0f)*4:]
	}
	return len(packet) >= 8 && packet[0] == kind && int(binary.BigEndian.Uint16(packet[4:])) == id
}

// errnoOf keeps the errors that the kernel makes of ICMP messages
// (icmp_err_convert, icmpv6_err_convert); any other is our own.
func errnoOf(err error) syscall.Errno {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		switch errno {
		case syscall.ENETUNREACH, syscall.EHOSTUNREACH, syscall.ENOPROTOOPT, syscall.ECONNREFUSED,
			syscall.EHOSTDOWN, syscall.ENONET, syscall.EOPNOTSUPP, syscall.EPROTO, syscall.EACCES:
			return errno
		}
	}
	return 0
}
