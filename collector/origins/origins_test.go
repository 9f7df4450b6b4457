package origins

import (
	"log/slog"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"fengsui/collector/state"
)

// TestStays: calls from one address are one stay until a pause, also over a
// restart, and each address is one of its own.
func TestStays(t *testing.T) {
	t.Parallel()
	db, err := state.Open(filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	began := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	at := func(minutes int) time.Time { return began.Add(time.Duration(minutes) * time.Minute) }
	inside, outside, own := netip.MustParseAddr("10.66.1.1"), netip.MustParseAddr("198.51.100.7"), netip.MustParseAddr("10.66.0.1")
	o := New(db, slog.New(slog.DiscardHandler))
	heard := func(source netip.Addr, from, to int) {
		for m := from; m <= to; m++ {
			o.Heard("qingfu", source, own, at(m))
		}
	}
	want := func(when string, want ...Stay) {
		t.Helper()
		got, err := o.Stays(t.Context(), at(0), at(60))
		if err != nil || len(got["qingfu"]) != len(want) {
			t.Fatalf("%s: got %v, %v, want %v", when, got, err, want)
		}
		for i, s := range got["qingfu"] {
			if w := want[i]; s.Source != w.Source || s.Dest != own || !s.Began.Equal(w.Began) || !s.Ended.Equal(w.Ended) {
				t.Errorf("%s: stay %d: got %v, want %v", when, i, s, w)
			}
		}
	}
	heard(netip.AddrFrom16(inside.As16()), 0, 5) // a mapped address is the same
	want("before it is written", Stay{Source: inside, Began: at(0), Ended: at(5)})
	o.flush(t.Context())
	heard(inside, 6, 7)
	heard(outside, 8, 9)
	heard(inside, 12, 13) // after a pause, while the former stay was not written
	all := []Stay{{Source: inside, Began: at(0), Ended: at(7)}, {Source: outside, Began: at(8), Ended: at(9)}, {Source: inside, Began: at(12), Ended: at(13)}}
	want("partly written", all...)
	o.Drained("qingfu", at(13))
	o.Drained("qingfu", at(12))
	o.flush(t.Context())
	want("written", all...)
	if len(o.stays) != 1 {
		t.Errorf("%d stays are in memory, want the last alone", len(o.stays))
	}
	o = New(db, slog.New(slog.DiscardHandler))
	want("after a restart", all...)
	until, err := o.DrainedUntil(t.Context())
	if err != nil || !until["qingfu"].Equal(at(13)) {
		t.Errorf("drained until %v, %v, want %v", until, err, at(13))
	}
	if got, err := o.Stays(t.Context(), at(10), at(11)); err != nil || len(got) != 0 {
		t.Errorf("between two stays: got %v, %v, want none", got, err)
	}
}
