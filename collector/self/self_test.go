package self

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/model/value"

	"fengsui/collector/history"
)

// A book keeps what was appended, as text: labels, offset from the start, value.
type book struct {
	began time.Time
	lines []string
	err   error
}

func (b *book) append(_ context.Context, samples []history.Sample) error {
	for _, s := range samples {
		v := fmt.Sprint(s.V)
		if math.Float64bits(s.V) == value.StaleNaN {
			v = "end"
		}
		b.lines = append(b.lines, fmt.Sprintf("%s %s %s", s.Labels, time.UnixMilli(s.T).Sub(b.began), v))
	}
	return b.err
}

func TestRecord(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		registry := prometheus.NewRegistry()
		requests := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "requests_total"}, []string{"code"})
		registry.MustRegister(requests)
		requests.WithLabelValues("200").Add(3)
		b := book{began: time.Now()}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- Record(ctx, Options{Gatherer: registry, Append: b.append}) }()
		synctest.Wait()
		requests.Reset()
		requests.WithLabelValues("500").Inc()
		time.Sleep(DefaultEvery + time.Second)
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		want := []string{
			`{__name__="requests_total", code="200", job="fengsui-collector"} 0s 3`,
			`{__name__="requests_total", code="500", job="fengsui-collector"} 15s 1`,
			`{__name__="requests_total", code="200", job="fengsui-collector"} 15s end`,
			`{__name__="requests_total", code="500", job="fengsui-collector"} 16s end`,
		}
		if diff := cmp.Diff(want, b.lines); diff != "" {
			t.Errorf("samples (-want +got):\n%s", diff)
		}
	})
}

func TestRecordEndsWithTheHistory(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	registry.MustRegister(prometheus.NewGauge(prometheus.GaugeOpts{Name: "up"}))
	broken := book{err: errors.New("the disk is gone")}
	if err := Record(t.Context(), Options{Gatherer: registry, Append: broken.append}); !errors.Is(err, broken.err) {
		t.Errorf("the history failed and Record returned %v, want its error", err)
	}
	refusing := book{err: fmt.Errorf("out of order: %w", history.ErrRefused)}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Record(ctx, Options{Gatherer: registry, Append: refusing.append}); err != nil {
		t.Errorf("a sample was refused and Record returned %v, want nil", err)
	}
}
