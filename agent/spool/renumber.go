package spool

import (
	"fmt"
	"slices"
)

// Renumber begins a new epoch. What the collector lacks of the epoch so far
// moves into it, in order and in the same batches, which do not carry their
// numbers in their bytes; older epochs keep theirs. The one write of the epoch
// file is the moment of change: before it the old numbering is in force after
// a crash, behind it the new one.
//
// A disk that does not take it keeps no site silent: the new epoch counts for
// this process, the error says what is wrong, and the next Sync tries again.
// Until it takes it a restart meets the old numbering, the collector says once
// more that it went back, and what moved here is sent again: no number is given
// out twice, because no two epochs are the same.
func (s *Spool) Renumber() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.renumber()
}

func (s *Spool) renumber() error {
	old := s.current
	id, next := newEpochID(), uint64(1)
	moves := map[[16]byte][]move{}
	for disk, list := range s.moves {
		moves[disk] = slices.Clone(list)
	}
	for _, g := range s.segments {
		for _, p := range s.unackedIn(g) {
			if p.epoch != old {
				continue
			}
			m := move{from: span{p.disk, p.disk + p.len() - 1}, to: id, at: next}
			moves[g.epoch] = insertMove(moves[g.epoch], m)
			next += p.len()
		}
	}
	type renamed struct {
		cut   *cut
		first uint64
	}
	s.pruneMoves(moves)
	var inMemory []renamed
	for _, c := range s.unwritten {
		if c.epoch == old.id && !old.acked.holds(c.span()) {
			inMemory = append(inMemory, renamed{c, next})
			moveFailed(moves, old.id, c.span(), move{to: id, at: next})
			next += uint64(c.count)
		}
	}
	err := s.saveEpoch(id, next, moves)
	s.epochSaved = err == nil

	s.roll()
	s.moves = moves
	fresh := s.epoch(id)
	fresh.next, fresh.low = next, 1
	if next > 1 {
		fresh.present.add(span{1, next - 1})
	}
	left := old.unacked()
	old.present.removeAll(left)
	old.settled.addAll(left)
	for _, r := range inMemory {
		r.cut.epoch, r.cut.first = id, r.first
	}
	// Acknowledged batches that never reached the disk would be written under
	// an epoch that is closed: the collector has them, let them go.
	s.unwritten = slices.DeleteFunc(s.unwritten, func(c *cut) bool {
		if c.epoch == id {
			return false
		}
		s.epoch(c.epoch).present.remove(c.span())
		return true
	})
	s.forget(func(*cut) bool { return false })
	s.recent = slices.DeleteFunc(s.recent, func(c *cut) bool {
		return c.segment == nil && c.epoch != id
	})
	s.current = fresh
	s.unmet = 1
	s.ackedDirty = true
	if err != nil {
		return fmt.Errorf("spool: a new epoch is begun in memory only: %w", err)
	}
	s.saveAcked() // a failure stays dirty, and the next Sync reports it
	return nil
}

// insertMove lets m stand for its sequences, whatever moved them before.
func insertMove(list []move, m move) []move {
	var out []move
	for _, have := range list {
		if have.from.first < m.from.first {
			head := have
			head.from.last = min(have.from.last, m.from.first-1)
			out = append(out, head)
		}
		if have.from.last > m.from.last {
			tail := have
			tail.from.first = max(have.from.first, m.from.last+1)
			tail.at += tail.from.first - have.from.first
			out = append(out, tail)
		}
	}
	out = append(out, m)
	slices.SortFunc(out, func(a, b move) int {
		if a.from.first < b.from.first {
			return -1
		}
		return 1
	})
	return out
}

// moveFailed moves x of an epoch, which is not on disk as far as we know. A
// write that failed may have left it there all the same, under the numbers of
// now or of an epoch before; found at an Open, it must not count as another
// result.
func moveFailed(moves map[[16]byte][]move, epoch [16]byte, x span, to move) {
	for disk, list := range moves {
		for _, m := range slices.Clone(list) {
			if m.to == epoch && m.at <= x.first && x.last < m.at+m.from.len() {
				first := m.from.first + (x.first - m.at)
				moves[disk] = insertMove(moves[disk], move{span{first, first + x.len() - 1}, to.to, to.at})
			}
		}
	}
	moves[epoch] = insertMove(moves[epoch], move{x, to.to, to.at})
}

// pruneMoves drops the moves of epochs of which no segment is left.
func (s *Spool) pruneMoves(moves map[[16]byte][]move) {
	for disk := range moves {
		if !slices.ContainsFunc(s.segments, func(g *segment) bool { return g.epoch == disk }) {
			delete(moves, disk)
		}
	}
}
