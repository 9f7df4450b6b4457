package indicators

import (
	"database/sql"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"fengsui/checks"
	"fengsui/collector/history"
	"fengsui/collector/state"
	"fengsui/configs"
	"fengsui/configs/calendar"
)

// pointDistrict has a point of every kind: four sites look at the portal, two
// at the name server, the hub alone at the core switch and its line to a town,
// whose own site is a point too.
func pointDistrict() *configs.District {
	d := &configs.District{Indicators: configs.DefaultIndicators(), Calendar: &calendar.Calendar{}}
	d.Indicators.Quorum = []string{"dns", "portal"}
	d.Services = []configs.Service{{ID: "dns", Target: "2001:db8::53"}, {ID: "portal", Target: "https://portal.qs.test/"}}
	for _, id := range []string{"hub", "s1", "s2", "s3"} {
		s := configs.Site{ID: id, Kind: "town", Checks: []configs.Check{
			{ID: "portal", Kind: "http", Target: "https://portal.qs.test/", Subject: "service.portal"},
		}}
		if id == "hub" || id == "s1" {
			s.Checks = append(s.Checks, configs.Check{ID: "dns", Kind: "dns", Target: "2001:db8::53", Subject: "service.dns"})
		}
		if id == "hub" {
			s.Kind = "hub"
			s.Checks = append(s.Checks, configs.Check{ID: "core", Kind: "icmp", Target: "2001:db8::1", Subject: "device.core"},
				configs.Check{ID: "line", Kind: "icmp", Target: "2001:db8:1::1", Subject: "link.hub-s1"})
		}
		d.Sites = append(d.Sites, s)
	}
	d.Links = []configs.Link{{ID: "hub-s1", Between: [2]string{"hub", "s1"}}}
	d.Points = []configs.Point{
		{ID: "core", Kind: "D", Node: "device.core", Core: true, Started: true}, {ID: "dns", Kind: "N", Node: "service.dns"},
		{ID: "idle", Kind: "D", Node: "device.idle"}, // nobody looks at it
		{ID: "line", Kind: "L", Node: "link.hub-s1"}, {ID: "portal", Kind: "W", Node: "service.portal"}, {ID: "town", Kind: "T", Node: "site.s1"},
	}
	return d
}

// A simLook is one look of an agent over IPv6, and on which day the collector
// got it. noName is a look at a name without AAAA record: nothing over IPv6.
type simLook struct {
	site, check string
	at          time.Time
	state       checks.State
	code        string
	noName      bool
	came        int // days since the first
}

// simulatePoints makes a quarter of looks, three a day: spells of days in
// which a target is dead, a name has no AAAA record or the whole district's
// agents have no IPv6, single failures, sites that are switched off or cut off
// and bring their looks up to 20 days later, out of order.
func simulatePoints(r *rand.Rand, d *configs.District, first time.Time, days int) []simLook {
	var looks []simLook
	spell := map[string]int{}
	begin := func(what string, chance, longest int) bool {
		if spell[what] == 0 && r.IntN(chance) == 0 {
			spell[what] = 1 + r.IntN(longest)
		}
		if spell[what] > 0 {
			spell[what]--
			return true
		}
		return false
	}
	for day := range days {
		dead := map[string]bool{}
		for _, check := range []string{"portal", "dns", "core", "line"} {
			dead[check] = begin("dead "+check, 18, 6)
		}
		noName := begin("no AAAA", 25, 4)
		for _, s := range d.Sites {
			off, noV6, late := begin("off "+s.ID, 15, 3), begin("no IPv6 "+s.ID, 20, 5), 0
			if begin("cut "+s.ID, 12, 4) {
				late = 1 + r.IntN(20)
			}
			for _, c := range s.Checks {
				for k := range 3 {
					l := simLook{site: s.ID, check: c.ID, at: first.AddDate(0, 0, day).Add(time.Duration(8+4*k)*time.Hour + time.Duration(r.IntN(3000))*time.Second), came: day + late}
					switch {
					case off:
						continue
					case noV6:
						l.state, l.code = checks.Unable, "no_family_here"
					case c.ID == "portal" && noName:
						l.noName = true
					case dead[c.ID] || r.IntN(60) == 0:
						l.state, l.code = checks.Down, "timed_out"
					case r.IntN(40) == 0:
						l.state, l.code = checks.Degraded, "cert_expired"
					case r.IntN(40) == 0:
						l.state, l.code = checks.Unable, "overran"
					}
					looks = append(looks, l)
				}
			}
		}
	}
	return looks
}

// TestQuarterOfPoints rates a quarter of points through history and ledger
// against the plain implementation, day by day as it was known then, and asks
// the ledger again at the end how every day was known.
func TestQuarterOfPoints(t *testing.T) {
	t.Parallel()
	const days = 92
	d, first := pointDistrict(), time.Date(2026, 10, 1, 0, 0, 0, 0, calendar.Zone)
	looks := simulatePoints(rand.New(rand.NewPCG(4, 2026)), d, first, days)
	byDay := make([][]simLook, days)
	for _, l := range looks {
		day := int(l.at.Sub(first) / (24 * time.Hour))
		byDay[day] = append(byDay[day], l)
	}
	h := openHistory(t)
	db, err := state.Open(filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	now := first
	i := New(Options{DB: db, Queryable: h, District: func() *configs.District { return d }, Now: func() time.Time { return now }})

	want := map[string]map[int][]string{} // by point and day of knowledge: the states at the ends of all days so far
	verdicts, states, revised := map[string]int{}, map[string]int{}, 0
	var before map[string][]string
	rated := map[string][]string{} // the verdicts of all days as they are known
	for known := range days {
		arrive(t, h, db, looks, known)
		now = first.AddDate(0, 0, known+1).Add(2 * time.Minute)
		if err := i.mark(t.Context(), calendar.DateOf(now)); err != nil {
			t.Fatal(err)
		}
		if err := i.StepPoints(t.Context()); err != nil {
			t.Fatal(err)
		}
		after := map[string][]string{}
		for _, p := range d.Points {
			if rated[p.ID] == nil {
				rated[p.ID] = make([]string, days)
			}
			var states []string
			for day := range known + 1 {
				if day == known || slices.ContainsFunc(byDay[day], func(l simLook) bool { return l.came == known }) {
					of := slices.DeleteFunc(slices.Clone(byDay[day]), func(l simLook) bool { return l.came > known })
					rated[p.ID][day] = plainPoint(p.ID, of)
				}
				states = append(states, plainState(rated[p.ID][:day+1], p.Started))
			}
			if want[p.ID] == nil {
				want[p.ID] = map[int][]string{}
			}
			want[p.ID][known] = states
			after[p.ID] = states
			if n := len(before[p.ID]); n > 0 && !slices.Equal(before[p.ID], states[:n]) {
				revised++
			}
			if known == days-1 {
				compareRounds(t, i, p, first, rated[p.ID], now)
				for _, v := range rated[p.ID] {
					verdicts[v]++
				}
			}
		}
		before = after
	}
	for known := range days {
		at := first.AddDate(0, 0, known+1).Add(2 * time.Minute)
		rows, err := i.points.Transitions(t.Context(), at)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range d.Points {
			told := holds(rows[configs.NodeOf("point", p.ID)])
			for day, state := range want[p.ID][known] {
				states[state]++
				// The inventory spoke on the second day at 00:02: from then on it is under way.
				if p.Started && day == 0 {
					continue
				}
				if got, _ := stateAt(told, first.AddDate(0, 0, day+1)); string(got) != state {
					t.Fatalf("%s at the end of day %d as known after day %d: got %s, want %s; the ledger has %+v", p.ID, day, known, got, state, told)
				}
			}
		}
	}
	for _, s := range PointStates {
		if states[string(s)] == 0 {
			t.Errorf("no point of the simulated quarter is ever %s: it shows nothing of it", s)
		}
	}
	for _, v := range []Verdict{Passed, Unmet, Undecided} {
		if verdicts[string(v)] == 0 {
			t.Errorf("no day of the simulated quarter is %s: it shows nothing of it", v)
		}
	}
	if revised < 10 {
		t.Errorf("late data changed what was told %d times, want at least 10: the quarter shows too little of it", revised)
	}
}

// arrive stores the looks that come on a day, as ingest does.
func arrive(t *testing.T, h *history.History, db *state.DB, looks []simLook, day int) {
	t.Helper()
	var samples []history.Sample
	err := db.Write(t.Context(), func(tx *sql.Tx) error {
		for _, l := range looks {
			if l.came != day {
				continue
			}
			for _, family := range []string{"pair", "6"} {
				if family == "6" && l.noName {
					continue
				}
				samples = append(samples, history.Sample{T: l.at.UnixMilli(), V: float64(l.state), Labels: labels.FromStrings(
					"__name__", "fengsui_check_state", "site", l.site, "check", l.check, "kind", "x", "target", l.check, "family", family)})
			}
			if _, err := tx.Exec("INSERT INTO transitions (site, check_, family, at, state, code, args) VALUES (?, ?, 6, ?, ?, ?, '[]')",
				l.site, l.check, l.at.UnixNano(), l.state, l.code); err != nil {
				return err
			}
			if _, err := tx.Exec("INSERT OR IGNORE INTO dirty VALUES (?, ?)", l.site, calendar.DateOf(l.at).String()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.AppendKnown(t.Context(), samples); err != nil {
		t.Fatal(err)
	}
}

// compareRounds holds the ledger's rounds of a point against what they should
// be; a round of which nothing was seen is not in it.
func compareRounds(t *testing.T, i *Indicators, p configs.Point, first time.Time, want []string, known time.Time) {
	t.Helper()
	for day, verdict := range want {
		from := first.AddDate(0, 0, day)
		r, err := i.points.Last(t.Context(), configs.NodeOf("point", p.ID), from, from.AddDate(0, 0, 1), known)
		if err != nil {
			t.Fatal(err)
		}
		got := Undecided
		if r != nil {
			got = r.Verdict
		}
		if string(got) != verdict {
			t.Errorf("%s on %s: got %s, want %s", p.ID, from.Format(time.DateOnly), got, verdict)
		}
	}
}
