package spool_test

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fengsui/agent/spool"
)

// damaged makes a disk with results 1 to 30, one a batch and five a segment,
// of which 1 to 10 are acknowledged.
func damaged(t *testing.T, c *clock) (d *disk, segments []string) {
	t.Helper()
	d = newDisk()
	s := open(t, spool.Options{FS: d, Dir: "/spool", SegmentSize: 600, Now: c.now})
	for n := int64(1); n <= 30; n++ {
		add(t, s, n, n)
		if n == 10 {
			acknowledge(t, s, s.Live(c.now(), all))
		}
	}
	s.Close()
	c.advance(time.Hour)
	segments, _ = segmentFiles(d)
	if len(segments) != 6 {
		t.Fatalf("%d segments, want 6 for the tests below", len(segments))
	}
	return d, segments
}

func TestOpensOnAnyDamage(t *testing.T) {
	t.Parallel()
	unreadable := func(suffix string) func(op, name string) error {
		return func(op, name string) error {
			if op == "open" && strings.HasSuffix(name, suffix) {
				return &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
			}
			return nil
		}
	}
	rewrite := func(change func([]byte) []byte) func(*disk, string) {
		return func(d *disk, name string) { d.names[name].data = change(slices.Clone(d.names[name].data)) }
	}
	half := rewrite(func(b []byte) []byte { return b[:len(b)/2] })
	garbage := rewrite(func(b []byte) []byte {
		for i := len(b) / 3; i < len(b); i++ {
			b[i] = byte(i*7 + i>>3)
		}
		return b
	})
	zeroed := rewrite(func(b []byte) []byte { return make([]byte, len(b)) })
	empty := rewrite(func([]byte) []byte { return nil })
	flip := func(at int) func(*disk, string) {
		return rewrite(func(b []byte) []byte { b[(at+len(b))%len(b)] ^= 1; return b })
	}
	gone := func(d *disk, name string) { delete(d.names, name) }
	const whole = "11-30"
	for _, c := range []struct {
		name   string
		file   int // segment from 0; -1 acked, -2 epoch, -3 the directory
		do     func(d *disk, name string)
		damage string // in the file that was damaged; "" when none is told there
		there  string // of what is not acknowledged
		lost   string
		epoch  bool // a new one
	}{
		{name: "none", file: 0, do: func(*disk, string) {}, there: whole},
		{"last segment truncated", 5, half, "the end of the file", "11-27", "28-30", false},
		{"segment truncated", 3, half, "the end of the file", "11-17 21-30", "18-20", false},
		{"one bit of a body", 3, flip(headerSize + recordHead + 5), "another checksum", "11-15 17-30", "16-16", false},
		{"one bit of the last body", 5, flip(-1), "another checksum", "11-29", "30-30", false},
		{"one bit of a record's header", 3, flip(headerSize + 5), "no record's header", "11-15 21-30", "16-20", false},
		{"garbage in a segment", 3, garbage, "no record's header", "11-16 21-30", "17-20", false},
		{"segment zeroed", 3, zeroed, "header", "11-15 21-30", "16-20", false},
		{"last segment zeroed", 5, zeroed, "header", "11-25", "26-30", false},
		{"segment empty", 4, empty, "the end of the file", "11-20 26-30", "21-25", false},
		{"segment missing", 4, gone, "", "11-20 26-30", "21-25", false},
		{"oldest segments missing", 2, gone, "", "16-30", "11-15", false},
		{"acknowledged segment missing", 0, gone, "", whole, "", false},
		{"last segment missing", 5, gone, "", "11-25", "26-30", false},
		{"another's segment number", 3, func(d *disk, name string) { d.names[name] = d.names[strings.Replace(name, "4.seg", "1.seg", 1)] }, "want 4", "11-15 21-30", "16-20", false},
		{"segment of another version", 3, flip(7), "version", "11-15 21-30", "16-20", false},
		{"segment unreadable", 3, func(d *disk, name string) { d.fail = unreadable("4.seg") }, "permission denied", "11-15 21-30", "16-20", false},
		{"segment fails to read", 3, func(d *disk, name string) {
			d.fail = func(op, n string) error {
				if op == "read" && n == name {
					return errors.New("input/output error")
				}
				return nil
			}
		}, "input/output error", "11-15 21-30", "16-20", false},
		{"acked missing", -1, gone, "missing", "1-30", "", true},
		{"acked zeroed", -1, zeroed, "begins", "1-30", "", true},
		{"acked truncated", -1, half, "", "1-30", "", true},
		{"acked empty", -1, empty, "0 bytes", "1-30", "", true},
		{"acked unreadable", -1, func(d *disk, _ string) { d.fail = unreadable("acked") }, "permission denied", "1-30", "", true},
		{"half a rename of acked", -1, func(d *disk, name string) { d.names[name+".new"] = &inode{data: []byte("half")} }, "", whole, "", false},
		{"epoch missing", -2, gone, "missing", whole, "", false},
		{"epoch garbage", -2, garbage, "checksum", whole, "", false},
		{"epoch and segments missing", -3, func(d *disk, dir string) {
			for name := range d.names {
				if !strings.HasSuffix(name, "acked") {
					delete(d.names, name)
				}
			}
		}, "", "", "11-30", false},
		{"all but the epoch missing", -3, func(d *disk, dir string) {
			for name := range d.names {
				if !strings.HasSuffix(name, "epoch") {
					delete(d.names, name)
				}
			}
		}, "", "", "", true},
		{"everything missing", -3, func(d *disk, _ string) { clear(d.names) }, "", "", "", true},
		{"the directory unreadable", -3, func(d *disk, _ string) {
			d.fail = func(op, _ string) error {
				if op == "readdir" {
					return fs.ErrPermission
				}
				return nil
			}
		}, "permission", "", "11-30", false},
		{"another's files", -3, func(d *disk, dir string) {
			for _, name := range []string{"x.seg", "000000000000000g.seg", "notes", "0000000000000000.seg", "ffffffffffffffff.seg"} {
				d.names[dir+"/"+name] = &inode{data: []byte("something")}
			}
		}, "", whole, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			now := newClock()
			d, segments := damaged(t, now)
			before := epochOf(t, d, now)
			path := "/spool"
			switch {
			case c.file >= 0:
				path = segments[c.file]
			case c.file == -1:
				path = "/spool/acked"
			case c.file == -2:
				path = "/spool/epoch"
			}
			c.do(d, path)
			o := spool.Options{FS: d, Dir: "/spool", SegmentSize: 600, Now: now.now}
			s, damages, err := spool.Open(o)
			if err != nil {
				t.Fatal(err)
			}
			told, lost := "", ""
			for _, x := range damages {
				if x.File == path {
					told += x.What
				}
				if x.Lost != nil {
					lost = strings.TrimSpace(fmt.Sprintf("%s %d-%d", lost, x.Lost.First, x.Lost.Last))
				}
				if strings.ContainsAny(x.String(), "\n\x00") {
					t.Errorf("%q is no sentence", x)
				}
			}
			if !strings.Contains(told, c.damage) || (c.damage == "" && c.name == "none" && len(damages) > 0) {
				t.Errorf("damages %v, want %q about %s", damages, c.damage, path)
			}
			if lost != c.lost || lostText(s) != c.lost {
				t.Errorf("damages name %q as lost and Lost has %q, want %q", lost, lostText(s), c.lost)
			}
			if (s.Epoch() != before) != c.epoch {
				t.Errorf("another epoch: %t, want %t", s.Epoch() != before, c.epoch)
			}
			if got := runsOf(numbers(contents(t, s.Backlog(all)))); got != c.there {
				t.Errorf("offered %s, want %s", got, c.there)
			}
			// It goes on, and another Open finds the same.
			d.fail = nil
			next := s.Next()
			add(t, s, 31, 32)
			if got := numbers(contents(t, s.Live(now.now(), all))); len(got) != 2 || got[0] != next {
				t.Errorf("new results have the numbers %v, want 2 from %d", got, next)
			}
			s.Close()
			if s, _, err = spool.Open(o); err != nil {
				t.Fatal(err)
			}
			if got := s.Next(); got != next+2 {
				t.Errorf("next after another restart %d, want %d", got, next+2)
			}
			s.Close()
		})
	}
}

const (
	headerSize = 48
	recordHead = 44
)

func epochOf(t *testing.T, d *disk, c *clock) [16]byte {
	s := open(t, spool.Options{FS: d, Dir: "/spool", SegmentSize: 600, Now: c.now})
	defer s.Close()
	return s.Epoch()
}

// runsOf writes numbers as runs.
func runsOf(n []uint64) string {
	var out []string
	for i := 0; i < len(n); {
		j := i
		for j+1 < len(n) && n[j+1] == n[j]+1 {
			j++
		}
		out = append(out, fmt.Sprintf("%d-%d", n[i], n[j]))
		i = j + 1
	}
	return strings.Join(out, " ")
}

// A directory that cannot be used at all leaves a spool in memory.
func TestUnusableDirectory(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "file")
	f, err := spool.OS{}.Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	c := newClock()
	s, damages, err := spool.Open(spool.Options{Dir: dir, Now: c.now})
	if err != nil || len(damages) == 0 || !strings.Contains(damages[0].String(), dir) {
		t.Fatalf("Open: %v, %v, want a damage that names %s", damages, err, dir)
	}
	s.Add(entry(1))
	if err := s.Sync(); err == nil || !strings.Contains(err.Error(), "1 batches wait in memory") {
		t.Errorf("Sync: %v, want an error that says where the results are", err)
	}
	live := s.Live(c.now(), all)
	if len(contents(t, live)) != 1 {
		t.Errorf("%d batches offered, want one from memory", len(live))
	}
	s.Acknowledge(live, answers(1, 1))
	if got := s.State().Unacknowledged; got != 0 {
		t.Errorf("%d unacknowledged, want none", got)
	}
	if old := s.Epoch(); s.Renumber() == nil || s.Epoch() == old {
		t.Error("Renumber without a disk: want an error that tells of the disk, and another epoch all the same")
	}
	s.Close()
}

// What rots after Open is noticed when it is read, and lost then.
func TestDamageAfterOpen(t *testing.T) {
	t.Parallel()
	c := newClock()
	d, segments := damaged(t, c)
	s := open(t, spool.Options{FS: d, Dir: "/spool", SegmentSize: 600, Now: c.now})
	defer s.Close()
	s.Backlog(1)
	d.names[segments[2]].data[200] ^= 1
	d.names[segments[3]].data[headerSize] ^= 1
	delete(d.names, segments[4])
	got := numbers(contents(t, s.Backlog(all)))
	if len(got) >= 20 || got[len(got)-1] != 30 {
		t.Errorf("offered %v, want less than 11 to 30", got)
	}
	lost := uint64(0)
	for _, r := range s.Lost() {
		lost += r.Last - r.First + 1
	}
	if lost+uint64(len(got)) != 20 || len(s.Damages()) < 3 || len(s.Damages()) != 0 {
		t.Errorf("%d lost (%s) and %d offered, want 20 together, and each damage told once", lost, lostText(s), len(got))
	}
	// A disk that fails to read for a while loses nothing.
	d2, _ := damaged(t, newClock())
	s2 := open(t, spool.Options{FS: d2, Dir: "/spool", SegmentSize: 600, Now: c.now})
	defer s2.Close()
	d2.fail = func(op, _ string) error {
		if op == "open" {
			return errors.New("too many open files")
		}
		return nil
	}
	if got := s2.Backlog(all); len(got) != 0 || len(s2.Lost()) != 0 || len(s2.Damages()) == 0 {
		t.Errorf("offered %d, lost %s, want nothing of either and a damage", len(got), lostText(s2))
	}
	d2.fail = nil
	c.advance(2 * time.Minute)
	if got := len(contents(t, s2.Backlog(all))); got != 20 {
		t.Errorf("offered %d when the disk reads again, want 20", got)
	}
}
