package indicators

import (
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"fengsui/checks"
	"fengsui/configs/calendar"
)

// TestGauges: what is known stands in the history at the collector's time, and
// of sites nothing while the collector has only begun to listen.
func TestGauges(t *testing.T) {
	t.Parallel()
	d := pointDistrict()
	d.Indicators.PromoteAfter = 1
	first := calendar.Date{Year: 2026, Month: 11, Day: 2}
	b := openPoints(t, d, first.At(12*time.Hour))
	for _, site := range []string{"hub", "s1"} {
		b.saw(site, "portal", b.now, checks.Up, "", false)
	}
	b.step()
	b.now = first.At(24*time.Hour + 2*time.Minute)
	b.step()
	coverage := Coverage{Towns: Share{Of: 4, Connected: 3}}
	b.o.Append, b.o.Coverage = b.h.AppendKnown, func() Coverage { return coverage }
	write := func() {
		t.Helper()
		b.now = b.now.Add(time.Minute)
		if err := b.pointGauges(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	// value is the newest one of a series.
	value := func(ls ...string) (v float64, at time.Time) {
		t.Helper()
		q, err := b.h.Querier(first.At(0).UnixMilli(), b.now.UnixMilli())
		if err != nil {
			t.Fatal(err)
		}
		defer q.Close()
		var ms []*labels.Matcher
		for i := 0; i < len(ls); i += 2 {
			ms = append(ms, labels.MustNewMatcher(labels.MatchEqual, ls[i], ls[i+1]))
		}
		set := q.Select(t.Context(), false, nil, ms...)
		for set.Next() {
			for it := set.At().Iterator(nil); it.Next() != 0; {
				var ms int64
				ms, v = it.At()
				at = time.UnixMilli(ms)
			}
		}
		if err := set.Err(); err != nil {
			t.Fatal(err)
		}
		return v, at
	}
	const name = model.MetricNameLabel
	write()
	for _, c := range []struct {
		want float64
		ls   []string
	}{
		{1, []string{name, "fengsui_ipv6_points", "kind", "W", "state", "done"}},
		{0, []string{name, "fengsui_ipv6_points", "kind", "W", "state", "reverted"}},
		{1, []string{name, "fengsui_ipv6_points", "kind", "N", "state", "not_started"}},
		{1, []string{name, "fengsui_ipv6_points", "kind", "D", "state", "underway"}},
		{3, []string{name, "fengsui_ipv6_point_state", "point", "portal"}},
	} {
		if v, at := value(c.ls...); v != c.want || !at.Equal(b.now) {
			t.Errorf("%v: got %v at %s, want %v at %s", c.ls, v, at, c.want, b.now)
		}
	}
	if _, at := value(name, "fengsui_site_coverage_ratio", "kind", "town"); !at.IsZero() {
		t.Errorf("the collector has just begun to listen, and there is a coverage at %s", at)
	}
	coverage.Judging = true
	write()
	if v, at := value(name, "fengsui_site_coverage_ratio", "kind", "town"); v != 0.75 || !at.Equal(b.now) {
		t.Errorf("coverage of towns: got %v at %s, want 0.75 now", v, at)
	}
	if _, at := value(name, "fengsui_site_coverage_ratio", "kind", "village"); !at.IsZero() {
		t.Error("there is a coverage of villages, of which none wants a line")
	}
}
