package posture

import (
	"math"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"

	"fengsui/collector/history"
)

// TestInHistory: the TSDB takes what is known, and holds it as it was.
func TestInHistory(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h, err := history.Open(t.TempDir(), history.Options{})
		if err != nil {
			t.Fatal(err)
		}
		b := open(t, t.TempDir(), Options{})
		b.Posture.o.Append = h.AppendKnown
		b.SetInventory(inventory(hub("dns")))
		b.run()
		zero := time.Now()
		b.Contact("hub", zero)
		b.record(saw(zero, ""))
		b.record(saw(zero.Add(time.Microsecond), "refused")) // within one millisecond
		time.Sleep(10 * time.Minute)
		b.SetInventory(inventory())
		time.Sleep(time.Second)
		b.end()

		q, err := h.Querier(math.MinInt64, math.MaxInt64)
		if err != nil {
			t.Fatal(err)
		}
		last := map[string]float64{}
		states := map[string]map[float64]bool{}
		set := q.Select(t.Context(), false, nil, labels.MustNewMatcher(labels.MatchRegexp, model.MetricNameLabel, "fengsui_known_(site_)?state"))
		for set.Next() {
			name := set.At().Labels().Get(model.MetricNameLabel)
			states[name] = map[float64]bool{}
			it := set.At().Iterator(nil)
			for it.Next() != 0 {
				_, v := it.At()
				last[name] = v
				states[name][v] = true
			}
			if it.Err() != nil {
				t.Error(it.Err())
			}
		}
		if err := set.Err(); err != nil {
			t.Error(err)
		}
		for name, wanted := range map[string][]float64{"fengsui_known_state": {2, 4}, "fengsui_known_site_state": {0, 4}} {
			for _, v := range wanted {
				if !states[name][v] {
					t.Errorf("%s never was %v; it was %v", name, v, states[name])
				}
			}
			if !value.IsStaleNaN(last[name]) {
				t.Errorf("%s ends with %v, want a staleness marker", name, last[name])
			}
		}
		if err := q.Close(); err != nil {
			t.Error(err)
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
}
