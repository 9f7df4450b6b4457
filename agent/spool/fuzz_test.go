package spool_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"fengsui/agent/spool"
	"fengsui/collector/wire"
)

// FuzzOpen gives foreign bytes to every reader of a file. Whatever they are,
// the spool opens, works, and finds its new results again.
func FuzzOpen(f *testing.F) {
	d, c := newDisk(), newClock()
	o := spool.Options{FS: d, Dir: "/spool", SegmentSize: 1 << 20, Now: c.now}
	s, _, err := spool.Open(o)
	if err != nil {
		f.Fatal(err)
	}
	for n := int64(1); n <= 4; n++ {
		s.Add(entry(n))
		s.Sync()
	}
	live := s.Live(c.now(), all)
	s.Acknowledge(live[1:2], answers(1, 1))
	s.Renumber()
	s.Add(entry(5))
	s.Sync()
	s.Close()
	file := func(suffix string) []byte {
		for name, n := range d.names {
			if strings.HasSuffix(name, suffix) {
				return n.data
			}
		}
		return nil
	}
	first, acked, epoch := file("1.seg"), file("acked"), file("epoch")
	f.Add(first, file("2.seg"), acked, epoch)
	f.Add(first, []byte{}, acked, []byte{})
	f.Add(first[:len(first)-3], first, []byte{}, epoch)
	f.Add([]byte{}, []byte{}, acked, epoch)
	f.Add(make([]byte, 4096), []byte("fengspo\x01"), epoch, acked)

	f.Fuzz(func(t *testing.T, one, two, acked, epoch []byte) {
		d, c := newDisk(), newClock()
		for name, b := range map[string][]byte{"0000000000000001.seg": one, "0000000000000002.seg": two, "acked": acked, "epoch": epoch} {
			if len(b) > 0 {
				b = slices.Clone(b)
				spool.Reseal(name, b) // else nearly nothing would pass the checksums
				d.names["/spool/"+name] = &inode{data: b}
			}
		}
		o := spool.Options{FS: d, Dir: "/spool", SegmentSize: 1 << 20, Now: c.now}
		s, damages, err := spool.Open(o)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range damages {
			_ = x.String()
		}
		c.advance(time.Hour)
		for range 3 {
			offered := s.Backlog(1 << 16)
			for _, b := range offered {
				if len(b.Epoch) != 16 || b.First < 1 || b.Count < 1 {
					t.Errorf("offered batch %d of %d results", b.First, b.Count)
				}
			}
			if err := s.Acknowledge(offered, answers(len(offered), 1)); err != nil {
				t.Error(err)
			}
		}
		s.LostTold(s.Lost()[:len(s.Lost())/2])
		s.Add(entry(7777))
		if err := s.Sync(); err != nil {
			t.Error(err)
		}
		if err := s.Renumber(); err != nil {
			t.Error(err)
		}
		s.Add(entry(8888))
		if err := s.Sync(); err != nil {
			t.Error(err)
		}
		id, next := s.Epoch(), s.Next()
		lost := len(s.Lost())
		s.Close()
		if s, damages, err = spool.Open(o); err != nil {
			t.Fatal(err)
		}
		if s.Epoch() != id || s.Next() != next || len(s.Lost()) != lost {
			t.Errorf("after a restart epoch %x next %d and %d losses, want %x, %d and %d: %v", s.Epoch(), s.Next(), len(s.Lost()), id, next, lost, damages)
		}
		c.advance(time.Hour)
		found := map[int64]int{}
		for n := 0; ; n++ {
			offered := s.Backlog(1 << 20)
			if len(offered) == 0 {
				break
			}
			for _, b := range offered {
				var body wire.BatchBody
				if string(b.Epoch) != string(id[:]) || proto.Unmarshal(b.Body, &body) != nil {
					continue
				}
				for _, r := range body.Results {
					found[r.BootNs]++
				}
			}
			s.Acknowledge(offered, answers(len(offered), 1))
			if n > 1000 {
				t.Fatal("the backlog has no end")
			}
		}
		if found[7777] != 1 || found[8888] != 1 {
			t.Errorf("the two new results are there %d and %d times, want once each", found[7777], found[8888])
		}
		s.Close()
	})
}
