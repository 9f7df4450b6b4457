// Package schedule runs items at their intervals for little CPU: what is due
// is gathered into slots, because wake-ups cost more than the work that they
// start. An item's phase is a hash of its id, so it is the same after every
// start. All times are monotonic; a step of the wall clock moves nothing.
package schedule

import (
	"context"
	"sync"
	"time"
)

// An Item is something to run again and again.
type Item struct {
	ID       string // unique; the same id with the same interval and content is the same item
	Content  string // what it does, such as a hash of it; a change makes the item new
	Interval time.Duration
	Timeout  time.Duration // of one run; 0: the interval
	Run      func(ctx context.Context)

	Suspicion time.Duration // the interval while it is suspected; 0, or one that is no shorter: the same
}

// Options are the bounds of a schedule; zero values stand for the defaults.
type Options struct {
	MaxConcurrent int                           // runs at once, 100; what is due beyond that waits
	Slot          func(n int) time.Duration     // the length of a slot for n items, [Slot]
	Seed          string                        // mixed into phases, so that sites with the same items differ
	Overran       func(id string, times uint64) // told of skipped runs, with the schedule locked; nil: nobody
}

// Slot is the default length of a slot: about ten items share a wake-up of
// every ten seconds, a hundred one of every second.
func Slot(n int) time.Duration {
	return min(max(100*time.Second/time.Duration(max(n, 1)), time.Second), 10*time.Second)
}

// settle is the time within which a new item runs for the first time.
const settle = 60 * time.Second

// Stats counts since the start.
type Stats struct {
	Items   int    // now
	Running int    // now
	Waiting int    // due now, for want of a free place
	Runs    uint64 // begun
	Skipped uint64 // due while the run before still went on or waited, or while the machine slept
	Wakeups uint64
	Slot    time.Duration // now
}

// A Schedule is safe for concurrent use.
type Schedule struct {
	options Options
	base    time.Time // all times are counted from here
	changed chan struct{}

	mu      sync.Mutex
	slot    time.Duration
	entries map[string]*entry
	queue   []*entry
	running map[*entry]time.Time // to the deadline of the run
	idle    chan struct{}        // told when the last run ends after a stop
	stopped bool
	stats   Stats
}

// New returns a schedule without items.
func New(o Options) *Schedule {
	if o.MaxConcurrent <= 0 {
		o.MaxConcurrent = 100
	}
	if o.Slot == nil {
		o.Slot = Slot
	}
	return &Schedule{
		options: o, base: time.Now(), changed: make(chan struct{}, 1), slot: o.Slot(0),
		entries: map[string]*entry{}, running: map[*entry]time.Time{}, idle: make(chan struct{}, 1),
	}
}

// Stats returns what happened so far.
func (s *Schedule) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.stats
	st.Items, st.Running, st.Waiting, st.Slot = len(s.entries), len(s.running), len(s.queue), s.slot
	return st
}

// Run runs what is due until ctx ends. Then it starts nothing new, waits for
// what runs until its deadline, and returns; a run's own context does not end
// with ctx.
func (s *Schedule) Run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		wait, any := s.wake(ctx)
		if any {
			timer.Reset(wait)
		} else {
			timer.Stop()
		}
		select {
		case <-ctx.Done():
			s.stop()
			return
		case <-s.changed:
		case <-timer.C:
		}
	}
}

// grace is what a run may need beyond its deadline to return.
const grace = time.Second

func (s *Schedule) stop() {
	s.mu.Lock()
	s.stopped = true
	for _, e := range s.queue {
		e.busy = false
	}
	s.queue = nil
	var last time.Time
	for _, deadline := range s.running {
		if deadline.After(last) {
			last = deadline
		}
	}
	none := len(s.running) == 0
	s.mu.Unlock()
	if none {
		return
	}
	timer := time.NewTimer(time.Until(last) + grace)
	defer timer.Stop()
	select {
	case <-s.idle:
	case <-timer.C:
	}
}
