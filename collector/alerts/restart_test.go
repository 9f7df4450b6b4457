package alerts

import (
	"errors"
	"math"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/common/model"

	"fengsui/configs"
)

// opened brings a rig to where site c1 is silent and was notified, hub is up.
func opened(t *testing.T, r *rig) OpenAlert {
	t.Helper()
	r.start()
	r.run(10*time.Minute, map[string]float64{"hub": 0, "c1": 4})
	r.hook.want(t, "before", "firing c1")
	r.wantOpen("before", "c1")
	return r.a.Open()[0]
}

// A restart of any length, several in a row too, notifies nobody again, and
// what ended meanwhile is told once.
func TestRestart(t *testing.T) {
	t.Parallel()
	for _, length := range []time.Duration{time.Second, time.Minute, 4 * time.Hour, 7 * 24 * time.Hour, 400 * 24 * time.Hour} {
		t.Run(length.String(), func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, r *rig) {
				before := opened(t, r)
				for range 3 {
					// As the real collector starts: nothing is judged at first,
					// and a silent site has no sample until then.
					r.judge(false)
					r.restart(length)
					r.wantOpen("not judged yet", "c1 held")
					asked := r.known.queries()
					r.run(44*time.Second, states(0, "hub"))
					if got := r.known.queries(); got != asked {
						t.Fatalf("%d queries before the states are judged, want none", got-asked)
					}
					r.hook.want(t, "not judged yet", "firing c1")
					r.judge(true)
					r.run(20*time.Minute, map[string]float64{"hub": 0, "c1": 4})
					r.hook.want(t, "judged", "firing c1")
					r.wantOpen("judged", "c1")
				}
				after := r.a.Open()[0]
				if !after.Since.Equal(before.Since) || after.Fingerprint != before.Fingerprint || !after.Notified.Equal(before.Notified) {
					t.Errorf("after restarts: since %s, fingerprint %s, notified %s; want %s, %s, %s",
						after.Since, after.Fingerprint, after.Notified, before.Since, before.Fingerprint, before.Notified)
				}
				r.run(10*time.Minute, states(0, "hub", "c1"))
				r.hook.want(t, "back", "firing c1", "resolved c1")
				r.wantOpen("back")
				r.restart(length)
				r.run(20*time.Minute, states(0, "hub", "c1"))
				r.hook.want(t, "restarted after it was back", "firing c1", "resolved c1")
			})
		})
	}
}

func TestRecoveryWhileStoppedIsToldOnce(t *testing.T) {
	t.Parallel()
	for _, length := range []time.Duration{time.Second, 4 * time.Hour, 7 * 24 * time.Hour} {
		t.Run(length.String(), func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, r *rig) {
				opened(t, r)
				r.judge(false)
				r.restart(length)
				r.run(45*time.Second, states(0, "hub", "c1"))
				r.hook.want(t, "not judged yet", "firing c1")
				r.judge(true)
				r.run(10*time.Minute, states(0, "hub", "c1"))
				r.hook.want(t, "judged", "firing c1", "resolved c1")
				r.wantOpen("judged")
				for range 2 {
					r.restart(time.Minute)
					r.run(10*time.Minute, states(0, "hub", "c1"))
				}
				r.hook.want(t, "restarted again", "firing c1", "resolved c1")
			})
		})
	}
}

// A stop between the end of an alert and its notification loses nothing.
func TestStopBeforeTheEndIsTold(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, r *rig) {
		r.route.GroupInterval = 10 * time.Minute
		opened(t, r)
		r.run(time.Second, states(0, "hub", "c1"))
		r.wantOpen("back")
		r.hook.want(t, "back", "firing c1")
		r.restart(24 * time.Hour)
		r.run(20*time.Minute, states(0, "hub", "c1"))
		r.hook.want(t, "restarted", "firing c1", "resolved c1")
		if n := r.count(`SELECT count(*) FROM alerts WHERE told IS NULL`); n != 0 {
			t.Errorf("%d alerts are untold, want none", n)
		}
	})
}

// A stop within group_wait, before anybody was told: told when it still is
// so, and never when it is over.
func TestStopBeforeTheStartIsTold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		after float64
		want  []string
	}{
		"still silent": {4, []string{"firing c1"}},
		"back":         {0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, r *rig) {
				r.start()
				r.run(time.Minute, states(0, "hub", "c1"))
				r.run(time.Second, states(4, "c1"))
				r.wantOpen("silent", "c1")
				r.judge(false)
				r.restart(time.Hour)
				r.run(45*time.Second, states(0, "hub"))
				r.hook.want(t, "not judged yet")
				r.judge(true)
				r.run(10*time.Minute, map[string]float64{"hub": 0, "c1": c.after})
				r.hook.want(t, "judged", c.want...)
			})
		})
	}
}

// What nobody was told before a stop is not told from memory: it waits until
// its rule finds it again.
func TestOldNewsIsNotTold(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, r *rig) {
		r.start()
		r.run(time.Minute, states(0, "hub", "c1"))
		r.run(time.Second, states(4, "c1"))
		r.stop()
		r.known.fail(errors.New("disk on fire"))
		r.start()
		r.run(time.Hour, nil)
		r.wantOpen("not judged again", "c1 held")
		r.hook.want(t, "not judged again")
		r.known.fail(nil)
		r.run(10*time.Minute, map[string]float64{"hub": 0, "c1": 4})
		r.hook.want(t, "judged again", "firing c1")
	})
}

// Reminders go on, but no restart makes one.
func TestRemindersComeAfterTheRepeatInterval(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, r *rig) {
		r.every, r.rules[0].Every = time.Minute, time.Minute // two days of them
		r.route.GroupInterval = 5 * time.Minute
		opened(t, r)
		r.run(13*time.Hour, map[string]float64{"hub": 0, "c1": 4})
		r.hook.want(t, "after 13 h", "firing c1", "firing c1")
		r.restart(24 * time.Hour)
		r.run(11*time.Hour, map[string]float64{"hub": 0, "c1": 4})
		r.hook.want(t, "11 h after a restart", "firing c1", "firing c1")
		r.run(2*time.Hour, map[string]float64{"hub": 0, "c1": 4})
		r.hook.want(t, "13 h after a restart", "firing c1", "firing c1", "firing c1")
	})
}

func TestReloadNotifiesNobodyAgain(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, r *rig) {
		before := opened(t, r)
		reload := func(when string) {
			t.Helper()
			if err := r.a.Reload(r.rules, r.receivers(), r.route); err != nil {
				t.Fatalf("%s: %v", when, err)
			}
			r.run(10*time.Minute, map[string]float64{"hub": 0, "c1": 4})
			r.hook.want(t, when, "firing c1")
			r.wantOpen(when, "c1")
			if got := r.a.Open()[0]; !got.Since.Equal(before.Since) {
				t.Errorf("%s: since %s, want %s", when, got.Since, before.Since)
			}
		}
		reload("nothing changed")
		r.rules[0].SummaryEN = "another sentence"
		reload("another sentence")
		r.rules[0].For = time.Hour
		reload("a longer for")
		r.rules[0].Expr = "fengsui_known_site_state >= 4"
		reload("another expression")
		r.rules = append(r.rules, configs.Rule{Name: "other", Expr: "fengsui_known_state == 2", Severity: "info"})
		reload("another rule")
		r.route.GroupBy = []string{"site"}
		reload("another grouping")
		r.route.GroupBy = nil
		reload("no grouping")
		r.route.GroupBy = []string{"..."}
		reload("grouping by everything")
		r.restart(50 * time.Minute) // at an hour, what is pending goes on or not
		r.run(10*time.Minute, map[string]float64{"hub": 0, "c1": 4})
		r.hook.want(t, "restart after it", "firing c1")
		r.run(10*time.Minute, states(0, "hub", "c1"))
		r.hook.want(t, "back", "firing c1", "resolved c1")
	})
}

// A reload does not start the rule's "for" anew.
func TestReloadKeepsWhatIsPending(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, r *rig) {
		r.rules[0].For = 10 * time.Minute
		r.start()
		for range 4 {
			r.run(3*time.Minute, states(4, "c1"))
			if err := r.a.Reload(r.rules, r.receivers(), r.route); err != nil {
				t.Fatal(err)
			}
		}
		r.run(time.Second, nil)
		r.wantOpen("after 12 minutes with reloads", "c1")
	})
}

func TestBrokenReloadLeavesTheOldRunning(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, r *rig) {
		r.start()
		for name, err := range map[string]error{
			"broken rule":      r.a.Reload([]configs.Rule{{Name: "x", Expr: "sum("}}, r.receivers(), r.route),
			"unknown receiver": r.a.Reload(r.rules, nil, r.route),
			"broken URL":       r.a.Reload(r.rules, []configs.Receiver{{Name: "noc", WebhookURL: "noc:80/hook"}}, r.route),
			"same name twice":  r.a.Reload(append(r.rules, r.rules...), r.receivers(), r.route),
			"not a vector":     r.a.Reload([]configs.Rule{{Name: "x", Expr: `"text"`}}, r.receivers(), r.route),
		} {
			if err == nil {
				t.Errorf("%s: the reload succeeded, want an error", name)
			}
		}
		r.run(10*time.Minute, map[string]float64{"hub": 0, "c1": 4})
		r.hook.want(t, "after broken reloads", "firing c1")
	})
}

func TestRemovedRuleEndsItsAlerts(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, r *rig) {
		opened(t, r)
		r.rules = nil
		if err := r.a.Reload(nil, r.receivers(), r.route); err != nil {
			t.Fatal(err)
		}
		r.run(10*time.Minute, nil)
		r.hook.want(t, "rule removed", "firing c1", "resolved c1")
		if got := r.hook.got[1].Alerts[0].Annotations; got["ended_en"] != "the rule site_silent was taken out of the configuration; this is no proof of recovery" || got["ended_zh"] == "" {
			t.Errorf("annotations %q do not say why it ended", got)
		}
	})
}

// Errors and missing data end nothing and open nothing.
func TestNoEvidenceEndsNothing(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, r *rig) {
		opened(t, r)
		r.known.fail(errors.New("disk on fire"))
		r.run(time.Hour, nil)
		r.wantOpen("queries fail", "c1 held")
		if b := r.a.Broken(); len(b) != 1 || b[0].Rule != "site_silent" {
			t.Errorf("broken rules %v, want site_silent", b)
		}
		r.restart(time.Hour)
		r.run(time.Hour, nil)
		r.wantOpen("queries fail after a restart", "c1 held")

		r.known.fail(nil)
		r.run(time.Hour, nil)
		r.wantOpen("all series missing", "c1 held")
		if b := r.a.Broken(); len(b) != 0 {
			t.Errorf("broken rules %v, want none", b)
		}
		r.run(2*time.Minute, states(0, "hub"))
		r.wantOpen("its series missing for 2 m", "c1 held")
		r.run(10*time.Minute, states(math.NaN(), "hub", "c1"))
		r.wantOpen("NaN is no data", "c1 held")
		r.hook.want(t, "nothing was seen", "firing c1")
		r.run(10*time.Minute, map[string]float64{"hub": 0, "c1": 4})
		r.hook.want(t, "seen again", "firing c1")
		r.wantOpen("seen again", "c1")
		r.run(10*time.Minute, states(0, "hub"))
		r.wantOpen("its series left the inventory")
		r.hook.want(t, "its series left the inventory", "firing c1", "resolved c1")
		if got := r.hook.got[1].Alerts[0].Annotations["ended_en"]; got != "the series behind the alert is gone (its subject was taken out of the inventory); this is no proof of recovery" {
			t.Errorf("the end says %q", got)
		}
	})
}

// A check that is looked at once an hour has no known sample for long after a
// restart: that is no end, and no beginning when it comes.
func TestUnjudgedCheckKeepsItsAlert(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, r *rig) {
		r.rules[0].Name, r.rules[0].Expr = "check_down", "fengsui_known_state == 2"
		known := func(d time.Duration, checks map[string]float64) {
			for range d / time.Minute {
				for id, v := range checks {
					r.known.set(v, model.MetricNameLabel, "fengsui_known_state", "site", "c1", "check", id)
				}
				r.run(time.Minute, nil)
			}
		}
		var judged atomic.Bool
		judged.Store(true)
		r.judged = func(site, check string) bool {
			return site != "c1" || check != "hourly" || judged.Load()
		}
		r.start()
		known(10*time.Minute, map[string]float64{"quick": 0, "hourly": 2})
		r.hook.want(t, "before", "firing c1")
		judged.Store(false)
		r.restart(time.Minute)
		known(time.Hour, map[string]float64{"quick": 0})
		r.wantOpen("not judged for an hour", "c1 held")
		judged.Store(true)
		known(10*time.Minute, map[string]float64{"quick": 0, "hourly": 2})
		r.wantOpen("still down", "c1")
		r.hook.want(t, "still down", "firing c1")
		known(20*time.Minute, map[string]float64{"quick": 0})
		r.hook.want(t, "taken out of the inventory", "firing c1", "resolved c1")
	})
}

// What was pending goes on after a restart; time that nobody saw does not
// count.
func TestPendingSurvivesRestart(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, r *rig) {
		r.rules[0].For = 10 * time.Minute
		r.start()
		r.run(time.Minute, states(0, "hub", "c1"))
		r.run(7*time.Minute, map[string]float64{"hub": 0, "c1": 4})
		r.wantOpen("pending")
		if n := r.count(`SELECT count(*) FROM pending`); n != 1 {
			t.Errorf("%d rows in pending, want 1", n)
		}
		r.restart(30 * time.Minute)
		r.run(time.Minute, map[string]float64{"hub": 0, "c1": 4})
		r.wantOpen("8 minutes seen")
		r.run(4*time.Minute, map[string]float64{"hub": 0, "c1": 4})
		r.wantOpen("12 minutes seen", "c1")
		r.hook.want(t, "12 minutes seen", "firing c1")
		if t.Failed() {
			return
		}
		since := r.a.Open()[0].Since
		r.restart(4 * time.Hour)
		r.run(time.Minute, map[string]float64{"hub": 0, "c1": 4})
		r.wantOpen("open, restarted", "c1")
		if got := r.a.Open()[0].Since; !got.Equal(since) {
			t.Errorf("since %s after a restart, want %s", got, since)
		}
		r.run(10*time.Minute, states(0, "hub", "c1"))
		r.hook.want(t, "back", "firing c1", "resolved c1")
		r.run(time.Minute, map[string]float64{"hub": 0, "c1": 4})
		r.run(time.Minute, states(0, "hub", "c1"))
		if n := r.count(`SELECT count(*) FROM pending`); n != 0 {
			t.Errorf("%d rows in pending, want none", n)
		}
	})
}

// A change of known state is looked at when it is told, not at the next tick.
func TestTriggerEvaluatesAtOnce(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, r *rig) {
		r.start()
		r.run(time.Minute, states(0, "hub"))
		time.Sleep(2 * time.Second)
		r.site(4, "hub")
		r.a.Trigger()
		time.Sleep(minSpacing)
		synctest.Wait()
		r.wantOpen("triggered", "hub")
	})
}
