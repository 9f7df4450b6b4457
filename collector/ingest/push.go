package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"fengsui/collector/identity"
	"fengsui/collector/wire"
)

// maxSequence keeps sequences within SQLite's integers.
const maxSequence = 1 << 62

// maxCount is how many sequences a batch may claim. What holds more than
// wire.MaxResults is decided, but its number is only its word.
const maxCount = 1 << 20

// A batch is one batch of a push, checked and decoded.
type batch struct {
	epoch  id
	span   span
	digest uint64
	body   *body  // nil when it cannot be taken, then
	code   string // says why
	why    error

	outcome wire.BatchAnswer_Outcome
}

// Push takes the batches of a push and answers when they are durable. A push
// whose bytes are not what they say is refused whole, and nothing of it is
// acknowledged.
func (i *Ingest) Push(ctx context.Context, c identity.Caller, r *wire.PushRequest, received time.Time) (*wire.PushResponse, error) {
	j := &job{caller: c, received: received, contact: r.GetContact(), push: r}
	err := i.unpack(j, r)
	if err == nil {
		err = i.do(ctx, j) // the committer releases the bodies
	} else {
		i.release(j)
	}
	i.metrics.pushed(err)
	if err != nil {
		return nil, err
	}
	return j.answer, nil
}

func (i *Ingest) unpack(j *job, r *wire.PushRequest) error {
	if err := checkContact(r.GetContact()); err != nil {
		return err
	}
	if err := checkLost(r.Lost); err != nil {
		return err
	}
	if len(r.Batches) > wire.MaxResults {
		return refuse(wire.CodeTooLarge, len(r.Batches), "batches", wire.MaxResults)
	}
	j.batches = make([]*batch, 0, len(r.Batches))
	var results, rows, findings int
	for n, w := range r.Batches {
		b, err := i.decode(w)
		if err != nil {
			return refuse(wire.CodeBroken, fmt.Sprintf("batch %d: %v", n+1, err))
		}
		j.batches = append(j.batches, b)
		if b.body == nil {
			continue // decided by itself: it would block its agent for ever
		}
		results += len(b.body.results)
		rows += len(b.body.rows)
		findings += len(b.body.findings)
		switch {
		case results > wire.MaxResults:
			return refuse(wire.CodeTooLarge, results, "results", wire.MaxResults)
		case rows > wire.MaxRows:
			return refuse(wire.CodeTooLarge, rows, "rows", wire.MaxRows)
		case findings > wire.MaxFindings:
			return refuse(wire.CodeTooLarge, findings, "findings", wire.MaxFindings)
		}
	}
	return nil
}

// decode checks a batch. The error says that its bytes are not what they say;
// a batch that can never be taken is none, but has a code.
func (i *Ingest) decode(w *wire.Batch) (*batch, error) {
	switch {
	case len(w.GetEpoch()) != 16:
		return nil, fmt.Errorf("its epoch has %d bytes, want 16", len(w.GetEpoch()))
	case w.First == 0 || w.First > maxSequence:
		return nil, fmt.Errorf("its first sequence is %d, want 1 to %d", w.First, uint64(maxSequence))
	case w.Count == 0 || w.Count > maxCount:
		return nil, fmt.Errorf("it says that it holds %d results, want 1 to %d", w.Count, maxCount)
	}
	if got := wire.Digest(w.Body); got != w.Digest {
		return nil, fmt.Errorf("its bytes have the digest %016x, want %016x", got, w.Digest)
	}
	b := &batch{
		epoch: id(w.Epoch), digest: w.Digest,
		span: span{w.First, w.First + uint64(w.Count) - 1},
	}
	d := i.bodies.Get().(*body)
	err := d.decode(w.Body)
	if err == nil && len(d.results) != int(w.Count) {
		i.bodies.Put(d)
		return nil, fmt.Errorf("it holds %d results, says %d", len(d.results), w.Count)
	}
	if err == nil && (len(d.boot) != 16 || len(d.revision) == 0) {
		err = &bodyError{codeBroken, fmt.Errorf("its boot has %d bytes and its revision %d, want 16 and 32", len(d.boot), len(d.revision))}
	}
	if err != nil {
		i.bodies.Put(d)
		var coded *bodyError
		if !errors.As(err, &coded) {
			panic("BUG: decode gave an error without a code: " + err.Error())
		}
		b.code, b.why = coded.code, err
		return b, nil
	}
	b.body = d
	return b, nil
}

// release gives the memory of a job's bodies back.
func (i *Ingest) release(j *job) {
	for _, b := range j.batches {
		if b.body != nil {
			i.bodies.Put(b.body)
			b.body = nil
		}
	}
}

func checkLost(lost []*wire.Range) error {
	if len(lost) > wire.MaxRanges {
		return refuse(wire.CodeTooLarge, len(lost), "lost ranges", wire.MaxRanges)
	}
	for _, r := range lost {
		if len(r.GetEpoch()) != 16 || r.First == 0 || r.Last < r.First || r.Last > 2*maxSequence-1 {
			return refuse(wire.CodeBroken, fmt.Sprintf("a lost range is %d to %d of an epoch of %d bytes", r.GetFirst(), r.GetLast(), len(r.GetEpoch())))
		}
	}
	return nil
}

// push decides and stores the batches of a push whose instance may speak.
func (g *group) push(a *agent, j *job) {
	j.answer = &wire.PushResponse{Timing: g.i.timing(j.received)}
	b := a.boot(id(j.contact.Boot))
	if b.contact(j.contact, j.received) {
		if g.saveAnchors(a, id(j.contact.Boot)); g.err != nil {
			return
		}
	}
	if ahead, known := b.ahead(j.contact); known {
		j.ahead = &ahead
	}
	j.observed.from = len(g.i.observed)
	for _, b := range oldestFirst(j.batches) {
		if g.take(a, j, b); g.err != nil {
			return
		}
	}
	j.observed.to = len(g.i.observed)
	for _, b := range j.batches {
		j.answer.Answers = append(j.answer.Answers, &wire.BatchAnswer{Outcome: b.outcome})
		g.i.metrics.batches.WithLabelValues(outcomes[b.outcome]).Inc()
	}
	g.lost(a, j.push.Lost, j.received)
	if n := len(a.boots[id(j.contact.Boot)].anchors); n > 0 {
		all := a.told(id(j.contact.Boot))
		j.answer.Anchors = all[max(0, n-2):]
	}
}

var outcomes = map[wire.BatchAnswer_Outcome]string{
	wire.BatchAnswer_STORED:    "stored",
	wire.BatchAnswer_DUPLICATE: "duplicate",
	wire.BatchAnswer_HELD:      "held",
	wire.BatchAnswer_CLASHED:   "clashed",
	wire.BatchAnswer_DECIDED:   "decided",
}

// take decides one batch.
func (g *group) take(a *agent, j *job, b *batch) {
	i := g.i
	e := a.epoch(b.epoch)
	if any, all := e.overlaps(b.span); any {
		same, err := g.recorded(a, b, all)
		if err != nil {
			g.err = err
			return
		}
		b.outcome = wire.BatchAnswer_CLASHED
		if same {
			b.outcome = wire.BatchAnswer_DUPLICATE
			i.metrics.duplicate.Inc()
			return
		}
		i.o.Logger.Warn("other bytes are stored under the numbers of a batch: nothing of it was taken",
			"site", a.site, "epoch", fmt.Sprintf("%x", b.epoch), "first", b.span.first, "last", b.span.last)
		return
	}
	key := cut{b.epoch, b.span.first}
	since, waited := a.held[key]
	if b.body == nil {
		g.decide(a, j, b, b.code, b.why)
	} else if rev, err := i.revision(b.body.revision); err != nil {
		g.err = err
		return
	} else if rev != nil {
		g.store(a, j, b, rev)
	} else if !waited {
		b.outcome = wire.BatchAnswer_HELD
		a.held[key] = j.received.UnixNano()
		g.hold(a, b, j.received)
		return
	} else if j.received.UnixNano()-since < int64(i.o.Hold) {
		b.outcome = wire.BatchAnswer_HELD
		return
	} else {
		g.decide(a, j, b, codeRevision, fmt.Errorf("revision %x is not known after %s", b.body.revision, i.o.Hold))
	}
	if waited {
		delete(a.held, key)
		g.unheld = append(g.unheld, heldKey{a.id, key})
	}
	e.add(b.span)
	g.touch(a).ranges[b.epoch] = true
	g.cut(a, j, b)
}

// decide counts a whole batch as received without storing it.
func (g *group) decide(a *agent, j *job, b *batch, code string, why error) {
	b.outcome = wire.BatchAnswer_DECIDED
	g.refuse(a, j, b.epoch, b.span, code, why.Error())
}

// oldestFirst returns the batches in the order of time, so that the samples of
// a series come in order even though live batches travel first.
func oldestFirst(all []*batch) []*batch {
	began := func(b *batch) int64 {
		if b.body == nil || len(b.body.results) == 0 {
			return 0
		}
		return b.body.results[0].bootNs
	}
	byTime := func(x, y *batch) int { return cmp.Compare(began(x), began(y)) }
	if slices.IsSortedFunc(all, byTime) {
		return all
	}
	all = slices.Clone(all) // the answers keep the order of the request
	slices.SortStableFunc(all, byTime)
	return all
}
