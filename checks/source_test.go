package checks_test

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"fengsui/checks"
	"fengsui/checks/lab"
)

// TestSource: from where a target is looked at, family by family, and what it
// says when this machine cannot.
func TestSource(t *testing.T) {
	t.Parallel()
	both := resolver{"ip4 " + name: "127.0.0.1", "ip6 " + name: "::1"}
	addrs := func(texts ...string) (all []netip.Addr) {
		for _, s := range texts {
			all = append(all, netip.MustParseAddr(s))
		}
		return all
	}
	for _, tt := range []struct {
		name    string
		sources []netip.Addr
		device  string
		down4   bool
		state   checks.State
		code    string
		v4, v6  string // code of each
		from4   string // what the probe over IPv4 was told; "-": it did not run
	}{
		{name: "none", from4: "invalid IP"},
		{name: "both", sources: addrs("127.0.0.2", "::1"), from4: "127.0.0.2"},
		{name: "mapped", sources: addrs("::ffff:127.0.0.2", "::1"), from4: "127.0.0.2"},
		{name: "IPv4 alone", sources: addrs("127.0.0.2"), v6: "source_lacks_family", from4: "127.0.0.2"},
		{name: "IPv4 alone and dead", sources: addrs("127.0.0.2"), down4: true, state: checks.Down, code: "refused", v4: "refused", v6: "source_lacks_family", from4: "127.0.0.2"},
		{name: "IPv6 alone", sources: addrs("::1"), v4: "source_lacks_family", from4: "-"},
		{name: "not here", sources: addrs("192.0.2.7", "2001:db8::7"), state: checks.Unable, code: "source_missing", v4: "source_missing", v6: "source_missing", from4: "-"},
		{name: "no such interface", device: "fs-none0", state: checks.Unable, code: "source_missing", v4: "source_missing", v6: "source_missing", from4: "-"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			from := make(chan string, 2)
			s := spec(func(_ context.Context, at checks.Endpoint, _ *checks.Observation) checks.Reason {
				if at.Addr.Is4() {
					from <- at.From.Addr.String()
					if tt.down4 {
						return refused.With()
					}
				}
				return checks.Reason{}
			})
			s.Sources, s.Interface = tt.sources, tt.device
			r := checks.Run(t.Context(), s, checks.Env{Resolver: both})
			if r.Pair.State != tt.state || r.Pair.Reason.Code != tt.code || r.V4.Reason.Code != tt.v4 || r.V6.Reason.Code != tt.v6 {
				t.Errorf("got %v, IPv4 %v, IPv6 %v; want %v %q, %q, %q", r.Pair, r.V4, r.V6, tt.state, tt.code, tt.v4, tt.v6)
			}
			got := "-"
			select {
			case got = <-from:
			default:
			}
			if got != tt.from4 {
				t.Errorf("over IPv4 it looked from %q, want %q", got, tt.from4)
			}
		})
	}
}

// TestInterface: of two interfaces with a way to the target the one is taken
// that the check names, also by a process that may not bind to it.
func TestInterface(t *testing.T) {
	t.Parallel()
	if !lab.Alone(t) {
		return
	}
	for _, line := range []string{
		"link add fs0 type veth peer name fs0p", "link add fs1 type veth peer name fs1p",
		"link set fs0 up", "link set fs0p up", "link set fs1 up", "link set fs1p up",
		"addr add 10.9.0.1/24 dev fs0", "addr add 10.9.1.1/24 dev fs1", "addr add 10.9.1.9/24 dev fs1",
		"-6 addr add fd09::1/64 dev fs0 nodad", "route add 192.0.2.0/24 dev fs0", "route add 192.0.2.0/24 dev fs1 metric 9",
	} {
		lab.IP(t, line)
	}
	var from checks.Source
	var local netip.Addr
	s := spec(func(ctx context.Context, at checks.Endpoint, _ *checks.Observation) checks.Reason {
		from = at.From
		c, err := at.Dial(ctx, "udp", 9)
		if err != nil {
			t.Error(err)
			return checks.Reason{}
		}
		defer c.Close()
		local = c.LocalAddr().(*net.UDPAddr).AddrPort().Addr()
		if err := at.Route(at.Addr); err != nil {
			t.Errorf("no route from %v: %v", at.From, err)
		}
		return checks.Reason{}
	})
	s.Target, s.Interface = "192.0.2.1", "fs1"
	if r := checks.Run(t.Context(), s, checks.Env{}); r.Pair.State != checks.Up || from.Device != "fs1" || local != netip.MustParseAddr("10.9.1.1") {
		t.Errorf("got %v from %v as %s, want up, bound to fs1, as 10.9.1.1", r.Pair, from, local)
	}
	s.Target = "2001:db8::1"
	if r := checks.Run(t.Context(), s, checks.Env{}); r.Pair.Reason.Code != "source_lacks_family" {
		t.Errorf("fs1 has no IPv6: got %v, want source_lacks_family", r.Pair)
	}
}

// TestDeclaredAddress: where no resolver answers, the target is looked at where
// the inventory says it is, and the resolver's silence is a finding.
func TestDeclaredAddress(t *testing.T) {
	t.Parallel()
	silent := &net.DNSError{Err: "i/o timeout", IsTimeout: true}
	deaf := resolver{"ip4 " + name: silent, "ip6 " + name: silent}
	addr4, addr6 := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")
	for _, tt := range []struct {
		name      string
		resolver  resolver
		addresses []netip.Addr
		dead      bool
		forbidden bool
		state     checks.State
		code      string
		findings  map[checks.Family]checks.Outcome
	}{
		{name: "up stays up", resolver: deaf, addresses: []netip.Addr{addr4, addr6},
			findings: map[checks.Family]checks.Outcome{checks.V4: checks.Fail, checks.V6: checks.Fail}},
		{name: "down is down", resolver: deaf, addresses: []netip.Addr{addr4, addr6}, dead: true, state: checks.Down, code: "both_dead",
			findings: map[checks.Family]checks.Outcome{checks.V4: checks.Fail, checks.V6: checks.Fail}},
		{name: "IPv4 declared alone", resolver: deaf, addresses: []netip.Addr{addr4},
			findings: map[checks.Family]checks.Outcome{checks.V4: checks.Fail}},
		{name: "none declared", resolver: deaf, state: checks.Unable, code: "resolver_silent", findings: map[checks.Family]checks.Outcome{}},
		{name: "not allowed", resolver: deaf, addresses: []netip.Addr{addr4, addr6}, forbidden: true, state: checks.Unable, code: "forbidden_here",
			findings: map[checks.Family]checks.Outcome{checks.V4: checks.Fail, checks.V6: checks.Fail}},
		{name: "the resolver answers", resolver: resolver{"ip4 " + name: "192.0.2.9"}, addresses: []netip.Addr{addr4, addr6},
			findings: map[checks.Family]checks.Outcome{checks.V4: checks.Pass, checks.V6: checks.Pass}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := spec(func(_ context.Context, at checks.Endpoint, _ *checks.Observation) checks.Reason {
				if tt.resolver["ip4 "+name] == any("192.0.2.9") && at.Addr != netip.MustParseAddr("192.0.2.9") {
					t.Errorf("looked at %s although the resolver answered", at.Addr)
				}
				if tt.dead {
					return refused.With()
				}
				return checks.Reason{}
			})
			s.Addresses = tt.addresses
			env := checks.Env{Resolver: tt.resolver}
			if tt.forbidden {
				env.Allowed = func(netip.Addr) bool { return false }
			}
			r := checks.Run(t.Context(), s, env)
			if r.Pair.State != tt.state || r.Pair.Reason.Code != tt.code {
				t.Errorf("got %v, want %v %q", r.Pair, tt.state, tt.code)
			}
			got := map[checks.Family]checks.Outcome{}
			for _, f := range r.Findings {
				if f.Rule == checks.FindingResolver {
					got[f.Family] = f.Outcome
				}
			}
			if len(got) != len(tt.findings) || got[checks.V4] != tt.findings[checks.V4] || got[checks.V6] != tt.findings[checks.V6] {
				t.Errorf("got findings %v, want %v", got, tt.findings)
			}
		})
	}
}

// patient needs a part of the time for itself, and waits for a resolver that
// never answers.
type patient struct {
	fake
	lasts time.Duration
}

func (p *patient) Lasts() time.Duration { return p.lasts }

type mute struct{}

func (mute) LookupNetIP(ctx context.Context, _, host string) ([]netip.Addr, error) {
	<-ctx.Done()
	return nil, &net.DNSError{Err: ctx.Err().Error(), Name: host, IsTimeout: true}
}

// TestSilentResolverLeavesTime: the wait for a resolver does not eat up the
// time that the look at the declared address needs.
func TestSilentResolverLeavesTime(t *testing.T) {
	t.Parallel()
	for _, lasts := range []time.Duration{0, 700 * time.Millisecond} {
		s := spec(nil)
		var left time.Duration
		s.Check = &patient{fake{func(ctx context.Context, _ checks.Endpoint, _ *checks.Observation) checks.Reason {
			deadline, _ := ctx.Deadline()
			left = time.Until(deadline)
			return checks.Reason{}
		}}, lasts}
		s.Timeout, s.Family = time.Second, checks.V4
		s.Addresses = []netip.Addr{netip.MustParseAddr("192.0.2.1")}
		synctest.Test(t, func(t *testing.T) {
			if r := checks.Run(t.Context(), s, checks.Env{Resolver: mute{}}); r.Pair.State != checks.Up || left < max(lasts, 500*time.Millisecond) {
				t.Errorf("the look lasts %s: got %v with %s left, want up and enough time", lasts, r.Pair, left)
			}
		})
	}
}
