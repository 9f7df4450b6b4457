package schedule

import (
	"errors"
	"fmt"
	"hash/fnv"
	"time"
)

// An entry is an item at work. Times are counted from the schedule's base.
type entry struct {
	item  Item
	phase time.Duration // within the interval
	due   time.Duration // when it is to run next
	first bool          // it has not run yet
	busy  bool          // it runs or waits for a place

	suspected time.Duration // until when
}

// phase returns a duration in [0, within) that depends on the texts only.
func phase(within time.Duration, texts ...string) time.Duration {
	h := fnv.New64a()
	for _, t := range texts {
		h.Write([]byte(t))
		h.Write([]byte{0})
	}
	// FNV's low bits are poor for texts that differ in the last letter only.
	x := h.Sum64()
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	return time.Duration(x % uint64(within))
}

// after returns the first time of the entry's grid at or after t.
func (e *entry) after(t time.Duration) time.Duration { return grid(e.phase, e.item.Interval, t) }

func grid(phase, interval, t time.Duration) time.Duration {
	k := (t - phase + interval - 1) / interval
	return phase + max(k, 0)*interval
}

// Set replaces the items. Those that stay keep their times; a new one runs
// once within 60 s, or within its interval when that is shorter, and then on
// its grid. A run that goes on of an item that is gone ends by itself. The
// error names items that cannot be scheduled; all others are.
func (s *Schedule) Set(items []Item) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Since(s.base)
	var errs []error
	entries := make(map[string]*entry, len(items))
	for _, item := range items {
		if item.Interval < time.Millisecond || item.Run == nil || entries[item.ID] != nil {
			errs = append(errs, fmt.Errorf("schedule: item %q every %s (the same id twice: %t), want an id of its own, something to run and at least 1ms",
				item.ID, item.Interval, entries[item.ID] != nil))
			continue
		}
		old := s.entries[item.ID]
		if old != nil && old.item.Interval == item.Interval && old.item.Content == item.Content {
			old.item = item
			entries[item.ID] = old
			continue
		}
		e := &entry{item: item, phase: phase(item.Interval, s.options.Seed, item.ID), first: true}
		window := min(settle, item.Interval)
		if e.due = e.after(now); e.due >= now+window {
			e.due = now + phase(window, s.options.Seed, item.ID, "first")
		}
		entries[item.ID] = e
	}
	queue := s.queue[:0]
	for _, e := range s.queue {
		if entries[e.item.ID] == e {
			queue = append(queue, e)
		}
	}
	clear(s.queue[len(queue):])
	s.queue = queue
	s.entries = entries
	s.slot = s.slotFor()
	select {
	case s.changed <- struct{}{}:
	default:
	}
	return errors.Join(errs...)
}

// slotFor returns a slot that divides every interval where that is possible,
// so that gathering does not make intervals uneven. It is never longer than
// the shortest interval.
func (s *Schedule) slotFor() time.Duration {
	want := s.options.Slot(len(s.entries))
	var common, shortest time.Duration
	for _, e := range s.entries {
		i := e.shortest()
		if shortest == 0 || i < shortest {
			shortest = i
		}
		for _, b := range []time.Duration{e.item.Interval, i} {
			for b > 0 {
				common, b = b, common%b
			}
		}
	}
	if shortest > 0 {
		want = min(want, shortest)
	}
	if common < want/4 {
		return max(want, time.Millisecond) // odd intervals: at times a slot early or late, on average right
	}
	parts := (common + want - 1) / max(want, 1)
	for common%max(parts, 1) != 0 {
		parts++ // an exact part, or slots would wander against the intervals
	}
	return max(common/max(parts, 1), time.Millisecond)
}
