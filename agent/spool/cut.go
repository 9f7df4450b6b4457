package spool

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"fengsui/collector/wire"
)

// A cut is a batch that was cut by this process. It is on disk when segment
// is set, and else has its body.
type cut struct {
	epoch   [16]byte // on disk once written
	first   uint64
	count   uint32
	digest  uint64
	made    time.Time
	body    []byte
	segment *segment
	offset  uint32
	size    uint32
}

func (c *cut) span() span { return span{c.first, c.first + uint64(c.count) - 1} }

// A draft is a batch that still takes results. Its parts are encoded as they
// come, so that a waiting result costs its bytes and no objects, and a result
// that cannot be encoded harms no other.
type draft struct {
	revision, boot []byte
	kinds          []*wire.KindNames
	names          []byte // field 3 of BatchBody, encoded
	results        []byte // field 4
	count          uint32
	rows, findings int
}

// pending is what waits for the next Sync.
type pending struct {
	mu      sync.Mutex
	drafts  []*draft
	dropped uint64 // results that the bound cost; they come before the drafts
	bytes   int64
	results int
}

// Add takes a result; it is safe after the next Sync. It does not wait for
// the disk. The error says why this result cannot be kept at all.
func (s *Spool) Add(e Entry) error {
	if e.Result == nil {
		return errors.New("spool: an entry without a result")
	}
	p := &s.pending
	p.mu.Lock()
	defer p.mu.Unlock()
	var d *draft
	if n := len(p.drafts); n > 0 {
		d = p.drafts[n-1]
	}
	before := 0
	if d != nil {
		before = d.size()
	}
	added, err := d.add(e)
	if err == nil && !added {
		d, before = &draft{revision: bytes.Clone(e.Revision), boot: bytes.Clone(e.Boot)}, 0
		_, err = d.add(e)
		if err == nil {
			p.drafts = append(p.drafts, d)
		}
	}
	if err != nil {
		return fmt.Errorf("spool: a result of check %d (%s) cannot be kept: %w", e.Result.Check, e.Kind, err)
	}
	p.bytes += int64(d.size() - before)
	p.results++
	for p.bytes > s.memory && len(p.drafts) > 1 {
		oldest := p.drafts[0]
		p.drafts = p.drafts[1:]
		p.bytes -= int64(oldest.size())
		p.results -= int(oldest.count)
		p.dropped += uint64(oldest.count)
	}
	return nil
}

// add appends a result, or says that it belongs to another batch.
func (d *draft) add(e Entry) (bool, error) {
	if d == nil || !bytes.Equal(d.revision, e.Revision) || !bytes.Equal(d.boot, e.Boot) {
		return false, nil
	}
	kind := slices.IndexFunc(d.kinds, func(k *wire.KindNames) bool {
		return k.Kind == e.Kind && slices.Equal(k.Measurements, e.Measurements)
	})
	var names []byte
	if kind < 0 {
		kind = len(d.kinds)
		b, err := proto.Marshal(&wire.KindNames{Kind: e.Kind, Measurements: e.Measurements})
		if err != nil {
			return false, err
		}
		names = protowire.AppendBytes(protowire.AppendTag(nil, 3, protowire.BytesType), b)
	}
	e.Result.Kind = uint32(kind)
	size := proto.Size(e.Result)
	if size > maxBody/2 {
		return false, fmt.Errorf("it has %d bytes, want at most %d", size, maxBody/2)
	}
	whole := protowire.SizeTag(4) + protowire.SizeBytes(size)
	if d.count > 0 && (d.size()+len(names)+whole > wire.MaxBatch || d.count >= wire.MaxResults ||
		d.rows+len(e.Result.Rows) > wire.MaxRows || d.findings+len(e.Result.Findings) > wire.MaxFindings) {
		return false, nil
	}
	results := protowire.AppendVarint(protowire.AppendTag(d.results, 4, protowire.BytesType), uint64(size))
	results, err := proto.MarshalOptions{Deterministic: true, UseCachedSize: true}.MarshalAppend(results, e.Result)
	if err != nil {
		return false, err
	}
	if len(names) > 0 {
		d.kinds = append(d.kinds, &wire.KindNames{Kind: e.Kind, Measurements: slices.Clone(e.Measurements)})
		d.names = append(d.names, names...)
	}
	d.results = results
	d.count++
	d.rows += len(e.Result.Rows)
	d.findings += len(e.Result.Findings)
	return true, nil
}

// size is that of the body so far.
func (d *draft) size() int {
	return 2*(1+protowire.SizeVarint(uint64(max(len(d.revision), len(d.boot))))) +
		len(d.revision) + len(d.boot) + len(d.names) + len(d.results)
}

// body returns the draft as a BatchBody.
func (d *draft) body() []byte {
	b := make([]byte, 0, d.size())
	if len(d.revision) > 0 {
		b = protowire.AppendBytes(protowire.AppendTag(b, 1, protowire.BytesType), d.revision)
	}
	if len(d.boot) > 0 {
		b = protowire.AppendBytes(protowire.AppendTag(b, 2, protowire.BytesType), d.boot)
	}
	return append(append(b, d.names...), d.results...)
}

func (p *pending) size() (results int, bytes int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.results, p.bytes
}

func (p *pending) take() (dropped uint64, drafts []*draft) {
	p.mu.Lock()
	defer p.mu.Unlock()
	dropped, drafts = p.dropped, p.drafts
	p.dropped, p.drafts, p.bytes, p.results = 0, nil, 0, 0
	return dropped, drafts
}

// cutPending gives the waiting results their numbers. What the bound cost gets
// numbers too, so that it can be reported as lost.
func (s *Spool) cutPending() {
	dropped, drafts := s.pending.take()
	e := s.current
	if dropped > 0 {
		e.lost.add(span{e.next, e.next + dropped - 1})
		e.next += dropped
		s.ackedDirty = true
	}
	now := s.now()
	for _, d := range drafts {
		c := &cut{epoch: e.id, first: e.next, count: d.count, made: now, body: d.body()}
		c.digest = wire.Digest(c.body)
		e.next += uint64(d.count)
		e.present.add(c.span())
		s.unwritten = append(s.unwritten, c)
		s.recent = append(s.recent, c)
	}
}
