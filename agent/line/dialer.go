// Package line is the way from an agent to its collector: one port at any of
// several addresses, TLS, and HTTP/2 or HTTP/1.1 above it. Every step has a
// bound, so that a wall which drops everything never hangs the agent.
package line

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// Bounds of the steps of one connection to one address.
const (
	resolveTimeout   = 5 * time.Second
	connectTimeout   = 5 * time.Second // two repeated SYNs
	handshakeTimeout = 10 * time.Second
)

// A Resolver looks up the addresses of a name. [net.Resolver] is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// A Dialer knows the collector's addresses and tries them in turn, the one
// that answered last first. A literal address needs no resolver, and of a
// name both families are tried; what a name meant last is used when the
// resolver is silent.
//
// Behind a proxy names are left to it: a site without a resolver of its own
// may still name its collector.
type Dialer struct {
	Resolver Resolver                                               // nil: the system's
	Proxy    *Proxy                                                 // nil: straight to the collector
	Dial     func(ctx context.Context, at string) (net.Conn, error) // for tests of time; nil: TCP

	addresses []string // host:port

	mu    sync.Mutex
	start int                         // index of the address to try first
	good  string                      // the point that answered last; "" when none did
	avoid string                      // answered, but was not what we want: tried last
	known map[string][]netip.AddrPort // what names meant last
}

// NewDialer returns a dialer of collector addresses, host:port each. The
// error names the address that is written wrongly.
func NewDialer(addresses []string) (*Dialer, error) {
	if len(addresses) == 0 {
		return nil, errors.New("no collector address is given, want at least one host:port")
	}
	for _, a := range addresses {
		host, port, err := net.SplitHostPort(a)
		if err != nil || host == "" {
			return nil, fmt.Errorf("the collector address is %.100q, want host:port, such as 203.0.113.7:7443 or [2001:db8::7]:7443", a)
		}
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return nil, fmt.Errorf("the port of collector address %.100q is %.20q, want 1 to 65535", a, port)
		}
	}
	return &Dialer{addresses: slices.Clone(addresses), known: map[string][]netip.AddrPort{}}, nil
}

// A Stage says how far a connection got.
type Stage uint8

// The stages, in order.
const (
	Resolving Stage = iota
	Connecting
	Proxying // as far as the proxy, or to its answer
	Shaking  // hands, over TLS
)

// An Error says which address failed, and at what.
type Error struct {
	Address string // as configured, with the address behind a name
	Stage   Stage
	Err     error
}

func (e *Error) Error() string {
	what := [...]string{"resolve", "connect to", "go by the proxy to", "open TLS with"}[e.Stage]
	return fmt.Sprintf("%s %s: %v", what, e.Address, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// dial opens a TLS connection to the first address that answers. The error
// joins what every address said; the one that got furthest comes first.
//
// hold is called with each TCP connection and returns the one to use.
func (d *Dialer) dial(ctx context.Context, config *tls.Config, hold func(net.Conn) net.Conn) (*tls.Conn, error) {
	var failed []*Error
	tried := map[string]bool{}
	try := func(address, at string) *tls.Conn {
		if tried[at] || ctx.Err() != nil {
			return nil
		}
		tried[at] = true
		conn, stage, err := d.connect(ctx, at, config, hold)
		if err != nil {
			if address != at {
				address += " (" + at + ")"
			}
			failed = append(failed, &Error{address, stage, err})
			return nil
		}
		return conn
	}
	order, first, avoid := d.order()
	type candidate struct {
		address string
		index   int
		at      string
	}
	var put []candidate // what is tried last
	for _, index := range order {
		address := d.addresses[index]
		if index == order[0] && first != "" {
			if conn := try(address, first); conn != nil {
				return conn, nil
			}
		}
		points, err := d.points(ctx, address)
		if err != nil {
			failed = append(failed, &Error{address, Resolving, err})
		}
		for _, at := range points {
			if at == avoid {
				put = append(put, candidate{address, index, at})
				continue
			}
			if conn := try(address, at); conn != nil {
				d.answered(index, at)
				return conn, nil
			}
		}
	}
	for _, c := range put {
		if conn := try(c.address, c.at); conn != nil {
			d.answered(c.index, c.at)
			return conn, nil
		}
	}
	d.forgetGood()
	slices.SortStableFunc(failed, func(a, b *Error) int { return -cmp.Compare(a.Stage, b.Stage) })
	all := make([]error, len(failed))
	for i, e := range failed {
		all[i] = e
	}
	return nil, errors.Join(append(all, ctx.Err())...)
}

// order returns the indices of the addresses in the order to try them, the
// point of the first of them that answered last, and the point to avoid.
func (d *Dialer) order() (indices []int, good, avoid string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range d.addresses {
		indices = append(indices, (d.start+i)%len(d.addresses))
	}
	return indices, d.good, d.avoid
}

func (d *Dialer) answered(index int, at string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.start, d.good = index, at
	if d.avoid == at {
		d.avoid = ""
	}
}

func (d *Dialer) forgetGood() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.good = ""
}

// Next makes the next connection begin with another address, when there is
// one: what answered at the present one is not what we want.
func (d *Dialer) Next() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.start = (d.start + 1) % len(d.addresses)
	d.avoid, d.good = d.good, ""
}

// Good returns the address that answered last, "" when none did since the
// last failure.
func (d *Dialer) Good() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.good
}

// points returns what to connect to for an address. With an error it also
// returns what the name meant last.
func (d *Dialer) points(ctx context.Context, address string) ([]string, error) {
	if d.Proxy != nil {
		return []string{address}, nil
	}
	found, err := d.resolve(ctx, address)
	points := make([]string, len(found))
	for i, at := range found {
		points[i] = at.String()
	}
	return points, err
}

// resolve returns where an address leads. With an error it also returns what
// the name meant last.
func (d *Dialer) resolve(ctx context.Context, address string) ([]netip.AddrPort, error) {
	if at, err := netip.ParseAddrPort(address); err == nil {
		return []netip.AddrPort{netip.AddrPortFrom(at.Addr().Unmap(), at.Port())}, nil
	}
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, resolveTimeout)
	defer cancel()
	var resolver Resolver = net.DefaultResolver
	if d.Resolver != nil {
		resolver = d.Resolver
	}
	found, err := resolver.LookupNetIP(ctx, "ip", host)
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil {
		return d.known[address], err
	}
	var points []netip.AddrPort
	for _, a := range found {
		points = append(points, netip.AddrPortFrom(a.Unmap(), uint16(port)))
	}
	d.known[address] = points
	return points, nil
}

// connect opens a TLS connection to one point.
func (d *Dialer) connect(ctx context.Context, at string, config *tls.Config, hold func(net.Conn) net.Conn) (*tls.Conn, Stage, error) {
	tcp, stage, err := d.reach(ctx, at, hold)
	if err != nil {
		return nil, stage, err
	}
	ctx, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	conn := tls.Client(tcp, config)
	if err := conn.HandshakeContext(ctx); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF // connect replaces the whole of an error that is EOF, the address too
		}
		return nil, Shaking, errors.Join(err, ignoreClosed(tcp.Close()))
	}
	return conn, Shaking, nil
}

// reach opens a connection to one point, by the proxy when there is one.
func (d *Dialer) reach(ctx context.Context, at string, hold func(net.Conn) net.Conn) (net.Conn, Stage, error) {
	if d.Proxy == nil {
		tcp, err := d.tcp(ctx, at)
		if err != nil {
			return nil, Connecting, err
		}
		return hold(tcp), Connecting, nil
	}
	tcp, err := d.throughProxy(ctx, at, hold)
	return tcp, Proxying, err
}

func (d *Dialer) tcp(ctx context.Context, at string) (net.Conn, error) {
	if d.Dial != nil {
		return d.Dial(ctx, at)
	}
	plain := net.Dialer{
		Timeout:         connectTimeout,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 20 * time.Second, Interval: 10 * time.Second, Count: 3},
		Control:         smallSegments,
	}
	return plain.DialContext(ctx, "tcp", at)
}

// maxSegment is the TCP payload of an IPv6 packet of 1280 bytes, which every
// path carries (RFC 8200, section 5).
const maxSegment = 1280 - 40 - 20

// smallSegments makes both ends send segments that fit every path: where a
// wall drops the ICMP that would tell of a smaller MTU, larger ones vanish.
func smallSegments(_, _ string, c syscall.RawConn) error {
	var failed error
	err := c.Control(func(fd uintptr) {
		failed = os.NewSyscallError("setsockopt TCP_MAXSEG", syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_MAXSEG, maxSegment))
	})
	return errors.Join(err, failed)
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
