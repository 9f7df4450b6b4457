package indicators

import (
	"context"
	"math"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"

	"fengsui/collector/history"
	"fengsui/configs/calendar"
)

// tell writes what is known of today's access rate now: a gauge says what was
// known when, and is never written again. Where there is no rate there is no
// value.
func (i *Indicators) tell(ctx context.Context, now time.Time) error {
	s, err := i.Day(ctx, calendar.DateOf(now), now)
	if err != nil {
		return err
	}
	round, err := i.Round(ctx, now, now)
	if err != nil {
		return err
	}
	var samples []history.Sample
	refused := s.Refused
	put := func(v float64, name string, ls ...string) {
		if refused != nil {
			v = math.Float64frombits(value.StaleNaN)
		}
		samples = append(samples, history.Sample{Labels: labels.FromStrings(append(ls, "__name__", name)...), T: now.UnixMilli(), V: v})
	}
	ratio := func(n int) float64 { return float64(n) / float64(max(1, s.Rates.Of)) }
	put(ratio(s.Rates.Declared), "fengsui_access_rate_ratio", "number", "declared")
	put(ratio(s.Rates.Measured), "fengsui_access_rate_ratio", "number", "measured")
	put(ratio(s.Rates.MeasuredWithoutExclusion), "fengsui_access_rate_ratio", "number", "measured_without_exclusion")
	put(ratio(s.Rates.WithEvidence), "fengsui_access_rate_ratio", "number", "evidence")
	put(float64(s.Rates.Of), "fengsui_access_units")
	refused = round.Refused
	of := float64(max(1, len(round.Units)))
	put(float64(round.OK)/of, "fengsui_access_round_ratio", "grade", "1")
	put(float64(round.E2)/of, "fengsui_access_round_ratio", "grade", "2")
	put(float64(round.E3)/of, "fengsui_access_round_ratio", "grade", "3")
	return i.o.Append(ctx, samples)
}
