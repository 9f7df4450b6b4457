package indicators

import (
	"net/netip"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"fengsui/collector/history"
	"fengsui/collector/origins"
	"fengsui/configs"
	"fengsui/configs/calendar"
)

func openHistory(t *testing.T) *history.History {
	t.Helper()
	h, err := history.Open(t.TempDir(), history.Options{Retention: 90 * 24 * time.Hour, OutOfOrder: 31 * 24 * time.Hour})
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

// inside has all agents heard from their extranet for days.
func inside(d *configs.District, date calendar.Date) map[string][]origins.Stay {
	all := map[string][]origins.Stay{}
	for _, s := range d.Sites {
		all[s.ID] = []origins.Stay{{Source: netip.MustParseAddr("10.0.0.1"), Began: date.At(-24 * time.Hour), Ended: date.At(48 * time.Hour)}}
	}
	return all
}

// TestLateDataReRates: a round without data becomes what the backlog says,
// and nothing else changes.
func TestLateDataReRates(t *testing.T) {
	t.Parallel()
	h := openHistory(t)
	d := district()
	date := calendar.Date{Year: 2026, Month: 11, Day: 23}
	at := func(round int) int64 { return date.At(time.Duration(round)*5*time.Minute + time.Minute).UnixMilli() }
	put := func(round int, v float64, ls ...string) history.Sample {
		return history.Sample{Labels: labels.FromStrings(ls...), T: at(round), V: v}
	}
	check := func(round int, site, check string, state float64) history.Sample {
		return put(round, state, "__name__", "fengsui_check_state", "site", site, "check", check, "kind", "x", "target", check, "family", "pair")
	}
	store := func(samples ...history.Sample) {
		t.Helper()
		if err := h.AppendKnown(t.Context(), samples); err != nil {
			t.Fatal(err)
		}
	}
	look := func() Rounds {
		t.Helper()
		e, err := evidence(t.Context(), h, d, inside(d, date), span{date.At(0), 5 * time.Minute, 10})
		if err != nil {
			t.Fatal(err)
		}
		return judge(d, e, nil)
	}
	const node, site = configs.Node("access.u1/a0"), "su1a0"
	icmp := []string{"site", site, "check", "ping", "kind", "icmp", "target", "hub", "family", "4"}
	store(put(1, 0, "__name__", "fengsui_known_site_state", "site", site), put(2, 4, "__name__", "fengsui_known_site_state", "site", site),
		check(1, site, "dns", 0), check(1, site, "portal", 2),
		put(1, 0, append(icmp, "__name__", "fengsui_icmp_loss_ratio")...), put(1, 0.01, append(icmp, "__name__", "fengsui_icmp_rtt_seconds")...),
		check(5, "hub", "gw-u1a0", 0), check(6, "hub", "gw-u1a0", 2), check(7, "hub", "gw-u1a0", 3),
		check(8, site, "dns", 0), // the collector was not at work then
		check(9, site, "dns", 0), put(9, 4, "__name__", "fengsui_known_site_state", "site", "hub"))
	want := func(when string, got Rounds, rounds map[int]Round) {
		t.Helper()
		if len(got[node]) != 10 {
			t.Fatalf("%s: got %d rounds, want the 10 that have begun", when, len(got[node]))
		}
		for i, r := range got[node] {
			if r != rounds[i] {
				t.Errorf("%s: round %d: got %s at E%d, want %s at E%d", when, i, r.Outcome, r.Grade, rounds[i].Outcome, rounds[i].Grade)
			}
		}
	}
	rounds := map[int]Round{1: {Outcome: OK, Grade: E3}, 5: {Outcome: OK, Grade: E1}, 6: {Outcome: Fail}, 8: {Outcome: Excluded}}
	want("before the backlog", look(), rounds)

	store(check(2, site, "dns", 3), check(2, site, "portal", 2), // one cannot be judged, one failed, and the collector listened in vain
		check(3, site, "dns", 0), check(3, site, "portal", 1), check(4, site, "dns", 2), check(4, site, "portal", 2))
	rounds[2], rounds[3], rounds[4] = Round{Outcome: Fail}, Round{Outcome: OK, Grade: E2}, Round{Outcome: Fail}
	want("after the backlog", look(), rounds)
}
