package ingest

import (
	"testing"
	"time"

	"fengsui/collector/posture"
	"fengsui/collector/wire"
)

// TestSpoolIsTold: what an agent has in its spool behind a push is told for
// its site; an agent that does not say its limit says nothing about it.
func TestSpoolIsTold(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := newMachine("town")
	r.greet(m)
	oldest := time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name     string
		said     *wire.SpoolState
		stores   bool
		filled   float64
		oldest   time.Time
		isSilent bool
	}{
		{"an older agent", &wire.SpoolState{Bytes: 900, Unacknowledged: 9, OldestUnixNs: oldest.UnixNano()}, true, 0, time.Time{}, true},
		{"one that says nothing", nil, true, 0, time.Time{}, true},
		{"half full", &wire.SpoolState{Bytes: 900, Unacknowledged: 9, OldestUnixNs: oldest.UnixNano(), Limit: 1000, UnacknowledgedBytes: 500}, false, 0.5, oldest, false},
		{"a push takes what was left", &wire.SpoolState{Bytes: 900, Unacknowledged: 1, OldestUnixNs: oldest.UnixNano(), Limit: 1000, UnacknowledgedBytes: 500}, true, 0, time.Time{}, false},
	} {
		p := &wire.PushRequest{Contact: m.contact(*r.now, 0, 0), Spool: c.said}
		if c.stores {
			p.Batches = []*wire.Batch{m.cutBatch(m.body(m.result(*r.now, 1)))}
		}
		if _, err := r.Push(t.Context(), m.Caller, p, *r.now); err != nil {
			t.Fatal(err)
		}
		r.seen.mu.Lock()
		got, told := r.seen.spools["town"]
		r.seen.mu.Unlock()
		if want := (posture.Spool{Filled: c.filled, Oldest: c.oldest}); told == c.isSilent || got.Filled != want.Filled || !got.Oldest.Equal(want.Oldest) {
			t.Errorf("%s: %+v is told (%t), want %+v (%t)", c.name, got, told, want, !c.isSilent)
		}
		*r.now = r.now.Add(15 * time.Second)
	}

	// Of what is acknowledged its bytes go.
	p := &wire.PushRequest{Contact: m.contact(*r.now, 0, 0), Batches: []*wire.Batch{m.cutBatch(m.body(m.result(*r.now, 1)))}}
	body := uint64(len(p.Batches[0].Body))
	p.Spool = &wire.SpoolState{Unacknowledged: 9, OldestUnixNs: oldest.UnixNano(), Limit: 4 * body, UnacknowledgedBytes: 3 * body}
	if _, err := r.Push(t.Context(), m.Caller, p, *r.now); err != nil {
		t.Fatal(err)
	}
	if got := r.seen.spools["town"].Filled; got != 0.5 {
		t.Errorf("%v is filled, want the 3 quarters less the one that was acknowledged", got)
	}
}
