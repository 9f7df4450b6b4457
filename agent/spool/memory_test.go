package spool_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fengsui/agent/spool"
	"fengsui/collector/wire"
)

const every = 15 * time.Minute

func inMemory(d *disk, c *clock) spool.Options {
	return spool.Options{FS: d, Dir: "/spool", Now: c.now, Checkpoint: every}
}

// A store is a collector: what it holds, by number and by result.
type store struct {
	t    *testing.T
	at   map[number]int64
	of   map[int64]number
	lost map[number]bool
}

func newStore(t *testing.T) *store {
	return &store{t, map[number]int64{}, map[int64]number{}, map[number]bool{}}
}

// push takes batches as a collector does, and answers them.
func (k *store) push(s *spool.Spool, batches []*wire.Batch) {
	k.t.Helper()
	for _, b := range batches {
		for seq, n := range contents(k.t, []*wire.Batch{b}) {
			at := number{string(b.Epoch), seq}
			if other, ok := k.at[at]; ok && other != n {
				k.t.Errorf("results %d and %d share sequence %d of epoch %x", other, n, seq, b.Epoch[:4])
			}
			if other, ok := k.of[n]; ok && other != at {
				k.t.Errorf("result %d is stored as %d of %x and as %d of %x", n, other.seq, other.epoch[:4], seq, b.Epoch[:4])
			}
			k.at[at], k.of[n] = n, at
		}
	}
	s.Acknowledge(batches, answers(len(batches), wire.BatchAnswer_STORED))
}

func (k *store) held() []*wire.Range {
	var all []number
	for at := range k.at {
		all = append(all, at)
	}
	slices.SortFunc(all, func(a, b number) int {
		if c := strings.Compare(a.epoch, b.epoch); c != 0 {
			return c
		}
		return int(a.seq) - int(b.seq)
	})
	var out []*wire.Range
	for _, at := range all {
		if n := len(out); n > 0 && string(out[n-1].Epoch) == at.epoch && out[n-1].Last+1 == at.seq {
			out[n-1].Last++
		} else {
			out = append(out, &wire.Range{Epoch: []byte(at.epoch), First: at.seq, Last: at.seq})
		}
	}
	return out
}

// tell takes what a spool says that it lost.
func (k *store) tell(s *spool.Spool) {
	lost := s.Lost()
	for _, r := range lost {
		for seq := r.First; seq <= r.Last; seq++ {
			if at := (number{string(r.Epoch), seq}); k.at[at] == 0 {
				k.lost[at] = true
			}
		}
	}
	s.LostTold(lost)
}

// hello opens a contact as the uplink does.
func (k *store) hello(s *spool.Spool) {
	k.t.Helper()
	for range 3 {
		epoch, next := s.Epoch(), s.Next()
		k.tell(s)
		for at := range k.at {
			if at.epoch == string(epoch[:]) && at.seq >= next {
				k.t.Errorf("sequence %d is held and %d comes next", at.seq, next)
			}
		}
		if err := s.Resume(k.held()); err != nil {
			k.t.Fatal(err)
		}
		k.tell(s)
		if s.Epoch() == epoch {
			return
		}
	}
}

// TestMemoryWritesAtCheckpoints: between checkpoints nothing reaches the disk,
// and at one only what the collector lacks.
func TestMemoryWritesAtCheckpoints(t *testing.T) {
	t.Parallel()
	d, c := newDisk(), newClock()
	s, k := open(t, inMemory(d, c)), newStore(t)
	k.hello(s)
	before, n := d.ops, int64(0)
	for range 60 {
		add(t, s, n+1, n+5)
		n += 5
		k.push(s, s.Live(c.now(), all))
		c.advance(14 * time.Second)
	}
	if d.ops != before {
		t.Errorf("%d operations on the disk before the first checkpoint, want none", d.ops-before)
	}
	c.advance(time.Minute)
	add(t, s, n+1, n+1)
	names, _ := segmentFiles(d)
	if len(names) != 1 || len(d.names[names[0]].data) > 500 {
		t.Errorf("segments %v, want one with the one result that the collector lacks", names)
	}
	if at, err, ok := s.Checkpointed(); !at.Equal(c.now()) || err != nil || !ok {
		t.Errorf("the last checkpoint was at %s (%v, %t), want now", at, err, ok)
	}
	k.push(s, s.Live(c.now(), all))
	c.advance(every)
	add(t, s, n+2, n+2)
	k.push(s, s.Live(c.now(), all))
	c.advance(every)
	if err := s.Sync(); err != nil {
		t.Error(err)
	}
	if names, _ := segmentFiles(d); len(names) != 0 {
		t.Errorf("segments %v, want none: the collector has everything", names)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	epoch, next := s.Epoch(), s.Next()
	s = open(t, inMemory(d, c))
	if s.Epoch() != epoch || s.Next() != next {
		t.Errorf("epoch %x next %d after a clean stop, want %x and %d: the numbering goes on", s.Epoch(), s.Next(), epoch, next)
	}
	s.Close()
}

// TestMemoryNumbersAfterAnUncleanEnd: the checkpoint knew 100 results, the
// collector holds some up to 120, and before any contact 50 more are made.
func TestMemoryNumbersAfterAnUncleanEnd(t *testing.T) {
	t.Parallel()
	for _, next := range []string{"memory", "disk"} {
		for ends := range 3 { // unclean ends without a contact in between
			d, c := newDisk(), newClock()
			s, k := open(t, inMemory(d, c)), newStore(t)
			k.hello(s)
			for n := int64(1); n <= 98; n++ {
				add(t, s, n, n)
			}
			k.push(s, s.Live(c.now(), all))
			add(t, s, 99, 100)
			if err := s.Checkpoint(); err != nil {
				t.Fatal(err)
			}
			c.advance(2 * time.Minute) // what waits in the checkpoint is backlog
			for n := int64(101); n <= 130; n++ {
				add(t, s, n, n)
			}
			live := s.Live(c.now(), all)
			k.push(s, slices.Concat(live[:10], live[15:20])) // 101 to 110, 116 to 120
			old := s.Epoch()

			o := inMemory(d, c)
			made := int64(130)
			for i := range ends + 1 {
				d = d.after("written")
				if o.FS = d; next == "disk" && i == ends {
					o.Checkpoint = 0
				}
				c.advance(5 * time.Minute)
				var damages []spool.Damage
				var err error
				if s, damages, err = spool.Open(o); err != nil {
					t.Fatal(err)
				}
				if len(damages) != 1 || !strings.Contains(damages[0].String(), "its checkpoint of 2026-03-01 08:") || !strings.Contains(damages[0].String(), "at most 7m0s") == (i == 0) && !strings.Contains(damages[0].String(), "at most 5m0s") {
					t.Errorf("damages %v, want one that says since when and for how long", damages)
				}
				if s.Epoch() == old {
					t.Error("the epoch goes on, want a new one")
				}
				for range 50 {
					made++
					add(t, s, made, made)
				}
			}
			k.hello(s)
			want := []uint64{111, 112, 113, 114, 115}
			var lost []uint64
			for at := range k.lost {
				if at.epoch != string(old[:]) {
					t.Errorf("sequence %d of another epoch is lost", at.seq)
				}
				lost = append(lost, at.seq)
			}
			if slices.Sort(lost); !slices.Equal(lost, want) {
				t.Errorf("lost %v, want %v: between what the collector holds", lost, want)
			}
			c.advance(2 * time.Minute)
			k.push(s, s.Backlog(all))
			for n := range made {
				n++
				_, have := k.of[n]
				// What earlier processes made in memory and nobody saw is gone.
				gone := n >= 111 && n <= 115 || n > 120 && n <= made-50
				if have == gone {
					t.Errorf("result %d is stored: %t, want %t", n, have, !gone)
				}
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			if s = open(t, o); s.Next() < 51 {
				t.Errorf("next is %d, want the numbering to go on", s.Next())
			}
			k.hello(s)
			if len(s.Lost()) > 0 || s.State().Unacknowledged > 0 {
				t.Errorf("%v lost and %v after all was told", s.Lost(), s.State())
			}
			s.Close()
		}
	}
}

// TestMemoryThatCannotLeaveItsMark: without the mark neither the numbers of
// the disk are used nor new ones put there, so that a later start, which knows
// nothing of this one, may go on with them.
func TestMemoryThatCannotLeaveItsMark(t *testing.T) {
	t.Parallel()
	for _, refused := range []string{"/spool/", "/spool/memory"} {
		d, c := newDisk(), newClock()
		o := inMemory(d, c)
		o.Checkpoint = 0
		s, k := open(t, o), newStore(t)
		k.hello(s)
		add(t, s, 1, 5)
		k.push(s, s.Live(c.now(), all))
		add(t, s, 6, 9)
		s.Close()
		old := s.Epoch()

		full := errors.New("no space left on device")
		d.fail = func(op, name string) error {
			if op == "create" && strings.HasPrefix(name, refused) {
				return full
			}
			return nil
		}
		s, damages, err := spool.Open(inMemory(d, c))
		if err != nil || len(damages) == 0 {
			t.Fatalf("%v, damages %v, want the disk's", err, damages)
		}
		if s.Epoch() == old {
			t.Error("the epoch of the disk goes on without a mark")
		}
		k.hello(s)
		s.Add(entry(10))
		if err := s.Sync(); !errors.Is(err, full) {
			t.Errorf("Sync: %v, want %v", err, full)
		}
		c.advance(2 * time.Minute)
		k.push(s, s.Backlog(all))
		if len(k.of) != 10 {
			t.Errorf("%d results are stored, want 10", len(k.of))
		}
		last := o
		last.FS = d.after("written")
		next := open(t, last) // on disk again
		k.hello(next)
		if next.Epoch() != old || next.Next() != 10 || next.State().Unacknowledged > 0 {
			t.Errorf("%s refused: epoch %x next %d, %v; want %x and 10, and nothing that waits", refused, next.Epoch(), next.Next(), next.State(), old)
		}
		next.Close()

		d.fail = nil // the disk is well again: the next checkpoint brings all of it up to date
		add(t, s, 11, 12)
		if n, err := s.Next(), s.Close(); err != nil || n != 4 {
			t.Errorf("next %d and %v at the end, want 4 and no error", n, err)
		}
		next = open(t, inMemory(d, c))
		if next.Epoch() != s.Epoch() || next.Next() != 4 || next.State().Unacknowledged != 2 {
			t.Errorf("epoch %x next %d, %v; want that of the end", next.Epoch(), next.Next(), next.State())
		}
		next.Close()
	}
}

// TestMemoryDamagedMark: what cannot be read stands for the worst.
func TestMemoryDamagedMark(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func([]byte) []byte{
		"a bit": func(b []byte) []byte { b[9] ^= 1; return b },
		"cut":   func(b []byte) []byte { return b[:len(b)/2] },
		"empty": func([]byte) []byte { return nil },
		"zeros": func(b []byte) []byte { return make([]byte, len(b)) },
	} {
		d, c := newDisk(), newClock()
		s := open(t, inMemory(d, c))
		add(t, s, 1, 3)
		s.Checkpoint()
		d = d.after("written")
		f := d.names["/spool/memory"]
		f.data = damage(f.data)
		o := inMemory(d, c)
		o.Checkpoint = 0
		next, damages, err := spool.Open(o)
		if err != nil || len(damages) != 2 || next.Epoch() == s.Epoch() || next.State().Unacknowledged != 3 {
			t.Errorf("%s: %v, damages %v, %v; want a new epoch, and the checkpoint whole", name, err, damages, next.State())
		}
		next.Close()
	}
}

// TestMemoryBounds: what the collector has goes first, then the oldest that it
// lacks, as a lost range; a checkpoint comes before that.
func TestMemoryBounds(t *testing.T) {
	t.Parallel()
	d, c := newDisk(), newClock()
	o := inMemory(d, c)
	o.Memory = 100 * 500
	s, k := open(t, o), newStore(t)
	k.hello(s)
	for n := int64(1); n <= 1000; n++ {
		add(t, s, n, n)
		k.push(s, s.Live(c.now(), all))
	}
	if b := s.State().Bytes; b < 15_000 || b > 50_000 {
		t.Errorf("%d bytes stay for a collector that is restored, want as much as 50000 hold", b)
	}
	if names, _ := segmentFiles(d); len(names) > 0 {
		t.Errorf("segments %v, want none", names)
	}
	for n := int64(1001); n <= 1300; n++ {
		add(t, s, n, n)
	}
	if names, _ := segmentFiles(d); len(names) == 0 || s.State().Unacknowledged != 300 || len(s.Lost()) > 0 {
		t.Errorf("%d segments, %v, lost %v; want a checkpoint before anything is lost", len(names), s.State(), s.Lost())
	}
	broken := errors.New("input/output error")
	d.fail = func(op, _ string) error {
		if op == "write" {
			return broken
		}
		return nil
	}
	for n := int64(1301); n <= 1900; n++ {
		s.Add(entry(n))
		s.Sync()
		c.advance(time.Second)
	}
	if _, err, _ := s.Checkpointed(); !errors.Is(err, broken) {
		t.Errorf("the last checkpoint: %v, want %v", err, broken)
	}
	lost := s.Lost()
	if len(lost) != 1 || lost[0].First <= 1128 || lost[0].First > 1300 || lost[0].Last < 1600 {
		t.Fatalf("lost %v, want one range of the oldest that no checkpoint wrote", lost)
	}
	d.fail = nil
	k.push(s, s.Backlog(all))
	k.push(s, s.Live(c.now(), all))
	k.tell(s)
	if n := len(k.of) + len(k.lost); n != 1900 || s.State().Unacknowledged > 0 {
		t.Errorf("%d results are stored or lost, %v; want 1900", n, s.State())
	}
	c.advance(time.Minute)
	if err := s.Sync(); err != nil {
		t.Errorf("Sync on a disk that is well: %v", err)
	}
	s.Close()
}

// TestMemoryKeep: what the collector has stays in memory as long as keep says.
func TestMemoryKeep(t *testing.T) {
	t.Parallel()
	d, c := newDisk(), newClock()
	o := inMemory(d, c)
	o.Keep = time.Hour
	s, k := open(t, o), newStore(t)
	k.hello(s)
	for n := int64(1); n <= 10; n++ {
		add(t, s, n, n)
	}
	k.push(s, s.Live(c.now(), all))
	for _, tt := range []struct {
		after time.Duration
		want  int
	}{{50 * time.Minute, 10}, {20 * time.Minute, 0}} {
		c.advance(tt.after)
		if err := s.Sync(); err != nil {
			t.Error(err)
		}
		if b := s.State().Bytes; (b > 0) != (tt.want > 0) {
			t.Errorf("%s later %d bytes are taken, want those of %d results", tt.after, b, tt.want)
		}
		copied := newStore(t) // a collector that lost everything
		copied.hello(s)
		if n := int(s.State().Unacknowledged); n != tt.want {
			t.Errorf("%s later %d can be sent again, want %d", tt.after, n, tt.want)
		}
		c.advance(time.Minute)
		k.push(s, s.Backlog(all))
	}
	s.Close()
}

// TestMemoryReserve: a checkpoint leaves the reserve of the file system free.
func TestMemoryReserve(t *testing.T) {
	t.Parallel()
	d, c := newDisk(), newClock()
	s := open(t, inMemory(d, c))
	d.total, d.foreign = 100_000, 89_000
	for n := int64(1); n <= 30; n++ {
		add(t, s, n, n)
	}
	err := s.Checkpoint()
	if err == nil || !strings.Contains(err.Error(), "to stay free") || s.State().Unacknowledged != 30 {
		t.Errorf("a checkpoint into the reserve: %v, %v; want it refused and all 30 in memory", err, s.State())
	}
	c.advance(2 * time.Minute)
	if got := len(contents(t, s.Backlog(all))); got != 30 {
		t.Errorf("%d are offered, want 30", got)
	}
	d.foreign = 0
	if err := s.Sync(); err != nil {
		t.Errorf("with room again: %v", err)
	}
	s.Close()
}

// TestMemoryRefills: a collector that was restored gets what it lost and
// memory still has; what is old is written like what is new, once.
func TestMemoryRefills(t *testing.T) {
	t.Parallel()
	d, c := newDisk(), newClock()
	s, k := open(t, inMemory(d, c)), newStore(t)
	k.hello(s)
	for n := int64(1); n <= 20; n++ {
		add(t, s, n, n)
	}
	k.push(s, s.Live(c.now(), all))
	for n := int64(21); n <= 25; n++ {
		add(t, s, n, n)
	}
	s.Checkpoint() // 21 to 25
	k.push(s, s.Live(c.now(), all))
	k = newStore(t) // it lost everything
	k.hello(s)
	if n := s.State().Unacknowledged; n != 25 {
		t.Errorf("%d wait for a collector that lost all, want 25", n)
	}
	if err := s.Checkpoint(); err != nil { // 1 to 20, behind 21 to 25
		t.Fatal(err)
	}
	c.advance(2 * time.Minute)
	copied := inMemory(d.after("written"), c)
	for _, o := range []spool.Options{copied, inMemory(d, c)} {
		if o.FS == d {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
		s, _, err := spool.Open(o)
		if err != nil {
			t.Fatal(err)
		}
		got := contents(t, s.Backlog(all))
		for n := uint64(1); n <= 25; n++ {
			if got[n] != int64(n) {
				t.Errorf("result %d is offered as %d", n, got[n])
			}
		}
		if len(got) != 25 || len(s.Lost()) > 0 {
			t.Errorf("%d are offered and %v lost, want 25 and none", len(got), s.Lost())
		}
		s.Close()
	}
}

// TestMemoryRefillsWholeBatches: half a batch is not held, in memory neither;
// and what was delivered in an epoch that ended has no numbers any more.
func TestMemoryRefillsWholeBatches(t *testing.T) {
	t.Parallel()
	d, c := newDisk(), newClock()
	s, k := open(t, inMemory(d, c)), newStore(t)
	k.hello(s)
	for n := int64(1); n <= 10; n += 2 {
		add(t, s, n, n+1)
	}
	k.push(s, s.Live(c.now(), all))
	add(t, s, 11, 12) // what was delivered is set aside
	if err := s.Resume(held(s, 1, 5)); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(numbers(contents(t, s.Live(c.now(), all)))); got != "[5 6 7 8 9 10 11 12]" {
		t.Errorf("%s are offered to a collector that holds 1 to 5, want 5 on: a batch of which half is held is not held", got)
	}
	if n := s.State().Unacknowledged; n != 8 {
		t.Errorf("%d wait, want 8: also 5, which is held", n)
	}
	k.push(s, s.Live(c.now(), all))
	add(t, s, 13, 14)
	if err := s.Renumber(); err != nil {
		t.Fatal(err)
	}
	add(t, s, 15, 16)
	if err := s.Resume(nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, inMemory(d, c))
	if got := fmt.Sprint(contents(t, s.Live(c.now(), all))); got != "map[1:13 2:14 3:15 4:16]" {
		t.Errorf("%s in the new epoch, want the results 13 to 16 from 1 on", got)
	}
	s.Close()
}

// TestMemoryCheckpointCutAnywhere: the old checkpoint or the new one is whole,
// and what the collector has is not missed.
func TestMemoryCheckpointCutAnywhere(t *testing.T) {
	t.Parallel()
	for _, survival := range survivals {
		for at := 0; ; at++ {
			d, c := newDisk(), newClock()
			s, k := open(t, inMemory(d, c)), newStore(t)
			k.hello(s)
			deliver := func(from, to int64) {
				add(t, s, from, to)
				live := s.Live(c.now(), all)
				k.push(s, live[len(live)-1:])
			}
			deliver(1, 3)
			add(t, s, 4, 5)
			if err := s.Checkpoint(); err != nil {
				t.Fatal(err)
			}
			deliver(6, 8)
			add(t, s, 9, 10)
			d.left = at
			if s.Checkpoint() == nil {
				break
			}
			s, _, err := spool.Open(inMemory(d.after(survival), c))
			if err != nil {
				t.Fatal(err)
			}
			c.advance(2 * time.Minute)
			got := fmt.Sprint(numbers(contents(t, s.Backlog(all))))
			if got != "[4 5]" && got != "[4 5 9 10]" {
				t.Errorf("operation %d, %s: %s are offered, want 4 and 5, and 9 and 10 or not", at, survival, got)
			}
			for _, r := range s.Lost() {
				if r.First < 9 {
					t.Errorf("operation %d, %s: %d to %d are missed, which the collector has", at, survival, r.First, r.Last)
				}
			}
			s.Close()
		}
	}
}

// TestMemoryAndDiskInTurns: the same directory, whichever way it is used.
func TestMemoryAndDiskInTurns(t *testing.T) {
	t.Parallel()
	d, c := newDisk(), newClock()
	k := newStore(t)
	made := int64(0)
	for i := range 8 {
		o := inMemory(d, c)
		o.SegmentSize = 2000
		if i%2 == 0 {
			o.Checkpoint = 0
		}
		s := open(t, o)
		if made > 0 && s.Next() != uint64(made)+1 {
			t.Errorf("start %d: next is %d, want %d", i, s.Next(), made+1)
		}
		for range 40 {
			made++
			add(t, s, made, made)
		}
		if i%3 == 2 {
			k.hello(s)
			live := s.Live(c.now(), all)
			k.push(s, live[10:20])
			k.push(s, s.Backlog(3000))
		}
		c.advance(2 * time.Minute)
		if i%3 == 1 {
			if err := s.Checkpoint(); err != nil {
				t.Error(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	s := open(t, inMemory(d, c))
	k.hello(s)
	k.push(s, s.Backlog(all))
	if len(k.of) != int(made) || len(k.lost) > 0 {
		t.Errorf("%d of %d results are stored, %d lost", len(k.of), made, len(k.lost))
	}
	s.Close()
}

// A memoryLife is a process that keeps its results in memory and may end at
// any of its steps or of its operations on the disk.
type memoryLife struct {
	t     *testing.T
	k     *store
	d     *disk
	c     *clock
	s     *spool.Spool
	steps int // that it lives; negative: all
	dead  bool
	made  int64
	safe  map[int64]bool  // a checkpoint returned nil
	left  map[string]bool // epochs that Renumber ended: what they lack has other numbers
}

func newMemoryLife(t *testing.T) *memoryLife {
	return &memoryLife{t: t, k: newStore(t), d: newDisk(), c: newClock(), steps: -1, safe: map[int64]bool{}, left: map[string]bool{}}
}

// step does f while the process lives.
func (l *memoryLife) step(f func()) {
	if l.dead = l.dead || l.d.off || l.steps == 0; l.dead {
		return
	}
	l.steps--
	f()
}

func (l *memoryLife) open() {
	l.step(func() {
		s, _, err := spool.Open(inMemory(l.d, l.c))
		if err != nil {
			l.t.Fatal(err)
		}
		l.s = s
	})
}

func (l *memoryLife) add(n int) {
	for range n {
		l.step(func() {
			l.made++
			l.s.Add(entry(l.made))
			l.s.Sync()
		})
	}
}

func (l *memoryLife) checkpoint() {
	l.step(func() {
		l.c.advance(every)
		if l.s.Sync() == nil && !l.d.off {
			for n := range l.made {
				l.safe[n+1] = true
			}
		}
	})
}

// push delivers batches for which choose says so.
func (l *memoryLife) push(choose func(i int) bool) {
	l.step(func() {
		l.c.advance(2 * time.Minute)
		var some []*wire.Batch
		for i, b := range l.s.Backlog(all) {
			if choose(i) {
				some = append(some, b)
			}
		}
		if !l.d.off {
			l.k.push(l.s, some)
		}
	})
}

func (l *memoryLife) hello() {
	l.step(func() { l.k.hello(l.s) })
}

func (l *memoryLife) renumber() {
	l.step(func() {
		old := l.s.Epoch()
		l.left[string(old[:])] = true
		l.s.Renumber()
	})
}

func (l *memoryLife) close() {
	l.step(func() {
		if l.s.Close() == nil && !l.d.off {
			for n := range l.made {
				l.safe[n+1] = true
			}
		}
	})
}

func (l *memoryLife) script() {
	every := func(int) bool { return true }
	l.open()
	l.hello()
	l.add(3)
	l.push(every)
	l.add(4)
	l.checkpoint() // writes four
	l.push(func(i int) bool { return i == 1 })
	l.add(3)
	l.push(func(i int) bool { return i%2 == 0 })
	l.add(2)
	l.checkpoint() // behind a gap
	l.push(every)
	l.add(2)
	l.push(func(i int) bool { return i == 1 })
	l.checkpoint() // deletes
	l.renumber()
	l.add(2)
	l.push(func(i int) bool { return i == 1 })
	l.checkpoint()
	l.add(2)
	l.renumber()
	l.push(func(i int) bool { return i == 0 })
	l.close()
	l.open()
	l.hello()
	l.add(3)
	l.push(func(i int) bool { return i == 1 })
	l.checkpoint()
	l.add(1)
	l.push(every)
	l.close()
}

// after is what follows the end of a memoryLife: a process that meets nobody
// and ends too, and one on disk that delivers all; disk is where the recovery
// keeps results.
func (l *memoryLife) after(survival string, disk bool) {
	t, first := l.t, l.made
	l.d = l.d.after(survival)
	for at := range 12 { // the recovery ends early too
		l.d.left = at
		o := inMemory(l.d, l.c)
		if disk {
			o.Checkpoint = 0
		}
		if _, _, err := spool.Open(o); err != nil {
			t.Fatal(err)
		}
		l.d = l.d.after(survival)
	}
	l.dead, l.steps = false, -1
	l.open()
	l.add(3)
	l.d = l.d.after(survival)
	o := inMemory(l.d, l.c)
	o.Checkpoint = 0
	s, _, err := spool.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	l.s = s
	second := l.made
	l.add(3)
	l.hello()
	l.push(func(int) bool { return true })
	l.step(func() { l.k.tell(l.s) })
	for n := range l.made {
		n++
		_, have := l.k.of[n]
		if must := n <= first && l.safe[n] || n > second; must && !have {
			t.Errorf("result %d was safe and is not stored", n)
		}
	}
	top := map[string]uint64{}
	for at := range l.k.at {
		top[at.epoch] = max(top[at.epoch], at.seq)
	}
	for at := range l.k.lost {
		if l.k.at[at] != 0 {
			t.Errorf("sequence %d is stored and was reported as lost", at.seq)
		}
	}
	for epoch, last := range top {
		for seq := uint64(1); seq <= last; seq++ {
			if at := (number{epoch, seq}); l.k.at[at] == 0 && !l.k.lost[at] && !l.left[epoch] {
				t.Errorf("sequence %d of %x is neither stored nor reported as lost", seq, epoch[:4])
			}
		}
	}
	if err := l.s.Close(); err != nil {
		t.Error(err)
	}
}

// TestMemoryEndsAnywhere: wherever a process ends, no two results share a
// number, none is stored twice, and nothing that a checkpoint held is missed.
func TestMemoryEndsAnywhere(t *testing.T) {
	t.Parallel()
	whole := newMemoryLife(t)
	whole.steps = 1 << 20
	whole.script()
	steps, ops := 1<<20-whole.steps, whole.d.ops
	t.Logf("%d steps, %d operations on the disk", steps, ops)
	whole.after("synced", true)
	for _, survival := range survivals {
		for at := range steps {
			t.Run(fmt.Sprintf("step %d, %s", at, survival), func(t *testing.T) {
				l := newMemoryLife(t)
				l.steps = at
				l.script()
				l.after(survival, at%2 == 0)
			})
		}
		for at := range ops {
			t.Run(fmt.Sprintf("operation %d, %s", at, survival), func(t *testing.T) {
				l := newMemoryLife(t)
				l.d.left = at
				l.script()
				if !l.d.off {
					t.Fatal("the power never went")
				}
				l.after(survival, at%2 == 0)
			})
		}
		if t.Failed() {
			return
		}
	}
}

// FuzzMark gives foreign bytes to the reader of the mark. Whatever they are,
// what the disk holds is offered, and the next Open finds what was added.
func FuzzMark(f *testing.F) {
	d, c := newDisk(), newClock()
	o := inMemory(d, c)
	for n := range int64(3) { // ends that were not clean
		s, _, err := spool.Open(o)
		if err != nil {
			f.Fatal(err)
		}
		s.Add(entry(n + 1))
		s.Checkpoint()
		f.Add(slices.Clone(d.names["/spool/memory"].data))
	}
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, mark []byte) {
		d, mark := d.after("written"), slices.Clone(mark)
		spool.Reseal("memory", mark)
		d.names["/spool/memory"].data = mark
		o, k := inMemory(d, c), newStore(t)
		s, damages, err := spool.Open(o)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range damages {
			_ = x.String()
		}
		if err := s.Resume([]*wire.Range{{Epoch: make([]byte, 16), First: 3, Last: 9}}); err != nil {
			t.Error(err)
		}
		k.push(s, s.Live(c.now(), all))
		s.Add(entry(4))
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		o.Checkpoint = 0
		if s, damages, err = spool.Open(o); err != nil || len(damages) > 0 {
			t.Errorf("after a clean stop %v and damages %v", err, damages)
		}
		k.push(s, s.Live(c.now(), all))
		if len(k.of) != 4 {
			t.Errorf("%d results are stored, want 4", len(k.of))
		}
		s.Close()
	})
}
