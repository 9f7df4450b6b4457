package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"fengsui/collector/e2e"
	"fengsui/collector/wire"
)

// TestLateDataNeverPages: a line was cut for half an hour, in which all that
// the agent looked at was down. What was made in the dark comes behind the live
// result, stands at its own time, and raises nothing; the same state seen live
// does.
func TestLateDataNeverPages(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	d := district(t, 4*time.Second)
	must(t, d.Configure("sites.hcl", `
site "qingfu" {
  kind = "town"
  check "tcp" "c0" {
    target   = "127.0.0.1:1"
    interval = "60s"
  }
}

alert "check_down" {
  expr     = "fengsui_known_state == 2"
  severity = "page"
  summary {
    zh = "{{ $labels.check }} 中断"
    en = "{{ $labels.check }} is down"
  }
}
`))
	must(t, d.StartCollector(ctx))
	code, err := d.Code(ctx, "qingfu")
	must(t, err)
	cert, err := e2e.EnrolSim(ctx, d.Listen, code)
	must(t, err)
	s := e2e.NewSim(d.Listen, cert, time.Hour)
	_, err = s.Hello(ctx)
	must(t, err)
	must(t, s.Assign(ctx))
	polls, stop := context.WithCancel(ctx)
	defer stop()
	go func() { // its long polls keep the site heard
		for polls.Err() == nil {
			if s.Assign(polls) != nil {
				time.Sleep(100 * time.Millisecond) // a loaded collector may turn one away
			}
		}
	}()

	var times []int64
	cut := func(ago time.Duration, state wire.State) *wire.Batch {
		t.Helper()
		at := s.BootNS() - int64(ago)
		v := &wire.Verdict{State: state}
		if state != wire.State_STATE_UP {
			v.Code = "refused"
		}
		times = append(times, at)
		return s.Cut(&wire.BatchBody{Revision: s.Revision, Boot: s.Boot, Kinds: []*wire.KindNames{{Kind: "tcp"}},
			Results: []*wire.Result{{Check: s.Checks[0].Number, BootNs: at, Pair: v, V4: v}}})
	}
	push := func(b *wire.Batch) {
		t.Helper()
		answer, err := s.Push(ctx, b)
		must(t, err)
		if len(answer.Refused) != 0 || len(answer.Answers) != 1 || answer.Answers[0].Outcome != wire.BatchAnswer_STORED {
			t.Fatalf("push: got %v, want the batch stored", answer)
		}
	}
	push(cut(31*time.Minute, wire.State_STATE_UP))
	var dark []*wire.Batch
	for minute := 30; minute > 2; minute-- {
		dark = append(dark, cut(time.Duration(minute)*time.Minute, wire.State_STATE_DOWN))
	}
	push(cut(0, wire.State_STATE_UP))
	judging(t, d)
	for _, b := range dark {
		push(b)
	}

	evaluated(t, d, time.Now())

	// Live, the same state pages: so the rule works, and had nothing to say before.
	live := time.Now()
	push(cut(0, wire.State_STATE_DOWN))
	until(t, "the page", func() error {
		if len(d.Hook.Got()) == 0 {
			return fmt.Errorf("none yet")
		}
		return nil
	})
	for _, n := range d.Hook.Got() {
		for _, a := range n.Alerts {
			if a.Labels["alertname"] != "check_down" || a.StartsAt.Before(live) {
				t.Errorf("got %s since %s, want check_down and nothing before the live result at %s", a.Labels["alertname"], a.StartsAt, live)
			}
		}
	}

	books, err := d.Books(ctx)
	must(t, err)
	if held, holes := books.Holes("qingfu"); held != uint64(len(times)) || holes != 0 {
		t.Errorf("the collector holds %d results with %d missing between them, want %d and none", held, holes, len(times))
	}
	var want []int64
	for _, at := range times {
		ms, err := books.Time("qingfu", s.Boot, at)
		must(t, err)
		want = append(want, ms)
	}
	slices.Sort(want)
	series, err := d.Web().Query(ctx, `fengsui_check_state{check="c0",family="pair"}[1h]`)
	must(t, err)
	var got []int64
	for _, all := range series {
		for _, p := range all.Points {
			got = append(got, p.At.UnixMilli())
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the samples are at\n%v, want\n%v", got, want)
	}
	storedTwice(t, ctx, d)
}

// evaluated waits until every rule was evaluated after a moment.
func evaluated(t *testing.T, d *e2e.District, after time.Time) {
	t.Helper()
	until(t, "the rules to be evaluated", func() error {
		text, err := d.Web().Get(t.Context(), "/api/v1/rules")
		if err != nil {
			return err
		}
		var answer struct {
			Data struct {
				Groups []struct {
					Name           string
					LastEvaluation time.Time
				}
			}
		}
		if err := json.Unmarshal([]byte(text), &answer); err != nil || len(answer.Data.Groups) == 0 {
			return fmt.Errorf("got %s, want groups of rules; %v", text, err)
		}
		for _, g := range answer.Data.Groups {
			if !g.LastEvaluation.After(after) {
				return fmt.Errorf("rule %s was evaluated last at %s, want after %s", g.Name, g.LastEvaluation, after)
			}
		}
		return nil
	})
}
