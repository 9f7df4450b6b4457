package schedule_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"fengsui/agent/schedule"
)

// hourly is an item of an hour that a run at some time makes suspect.
func hourly(s *schedule.Schedule, r *runs, id string, suspect func(run int) bool) schedule.Item {
	item := r.item(id, time.Hour, 0)
	note := item.Run
	item.Suspicion = time.Minute
	item.Run = func(ctx context.Context) {
		note(ctx)
		if suspect(len(r.of(id))) {
			s.Suspect(id)
		}
	}
	return item
}

// TestSuspected: a suspected item runs every minute for a quarter of an hour
// and then at the times that it had anyway.
func TestSuspected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, r := schedule.New(schedule.Options{}), newRuns()
		calm := func(int) bool { return false }
		if err := s.Set([]schedule.Item{hourly(s, r, "a", func(run int) bool { return run == 3 }), hourly(s, r, "b", calm)}); err != nil {
			t.Fatal(err)
		}
		during(s, 8*time.Hour)
		a, b := r.of("a"), r.of("b")
		if len(b) != 8 && len(b) != 9 {
			t.Fatalf("the other one ran %d times in 8 hours, at %v", len(b), b)
		}
		// Three runs of its grid, fifteen or sixteen by suspicion, the rest of
		// the grid.
		fast := len(a) - len(b)
		if fast < 14 || fast > 15 {
			t.Fatalf("ran %d times more than the other, at %v; want 15 runs in the quarter of an hour", fast, a)
		}
		began := a[2]
		for i, at := range a {
			switch {
			case i < 3:
			case i < 3+fast:
				if d := at - a[i-1]; d < 50*time.Second && i > 3 || d > 70*time.Second || at > began+15*time.Minute+10*time.Second {
					t.Errorf("suspected at %s: run %d came %s after the one before, at %s", began, i, d, at)
				}
			default:
				if d := (at - began) % time.Hour; d > 10*time.Second && d < time.Hour-10*time.Second {
					t.Errorf("afterwards it ran at %s, want whole hours from %s on", at, began)
				}
			}
		}
		if st := s.Stats(); st.Skipped > 0 {
			t.Errorf("%d runs count as skipped, want none", st.Skipped)
		}
	})
}

// TestSuspectedAgain: each suspicion counts from the run that raised it, and a
// new inventory that leaves the item alone leaves it suspected.
func TestSuspectedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, r := schedule.New(schedule.Options{}), newRuns()
		items := []schedule.Item{hourly(s, r, "a", func(run int) bool { return run >= 2 && run < 40 })}
		if err := s.Set(items); err != nil {
			t.Fatal(err)
		}
		go func() {
			time.Sleep(2*time.Hour + 5*time.Minute)
			if err := s.Set(items); err != nil {
				t.Error(err)
			}
		}()
		during(s, 5*time.Hour)
		a := r.of("a")
		if n := len(slices.DeleteFunc(a, func(at time.Duration) bool { return at > 4*time.Hour })); n < 52 || n > 57 {
			t.Errorf("ran %d times, want every minute until a quarter of an hour after run 39", n)
		}
	})
}

// TestNotSuspected: what has no interval of suspicion, a longer one, or is not
// there, does as before.
func TestNotSuspected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, r := schedule.New(schedule.Options{}), newRuns()
		for id, suspicion := range map[string]time.Duration{"none": 0, "longer": 20 * time.Minute, "too short": time.Nanosecond} {
			item := r.item(id, 10*time.Minute, 0)
			item.Suspicion = suspicion
			if err := s.Set([]schedule.Item{item}); err != nil {
				t.Fatal(err)
			}
			s.Suspect(id)
			if s.Suspected(id) {
				t.Errorf("%s: suspected", id)
			}
		}
		s.Suspect("nobody")
		if s.Suspected("nobody") {
			t.Error("what is not there is suspected")
		}
	})
}
