package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"time"
)

// Sync cuts what was added into batches and makes them durable. After an
// error, one sentence, the batches wait in memory, are offered by Live and
// Backlog all the same, and are written by a later Sync; when their bound is
// hit the oldest are dropped, those that the collector lacks become lost.
func (s *Spool) Sync() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errors.New("spool: it is closed")
	}
	return s.sync()
}

func (s *Spool) sync() error {
	s.cutPending()
	if s.every > 0 {
		s.setAside()
	}
	var err error
	switch {
	case s.every == 0:
		err = s.flush()
	case s.due():
		err = s.checkpoint()
	default:
		err = s.err
	}
	if err != nil {
		err = fmt.Errorf("%w; %d batches wait in memory", err, len(s.unwritten))
	}
	s.boundMemory()
	s.forgetRecent()
	if s.every > 0 {
		return err
	}
	s.sweep()
	if err == nil && s.ackedDirty {
		err = s.saveAcked()
	}
	if err == nil && s.markDirty {
		err = s.unmark()
	}
	return err
}

// flush writes what is unwritten.
func (s *Spool) flush() error {
	if len(s.unwritten) == 0 {
		return nil
	}
	if err := s.ready(); err != nil {
		return err
	}
	for len(s.unwritten) > 0 {
		if err := s.flushSegment(); err != nil {
			return err
		}
	}
	return nil
}

// ready makes the directory and the epoch file when they could not be made
// before: no segment of an epoch exists before the epoch file names it.
func (s *Spool) ready() error {
	if s.epochSaved {
		return nil
	}
	if err := s.fs.MkdirAll(s.dir); err != nil {
		return fmt.Errorf("spool: making the directory %s: %w", s.dir, err)
	}
	if err := s.saveEpoch(s.current.id, s.current.next, s.moves); err != nil {
		return err
	}
	s.epochSaved = true
	return nil
}

// flushSegment writes as many batches as the active segment takes, at least
// one, and syncs them.
func (s *Spool) flushSegment() error {
	if s.active != nil {
		if g := s.segments[len(s.segments)-1]; g.size >= s.segmentSize || s.breaks(g.span.last, s.unwritten[0]) {
			s.roll()
		}
	}
	fresh := s.active == nil
	g := &segment{number: s.lastNumber + 1, epoch: s.current.id, fleeting: s.every > 0}
	var b []byte
	if fresh {
		b = appendHeader(b, g.epoch, g.number, s.unwritten[0].first)
	} else {
		g = s.segments[len(s.segments)-1]
	}
	n := 0
	var offsets []uint32
	for n < len(s.unwritten) && (n == 0 || g.size+int64(len(b)) < s.segmentSize && !s.breaks(s.unwritten[n-1].span().last, s.unwritten[n])) {
		offsets = append(offsets, uint32(g.size)+uint32(len(b)))
		b = appendRecord(b, s.unwritten[n])
		n++
	}
	if err := s.makeRoom(int64(len(b))); err != nil {
		return err
	}
	if s.active == nil && !fresh { // making room closed it
		return s.flushSegment()
	}
	if err := s.append(g, fresh, b); err != nil {
		return fmt.Errorf("spool: writing %d bytes to %s: %w", len(b), s.path(g.name()), err)
	}
	if fresh {
		s.segments = append(s.segments, g)
		s.lastNumber = g.number
	}
	for i, c := range s.unwritten[:n] {
		c.segment, c.offset, c.size = g, offsets[i], uint32(len(c.body))
		c.body = nil
		g.index = append(g.index, record{c.first, c.made.UnixNano(), c.digest, c.count, c.size, c.offset})
		if g.span.first == 0 {
			g.span.first = c.first
		}
		g.span.last, g.made = c.span().last, c.made.UnixNano()
	}
	g.size += int64(len(b))
	s.credit = max(0, s.credit-int64(len(b)))
	s.unwritten = append([]*cut(nil), s.unwritten[n:]...)
	return nil
}

// append makes b durable behind what g holds. After an error g is closed and
// cut back to what was good: a later sync of the same file may succeed without
// the pages that failed, so nothing more is ever written to it.
func (s *Spool) append(g *segment, fresh bool, b []byte) (err error) {
	path := s.path(g.name())
	if fresh {
		if s.active, err = s.fs.Create(path); errors.Is(err, fs.ErrNotExist) {
			if err = s.fs.MkdirAll(s.dir); err == nil {
				s.active, err = s.fs.Create(path)
			}
		}
		if err != nil {
			s.active = nil
			return err
		}
	}
	if err = s.write(b); err == nil {
		s.crash("spool_sync")
		err = s.active.Sync()
	}
	if err == nil && fresh {
		err = s.fs.SyncDir(s.dir)
	}
	if err == nil {
		return nil
	}
	s.active.Truncate(g.size)
	s.active.Close()
	s.active = nil
	if fresh {
		s.fs.Remove(path)
	}
	return err
}

func (s *Spool) write(b []byte) error {
	if s.crashing {
		half := len(b) / 2
		if _, err := s.active.Write(b[:half]); err != nil {
			return err
		}
		s.crash("spool_write")
		b = b[half:]
	}
	_, err := s.active.Write(b)
	return err
}

// roll closes the active segment.
func (s *Spool) roll() {
	if s.active == nil {
		return
	}
	s.active.Close()
	s.active = nil
	s.segments[len(s.segments)-1].index = nil
}

// boundMemory drops the oldest batches that cannot be written, first those
// that the collector has.
func (s *Spool) boundMemory() {
	bytes := s.waiting()
	s.forget(func(*cut) bool { return s.keptSize+bytes <= s.memory })
	for _, acked := range []bool{true, false} {
		kept := s.unwritten[:0]
		for _, c := range s.unwritten {
			e := s.epoch(c.epoch)
			if bytes <= s.memory || e.acked.holds(c.span()) != acked {
				kept = append(kept, c)
				continue
			}
			bytes -= s.weight(c)
			e.present.remove(c.span())
			if !acked {
				e.lost.add(c.span())
			}
			c.body = nil
			s.ackedDirty = true
		}
		clear(s.unwritten[len(kept):])
		s.unwritten = kept
	}
}

// forgetRecent lets go of cuts that are no longer live.
func (s *Spool) forgetRecent() {
	now := s.now()
	n := 0
	for n < len(s.recent) && now.Sub(s.recent[n].made) >= live {
		n++
	}
	if n > 0 {
		s.recent = append([]*cut(nil), s.recent[n:]...)
	}
}

// sweepEvery is how often segments that are older than Keep are looked for.
const sweepEvery = time.Minute

// unset is before any release: a clock that shows an earlier time was not set.
var unset = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()

// sweep deletes segments that are older than Keep and wholly acknowledged. One
// that was written before the clock was set begins to age when it is.
func (s *Spool) sweep() {
	now := s.now()
	if now.Sub(s.swept) < sweepEvery {
		return
	}
	s.swept = now
	for _, g := range append([]*segment(nil), s.closedSegments()...) {
		if g.made < unset {
			g.made = now.UnixNano()
		}
		if now.UnixNano()-g.made > int64(s.keep) && len(s.unackedIn(g)) == 0 {
			s.drop(g)
		}
	}
}
