package alerts

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/alertmanager/marker"
	"github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/common/model"

	"fengsui/collector/graph"
	"fengsui/configs"
)

// A world is a small district and how its nodes are: town a with communities
// a1 and a2 behind it and a3 on a VPN line of its own, town b, a portal that
// needs the resolver, and a cloud behind the hub's uplink.
type world struct {
	*rig
	g *graph.Graph

	mu     sync.Mutex
	health graph.Health
	stale  map[configs.Node]time.Duration // how long ago it was looked at; 0: just now
}

func topology(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	g, err := graph.New(&configs.District{
		Sites: []configs.Site{{ID: "a", Name: "青福镇", Kind: "town", Parent: "hub"}, {ID: "a1", Kind: "community", Parent: "a"},
			{ID: "a2", Kind: "community", Parent: "a"}, {ID: "a3", Kind: "community", Parent: "a"},
			{ID: "b", Kind: "town", Parent: "hub"}, {ID: "city", Kind: "city"}, {ID: "hub", Kind: "hub", Parent: "city"}},
		Links: []configs.Link{{ID: "hub-a3", Between: [2]string{"hub", "a3"}},
			{ID: "uplink", Between: [2]string{"city", "hub"}, Circuits: []configs.Circuit{{ID: "main", Link: "uplink"}}}},
		Services: []configs.Service{{ID: "cloud", DependsOn: []configs.Node{"site.city"}}, {ID: "mail", DependsOn: []configs.Node{"service.dns", "site.city"}},
			{ID: "portal", DependsOn: []configs.Node{"service.dns"}}, {ID: "dns", Resolver: true}},
	})
	if err != nil {
		t.Fatal(err)
	}
	bubble(t, func(t *testing.T, r *rig) {
		w := &world{rig: r, g: g, health: graph.Health{}, stale: map[configs.Node]time.Duration{}}
		r.route.GroupBy, r.route.GroupInterval = []string{"alertname", "node"}, time.Hour
		rule := func(name, expr, node, severity string) configs.Rule {
			return configs.Rule{Name: name, Expr: expr, Every: 5 * time.Second, Severity: severity,
				Labels: map[string]string{nodeLabel: node}, SummaryZH: name, SummaryEN: name}
		}
		r.rules = []configs.Rule{
			rule("site_silent", "fengsui_known_site_state == 4", "site.{{ $labels.site }}", "page"),
			rule("target_down", `fengsui_known_state{kind="service"} == 2`, "service.{{ $labels.target }}", "page"),
			rule("circuit_down", `fengsui_known_state{kind="circuit"} == 2`, "circuit.{{ $labels.target }}", "page"),
		}
		for _, n := range g.Nodes() {
			if k := n.Kind(); k == "site" || k == "service" || k == "circuit" {
				w.health[n] = graph.State{Verdict: graph.Good, Every: 30 * time.Second}
			}
		}
		r.judged = func(site, _ string) bool {
			w.mu.Lock()
			defer w.mu.Unlock()
			return w.health[configs.NodeOf("site", site)].Verdict != graph.Unknown
		}
		r.graph, r.look = func() *graph.Graph { return g }, w.look
		f(t, w)
	})
}

func (w *world) look() (*graph.Graph, graph.Health) {
	w.mu.Lock()
	defer w.mu.Unlock()
	h := maps.Clone(w.health)
	for n, s := range h {
		if s.Verdict == graph.Good {
			s.Seen = time.Now().Add(-w.stale[n])
			h[n] = s
		}
	}
	return w.g, h
}

func (w *world) set(v graph.Verdict, nodes ...configs.Node) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, n := range nodes {
		s := w.health[n]
		s.Verdict = v
		if v == graph.Failing {
			s.Since, s.Began = time.Now(), time.Now()
		}
		w.health[n] = s
	}
}

func (w *world) down(nodes ...configs.Node) { w.set(graph.Failing, nodes...) }
func (w *world) up(nodes ...configs.Node)   { w.set(graph.Good, nodes...) }

// pass lets time pass, with the known states as they are.
func (w *world) pass(d time.Duration) {
	for end := time.Now().Add(d); ; {
		w.mu.Lock()
		for n, s := range w.health {
			v := 0.0
			switch {
			case s.Verdict == graph.Unknown:
				continue
			case s.Verdict == graph.Failing && n.Kind() == "site":
				v = 4
			case s.Verdict == graph.Failing:
				v = 2
			}
			if n.Kind() == "site" {
				w.known.set(v, model.MetricNameLabel, "fengsui_known_site_state", "site", n.ID())
			} else {
				w.known.set(v, model.MetricNameLabel, "fengsui_known_state", "kind", n.Kind(), "target", n.ID())
			}
		}
		w.mu.Unlock()
		w.a.Trigger()
		step := min(time.Minute, time.Until(end))
		if step <= 0 {
			break
		}
		time.Sleep(step)
	}
	synctest.Wait()
}

// told says which nodes were told of: "firing site.a", "resolved site.a".
func (w *world) told() []string {
	w.hook.mu.Lock()
	defer w.hook.mu.Unlock()
	lines := []string{}
	for _, m := range w.hook.got {
		line := m.Status
		for _, a := range m.Alerts {
			line += " " + a.Labels[nodeLabel]
			if a.Status != m.Status {
				line += "(" + a.Status + ")"
			}
		}
		lines = append(lines, line)
	}
	return lines
}

func (w *world) want(when string, lines ...string) {
	w.t.Helper()
	if got := w.told(); !slices.Equal(got, append([]string{}, lines...)) {
		w.t.Errorf("%s: notifications %q, want %q", when, got, lines)
	}
}

// reach tells what the newest notification lists.
func (w *world) reach() string {
	w.hook.mu.Lock()
	defer w.hook.mu.Unlock()
	var parts []string
	for _, r := range w.hook.got[len(w.hook.got)-1].Reach {
		parts = append(parts, string(r.Node)+":")
		for _, list := range [][]configs.Node{r.Reach.Sites, r.Reach.Units, r.Reach.Services, r.Reach.Links} {
			for _, n := range list {
				parts = append(parts, string(n))
			}
		}
		parts = append(parts, "held:")
		for _, h := range r.Held {
			parts = append(parts, string(h.Node))
		}
	}
	return strings.Join(parts, " ")
}

// causes lists open alerts with their causes.
func (w *world) causes() string {
	var list []string
	for _, o := range w.a.Open() {
		s := o.Labels[nodeLabel]
		if o.Cause != "" {
			s += "<" + string(o.Cause)
		}
		list = append(list, s)
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

// A town is cut: its villages go silent a little before and after it, and one
// notification tells of all.
func TestTownCut(t *testing.T) {
	t.Parallel()
	topology(t, func(t *testing.T, w *world) {
		w.start()
		w.pass(time.Minute)
		w.stale["site.a"] = time.Minute // not heard since the cut, not silent for long enough yet
		w.down("site.a1")
		w.pass(12 * time.Second)
		w.want("the village is silent first")
		if got := w.causes(); got != "site.a1<site.a" {
			t.Errorf("the village is silent first: open %q", got)
		}
		w.down("site.a", "site.a2")
		w.pass(10 * time.Minute)
		w.want("cut", "firing site.a")
		if got, want := w.reach(), "site.a: site.a1 site.a2 held: site.a1 site.a2"; got != want {
			t.Errorf("reach: got %q, want %q", got, want)
		}
		if got, want := w.causes(), "site.a site.a1<site.a site.a2<site.a"; got != want {
			t.Errorf("open %q, want %q", got, want)
		}
		for _, o := range w.a.Open() {
			if o.Labels["site"] == "a1" && (o.CauseZH != "由 青福镇 的故障引起，已并入该告警，不另行通知" || o.Under == "") {
				t.Errorf("a1: %q under %q", o.CauseZH, o.Under)
			}
		}
		delete(w.stale, "site.a")
		w.up("site.a")
		w.pass(10 * time.Second)
		w.up("site.a1", "site.a2")
		w.pass(2 * time.Hour)
		w.want("back", "firing site.a", "resolved site.a")
		if got := w.causes(); got != "" {
			t.Errorf("back: open %q", got)
		}
	})
}

// The shipped rules tell a town's cut once, and the text says what hangs on it.
func TestShippedTownCut(t *testing.T) {
	t.Parallel()
	topology(t, func(t *testing.T, w *world) {
		w.rules = shipped(t)
		w.rig.facts = func() func(map[string]string) Facts { return func(map[string]string) Facts { return Facts{} } }
		w.start()
		w.pass(time.Minute)
		w.down("site.a", "site.a1", "site.a2")
		w.pass(10 * time.Minute)
		w.want("cut", "firing site.a")
		for _, text := range []string{w.hook.got[0].TextZH, w.hook.got[0].TextEN} {
			if !strings.Contains(text, "\n归并：另有 2 条告警由此引起") && !strings.Contains(text, "\nHeld: 2 further alerts") {
				t.Errorf("got %q, want it to tell of the two villages", text)
			}
		}
	})
}

// A village on a line of its own is not swallowed by its town.
func TestVPNIsNotSwallowed(t *testing.T) {
	t.Parallel()
	topology(t, func(t *testing.T, w *world) {
		w.start()
		w.down("site.a")
		w.pass(time.Minute)
		w.down("site.a3", "site.a1")
		w.pass(time.Minute)
		w.want("both", "firing site.a", "firing site.a3")
	})
}

// What stays down after its cause is told two push intervals after, and does
// not wait for its group's next flush.
func TestStillDownAfterItsCause(t *testing.T) {
	t.Parallel()
	topology(t, func(t *testing.T, w *world) {
		w.start()
		w.down("site.a", "site.a1", "site.a2")
		w.pass(10 * time.Minute)
		w.up("site.a", "site.a2")
		w.pass(25 * time.Second)
		w.want("lingering", "firing site.a")
		w.restart(time.Second)
		w.pass(15 * time.Second)
		w.want("after two push intervals", "firing site.a", "resolved site.a", "firing site.a1")
		w.up("site.a1")
		w.pass(2 * time.Hour)
		w.want("back", "firing site.a", "resolved site.a", "firing site.a1", "resolved site.a1")
	})
}

// TestLinger: how long that is says the configuration, also while it goes on.
func TestLinger(t *testing.T) {
	t.Parallel()
	if got := configs.DefaultAlerting().Linger; got != 2*graph.Pushes {
		t.Errorf("by default what hung on a cause lingers for %s, want two push intervals of %s", got, graph.Pushes)
	}
	topology(t, func(t *testing.T, w *world) {
		linger := 10 * time.Minute
		w.linger = func() time.Duration { return linger }
		w.route.GroupInterval = time.Minute
		w.start()
		w.down("site.a", "site.a1")
		w.pass(10 * time.Minute)
		w.up("site.a")
		w.pass(9 * time.Minute)
		w.want("lingering", "firing site.a", "resolved site.a")
		linger = 9 * time.Minute // a reload
		w.pass(10 * time.Second)
		w.want("settled", "firing site.a", "resolved site.a", "firing site.a1")
	})
}

func TestOneCauseOneNotification(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		down        []configs.Node
		tell, reach string
	}{
		"uplink": {[]configs.Node{"service.cloud", "service.mail", "site.city", "circuit.uplink/main"}, "firing circuit.uplink/main",
			"circuit.uplink/main: site.city service.cloud service.mail link.uplink held: service.cloud service.mail site.city"},
		"resolver": {[]configs.Node{"service.mail", "service.portal", "service.dns"}, "firing service.dns",
			"service.dns: service.mail service.portal held: service.mail service.portal"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			topology(t, func(t *testing.T, w *world) {
				w.start()
				w.pass(time.Minute)
				w.down(c.down...)
				w.pass(3 * time.Hour)
				w.want("down", c.tell)
				if got := w.reach(); got != c.reach {
					t.Errorf("reach: got %q, want %q", got, c.reach)
				}
				w.up(c.down...)
				w.pass(3 * time.Hour)
				w.want("back", c.tell, strings.Replace(c.tell, "firing", "resolved", 1))
			})
		})
	}
}

// A cause that nobody is told of holds nothing back for longer than it takes
// to be judged: there is no rule for it, or only one that nobody reads at
// night.
func TestCauseWithoutAlert(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*world){
		"no rule": func(w *world) { w.rules = w.rules[:1] },
		"ticket":  func(w *world) { w.rules[1].Severity = "ticket" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			topology(t, func(t *testing.T, w *world) {
				spoil(w)
				w.rules = append(w.rules, configs.Rule{Name: "portal_down", Expr: `fengsui_known_state{target="portal"} == 2`, Every: 5 * time.Second,
					Severity: "page", Labels: map[string]string{nodeLabel: "service.portal"}})
				w.rules[1].Expr = strings.Replace(w.rules[1].Expr, `kind="service"`, `target="dns"`, 1)
				w.start()
				w.pass(time.Minute)
				w.down("service.dns", "service.portal")
				w.pass(30 * time.Second)
				if got := w.told(); slices.Contains(got, "firing service.portal") {
					t.Errorf("before the cause may be judged: %q", got)
				}
				w.pass(10 * time.Second) // settle is 32 s
				if got := w.told(); !slices.Contains(got, "firing service.portal") {
					t.Errorf("afterwards: %q, want the portal told", got)
				}
			})
		})
	}
}

// An alert waits for what it hangs on to be looked at, not longer.
func TestSuspectedParent(t *testing.T) {
	t.Parallel()
	for name, failing := range map[string]bool{"fails": true, "is well": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			topology(t, func(t *testing.T, w *world) {
				w.start()
				w.pass(time.Minute)
				w.stale["service.dns"] = 10 * time.Minute
				w.down("service.portal")
				w.pass(20 * time.Second)
				w.want("not looked at")
				want := "firing service.portal"
				if failing {
					want = "firing service.dns"
					w.down("service.dns")
				} else {
					delete(w.stale, "service.dns")
				}
				w.pass(10 * time.Second)
				w.want("looked at", want)
			})
		})
	}
	topology(t, func(t *testing.T, w *world) {
		w.start()
		w.pass(time.Minute)
		w.stale["service.dns"] = 10 * time.Minute
		w.down("service.portal")
		w.pass(20 * time.Second)
		w.restart(5 * time.Second)
		w.pass(10 * time.Second)
		w.want("never looked at", "firing service.portal")
	})
}

// Restarts, reloads and a time in which nobody can say how the cause is change
// nothing for people.
func TestMidFault(t *testing.T) {
	t.Parallel()
	for name, between := range map[string]func(*testing.T, *world){
		"restart": func(_ *testing.T, w *world) { w.restart(time.Minute) },
		"restart, not judged at first": func(_ *testing.T, w *world) {
			w.set(graph.Unknown, "site.a")
			w.restart(4 * time.Hour)
			w.pass(10 * time.Minute)
			w.set(graph.Failing, "site.a")
		},
		"reload": func(t *testing.T, w *world) {
			if err := w.a.Reload(w.rules, w.receivers(), w.route); err != nil {
				t.Fatal(err)
			}
		},
		"another grouping": func(t *testing.T, w *world) {
			w.route.GroupBy = []string{"alertname"}
			if err := w.a.Reload(w.rules, w.receivers(), w.route); err != nil {
				t.Fatal(err)
			}
		},
		"a fibre that flaps": func(_ *testing.T, w *world) {
			for range 5 {
				w.up("site.a", "site.a1")
				w.pass(7 * time.Second)
				w.down("site.a", "site.a1")
				w.pass(time.Minute)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			topology(t, func(t *testing.T, w *world) {
				w.start()
				w.down("site.a", "site.a1", "site.a2")
				w.pass(10 * time.Minute)
				w.want("cut", "firing site.a")
				between(t, w)
				w.pass(2 * time.Hour)
				w.want("mid-fault", "firing site.a")
				if got, want := w.causes(), "site.a site.a1<site.a site.a2<site.a"; got != want {
					t.Errorf("mid-fault: open %q, want %q", got, want)
				}
				w.up("site.a", "site.a1", "site.a2")
				w.pass(3 * time.Hour)
				w.want("back", "firing site.a", "resolved site.a")
				w.restart(time.Minute)
				w.pass(3 * time.Hour)
				w.want("restarted", "firing site.a", "resolved site.a")
			})
		})
	}
}

// Who was told of an alert hears of its end, whatever failed meanwhile.
func TestEndOfATold(t *testing.T) {
	t.Parallel()
	topology(t, func(t *testing.T, w *world) {
		w.route.GroupInterval = time.Minute
		w.start()
		w.down("site.a1")
		w.pass(time.Minute)
		w.down("site.a")
		w.pass(10 * time.Minute)
		w.want("both", "firing site.a1", "firing site.a")
		w.up("site.a1")
		w.pass(10 * time.Minute)
		w.want("one back", "firing site.a1", "firing site.a", "resolved site.a1")
	})
}

// Nobody hears of the end of what nobody was told of, in a group with others
// either.
func TestEndOfAHeld(t *testing.T) {
	t.Parallel()
	topology(t, func(t *testing.T, w *world) {
		w.route.GroupBy, w.route.GroupInterval = []string{"alertname"}, time.Minute
		w.start()
		w.down("site.a", "site.a1")
		w.pass(10 * time.Minute)
		w.up("site.a1") // by another way
		w.pass(10 * time.Minute)
		w.want("held and over", "firing site.a")
	})
}

// What is held is marked, so that Alertmanager's API shows it.
func TestHeldIsMarked(t *testing.T) {
	t.Parallel()
	topology(t, func(t *testing.T, w *world) {
		w.start()
		w.down("site.a", "site.a1")
		w.pass(time.Minute)
		marks := marker.NewAlertMarker()
		var held, cause *entry
		w.a.book.mu.Lock()
		for _, e := range w.a.book.open {
			if e.labels["site"] == "a1" {
				held = e
			} else {
				cause = e
			}
		}
		w.a.book.mu.Unlock()
		ctx := notify.WithGroupKey(marker.WithContext(t.Context(), marks), "k")
		_, out, err := w.a.sender.caused().Exec(ctx, nil, w.a.alertOf(held, time.Now()), w.a.alertOf(cause, time.Now()))
		if err != nil || len(out) != 1 || out[0].Fingerprint() != cause.fingerprint {
			t.Errorf("the stage lets pass %v, %v, want the cause alone", out, err)
		}
		if got := marks.Status(held.fingerprint).InhibitedBy; !slices.Equal(got, []string{cause.fingerprint.String()}) {
			t.Errorf("inhibited by %q, want the alert of the cause", got)
		}
		if got := marks.Status(cause.fingerprint).InhibitedBy; len(got) != 0 {
			t.Errorf("the cause is inhibited by %q", got)
		}
	})
}
