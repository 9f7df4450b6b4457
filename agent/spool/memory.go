package spool

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"
)

// A spool in memory spares a flash that must not be written every second.
// Batches wait in the same bounded memory that a failing disk leaves them in,
// and a checkpoint writes those that the collector lacks. What the collector
// has stays in memory, as far as the bound allows, in case it is restored.
//
// The disk then lags behind the numbers that were given out. The mark, a small
// file, says so from before the first such number until a clean stop: whoever
// opens the directory and finds it begins a new epoch, and what the disk holds
// keeps its numbers. So no two results ever have the same.
const (
	markFile  = "memory"
	markMagic = "fengmem\x01"
)

// mark is the content of the mark file.
type mark struct {
	running bool  // numbers may have been given out that the disk knows nothing of
	at      int64 // of the checkpoint, Unix ns
	every   int64 // ns
	torn    []torn
}

// torn is an epoch whose end the disk does not know: numbers from next on may
// have been given out. What the collector holds of them tells how many were.
type torn struct {
	id   [16]byte
	next uint64
}

// checkpoints is what a spool in memory knows more than one on disk.
type checkpoints struct {
	every     time.Duration // 0: this spool is on disk
	holdBack  bool          // the acked file waits for the checkpoint
	marked    bool          // the disk has the mark of this process
	markDirty bool          // the disk lags behind torn
	torn      []torn
	kept      []*cut    // not on disk, and the collector has them; sorted, all of the current epoch
	keptSize  int64     // what they take
	last      time.Time // checkpoint
	tried     time.Time
	err       error // of the last try
}

// maxTorn bounds the mark: a box that ends again and again without a contact.
const maxTorn = 64

// again is how soon a checkpoint that failed is tried again.
const again = time.Minute

// perCut is what a batch takes in memory beside its bytes.
const perCut = 128

// Checkpoint makes what the collector lacks durable now. On a spool on disk it
// is [Spool.Sync].
func (s *Spool) Checkpoint() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errors.New("spool: it is closed")
	}
	s.tried = time.Time{}
	return s.sync()
}

// Checkpointed returns when the last checkpoint was and why the last try
// failed, if it did; ok is false for a spool on disk.
func (s *Spool) Checkpointed() (at time.Time, err error, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last, s.err, s.every > 0
}

// due says whether it is time for a checkpoint: by the clock, or because half
// of the memory is full of what the collector lacks.
func (s *Spool) due() bool {
	since := s.now().Sub(s.tried)
	if s.tried.IsZero() || since >= s.every {
		return true
	}
	if s.err != nil {
		return since >= again
	}
	return s.waiting() > s.memory/2
}

// waiting is what batches take that are not on disk.
func (s *Spool) waiting() (n int64) {
	for _, c := range s.unwritten {
		n += s.weight(c)
	}
	return n
}

func (s *Spool) weight(c *cut) int64 {
	if s.every > 0 {
		return int64(len(c.body)) + perCut
	}
	return int64(len(c.body))
}

// setAside moves what the collector has out of the way of what it lacks.
func (s *Spool) setAside() {
	n := len(s.kept)
	s.unwritten = slices.DeleteFunc(s.unwritten, func(c *cut) bool {
		if !s.epoch(c.epoch).acked.holds(c.span()) {
			return false
		}
		s.kept = append(s.kept, c)
		s.keptSize += s.weight(c)
		return true
	})
	if n > 0 && n < len(s.kept) && s.kept[n].first < s.kept[n-1].first {
		sortCuts(s.kept)
	}
}

// takeBack is for a collector that was restored: what it has no more waits again.
func (s *Spool) takeBack() {
	s.kept = slices.DeleteFunc(s.kept, func(c *cut) bool {
		if s.epoch(c.epoch).acked.holds(c.span()) {
			return false
		}
		s.unwritten = append(s.unwritten, c)
		s.keptSize -= s.weight(c)
		return true
	})
	sortCuts(s.unwritten)
}

func sortCuts(list []*cut) {
	slices.SortStableFunc(list, func(a, b *cut) int { return cmp.Compare(a.first, b.first) })
}

// forget lets go of the oldest that the collector has, until it is kept as long
// as want says.
func (s *Spool) forget(want func(c *cut) bool) {
	for len(s.kept) > 0 && !want(s.kept[0]) {
		c := s.kept[0]
		s.kept[0], s.kept = nil, s.kept[1:]
		s.keptSize -= s.weight(c)
		s.epoch(c.epoch).present.remove(c.span())
		s.ackedDirty = true
	}
}

// checkpoint brings the disk up to date, and says why it could not be.
func (s *Spool) checkpoint() error {
	now := s.now()
	s.tried, s.holdBack = now, false
	err := s.save(now)
	s.holdBack, s.err = true, nil
	if err != nil {
		s.err = fmt.Errorf("the checkpoint of what is in memory failed: %w", err)
	} else {
		s.last = now
	}
	return s.err
}

// save writes in an order in which a crash leaves the truth: first what the
// collector has and how far the numbers are, so that batches which then do not
// reach the disk are missed; then the batches; and the mark's time at the end.
func (s *Spool) save(now time.Time) error {
	if err := s.ready(); err != nil {
		return err
	}
	s.forget(func(c *cut) bool { return now.Sub(c.made) <= s.keep })
	if len(s.unwritten) == 0 && !s.ackedDirty && !s.markDirty {
		return nil
	}
	if err := s.saveAcked(); err != nil {
		return err
	}
	s.dropDelivered()
	if err := s.flush(); err != nil {
		return err
	}
	s.sweep()
	return s.saveMark(mark{true, now.UnixNano(), int64(s.every), s.torn})
}

// dropDelivered deletes segments that checkpoints of this process wrote and
// that the collector has wholly: only what it lacks needs the flash.
func (s *Spool) dropDelivered() {
	for _, g := range slices.Clone(s.segments) {
		if !g.fleeting || len(s.unackedIn(g)) > 0 {
			continue
		}
		if s.active != nil && g == s.segments[len(s.segments)-1] {
			s.roll()
		}
		s.holdBack = true // nothing is lost, and the acked file says it already
		s.drop(g)
		s.holdBack = false
	}
}

// breaks says whether a batch must begin a segment of its own: between two
// batches that a checkpoint writes lie those that stay in memory, and the span
// of a segment may cover nothing that lies elsewhere.
func (s *Spool) breaks(last uint64, c *cut) bool {
	return s.every > 0 && c.first != last+1
}

// tear begins a new epoch where the numbers that are on disk may not be all
// that were given out, and leaves the mark of a spool in memory before it
// gives out the first. It says whether it did.
func (o *opening) tear() (renewed bool) {
	m, err := o.loadMark()
	if err != nil {
		o.damage(markFile, 0, err.Error())
		m.running = true
	}
	o.torn = m.torn
	ended := m.running
	if ended {
		o.damage(markFile, 0, m.sentence(o.now))
		if !slices.ContainsFunc(o.torn, func(t torn) bool { return t.id == o.current.id }) {
			o.torn = append(o.torn, torn{o.current.id, o.current.next})
		}
		o.torn = o.torn[max(0, len(o.torn)-maxTorn):]
		m.torn = o.torn
	}
	if o.every > 0 {
		m = mark{true, o.now.UnixNano(), int64(o.every), o.torn}
	}
	if !m.running {
		return false
	}
	// The end of the former epoch is noted before the next is in force.
	err = o.saveMark(m)
	o.markDirty = err != nil || o.every == 0
	if err != nil {
		o.damage(markFile, 0, err.Error())
	}
	if !ended && err == nil {
		return false // the numbering goes on
	}
	o.renew()
	return true
}

// begin is the end of an Open, which has brought the disk up to date if it could.
func (o *opening) begin() {
	upToDate := o.epochSaved && !o.ackedDirty
	switch {
	case o.every == 0 && upToDate && o.markDirty:
		o.unmark() // a failure stays dirty, and the next Sync reports it
	case o.every > 0:
		o.holdBack = true
		if upToDate && o.marked {
			o.last, o.tried = o.now, o.now
		}
	}
}

// sentence says what an end without a clean stop cost.
func (m mark) sentence(now time.Time) string {
	if m.at == 0 {
		return "the agent before kept its results in memory and did not stop cleanly; what it did not deliver and is not on disk is lost"
	}
	at := time.Unix(0, m.at)
	length := time.Duration(m.every)
	if since := now.Sub(at); since > 0 {
		length = min(length, since)
	}
	return fmt.Sprintf("the agent before kept its results in memory and did not stop cleanly; what it saw after its checkpoint of %s, for at most %s unless checkpoints failed, and did not deliver is lost",
		at.UTC().Format("2006-01-02 15:04:05 UTC"), length.Round(time.Second))
}

// mend says what was lost of torn epochs, now that the collector's answer
// shows how far their numbers went. Of what it answers in part only, what lies
// below the first range is not known.
func (s *Spool) mend(held map[[16]byte]spans, complete bool) {
	for _, t := range s.torn {
		list := held[t.id]
		if len(list) == 0 || list[len(list)-1].last < t.next {
			continue
		}
		first, last := t.next, list[len(list)-1].last
		if !complete {
			first = max(first, list[0].first)
		}
		e := s.epoch(t.id)
		e.next = max(e.next, last+1)
		for _, x := range (spans{{first, last}}).minus(list).minus(e.present).minus(e.settled) {
			e.lost.add(x)
			s.find(Damage{What: "results that were in memory when the agent before ended are gone", Lost: rangeOf(t.id, x)})
		}
	}
	if len(s.torn) > 0 {
		s.torn, s.markDirty = nil, true
	}
}

// markEpoch leaves the mark, if it is not there, before the disk names an
// epoch in which a spool in memory gives out numbers.
func (s *Spool) markEpoch() error {
	if s.every == 0 || s.marked {
		return nil
	}
	return s.saveMark(mark{true, s.now().UnixNano(), int64(s.every), s.torn})
}

// unmark says that the disk knows every number that was given out.
func (s *Spool) unmark() error {
	return s.saveMark(mark{torn: s.torn})
}

func (s *Spool) saveMark(m mark) error {
	err := func() error {
		if !m.running && len(m.torn) == 0 {
			if err := s.fs.Remove(s.path(markFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("spool: removing %s: %w", s.path(markFile), err)
			}
			return s.fs.SyncDir(s.dir)
		}
		b := []byte{0}
		if m.running {
			b[0] = 1
		}
		b = binary.AppendUvarint(b, uint64(max(m.at, 0)))
		b = binary.AppendUvarint(b, uint64(m.every))
		b = binary.AppendUvarint(b, uint64(len(m.torn)))
		for _, t := range m.torn {
			b = append(b, t.id[:]...)
			b = binary.AppendUvarint(b, t.next)
		}
		return s.replace(markFile, markMagic, b)
	}()
	if err == nil {
		s.marked, s.markDirty = m.running, false
	}
	return err
}

// loadMark reads the mark; none is the zero one.
func (s *Spool) loadMark() (m mark, err error) {
	b, err := s.unseal(markFile, markMagic)
	if err != nil || b == nil {
		return m, err
	}
	r := &reader{b: b}
	m.running = r.number(1) == 1
	m.at, m.every = int64(r.number(1<<63-1)), int64(r.number(1<<63-1))
	for n := r.number(maxSequence); n > 0 && !r.bad; n-- {
		x := torn{r.id(), r.number(maxSequence)}
		r.bad = r.bad || x.next < 1
		m.torn = append(m.torn, x)
	}
	if r.bad || len(r.b) > 0 {
		return mark{}, errors.New("numbers that no mark can hold")
	}
	return m, nil
}
