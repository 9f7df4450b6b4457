package spool

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"slices"
	"time"

	"fengsui/collector/wire"
)

// Live returns batches that were cut less than a minute before now and that
// the collector lacks, in order: the newest that fit max bytes of body, and at
// least one. Batches that rest after an answer are left out.
func (s *Spool) Live(now time.Time, max int) []*wire.Batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	var chosen []*cut
	rest := s.resting(now)
	for i := len(s.recent) - 1; i >= 0 && max > 0; i-- {
		c := s.recent[i]
		if now.Sub(c.made) >= live {
			break
		}
		if !s.offerable(c.epoch, c.span(), rest) {
			continue
		}
		if max -= c.bytes(); max < 0 && len(chosen) > 0 {
			break
		}
		chosen = append(chosen, c)
	}
	var out []*wire.Batch
	for _, c := range slices.Backward(chosen) {
		if b := s.batchOf(c); b != nil {
			out = append(out, b)
		}
	}
	s.offered(out)
	return out
}

func (c *cut) bytes() int {
	if c.segment == nil {
		return len(c.body)
	}
	return int(c.size)
}

// Backlog returns batches that the collector lacks and that are not live, the
// oldest first, up to max bytes of body, and at least one. Batches that rest
// after an answer are left out.
func (s *Spool) Backlog(max int) []*wire.Batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	rest := s.resting(now)
	var out []*wire.Batch
	take := func(b *wire.Batch) {
		if b != nil {
			max -= len(b.Body)
			out = append(out, b)
		}
	}
	fits := func(size int) bool { return max > 0 && (len(out) == 0 || size <= max) }
	full := false
	for _, g := range slices.Clone(s.segments) {
		if full || !s.awake(g, rest) {
			continue
		}
		for _, r := range s.indexOf(g) {
			if !s.offerable(g.epoch, r.span(), rest) || s.isLive(g, r, now) {
				continue
			}
			if full = !fits(int(r.size)); full {
				break
			}
			take(s.batch(g, r))
		}
	}
	for _, c := range s.unwritten {
		if full || now.Sub(c.made) < live || !s.offerable(c.epoch, c.span(), rest) {
			continue
		}
		if full = !fits(len(c.body)); !full {
			take(s.batchOf(c))
		}
	}
	s.offered(out)
	return out
}

// offerable says whether the collector lacks a batch and it does not rest.
func (s *Spool) offerable(disk [16]byte, x span, rest map[[16]byte]spans) bool {
	e, x := s.locate(disk, x)
	return e.present.holds(x) && !e.acked.holds(x) && !rest[e.id].holds(x)
}

// awake says whether a segment has anything that may be offerable, without
// reading it.
func (s *Spool) awake(g *segment, rest map[[16]byte]spans) bool {
	for _, p := range s.unackedIn(g) {
		if !rest[p.epoch.id].holds(p.span) {
			return true
		}
	}
	return false
}

func (s *Spool) isLive(g *segment, r record, now time.Time) bool {
	for _, c := range s.recent {
		if c.segment == g && c.offset == r.offset {
			return now.Sub(c.made) < live
		}
	}
	return false
}

// offered notes that numbers of this epoch have been shown to somebody.
func (s *Spool) offered(out []*wire.Batch) {
	if s.unmet == 0 {
		return
	}
	for _, b := range out {
		if string(b.Epoch) == string(s.current.id[:]) && b.First >= s.unmet {
			s.unmet = 0
			s.saveAcked() // on an error it is dirty, and the next Sync says so
			return
		}
	}
}

func (s *Spool) batchOf(c *cut) *wire.Batch {
	if c.segment != nil {
		return s.batch(c.segment, record{c.first, 0, c.digest, c.count, c.size, c.offset})
	}
	return &wire.Batch{Epoch: slices.Clone(c.epoch[:]), First: c.first, Count: c.count, Digest: c.digest, Body: c.body}
}

// batch reads a batch from its segment. What is gone from the disk is lost and
// becomes a Damage; what cannot be read for another reason rests and is tried
// again.
func (s *Spool) batch(g *segment, r record) *wire.Batch {
	body, err := s.body(g, r)
	e, x := s.locate(g.epoch, r.span())
	if err == nil {
		return &wire.Batch{Epoch: slices.Clone(e.id[:]), First: x.first, Count: r.count, Digest: r.digest, Body: body}
	}
	d := Damage{File: s.path(g.name()), Offset: int64(r.offset), What: err.Error()}
	if isGone(err) {
		e.present.remove(x)
		e.lost.add(x)
		s.ackedDirty = true
		d.Lost = rangeOf(e.id, x)
	} else {
		s.rest(e.id, x)
	}
	s.find(d)
	return nil
}

// errGone is of a place on disk where something else is now.
var errGone = errors.New("it is gone")

func isGone(err error) bool {
	return errors.Is(err, errGone) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// find notes a damage; a bad disk makes the same ones again and again.
func (s *Spool) find(d Damage) {
	if len(s.found) < 1000 {
		s.found = append(s.found, d)
	}
}

func (s *Spool) body(g *segment, want record) ([]byte, error) {
	f, err := s.fs.Open(s.path(g.name()))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b := make([]byte, recordHead+int(want.size))
	if _, err := io.ReadFull(io.NewSectionReader(f, int64(want.offset), int64(len(b))), b); err != nil {
		return nil, fmt.Errorf("reading a record of %d bytes: %w", len(b), err)
	}
	have, crc, ok := readRecord(b[:recordHead])
	body := b[recordHead:]
	if !ok || have.first != want.first || have.digest != want.digest || have.size != want.size || crc32.Checksum(body, castagnoli) != crc {
		return nil, fmt.Errorf("not the record of results %d to %d that was there: %w", want.first, want.span().last, errGone)
	}
	return body, nil
}

// indexOf returns the records of a segment. The index of one closed segment
// stays in memory, because the backlog is read segment by segment.
func (s *Spool) indexOf(g *segment) []record {
	if g.index != nil {
		return g.index
	}
	if s.loaded != nil {
		s.loaded.index = nil
	}
	s.loaded = g
	var sc scan
	f, err := s.fs.Open(s.path(g.name()))
	if err == nil {
		sc.read(io.NewSectionReader(f, 0, g.size), g.number, g.size)
		f.Close()
		err = sc.err
	}
	if err != nil && !isGone(err) { // not now, but it may be there
		s.find(Damage{File: s.path(g.name()), What: err.Error()})
		return nil
	}
	g.index = slices.DeleteFunc(sc.index, func(r record) bool {
		return r.first < g.span.first || r.span().last > g.span.last
	})
	if g.index == nil {
		g.index = []record{}
	}
	s.lose(g, sc.flaws)
	return g.index
}

// lose finds what a segment held at Open and holds no longer.
func (s *Spool) lose(g *segment, flaws []flaw) {
	var have spans
	for _, r := range g.index {
		have.add(r.span())
	}
	for _, p := range s.pieces(g.epoch, g.span) {
		for _, x := range p.epoch.present.within(p.span) {
			disk := p.disk + (x.first - p.span.first)
			for _, gone := range (spans{{disk, disk + x.len() - 1}}).minus(have) {
				e, z := s.locate(g.epoch, gone)
				for _, y := range (spans{z}).minus(s.elsewhere(g, e)) {
					e.present.remove(y)
					if lost := (spans{y}).minus(e.acked); len(lost) > 0 {
						e.lost.addAll(lost)
						s.ackedDirty = true
						d := Damage{File: s.path(g.name()), What: "results that were here are gone", Lost: rangeOf(e.id, y)}
						if len(flaws) > 0 {
							d.Offset, d.What = flaws[0].offset, flaws[0].what
						}
						s.find(d)
					}
				}
			}
		}
	}
}

// elsewhere is what other segments hold of an epoch: a batch whose sync failed
// was written again, and the second one counts when the first is gone.
func (s *Spool) elsewhere(g *segment, e *epoch) (out spans) {
	for _, o := range s.segments {
		if o == g || o.span.first == 0 {
			continue
		}
		for _, p := range s.pieces(o.epoch, o.span) {
			if p.epoch == e {
				out.add(p.span)
			}
		}
	}
	return out
}

// oldest is when the oldest batch that the collector lacks was cut, Unix ns.
func (s *Spool) oldest() int64 {
	for _, g := range s.segments {
		if len(s.unackedIn(g)) == 0 {
			continue
		}
		for _, r := range s.indexOf(g) {
			if e, x := s.locate(g.epoch, r.span()); e.present.holds(x) && !e.acked.holds(x) {
				return r.made
			}
		}
	}
	for _, c := range s.unwritten {
		if !s.epoch(c.epoch).acked.holds(c.span()) {
			return c.made.UnixNano()
		}
	}
	return 0
}

func rangeOf(id [16]byte, x span) *wire.Range {
	return &wire.Range{Epoch: slices.Clone(id[:]), First: x.first, Last: x.last}
}
