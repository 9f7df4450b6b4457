package schedule

import "time"

// suspicion is how long an item runs more often.
const suspicion = 15 * time.Minute

// Suspect has an item run at its interval of suspicion for a quarter of an
// hour from now. The runs of its own grid go on among them, so that afterwards
// it is where it always was.
func (s *Schedule) Suspect(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.entries[id]
	if e == nil || e.shortest() == e.item.Interval {
		return
	}
	now := time.Since(s.base)
	e.suspected = now + suspicion
	// Not in this slot: it ran in it.
	if next := e.next(now, now-now%s.slot+s.slot); next < e.due {
		e.due = next
		select {
		case s.changed <- struct{}{}:
		default:
		}
	}
}

// Suspected says whether an item runs at its interval of suspicion now.
func (s *Schedule) Suspected(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.entries[id]
	return e != nil && e.every(time.Since(s.base)) < e.item.Interval
}

// shortest is the shortest interval that an entry may run at.
func (e *entry) shortest() time.Duration {
	if i := e.item.Suspicion; i >= time.Millisecond && i < e.item.Interval {
		return i
	}
	return e.item.Interval
}

// every is the interval that it runs at now.
func (e *entry) every(now time.Duration) time.Duration {
	if now < e.suspected {
		return e.shortest()
	}
	return e.item.Interval
}

// next is when it runs next, at or after t, as things stand now. The phase
// among suspected items is the one that it has anyway: they are not all
// suspected in one second.
func (e *entry) next(now, t time.Duration) time.Duration {
	every := e.every(now)
	return min(e.after(t), grid(e.phase%every, every, t))
}
