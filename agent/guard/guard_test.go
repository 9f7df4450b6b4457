package guard_test

import (
	"context"
	"net/netip"
	"testing"

	"fengsui/agent/guard"
	"fengsui/checks"
)

func TestAllowed(t *testing.T) {
	t.Parallel()
	prefixes := func(texts ...string) (all []netip.Prefix) {
		for _, p := range texts {
			all = append(all, netip.MustParsePrefix(p))
		}
		return all
	}
	tests := []struct {
		prefixes []netip.Prefix
		address  string
		want     bool
	}{
		{nil, "192.0.2.1", true},
		{nil, "2001:db8::1", true},
		{[]netip.Prefix{}, "192.0.2.1", false},
		{prefixes("10.0.0.0/8"), "10.1.2.3", true},
		{prefixes("10.0.0.0/8"), "11.1.2.3", false},
		{prefixes("10.0.0.0/8"), "::ffff:10.1.2.3", true},
		{prefixes("10.9.9.9/8"), "10.1.2.3", true},
		{prefixes("::ffff:10.0.0.0/104"), "10.1.2.3", true},
		{prefixes("::ffff:10.0.0.0/104"), "11.1.2.3", false},
		{prefixes("10.0.0.0/8"), "fd00::1", false},
		{prefixes("10.0.0.0/8", "fd00::/8"), "fd00::1", true},
		{prefixes("0.0.0.0/0"), "2001:db8::1", false},
		{prefixes("::/0"), "192.0.2.1", false},
		{prefixes("::/0"), "::ffff:192.0.2.1", false},
		{prefixes("fe80::/10"), "fe80::1%eth0", true},
		{prefixes("10.0.0.0/8"), "127.0.0.1", false}, // this machine is no exception
	}
	for _, tt := range tests {
		if got := guard.New(tt.prefixes, nil).Allowed(netip.MustParseAddr(tt.address)); got != tt.want {
			t.Errorf("%v, %s: got %v, want %v", tt.prefixes, tt.address, got, tt.want)
		}
	}
}

func TestKind(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		kinds []string
		name  string
		want  bool
	}{
		{nil, "icmp", true}, {[]string{}, "icmp", false}, {[]string{"tcp", "icmp"}, "icmp", true}, {[]string{"tcp"}, "icmp", false},
	} {
		if got := guard.New(nil, tt.kinds).Kind(tt.name); got != tt.want {
			t.Errorf("%v, %s: got %v, want %v", tt.kinds, tt.name, got, tt.want)
		}
	}
}

// TestCollectorCannotWiden: what the caller changes afterwards does not reach
// the guard.
func TestCollectorCannotWiden(t *testing.T) {
	t.Parallel()
	prefixes, kinds := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, []string{"icmp"}
	g := guard.New(prefixes, kinds)
	prefixes[0], kinds[0] = netip.MustParsePrefix("0.0.0.0/0"), "tcp"
	if g.Allowed(netip.MustParseAddr("192.0.2.1")) || g.Kind("tcp") {
		t.Error("the guard was widened from outside, want it kept")
	}
}

type never struct{ t *testing.T }

func (n never) Host(target string) (string, error) { return target, nil }
func (n never) Probe(_ context.Context, at checks.Endpoint, _ *checks.Observation) checks.Reason {
	n.t.Errorf("%v was probed, want it refused", at.Addr)
	return checks.Reason{}
}

// TestRunnerObeys: a refused address or kind is unable and is never touched.
func TestRunnerObeys(t *testing.T) {
	t.Parallel()
	s := checks.Spec{Kind: &checks.Kind{Name: "icmp"}, Check: never{t}, Target: "192.0.2.1"}
	for want, g := range map[string]*guard.Guard{
		"forbidden_here":      guard.New([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, nil),
		"kind_forbidden_here": guard.New(nil, []string{"tcp"}),
	} {
		r := checks.Run(t.Context(), s, checks.Env{Allowed: g.Allowed, Kind: g.Kind})
		if r.Pair.State != checks.Unable || r.Pair.Reason.Code != want {
			t.Errorf("got %v, want unable %s", r.Pair, want)
		}
	}
}
