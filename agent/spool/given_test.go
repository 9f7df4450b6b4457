package spool_test

import (
	"testing"
	"time"

	"fengsui/agent/spool"
)

// TestGivenOutOnce: results 1 to 30 were given out, five to a segment, and 1 to
// 10 acknowledged; the end of the last segment is gone at the next start, cut
// where a batch ends, so nothing in the file tells of it. After a clean stop
// the spool knows how far the numbers went. After a kill it cannot, and the
// collector's answer decides: what it holds beyond the spool is never given out
// again. What is held nowhere may be.
func TestGivenOutOnce(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		clean bool
		acked bool   // the acked file is there
		held  uint64 // by the collector, from 1
		lost  string
		epoch bool   // a new one
		first uint64 // number of the first result made after the start; 11 to 27 may move before it
	}{
		{"clean stop, the rest on its way", true, true, 20, "28-30", false, 31},
		{"clean stop, a part of what is gone held", true, true, 29, "30-30", false, 31},
		{"clean stop, all held", true, true, 30, "", false, 31},
		{"killed, what is gone held by nobody", false, true, 27, "", false, 28},
		{"killed, a part of what is gone held", false, true, 29, "", true, 18},
		{"killed, all held", false, true, 30, "", true, 18},
		{"no acked file", true, false, 20, "", true, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, d := newClock(), newDisk()
			o := spool.Options{FS: d, Dir: "/spool", SegmentSize: 600, Now: c.now}
			s := open(t, o)
			for n := int64(1); n <= 30; n++ {
				add(t, s, n, n)
				if n == 10 {
					acknowledge(t, s, s.Live(c.now(), all))
				}
			}
			epoch := s.Epoch()
			if tt.clean {
				s.Close()
			} else {
				d = d.after("written")
			}
			o.FS = d
			names, _ := segmentFiles(d)
			last := d.names[names[len(names)-1]]
			records := (len(last.data) - headerSize) / 5
			last.data = last.data[:headerSize+2*records]
			if !tt.acked {
				delete(d.names, "/spool/acked")
			}
			c.advance(time.Hour)

			s, _, err := spool.Open(o)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if tt.acked && s.Epoch() != epoch {
				t.Errorf("another epoch before any contact, want the same")
			}
			add(t, s, 101, 102) // before the contact
			answer := held(s, 1, tt.held)
			for _, r := range answer {
				r.Epoch = epoch[:]
			}
			if err := s.Resume(answer); err != nil {
				t.Fatal(err)
			}
			if got := s.Epoch() != epoch; got != tt.epoch {
				t.Errorf("another epoch: %t, want %t", got, tt.epoch)
			}
			if got := lostText(s); got != tt.lost {
				t.Errorf("lost %q, want %q", got, tt.lost)
			}
			if got := byResult(t, s, s.Live(c.now(), all)); len(got) != 2 || got[101] != int64(tt.first) {
				t.Errorf("the new results 101 and 102 are offered as %v, want numbers from %d of the epoch in force", got, tt.first)
			}
		})
	}
}
