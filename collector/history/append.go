package history

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
)

// A Sample is one value of one series.
type Sample struct {
	Labels labels.Labels
	T      int64 // Unix milliseconds
	V      float64
}

// A Series is a handle to a series that is appended to often: it remembers
// where the TSDB keeps it, and stays good when the TSDB has dropped the series
// meanwhile. The zero Series has no labels and cannot be appended to. It
// belongs to one goroutine at a time.
type Series struct {
	labels labels.Labels
	ref    storage.SeriesRef
	lastT  int64 // the newest sample appended through this handle
	lastV  uint64
}

// NewSeries returns a handle to the series with these labels.
func NewSeries(l labels.Labels) Series { return Series{labels: l, lastT: math.MinInt64} }

// IsZero says whether s is the zero Series.
func (s *Series) IsZero() bool { return s.labels.IsEmpty() }

// Labels returns the labels of the series.
func (s *Series) Labels() labels.Labels { return s.labels }

// Errors of Append that are about the sample, not about the disk.
var (
	// ErrSeriesLimit: the site has as many series as it may have.
	ErrSeriesLimit = errors.New("the site has as many series as it may have")
	// ErrValue: not a number, or infinite.
	ErrValue = errors.New("the value is not a finite number")
	// ErrRefused: too old, or another value at the series' newest time.
	ErrRefused = errors.New("the TSDB refused the sample")
)

// An Appender gathers samples for one commit.
type Appender struct {
	h *History
	a storage.Appender
	n int
}

// Appender begins a commit. It must end in Commit or Rollback.
func (h *History) Appender(ctx context.Context) *Appender {
	return &Appender{h: h, a: h.db.Appender(ctx)}
}

// Append adds one sample. The same value at the same time again is no error
// and stores nothing new. An error leaves the rest of the commit alone.
func (a *Appender) Append(s *Series, t int64, v float64) error {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return fmt.Errorf("%w: %v", ErrValue, v)
	}
	bits := math.Float64bits(v)
	if t == s.lastT && bits != s.lastV {
		// Within one commit the TSDB would drop the second one in silence.
		return fmt.Errorf("%w: %s has %v at %d already, seen %v", ErrRefused, s.labels, math.Float64frombits(s.lastV), t, v)
	}
	ref, err := a.a.Append(s.ref, s.labels, t, v)
	if err != nil {
		if errors.Is(err, ErrSeriesLimit) {
			return err
		}
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	s.ref = ref
	if t >= s.lastT {
		s.lastT, s.lastV = t, bits
	}
	a.n++
	return nil
}

// Len is how many samples were added.
func (a *Appender) Len() int { return a.n }

// Commit hands the samples to the TSDB and its logs. They can be read
// afterwards, and a kill loses none; only [History.Sync] makes them survive a
// power cut. An error is final for the history.
func (a *Appender) Commit() error {
	if err := a.h.err(); err != nil {
		return errors.Join(err, a.a.Rollback())
	}
	if err := a.a.Commit(); err != nil {
		return a.h.fail(fmt.Errorf("write samples to the history: %w", err))
	}
	if err := a.h.logged(); err != nil {
		return a.h.fail(err)
	}
	return nil
}

// Rollback drops what was gathered.
func (a *Appender) Rollback() error { return a.a.Rollback() }

// Unknown says whether the TSDB has never taken a sample of the series through
// this handle.
func (s *Series) Unknown() bool { return s.ref == 0 }
