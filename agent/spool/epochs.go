package spool

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"sort"
)

// An epoch is one numbering, as it is known now.
type epoch struct {
	id      [16]byte
	next    uint64 // the next sequence
	low     uint64 // as the acked file said at Open: nothing below is missed
	present spans  // on disk or in memory
	acked   spans  // held by the collector, whether still present or not
	lost    spans  // never to come, and the collector has not been told
	settled spans  // gone with the collector's knowledge, or moved to another epoch
}

func (e *epoch) unacked() spans { return e.present.minus(e.acked) }

// bottom is the lowest sequence that still matters.
func (e *epoch) bottom() uint64 {
	low := e.next
	if len(e.present) > 0 {
		low = e.present[0].first
	}
	if len(e.lost) > 0 {
		low = min(low, e.lost[0].first)
	}
	return low
}

func (s *Spool) epoch(id [16]byte) *epoch {
	e := s.epochs[id]
	if e == nil {
		e = &epoch{id: id, next: 1}
		s.epochs[id] = e
	}
	return e
}

// A move says that sequences of one epoch, as written on disk, are now those
// of another. Bodies do not carry their numbers, so no segment is rewritten.
type move struct {
	from span
	to   [16]byte
	at   uint64 // what from.first is in there
}

// A piece is part of what was written in one epoch, in the numbers of now.
type piece struct {
	epoch *epoch
	span
	disk uint64 // what span.first is on disk
}

// pieces translates sequences as written on disk.
func (s *Spool) pieces(disk [16]byte, x span) []piece {
	var out []piece
	moves := s.moves[disk]
	i := sort.Search(len(moves), func(i int) bool { return moves[i].from.last >= x.first })
	for ; i < len(moves) && moves[i].from.first <= x.last; i++ {
		m := moves[i]
		if x.first < m.from.first {
			out = append(out, piece{s.epoch(disk), span{x.first, m.from.first - 1}, x.first})
			x.first = m.from.first
		}
		last := min(x.last, m.from.last)
		at := m.at + (x.first - m.from.first)
		out = append(out, piece{s.epoch(m.to), span{at, at + (last - x.first)}, x.first})
		if x.first = last + 1; x.first > x.last {
			return out
		}
	}
	return append(out, piece{s.epoch(disk), x, x.first})
}

// locate translates a whole batch; a batch is never cut by a move.
func (s *Spool) locate(disk [16]byte, x span) (*epoch, span) {
	moves := s.moves[disk]
	i := sort.Search(len(moves), func(i int) bool { return moves[i].from.last >= x.first })
	if i < len(moves) && moves[i].from.first <= x.first && x.last <= moves[i].from.last {
		at := moves[i].at + (x.first - moves[i].from.first)
		return s.epoch(moves[i].to), span{at, at + x.len() - 1}
	}
	return s.epoch(disk), x
}

// The epoch file names the epoch in force, its next sequence when it began,
// and the moves. It is written when an epoch begins; that write is the moment
// from which the new numbering counts. Its copy is written just before: without
// the moves, results that were sent would come again under their old numbers.
const (
	epochFile  = "epoch"
	epochCopy  = "epoch.copy"
	epochMagic = "fengepo\x01"
)

func (s *Spool) saveEpoch(id [16]byte, next uint64, moves map[[16]byte][]move) error {
	if err := s.markEpoch(); err != nil {
		return err
	}
	b := append([]byte(nil), id[:]...)
	b = binary.AppendUvarint(b, next)
	var disks [][16]byte
	for disk := range moves {
		disks = append(disks, disk)
	}
	slices.SortFunc(disks, func(a, b [16]byte) int { return slices.Compare(a[:], b[:]) })
	b = binary.AppendUvarint(b, uint64(len(disks)))
	for _, disk := range disks {
		b = append(b, disk[:]...)
		b = binary.AppendUvarint(b, uint64(len(moves[disk])))
		for _, m := range moves[disk] {
			b = binary.AppendUvarint(b, m.from.first)
			b = binary.AppendUvarint(b, m.from.last)
			b = append(b, m.to[:]...)
			b = binary.AppendUvarint(b, m.at)
		}
	}
	if err := s.replace(epochCopy, epochMagic, b); err != nil {
		return err
	}
	return s.replace(epochFile, epochMagic, b)
}

// loadEpoch reads the epoch file, or the copy of a damaged one; found is false
// when neither can be read. The error is of the file. whole says that both are
// there and the same.
func (s *Spool) loadEpoch() (found, whole bool, err error) {
	b, err := s.unseal(epochFile, epochMagic)
	if err == nil && b != nil {
		err = s.takeEpoch(b)
	}
	other, otherErr := s.unseal(epochCopy, epochMagic)
	switch {
	case err == nil && b != nil:
		return true, otherErr == nil && bytes.Equal(b, other), nil
	case otherErr != nil || other == nil || s.takeEpoch(other) != nil:
		return false, false, err
	case err == nil:
		err = errors.New("it is missing, want it beside its copy")
	}
	return true, false, err
}

// takeEpoch takes the payload of an epoch file; after an error nothing of it.
func (s *Spool) takeEpoch(b []byte) error {
	r := &reader{b: b}
	id, next := r.id(), r.number(maxSequence)
	moves, targets := map[[16]byte][]move{}, map[[16]byte]spans{}
	for disks := r.number(maxSequence); disks > 0 && !r.bad; disks-- {
		disk, behind := r.id(), uint64(0)
		r.bad = r.bad || disk == id // nothing moves out of the epoch in force
		for n := r.number(maxSequence); n > 0 && !r.bad; n-- {
			m := move{from: span{r.number(maxSequence), r.number(maxSequence)}, to: r.id(), at: r.number(maxSequence)}
			if r.bad || !m.from.ok() || m.from.first <= behind || m.at < 1 || m.at+m.from.len() > maxSequence ||
				m.to == id && m.at+m.from.len() > next { // what moved lies before what is new
				r.bad = true
				break
			}
			behind = m.from.last
			taken := targets[m.to] // a number is one batch's
			r.bad = len(taken.within(span{m.at, m.at + m.from.len() - 1})) > 0
			taken.add(span{m.at, m.at + m.from.len() - 1})
			targets[m.to] = taken
			moves[disk] = append(moves[disk], m)
		}
	}
	if r.bad || len(r.b) > 0 || next < 1 {
		return errors.New("numbers that no epoch file can hold")
	}
	s.moves = moves
	s.current = s.epoch(id)
	s.current.next = next
	for disk, list := range moves {
		for _, m := range list {
			s.epoch(disk).settled.add(m.from)
			to := s.epoch(m.to)
			to.next = max(to.next, m.at+m.from.len())
		}
	}
	return nil
}
