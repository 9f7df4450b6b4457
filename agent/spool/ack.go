package spool

import (
	"errors"
	"fmt"
	"sort"
	"time"

	"fengsui/collector/wire"
)

// ErrClashed says that the collector holds other bytes under a batch's
// numbers. The batch is kept and rests; Renumber gives it other numbers.
var ErrClashed = errors.New("other bytes are stored under these numbers")

// Acknowledge takes the collector's answers to batches, one each and in their
// order. Stored, duplicate and decided batches count as held; held and clashed
// ones stay and rest for a minute. The error is [ErrClashed], or says that the
// answers do not fit, or that the acked file could not be written: then the
// worst is that batches are sent twice after a crash.
func (s *Spool) Acknowledge(batches []*wire.Batch, answers []*wire.BatchAnswer) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	if len(answers) != len(batches) {
		errs = append(errs, fmt.Errorf("spool: %d answers to %d batches, want as many", len(answers), len(batches)))
	}
	changed := false
	for i, b := range batches[:min(len(batches), len(answers))] {
		x := span{b.First, b.First + uint64(b.Count) - 1}
		id, ok := idOf(b.Epoch)
		e := s.epochs[id]
		if !ok || !x.ok() || e == nil {
			continue // renumbered or dropped since
		}
		switch outcome := answers[i].GetOutcome(); outcome {
		case wire.BatchAnswer_STORED, wire.BatchAnswer_DUPLICATE, wire.BatchAnswer_DECIDED:
			e.acked.add(x)
			e.lost.remove(x)
			changed = true
		default:
			if outcome == wire.BatchAnswer_CLASHED {
				errs = append(errs, fmt.Errorf("spool: results %d to %d of epoch %x: %w", x.first, x.last, id, ErrClashed))
			}
			s.rest(id, x)
		}
	}
	if changed {
		errs = append(errs, s.saveAcked())
	}
	return errors.Join(errs...)
}

func idOf(b []byte) (id [16]byte, ok bool) {
	return id, copy(id[:], b) == 16 && len(b) == 16
}

// A hold keeps batches from being offered for a while.
type hold struct {
	epoch [16]byte
	span
	until time.Time
}

// rest holds x back. What begins to rest at about the same time becomes one
// hold. Nothing here may strip the monotonic reading of a time: a wall clock
// that is set back by hours must not hold results for hours.
func (s *Spool) rest(id [16]byte, x span) {
	now := s.now()
	kept := s.holds[:0]
	for _, h := range s.holds {
		if h.until.After(now) {
			kept = append(kept, h)
		}
	}
	s.holds = kept
	until := now.Add(retry)
	for i := range s.holds {
		h := &s.holds[i]
		if h.epoch == id && until.Sub(h.until) < retry/10 && x.first <= h.last+1 && h.first <= x.last+1 {
			h.first, h.last = min(h.first, x.first), max(h.last, x.last)
			return
		}
	}
	s.holds = append(s.holds, hold{id, x, until})
}

// resting returns what rests now.
func (s *Spool) resting(now time.Time) map[[16]byte]spans {
	if len(s.holds) == 0 {
		return nil
	}
	out := map[[16]byte]spans{}
	for _, h := range s.holds {
		if h.until.After(now) {
			r := out[h.epoch]
			r.add(h.span)
			out[h.epoch] = r
		}
	}
	return out
}

// Resume takes the ranges that the collector holds of this agent, as Hello
// answered. They replace what was believed, also downwards: a collector that
// was restored from a backup is sent again what it lost, as far as the disk
// still has it, and told what is gone. An epoch that it does not name it holds
// nothing of.
//
// When the collector answered that the numbering went back, call Renumber
// first: what it holds of this epoch was then made by another life of this
// disk. Where the collector could not notice, because this life has gone on
// past the numbers that it holds, Resume does, and renumbers by itself; Epoch
// then differs from what Hello said.
//
// A disk that does not take the acked file is no error: the contact goes on,
// and the next Sync says what is wrong with the disk.
//
// Only the first call adds to what is acknowledged. Later, what is held beyond
// the answers may be a live copy's of this machine: it is sent again, and the
// collector compares its bytes.
func (s *Spool) Resume(held []*wire.Range) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := map[[16]byte]spans{}
	for _, r := range held {
		x := span{r.GetFirst(), r.GetLast()}
		id, ok := idOf(r.GetEpoch())
		if !ok || !x.ok() {
			return fmt.Errorf("spool: the collector holds results %d to %d of epoch %x, want 1 to 2^62 of an epoch of 16 bytes", x.first, x.last, r.GetEpoch())
		}
		list := now[id]
		list.add(x)
		now[id] = list
	}
	if list := now[s.current.id]; len(list) > 0 {
		highest := list[len(list)-1].last
		if highest >= s.current.next || s.unmet > 0 && highest >= s.unmet {
			s.renumber() // a disk that does not take it is told of by the next Sync
		}
	}
	complete := len(held) < wire.MaxRanges
	s.mend(now, complete)
	for id, e := range s.epochs {
		var acked spans
		for _, x := range now[id] {
			if x, ok := s.whole(e, x); ok {
				acked.add(x)
			}
		}
		if complete { // what it had, has no more and is not here any more
			e.lost.addAll(e.acked.minus(acked).minus(e.present))
		}
		e.lost = e.lost.minus(acked)
		if s.resumed {
			acked = acked.minus(acked.minus(e.acked))
		}
		e.acked = acked
	}
	s.takeBack()
	s.unmet, s.resumed = 0, true
	s.saveAcked() // a failure stays dirty
	return nil
}

// whole shrinks x to whole batches at both ends: half a batch is not held.
func (s *Spool) whole(e *epoch, x span) (span, bool) {
	if b, ok := s.batchAround(e, x.first); ok && b.first < x.first {
		x.first = b.last + 1
	}
	if b, ok := s.batchAround(e, x.last); ok && b.last > x.last {
		x.last = b.first - 1
	}
	return x, x.ok()
}

// batchAround returns the batch that holds sequence n of an epoch and more
// than n.
func (s *Spool) batchAround(e *epoch, n uint64) (span, bool) {
	if !e.present.holds(span{n, n}) {
		return span{}, false
	}
	for _, list := range [][]*cut{s.unwritten, s.kept} {
		for _, c := range list {
			if x := c.span(); c.epoch == e.id && x.first <= n && n <= x.last {
				return x, true
			}
		}
	}
	for _, g := range s.segments {
		if g.span.first == 0 {
			continue
		}
		for _, p := range s.pieces(g.epoch, g.span) {
			if p.epoch != e || n < p.first || n > p.last {
				continue
			}
			disk := p.disk + (n - p.first)
			index := s.indexOf(g)
			i := sort.Search(len(index), func(i int) bool { return index[i].span().last >= disk })
			if i < len(index) && index[i].first <= disk {
				_, x := s.locate(g.epoch, index[i].span())
				return x, true
			}
		}
	}
	return span{}, false
}

// Lost returns ranges that will never come and that the collector has not
// been told, at most [wire.MaxRanges].
func (s *Spool) Lost() []*wire.Range {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*wire.Range
	for id, e := range s.epochs {
		for _, x := range e.lost {
			out = append(out, rangeOf(id, x))
		}
	}
	sort.Slice(out, func(i, j int) bool {
		if c := string(out[i].Epoch); c != string(out[j].Epoch) {
			return c < string(out[j].Epoch)
		}
		return out[i].First < out[j].First
	})
	return out[:min(len(out), wire.MaxRanges)]
}

// LostTold says that the collector knows these ranges now.
func (s *Spool) LostTold(ranges []*wire.Range) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	changed := false
	for _, r := range ranges {
		x := span{r.GetFirst(), r.GetLast()}
		id, ok := idOf(r.GetEpoch())
		e := s.epochs[id]
		if !ok || !x.ok() || e == nil {
			continue
		}
		for _, told := range e.lost.within(x) {
			e.lost.remove(told)
			e.settled.add(told)
			changed = true
		}
	}
	if !changed {
		return nil
	}
	return s.saveAcked()
}
