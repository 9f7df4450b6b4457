package checks_test

import (
	"context"
	"fmt"
	"math"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"fengsui/checks"
)

// fake is a kind whose probes answer as a table says.
type fake struct {
	probe func(ctx context.Context, at checks.Endpoint, o *checks.Observation) checks.Reason
}

func (f *fake) Host(target string) (string, error) { return target, nil }

func (f *fake) Probe(ctx context.Context, at checks.Endpoint, o *checks.Observation) checks.Reason {
	return f.probe(ctx, at, o)
}

var (
	refused  = checks.Declaration{Code: "refused", State: checks.Down, ZH: "拒绝", EN: "refused"}
	slow     = checks.Declaration{Code: "slow", State: checks.Degraded, ZH: "慢", EN: "slow"}
	noRights = checks.Declaration{Code: "no_rights", State: checks.Unable, ZH: "无权限", EN: "no rights"}
)

// resolver answers from a map of "ip4 name" to addresses or an error.
type resolver map[string]any

func (r resolver) LookupNetIP(_ context.Context, network, host string) ([]netip.Addr, error) {
	switch v := r[network+" "+host].(type) {
	case error:
		return nil, v
	case string:
		return []netip.Addr{netip.MustParseAddr(v)}, nil
	case []string:
		var all []netip.Addr
		for _, s := range v {
			all = append(all, netip.MustParseAddr(s))
		}
		return all, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
}

const name = "portal.example"

func spec(probe func(ctx context.Context, at checks.Endpoint, o *checks.Observation) checks.Reason) checks.Spec {
	kind := &checks.Kind{
		Name:         "fake",
		Measurements: []checks.Measurement{{Name: "rtt_seconds", Unit: "seconds"}},
		Reasons:      []checks.Declaration{refused, slow, noRights},
	}
	return checks.Spec{Kind: kind, Check: &fake{probe}, Target: name, Timeout: time.Second}
}

// TestPairedVerdict walks the whole table of paired.go: what each family says,
// and what the pair then says.
func TestPairedVerdict(t *testing.T) {
	t.Parallel()
	addr4, addr6 := "192.0.2.1", "2001:db8::1"
	byFamily := map[checks.Family]string{checks.V4: addr4, checks.V6: addr6}
	silent := &net.DNSError{Err: "i/o timeout", IsTimeout: true}
	// Each family is one of: up, slow (degraded), dead (down), blind (unable),
	// deaf (the resolver is silent), none (no such address), nofamily.
	tests := []struct {
		v4, v6 string
		state  checks.State
		code   string
	}{
		{"up", "up", checks.Up, ""},
		{"up", "slow", checks.Degraded, "slow"},
		{"up", "dead", checks.Degraded, "aaaa_dead"},
		{"up", "blind", checks.Up, ""},
		{"up", "deaf", checks.Up, ""},
		{"up", "nofamily", checks.Up, ""},
		{"up", "none", checks.Up, ""},
		{"slow", "up", checks.Degraded, "slow"},
		{"slow", "slow", checks.Degraded, "slow"},
		{"slow", "dead", checks.Degraded, "aaaa_dead"},
		{"slow", "none", checks.Degraded, "slow"},
		{"dead", "up", checks.Degraded, "v4_dead"},
		{"dead", "slow", checks.Degraded, "v4_dead"},
		{"dead", "dead", checks.Down, "both_dead"},
		{"dead", "blind", checks.Unable, "no_rights"},
		{"dead", "deaf", checks.Unable, "resolver_silent"},
		{"dead", "nofamily", checks.Down, "refused"},
		{"dead", "none", checks.Down, "refused"},
		{"blind", "up", checks.Up, ""},
		{"blind", "slow", checks.Degraded, "slow"},
		{"blind", "dead", checks.Unable, "no_rights"},
		{"blind", "blind", checks.Unable, "no_rights"},
		{"blind", "none", checks.Unable, "no_rights"},
		{"blind", "nofamily", checks.Unable, "no_rights"}, // why IPv4 was not seen, not that IPv6 is missing
		{"nofamily", "blind", checks.Unable, "no_rights"},
		{"nofamily", "nofamily", checks.Unable, "no_family_here"},
		{"deaf", "nofamily", checks.Unable, "resolver_silent"},
		{"nofamily", "dead", checks.Down, "refused"},
		{"deaf", "deaf", checks.Unable, "resolver_silent"},
		{"deaf", "up", checks.Up, ""},
		{"none", "up", checks.Up, ""},
		{"none", "slow", checks.Degraded, "slow"},
		{"none", "dead", checks.Down, "refused"},
		{"none", "deaf", checks.Unable, "resolver_silent"},
		{"none", "none", checks.Down, "name_unknown"},
	}
	for _, tt := range tests {
		t.Run(tt.v4+"/"+tt.v6, func(t *testing.T) {
			t.Parallel()
			says := map[checks.Family]string{checks.V4: tt.v4, checks.V6: tt.v6}
			names := resolver{}
			for f, what := range says {
				switch what {
				case "none":
				case "deaf":
					names["ip"+f.String()+" "+name] = silent
				default:
					names["ip"+f.String()+" "+name] = byFamily[f]
				}
			}
			env := checks.Env{Resolver: names, NoV4: tt.v4 == "nofamily", NoV6: tt.v6 == "nofamily"}
			r := checks.Run(t.Context(), spec(func(_ context.Context, at checks.Endpoint, _ *checks.Observation) checks.Reason {
				return map[string]checks.Reason{"dead": refused.With(), "slow": slow.With(), "blind": noRights.With()}[says[checks.FamilyOf(at.Addr)]]
			}), env)
			if r.Pair.State != tt.state || r.Pair.Reason.Code != tt.code {
				t.Errorf("got %v %q, want %v %q", r.Pair.State, r.Pair.Reason.Code, tt.state, tt.code)
			}
			if (r.V4 == nil) != (tt.v4 == "none") || (r.V6 == nil) != (tt.v6 == "none") {
				t.Errorf("got v4 %v v6 %v, want a verdict for each family that the name has", r.V4, r.V6)
			}
			if r.Pair.State != r.Pair.Reason.State {
				t.Errorf("got state %v with a reason that means %v", r.Pair.State, r.Pair.Reason.State)
			}
		})
	}
}

func TestSlowerV6IsAFinding(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		v4, v6 time.Duration
		want   bool
	}{
		{10 * time.Millisecond, 60 * time.Millisecond, false},
		{10 * time.Millisecond, 71 * time.Millisecond, true},
		{100 * time.Millisecond, 240 * time.Millisecond, false},
		{100 * time.Millisecond, 251 * time.Millisecond, true},
	} {
		r := checks.Run(t.Context(), spec(func(_ context.Context, at checks.Endpoint, o *checks.Observation) checks.Reason {
			o.Seconds("rtt_seconds", map[bool]time.Duration{true: tt.v4, false: tt.v6}[at.Addr.Is4()])
			return checks.Reason{}
		}), checks.Env{Resolver: resolver{"ip4 " + name: "192.0.2.1", "ip6 " + name: "2001:db8::1"}})
		want := map[bool]checks.Outcome{true: checks.Fail, false: checks.Pass}[tt.want] // a fail ends by a pass
		if len(r.Findings) != 1 || r.Findings[0].Rule != checks.FindingV6Worse || r.Findings[0].Outcome != want || r.Pair.State != checks.Up {
			t.Errorf("v4 %v v6 %v: got %v with findings %v, want up and v6_worse: %v", tt.v4, tt.v6, r.Pair.State, r.Findings, want)
		}
	}
}

func TestMissingAAAAIsAFindingWhereWanted(t *testing.T) {
	t.Parallel()
	s := spec(func(context.Context, checks.Endpoint, *checks.Observation) checks.Reason { return checks.Reason{} })
	names := resolver{"ip4 " + name: "192.0.2.1"}
	if r := checks.Run(t.Context(), s, checks.Env{Resolver: names}); len(r.Findings) != 0 || r.Pair.State != checks.Up {
		t.Errorf("not wanted: got %v %v, want up without findings", r.Pair, r.Findings)
	}
	s.WantV6 = true
	r := checks.Run(t.Context(), s, checks.Env{Resolver: names})
	if len(r.Findings) != 1 || r.Findings[0].Outcome != checks.Fail || r.Pair.State != checks.Up {
		t.Errorf("wanted: got %v %v, want up with one failed finding", r.Pair, r.Findings)
	}
	names["ip6 "+name] = &net.DNSError{Err: "i/o timeout", IsTimeout: true}
	r = checks.Run(t.Context(), s, checks.Env{Resolver: names})
	if len(r.Findings) != 1 || r.Findings[0].Outcome != checks.Unknown {
		t.Errorf("resolver silent: got %v, want one finding, unknown", r.Findings)
	}
}

// TestEveryAddressCounts: a dead address is never hidden by a living one, and
// never hides what the living one measures.
func TestEveryAddressCounts(t *testing.T) {
	t.Parallel()
	const a, b = "192.0.2.1", "192.0.2.2"
	tests := []struct {
		says  map[string]checks.Reason
		state checks.State
		code  string
	}{
		{map[string]checks.Reason{a: {}, b: {}}, checks.Up, ""},
		{map[string]checks.Reason{a: refused.With(), b: {}}, checks.Degraded, "some_addresses_dead"},
		{map[string]checks.Reason{a: {}, b: refused.With()}, checks.Degraded, "some_addresses_dead"},
		{map[string]checks.Reason{a: slow.With(), b: refused.With()}, checks.Degraded, "some_addresses_dead"},
		{map[string]checks.Reason{a: slow.With(), b: {}}, checks.Degraded, "slow"},
		{map[string]checks.Reason{a: {}, b: slow.With()}, checks.Degraded, "slow"},
		{map[string]checks.Reason{a: slow.With(), b: noRights.With()}, checks.Degraded, "slow"},
		{map[string]checks.Reason{a: refused.With(), b: refused.With()}, checks.Down, "refused"},
		{map[string]checks.Reason{a: refused.With(), b: noRights.With()}, checks.Unable, "no_rights"},
		{map[string]checks.Reason{a: {}, b: noRights.With()}, checks.Up, ""},
	}
	for _, tt := range tests {
		s := spec(func(_ context.Context, at checks.Endpoint, o *checks.Observation) checks.Reason {
			reason := tt.says[at.Addr.String()]
			if reason.IsZero() {
				o.Set("rtt_seconds", 0.001)
			}
			return reason
		})
		r := checks.Run(t.Context(), s, checks.Env{Resolver: resolver{"ip4 " + name: []string{b, a, a}}})
		if r.V4.State != tt.state || r.V4.Reason.Code != tt.code {
			t.Errorf("%v: got %v %q, want %v %q", tt.says, r.V4.State, r.V4.Reason.Code, tt.state, tt.code)
		}
		if living := tt.says[a].IsZero() || tt.says[b].IsZero(); (len(r.Rows) == 1) != living {
			t.Errorf("%v: got rows %v, want one exactly when an address lives", tt.says, r.Rows)
		}
	}
}

func TestLiteralAddressHasNoPair(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]checks.Family{"192.0.2.9": checks.V4, "2001:db8::9": checks.V6, "::ffff:192.0.2.9": checks.V4} {
		s := spec(func(_ context.Context, at checks.Endpoint, o *checks.Observation) checks.Reason {
			if at.Addr.Is4In6() {
				t.Errorf("%s: probed the v4-mapped %v", target, at.Addr)
			}
			return refused.With()
		})
		s.Target = target
		r := checks.Run(t.Context(), s, checks.Env{Resolver: resolver{}})
		if (r.V4 != nil) != (want == checks.V4) || (r.V6 != nil) != (want == checks.V6) || r.Pair.State != checks.Down {
			t.Errorf("%s: got %v v4 %v v6 %v, want down over IPv%v alone", target, r.Pair, r.V4, r.V6, want)
		}
	}
}

func TestOneFamilyAsked(t *testing.T) {
	t.Parallel()
	s := spec(func(context.Context, checks.Endpoint, *checks.Observation) checks.Reason { return checks.Reason{} })
	s.Family = checks.V6
	r := checks.Run(t.Context(), s, checks.Env{Resolver: resolver{"ip4 " + name: "192.0.2.1"}})
	if r.Pair.State != checks.Down || r.Pair.Reason.Code != "no_address" || r.V4 != nil || len(r.Findings) != 0 {
		t.Errorf("IPv6 asked of a name without AAAA: got %v v4 %v, want down no_address", r.Pair, r.V4)
	}
	s.WantV6 = true
	r = checks.Run(t.Context(), s, checks.Env{Resolver: resolver{"ip4 " + name: "192.0.2.1"}})
	if len(r.Findings) != 1 || r.Findings[0].Rule != checks.FindingAAAAAbsent || r.Findings[0].Outcome != checks.Fail {
		t.Errorf("and wanted: got %v, want aaaa_absent failed", r.Findings)
	}
}

// TestMissingFamily: what needs no address of the site is looked at all the
// same, and a resolver that fails on AAAA hides no dead target.
func TestMissingFamily(t *testing.T) {
	t.Parallel()
	s := spec(func(context.Context, checks.Endpoint, *checks.Observation) checks.Reason { return refused.With() })
	for target, want := range map[string]string{"::1": "refused", "fe80::1%eth0": "refused", "2001:db8::9": "no_family_here"} {
		s.Target = target
		if r := checks.Run(t.Context(), s, checks.Env{NoV6: true}); r.Pair.Reason.Code != want {
			t.Errorf("%s: got %v, want %s", target, r.Pair, want)
		}
	}
	s.Target, s.WantV6 = name, true
	r := checks.Run(t.Context(), s, checks.Env{NoV6: true, Resolver: resolver{
		"ip4 " + name: "192.0.2.1", "ip6 " + name: &net.DNSError{Err: "server misbehaving", IsTemporary: true}}})
	if r.Pair.State != checks.Down || r.V6.Reason.Code != "no_family_here" || r.Findings[0].Outcome != checks.Unknown {
		t.Errorf("got %v, IPv6 %v, %v; want down, no_family_here, and no saying about AAAA", r.Pair, r.V6, r.Findings)
	}
}

// TestFindingsOfEveryAddress: the worst outcome of a criterion is kept, with
// the address that it was seen at.
func TestFindingsOfEveryAddress(t *testing.T) {
	t.Parallel()
	says := map[string]checks.Outcome{"192.0.2.1": checks.Pass, "192.0.2.2": checks.Fail, "192.0.2.3": checks.Unknown}
	r := checks.Run(t.Context(), spec(func(_ context.Context, at checks.Endpoint, o *checks.Observation) checks.Reason {
		o.Find("trust", says[at.Addr.String()], "seen")
		return checks.Reason{}
	}), checks.Env{Resolver: resolver{"ip4 " + name: []string{"192.0.2.3", "192.0.2.1", "192.0.2.2"}}})
	want := []checks.Finding{
		{Rule: "trust", Family: checks.V4, Outcome: checks.Fail, Evidence: "192.0.2.2: seen"},
		{Rule: checks.FindingAddresses, Family: checks.V4, Outcome: checks.Pass, Evidence: "192.0.2.1 up, 192.0.2.2 up, 192.0.2.3 up"},
	}
	if !slices.Equal(r.Findings, want) {
		t.Errorf("got %v, want %v", r.Findings, want)
	}
}

// TestEveryAddressIsEvidence: of a name with several addresses each is counted.
func TestEveryAddressIsEvidence(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		second checks.Reason
		want   checks.Outcome
	}{
		{"all work", checks.Reason{}, checks.Pass},
		{"one is dead", checks.ReasonRefused.With(name, "192.0.2.2"), checks.Fail},
		{"one was not looked at", checks.ReasonNoTime.With(name, "192.0.2.2", "0s", "1s"), checks.Unknown},
	} {
		r := checks.Run(t.Context(), spec(func(_ context.Context, at checks.Endpoint, _ *checks.Observation) checks.Reason {
			if at.Addr.String() == "192.0.2.2" {
				return tt.second
			}
			return checks.Reason{}
		}), checks.Env{Resolver: resolver{"ip4 " + name: []string{"192.0.2.1", "192.0.2.2"}}})
		seen := "192.0.2.1 up, 192.0.2.2 up"
		if !tt.second.IsZero() {
			seen = "192.0.2.1 up, 192.0.2.2 " + tt.second.State.String() + " " + tt.second.Code
		}
		if want := []checks.Finding{{Rule: checks.FindingAddresses, Family: checks.V4, Outcome: tt.want, Evidence: seen}}; !slices.Equal(r.Findings, want) {
			t.Errorf("%s: got %v, want %v", tt.name, r.Findings, want)
		}
	}
}

// TestLossierV6IsAFinding: of a kind that measures loss.
func TestLossierV6IsAFinding(t *testing.T) {
	t.Parallel()
	kind := checks.Kind{Name: "lossy", Measurements: []checks.Measurement{{Name: "loss_ratio", Unit: "ratio"}}}
	for _, tt := range []struct {
		v4, v6 float64
		want   checks.Outcome
	}{{0, 0, checks.Pass}, {0, 0.1, checks.Pass}, {0, 0.2, checks.Fail}, {0.5, 0.2, checks.Pass}} {
		s := spec(func(_ context.Context, at checks.Endpoint, o *checks.Observation) checks.Reason {
			o.Set("loss_ratio", map[bool]float64{true: tt.v4, false: tt.v6}[at.Addr.Is4()])
			return checks.Reason{}
		})
		s.Kind = &kind
		r := checks.Run(t.Context(), s, checks.Env{Resolver: resolver{"ip4 " + name: "192.0.2.1", "ip6 " + name: "2001:db8::1"}})
		if len(r.Findings) != 1 || r.Findings[0].Rule != checks.FindingV6Worse || r.Findings[0].Outcome != tt.want {
			t.Errorf("v4 loses %v, v6 %v: got %v, want v6_worse: %v", tt.v4, tt.v6, r.Findings, tt.want)
		}
	}
}

// TestV4OnlyByDesign: a declaration is held against what the names say.
func TestV4OnlyByDesign(t *testing.T) {
	t.Parallel()
	s := spec(func(context.Context, checks.Endpoint, *checks.Observation) checks.Reason { return checks.Reason{} })
	s.V4Only = true
	for _, tt := range []struct {
		names resolver
		want  checks.Outcome
	}{
		{resolver{"ip4 " + name: "192.0.2.1"}, checks.Pass},
		{resolver{"ip4 " + name: "192.0.2.1", "ip6 " + name: "2001:db8::1"}, checks.Fail},
	} {
		r := checks.Run(t.Context(), s, checks.Env{Resolver: tt.names})
		if len(r.Findings) != 1 || r.Findings[0].Rule != checks.FindingV4Only || r.Findings[0].Outcome != tt.want || r.Pair.State != checks.Up {
			t.Errorf("%v: got %v %v, want up and v4_only_by_design: %v", tt.names, r.Pair, r.Findings, tt.want)
		}
	}
}

// TestBlackHoleNamesItself: a hole over IPv6 alone is told from a dead IPv6.
func TestBlackHoleNamesItself(t *testing.T) {
	t.Parallel()
	r := checks.Run(t.Context(), spec(func(_ context.Context, at checks.Endpoint, _ *checks.Observation) checks.Reason {
		if at.Addr.Is6() {
			return checks.ReasonHole.With(name, at.Addr.String(), "1280", "2001:db8::fe")
		}
		return checks.Reason{}
	}), checks.Env{Resolver: resolver{"ip4 " + name: "192.0.2.1", "ip6 " + name: "2001:db8::1"}})
	if r.Pair.State != checks.Degraded || r.Pair.Reason.Code != "v6_mtu_blackhole" || r.Pair.Reason.Arg("last") != "2001:db8::fe" {
		t.Errorf("got %v, want degraded v6_mtu_blackhole with the last hop", r.Pair)
	}
}

func TestGuardRailIsUnable(t *testing.T) {
	t.Parallel()
	s := spec(func(context.Context, checks.Endpoint, *checks.Observation) checks.Reason {
		t.Error("a forbidden address was probed")
		return checks.Reason{}
	})
	r := checks.Run(t.Context(), s, checks.Env{
		Resolver: resolver{"ip4 " + name: "192.0.2.1"},
		Allowed:  func(netip.Addr) bool { return false },
	})
	if r.Pair.State != checks.Unable || r.Pair.Reason.Code != "forbidden_here" {
		t.Errorf("got %v, want unable forbidden_here", r.Pair)
	}
}

// TestHostsFileOfOneFamily: Go's resolver says "no suitable address" of a name
// that /etc/hosts has with the other family only.
func TestHostsFileOfOneFamily(t *testing.T) {
	t.Parallel()
	r := checks.Run(t.Context(), spec(func(context.Context, checks.Endpoint, *checks.Observation) checks.Reason {
		return refused.With()
	}), checks.Env{Resolver: resolver{"ip4 " + name: "192.0.2.1", "ip6 " + name: &net.AddrError{Err: "no suitable address found", Addr: name}}})
	if r.Pair.Reason.Code != "refused" || r.V6 != nil {
		t.Errorf("got %v with IPv6 %v, want what IPv4 says and no IPv6", r.Pair, r.V6)
	}
}

func TestForbiddenKindIsUnable(t *testing.T) {
	t.Parallel()
	s := spec(func(context.Context, checks.Endpoint, *checks.Observation) checks.Reason {
		t.Error("a check of a forbidden kind was run")
		return checks.Reason{}
	})
	r := checks.Run(t.Context(), s, checks.Env{
		Resolver: resolver{"ip4 " + name: "192.0.2.1"},
		Kind:     func(string) bool { return false },
	})
	if r.Pair.State != checks.Unable || r.Pair.Reason.Code != "kind_forbidden_here" {
		t.Errorf("got %v, want unable kind_forbidden_here", r.Pair)
	}
}

func TestPanicIsUnable(t *testing.T) {
	t.Parallel()
	s := spec(func(_ context.Context, _ checks.Endpoint, o *checks.Observation) checks.Reason {
		var answers []int
		return checks.Reason{Code: strconv.Itoa(answers[0])}
	})
	r := checks.Run(t.Context(), s, checks.Env{Resolver: resolver{"ip4 " + name: "192.0.2.1"}})
	if r.Pair.State != checks.Unable || r.Pair.Reason.Code != "panicked" {
		t.Errorf("got %v, want unable panicked", r.Pair)
	}
}

// TestOverrunReturns: a check that ignores its deadline costs its own verdict
// and nothing else.
func TestOverrunReturns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := spec(func(context.Context, checks.Endpoint, *checks.Observation) checks.Reason {
			time.Sleep(time.Hour)
			return checks.Reason{}
		})
		r := checks.Run(t.Context(), s, checks.Env{Resolver: slowly{resolver{"ip4 " + name: "192.0.2.1"}}})
		if r.Pair.State != checks.Unable || r.Pair.Reason.Code != "overran" {
			t.Errorf("got %v, want unable overran", r.Pair)
		}
		if r.Duration != 1500*time.Millisecond {
			t.Errorf("got %v, want the timeout of 1s and its grace of 500ms", r.Duration)
		}
		time.Sleep(time.Hour) // the abandoned probe ends
	})
}

// slowly takes 800 ms of a run to answer.
type slowly struct{ resolver }

func (s slowly) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
	time.Sleep(800 * time.Millisecond)
	return s.resolver.LookupNetIP(ctx, network, host)
}

func TestObservationDropsWhatIsNoNumber(t *testing.T) {
	t.Parallel()
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		r := checks.Run(t.Context(), spec(func(_ context.Context, _ checks.Endpoint, o *checks.Observation) checks.Reason {
			o.Set("rtt_seconds", v)
			return checks.Reason{}
		}), checks.Env{Resolver: resolver{"ip4 " + name: "192.0.2.1"}})
		if len(r.Rows) != 0 {
			t.Errorf("%v: got rows %v, want none", v, r.Rows)
		}
	}
}

func TestEvidenceIsSafeToCarry(t *testing.T) {
	t.Parallel()
	r := checks.Run(t.Context(), spec(func(_ context.Context, _ checks.Endpoint, o *checks.Observation) checks.Reason {
		o.Find("rule", checks.Fail, "\xc7\xe0\r\n"+strings.Repeat("x", 1000))
		return checks.Reason{}
	}), checks.Env{Resolver: resolver{"ip4 " + name: "192.0.2.1"}})
	if got := r.Findings[0].Evidence; !utf8.ValidString(got) || len(got) > 256 || strings.ContainsAny(got, "\r\n") {
		t.Errorf("got %q, want valid UTF-8 on one line of at most 256 bytes", got)
	}
}

func TestManyAddressesAreBounded(t *testing.T) {
	t.Parallel()
	var many []string
	for i := range 100 {
		many = append(many, fmt.Sprintf("192.0.2.%d", i))
	}
	probed := make(chan netip.Addr, 200)
	checks.Run(t.Context(), spec(func(_ context.Context, at checks.Endpoint, _ *checks.Observation) checks.Reason {
		probed <- at.Addr
		return checks.Reason{}
	}), checks.Env{Resolver: resolver{"ip4 " + name: many}})
	if len(probed) != 8 {
		t.Errorf("got %d addresses probed, want 8", len(probed))
	}
}
