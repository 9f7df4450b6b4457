package alerts

import (
	"context"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"
)

// outageTolerance is how old a pending condition may be to go on after a
// restart; what is older starts its "for" anew. Open alerts have no such
// bound.
const outageTolerance = time.Hour

// forState shows rules.Group.RestoreForState what the book carries for a rule,
// as the ALERTS_FOR_STATE series that it looks for: one sample per alert, at
// the time it was last seen, whose value is since when (Unix seconds).
type forState struct {
	book *book
	rule string
	now  func() time.Time
}

func (f forState) Querier(int64, int64) (storage.Querier, error) { return f, nil }
func (forState) Close() error                                    { return nil }

func (f forState) Select(context.Context, bool, *storage.SelectHints, ...*labels.Matcher) storage.SeriesSet {
	now := f.now()
	set := &seriesList{at: -1}
	add := func(e *entry, seen time.Time) {
		b := labels.NewBuilder(toLabels(e.labels))
		b.Set(model.MetricNameLabel, "ALERTS_FOR_STATE")
		set.series = append(set.series, storage.NewListSeries(b.Labels(),
			[]chunks.Sample{forSample{seen.UnixMilli(), float64(e.active.Unix())}}))
	}
	f.book.mu.Lock()
	defer f.book.mu.Unlock()
	for _, e := range f.book.open {
		if e.rule == f.rule && e.carried {
			add(e, now)
		}
	}
	for _, e := range f.book.pending {
		if e.rule == f.rule && e.carried && now.Sub(e.seen) <= outageTolerance {
			add(e, e.seen)
		}
	}
	return set
}

func (forState) LabelValues(context.Context, string, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, nil
}

func (forState) LabelNames(context.Context, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, nil
}

type seriesList struct {
	series []storage.Series
	at     int
}

func (s *seriesList) Next() bool                        { s.at++; return s.at < len(s.series) }
func (s *seriesList) At() storage.Series                { return s.series[s.at] }
func (s *seriesList) Err() error                        { return nil }
func (s *seriesList) Warnings() annotations.Annotations { return nil }

type forSample struct {
	t int64
	v float64
}

func (s forSample) T() int64                      { return s.t }
func (s forSample) ST() int64                     { return 0 }
func (s forSample) F() float64                    { return s.v }
func (s forSample) H() *histogram.Histogram       { return nil }
func (s forSample) FH() *histogram.FloatHistogram { return nil }
func (s forSample) Type() chunkenc.ValueType      { return chunkenc.ValFloat }
func (s forSample) Copy() chunks.Sample           { return s }
