package main

import (
	"context"
	"crypto/tls"
	"hash/fnv"
	"io"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"connectrpc.com/connect"

	"fengsui/agent/clock"
	"fengsui/agent/line"
	"fengsui/agent/uplink"
	"fengsui/checks"
	"fengsui/collector/e2e"
	"fengsui/collector/wire"
)

// slot is how far apart the wake-ups of an agent with 20 checks are; what
// falls due within one is cut into one batch.
const slot = 5 * time.Second

// A deck is the spool of a simulated agent whose uplink is the real one: live
// results are made as they fall due, and the backlog as it is asked for, so
// that 72 h of 20 sites need no memory here.
type deck struct {
	sim   *e2e.Sim
	kinds map[string]*checks.Kind
	slots [][]*wire.Check // of the check's interval, a minute
	line  *uplink.Uplink  // set by uplink
	held  int             // results of the backlog

	mu        sync.Mutex
	old, live time.Duration // boot clock of the next slot of each
	oldEnd    time.Duration // where the backlog ends
	oldNext   uint64        // sequence of its next result
	waiting   []*wire.Batch // backlog that was made and is not acknowledged
	fresh     []*wire.Batch // the same of live results
	stored    map[wire.BatchAnswer_Outcome]int
	results   int // acknowledged
	delays    []delay
}

// A delay is how long a push with live results took, from sending to
// acknowledgement.
type delay struct {
	at   time.Time // when it was sent
	took time.Duration
}

// newDeck returns a deck of an agent that was cut off for some time and comes
// back now.
func newDeck(s *e2e.Sim, kinds map[string]*checks.Kind, site string, off time.Duration) *deck {
	d := &deck{sim: s, kinds: kinds, slots: make([][]*wire.Check, time.Minute/slot), stored: map[wire.BatchAnswer_Outcome]int{}}
	for _, c := range s.Checks {
		h := fnv.New32a()
		io.WriteString(h, site+"/"+c.Id)
		i := h.Sum32() % uint32(len(d.slots))
		d.slots[i] = append(d.slots[i], c)
	}
	d.live = time.Duration(s.BootNS()).Truncate(slot) + slot
	d.old, d.oldEnd, d.oldNext = (d.live - off).Truncate(slot), d.live, s.Next
	for at := d.old; at < d.oldEnd; at += slot {
		s.Next += uint64(len(d.due(at)))
		d.held += len(d.due(at))
	}
	return d
}

func (d *deck) due(at time.Duration) []*wire.Check { return d.slots[int(at/slot)%len(d.slots)] }

// cut makes the batch of a slot, nil when nothing fell due.
func (d *deck) cut(at time.Duration) *wire.Batch {
	due := d.due(at)
	if len(due) == 0 {
		return nil
	}
	return d.sim.Batch(due, d.kinds, 1000, int64(at)+rand.Int64N(int64(time.Second)))
}

func (d *deck) Sync() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	// A second late: the runs of a slot have ended, as its jitter has.
	for ; d.live+time.Second < time.Duration(d.sim.BootNS()); d.live += slot {
		if b := d.cut(d.live); b != nil {
			d.fresh = append(d.fresh, b)
		}
	}
	return nil
}

func (d *deck) Live(_ time.Time, most int) []*wire.Batch {
	d.mu.Lock()
	defer d.mu.Unlock()
	return upTo(d.fresh, most)
}

func (d *deck) Backlog(most int) []*wire.Batch {
	d.mu.Lock()
	defer d.mu.Unlock()
	size := 0
	for _, b := range d.waiting {
		size += len(b.Body)
	}
	for ; size < most && d.old < d.oldEnd; d.old += slot {
		live := d.sim.Next
		d.sim.Next = d.oldNext
		if b := d.cut(d.old); b != nil {
			d.waiting = append(d.waiting, b)
			size += len(b.Body)
		}
		d.oldNext, d.sim.Next = d.sim.Next, live
	}
	return upTo(d.waiting, most)
}

// upTo returns the first batches within a number of bytes, one at least.
func upTo(all []*wire.Batch, most int) []*wire.Batch {
	for i, b := range all {
		if most -= len(b.Body); most < 0 && i > 0 {
			return slices.Clone(all[:i])
		}
	}
	return slices.Clone(all)
}

func (d *deck) Acknowledge(batches []*wire.Batch, answers []*wire.BatchAnswer) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	gone := map[*wire.Batch]bool{}
	for i, b := range batches {
		gone[b] = true
		d.stored[answers[i].Outcome]++
		d.results += int(b.Count)
	}
	isGone := func(b *wire.Batch) bool { return gone[b] }
	d.fresh = slices.DeleteFunc(d.fresh, isGone)
	d.waiting = slices.DeleteFunc(d.waiting, isGone)
	return nil
}

// sent is how many bytes its pushes had on the line, compressed.
func (d *deck) sent() int64 { return int64(d.line.State().SentBytes) }

// caughtUp says whether the whole backlog is acknowledged.
func (d *deck) caughtUp() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.old >= d.oldEnd && len(d.waiting) == 0
}

func (d *deck) Epoch() [16]byte                            { return [16]byte(d.sim.Epoch) }
func (d *deck) Resume([]*wire.Range) error                 { return nil }
func (d *deck) Renumber() error                            { return nil }
func (d *deck) Lost() []*wire.Range                        { return nil }
func (d *deck) LostTold([]*wire.Range) error               { return nil }
func (d *deck) State() *wire.SpoolState                    { return &wire.SpoolState{} }
func (d *deck) Revision() []byte                           { return d.sim.Revision }
func (d *deck) Assign(_, _ []byte, _ []*wire.Secret) error { return nil }
func (d *deck) Next() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.sim.Next
}

// uplink returns an uplink with the collector at addr, which runs until its
// context is done. Anchors are kept in dir.
func (d *deck) uplink(addr, dir string) (run func(context.Context), err error) {
	anchors, err := uplink.LoadAnchors(dir)
	if err != nil {
		return nil, err
	}
	dialer, err := line.NewDialer([]string{addr})
	if err != nil {
		return nil, err
	}
	d.line, err = uplink.New(uplink.Options{
		Spool: d, Assignment: d, Anchors: anchors, Version: "sim",
		Clock:    &clock.Fake{ID: d.sim.Boot, Start: time.Now().Add(-time.Duration(d.sim.BootNS()))},
		SelfTest: func() *wire.SelfTest { return &wire.SelfTest{IcmpMode: "raw", Ipv4: true, Ipv6: true} },
		Logger:   slog.New(slog.DiscardHandler),
		Connect: func() (wire.CollectorClient, func()) {
			l := dialer.Open(&tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}, Certificates: []tls.Certificate{*d.sim.Certificate}})
			return timed{l.Client(), d}, l.Close
		},
	})
	if err != nil {
		return nil, err
	}
	return d.line.Run, nil
}

// timed notes how long pushes with live results take.
type timed struct {
	wire.CollectorClient
	deck *deck
}

func (t timed) Push(ctx context.Context, r *connect.Request[wire.PushRequest]) (*connect.Response[wire.PushResponse], error) {
	began := time.Now()
	answer, err := t.CollectorClient.Push(ctx, r)
	took := time.Since(began)
	t.deck.mu.Lock()
	defer t.deck.mu.Unlock()
	if len(r.Msg.Batches) > 0 && len(t.deck.fresh) > 0 && r.Msg.Batches[0] == t.deck.fresh[0] {
		t.deck.delays = append(t.deck.delays, delay{began, took})
	}
	return answer, err
}
