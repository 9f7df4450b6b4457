package alerts

import (
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/value"

	"fengsui/configs"
)

// forget writes the markers that the posture leaves of what is no longer in
// the inventory.
func (r *rig) forget(node configs.Node) {
	var gone [][]string
	r.known.mu.Lock()
	for _, l := range r.known.labels {
		if l.Get("node") == string(node) || l.Get("target") == node.ID() || node.Kind() == "site" && l.Get("site") == node.ID() {
			var pairs []string
			for name, v := range l.Map() {
				pairs = append(pairs, name, v)
			}
			gone = append(gone, pairs)
		}
	}
	r.known.mu.Unlock()
	for _, pairs := range gone {
		r.known.set(math.Float64frombits(value.StaleNaN), pairs...)
	}
}

// A fault is what a shipped rule is made for, then nobody sees it, then it is
// over, as what is written every minute.
type fault struct {
	rule, how            string
	node                 configs.Node
	fails, blind, mended func(r *rig)
}

func faults() []fault {
	portal := func(pair, v4, v6 int, sites ...string) func(r *rig) {
		return func(r *rig) {
			for _, site := range sites {
				r.see(sight{site, "portal", "service.portal", [3]int{pair, v4, v6}})
			}
		}
	}
	resolver := func(state int) func(r *rig) {
		return func(r *rig) {
			r.see(sight{"hub", "dns", "service.dns", [3]int{state, state, none}}, sight{"a", "dns", "service.dns", [3]int{state, state, none}})
		}
	}
	lines := func(telecom, unicom int) func(r *rig) {
		return func(r *rig) {
			r.see(sight{"hub", "telecom", "circuit.hub-qingfu/telecom", [3]int{telecom, none, none}},
				sight{"hub", "unicom", "circuit.hub-qingfu/unicom", [3]int{unicom, none, none}})
		}
	}
	clock := func(state int, offset float64) func(r *rig) {
		return func(r *rig) {
			r.site(float64(state), "qingfu")
			r.known.set(offset, model.MetricNameLabel, "fengsui_known_clock_offset_seconds", "site", "qingfu")
			r.known.set(1, model.MetricNameLabel, "fengsui_known_clock_offset_seconds", "site", "hub")
		}
	}
	spool := func(state int, filled float64) func(r *rig) {
		return func(r *rig) {
			r.site(float64(state), "qingfu")
			r.known.set(filled, model.MetricNameLabel, "fengsui_known_spool_ratio", "site", "qingfu")
			r.known.set(0, model.MetricNameLabel, "fengsui_known_spool_ratio", "site", "hub")
		}
	}
	stale := math.Float64frombits(value.StaleNaN)
	return []fault{
		{"target_down", "both vantages silent", "service.portal", portal(down, down, down, "a", "b"), portal(silent, silent, silent, "a", "b"), portal(up, up, up, "a", "b")},
		{"target_down", "both unable, one sees it again", "service.portal", portal(down, down, down, "a", "b"), portal(unable, unable, unable, "a", "b"), portal(up, up, up, "b")},
		{"target_down", "over IPv6", "service.portal", portal(degraded, up, down, "a", "b"), portal(silent, silent, silent, "a", "b"), portal(up, up, up, "a", "b")},
		{"resolver_silent", "both vantages silent", "service.dns", resolver(down), resolver(silent), resolver(up)},
		{"circuit_down", "silent", "circuit.hub-qingfu/telecom", lines(down, silent), lines(silent, silent), lines(up, silent)},
		{"circuit_down", "unable, another circuit works", "circuit.hub-qingfu/telecom", lines(down, silent), lines(unable, silent), lines(silent, up)},
		{"redundancy_lost", "silent", "circuit.hub-qingfu/telecom", lines(down, up), lines(silent, up), lines(up, up)},
		{"line_below_floor", "silent", "circuit.hub-qingfu/telecom", lines(degraded, up), lines(silent, up), lines(up, up)},
		{"clock_off", "site silent", "site.qingfu", clock(up, -28800), clock(silent, stale), clock(up, 2)},
		{"spool_filling", "site silent", "site.qingfu", spool(up, 0.9), spool(silent, stale), spool(up, 0.2)},
	}
}

// TestBlindIsNotRecovered: an alert ends when somebody sees it over, not when
// nobody sees anything.
func TestBlindIsNotRecovered(t *testing.T) {
	t.Parallel()
	rules := shipped(t)
	for _, f := range faults() {
		for _, goes := range []string{"over", "on", "away"} {
			t.Run(f.rule+" "+f.how+" goes "+goes, func(t *testing.T) {
				t.Parallel()
				bubble(t, func(t *testing.T, r *rig) {
					for _, rule := range rules {
						if rule.Name == f.rule {
							r.rules = append(r.rules[:0:0], rule)
						}
					}
					r.start()
					pass := func(d time.Duration, shown ...func(r *rig)) {
						for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(30 * time.Second) {
							for _, show := range shown {
								show(r)
							}
							// Others are always there.
							r.see(sight{"hub", "oa", "service.oa", [3]int{up, up, up}}, sight{"hub", "hexi", "circuit.hub-hexi/telecom", [3]int{up, none, none}})
							r.site(up, "hub")
						}
						time.Sleep(10 * time.Second)
						synctest.Wait()
					}
					pass(7*time.Minute, f.fails)
					r.hook.want(t, "it fails", "firing "+siteOf(f))
					began := r.a.Open()
					if len(began) != 1 {
						t.Fatalf("it fails: %+v is open, want 1 alert", began)
					}

					pass(7*time.Minute, f.blind)
					blind := r.a.Open()
					if len(blind) != 1 || blind[0].Fingerprint != began[0].Fingerprint || !strings.Contains(blind[0].HeldEN, "nobody sees") || !strings.Contains(blind[0].HeldZH, "没有观测点") {
						t.Fatalf("nobody sees it: %+v is open, want the alert, held because nobody sees it", blind)
					}
					r.hook.want(t, "nobody sees it", "firing "+siteOf(f))

					switch goes {
					case "over":
						pass(7*time.Minute, f.mended)
						r.hook.want(t, "it is over", "firing "+siteOf(f), "resolved "+siteOf(f))
						r.wantEnded("no longer holds")
					case "on":
						pass(7*time.Minute, f.fails)
						if open := r.a.Open(); len(open) != 1 || !open[0].Since.Equal(began[0].Since) || open[0].HeldEN != "" {
							t.Errorf("it goes on: %+v is open, want what was open before", open)
						}
						r.hook.want(t, "it goes on", "firing "+siteOf(f))
					case "away":
						r.forget(f.node)
						pass(7 * time.Minute)
						r.wantEnded("taken out of the inventory")
					}
				})
			})
		}
	}
}

func siteOf(f fault) string {
	if f.node.Kind() == "site" {
		return f.node.ID()
	}
	return ""
}

// wantEnded wants that nothing is open, and that all ended for this reason.
func (r *rig) wantEnded(why string) {
	r.t.Helper()
	if open := r.a.Open(); len(open) != 0 {
		r.t.Errorf("%+v is open, want nothing", open)
	}
	r.hook.mu.Lock()
	defer r.hook.mu.Unlock()
	last := r.hook.got[len(r.hook.got)-1]
	if last.Status != "resolved" || !strings.Contains(last.Alerts[0].Annotations[endedEN], why) {
		r.t.Errorf("the last notification is %s, %v, want an end because of %q", last.Status, last.Alerts[0].Annotations, why)
	}
}

// TestBlindOverRestart: who starts while nobody sees it keeps the alert, too.
func TestBlindOverRestart(t *testing.T) {
	t.Parallel()
	f := faults()[0]
	rules := shipped(t)
	bubble(t, func(t *testing.T, r *rig) {
		r.rules = rules[slices.IndexFunc(rules, func(rule configs.Rule) bool { return rule.Name == f.rule }):][:1]
		r.start()
		pass := func(show func(r *rig)) {
			for range 12 {
				show(r)
				time.Sleep(30 * time.Second)
			}
			synctest.Wait()
		}
		pass(f.fails)
		pass(f.blind)
		r.restart(time.Hour)
		pass(f.blind)
		if open := r.a.Open(); len(open) != 1 || !strings.Contains(open[0].HeldEN, "nobody sees") {
			t.Errorf("after a restart %+v is open, want the alert, held because nobody sees it", open)
		}
		r.hook.want(t, "nobody sees it after a restart", "firing ")
		pass(f.mended)
		r.hook.want(t, "it is over", "firing ", "resolved ")
	})
}

// TestWorseIsNotRecovered: an alert whose place a worse one takes is not over;
// when the worse one is, it goes on.
func TestWorseIsNotRecovered(t *testing.T) {
	t.Parallel()
	rules := shipped(t)
	bubble(t, func(t *testing.T, r *rig) {
		r.rules = rules
		pass := func(when string, pair, v4 int, want ...string) {
			for range 12 {
				r.see(sight{"hub", "portal", "service.portal", [3]int{pair, v4, down}}, sight{"a", "portal", "service.portal", [3]int{pair, v4, down}})
				time.Sleep(30 * time.Second)
			}
			synctest.Wait()
			var open []string
			for _, o := range r.a.Open() {
				open = append(open, o.Labels["family"])
			}
			if slices.Sort(open); !slices.Equal(open, want) {
				t.Errorf("%s: alerts of the families %q are open, want %q", when, open, want)
			}
		}
		r.see(sight{"hub", "portal", "service.portal", [3]int{degraded, up, down}})
		r.start()
		pass("IPv6 is down", degraded, up, "6")
		pass("all is down", down, down, "6", "pair")
		pass("IPv6 is down again", degraded, up, "6")
		if lines := r.hook.lines(); strings.HasPrefix(lines[len(lines)-1], "resolved") {
			t.Errorf("notifications %q, want none that says all is over", lines)
		}
	})
}
