package spool_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"fengsui/agent/spool"
	"fengsui/collector/wire"
)

// number is a sequence of an epoch.
type number struct {
	epoch string
	seq   uint64
}

// A life is what a test knows to have happened to a spool, in order to judge
// what a later life finds on the disk.
type life struct {
	t         *testing.T
	s         *spool.Spool
	disk      *disk
	clock     *clock
	made      int64              // results 1..made were added
	confirmed map[int64]bool     // a Sync after Add returned nil
	acked     map[int64]bool     // an Acknowledge returned nil
	asked     map[int64]bool     // an Acknowledge was called, whatever came of it
	numbers   map[int64][]number // that a result was seen under
}

func newLife(t *testing.T, d *disk) *life {
	return &life{t: t, disk: d, clock: newClock(), confirmed: map[int64]bool{}, acked: map[int64]bool{}, asked: map[int64]bool{}, numbers: map[int64][]number{}}
}

func (l *life) open(o spool.Options) {
	s, _, err := spool.Open(o)
	if err != nil {
		l.t.Fatal(err)
	}
	l.s = s
}

// add adds n results and syncs; what a Sync confirms covers all before it.
func (l *life) add(n int64) {
	for range n {
		l.made++
		if err := l.s.Add(entry(l.made)); err != nil {
			l.t.Fatal(err)
		}
	}
	if l.s.Sync() == nil {
		for i := range l.made {
			l.confirmed[i+1] = true
		}
	}
}

// note remembers under which numbers results were offered.
func (l *life) note(batches []*wire.Batch) map[number]int64 {
	out := map[number]int64{}
	for _, b := range batches {
		for seq, n := range contents(l.t, []*wire.Batch{b}) {
			at := number{string(b.Epoch), seq}
			if _, double := out[at]; double {
				l.t.Fatalf("sequence %d of epoch %x twice", seq, b.Epoch)
			}
			out[at] = n
			if l.disk.off {
				continue // a process without power shows nothing to anybody
			}
			l.numbers[n] = append(l.numbers[n], at)
		}
	}
	return out
}

func (l *life) acknowledge(batches []*wire.Batch) {
	if l.disk.off {
		return
	}
	contents := l.note(batches)
	err := l.s.Acknowledge(batches, answers(len(batches), wire.BatchAnswer_STORED))
	for _, n := range contents {
		l.asked[n] = true
		if err == nil {
			l.acked[n] = true
		}
	}
}

// everything returns all that is not acknowledged.
func (l *life) everything() map[number]int64 {
	l.clock.advance(2 * time.Minute)
	return l.note(l.s.Backlog(all))
}

// script is a life with all that changes files: segments roll, acknowledgements
// overtake each other, an agent restarts, the numbering begins anew.
func (l *life) script(o spool.Options) {
	o.Now = l.clock.now
	l.open(o)
	l.add(3)
	l.add(2)
	l.acknowledge(l.s.Live(l.clock.now(), 1)) // the newest first
	l.clock.advance(2 * time.Minute)
	for range 4 {
		l.add(2)
	}
	l.acknowledge(l.s.Backlog(1))
	l.note(l.s.Live(l.clock.now(), all))
	l.s.Close()
	l.open(o)
	l.add(3)
	l.acknowledge(l.s.Live(l.clock.now(), 1))
	l.note(l.s.Backlog(all))
	l.s.Renumber()
	l.add(2)
	l.s.LostTold(l.s.Lost())
	l.clock.advance(2 * time.Minute)
	l.acknowledge(l.s.Backlog(1))
	l.add(1)
	l.s.Renumber()
	l.add(2)
	l.acknowledge(l.s.Live(l.clock.now(), 1))
	l.s.Close()
}

// judge looks at what a spool opened after the cut offers.
func (l *life) judge(o spool.Options, tight bool) {
	t := l.t
	o.Now = l.clock.now
	l.open(o)
	offered := l.everything()
	by := map[int64]number{}
	for at, n := range offered {
		if n < 1 || n > l.made {
			t.Errorf("result %d at sequence %d was never made", n, at.seq)
		}
		if other, double := by[n]; double {
			t.Errorf("result %d is there twice, as %d and %d", n, at.seq, other.seq)
		}
		by[n] = at
	}
	lost := l.s.Lost()
	isLost := func(at number) bool {
		for _, r := range lost {
			if string(r.Epoch) == at.epoch && r.First <= at.seq && at.seq <= r.Last {
				return true
			}
		}
		return false
	}
	for n := range l.made {
		n++
		_, have := by[n]
		switch {
		case l.acked[n] && have:
			t.Errorf("result %d was acknowledged and is offered again", n)
		case l.confirmed[n] && !l.asked[n] && !have:
			told := false
			for _, at := range l.numbers[n] {
				told = told || isLost(at)
			}
			if !tight || !told {
				t.Errorf("result %d was confirmed by Sync and is gone", n)
			}
		}
	}
	for at := range offered {
		if isLost(at) {
			t.Errorf("sequence %d is offered and reported as lost", at.seq)
		}
	}
	// The epoch in force has no holes but those that are reported.
	current := l.s.Epoch()
	known := map[uint64]bool{}
	for at := range offered {
		if at.epoch == string(current[:]) {
			known[at.seq] = true
		}
	}
	for n := range l.asked {
		for _, at := range l.numbers[n] {
			if at.epoch == string(current[:]) {
				known[at.seq] = true
			}
		}
	}
	next := l.s.Next()
	for seq := uint64(1); seq < next; seq++ {
		if !known[seq] && !isLost(number{string(current[:]), seq}) && !tight {
			t.Errorf("sequence %d below %d is neither there nor reported as lost", seq, next)
		}
	}
	for seq := range known {
		if seq >= next {
			t.Errorf("sequence %d was used and %d comes next", seq, next)
		}
	}
	// And it goes on.
	before := l.made
	l.made += 2
	for n := before + 1; n <= l.made; n++ {
		if err := l.s.Add(entry(n)); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.s.Sync(); err != nil {
		t.Errorf("the first Sync after the cut: %v", err)
	}
	fresh := 0
	for at, n := range l.note(l.s.Live(l.clock.now(), all)) {
		if _, used := offered[at]; used {
			t.Errorf("sequence %d is used again", at.seq)
		}
		if n > before {
			fresh++
		}
	}
	if fresh != 2 {
		t.Errorf("%d of 2 results made after the cut are there", fresh)
	}
	l.s.Close()
}

func options(d *disk, tight bool) spool.Options {
	o := spool.Options{FS: d, Dir: "/spool", SegmentSize: 600}
	if tight {
		o.Limit, o.SegmentSize = 2400, 600
	}
	return o
}

// cutEverywhere runs the script once for every operation at which the power
// may go, and judges every way in which the disk may come back.
func cutEverywhere(t *testing.T, deaf string, tight bool) {
	whole := newDisk()
	newLife(t, whole).script(options(whole, tight))
	t.Logf("%d operations", whole.ops)
	for at := range whole.ops {
		for _, survival := range survivals {
			t.Run(fmt.Sprintf("%d %s", at, survival), func(t *testing.T) {
				d := newDisk()
				d.left, d.deaf = at, deaf
				l := newLife(t, d)
				l.script(options(d, tight))
				if !d.off {
					t.Fatal("the power never went")
				}
				d = d.after(survival)
				// Cut the recovery too, and judge what comes after it.
				for again := range 8 {
					d.left, d.off, d.deaf = again, false, deaf
					if s, _, err := spool.Open(options(d, tight)); err == nil {
						s.Close()
					}
					d = d.after(survival)
				}
				l.disk = d
				l.judge(options(d, tight), tight)
			})
			if t.Failed() {
				return
			}
		}
	}
}

func TestPowerCutAnywhere(t *testing.T) {
	t.Parallel()
	cutEverywhere(t, "", false)
}

func TestPowerCutAnywhereWhileFull(t *testing.T) {
	t.Parallel()
	cutEverywhere(t, "", true)
}

// A disk that fails for a while and comes back: nothing is lost, and what was
// written twice is counted once, also when the numbering begins anew between.
func TestWritesFailForAWhile(t *testing.T) {
	t.Parallel()
	for _, op := range []string{"create", "write", "sync", "syncdir", "rename", "truncate", "remove"} {
		for _, anew := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, numbering anew %t", op, anew), func(t *testing.T) {
				t.Parallel()
				failForAWhile(t, op, anew)
			})
		}
	}
}

func failForAWhile(t *testing.T, op string, anew bool) {
	for from := range 12 {
		d := newDisk()
		l := newLife(t, d)
		o := options(d, false)
		o.Now = l.clock.now
		l.open(o)
		l.add(2)
		n := 0
		broken := true
		d.fail = func(got, name string) error {
			if !broken || (got != op && got != "truncate") {
				return nil
			}
			if n++; n <= from {
				return nil
			}
			return errors.New("no space left on device")
		}
		for range 6 {
			l.add(2)
		}
		if got := len(l.everything()); got != 14 {
			t.Errorf("%s fails from call %d on: %d results offered, want all 14 also from memory", op, from, got)
		}
		broken = false
		if anew {
			if err := l.s.Renumber(); err != nil {
				t.Errorf("%s fails from call %d on: Renumber on a disk that is well: %v", op, from, err)
			}
		}
		l.add(2)
		if !l.confirmed[16] {
			t.Errorf("%s fails from call %d on: Sync still fails when the disk is well", op, from)
		}
		d.off = true
		d = d.after("written")
		l.disk = d
		l.judge(options(d, false), false)
	}
}
