package indicators

import (
	"net/netip"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"fengsui/collector/history"
	"fengsui/collector/origins"
	"fengsui/configs"
	"fengsui/configs/calendar"
)

// TestDoor: what was seen counts when the agent was in the extranet then, and
// between two stays when it was before and after.
func TestDoor(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	at := func(minute int) time.Time { return began.Add(time.Duration(minute) * time.Minute) }
	stay := func(source, dest string, from, to int) origins.Stay {
		s := origins.Stay{Source: netip.MustParseAddr(source), Began: at(from), Ended: at(to)}
		if dest != "" {
			s.Dest = netip.MustParseAddr(dest)
		}
		return s
	}
	const in, in6, out, own, other = "10.66.1.1", "fd66::1", "198.51.100.7", "10.66.0.1", "203.0.113.1"
	for _, c := range []struct {
		name      string
		stays     []origins.Stay
		collector string
		open      []int
		shut      []int
	}{
		{name: "never heard", shut: []int{0, 10}},
		{name: "in the extranet", stays: []origins.Stay{stay(in, own, 0, 10)}, open: []int{-5, 0, 5, 10, 11}},
		{name: "elsewhere", stays: []origins.Stay{stay(out, own, 0, 10)}, shut: []int{-5, 0, 5, 10, 11}},
		{name: "moved out", stays: []origins.Stay{stay(in, own, 0, 10), stay(out, own, 20, 30)}, open: []int{5}, shut: []int{15, 25, 35}},
		{name: "moved in", stays: []origins.Stay{stay(out, own, 0, 10), stay(in, own, 20, 30)}, open: []int{25, 35}, shut: []int{5, 15}},
		{name: "cut off and back", stays: []origins.Stay{stay(in, own, 0, 10), stay(in, own, 50, 60)}, open: []int{30}},
		{name: "both at once", stays: []origins.Stay{stay(in, own, 0, 10), stay(out, own, 0, 10)}, open: []int{5, 15}},
		{name: "both families by turns, one elsewhere", stays: []origins.Stay{stay(in6, own, 0, 9), stay(out, own, 0, 10), stay(out, own, 50, 60), stay(in6, own, 51, 60)}, open: []int{30, 55}},
		{name: "an old stay beside a later one", stays: []origins.Stay{stay(in, own, 0, 2), stay(out, own, 8, 10)}, open: []int{1}, shut: []int{5, 11}},
		{name: "the collector's own address", stays: []origins.Stay{stay(in, own, 0, 10)}, collector: "10.66.0.0/24", open: []int{5}},
		{name: "the collector reached elsewhere", stays: []origins.Stay{stay(in, other, 0, 10)}, collector: "10.66.0.0/24", shut: []int{5}},
		{name: "the collector's address not known", stays: []origins.Stay{stay(in, "", 0, 10)}, collector: "10.66.0.0/24", shut: []int{5}},
	} {
		var collector []netip.Prefix
		if c.collector != "" {
			collector = []netip.Prefix{netip.MustParsePrefix(c.collector)}
		}
		d := newDoor(c.stays, []netip.Prefix{netip.MustParsePrefix("10.66.1.0/24"), netip.MustParsePrefix("fd66::/64")}, collector)
		for _, m := range c.open {
			if !d.open(at(m)) {
				t.Errorf("%s: minute %d does not count, want it to", c.name, m)
			}
		}
		for _, m := range c.shut {
			if d.open(at(m)) {
				t.Errorf("%s: minute %d counts, want it not to", c.name, m)
			}
		}
	}
}

// TestExtranet: from where an agent has to be heard.
func TestExtranet(t *testing.T) {
	t.Parallel()
	p := netip.MustParsePrefix
	d := &configs.District{Sites: []configs.Site{{ID: "bare"}, {ID: "trunk", Prefixes: []netip.Prefix{p("10.1.0.0/24")}}}}
	for _, c := range []struct {
		name string
		a    configs.AccessPoint
		want []netip.Prefix
	}{
		{"its own prefixes and those of the box on the trunk", configs.AccessPoint{Site: "trunk", Prefixes: []netip.Prefix{p("10.2.0.0/24")}}, []netip.Prefix{p("10.2.0.0/24"), p("10.1.0.0/24")}},
		{"as seen from behind NAT", configs.AccessPoint{Site: "trunk", Prefixes: []netip.Prefix{p("10.2.0.0/24")}, Seen: []netip.Prefix{p("10.9.0.0/24")}}, []netip.Prefix{p("10.9.0.0/24")}},
		{"nothing declared", configs.AccessPoint{Site: "bare"}, nil},
	} {
		if got := extranet(d, &c.a); len(got) != len(c.want) || len(got) > 0 && got[0] != c.want[0] {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

// TestNotTheInternetByMistake: the same observations count from the extranet
// alone, and it is said where they came from elsewhere.
func TestNotTheInternetByMistake(t *testing.T) {
	t.Parallel()
	h := openHistory(t)
	d := district()
	date := calendar.Date{Year: 2026, Month: 11, Day: 23}
	const node, site = configs.Node("access.u1/a0"), "su1a0"
	for round := range 3 {
		var samples []history.Sample
		ms := date.At(time.Duration(round)*5*time.Minute + time.Minute).UnixMilli()
		for _, check := range []string{"dns", "portal"} {
			samples = append(samples, history.Sample{T: ms, Labels: labels.FromStrings("__name__", "fengsui_check_state",
				"site", site, "check", check, "kind", "x", "target", check, "family", "pair")})
		}
		samples = append(samples, history.Sample{T: ms, Labels: labels.FromStrings("__name__", "fengsui_known_site_state", "site", site)})
		if err := h.AppendKnown(t.Context(), samples); err != nil {
			t.Fatal(err)
		}
	}
	in, out := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("198.51.100.7")
	minute := func(m int) time.Time { return date.At(time.Duration(m) * time.Minute) }
	stays := map[string][]origins.Stay{site: {{Source: in, Began: minute(0), Ended: minute(4)}, {Source: out, Began: minute(5), Ended: minute(15)}}}
	e, err := evidence(t.Context(), h, d, stays, span{date.At(0), 5 * time.Minute, 3})
	if err != nil {
		t.Fatal(err)
	}
	if e[node][0].Quorum[0] != Reached || e[node][1].Quorum[0] != Unseen {
		t.Errorf("the collector was %s from the extranet and %s from elsewhere, want it reached and unseen", e[node][0].Quorum[0], e[node][1].Quorum[0])
	}
	got := judge(d, e, nil)[node]
	for i, want := range []Round{{Outcome: OK, Grade: E2}, {Outside: true}, {Outside: true}} {
		if got[i] != want {
			t.Errorf("round %d: got %+v, want %+v", i, got[i], want)
		}
	}
	d.Units[1].Access[0].Prefixes = nil
	if e, err = evidence(t.Context(), h, d, stays, span{date.At(0), 5 * time.Minute, 3}); err != nil {
		t.Fatal(err)
	}
	if got := judge(d, e, nil)[node]; got[0] != (Round{Outside: true}) {
		t.Errorf("nothing declared: got %+v, want evidence that does not count", got[0])
	}
	if terms := termsOf(d, date); !terms.Units[1].Access[0].Undeclared || terms.Units[2].Access[0].Undeclared {
		t.Error("the terms do not say that the one access point, and no other, has no prefix")
	}
}
