package checks

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"time"
)

// TestWhoseFault: what a failed connect says about the target and what only
// about this machine. Real listeners prove the common rows in the kinds.
func TestWhoseFault(t *testing.T) {
	t.Parallel()
	v4 := Endpoint{Target: "t", Addr: netip.MustParseAddr("192.0.2.1")}
	v6 := Endpoint{Target: "t", Addr: netip.MustParseAddr("2001:db8::1")}
	routed := func(netip.Addr) error { return nil }
	noRoute := func(errno syscall.Errno) func(netip.Addr) error {
		return func(netip.Addr) error { return sys("connect", errno) }
	}
	live := context.Background()
	expired, cancel := context.WithDeadline(live, time.Now().Add(-time.Second))
	defer cancel()
	stopping, stop := context.WithCancel(live)
	stop()
	tests := []struct {
		name  string
		ctx   context.Context
		at    Endpoint
		took  time.Duration
		err   error
		route func(netip.Addr) error
		state State
		code  string
	}{
		{"refused", live, v4, 0, sys("connect", syscall.ECONNREFUSED), routed, Down, "refused"},
		{"reset", live, v4, 0, sys("connect", syscall.ECONNRESET), routed, Down, "reset"},
		{"kernel gave up", live, v4, time.Minute, sys("connect", syscall.ETIMEDOUT), routed, Down, "timed_out"},
		{"deadline", expired, v4, time.Second, &net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}, routed, Down, "timed_out"},
		{"deadline without a wait", expired, v4, time.Millisecond, &net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}, routed, Unable, "no_time"},
		{"stopping", stopping, v4, time.Second, &net.OpError{Op: "dial", Err: errors.New("operation was canceled")}, routed, Unable, "stopped"},
		{"a router says host unreachable", live, v4, 0, sys("connect", syscall.EHOSTUNREACH), routed, Down, "unreachable"},
		{"a router says net unreachable", live, v6, 0, sys("connect", syscall.ENETUNREACH), routed, Down, "unreachable"},
		{"no route", live, v4, 0, sys("connect", syscall.ENETUNREACH), noRoute(syscall.ENETUNREACH), Unable, "no_route_here"},
		{"unreachable route", live, v6, 0, sys("connect", syscall.EHOSTUNREACH), noRoute(syscall.EHOSTUNREACH), Unable, "no_route_here"},
		{"prohibit route", live, v4, 0, sys("connect", syscall.EACCES), noRoute(syscall.EACCES), Unable, "prohibited_here"},
		{"prohibit route v6", live, v6, 0, sys("connect", syscall.EACCES), noRoute(syscall.EACCES), Unable, "prohibited_here"},
		{"prohibited on the way v6", live, v6, 0, sys("connect", syscall.EACCES), routed, Down, "prohibited"},
		{"EACCES v4", live, v4, 0, sys("connect", syscall.EACCES), routed, Unable, "prohibited_here"},
		{"output rule", live, v4, 0, sys("connect", syscall.EPERM), routed, Unable, "prohibited_here"},
		{"files", live, v4, 0, sys("socket", syscall.EMFILE), routed, Unable, "local_error"},
		{"files of the system", live, v4, 0, sys("socket", syscall.ENFILE), routed, Unable, "local_error"},
		{"ports", live, v4, 0, sys("connect", syscall.EADDRNOTAVAIL), routed, Unable, "local_error"},
		{"buffers", live, v4, 0, sys("connect", syscall.ENOBUFS), routed, Unable, "local_error"},
		{"memory", live, v4, 0, sys("socket", syscall.ENOMEM), routed, Unable, "local_error"},
		{"no IPv6 in the kernel", live, v6, 0, sys("socket", syscall.EAFNOSUPPORT), routed, Unable, "local_error"},
		{"never seen", live, v4, 0, errors.New("strange"), routed, Unable, "local_error"},
		{"never seen errno", live, v4, 0, sys("connect", syscall.EXDEV), routed, Unable, "local_error"},
		{"the route went while asking", live, v4, 0, sys("connect", syscall.ENETUNREACH), noRoute(syscall.EMFILE), Unable, "local_error"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := connectReason(tt.ctx, tt.at, tt.took, tt.err, tt.route)
			if got.State != tt.state || got.Code != tt.code {
				t.Errorf("%v: got %v %s, want %v %s", tt.err, got.State, got.Code, tt.state, tt.code)
			}
		})
	}
}

func sys(call string, errno syscall.Errno) error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError(call, errno)}
}

func TestRoute(t *testing.T) {
	t.Parallel()
	if err := Route(netip.MustParseAddr("127.0.0.1")); err != nil {
		t.Errorf("loopback: got %v, want a route", err)
	}
	if err := Route(netip.MustParseAddr("fe80::1%nowhere0")); err == nil {
		t.Error("an interface that does not exist: got a route, want an error")
	}
}

func TestCheckHost(t *testing.T) {
	t.Parallel()
	for _, good := range []string{
		"192.0.2.1", "2001:db8::1", "fe80::1%eth0", "::1", "::ffff:192.0.2.1", "169.254.1.1",
		"portal", "portal.qs.example", "portal.qs.example.", "xn--fiqs8s", "_sip._tcp.example", "3com.example", "a-b.c1",
	} {
		if err := CheckHost(good); err != nil {
			t.Errorf("%s: got %v, want it taken", good, err)
		}
	}
	for _, bad := range []string{
		"", ".", "a..b", "a b", "a/b", "10.0.0.256", "10.1", "999", "0.0.0.0", "::", "224.0.0.1", "ff02::1",
		"255.255.255.255", "fe80::1", "[::1]", "青山区.政务.cn", "user@host", "a\x00b", "host:80",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	} {
		if err := CheckHost(bad); err == nil {
			t.Errorf("%q: taken, want an error", bad)
		}
	}
}

// TestInterfaceWithoutTheRight: who may not bind to an interface looks from its
// address; what else fails is said.
func TestInterfaceWithoutTheRight(t *testing.T) {
	t.Parallel()
	s := Spec{Target: "t", Interface: "lo"}
	for _, tt := range []struct {
		device, address error
		want            Source
		code            string
	}{
		{nil, nil, Source{Device: "lo"}, ""},
		{syscall.EPERM, nil, Source{Addr: netip.MustParseAddr("127.0.0.1")}, ""},
		{&net.OpError{Op: "listen", Err: os.NewSyscallError("setsockopt", syscall.EPERM)}, nil, Source{Addr: netip.MustParseAddr("127.0.0.1")}, ""},
		{syscall.EPERM, syscall.EADDRNOTAVAIL, Source{}, "source_missing"},
		{syscall.ENODEV, nil, Source{}, "source_missing"},
	} {
		got, why := s.fromInterface(V4, func(from Source, _ Family) error {
			if from.Device != "" {
				return tt.device
			}
			return tt.address
		})
		if got != tt.want || why.Code != tt.code {
			t.Errorf("binding fails with %v, %v: got %v, %q; want %v, %q", tt.device, tt.address, got, why.Code, tt.want, tt.code)
		}
	}
}
