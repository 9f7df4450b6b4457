package graph

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fengsui/checks"
	"fengsui/collector/posture"
	"fengsui/configs"
	"fengsui/configs/calendar"
)

// district is a small one: town a on two circuits of one link, town b on two
// links, community a1 behind a, a2 on a VPN line of its own to the hub, and
// a3 behind a with a VPN line beside.
func district() *configs.District {
	circuit := func(link, id, device string) configs.Circuit {
		return configs.Circuit{ID: id, Link: link, Device: device}
	}
	link := func(upper, lower string, circuits ...configs.Circuit) configs.Link {
		return configs.Link{ID: upper + "-" + lower, Between: [2]string{upper, lower}, Circuits: circuits}
	}
	backup := link("hub", "b")
	backup.ID = "hub-b-5g"
	return &configs.District{
		Calendar: &calendar.Calendar{},
		Sites: []configs.Site{
			{ID: "a", Kind: "town", Parent: "hub"}, {ID: "a1", Kind: "community", Parent: "a"},
			{ID: "a2", Kind: "community", Parent: "a"}, {ID: "a3", Kind: "community", Parent: "a"},
			{ID: "b", Kind: "town", Parent: "hub"}, {ID: "c", Kind: "town", Parent: "hub"},
			{ID: "city", Kind: "city"}, {ID: "hub", Kind: "hub", Parent: "city"},
		},
		Links: []configs.Link{
			link("a", "a3"),
			link("city", "hub", circuit("city-hub", "main", "core")),
			link("hub", "a", circuit("hub-a", "telecom", "core"), circuit("hub-a", "unicom", "edge")),
			link("hub", "a2"),
			{ID: "hub-a3-vpn", Between: [2]string{"hub", "a3"}},
			backup,
			link("hub", "b", circuit("hub-b", "telecom", "core")),
			link("hub", "c", circuit("hub-c", "telecom", "c-router")),
		},
		Devices: []configs.Device{{ID: "c-router", Site: "c"}, {ID: "core", Site: "hub"}, {ID: "edge", Site: "hub"}},
		Services: []configs.Service{
			{ID: "cloud", DependsOn: []configs.Node{"link.city-hub", "service.dns1", "service.dns2"}},
			{ID: "dns1", Resolver: true}, {ID: "dns2", Resolver: true},
			{ID: "hall", DependsOn: []configs.Node{"site.a", "service.dns1"}},
			{ID: "portal", DependsOn: []configs.Node{"service.sso"}}, {ID: "sso", DependsOn: []configs.Node{"site.city"}},
		},
		Units: []configs.Unit{{ID: "u", Access: []configs.AccessPoint{
			{ID: "main", Unit: "u", Site: "a", Required: true}, {ID: "second", Unit: "u", Site: "b"}}}},
		Points: []configs.Point{{ID: "p", Node: "service.portal"}},
	}
}

func graph(t *testing.T, d *configs.District) *Graph {
	t.Helper()
	g, err := New(d)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func words(lists ...[]configs.Node) string {
	var all []string
	for _, list := range lists {
		for _, n := range list {
			all = append(all, string(n))
		}
	}
	return strings.Join(all, " ")
}

func TestReach(t *testing.T) {
	t.Parallel()
	g := graph(t, district())
	for of, want := range map[configs.Node]string{
		"site.a":                 "site.a1 unit.u service.hall link.a-a3", // a2 and a3 have lines of their own
		"link.hub-a":             "site.a site.a1 unit.u service.hall link.a-a3",
		"circuit.hub-a/telecom":  "", // unicom is there
		"circuit.hub-b/telecom":  "link.hub-b",
		"link.hub-b":             "", // 5G is there
		"link.hub-a3-vpn":        "",
		"link.hub-a2":            "site.a2",
		"device.core":            "site.city service.cloud service.portal service.sso link.city-hub link.hub-b",
		"link.city-hub":          "site.city service.cloud service.portal service.sso",
		"circuit.city-hub/main":  "site.city service.cloud service.portal service.sso link.city-hub",
		"site.city":              "service.portal service.sso", // its link still ends at the hub
		"device.c-router":        "site.c link.hub-c",
		"site.c":                 "link.hub-c",   // without power its router is dark
		"service.dns1":           "service.hall", // cloud asks dns2
		"service.sso":            "service.portal",
		"access.u/main":          "unit.u",
		"access.u/second":        "",
		"site.hub":               "site.a site.a1 site.a2 site.a3 site.b site.c site.city unit.u service.cloud service.hall service.portal service.sso link.a-a3 link.city-hub link.hub-a link.hub-a2 link.hub-a3-vpn link.hub-b link.hub-b-5g link.hub-c",
		"point.p":                "",
		"service.not_configured": "",
	} {
		r := g.Reach(of, nil)
		if got := words(r.Sites, r.Units, r.Services, r.Links); got != want {
			t.Errorf("reach of %s: got %q, want %q", of, got, want)
		}
		if r.Empty() != (want == "") {
			t.Errorf("reach of %s: empty is %t", of, r.Empty())
		}
	}
}

// A line that failed before is no other way.
func TestReachCountsWhatFailedBefore(t *testing.T) {
	t.Parallel()
	g := graph(t, district())
	h := Health{
		"circuit.hub-a/telecom": {Verdict: Failing, Since: at(-100)},
		"circuit.hub-a/unicom":  {Verdict: Failing, Since: at(0)},
		"site.a":                {Verdict: Failing, Since: at(45)},
		"site.a1":               {Verdict: Failing, Since: at(40)},
	}
	for of, want := range map[configs.Node]string{
		"circuit.hub-a/telecom": "",
		"site.a":                "site.a1 unit.u service.hall link.a-a3",
		"circuit.hub-a/unicom":  "site.a site.a1 unit.u service.hall link.a-a3 link.hub-a",
	} {
		r := g.Reach(of, h)
		if got := words(r.Sites, r.Units, r.Services, r.Links); got != want {
			t.Errorf("reach of %s: got %q, want %q", of, got, want)
		}
	}
}

// TestReachRefuted: a town that fell silent takes nothing along while what lies
// behind it is heard.
func TestReachRefuted(t *testing.T) {
	t.Parallel()
	g := graph(t, district())
	if r := g.Reach("site.a", Health{"site.a": {Verdict: Failing}}); r.Empty() {
		t.Error("nothing lies behind the town: nothing would be compared")
	}
	if r := g.Reach("site.a", Health{"site.a": {Verdict: Failing, Refuted: true}}); !r.Empty() {
		t.Errorf("a town that is silent alone takes %+v along, want nothing", r)
	}
}

func TestParents(t *testing.T) {
	t.Parallel()
	g := graph(t, district())
	for of, want := range map[configs.Node]string{
		"site.hub":              "",
		"site.city":             "link.city-hub", // for who looks from the hub
		"site.a":                "link.hub-a",
		"site.a1":               "site.a",
		"site.a3":               "link.a-a3 link.hub-a3-vpn",
		"site.b":                "link.hub-b link.hub-b-5g",
		"link.hub-a":            "circuit.hub-a/telecom circuit.hub-a/unicom site.hub",
		"circuit.hub-a/telecom": "device.core",
		"device.core":           "site.hub",
		"service.cloud":         "link.city-hub service.dns1 service.dns2",
		"unit.u":                "access.u/main",
		"access.u/second":       "site.b",
		"point.p":               "service.portal",
		"site.nowhere":          "",
	} {
		if got := words(g.Parents(of)); got != want {
			t.Errorf("parents of %s: got %q, want %q", of, got, want)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(*configs.District)
		want  string
	}{
		"parents":           {func(d *configs.District) { d.Sites[0].Parent = "a1"; d.Links = slices.Delete(d.Links, 2, 3) }, "site.a → site.a1 → site.a"},
		"depends_on":        {func(d *configs.District) { d.Services[5].DependsOn[0] = "service.portal" }, "service.portal → service.sso → service.portal"},
		"itself":            {func(d *configs.District) { d.Services[1].DependsOn = []configs.Node{"service.dns1"} }, "service.dns1 → service.dns1"},
		"line over its end": {func(d *configs.District) { d.Links[3].DependsOn = []configs.Node{"site.a2"} }, "site.a2 → link.hub-a2 → site.a2"},
		"unknown need":      {func(d *configs.District) { d.Services[4].DependsOn = []configs.Node{"service.cas"} }, "service.portal names service.cas, which is not in the inventory"},
		"unknown end":       {func(d *configs.District) { d.Links[0].Between[1] = "x" }, "link.a-a3 names site.x"},
		"unknown device":    {func(d *configs.District) { d.Devices = d.Devices[:2] }, "circuit.hub-a/unicom names device.edge"},
		"unknown subject": {func(d *configs.District) { d.Sites[0].Checks = []configs.Check{{ID: "x", Subject: "service.x"}} },
			"site.a names service.x"},
		"twice": {func(d *configs.District) { d.Services[2].ID = "dns1" }, "service.dns1 is there twice"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := district()
			c.spoil(d)
			if _, err := New(d); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}

func TestTitle(t *testing.T) {
	t.Parallel()
	d := district()
	d.Sites[0].Name, d.Links[2].Name = "青福镇", "枢纽—青福镇"
	g := graph(t, d)
	for n, want := range map[configs.Node]string{"site.a": "青福镇", "circuit.hub-a/telecom": "枢纽—青福镇/telecom", "circuit.hub-b/telecom": "circuit.hub-b/telecom", "site.gone": "site.gone"} {
		if got := g.Title(n); got != want {
			t.Errorf("title of %s: got %q, want %q", n, got, want)
		}
	}
}

// A ring of lines is no circle, a district may have several nets, and none.
func TestNewTakes(t *testing.T) {
	t.Parallel()
	ring := district()
	ring.Links = append(ring.Links, configs.Link{ID: "a-b", Between: [2]string{"a", "b"}})
	apart := district()
	apart.Sites = append(apart.Sites, configs.Site{ID: "other", Kind: "hub"}, configs.Site{ID: "under", Kind: "town", Parent: "other"})
	for name, d := range map[string]*configs.District{"ring": ring, "apart": apart, "empty": {}} {
		if _, err := New(d); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := words(graph(t, ring).Reach("link.hub-a", nil).Sites); got != "" {
		t.Errorf("reach of hub-a in the ring: %q, want nothing", got)
	}
	if got := words(graph(t, apart).Reach("site.other", nil).Sites); got != "site.under" {
		t.Errorf("reach of the other net's top: %q, want site.under", got)
	}
}

var epoch = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)

// at is a moment, in seconds.
func at(s int) time.Time { return epoch.Add(time.Duration(s) * time.Second) }

func TestCause(t *testing.T) {
	t.Parallel()
	g := graph(t, district())
	failing := func(since int) State { return State{Verdict: Failing, Since: at(since), Began: at(since)} }
	good := func(seen, every int) State {
		return State{Verdict: Good, Seen: at(seen), Every: time.Duration(every) * time.Second}
	}
	for name, c := range map[string]struct {
		subject  configs.Node
		vantages []string
		h        Health
		want     Cause
	}{
		"itself": {"site.a", nil, Health{"site.a": failing(0)}, Cause{}},
		"town silent": {"site.a1", nil, Health{"site.a": failing(10), "site.a1": failing(0)},
			Cause{Node: "site.a"}},
		"VPN beside the town": {"site.a2", nil, Health{"site.a": failing(0), "site.a2": failing(0)}, Cause{}},
		"one circuit of two":  {"site.a", nil, Health{"site.a": failing(45), "circuit.hub-a/telecom": failing(0)}, Cause{}},
		"the second circuit": {"site.a", nil, Health{"site.a": failing(45), "circuit.hub-a/telecom": failing(-900), "circuit.hub-a/unicom": failing(0)},
			Cause{Node: "circuit.hub-a/unicom"}},
		"behind the second circuit": {"site.a1", nil, Health{"circuit.hub-a/telecom": failing(0), "circuit.hub-a/unicom": failing(-900)},
			Cause{Node: "circuit.hub-a/telecom"}},
		"behind the town": {"site.a1", nil, Health{"site.a": failing(45), "circuit.hub-a/telecom": failing(-900), "circuit.hub-a/unicom": failing(0)},
			Cause{Node: "site.a"}}, // the stage goes on from there
		"highest": {"service.portal", []string{"a", "hub"}, Health{"service.sso": failing(5), "site.city": failing(45), "device.core": failing(3), "circuit.city-hub/main": failing(0)},
			Cause{Node: "device.core"}},
		"one resolver of two": {"service.cloud", []string{"hub"}, Health{"service.dns1": failing(0)}, Cause{}},
		"both resolvers":      {"service.cloud", []string{"hub"}, Health{"service.dns1": failing(0), "service.dns2": failing(1)}, Cause{Node: "service.dns2"}},
		"town and its router": {"site.c", nil, Health{"site.c": failing(45), "device.c-router": failing(0)}, Cause{}},
		"router and its town": {"device.c-router", nil, Health{"site.c": failing(45), "device.c-router": failing(0)}, Cause{Node: "site.c"}},
		"below is no cause":   {"site.a", nil, Health{"site.a": failing(45), "site.a1": failing(0), "service.hall": failing(0)}, Cause{}},
		"refuted": {"site.a1", nil, Health{"site.a": {Verdict: Failing, Refuted: true}, "site.a1": failing(0)},
			Cause{}},
		"seen from a cut site": {"service.portal", []string{"a1"}, Health{"site.a1": failing(40), "site.a": failing(42)}, Cause{Node: "site.a"}},
		"a cut site has no say": {"service.hall", []string{"a1", "b"}, Health{"site.a1": failing(40), "service.dns1": failing(1)},
			Cause{Node: "service.dns1"}},
		"on the way of one vantage only": {"service.sso", []string{"city", "hub"}, Health{"link.city-hub": failing(0)}, Cause{}},
		"from the other side":            {"service.dns1", []string{"city"}, Health{"link.city-hub": failing(0)}, Cause{}}, // dns1 says not where it lives
		"hall, from the city":            {"service.hall", []string{"city"}, Health{"link.city-hub": failing(0)}, Cause{Node: "link.city-hub"}},
		"suspected": {"service.portal", []string{"hub"}, Health{"service.portal": failing(0), "service.sso": good(-20, 30)},
			Cause{Node: "service.sso", Suspected: true, Settle: 32 * time.Second}},
		"looked at since": {"service.portal", []string{"hub"}, Health{"service.portal": failing(0), "service.sso": good(1, 30)}, Cause{}},
		"suspected, seldom looked at": {"service.portal", []string{"hub"}, Health{"service.portal": failing(0), "service.sso": good(-20, 3600)},
			Cause{Node: "service.sso", Suspected: true, Settle: time.Minute}},
		"not above, not suspected":    {"service.portal", []string{"hub"}, Health{"service.portal": failing(0), "service.dns1": good(-20, 30)}, Cause{}},
		"the second one is suspected": {"site.a", nil, Health{"site.a": failing(0), "circuit.hub-a/telecom": failing(-900), "circuit.hub-a/unicom": good(-5, 10)}, Cause{Node: "circuit.hub-a/unicom", Suspected: true, Settle: 12 * time.Second}},
		"unknown subject":             {"service.gone", nil, Health{"site.hub": failing(0)}, Cause{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := g.Cause(c.subject, c.vantages, c.h, at(0)); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

// Above is an order: nothing is above itself, by whatever way.
func TestAboveHasNoCircles(t *testing.T) {
	t.Parallel()
	g := graph(t, district())
	state := make([]int, len(g.nodes))
	var visit func(int)
	visit = func(i int) {
		state[i] = 1
		for j := range g.nodes {
			if !g.above(g.root, i, j) {
				continue
			}
			if state[j] == 1 {
				t.Errorf("%s and %s are above one another", g.nodes[i].name, g.nodes[j].name)
			}
			if state[j] == 0 {
				visit(j)
			}
		}
		state[i] = 2
	}
	for i := range g.nodes {
		if state[i] == 0 {
			visit(i)
		}
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	d := district()
	for i := range d.Sites {
		d.Sites[i].Checks = []configs.Check{{ID: "portal", Subject: "service.portal"}, {ID: "own"}}
	}
	d.Sites[3].Hours = calendar.Hours{Name: "never", Spans: []calendar.Span{{WorkingOnly: true, Open: 0, Close: 1}}}
	g := graph(t, d)
	site := func(id string, s checks.State, last int, of checks.State, since, seen int) posture.Site {
		return posture.Site{ID: id, Standing: posture.Known, State: s, Last: at(last), Checks: []posture.Check{{ID: "portal", Interval: time.Minute,
			Standing: posture.Known, Families: []posture.Face{{State: of, Standing: posture.Known, Since: at(since), At: at(seen)}}}}}
	}
	unjudged := site("b", checks.Up, 0, checks.Down, 0, 0)
	unjudged.Checks[0].Standing = posture.Unjudged
	for name, c := range map[string]struct {
		sites []posture.Site
		of    configs.Node
		want  State
	}{
		"site heard":  {[]posture.Site{site("a", checks.Up, 3, checks.Up, 0, 1)}, "site.a", State{Verdict: Good, Seen: at(3), Every: 45 * time.Second}},
		"site silent": {[]posture.Site{site("a", checks.Silent, 3, checks.Silent, 0, 1)}, "site.a", State{Verdict: Failing, Since: at(48), Began: at(18)}},
		"site closed": {[]posture.Site{site("a3", checks.Silent, 3, checks.Silent, 0, 1)}, "site.a3", State{}},
		"site silent, another behind it heard since": {[]posture.Site{site("a", checks.Silent, 3, checks.Silent, 0, 1), site("a1", checks.Up, 51, checks.Up, 0, 1)},
			"site.a", State{Verdict: Failing, Since: at(48), Began: at(18), Refuted: true}},
		"site silent, another behind it heard before": {[]posture.Site{site("a", checks.Silent, 3, checks.Silent, 0, 1), site("a1", checks.Up, 49, checks.Up, 0, 1)},
			"site.a", State{Verdict: Failing, Since: at(48), Began: at(18)}},
		"up":       {[]posture.Site{site("a", checks.Up, 3, checks.Up, 0, 1)}, "service.portal", State{Verdict: Good, Seen: at(1), Every: time.Minute}},
		"degraded": {[]posture.Site{site("a", checks.Up, 3, checks.Degraded, 0, 1)}, "service.portal", State{Verdict: Good, Seen: at(1), Every: time.Minute}},
		"down":     {[]posture.Site{site("a", checks.Up, 3, checks.Down, 1, 2)}, "service.portal", State{Verdict: Failing, Since: at(1), Began: at(1), Every: time.Minute, Vantages: []string{"a"}}},
		"down, up elsewhere an hour ago": {[]posture.Site{site("a", checks.Up, 3, checks.Down, 1, 2), site("b", checks.Up, 3, checks.Up, -9000, -3600)}, "service.portal",
			State{Verdict: Failing, Since: at(1), Began: at(1), Seen: at(-3600), Every: time.Minute, Vantages: []string{"a"}}},
		"down, up elsewhere since": {[]posture.Site{site("a", checks.Up, 3, checks.Down, 1, 2), site("b", checks.Up, 3, checks.Up, -9000, 2)}, "service.portal",
			State{Verdict: Good, Seen: at(2), Every: time.Minute}},
		"down at two, up at a third": {[]posture.Site{site("a", checks.Up, 3, checks.Down, 5, 6), site("b", checks.Up, 3, checks.Down, 1, 2), site("c", checks.Up, 3, checks.Up, -9000, 7)}, "service.portal",
			State{Verdict: Failing, Since: at(1), Began: at(1), Seen: at(7), Every: time.Minute, Vantages: []string{"a", "b"}}},
		"unable":   {[]posture.Site{site("a", checks.Up, 3, checks.Unable, 1, 2)}, "service.portal", State{}},
		"unjudged": {[]posture.Site{unjudged}, "service.portal", State{}},
		"down as a silent site last saw it": {[]posture.Site{site("a", checks.Silent, 3, checks.Down, 1, 2)}, "service.portal",
			State{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := g.Health(posture.Snapshot{At: at(60), Sites: c.sites}, 45*time.Second)[c.of]
			if !slices.Equal(got.Vantages, c.want.Vantages) {
				t.Errorf("vantages %q, want %q", got.Vantages, c.want.Vantages)
			}
			got.Vantages, c.want.Vantages = nil, nil
			if got.Verdict != c.want.Verdict || !got.Since.Equal(c.want.Since) || !got.Began.Equal(c.want.Began) ||
				!got.Seen.Equal(c.want.Seen) || got.Every != c.want.Every || got.Refuted != c.want.Refuted {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}
