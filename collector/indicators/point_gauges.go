package indicators

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"fengsui/collector/history"
	"fengsui/configs"
)

// gaugeEvery is how often the gauges are written: well within the time for
// which a query takes a sample for the present.
const gaugeEvery = time.Minute

// pointGauges writes what is known now into the history, at the collector's
// own time. Of sites nothing is written until who is not heard is known to be
// silent.
func (i *Indicators) pointGauges(ctx context.Context) error {
	if i.o.Append == nil {
		return nil
	}
	d, now := i.o.District(), i.o.Now()
	var samples []history.Sample
	put := func(v float64, ls ...string) {
		samples = append(samples, history.Sample{Labels: labels.FromStrings(ls...), T: now.UnixMilli(), V: v})
	}
	told, err := i.points.states(ctx, now)
	if err != nil {
		return err
	}
	counts := map[string][]int{} // by kind, as PointStates
	for n := range d.Points {
		p := &d.Points[n]
		state, _ := stateAt(told[configs.NodeOf("point", p.ID)], now)
		at := slices.Index(PointStates, state)
		if counts[p.Kind] == nil {
			counts[p.Kind] = make([]int, len(PointStates))
		}
		counts[p.Kind][at]++
		put(float64(at), model.MetricNameLabel, "fengsui_ipv6_point_state", "point", p.ID)
	}
	for kind, of := range counts {
		for at, n := range of {
			put(float64(n), model.MetricNameLabel, "fengsui_ipv6_points", "kind", kind, "state", string(PointStates[at]))
		}
	}
	if i.o.Coverage != nil {
		if c := i.o.Coverage(); c.Judging {
			for kind, share := range map[string]Share{"town": c.Towns, "village": c.Villages} {
				if r, ok := share.Ratio(); ok {
					put(r, model.MetricNameLabel, "fengsui_site_coverage_ratio", "kind", kind)
				}
			}
		}
	}
	if len(samples) == 0 {
		return nil
	}
	if err := i.o.Append(ctx, samples); err != nil {
		return fmt.Errorf("write the gauges of the points: %w", err)
	}
	return nil
}
