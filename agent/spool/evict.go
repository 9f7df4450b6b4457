package spool

import "fmt"

// makeRoom deletes closed segments until n more bytes fit the bounds: wholly
// acknowledged ones first, then others, always the oldest. What the collector
// lacks of them becomes lost.
//
// The limit is on the spool's own bytes. Below the reserve of the file system
// the spool does not grow: it writes what it freed and no more. It does not
// empty itself for bytes that somebody else took.
func (s *Spool) makeRoom(n int64) error {
	for s.bytes()+n > s.limit {
		if !s.evict() {
			return fmt.Errorf("spool: %d bytes more in %s pass its limit of %d bytes", n, s.dir, s.limit)
		}
	}
	if s.reserve < 0 {
		return nil
	}
	for {
		free, total, err := s.fs.Free(s.dir)
		if err != nil {
			return nil // the write itself will tell
		}
		least := int64(float64(total) * s.reserve)
		if free-n >= least {
			s.credit = 0
			return nil
		}
		if s.credit >= n {
			return nil
		}
		if !s.evict() {
			return fmt.Errorf("spool: the file system of %s has %d of %d bytes free, want at least %d (spool reserve) to stay free: make room there",
				s.dir, free, total, least)
		}
	}
}

// evict deletes the segment that is missed least.
func (s *Spool) evict() bool {
	for _, g := range s.closedSegments() {
		if len(s.unackedIn(g)) == 0 {
			return s.drop(g)
		}
	}
	if s.active != nil { // everything in it acknowledged: let it go before what is not
		if g := s.segments[len(s.segments)-1]; len(s.unackedIn(g)) == 0 {
			s.roll()
			return s.drop(g)
		}
	}
	if closed := s.closedSegments(); len(closed) > 0 {
		return s.drop(closed[0])
	}
	return false
}

func (s *Spool) closedSegments() []*segment {
	if s.active != nil {
		return s.segments[:len(s.segments)-1]
	}
	return s.segments
}

// unackedIn returns what of a segment the collector lacks.
func (s *Spool) unackedIn(g *segment) []piece {
	if g.span.first == 0 {
		return nil
	}
	var out []piece
	for _, p := range s.pieces(g.epoch, g.span) {
		for _, x := range p.epoch.present.within(p.span).minus(p.epoch.acked) {
			out = append(out, piece{p.epoch, x, p.disk + (x.first - p.span.first)})
		}
	}
	return out
}

// drop deletes a segment. Its losses are noted on disk first where that is
// possible; where it is not, the next Open finds the hole.
func (s *Spool) drop(g *segment) bool {
	for _, p := range s.unackedIn(g) {
		p.epoch.lost.add(p.span)
	}
	if g.span.first != 0 {
		for _, p := range s.pieces(g.epoch, g.span) {
			p.epoch.present.remove(p.span)
		}
	}
	err := s.saveAcked()
	for i, have := range s.segments {
		if have == g {
			s.segments = append(s.segments[:i:i], s.segments[i+1:]...)
			break
		}
	}
	if s.loaded == g {
		s.loaded = nil
	}
	if s.fs.Remove(s.path(g.name())) != nil {
		// It stays on disk, and so does its evidence; the next Open counts it again.
		return true
	}
	if err != nil {
		s.saveAcked() // there is room now
	}
	s.credit += g.size
	return true
}
