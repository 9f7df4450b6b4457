package schedule

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// After a standstill, as of a starved machine, what was missed is skipped and
// counted, not made up for in a burst.
func TestMissedSlotsAreNotMadeUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ran := 0
		s := New(Options{})
		s.Set([]Item{{ID: "a", Interval: 10 * time.Second, Run: func(context.Context) { ran++ }}})
		for range 3 {
			wait, _ := s.wake(t.Context())
			time.Sleep(wait)
		}
		s.wake(t.Context())
		synctest.Wait()
		before, skipped := ran, s.Stats().Skipped
		time.Sleep(10 * time.Minute)
		s.wake(t.Context())
		synctest.Wait()
		if ran != before+1 || s.Stats().Skipped-skipped != 59 {
			t.Errorf("after ten minutes of standstill %d runs and %d skipped, want 1 and 59", ran-before, s.Stats().Skipped-skipped)
		}
	})
}
