package ingest

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"fengsui/collector/wire"
)

type metrics struct {
	pushes      prometheus.Counter
	refusedCall *prometheus.CounterVec
	results     prometheus.Counter
	values      prometheus.Counter
	refused     *prometheus.CounterVec
	batches     *prometheus.CounterVec
	duplicate   prometheus.Counter
	twice       prometheus.Counter
	commits     prometheus.Histogram
	groups      prometheus.Histogram
	wentBack    prometheus.Counter
	superseded  prometheus.Counter
	clones      prometheus.Counter
	lost        prometheus.Counter
	anchors     prometheus.Counter
}

func newMetrics(r prometheus.Registerer) *metrics {
	f := promauto.With(r)
	counter := func(name, help string) prometheus.Counter {
		return f.NewCounter(prometheus.CounterOpts{Name: "fengsui_ingest_" + name, Help: help})
	}
	vector := func(name, help, label string) *prometheus.CounterVec {
		return f.NewCounterVec(prometheus.CounterOpts{Name: "fengsui_ingest_" + name, Help: help}, []string{label})
	}
	m := &metrics{
		pushes:      counter("pushes_total", "Pushes that were answered, also those without batches."),
		refusedCall: vector("refused_calls_total", "Hellos and pushes that were refused whole.", "code"),
		results:     counter("results_total", "Results of batches that were taken, refused ones included."),
		values:      counter("values_total", "Samples that were appended to the history."),
		refused:     vector("refused_results_total", "Results that could not be stored, wholly or in part.", "code"),
		batches:     vector("batches_total", "Batches by what became of them.", "outcome"),
		duplicate:   counter("batches_duplicate_total", "Batches that were durable before: an answer was lost."),
		twice:       counter("batches_stored_twice_total", "Batches that were stored although they had been: always zero."),
		wentBack:    counter("numbering_went_back_total", "Hellos whose next sequence is held already."),
		superseded:  counter("superseded_hellos_total", "Hellos of processes that a newer one has superseded: a cloned machine."),
		clones:      counter("clones_total", "Agents that were proved to be two machines with one identity."),
		lost:        counter("lost_results_total", "Results that agents said will never come."),
		anchors:     counter("anchors_total", "Anchors that were made, stepped or adopted."),
		commits: f.NewHistogram(prometheus.HistogramOpts{
			Name: "fengsui_ingest_commit_seconds", Help: "Time from the first decision of a group commit to its answers.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5},
		}),
		groups: f.NewHistogram(prometheus.HistogramOpts{
			Name: "fengsui_ingest_commit_calls", Help: "Calls that shared a group commit.",
			Buckets: []float64{1, 2, 4, 8, 16, 32, 64, 128, 256},
		}),
	}
	for _, code := range []string{
		codeClock, codeValue, codeKey, codeRows, codeFindings, codeCheck, codeKind,
		codeMeasurement, codeSeries, codeRevision, codeBroken, codeSample,
	} {
		m.refused.WithLabelValues(code)
	}
	return m
}

func (m *metrics) pushed(err error) {
	if err == nil {
		m.pushes.Inc()
	}
	m.helloed(err)
}

func (m *metrics) helloed(err error) {
	if err != nil {
		code := "internal"
		if r := wire.RefusalOf(err); r != nil {
			code = r.Code
		}
		m.refusedCall.WithLabelValues(code).Inc()
	}
}
