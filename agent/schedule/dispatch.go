package schedule

import (
	"context"
	"time"
)

// wake starts what is due now and returns how long to sleep; any is false when
// there is nothing to wait for.
func (s *Schedule) wake(ctx context.Context) (wait time.Duration, any bool) {
	if ctx.Err() != nil {
		return 0, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Wakeups++
	now := time.Since(s.base)
	// What falls due within this slot runs at its beginning.
	end := now - now%s.slot + s.slot
	var next time.Duration
	for _, e := range s.entries {
		if e.due < end {
			s.start(e, now, end)
		}
		if !any || e.due < next {
			next, any = e.due, true
		}
	}
	s.dispatch()
	return max(next-next%s.slot-now, 0), any
}

// start queues an entry and sets its next time behind this slot.
func (s *Schedule) start(e *entry, now, end time.Duration) {
	skipped := uint64(0)
	if e.busy {
		skipped++
	} else {
		e.busy = true
		s.queue = append(s.queue, e)
	}
	every := e.every(now)
	next := e.next(now, end)
	if e.first { // not again at once after the first run
		e.first = false
		if next < e.due+e.item.Interval/2 {
			next += e.item.Interval
		}
	} else if late := (next - e.due) / every; late > 1 {
		skipped += uint64(late - 1) // the machine stood still meanwhile
	}
	e.due = next
	if skipped > 0 {
		s.stats.Skipped += skipped
		if s.options.Overran != nil {
			s.options.Overran(e.item.ID, skipped)
		}
	}
}

// dispatch lets what waits run while there are free places.
func (s *Schedule) dispatch() {
	for len(s.queue) > 0 && len(s.running) < s.options.MaxConcurrent && !s.stopped {
		e := s.pop()
		s.begin(e)
		go s.work(e)
	}
}

func (s *Schedule) pop() *entry {
	e := s.queue[0]
	s.queue[0] = nil
	s.queue = s.queue[1:]
	return e
}

func (s *Schedule) begin(e *entry) {
	s.stats.Runs++
	s.running[e] = time.Now().Add(e.timeout())
}

func (e *entry) timeout() time.Duration {
	if e.item.Timeout > 0 {
		return e.item.Timeout
	}
	return e.item.Interval
}

// work runs an entry and then what waits, one after the other.
func (s *Schedule) work(e *entry) {
	for e != nil {
		s.mu.Lock()
		deadline, run := s.running[e], e.item.Run
		s.mu.Unlock()
		ctx, cancel := context.WithDeadline(context.Background(), deadline)
		run(ctx)
		cancel()
		e = s.ended(e)
	}
}

// ended notes the end of a run and returns what this goroutine runs next.
func (s *Schedule) ended(e *entry) *entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.running, e)
	e.busy = false
	if s.stopped {
		if len(s.running) == 0 {
			select {
			case s.idle <- struct{}{}:
			default:
			}
		}
		return nil
	}
	if len(s.queue) == 0 || len(s.running) >= s.options.MaxConcurrent {
		return nil
	}
	next := s.pop()
	s.begin(next)
	return next
}
