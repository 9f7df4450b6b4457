package history

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb/wlog"
)

// small makes the logs roll after a few samples.
const small = 32 << 10

func TestPowerCutAfterSyncLosesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var d disk
	h := open(t, dir, Options{SegmentSize: small, Durable: d.report(dir)})
	var handles []Series
	for i := range 300 {
		handles = append(handles, seriesOf(fmt.Sprintf("m%d", i), "town"))
	}
	// Live samples and a backlog in turn, so that both logs roll.
	for round := range 40 {
		a := h.Appender(t.Context())
		for i := range handles {
			for _, n := range []int{200 - round, 2000 - round} {
				if err := a.Append(&handles[i], now-int64(n)*minute, math.Sqrt(float64(n+i))); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := a.Commit(); err != nil {
			t.Fatal(err)
		}
		if err := h.Sync(); err != nil {
			t.Fatal(err)
		}
		if round%13 != 0 {
			continue
		}
		after := open(t, d.cut(t, dir), Options{})
		for name, got := range read(t, after) {
			if len(got) != 2*(round+1) {
				t.Fatalf("round %d: %s has %d samples after a power cut, want %d", round, name, len(got), 2*(round+1))
			}
		}
		if got := len(read(t, after)); got != len(handles) {
			t.Fatalf("round %d: %d series after a power cut, want %d", round, got, len(handles))
		}
	}
	for _, log := range []string{"wal", wlog.WblDirName} {
		if _, last, err := wlog.Segments(filepath.Join(dir, log)); err != nil || last < 2 {
			t.Errorf("%s: last segment %d, %v; the test wants at least 2 to cut between", log, last, err)
		}
	}
}

// TestOthersRollTheLog: samples that nobody syncs share the log. When they
// make it roll, the segment that they leave behind must be whole too: a torn
// record there costs every later segment.
func TestOthersRollTheLog(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var d disk
	h := open(t, dir, Options{SegmentSize: small, Durable: d.report(dir)})
	s := seriesOf("a", "town")
	put(t, h, &s, at(9))
	if err := h.Sync(); err != nil {
		t.Fatal(err)
	}
	for i := range 3000 {
		l := labels.FromStrings(model.MetricNameLabel, "fengsui_known_state", "site", "town", "check", fmt.Sprint(i))
		if err := h.AppendKnown(t.Context(), []Sample{{l, now, 0}}); err != nil {
			t.Fatal(err)
		}
	}
	if _, last, err := wlog.Segments(filepath.Join(dir, "wal")); err != nil || last < 2 {
		t.Fatalf("last segment %d, %v; the test wants at least 2", last, err)
	}
	put(t, h, &s, at(1))
	if err := h.Sync(); err != nil {
		t.Fatal(err)
	}
	expect(t, open(t, d.cut(t, dir), Options{}), "a/town", at(9), at(1))
}

// TestOpenSyncsWhatAKillLeft: a process is killed with samples that only the
// kernel has, the next one acknowledges more, then the power goes.
func TestOpenSyncsWhatAKillLeft(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var before disk
	h := open(t, dir, Options{SegmentSize: small, Durable: before.report(dir)})
	h.db.DisableCompactions() // one would change the files while they are copied
	s := seriesOf("a", "town")
	for n := 900; n > 500; n-- {
		put(t, h, &s, at(n))
	}
	// What a kill leaves is all that was written; nothing of it was synced.
	killed := t.TempDir()
	if err := os.CopyFS(killed, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	var after disk
	h = open(t, killed, Options{SegmentSize: small, Durable: after.report(killed)})
	s = seriesOf("a", "town")
	put(t, h, &s, at(1))
	if err := h.Sync(); err != nil {
		t.Fatal(err)
	}
	got := read(t, open(t, after.cut(t, killed), Options{}))["a/town"]
	if len(got) != 401 || got[400] != at(1) {
		t.Errorf("after a kill and a power cut: %d samples, want 401 that end with %v", len(got), at(1))
	}
}

func TestSyncReportsLengths(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var d disk
	h := open(t, dir, Options{Durable: d.report(dir)})
	s := seriesOf("a", "town")
	put(t, h, &s, at(5), at(1))
	put(t, h, &s, at(3)) // late
	if err := h.Sync(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"wal/00000000", "wbl/00000000"} {
		info, err := os.Stat(filepath.Join(dir, path))
		if err != nil {
			t.Fatal(err)
		}
		if got := d.lengths[path]; got != info.Size() || got == 0 {
			t.Errorf("%s: %d bytes durable of %d, want all", path, got, info.Size())
		}
	}
}

// TestFsyncIsReal: all other tests believe what is reported as durable. No pipe
// can be synced, so whoever says that it was has not asked the kernel.
func TestFsyncIsReal(t *testing.T) {
	t.Parallel()
	h := open(t, t.TempDir(), Options{})
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	for _, l := range h.logs {
		if n, err := l.syncFile(w); err == nil {
			t.Errorf("%s: a pipe was synced (%d bytes), want an error", l.dir, n)
		}
	}
}

// TestDiskFailuresAreFinal: what may not be on disk is never promised, also
// where the TSDB itself only logs the failure.
func TestDiskFailuresAreFinal(t *testing.T) {
	t.Parallel()
	broken := errors.New("input/output error")
	tests := []struct {
		name string
		// do lets the disk fail and returns what the caller is told
		do   func(t *testing.T, h *History, dir string) error
		want string
	}{
		{"fsync", func(t *testing.T, h *History, _ string) error {
			h.logs[0].fsync = func(*os.File) error { return broken }
			s := seriesOf("a", "town")
			put(t, h, &s, at(1))
			return h.Sync()
		}, "input/output error"},
		{"write of the WAL", func(t *testing.T, h *History, dir string) error {
			return fill(t, h, dir, "wal", func(n int) [2]float64 { return at(3000 - n) })
		}, "write samples to the history"},
		{"write of late samples", func(t *testing.T, h *History, dir string) error {
			return fill(t, h, dir, wlog.WblDirName, func(n int) [2]float64 { return at(n + 70) })
		}, "could not log late samples"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			h := open(t, dir, Options{SegmentSize: small})
			first := seriesOf("z", "town")
			put(t, h, &first, at(0))
			err := tt.do(t, h, dir)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want an error with %q", err, tt.want)
			}
			s := seriesOf("a", "town")
			a := h.Appender(t.Context())
			if err := a.Append(&s, now, 1); err != nil {
				t.Fatal(err)
			}
			if err := a.Commit(); !errors.Is(err, ErrFailed) {
				t.Errorf("the next commit: got %v, want %v", err, ErrFailed)
			}
			if err := h.Sync(); !errors.Is(err, ErrFailed) {
				t.Errorf("the next sync: got %v, want %v", err, ErrFailed)
			}
			if err := h.AppendKnown(t.Context(), nil); !errors.Is(err, ErrFailed) {
				t.Errorf("the next known samples: got %v, want %v", err, ErrFailed)
			}
		})
	}
}

// fill appends until the log's next segment, whose name a directory has
// taken, cannot be made.
func fill(t *testing.T, h *History, dir, log string, sample func(int) [2]float64) error {
	t.Helper()
	if err := os.Mkdir(wlog.SegmentName(filepath.Join(dir, log), 1), 0o755); err != nil {
		t.Fatal(err)
	}
	for n := range 3000 {
		s := seriesOf(fmt.Sprintf("m%d", n%7), "town")
		a := h.Appender(t.Context())
		x := sample(n)
		if err := a.Append(&s, int64(x[0]), x[1]); err != nil {
			t.Fatal(err)
		}
		if err := a.Commit(); err != nil {
			return err
		}
	}
	return nil
}

// TestTornWriteHidesNoLateSample: a power cut tears what somebody wrote after
// the last sync. The TSDB repairs its WAL then, and would go on without the
// log of late samples.
func TestTornWriteHidesNoLateSample(t *testing.T) {
	t.Parallel()
	for _, log := range []string{"wal", wlog.WblDirName} {
		t.Run(log, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			var d disk
			h := open(t, dir, Options{Durable: d.report(dir)})
			s := seriesOf("a", "town")
			put(t, h, &s, at(5), at(1))
			put(t, h, &s, at(30), at(20)) // late
			if err := h.Sync(); err != nil {
				t.Fatal(err)
			}
			other := seriesOf("b", "town")
			// The torn record may not end in zeros: those the reader puts back.
			third := func(n int) [2]float64 { return [2]float64{at(n)[0], 1.0 / 3} }
			put(t, h, &other, third(4), third(3), third(50))
			cut := d.cut(t, dir)
			whole, err := os.ReadFile(filepath.Join(dir, log, "00000000"))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(cut, log, "00000000"), whole[:len(whole)-5], 0o644); err != nil {
				t.Fatal(err)
			}
			// All metrics of the first try are in the way of the second.
			var said bytes.Buffer
			h = open(t, cut, Options{Registerer: prometheus.NewRegistry(), Logger: slog.New(slog.NewTextHandler(&said, nil))})
			if !strings.Contains(said.String(), "attempting repair") {
				t.Fatalf("the log says %q, want a repair: the test tore nothing", said.String())
			}
			expect(t, h, "a/town", at(30), at(20), at(5), at(1))
			s = seriesOf("a", "town")
			put(t, h, &s, at(0))
			expect(t, h, "a/town", at(30), at(20), at(5), at(1), at(0))
			if got, want := h.SeriesOf("town"), int(h.DB().Head().NumSeries()); got != want {
				t.Errorf("the town has %d series, want the %d in memory: the first try's are counted", got, want)
			}
		})
	}
}
