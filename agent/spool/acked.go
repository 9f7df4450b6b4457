package spool

import (
	"encoding/binary"
	"errors"
	"slices"
)

// The acked file holds, for each epoch that has anything on disk or to tell,
// what the collector holds, what is lost, and where the numbers stand.
const (
	ackedFile  = "acked"
	ackedMagic = "fengack\x01"
)

// saveAcked writes the acked file, or notes that it lags behind. It never
// speaks of an epoch that the epoch file does not know: what moved into it
// would count as lost, or as sent, under numbers that no start would find.
func (s *Spool) saveAcked() error {
	s.forgetEpochs()
	if s.holdBack {
		s.ackedDirty = true
		return nil
	}
	if err := s.ready(); err != nil {
		s.ackedDirty = true
		return err
	}
	ids := make([][16]byte, 0, len(s.epochs))
	for id := range s.epochs {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b [16]byte) int { return slices.Compare(a[:], b[:]) })
	b := append([]byte(nil), s.current.id[:]...)
	b = binary.AppendUvarint(b, s.unmet)
	b = binary.AppendUvarint(b, uint64(len(ids)))
	for _, id := range ids {
		e := s.epochs[id]
		b = append(b, id[:]...)
		b = binary.AppendUvarint(b, e.next)
		b = binary.AppendUvarint(b, e.bottom())
		b = appendSpans(b, e.acked)
		b = appendSpans(b, e.lost)
		b = appendSpans(b, e.settled)
	}
	err := s.replace(ackedFile, ackedMagic, b)
	s.ackedDirty = err != nil
	return err
}

// ackedContent is what the acked file says.
type ackedContent struct {
	current [16]byte // the epoch in force when it was written
	unmet   uint64
	epochs  []epoch
}

// loadAcked reads the acked file; no file is nil without an error.
func (s *Spool) loadAcked() (*ackedContent, error) {
	b, err := s.unseal(ackedFile, ackedMagic)
	if err != nil || b == nil {
		return nil, err
	}
	r := &reader{b: b}
	a := &ackedContent{current: r.id(), unmet: r.number(maxSequence)}
	for n := r.number(maxSequence); n > 0 && !r.bad; n-- {
		e := epoch{id: r.id(), next: r.number(maxSequence), low: r.number(maxSequence),
			acked: r.spans(), lost: r.spans(), settled: r.spans()}
		if e.next < 1 || e.low < 1 || e.low > e.next {
			r.bad = true
		}
		a.epochs = append(a.epochs, e)
	}
	if r.bad || len(r.b) > 0 {
		return nil, errors.New("numbers that no acked file can hold")
	}
	return a, nil
}

// forgetEpochs drops the closed epochs of which nothing is left to keep or tell.
func (s *Spool) forgetEpochs() {
	for id, e := range s.epochs {
		if e != s.current && len(e.present) == 0 && len(e.lost) == 0 {
			delete(s.epochs, id)
		}
	}
}
