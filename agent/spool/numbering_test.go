package spool_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"fengsui/agent/spool"
	"fengsui/collector/wire"
)

func held(s *spool.Spool, first, last uint64) []*wire.Range {
	epoch := s.Epoch()
	return []*wire.Range{{Epoch: epoch[:], First: first, Last: last}}
}

// byResult turns offered batches into result → sequence of the epoch in force;
// sequences of other epochs are negative.
func byResult(t *testing.T, s *spool.Spool, batches []*wire.Batch) map[int64]int64 {
	t.Helper()
	current := s.Epoch()
	out := map[int64]int64{}
	for _, b := range batches {
		for seq, n := range contents(t, []*wire.Batch{b}) {
			if _, double := out[n]; double {
				t.Errorf("result %d is offered twice", n)
			}
			if out[n] = int64(seq); string(b.Epoch) != string(current[:]) {
				out[n] = -int64(seq)
			}
		}
	}
	return out
}

func TestResumeRefillsARestoredCollector(t *testing.T) {
	t.Parallel()
	d, c := newDisk(), newClock()
	o := spool.Options{FS: d, Dir: "/spool", SegmentSize: 600, Now: c.now}
	s := open(t, o)
	for n := int64(1); n <= 20; n += 2 {
		add(t, s, n, n+1)
	}
	c.advance(2 * time.Minute)
	acknowledge(t, s, s.Backlog(all))
	if err := s.Resume(held(s, 1, 9)); err != nil { // half of the batch 9-10
		t.Fatal(err)
	}
	for range 2 {
		if got := numbers(contents(t, s.Backlog(all))); len(got) != 12 || got[0] != 9 {
			t.Errorf("offered %v, want 9 to 20: a batch of which half is held is not held", got)
		}
		copied := o
		copied.FS = d.after("written")
		moved := open(t, copied)
		if err := moved.Renumber(); err != nil {
			t.Fatal(err)
		}
		if got := numbers(contents(t, moved.Backlog(all))); len(got) != 12 || got[11] != 12 {
			t.Errorf("offered %v after Renumber, want 1 to 12", got)
		}
		moved.Close()
		s.Close()
		s = open(t, o)
	}
	if err := s.Resume(nil); err != nil {
		t.Fatal(err)
	}
	if got := len(contents(t, s.Backlog(all))); got != 20 {
		t.Errorf("%d offered to a collector that holds nothing, want 20", got)
	}
	if err := s.Resume(held(s, 1, 20)); err != nil || s.State().Unacknowledged != 20 {
		t.Errorf("%d unacknowledged (%v), want 20: what was not answered to this process may be a copy's of it", s.State().Unacknowledged, err)
	}
	s.Close()
	s = open(t, o)
	if err := s.Resume(held(s, 1, 20)); err != nil || s.State().Unacknowledged != 0 {
		t.Errorf("%d unacknowledged (%v), want none when the collector holds all", s.State().Unacknowledged, err)
	}
	if err := s.Resume([]*wire.Range{{Epoch: []byte("short"), First: 1, Last: 2}}); err == nil {
		t.Error("a range of an epoch of 5 bytes, want an error")
	}
	if err := s.Resume(held(s, 5, 1<<63)); err == nil {
		t.Error("a range up to 2^63, want an error")
	}
	s.Close()
}

func TestRenumber(t *testing.T) {
	t.Parallel()
	d, c := newDisk(), newClock()
	o := spool.Options{FS: d, Dir: "/spool", SegmentSize: 600, Now: c.now}
	s := open(t, o)
	for n := int64(1); n <= 20; n += 2 {
		add(t, s, n, n+1)
	}
	bodies := map[int64]string{}
	live := s.Live(c.now(), all)
	for _, b := range live {
		bodies[int64(b.First)] = string(b.Body)
	}
	acknowledge(t, s, []*wire.Batch{live[1], live[5], live[9]}) // 3-4, 11-12, 19-20
	old := s.Epoch()
	if err := s.Renumber(); err != nil {
		t.Fatal(err)
	}
	if s.Epoch() == old || s.Next() != 15 {
		t.Fatalf("epoch %x next %d, want another epoch and 15", s.Epoch(), s.Next())
	}
	want := map[int64]int64{1: 1, 2: 2, 5: 3, 6: 4, 7: 5, 8: 6, 9: 7, 10: 8, 13: 9, 14: 10, 15: 11, 16: 12, 17: 13, 18: 14}
	if got := byResult(t, s, s.Live(c.now(), all)); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("live after Renumber %v, want %v", got, want)
	}
	add(t, s, 21, 22)
	want[21], want[22] = 15, 16
	s.Close()
	s = open(t, o)
	if got := byResult(t, s, append(s.Live(c.now(), all), s.Backlog(all)...)); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("after a restart %v, want %v", got, want)
	}
	// Again, with some of the moved ones acknowledged.
	c.advance(2 * time.Minute)
	backlog := s.Backlog(all)
	acknowledge(t, s, backlog[:3]) // results 1 2 5 6 7 8
	if err := s.Renumber(); err != nil {
		t.Fatal(err)
	}
	want = map[int64]int64{9: 1, 10: 2, 13: 3, 14: 4, 15: 5, 16: 6, 17: 7, 18: 8, 21: 9, 22: 10}
	for range 2 {
		got := s.Backlog(all)
		if m := byResult(t, s, got); fmt.Sprint(m) != fmt.Sprint(want) {
			t.Errorf("after the second Renumber %v, want %v", m, want)
		}
		for _, b := range got {
			if n := contents(t, []*wire.Batch{b})[b.First]; n < 20 && string(b.Body) != bodies[n] {
				t.Errorf("the batch of result %d has other bytes than before", n)
			}
		}
		s.Close()
		s = open(t, o)
	}
	// A collector restored from before all that holds nothing: the acknowledged
	// ones come under the numbers that they were acknowledged with.
	if err := s.Resume(nil); err != nil {
		t.Fatal(err)
	}
	if got := byResult(t, s, s.Backlog(all)); len(got) != 22 || got[3] != -3 || got[5] != -3 || got[22] != 10 {
		t.Errorf("refill %v, want all 22, those once acknowledged under their old numbers", got)
	}
	s.Close()
}

// A disk that was rolled back numbers on from an old place. The collector
// notices when it hears of it in time; when this life went on past what the
// collector holds, only the spool can know that nothing of it was ever offered.
func TestResumeNoticesThatNumberingWentBack(t *testing.T) {
	t.Parallel()
	for _, restart := range []bool{false, true} {
		d, c := newDisk(), newClock()
		o := spool.Options{FS: d, Dir: "/spool", Now: c.now}
		s := open(t, o)
		add(t, s, 1, 10)
		acknowledge(t, s, s.Live(c.now(), all))
		s.Close()
		image := d.after("written")
		s = open(t, o)
		add(t, s, 11, 20) // the collector holds 1 to 20 of this life
		s.Close()

		o.FS = image
		s = open(t, o)
		add(t, s, 111, 125)
		if restart {
			s.Close()
			s = open(t, o)
			add(t, s, 126, 140)
		}
		old := s.Epoch()
		if err := s.Resume(held(s, 1, 20)); err != nil {
			t.Fatal(err)
		}
		if s.Epoch() == old {
			t.Errorf("restart %t: the same epoch, want another because 11 to 20 were never offered here", restart)
		}
		c.advance(2 * time.Minute)
		got := byResult(t, s, s.Backlog(all))
		for n := int64(111); n <= 125; n++ {
			if got[n] != n-110 {
				t.Errorf("restart %t: result %d is offered as %d, want %d", restart, n, got[n], n-110)
			}
		}
		s.Close()
	}
}

// The opposite: what a former process sent and the collector stored, with the
// answer lost in a crash, is no sign of anything.
func TestResumeAfterACrashBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	d, c := newDisk(), newClock()
	o := spool.Options{FS: d, Dir: "/spool", Now: c.now}
	s := open(t, o)
	add(t, s, 1, 10)
	s.Live(c.now(), all) // sent, stored, and then the power went
	epoch := s.Epoch()
	o.FS = d.after("synced")
	s = open(t, o)
	defer s.Close()
	add(t, s, 11, 12)
	if err := s.Resume(held(s, 1, 10)); err != nil {
		t.Fatal(err)
	}
	if s.Epoch() != epoch {
		t.Error("another epoch, want the same: nothing went back")
	}
	if got := numbers(contents(t, s.Live(c.now(), all))); len(got) != 2 || got[0] != 11 {
		t.Errorf("offered %v, want 11 and 12", got)
	}
}

// A killed process leaves bytes that no sync has seen; what the next one
// offers of them must survive a power cut, or their numbers come again.
func TestKilledAndThenWithoutPower(t *testing.T) {
	t.Parallel()
	d, c := newDisk(), newClock()
	o := spool.Options{FS: d, Dir: "/spool", Now: c.now}
	s := open(t, o)
	add(t, s, 1, 2)
	s.Add(entry(3))
	d.left = 1 // killed between the write and the sync
	s.Sync()
	d.off, d.left = false, -1
	o.Crash = nil
	s, _, err := spool.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	offered := numbers(contents(t, s.Live(c.now(), all)))
	next := s.Next()
	o.FS = d.after("synced")
	s = open(t, o)
	defer s.Close()
	if s.Next() != next || len(offered) != int(next)-1 {
		t.Errorf("next %d after the cut, %d before, when %v were offered", s.Next(), next, offered)
	}
}

// A disk that does not take the new epoch silences nobody: it is in force in
// memory, and on disk as soon as that takes it. A restart before that meets the
// old numbers, with everything that waits and nothing lost.
func TestRenumberOnADiskThatTakesNothing(t *testing.T) {
	t.Parallel()
	for _, mended := range []bool{false, true} {
		for _, files := range []string{"", "epoch"} { // whose writes fail
			d, c := newDisk(), newClock()
			o := spool.Options{FS: d, Dir: "/spool", Now: c.now}
			s := open(t, o)
			for n := int64(1); n <= 4; n++ {
				add(t, s, n, n)
			}
			old := s.Epoch()
			d.fail = func(op, name string) error {
				if op != "read" && op != "open" && strings.Contains(name, files) {
					return errors.New("read-only file system")
				}
				return nil
			}
			if err := s.Renumber(); err == nil || s.Epoch() == old {
				t.Errorf("Renumber: %v, another epoch %t; want an error that tells of the disk, and another epoch", err, s.Epoch() != old)
			}
			s.Add(entry(5))
			if err := s.Sync(); err == nil {
				t.Error("Sync says nothing of the disk")
			}
			live := s.Live(c.now(), all)
			if got := byResult(t, s, live); fmt.Sprint(got) != "map[1:1 2:2 3:3 4:4 5:5]" {
				t.Errorf("offered %v, want 1 to 5 under new numbers", got)
			}
			s.Acknowledge(live[:2], answers(2, wire.BatchAnswer_STORED))
			current := s.Epoch()
			want := "map[1:1 2:2 3:3 4:4]" // as if nothing had been sent
			if mended {
				d.fail = nil
				if err := s.Sync(); err != nil {
					t.Errorf("Sync on a disk that is well: %v", err)
				}
				want = "map[3:3 4:4 5:5]"
			}
			o.FS = d.after("written")
			s = open(t, o)
			if (s.Epoch() == current) != mended || (s.Epoch() == old) == mended {
				t.Errorf("mended %t: a restart meets epoch %x, want the new one only when the disk has taken it", mended, s.Epoch())
			}
			if got := byResult(t, s, s.Live(c.now(), all)); fmt.Sprint(got) != want || lostText(s) != "" {
				t.Errorf("mended %t: offered %v and lost %q after a restart, want %s and nothing lost", mended, got, lostText(s), want)
			}
			s.Close()
		}
	}
}

// The epoch file says what moved. When it is damaged, what was sent under new
// numbers must not come again under the old ones, and the copy is mended.
func TestDamagedEpochFileAfterRenumber(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(d *disk, file string){
		"missing": func(d *disk, file string) { delete(d.names, file) },
		"damaged": func(d *disk, file string) { d.names[file].data[20] ^= 1 },
		"empty":   func(d *disk, file string) { d.names[file].data = nil },
	} {
		for _, files := range [][]string{{"/spool/epoch"}, {"/spool/epoch.copy"}, {"/spool/epoch", "/spool/epoch"}, {"/spool/epoch.copy", "/spool/epoch"}} {
			t.Run(fmt.Sprint(name, files), func(t *testing.T) {
				t.Parallel()
				d, c := newDisk(), newClock()
				o := spool.Options{FS: d, Dir: "/spool", SegmentSize: 600, Now: c.now}
				s := open(t, o)
				for n := int64(1); n <= 20; n += 2 {
					add(t, s, n, n+1)
				}
				if err := s.Renumber(); err != nil {
					t.Fatal(err)
				}
				acknowledge(t, s, s.Live(c.now(), all)[:5])
				epoch := s.Epoch()
				s.Close()
				for _, file := range files {
					spoil(d, file)
					var err error
					if s, _, err = spool.Open(o); err != nil {
						t.Fatal(err)
					}
					s.Close()
				}
				s = open(t, o) // sound again
				defer s.Close()
				c.advance(2 * time.Minute)
				got := byResult(t, s, s.Backlog(all))
				if s.Epoch() != epoch || len(got) != 10 || got[11] != 11 || got[20] != 20 || lostText(s) != "" {
					t.Errorf("another epoch %t, offered %v, lost %q; want 11 to 20 of the same and nothing lost", s.Epoch() != epoch, got, lostText(s))
				}
			})
		}
	}
}

// What the collector has and the disk lets go is not lost, though the epoch
// file still says how it moved into an epoch that is closed since.
func TestClosedEpochIsForgotten(t *testing.T) {
	t.Parallel()
	d, c := newDisk(), newClock()
	o := spool.Options{FS: d, Dir: "/spool", SegmentSize: 600, Now: c.now, Keep: time.Hour}
	s := open(t, o)
	for n := int64(1); n <= 20; n += 2 {
		add(t, s, n, n+1)
	}
	for range 2 { // 1 to 10 move once, 11 to 20 twice
		if err := s.Renumber(); err != nil {
			t.Fatal(err)
		}
		acknowledge(t, s, s.Live(c.now(), all)[:5])
	}
	c.advance(2 * time.Hour)
	add(t, s, 21, 22) // and a sweep
	s.Close()
	s = open(t, o)
	defer s.Close()
	if lost := s.Lost(); len(lost) > 0 {
		t.Errorf("lost %v, want nothing", lost)
	}
}

func TestCrashPoints(t *testing.T) {
	t.Parallel()
	var points []string
	s := open(t, spool.Options{Dir: t.TempDir(), Crash: func(p string) { points = append(points, p) }})
	points = nil
	add(t, s, 1, 2)
	acknowledge(t, s, s.Live(time.Now(), all))
	s.Close()
	if got := strings.Join(points, " "); got != "spool_write spool_sync spool_rename spool_rename spool_rename" {
		t.Errorf("crash points %s, want spool_write spool_sync, and spool_rename for the mark of the first offer, the acknowledgement and the stop", got)
	}
}
