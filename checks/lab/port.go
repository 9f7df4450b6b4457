//go:build linux

package lab

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// Port is a TCP port of a loopback address that a test owns. Until Listen it
// refuses connections: it is bound, so the kernel gives it to nobody else. A
// port that was listened on and closed again would not do: a server of another
// test may get it in the next moment.
type Port struct {
	at netip.AddrPort
	fd int
}

// Ports takes one port number at each of the hosts, which are literal
// addresses; the test skips when there is no such address here.
func Ports(t *testing.T, hosts ...string) []*Port {
	t.Helper()
	for range 100 {
		var ports []*Port
		var number uint16
		for _, host := range hosts {
			p, err := bind(netip.AddrPortFrom(netip.MustParseAddr(host), number))
			if errors.Is(err, unix.EADDRINUSE) && number != 0 {
				break // somebody has it at this host: another number
			}
			if errors.Is(err, unix.EADDRNOTAVAIL) || errors.Is(err, unix.EAFNOSUPPORT) {
				Skip(t, "no %s here: %v", host, err)
			}
			if err != nil {
				t.Fatalf("lab: bind a port of %s: %v", host, err)
			}
			t.Cleanup(func() { unix.Close(p.fd) })
			number = p.at.Port()
			ports = append(ports, p)
		}
		if len(ports) == len(hosts) {
			return ports
		}
	}
	t.Fatalf("lab: no port is free at all of %v", hosts)
	return nil
}

// Closed returns host:port of a port of host that refuses connections as long
// as the test runs.
func Closed(t *testing.T, host string) string {
	t.Helper()
	return Ports(t, host)[0].String()
}

func (p *Port) String() string { return p.at.String() }

// Listen opens the port, until the test ends.
func (p *Port) Listen(t *testing.T) net.Listener {
	t.Helper()
	if err := unix.Listen(p.fd, unix.SOMAXCONN); err != nil {
		t.Fatalf("lab: listen at %s: %v", p, err)
	}
	fd, err := unix.FcntlInt(uintptr(p.fd), unix.F_DUPFD_CLOEXEC, 0) // net's own: closing it leaves ours
	if err != nil {
		t.Fatalf("lab: listen at %s: %v", p, err)
	}
	f := os.NewFile(uintptr(fd), p.String())
	defer f.Close()
	l, err := net.FileListener(f)
	if err != nil {
		t.Fatalf("lab: listen at %s: %v", p, err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func bind(at netip.AddrPort) (*Port, error) {
	family, to := unix.AF_INET6, unix.Sockaddr(&unix.SockaddrInet6{Port: int(at.Port()), Addr: at.Addr().As16()})
	if at.Addr().Is4() {
		family, to = unix.AF_INET, &unix.SockaddrInet4{Port: int(at.Port()), Addr: at.Addr().As4()}
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if err := unix.Bind(fd, to); err != nil {
		unix.Close(fd)
		return nil, err
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	switch name := name.(type) {
	case *unix.SockaddrInet4:
		at = netip.AddrPortFrom(at.Addr(), uint16(name.Port))
	case *unix.SockaddrInet6:
		at = netip.AddrPortFrom(at.Addr(), uint16(name.Port))
	}
	return &Port{at, fd}, nil
}
