package indicators

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"fengsui/checks"
	"fengsui/collector/history"
	"fengsui/collector/state"
	"fengsui/configs"
	"fengsui/configs/calendar"
)

// TestPointGoesBack: a website that was done shows at once what is wrong with
// it today, and is 回退 when as many rounds failed as the settings say; the
// milestone of 2021 is lost with it.
func TestPointGoesBack(t *testing.T) {
	t.Parallel()
	d := pointDistrict()
	d.Indicators.PromoteAfter, d.Indicators.RevertAfter = 3, 2
	first := calendar.Date{Year: 2026, Month: 11, Day: 2}
	b := openPoints(t, d, first.At(0))
	day := func(n int, s checks.State) {
		for _, site := range []string{"hub", "s1"} {
			b.saw(site, "portal", first.AddDays(n).At(10*time.Hour), s, map[checks.State]string{checks.Down: "timed_out"}[s], false)
		}
		b.now = first.AddDays(n).At(10*time.Hour + time.Second)
	}
	report := func(known time.Time) (PointReport, Milestone) {
		t.Helper()
		s, err := b.Points(t.Context(), calendar.DateOf(b.now), known, "portal")
		if err != nil || len(s.Points) != 1 {
			t.Fatalf("got %d points, %v, want the one asked for", len(s.Points), err)
		}
		return s.Points[0], s.Milestones[0]
	}
	want := func(when string, state PointState, running Verdict, met bool) {
		t.Helper()
		b.step()
		p, m := report(time.Time{})
		if p.State != state || p.Running == nil || p.Running.Verdict != running || m.Met() != met || m.Of != 1 {
			t.Errorf("%s: %s, today %+v, milestone %+v, want %s, %s, met %v", when, p.State, p.Running, m, state, running, met)
		}
	}
	day(0, checks.Up)
	want("the first day", PointIdle, Passed, false)
	day(1, checks.Up)
	want("a day passed", PointPending, Passed, false)
	day(2, checks.Up)
	day(3, checks.Up)
	want("three days passed", PointDone, Passed, true)
	done := b.now
	day(4, checks.Down)
	want("the address is withdrawn", PointDone, Unmet, true)
	if p, _ := report(time.Time{}); p.Running.Criteria[1].Example == nil || p.Running.Criteria[1].Example.Code != "timed_out" {
		t.Errorf("today's V2 is %+v, want the time-out as its evidence", p.Running.Criteria[1])
	}
	day(5, checks.Down)
	want("it stays so", PointDone, Unmet, true)
	day(6, checks.Down)
	want("for two days", PointReverted, Unmet, false)
	if p, m := report(done); p.State != PointDone || p.Running != nil || !m.Met() {
		t.Errorf("as known on the fourth day: %s, running %+v, %+v, want it done and nothing live", p.State, p.Running, m)
	}
	if p, _ := report(time.Time{}); len(p.NotJudged) != 5 || p.NotJudged[0] != "V3" {
		t.Errorf("mandatory and not judged are %v, want V3, V5, V6, V8 and V12", p.NotJudged)
	}
}

// TestMilestones: a milestone about nothing is not met, and a device that is
// not core is in none.
func TestMilestones(t *testing.T) {
	t.Parallel()
	points := []PointReport{{State: PointDone}, {State: PointDone}, {State: PointPending}, {State: PointIdle}}
	for i, kind := range []string{"D", "S", "S", "D"} {
		points[i].Kind, points[i].Core = kind, i < 2
	}
	all := milestones(points, 2026)
	if all[0].Met() || all[0].Of != 0 || !all[1].Met() || all[1].Of != 2 || all[2].Assessed || all[3].Year != 2026 || all[3].Assessed {
		t.Errorf("got %+v, want 2021 about nothing, 2022 met by two, nothing wanted of 2023 and 2026", all)
	}
	points[1].State = PointReverted
	if all = milestones(points, 2022); all[1].Met() || len(all) != 3 {
		t.Errorf("a core server fell back: got %+v, want 2022 not met", all)
	}
}

// BenchmarkPoints rates a day of the points as it stands, as every reader of
// today's verdicts has it done: 89 sites look at 90 services each hour, three
// at each every five minutes.
func BenchmarkPoints(b *testing.B) {
	h, err := history.Open(b.TempDir(), history.Options{Retention: 90 * 24 * time.Hour, OutOfOrder: 31 * 24 * time.Hour})
	if err != nil {
		b.Fatal(err)
	}
	defer h.Close()
	db, err := state.Open(filepath.Join(b.TempDir(), "state.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	d := &configs.District{Indicators: configs.DefaultIndicators()}
	d.Indicators.Quorum = []string{"s0", "s1"}
	for n := range 90 {
		id := fmt.Sprintf("s%d", n)
		d.Services = append(d.Services, configs.Service{ID: id, Target: "https://" + id + ".qs.test/"})
		if n < 20 {
			d.Points = append(d.Points, configs.Point{ID: id, Kind: "W", Node: configs.NodeOf("service", id)})
		}
	}
	first := calendar.Date{Year: 2026, Month: 11, Day: 2}
	for n := range 89 {
		s := configs.Site{ID: fmt.Sprintf("site%d", n), Kind: "town"}
		for _, service := range d.Services {
			s.Checks = append(s.Checks, configs.Check{ID: service.ID, Kind: "http", Target: service.Target, Subject: service.Node()})
		}
		d.Sites = append(d.Sites, s)
		if n < 11 {
			d.Points = append(d.Points, configs.Point{ID: s.ID, Kind: "T", Node: s.Node()})
		}
		for i := range s.Checks {
			every := time.Hour
			if (n+i)%30 == 0 {
				every = 5 * time.Minute
			}
			var samples []history.Sample
			for at := time.Duration(0); at < 24*time.Hour; at += every {
				for _, family := range []string{"pair", "4", "6"} {
					samples = append(samples, history.Sample{T: first.At(at).UnixMilli() + int64(i), Labels: labels.FromStrings("__name__", "fengsui_check_state",
						"site", s.ID, "check", s.Checks[i].ID, "kind", "http", "target", s.Checks[i].ID, "family", family)})
				}
			}
			if err := h.AppendKnown(b.Context(), samples); err != nil {
				b.Fatal(err)
			}
		}
	}
	i := New(Options{DB: db, Queryable: h, District: func() *configs.District { return d }, Now: func() time.Time { return first.At(24*time.Hour - 1) }})
	b.ResetTimer()
	for b.Loop() {
		s, err := i.Points(b.Context(), first, time.Time{}, "")
		if err != nil || s.Points[0].Running.Verdict != Passed || s.Points[30].Running.Verdict != Passed {
			b.Fatalf("%v, %+v", err, s.Points[0].Running)
		}
	}
}
