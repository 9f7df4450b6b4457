package schedule_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fengsui/agent/schedule"
)

// runs notes when each item ran, counted from the beginning of the test.
type runs struct {
	mu    sync.Mutex
	began time.Time
	at    map[string][]time.Duration
}

func newRuns() *runs { return &runs{began: time.Now(), at: map[string][]time.Duration{}} }

func (r *runs) item(id string, every time.Duration, work time.Duration) schedule.Item {
	return schedule.Item{ID: id, Interval: every, Run: func(ctx context.Context) {
		r.mu.Lock()
		r.at[id] = append(r.at[id], time.Since(r.began))
		r.mu.Unlock()
		time.Sleep(work)
	}}
}

func (r *runs) of(id string) []time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.at[id])
}

// during runs a schedule for a while of bubble time and lets it stop.
func during(s *schedule.Schedule, d time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	s.Run(ctx)
}

func TestEachRunsAtItsInterval(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRuns()
		s := schedule.New(schedule.Options{})
		intervals := map[string]time.Duration{"a": 10 * time.Second, "b": 15 * time.Second, "c": time.Minute, "d": 300 * time.Second, "e": time.Hour}
		var items []schedule.Item
		for id, every := range intervals {
			items = append(items, r.item(id, every, time.Second))
		}
		if err := s.Set(items); err != nil {
			t.Fatal(err)
		}
		during(s, 4*time.Hour)
		for id, every := range intervals {
			at := r.of(id)
			if len(at) == 0 || at[0] >= min(time.Minute, every) {
				t.Errorf("%s, every %s: runs at %v, want the first within 60 s and its interval", id, every, at[:min(3, len(at))])
			}
			for i := 2; i < len(at); i++ {
				if gap := at[i] - at[i-1]; gap != every {
					t.Fatalf("%s: %s between runs %d and %d, want %s", id, gap, i, i+1, every)
				}
			}
			if len(at) > 1 && (at[1]-at[0] < every/2 || at[1]-at[0] > every*3/2) {
				t.Errorf("%s: %s between the first two runs, want %s give or take a half", id, at[1]-at[0], every)
			}
			if want := int(4 * time.Hour / every); len(at) < want-1 || len(at) > want+1 {
				t.Errorf("%s: %d runs in 4 h, want %d", id, len(at), want)
			}
		}
		if st := s.Stats(); st.Skipped != 0 {
			t.Errorf("%d skipped, want none", st.Skipped)
		}
	})
}

func TestWakeUpsAreGathered(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		items, wakeups int // in ten minutes, at an interval of ten seconds
		slot           time.Duration
	}{
		{1, 60, 10 * time.Second},
		{10, 60, 10 * time.Second},
		{25, 240, 2500 * time.Millisecond},
		{100, 600, time.Second},
		{1000, 600, time.Second},
	} {
		t.Run(fmt.Sprint(c.items), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRuns()
				s := schedule.New(schedule.Options{})
				var items []schedule.Item
				for i := range c.items {
					items = append(items, r.item(fmt.Sprint("check-", i), 10*time.Second, 0))
				}
				s.Set(items)
				if got := s.Stats().Slot; got != c.slot {
					t.Errorf("slot %s, want %s", got, c.slot)
				}
				during(s, 10*time.Minute)
				st := s.Stats()
				if st.Wakeups > uint64(c.wakeups+3) {
					t.Errorf("%d wake-ups, want about %d", st.Wakeups, c.wakeups)
				}
				if want := uint64(60 * c.items); st.Runs < want || st.Runs > want+uint64(c.items) {
					t.Errorf("%d runs, want %d", st.Runs, want)
				}
			})
		})
	}
}

func TestPhasesAreSpreadAndStable(t *testing.T) {
	t.Parallel()
	firsts := func(seed string) (out []time.Duration) {
		synctest.Test(t, func(t *testing.T) {
			r := newRuns()
			s := schedule.New(schedule.Options{Seed: seed})
			var items []schedule.Item
			for i := range 300 {
				items = append(items, r.item(fmt.Sprint("check-", i), time.Hour, 0))
			}
			s.Set(items)
			during(s, time.Minute)
			perSlot := map[time.Duration]int{}
			for i := range 300 {
				at := r.of(fmt.Sprint("check-", i))
				if len(at) != 1 {
					t.Fatalf("item %d ran %d times in its first minute, want once", i, len(at))
				}
				out = append(out, at[0])
				perSlot[at[0]]++
			}
			for at, n := range perSlot {
				if n > 20 { // 5 expected
					t.Errorf("%d of 300 first runs at %s, want them spread over a minute", n, at)
				}
			}
		})
		return out
	}
	a, again, b := firsts("site a"), firsts("site a"), firsts("site b")
	if !slices.Equal(a, again) {
		t.Error("another start gave other phases, want the same")
	}
	if slices.Equal(a, b) {
		t.Error("another site gave the same phases, want others")
	}
}

func TestSetKeepsWhatStays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRuns()
		s := schedule.New(schedule.Options{})
		stays, goes, changes := r.item("stays", time.Minute, 0), r.item("goes", time.Minute, 0), r.item("changes", time.Hour, 0)
		hourly := r.item("hourly", time.Hour, 0)
		s.Set([]schedule.Item{stays, goes, changes, hourly})
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { s.Run(ctx); close(done) }()
		time.Sleep(10*time.Minute + 30*time.Second)
		gone := len(r.of("goes"))
		before, hours := len(r.of("changes")), len(r.of("hourly"))
		changes.Content = "another target"
		s.Set([]schedule.Item{stays, changes, hourly, r.item("new", 24*time.Hour, 0)})
		time.Sleep(time.Minute)
		if n := len(r.of("changes")); n != before+1 {
			t.Errorf("what changed ran %d times in a minute, want once", n-before)
		}
		if n := len(r.of("hourly")); n != hours {
			t.Errorf("what stays and runs by the hour ran %d times more, want none because of others", n-hours)
		}
		if n := len(r.of("new")); n != 1 {
			t.Errorf("the new one ran %d times in a minute, want once", n)
		}
		time.Sleep(10 * time.Minute)
		cancel()
		<-done
		at := r.of("stays")
		for i := 1; i < len(at); i++ {
			if at[i]-at[i-1] != time.Minute {
				t.Errorf("what stays ran at %s and %s, want a minute between", at[i-1], at[i])
			}
		}
		if n := len(r.of("goes")); n != gone {
			t.Errorf("what is gone ran %d times more, want none", n-gone)
		}
	})
}

func TestOverrunsAreSkippedAndCounted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRuns()
		told := uint64(0)
		s := schedule.New(schedule.Options{Overran: func(id string, n uint64) { told += n }})
		slow := r.item("slow", 10*time.Second, 25*time.Second)
		slow.Timeout = 30 * time.Second
		s.Set([]schedule.Item{slow})
		during(s, 5*time.Minute)
		at := r.of("slow")
		for i := 1; i < len(at); i++ {
			if at[i]-at[i-1] != 30*time.Second {
				t.Fatalf("runs at %v, want each third time", at)
			}
		}
		st := s.Stats()
		if most := uint64(2 * len(at)); st.Skipped > most || st.Skipped < most-2 || told != st.Skipped {
			t.Errorf("%d skipped, %d told, want two for each of %d runs", st.Skipped, told, len(at))
		}
	})
}

func TestConcurrencyIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		now, most, ran := 0, 0, 0
		s := schedule.New(schedule.Options{MaxConcurrent: 7})
		var items []schedule.Item
		for i := range 50 {
			items = append(items, schedule.Item{ID: fmt.Sprint(i), Interval: 10 * time.Second, Run: func(context.Context) {
				mu.Lock()
				now++
				ran++
				most = max(most, now)
				mu.Unlock()
				time.Sleep(time.Second)
				mu.Lock()
				now--
				mu.Unlock()
			}})
		}
		s.Set(items)
		during(s, 100*time.Second)
		if most != 7 {
			t.Errorf("%d ran at once, want 7", most)
		}
		if ran < 450 || s.Stats().Skipped > 0 {
			t.Errorf("%d runs and %d skipped, want about 500 and none: what waits runs later", ran, s.Stats().Skipped)
		}
	})
}

func TestStop(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name           string
		work, deadline time.Duration
		heeds          bool          // whether the run returns at its deadline
		took           time.Duration // of the stop
	}{
		{"nothing runs", time.Millisecond, 5 * time.Second, true, 0},
		{"waits for the end of a run", 3 * time.Second, 5 * time.Second, true, 2 * time.Second},
		{"waits for its deadline", time.Hour, 5 * time.Second, true, 4 * time.Second},
		{"waits no longer for one that ignores it", 30 * time.Second, 5 * time.Second, false, 5 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				began, cut := 0, false
				s := schedule.New(schedule.Options{MaxConcurrent: 1})
				run := func(own context.Context) {
					if began++; began > 1 {
						return
					}
					go func() { time.Sleep(time.Second); cancel() }()
					ended := own.Done()
					if !c.heeds {
						ended = nil
					}
					select {
					case <-time.After(c.work):
					case <-ended:
						cut = c.work < c.deadline
					}
				}
				s.Set([]schedule.Item{
					{ID: "a", Interval: time.Minute, Timeout: c.deadline, Run: run},
					{ID: "b", Interval: time.Minute, Timeout: c.deadline, Run: run},
				})
				var asked time.Time
				stop := context.AfterFunc(ctx, func() { asked = time.Now() })
				defer stop()
				s.Run(ctx)
				synctest.Wait()
				if took := time.Since(asked); took != c.took {
					t.Errorf("the stop took %s, want %s", took, c.took)
				}
				if cut {
					t.Error("a run's context ended before its deadline, want it left alone by the stop")
				}
				time.Sleep(5 * time.Minute)
				if began > 1 && c.work > time.Second {
					t.Errorf("%d runs began, want none after the stop", began)
				}
			})
		})
	}
}

func TestItemsThatCannotRun(t *testing.T) {
	t.Parallel()
	s := schedule.New(schedule.Options{})
	run := func(context.Context) {}
	err := s.Set([]schedule.Item{{ID: "good", Interval: time.Second, Run: run}, {ID: "never", Run: run}, {ID: "nothing", Interval: time.Second}, {ID: "good", Interval: time.Second, Run: run}})
	if err == nil || s.Stats().Items != 1 {
		t.Errorf("error %v and %d items, want an error that names three and the good one", err, s.Stats().Items)
	}
}
