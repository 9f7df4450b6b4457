//go:build linux

package spool_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fengsui/agent/spool"
	"fengsui/checks/lab"
	"fengsui/collector/wire"
)

// smallDisk is the file system of these tests, and tenth what stays free of it.
const (
	smallDisk = 4 << 20
	tenth     = smallDisk / 10
)

// A small is a spool on a small file system of its own, and what a test knows
// of it: results 1 to made were added, those in acked acknowledged.
type small struct {
	*testing.T
	*spool.Spool
	clock *clock
	o     spool.Options
	made  int64
	acked map[uint64]bool
}

func newSmall(t *testing.T, limit int64) *small {
	dir := filepath.Join(t.TempDir(), "small")
	lab.Disk(t, dir, smallDisk)
	c := newClock()
	s := &small{T: t, clock: c, acked: map[uint64]bool{},
		o: spool.Options{Dir: filepath.Join(dir, "spool"), Limit: limit, SegmentSize: 64 << 10, Now: c.now}}
	s.Spool = open(t, s.o)
	return s
}

// add makes about 32 KiB of results and syncs.
func (s *small) add() error {
	for range 400 {
		s.made++
		if err := s.Add(entry(s.made)); err != nil {
			s.Fatal(err)
		}
	}
	s.clock.advance(time.Minute)
	return s.Sync()
}

// take acknowledges what waits, but the oldest 4,000 results.
func (s *small) take() {
	s.Helper()
	batches := slices.DeleteFunc(s.Backlog(all), func(b *wire.Batch) bool { return b.First <= 4000 })
	acknowledge(s.T, s.Spool, batches)
	for n := range contents(s.T, batches) {
		s.acked[n] = true
	}
}

// free is what the file system has left.
func (s *small) free() int64 {
	s.Helper()
	free, _, err := (spool.OS{}).Free(s.o.Dir)
	if err != nil {
		s.Fatal(err)
	}
	return free
}

// account wants each number that was given out to be acknowledged, offered or
// lost, just one of them, and what is lost to be the oldest. It returns how
// many are lost.
func (s *small) account() (lost int) {
	s.Helper()
	s.clock.advance(2 * time.Minute)
	there := contents(s.T, s.Backlog(all))
	gone := map[uint64]bool{}
	newest := uint64(0)
	for _, r := range s.Lost() {
		for n := r.First; n <= r.Last; n++ {
			gone[n] = true
			newest = max(newest, n)
		}
	}
	for n := uint64(1); n <= uint64(s.made); n++ {
		_, offered := there[n]
		if states := count(s.acked[n], offered, gone[n]); states != 1 {
			s.Fatalf("result %d of %d: acknowledged %t, offered %t, lost %t; want one of them", n, s.made, s.acked[n], offered, gone[n])
		}
		if offered && n < newest {
			s.Fatalf("result %d is there and the younger %d is lost", n, newest)
		}
	}
	return len(gone)
}

func count(all ...bool) (n int) {
	for _, b := range all {
		if b {
			n++
		}
	}
	return n
}

// reopen closes and opens again, and wants the same to be there.
func (s *small) reopen() {
	s.Helper()
	before := s.account()
	if err := s.Close(); err != nil {
		s.Errorf("Close: %v", err)
	}
	s.Spool = open(s.T, s.o)
	if after := s.account(); after != before {
		s.Errorf("%d results are lost after a restart, %d before", after, before)
	}
}

// TestSmallDisks: the bounds hold on a real file system of 4 MiB.
func TestSmallDisks(t *testing.T) {
	if !lab.AloneWithDisks(t) {
		return
	}
	for _, tt := range []struct {
		name  string
		limit int64
		most  int64 // bytes that the spool may hold
		least int64 // bytes that stay free
	}{
		{"a limit of 1 MiB", 1 << 20, 1 << 20, smallDisk / 2},
		{"a limit beyond the disk", 1 << 30, smallDisk - tenth, tenth},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSmall(t, tt.limit)
			bounded := func() {
				t.Helper()
				if bytes, free := int64(s.State().Bytes), s.free(); bytes > tt.most || free < tt.least {
					t.Fatalf("%d bytes in the spool and %d free after %d results, want at most %d and at least %d", bytes, free, s.made, tt.most, tt.least)
				}
			}
			// The collector is there: what it has goes first, and nothing is lost,
			// though what it lacks is older.
			for range 4 * smallDisk / (32 << 10) {
				if err := s.add(); err != nil {
					t.Fatal(err)
				}
				s.take()
				bounded()
			}
			if n := s.account(); n > 0 {
				t.Fatalf("%d results are lost although the collector has most of what is there", n)
			}
			// It goes away: the oldest are lost, and it will be told.
			for range 2 * smallDisk / (32 << 10) {
				if err := s.add(); err != nil {
					t.Fatal(err)
				}
				bounded()
			}
			if n, ranges := s.account(), s.Lost(); n == 0 || len(ranges) > 2 || ranges[0].First != 1 {
				t.Errorf("%d results are lost as %v, want the oldest, on both sides of what was acknowledged", n, ranges)
			}
			s.reopen()
			bounded()
		})
	}
}

// TestSomebodyElseFillsTheDisk: the spool does not grow meanwhile, keeps what
// it has as long as the collector has the rest, says what is wrong when nothing
// can go, and uses the disk again when there is room.
func TestSomebodyElseFillsTheDisk(t *testing.T) {
	if !lab.AloneWithDisks(t) {
		return
	}
	t.Run("acknowledged segments make room", func(t *testing.T) {
		s := newSmall(t, 1<<20)
		for range 40 {
			if err := s.add(); err != nil {
				t.Fatal(err)
			}
		}
		s.take()
		before := s.State().Bytes
		free := lab.Fill(t, filepath.Dir(s.o.Dir))
		for range 10 {
			if err := s.add(); err != nil {
				t.Fatal(err)
			}
		}
		if now := s.State().Bytes; now > before+64<<10 {
			t.Errorf("the spool grew from %d to %d bytes on a full disk", before, now)
		}
		if n := s.account(); n > 0 {
			t.Errorf("%d results are lost although what the collector has could go", n)
		}
		free()
		for range 10 {
			if err := s.add(); err != nil {
				t.Fatal(err)
			}
		}
		if now := s.State().Bytes; now <= before {
			t.Errorf("the spool has %d bytes when there is room again, want it to grow beyond %d", now, before)
		}
		s.reopen()
	})
	t.Run("nothing to let go", func(t *testing.T) {
		s := newSmall(t, 1<<20)
		if err := s.add(); err != nil {
			t.Fatal(err)
		}
		free := lab.Fill(t, filepath.Dir(s.o.Dir))
		for range 10 {
			err := s.add()
			if err == nil || !strings.Contains(err.Error(), "wait in memory") {
				t.Fatalf("Sync on a full disk: %v, want an error that says where the results are", err)
			}
		}
		s.account() // offered from memory
		free()
		if err := s.add(); err != nil {
			t.Errorf("Sync when there is room again: %v", err)
		}
		if n := s.account(); n > 0 {
			t.Errorf("%d results are lost, want none: memory had room for them", n)
		}
		s.reopen()
	})
	t.Run("for longer than memory lasts", func(t *testing.T) {
		s := newSmall(t, 1<<20)
		free := lab.Fill(t, filepath.Dir(s.o.Dir))
		for range 200 {
			if s.add() == nil {
				t.Fatal("Sync on a full disk says nothing")
			}
		}
		if n := s.account(); n == 0 {
			t.Error("nothing is lost of more than memory holds")
		}
		free()
		if err := s.add(); err != nil {
			t.Errorf("Sync when there is room again: %v", err)
		}
		s.reopen()
	})
}
