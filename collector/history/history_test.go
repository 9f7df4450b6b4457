package history

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/wlog"
)

// now is where the tests' samples end, in milliseconds.
var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC).UnixMilli()

const minute = 60_000

func seriesOf(name, site string) Series {
	return NewSeries(labels.FromStrings(model.MetricNameLabel, name, "site", site))
}

// disk remembers what was reported as durable.
type disk struct {
	mu      sync.Mutex
	lengths map[string]int64 // by path within the data directory
}

func (d *disk) report(dir string) func(string, int64) {
	return func(path string, n int64) {
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			panic("BUG: " + err.Error())
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.lengths == nil {
			d.lengths = map[string]int64{}
		}
		d.lengths[rel] = n
	}
}

// cut copies dir as a power cut leaves it at its worst: of the logs only what
// was fsynced, of the chunks in front of them nothing, for nobody fsyncs them.
func (d *disk) cut(t *testing.T, dir string) string {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	to := t.TempDir()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		top, _, _ := strings.Cut(rel, string(filepath.Separator))
		if e.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		switch top {
		case "chunks_head":
			return nil
		case "wal", wlog.WblDirName:
			n, ok := d.lengths[rel]
			if !ok {
				return nil
			}
			b = b[:n]
		}
		return os.WriteFile(filepath.Join(to, rel), b, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
	return to
}

func open(t *testing.T, dir string, o Options) *History {
	t.Helper()
	h, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// put appends samples of one series and fails on any refusal.
func put(t *testing.T, h *History, s *Series, samples ...[2]float64) {
	t.Helper()
	a := h.Appender(t.Context())
	for _, x := range samples {
		if err := a.Append(s, int64(x[0]), x[1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Commit(); err != nil {
		t.Fatal(err)
	}
}

// read returns every sample by series.
func read(t *testing.T, h *History) map[string][][2]float64 {
	t.Helper()
	q, err := h.Querier(math.MinInt64, math.MaxInt64)
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	all := map[string][][2]float64{}
	set := q.Select(t.Context(), true, nil, labels.MustNewMatcher(labels.MatchNotEqual, model.MetricNameLabel, ""))
	for set.Next() {
		it := set.At().Iterator(nil)
		for it.Next() == chunkenc.ValFloat {
			ts, v := it.At()
			k := set.At().Labels().Get(model.MetricNameLabel) + "/" + set.At().Labels().Get("site")
			all[k] = append(all[k], [2]float64{float64(ts), v})
		}
		if err := it.Err(); err != nil {
			t.Fatal(err)
		}
	}
	if err := set.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func expect(t *testing.T, h *History, series string, want ...[2]float64) {
	t.Helper()
	if got := read(t, h)[series]; !slices.Equal(got, want) {
		t.Errorf("%s: got %v, want %v", series, got, want)
	}
}

// at makes a sample n minutes before now whose value is n.
func at(n int) [2]float64 { return [2]float64{float64(now - int64(n)*minute), float64(n)} }

// TestSameSampleAgainIsOneSample: an agent re-sends what was stored but not
// acknowledged. In order, out of order, as the newest or as an older one, in
// memory and after the logs were read again: each sample stays one.
func TestSameSampleAgainIsOneSample(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := [][2]float64{at(9), at(5), at(1)}     // in order
	late := [][2]float64{at(2000), at(700), at(3)} // out of order
	want := [][2]float64{at(2000), at(700), at(9), at(5), at(3), at(1)}
	for range 3 {
		h, err := Open(dir, Options{})
		if err != nil {
			t.Fatal(err)
		}
		s := seriesOf("a", "town")
		put(t, h, &s, first...)
		put(t, h, &s, late...)
		put(t, h, &s, append(slices.Clone(late), first...)...)
		expect(t, h, "a/town", want...)
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
	}
	h := open(t, dir, Options{})
	expect(t, h, "a/town", want...)
	// Forty late samples fill the out-of-order chunk, which then moves to disk;
	// sent again they are found in none of memory's chunks.
	s := seriesOf("b", "town")
	put(t, h, &s, at(0))
	var many [][2]float64
	for n := 100; n > 60; n-- {
		many = append(many, at(n))
	}
	put(t, h, &s, many...)
	put(t, h, &s, many...)
	expect(t, h, "b/town", append(many, at(0))...)
}

func TestRefusedSamples(t *testing.T) {
	t.Parallel()
	h := open(t, t.TempDir(), Options{OutOfOrder: 24 * time.Hour})
	s := seriesOf("a", "town")
	put(t, h, &s, at(5))
	a := h.Appender(t.Context())
	tests := []struct {
		name string
		t    int64
		v    float64
		want error
	}{
		{"not a number", now, math.NaN(), ErrValue},
		{"infinite", now, math.Inf(1), ErrValue},
		{"minus infinite", now, math.Inf(-1), ErrValue},
		{"another value at the newest time", now - 5*minute, 6, ErrRefused},
		{"later than the window", now - 25*60*minute, 1, ErrRefused},
		{"good", now, 1, nil},
		{"another value at the same time in one commit", now, 2, ErrRefused},
		{"the same again", now, 1, nil},
	}
	for _, tt := range tests {
		if err := a.Append(&s, tt.t, tt.v); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, err, tt.want)
		}
	}
	if err := a.Commit(); err != nil {
		t.Fatal(err)
	}
	expect(t, h, "a/town", at(5), [2]float64{float64(now), 1})
}

func TestSeriesOfASiteAreBounded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h, err := Open(dir, Options{MaxSeriesPerSite: 3})
	if err != nil {
		t.Fatal(err)
	}
	a := h.Appender(t.Context())
	var stored, refused int
	for i := range 5 {
		s := seriesOf(fmt.Sprintf("m%d", i), "town")
		switch err := a.Append(&s, now, 1); {
		case err == nil:
			stored++
		case errors.Is(err, ErrSeriesLimit) && strings.Contains(err.Error(), "site town has 3, at most 3"):
			refused++
		default:
			t.Errorf("series %d: got %v, want %v", i, err, ErrSeriesLimit)
		}
	}
	other := seriesOf("m0", "hub")
	if err := a.Append(&other, now, 1); err != nil {
		t.Errorf("another site: %v", err)
	}
	if err := a.Commit(); err != nil {
		t.Fatal(err)
	}
	if stored != 3 || refused != 2 {
		t.Errorf("got %d stored and %d refused, want 3 and 2", stored, refused)
	}
	known := []Sample{{labels.FromStrings(model.MetricNameLabel, "fengsui_known_state", "site", "town"), now, 0}}
	if err := h.AppendKnown(t.Context(), known); err != nil {
		t.Errorf("a known series of a full site: %v", err)
	}
	if got := h.SeriesOf("town"); got != 3 {
		t.Errorf("series seen at the town: got %d, want 3", got)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	// A lower limit keeps what there is.
	h = open(t, dir, Options{MaxSeriesPerSite: 1})
	if got := h.SeriesOf("town"); got != 3 || len(read(t, h)) != 5 {
		t.Errorf("opened with a lower limit: got %d series of the town and %d in all, want 3 and 5", got, len(read(t, h)))
	}
}

// TestHandleOutlivesItsSeries: the TSDB drops a series from memory when its
// samples are in a block; the handle then finds or makes it again.
func TestHandleOutlivesItsSeries(t *testing.T) {
	t.Parallel()
	h := open(t, t.TempDir(), Options{})
	s, other := seriesOf("a", "town"), seriesOf("b", "town")
	put(t, h, &s, at(600))
	put(t, h, &other, at(0))
	before := s.ref
	if err := h.DB().Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := h.SeriesOf("town"); got != 1 {
		t.Fatalf("after compaction: %d series in memory, want 1 (the test did not drop any)", got)
	}
	put(t, h, &s, at(1))
	if s.ref == before {
		t.Error("the handle has its old reference, want a new one")
	}
	expect(t, h, "a/town", at(600), at(1))
	if got := h.SeriesOf("town"); got != 2 {
		t.Errorf("series of the town: got %d, want 2", got)
	}
}

func TestKnownSamples(t *testing.T) {
	t.Parallel()
	h := open(t, t.TempDir(), Options{})
	l := labels.FromStrings(model.MetricNameLabel, "fengsui_known_site_state", "site", "town")
	if err := h.AppendKnown(t.Context(), []Sample{{l, now, 0}}); err != nil {
		t.Fatal(err)
	}
	err := h.AppendKnown(t.Context(), []Sample{{l, now, 4}, {l, now + 1000, 4}})
	if err == nil || !strings.Contains(err.Error(), "1 of 2 known samples were refused") {
		t.Errorf("another value at the newest time: got %v, want a refusal that counts", err)
	}
	expect(t, h, "fengsui_known_site_state/town", [2]float64{float64(now), 0}, [2]float64{float64(now + 1000), 4})
}
