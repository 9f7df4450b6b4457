package checks

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"syscall"
)

// A Source is from where a target is looked at: an address of this machine,
// or an interface. The zero Source leaves it to the system.
type Source struct {
	Addr   netip.Addr // not valid: as the system chooses
	Device string     // interface that the socket is bound to; "": none
}

var (
	reasonSourceMissing = Declaration{"source_missing", Unable, []string{"target", "source", "seen"},
		"本机没有源地址或接口 {source}（{seen}），无法代表该接入点查看 {target}（应为：在本机配置该地址或接口，或修改接入点的 source / interface）",
		"this machine has no source {source} ({seen}), so {target} was not looked at for its access point; want the address or interface here, or another source or interface in the inventory"}
	reasonSourceFamily = Declaration{"source_lacks_family", Unable, []string{"target", "source", "family"},
		"源地址或接口 {source} 没有 IPv{family}，无法通过 IPv{family} 查看 {target}",
		"the source {source} has no IPv{family}, so {target} cannot be looked at over it"}
)

// Dialer returns a dialer that opens connections of a network (tcp4, udp6)
// from the source.
func (s Source) Dialer(network string) *net.Dialer {
	d := &net.Dialer{KeepAlive: -1} // a probe ends long before a keep-alive would matter
	if s.Addr.IsValid() {
		at := netip.AddrPortFrom(s.Addr, 0)
		if network[:3] == "udp" {
			d.LocalAddr = net.UDPAddrFromAddrPort(at)
		} else {
			d.LocalAddr = net.TCPAddrFromAddrPort(at)
		}
	}
	if s.Device != "" {
		d.Control = s.Control
	}
	return d
}

// Control binds a socket to the device; a net.Dialer and libraries that open
// sockets of their own take it.
func (s Source) Control(_, _ string, c syscall.RawConn) error {
	if s.Device == "" {
		return nil
	}
	var bound error
	err := c.Control(func(fd uintptr) { bound = bindToDevice(fd, s.Device) })
	return errors.Join(err, bound)
}

// leastMTU is what every IPv6 link carries (RFC 8200 section 5).
const leastMTU = 1280

// segment is the payload of TCP that [leastMTU] carries.
func (e Endpoint) segment() int {
	if e.Addr.Is4() {
		return leastMTU - 20 - 20
	}
	return leastMTU - 40 - 20
}

// Dial opens a connection of a network (tcp, udp) to a port of the endpoint,
// from its source. Of a narrow endpoint neither end sends TCP segments that the
// least MTU of IPv6 does not carry: what works over such a connection and hangs
// over another meets an MTU black hole on its way. One of UDP tells every ICMP
// error about what it sent.
func (e Endpoint) Dial(ctx context.Context, network string, port uint16) (net.Conn, error) {
	udp := network == "udp"
	d := net.Dialer{KeepAlive: -1} // a probe ends long before a keep-alive would matter
	if udp || e.Narrow || e.From.Device != "" {
		d.Control = func(network, address string, c syscall.RawConn) error {
			var set error
			err := c.Control(func(fd uintptr) {
				switch {
				case udp:
					set = hearErrors(fd, e.Addr.Is6())
				case e.Narrow:
					set = limitSegments(fd, e.segment())
				}
			})
			return errors.Join(e.From.Control(network, address, c), err, set)
		}
	}
	var from netip.AddrPort // as the system chooses
	if e.From.Addr.IsValid() {
		from = netip.AddrPortFrom(e.From.Addr, 0)
	}
	if to := netip.AddrPortFrom(e.Addr, port); udp {
		return connOf(d.DialUDP(ctx, e.Network(network), from, to))
	} else {
		return connOf(d.DialTCP(ctx, e.Network(network), from, to))
	}
}

// connOf keeps a connection that is none from becoming an interface that is not
// nil.
func connOf[C net.Conn](c C, err error) (net.Conn, error) {
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Route asks the kernel's routing table about an address as [Route] does, from
// the endpoint's source.
func (e Endpoint) Route(to netip.Addr) error { return e.From.route(to) }

// route connects a UDP socket, which sends nothing: connect(2) looks up the
// route.
func (s Source) route(to netip.Addr) error {
	c, err := s.Dialer("udp").Dial("udp", netip.AddrPortFrom(to, 9).String())
	if err != nil {
		return err
	}
	return c.Close()
}

// source says from where a spec looks over a family. The reason is zero when
// this machine can.
func (s Spec) source(f Family) (Source, Reason) {
	switch {
	case s.Interface != "":
		return s.fromInterface(f, bindable)
	case len(s.Sources) == 0:
		return Source{}, Reason{}
	}
	for _, a := range s.Sources {
		a = a.Unmap()
		if FamilyOf(a) != f {
			continue
		}
		if err := bindable(Source{Addr: a}, f); err != nil {
			return Source{}, reasonSourceMissing.With(s.Target, a.String(), Plain(err))
		}
		return Source{Addr: a}, Reason{}
	}
	// What the system would choose instead speaks for somebody else.
	return Source{}, reasonSourceFamily.With(s.Target, s.Sources[0].Unmap().String(), f.String())
}

// fromInterface binds to the interface, or to its address where this process
// has not the right (SO_BINDTODEVICE, before Linux 5.7: CAP_NET_RAW).
func (s Spec) fromInterface(f Family, bindable func(Source, Family) error) (Source, Reason) {
	i, err := net.InterfaceByName(s.Interface)
	if err != nil {
		return Source{}, reasonSourceMissing.With(s.Target, s.Interface, Plain(err))
	}
	own := addressOf(i, f)
	if !own.IsValid() {
		return Source{}, reasonSourceFamily.With(s.Target, s.Interface, f.String())
	}
	from := Source{Device: s.Interface}
	if errors.Is(bindable(from, f), syscall.EPERM) {
		from = Source{Addr: own}
	}
	if err := bindable(from, f); err != nil {
		return Source{}, reasonSourceMissing.With(s.Target, s.Interface, Plain(err))
	}
	return from, Reason{}
}

// bindable opens a socket of a source for a moment.
func bindable(from Source, f Family) error {
	at := netip.AddrPortFrom(netip.IPv4Unspecified(), 0)
	if f == V6 {
		at = netip.AddrPortFrom(netip.IPv6Unspecified(), 0)
	}
	if from.Addr.IsValid() {
		at = netip.AddrPortFrom(from.Addr, 0)
	}
	l := net.ListenConfig{Control: from.Control}
	c, err := l.ListenPacket(context.Background(), "udp"+f.String(), at.String())
	if err != nil {
		return err
	}
	return c.Close()
}

// addressOf returns the first address of a family that an interface has and
// that others can answer to.
func addressOf(i *net.Interface, f Family) netip.Addr {
	addrs, err := i.Addrs()
	if err != nil {
		return netip.Addr{}
	}
	for _, a := range addrs {
		p, err := netip.ParsePrefix(a.String())
		if err != nil {
			continue
		}
		if a := p.Addr().Unmap(); FamilyOf(a) == f && !a.IsLinkLocalUnicast() {
			return a
		}
	}
	return netip.Addr{}
}
