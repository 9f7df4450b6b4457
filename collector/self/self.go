// Package self writes the collector's own metrics into its history, beside
// what the agents see: one source answers for both, and a collector that was
// slow yesterday can be asked today.
package self

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"

	"fengsui/collector/history"
)

// Job is the label "job" of every series here, as Prometheus labels what it
// scrapes: the series of agents have none.
const Job = "fengsui-collector"

// DefaultEvery is how often the metrics are written.
const DefaultEvery = 15 * time.Second

// Options of [Record]. Gatherer and Append are required.
type Options struct {
	Gatherer prometheus.Gatherer
	Append   func(context.Context, []history.Sample) error // history.AppendKnown
	Every    time.Duration                                 // 0: DefaultEvery
	Logger   *slog.Logger                                  // nil: silent
}

// Record writes the metrics at the collector's time until ctx ends, and then
// marks their series as ended. A metric that went away is marked as well. An
// error means that the history failed; a sample that it refuses, as it does
// when the clock went back, is logged once and missed.
func Record(ctx context.Context, o Options) error {
	if o.Every <= 0 {
		o.Every = DefaultEvery
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	r := recorder{o: o, series: map[model.Fingerprint]*series{}}
	tick := time.NewTicker(o.Every)
	defer tick.Stop()
	for {
		if err := r.turn(ctx, time.Now()); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			r.gather(nil, time.Now())
			return r.append(context.WithoutCancel(ctx), r.samples)
		case <-tick.C:
		}
	}
}

type recorder struct {
	o       Options
	turns   uint64
	series  map[model.Fingerprint]*series
	samples []history.Sample
	refused bool // at the last turn
	failing bool // gathering, at the last turn
}

// A series is one that was written at the last turn.
type series struct {
	labels labels.Labels
	turn   uint64
}

func (r *recorder) turn(ctx context.Context, now time.Time) error {
	families, err := r.o.Gatherer.Gather() // what could be gathered stands beside an error
	if err != nil && !r.failing {
		r.o.Logger.Error("some of the collector's own metrics could not be gathered", "err", err)
	}
	r.failing = err != nil
	vector, err := expfmt.ExtractSamples(&expfmt.DecodeOptions{Timestamp: model.TimeFromUnixNano(now.UnixNano())}, families...)
	if err != nil {
		return fmt.Errorf("BUG: read the collector's own metrics: %w", err)
	}
	r.gather(vector, now)
	return r.append(ctx, r.samples)
}

// gather makes samples of a vector, and end marks for what was written before
// and is not in it.
func (r *recorder) gather(vector model.Vector, now time.Time) {
	r.turns++
	r.samples = r.samples[:0]
	for _, v := range vector {
		fp := model.Metric(v.Metric).Fingerprint()
		s := r.series[fp]
		if s == nil {
			s = &series{labels: labelsOf(v.Metric)}
			r.series[fp] = s
		}
		s.turn = r.turns
		if f := float64(v.Value); !math.IsNaN(f) { // an empty summary's quantile
			r.samples = append(r.samples, history.Sample{Labels: s.labels, T: now.UnixMilli(), V: f})
		}
	}
	for fp, s := range r.series {
		if s.turn != r.turns {
			r.samples = append(r.samples, history.Sample{Labels: s.labels, T: now.UnixMilli(), V: math.Float64frombits(value.StaleNaN)})
			delete(r.series, fp)
		}
	}
}

func (r *recorder) append(ctx context.Context, samples []history.Sample) error {
	err := r.o.Append(ctx, samples)
	if err != nil && !errors.Is(err, history.ErrRefused) {
		return fmt.Errorf("write the collector's own metrics: %w", err)
	}
	if err != nil && !r.refused {
		r.o.Logger.Error("the collector's own metrics could not be written", "err", err)
	}
	r.refused = err != nil
	return nil
}

func labelsOf(m model.Metric) labels.Labels {
	text := []string{"job", Job}
	for name, v := range m {
		text = append(text, string(name), string(v))
	}
	return labels.FromStrings(text...)
}
