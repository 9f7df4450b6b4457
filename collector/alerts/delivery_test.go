package alerts

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/alertmanager/silence/silencepb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"fengsui/configs"
)

func TestWebhookDown(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, r *rig) {
		r.every, r.rules[0].Every = 30*time.Second, 30*time.Second
		r.hook.answer(http.StatusServiceUnavailable)
		r.start()
		r.run(time.Hour, map[string]float64{"hub": 0, "c1": 4})
		r.hook.want(t, "down")
		if r.hook.failures() < 10 {
			t.Errorf("%d attempts in an hour, want them to go on", r.hook.failures())
		}
		if n := r.count(`SELECT count(*) FROM outbox`); n != 1 {
			t.Errorf("%d rows in the outbox, want one for all attempts", n)
		}
		if n := r.count(`SELECT attempts FROM outbox`); n != 1 {
			t.Errorf("SQL was told of %d attempts, want the first only: the others ended as it did", n)
		}
		u := r.a.Undelivered()
		if len(u) != 1 || !strings.Contains(u[0].Err, "503") || u[0].Attempts < 10 {
			t.Errorf("undelivered %+v, want one with its attempts and the status 503", u)
		}
		r.restart(time.Hour) // still down
		r.run(time.Hour, map[string]float64{"hub": 0, "c1": 4})
		r.hook.answer(0)
		r.run(time.Hour, map[string]float64{"hub": 0, "c1": 4})
		r.hook.want(t, "up again", "firing c1")
		if got := r.hook.keys[0]; got != u[0].ID || r.hook.got[0].ID != u[0].ID {
			t.Errorf("delivered with the id %s, want %s, that of the intent", got, u[0].ID)
		}
		if u := r.a.Undelivered(); len(u) != 0 {
			t.Errorf("undelivered %+v, want none", u)
		}
		if n := r.count(`SELECT count(*) FROM outbox WHERE done IS NOT NULL AND outcome = 'delivered'`); n != 1 {
			t.Errorf("%d delivered rows, want 1", n)
		}
		r.hook.answer(http.StatusForbidden) // the end meets a receiver that refuses
		r.run(10*time.Minute, states(0, "hub", "c1"))
		r.hook.answer(0)
		r.run(10*time.Minute, states(0, "hub", "c1"))
		r.hook.want(t, "the end", "firing c1", "resolved c1")
	})
}

// What fired and ended while the receiver refused everything is void.
func TestNothingLeftToTell(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, r *rig) {
		r.hook.answer(http.StatusForbidden)
		r.start()
		r.run(5*time.Minute, map[string]float64{"hub": 0, "c1": 4})
		r.run(5*time.Minute, states(0, "hub", "c1"))
		r.hook.answer(0)
		r.run(time.Hour, states(0, "hub", "c1"))
		r.hook.want(t, "over")
		if n := r.count(`SELECT count(*) FROM outbox WHERE outcome LIKE 'void: %403%'`); n != 1 {
			t.Errorf("%d void rows, want 1", n)
		}
	})
}

// A notification of a group that another grouping has dissolved is closed.
func TestRegroupingWhileTheWebhookIsDown(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, r *rig) {
		r.hook.answer(http.StatusServiceUnavailable)
		r.start()
		r.run(5*time.Minute, map[string]float64{"hub": 0, "c1": 4})
		r.route.GroupBy = []string{"site"}
		if err := r.a.Reload(r.rules, r.receivers(), r.route); err != nil {
			t.Fatal(err)
		}
		r.run(5*time.Minute, map[string]float64{"hub": 0, "c1": 4})
		if n := r.count(`SELECT count(*) FROM outbox WHERE outcome LIKE 'void: its group is over%'`); n != 1 {
			t.Errorf("%d notifications of dissolved groups closed, want 1", n)
		}
		if u := r.a.Undelivered(); len(u) != 1 {
			t.Errorf("undelivered %+v, want that of the new group only", u)
		}
		r.hook.answer(0)
		r.run(5*time.Minute, map[string]float64{"hub": 0, "c1": 4})
		r.hook.want(t, "up again", "firing c1")
	})
}

// A site that comes and goes between two flushes is one alert that goes on.
func TestFlapBetweenFlushes(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, r *rig) {
		r.route.GroupInterval = 10 * time.Minute
		opened(t, r)
		r.run(time.Second, states(0, "hub", "c1"))
		r.wantOpen("for a moment")
		r.run(30*time.Minute, map[string]float64{"hub": 0, "c1": 4})
		r.hook.want(t, "again", "firing c1")
		r.wantOpen("again", "c1")
		r.restart(time.Hour)
		r.run(30*time.Minute, map[string]float64{"hub": 0, "c1": 4})
		r.hook.want(t, "restarted", "firing c1")
		r.run(30*time.Minute, states(0, "hub", "c1"))
		r.hook.want(t, "back", "firing c1", "resolved c1")
	})
}

// A kill at any step of a notification: it arrives at least once, every time
// with the same id, and the end arrives in any case.
func TestKillWhileNotifying(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		step  string
		state float64 // of the site after the kill
		want  []string
	}{
		{"after_intent", 4, []string{"firing c1", "firing c1"}},
		{"after_delivery", 4, []string{"firing c1", "firing c1"}},
		{"after_outcome", 4, []string{"firing c1"}},
		{"after_intent", 0, []string{"firing c1", "resolved c1"}},
		{"after_delivery", 0, []string{"firing c1", "resolved c1"}},
		{"after_outcome", 0, []string{"firing c1", "resolved c1"}},
	} {
		t.Run(c.step+map[float64]string{0: ", back", 4: ", silent"}[c.state], func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, r *rig) {
				killed := ""
				r.at = func(step string) {
					if step == c.step && killed == "" {
						killed = copyState(t, r.path)
					}
				}
				r.start()
				r.run(time.Minute, map[string]float64{"hub": 0, "c1": 4})
				r.hook.want(t, "the process that is killed", "firing c1")
				r.stop() // what it did after the copy is forgotten, but for what the receiver got
				r.path, r.at = killed, nil
				time.Sleep(time.Hour)
				r.start()
				r.run(20*time.Minute, map[string]float64{"hub": 0, "c1": c.state})
				r.hook.want(t, "after the kill", c.want...)
				if len(r.hook.keys) > 1 && c.state == 4 && r.hook.keys[0] != r.hook.keys[1] {
					t.Errorf("the same notification came with the ids %q, want one", r.hook.keys)
				}
				r.restart(time.Minute)
				r.run(20*time.Minute, map[string]float64{"hub": 0, "c1": c.state})
				r.hook.want(t, "restarted again", c.want...)
				if n := r.count(`SELECT count(*) FROM outbox WHERE done IS NULL`); n != 0 {
					t.Errorf("%d open rows in the outbox, want none", n)
				}
			})
		})
	}
}

// A kill while the end is told: it is told again, once.
func TestKillWhileTellingTheEnd(t *testing.T) {
	t.Parallel()
	for step, want := range map[string][]string{
		"after_intent":   {"firing c1", "resolved c1", "resolved c1"},
		"after_delivery": {"firing c1", "resolved c1", "resolved c1"},
		"after_outcome":  {"firing c1", "resolved c1"},
	} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, r *rig) {
				killed, armed := "", false
				r.at = func(s string) {
					if armed && s == step && killed == "" {
						killed = copyState(t, r.path)
					}
				}
				opened(t, r)
				armed = true
				r.run(10*time.Minute, states(0, "hub", "c1"))
				r.stop()
				r.path, r.at = killed, nil
				time.Sleep(time.Hour)
				for range 2 {
					r.start()
					r.run(20*time.Minute, states(0, "hub", "c1"))
					r.stop()
				}
				r.hook.want(t, "after the kill", want...)
				if n := len(want); n == 3 && r.hook.keys[1] != r.hook.keys[2] {
					t.Errorf("the same notification came with the ids %q, want one", r.hook.keys[1:])
				}
			})
		})
	}
}

// The second time is news as well: with ends told or not, with a restart in
// between or not, and after nobody could be told of the end.
func TestFiringAgainIsTold(t *testing.T) {
	t.Parallel()
	up, down := states(0, "hub", "c1"), map[string]float64{"hub": 0, "c1": 4}
	for name, between := range map[string]func(*testing.T, *rig){
		"ends not wanted": func(t *testing.T, r *rig) { r.run(10*time.Minute, up) },
		"ends not wanted, restart": func(t *testing.T, r *rig) {
			r.run(10*time.Minute, up)
			r.restart(time.Hour)
		},
		"nobody told of the end": func(t *testing.T, r *rig) {
			if err := r.a.Reload(r.rules, nil, configs.Route{}); err != nil {
				t.Fatal(err)
			}
			r.run(10*time.Minute, up)
			if err := r.a.Reload(r.rules, r.receivers(), r.route); err != nil {
				t.Fatal(err)
			}
			r.run(10*time.Minute, up)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, r *rig) {
				r.mum = true
				opened(t, r)
				between(t, r)
				r.run(10*time.Minute, down)
				r.hook.want(t, "again", "firing c1", "firing c1")
				r.restart(time.Hour)
				r.run(10*time.Minute, down)
				r.hook.want(t, "restarted", "firing c1", "firing c1")
			})
		})
	}
}

func TestGroupGrowsAndShrinks(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, r *rig) {
		opened(t, r)
		r.run(5*time.Minute, map[string]float64{"hub": 0, "c1": 4, "c2": 4})
		r.hook.want(t, "another", "firing c1", "firing c1 c2")
		r.restart(time.Hour)
		r.run(5*time.Minute, map[string]float64{"hub": 0, "c1": 4, "c2": 4})
		r.hook.want(t, "restarted", "firing c1", "firing c1 c2")
		r.stop()
		time.Sleep(time.Hour)
		r.start()
		r.run(5*time.Minute, map[string]float64{"hub": 0, "c1": 0, "c2": 4})
		r.hook.want(t, "one back while stopped", "firing c1", "firing c1 c2", "firing c1(resolved) c2")
		r.restart(time.Hour)
		r.run(5*time.Minute, map[string]float64{"hub": 0, "c1": 0, "c2": 0})
		r.hook.want(t, "the other back", "firing c1", "firing c1 c2", "firing c1(resolved) c2", "resolved c2")
	})
}

func TestEveryChangeIsInSQLAtOnce(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, r *rig) {
		opened(t, r)
		if n := r.count(`SELECT count(*) FROM nflog WHERE key LIKE '%alertname="site_silent"%noc/webhook/0'`); n != 1 {
			t.Errorf("%d rows in nflog, want 1", n)
		}
		if n := r.count(`SELECT count(*) FROM alerts WHERE ended IS NULL AND notified IS NOT NULL AND receiver = 'noc'`); n != 1 {
			t.Errorf("%d open notified rows in alerts, want 1", n)
		}
		s := &silencepb.Silence{
			Matchers:  []*silencepb.Matcher{{Type: silencepb.Matcher_EQUAL, Name: "site", Pattern: "c2"}},
			StartsAt:  timestamppb.Now(),
			EndsAt:    timestamppb.New(time.Now().Add(2 * time.Hour)),
			CreatedBy: "night shift", Comment: "cable works",
		}
		if err := r.a.Silences().Set(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if n := r.count(`SELECT count(*) FROM silences WHERE id = ?`, s.Id); n != 1 {
			t.Errorf("%d rows of the silence, want 1", n)
		}
		r.restart(time.Minute)
		r.run(10*time.Minute, map[string]float64{"hub": 0, "c1": 4, "c2": 4})
		r.hook.want(t, "c2 is silenced, after a restart too", "firing c1")
		r.wantOpen("silenced", "c1", "c2")
		if err := r.a.Silences().Expire(t.Context(), s.Id); err != nil {
			t.Fatal(err)
		}
		r.restart(time.Minute)
		r.run(10*time.Minute, map[string]float64{"hub": 0, "c1": 4, "c2": 4})
		r.hook.want(t, "no longer silenced", "firing c1", "firing c1 c2")
	})
}

// Who was called hears of the end, silenced or not.
func TestEndOfASilencedAlertIsTold(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, r *rig) {
		opened(t, r)
		if err := r.a.Silences().Set(t.Context(), &silencepb.Silence{
			Matchers:  []*silencepb.Matcher{{Type: silencepb.Matcher_EQUAL, Name: "site", Pattern: "c1"}},
			StartsAt:  timestamppb.Now(),
			EndsAt:    timestamppb.New(time.Now().Add(24 * time.Hour)),
			CreatedBy: "night shift", Comment: "seen",
		}); err != nil {
			t.Fatal(err)
		}
		r.run(time.Hour, map[string]float64{"hub": 0, "c1": 4})
		r.run(10*time.Minute, states(0, "hub", "c1"))
		r.hook.want(t, "back", "firing c1", "resolved c1")
	})
}

func TestMessage(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, r *rig) {
		r.start()
		r.run(10*time.Minute, map[string]float64{"hub": 0, "c1": 4, "c2": 4})
		r.run(10*time.Minute, states(0, "hub", "c1", "c2"))
		r.hook.want(t, "all", "firing c1 c2", "resolved c1 c2")
		firing, resolved := r.hook.got[0], r.hook.got[1]
		al := firing.Alerts[0]
		for _, c := range []struct{ what, got, want string }{
			{"version", firing.Version, "4"},
			{"group key", firing.GroupKey, `{}:{alertname="site_silent"}`},
			{"receiver", firing.Receiver, "noc"},
			{"severity", firing.CommonLabels["severity"], "page"},
			{"external URL", firing.ExternalURL, "http://127.0.0.1:7480"},
			{"generator URL", al.GeneratorURL, "http://127.0.0.1:7480/plain"},
			{"summary_zh", al.Annotations["summary_zh"], "站点 c1 失联"},
			{"summary_en", al.Annotations["summary_en"], "site c1 is silent"},
			{"title", first(firing.TextZH), "【告警·紧急】c1：site_silent"},
			{"title in English", first(firing.TextEN), "[page] c1: site_silent"},
			{"title of the end", first(resolved.TextEN), "[over] c1: site_silent"},
			{"ended_zh", resolved.CommonAnnotations["ended_zh"], "告警条件已不再成立"},
			{"id in the header", r.hook.keys[0], firing.ID},
		} {
			if c.got != c.want {
				t.Errorf("%s: got %q, want %q", c.what, c.got, c.want)
			}
		}
		if firing.ID == resolved.ID || len(firing.ID) != 32 {
			t.Errorf("ids %q and %q, want two different ones", firing.ID, resolved.ID)
		}
		if !resolved.Alerts[0].EndsAt.After(resolved.Alerts[0].StartsAt) {
			t.Errorf("it ended at %s, want after its start at %s", resolved.Alerts[0].EndsAt, resolved.Alerts[0].StartsAt)
		}
	})
}

func TestRunEndsWhenSQLFails(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, r *rig) {
		r.start()
		r.run(time.Minute, states(0, "hub"))
		if err := r.db.Close(); err != nil {
			t.Fatal(err)
		}
		r.site(4, "hub")
		r.a.Trigger()
		if err := <-r.done; err == nil || !strings.Contains(err.Error(), "write alerts") {
			t.Errorf("Run: got %v, want an error that says that alerts could not be written", err)
		}
		r.stop = nil
	})
}

// first is the first line of a text.
func first(text string) string { line, _, _ := strings.Cut(text, "\n"); return line }
