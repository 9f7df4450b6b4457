package spool_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"fengsui/agent/spool"
	"fengsui/collector/wire"
)

// clock is a wall clock that a test moves.
type clock struct{ t time.Time }

func newClock() *clock                   { return &clock{time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)} }
func (c *clock) now() time.Time          { return c.t }
func (c *clock) advance(d time.Duration) { c.t = c.t.Add(d) }

// entry is a result that can be told from others by its boot clock.
func entry(n int64) spool.Entry {
	return spool.Entry{
		Revision: []byte("revision"), Boot: []byte("boot"), Kind: "icmp", Measurements: []string{"rtt_seconds", "loss_ratio"},
		Result: &wire.Result{Check: 1, BootNs: n, Pair: &wire.Verdict{State: wire.State_STATE_UP, Code: "ok"},
			Rows: []*wire.Row{{Family: 4, Names: []uint32{0, 1}, Values: []float64{0.001 * float64(n), 0}}}},
	}
}

func open(t *testing.T, o spool.Options) *spool.Spool {
	t.Helper()
	s, damages, err := spool.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range damages {
		t.Errorf("Open found damage: %s", d)
	}
	return s
}

// add adds the results from..to and syncs.
func add(t *testing.T, s *spool.Spool, from, to int64) {
	t.Helper()
	for n := from; n <= to; n++ {
		if err := s.Add(entry(n)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Sync(); err != nil {
		t.Fatal(err)
	}
}

// contents decodes batches into the boot clocks of their results, by sequence.
func contents(t *testing.T, batches []*wire.Batch) map[uint64]int64 {
	t.Helper()
	out := map[uint64]int64{}
	for _, b := range batches {
		var body wire.BatchBody
		if err := proto.Unmarshal(b.Body, &body); err != nil {
			t.Fatal(err)
		}
		if wire.Digest(b.Body) != b.Digest || len(body.Results) != int(b.Count) {
			t.Fatalf("batch %d: digest %x of %d results, want %x of %d", b.First, b.Digest, b.Count, wire.Digest(b.Body), len(body.Results))
		}
		for i, r := range body.Results {
			if _, double := out[b.First+uint64(i)]; double {
				t.Fatalf("sequence %d twice", b.First+uint64(i))
			}
			out[b.First+uint64(i)] = r.BootNs
		}
	}
	return out
}

func answers(n int, o wire.BatchAnswer_Outcome) []*wire.BatchAnswer {
	out := make([]*wire.BatchAnswer, n)
	for i := range out {
		out[i] = &wire.BatchAnswer{Outcome: o}
	}
	return out
}

func acknowledge(t *testing.T, s *spool.Spool, batches []*wire.Batch) {
	t.Helper()
	if err := s.Acknowledge(batches, answers(len(batches), wire.BatchAnswer_STORED)); err != nil {
		t.Fatal(err)
	}
}

const all = 1 << 30

func numbers(m map[uint64]int64) []uint64 {
	var out []uint64
	for n := range m {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

func TestLiveThenBacklogThenAcknowledged(t *testing.T) {
	t.Parallel()
	c := newClock()
	o := spool.Options{Dir: t.TempDir(), Now: c.now}
	s := open(t, o)
	add(t, s, 1, 3)
	c.advance(30 * time.Second)
	add(t, s, 4, 5)
	if got := fmt.Sprint(numbers(contents(t, s.Live(c.now(), all)))); got != "[1 2 3 4 5]" {
		t.Errorf("live %s, want all five", got)
	}
	if got := s.Backlog(all); len(got) != 0 {
		t.Errorf("backlog %v, want none of what is live", got)
	}
	c.advance(30 * time.Second)
	live, backlog := s.Live(c.now(), all), s.Backlog(all)
	if got := fmt.Sprint(numbers(contents(t, live)), numbers(contents(t, backlog))); got != "[4 5] [1 2 3]" {
		t.Errorf("live and backlog %s, want [4 5] [1 2 3]", got)
	}
	acknowledge(t, s, live)
	if st := s.State(); st.Unacknowledged != 3 || st.OldestUnixNs != c.now().Add(-time.Minute).UnixNano() {
		t.Errorf("state %v, want 3 unacknowledged, the oldest a minute old", st)
	}
	epoch, next := s.Epoch(), s.Next()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, o)
	defer s.Close()
	if s.Epoch() != epoch || s.Next() != next || next != 6 {
		t.Errorf("after a restart epoch %x next %d, want %x %d", s.Epoch(), s.Next(), epoch, next)
	}
	if got := fmt.Sprint(contents(t, s.Backlog(all))); got != "map[1:1 2:2 3:3]" {
		t.Errorf("backlog after a restart %s, want results 1 to 3", got)
	}
	acknowledge(t, s, s.Backlog(all))
	if st := s.State(); st.Unacknowledged != 0 || st.OldestUnixNs != 0 || len(s.Backlog(all)) != 0 {
		t.Errorf("state %v, want nothing left", st)
	}
}

func TestInUse(t *testing.T) {
	t.Parallel()
	o := spool.Options{Dir: t.TempDir()}
	s := open(t, o)
	defer s.Close()
	if _, _, err := spool.Open(o); !errors.Is(err, spool.ErrInUse) {
		t.Errorf("a second Open: %v, want %v", err, spool.ErrInUse)
	}
}

// TestLockLeftToNobody: a child between its fork and its exec has all files of
// its parent; as a duplicate of the file here, it must not hold the lock.
func TestLockLeftToNobody(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "lock")
	lock, err := spool.OS{}.Lock(name)
	if err != nil {
		t.Fatal(err)
	}
	child, err := syscall.Dup(int(lock.(interface{ Fd() uintptr }).Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(child)
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := spool.OS{}.Lock(name)
	if err != nil {
		t.Fatalf("after the lock was let go, with its file open in a child: %v", err)
	}
	again.Close()
}
