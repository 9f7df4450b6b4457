package alerts

import (
	"testing"
	"time"

	"github.com/prometheus/common/model"

	"fengsui/configs"
)

// TestFlapIsOneAlert: of a target that comes and goes, the first end is told at
// once; what comes again within the hold-down is one alert that lasts until it
// was well for as long, over a restart and a time in which nobody sees it.
func TestFlapIsOneAlert(t *testing.T) {
	t.Parallel()
	rules := shipped(t)
	bubble(t, func(t *testing.T, r *rig) {
		r.rules = only(rules, "target_down")
		r.start()
		pass := func(d time.Duration, state int) {
			t.Helper()
			for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(10 * time.Second) {
				r.see(sight{"a", "portal", "service.portal", [3]int{state, state, none}}, sight{"b", "portal", "service.portal", [3]int{state, state, none}})
				r.see(sight{"hub", "oa", "service.oa", [3]int{up, up, none}})
			}
		}
		const told, over = "firing ", "resolved "
		pass(3*time.Minute, down)
		pass(2*time.Minute, up)
		r.hook.want(t, "the first end", told, over)
		for range 8 {
			pass(3*time.Minute, down)
			pass(3*time.Minute, up)
		}
		r.hook.want(t, "it comes and goes", told, over, told)
		open := r.a.Open()
		if len(open) != 1 || open[0].HeldEN != "" || open[0].FlapsEN != "it comes and goes; it is well at present, and ends when it has been so for 10 minutes" {
			t.Fatalf("it comes and goes: %+v is open, want one alert that says so", open)
		}
		since := open[0].Since
		r.restart(time.Minute)
		pass(3*time.Minute, down)
		pass(8*time.Minute, up)
		pass(time.Minute, silent)
		pass(8*time.Minute, up)
		r.hook.want(t, "well for 8 minutes, twice", told, over, told)
		if open := r.a.Open(); len(open) != 1 || !open[0].Since.Equal(since) {
			t.Errorf("%+v is open, want the one of %s", open, since)
		}
		pass(3*time.Minute, up)
		r.hook.want(t, "well for long enough", told, over, told, over)
		pass(11*time.Minute, up)
		pass(3*time.Minute, down)
		pass(2*time.Minute, up)
		r.hook.want(t, "calm again", told, over, told, over, told, over)
	})
}

// only returns one rule.
func only(rules []configs.Rule, name string) []configs.Rule {
	for i := range rules {
		if rules[i].Name == name {
			return rules[i : i+1]
		}
	}
	return nil
}

// TestWorksWithoutHoldDown: a rule without it ends each time.
func TestNoHoldDown(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, r *rig) {
		r.rules = []configs.Rule{{Name: "own", Expr: "fengsui_known_site_state == 4", Every: configs.DefaultEvery, Severity: "page", SummaryZH: "断", SummaryEN: "cut"}}
		r.start()
		pass := func(state float64) {
			for range 18 {
				r.known.set(state, model.MetricNameLabel, "fengsui_known_site_state", "site", "a")
				time.Sleep(10 * time.Second)
			}
		}
		for range 2 {
			pass(silent)
			pass(up)
		}
		r.hook.want(t, "twice", "firing a", "resolved a", "firing a", "resolved a")
	})
}
