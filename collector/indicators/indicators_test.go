package indicators

import (
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"fengsui/collector/history"
	"fengsui/collector/origins"
	"fengsui/collector/state"
	"fengsui/configs"
	"fengsui/configs/calendar"
)

// three is the district with three of its units, of one access point each, and
// nothing that names the others.
func three() *configs.District {
	d := district()
	d.Units = d.Units[1:4]
	hub := d.Site("hub")
	hub.Checks = slices.DeleteFunc(hub.Checks, func(c configs.Check) bool { return d.Access(c.Subject) == nil })
	return d
}

// TestBacklogReRatesTheDay goes through history and state: a unit whose line
// was cut at noon is without data, the backlog of the next morning shows that
// it failed, and the ledger still says what was known on the evening.
func TestBacklogReRatesTheDay(t *testing.T) {
	t.Parallel()
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
	d, date := district(), calendar.Date{Year: 2026, Month: 11, Day: 23}
	d.Units = d.Units[1:4] // of one access point each, with an agent
	now := date.At(12 * time.Hour)
	from := origins.New(db, slog.New(slog.DiscardHandler))
	for site, stays := range inside(d, date) {
		from.Heard(site, stays[0].Source, netip.Addr{}, stays[0].Began)
		from.Heard(site, stays[0].Source, netip.Addr{}, stays[0].Ended)
	}
	open := func() *Indicators {
		return New(Options{DB: db, Queryable: h, Origins: from, Append: h.AppendKnown, District: func() *configs.District { return d },
			Now: func() time.Time { return now }, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	}
	saw := func(site string, state float64, from, to time.Duration) {
		t.Helper()
		var samples []history.Sample
		for at := from; at < to; at += 5 * time.Minute {
			for _, check := range []string{"dns", "portal"} {
				samples = append(samples, history.Sample{T: date.At(at + time.Minute).UnixMilli(), V: state, Labels: labels.FromStrings(
					"__name__", "fengsui_check_state", "site", site, "check", check, "kind", "x", "target", check, "family", "pair")})
			}
		}
		if err := h.AppendKnown(t.Context(), samples); err != nil {
			t.Fatal(err)
		}
		err := db.Write(t.Context(), func(tx *sql.Tx) error { // as ingest does
			_, err := tx.Exec("INSERT OR IGNORE INTO dirty VALUES (?, ?)", site, date.String())
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	want := func(i *Indicators, when string, known time.Time, measured int, missing string) {
		t.Helper()
		s, err := i.Day(t.Context(), date, known)
		if err != nil || s.Refused != nil {
			t.Fatalf("%s: %v, %v", when, err, s.Refused)
		}
		got := ""
		for _, u := range s.Missing {
			got += fmt.Sprintf("%s %s ", u.Unit, u.State)
		}
		if s.Rates.Measured != measured || s.Rates.Of != 3 || s.Rates.Declared != 3 || got != missing || !s.Provisional || s.To.Sub(s.From) != 9*time.Hour {
			t.Errorf("%s: got %+v missing %q, provisional %v, %s counted, want %d of 3 measured, missing %q", when, s.Rates, got, s.Provisional, s.To.Sub(s.From), measured, missing)
		}
	}
	step := func(i *Indicators) {
		t.Helper()
		now = now.Add(time.Second)
		if err := i.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}

	i := open()
	for _, site := range []string{"su1a0", "su2a0", "su3a0"} {
		saw(site, 0, 0, 12*time.Hour)
	}
	step(i)
	noon := now
	so := func(when string, known time.Time, to time.Duration) {
		t.Helper()
		s, err := i.Day(t.Context(), date, known)
		if err != nil || s.Refused != nil || s.Rates.Measured != 3 || !s.To.Equal(date.At(to)) || !s.Provisional {
			t.Errorf("%s: got %+v until %s, %v, %v, want all 3 connected until %s, provisional", when, s.Rates, s.To, s.Refused, err, to)
		}
	}
	so("at noon", noon, 11*time.Hour+55*time.Minute) // the last round is rated a minute after its end
	now = date.At(24*time.Hour + 2*time.Minute)
	saw("su1a0", 0, 12*time.Hour, 24*time.Hour)
	saw("su2a0", 0, 12*time.Hour, 24*time.Hour)
	step(i)
	evening := now
	want(i, "in the evening", evening, 2, "u3 no_data ")
	so("what was known at noon", noon, 11*time.Hour+55*time.Minute)

	i = open() // a restart: what it knows is in the stores
	now = date.At(33 * time.Hour)
	saw("su3a0", 2, 12*time.Hour, 24*time.Hour)
	step(i)
	want(i, "after the backlog", now, 2, "u3 interrupted ")
	want(i, "how it was", evening, 2, "u3 no_data ")

	// It is provisional until the last spool is drained, the hub's too: it looked
	// at the gateways.
	for _, order := range [][]string{{"su1a0", "hub", "su2a0", "su3a0"}, {"su1a0", "su2a0", "su3a0", "hub"}} {
		drained := origins.New(db, slog.New(slog.DiscardHandler))
		told := New(Options{DB: db, Origins: drained, District: func() *configs.District { return d }})
		for n, site := range order {
			drained.Drained(site, date.At(18*time.Hour))
			s, err := told.Day(t.Context(), date, now)
			was, err2 := told.Day(t.Context(), date, evening)
			if err != nil || err2 != nil || s.Provisional != (n < 3) || was.Provisional != (n < 3) {
				t.Errorf("drained %v: provisional %v and in the evening %v, %v, %v, want it until all four are", order[:n+1], s.Provisional, was.Provisional, err, err2)
			}
		}
	}

	var left int
	if err := db.Read.QueryRow("SELECT (SELECT count(*) FROM dirty) + (SELECT count(*) FROM access_rerate WHERE day = ?)", date.String()).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d marks of the day are left, %v, want none", left, err)
	}

	// What was approved is entered after the fact: the afternoon is not held
	// against the unit, and the figure without exclusion says that it failed.
	d = three()
	d.Maintenance = []configs.Maintenance{{ID: "power", On: []configs.Node{"site.su3a0"}, From: date.At(11 * time.Hour), To: date.At(23 * time.Hour)}}
	step(i)
	if s, err := i.Day(t.Context(), date, now); err != nil || s.Rates.Measured != 3 || s.Rates.MeasuredWithoutExclusion != 2 || len(s.Missing) != 0 {
		t.Errorf("an approved power cut: got %+v lacking %v, %v, want 3 connected, 2 without any exclusion", s.Rates, s.Missing, err)
	}
	if e, _, err := i.Evidence(t.Context(), "access.u3/a0", date, date.At(12*time.Hour)); err != nil || len(e.Rounds) == 0 || e.Rounds[0].Maintenance != "power" || e.Rounds[0].Round.Outcome != Excluded {
		t.Errorf("the evidence of the first round of the afternoon: got %+v, %v, want it excluded by the power cut", e.Rounds, err)
	}
	d = three() // it is withdrawn
	step(i)
	if s, err := i.Day(t.Context(), date, now); err != nil || s.Rates.Measured != 2 {
		t.Errorf("without the power cut: got %+v, %v, want 2 connected as before", s.Rates, err)
	}

	// A reload with another list changes the running day and none before it.
	d = district()
	d.Units = d.Units[1:5]
	step(i)
	was, err := i.Day(t.Context(), date, now)
	s, err2 := i.Day(t.Context(), date.AddDays(1), now)
	if err != nil || err2 != nil || was.Rates.Of != 3 || s.Rates.Of != 4 || was.Denominator.Version == s.Denominator.Version {
		t.Errorf("another list: the day before has %+v, %v, and the running one %+v, %v, want 3 and 4 units and two versions", was.Rates, err, s.Rates, err2)
	}
	if want := date.AddDays(1).At(8*time.Hour + 55*time.Minute); !s.To.Equal(want) {
		t.Errorf("the running day counts until %s, want %s: the rounds so far", s.To, want)
	}
	d = district()
	d.Units = d.Units[1:5]
	d.Units[0].Budget = "unset"
	step(i)
	if s, err = i.Day(t.Context(), date.AddDays(1), now); err != nil || s.Refused == nil {
		t.Errorf("a unit unset: got %+v, %v, want a refusal", s.Rates, err)
	}
	// A day that nobody could rate is rated when somebody has said what counts.
	now = date.At(50 * time.Hour)
	step(i)
	d = district()
	d.Units = d.Units[1:3]
	saw("su1a0", 0, 34*time.Hour, 35*time.Hour)
	err = db.Write(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec("INSERT OR IGNORE INTO dirty VALUES ('su1a0', ?)", date.AddDays(1).String())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	step(i)
	if s, err = i.Day(t.Context(), date.AddDays(1), now); err != nil || s.Refused != nil || s.Rates.Of != 2 {
		t.Errorf("after somebody has said: got %+v, %v, %v, want a rate of 2", s.Rates, s.Refused, err)
	}
	if m, err := i.Month(t.Context(), 2026, time.November, now); err != nil || m.Refused != nil || m.Days != 2 || m.Last != date.AddDays(1) || len(m.Units) != 2 || !m.Provisional {
		t.Errorf("the month: got %+v, %v, want the two days, the list of the second, provisional", m, err)
	}

	if s, err = i.Day(t.Context(), date.AddDays(-1), now); err != nil || s.Refused == nil || s.Rates.Of != 0 {
		t.Errorf("a Sunday: got %+v, %v, want a refusal and no figure", s.Rates, err)
	}

	// What the history has begun to drop is not told anew.
	d = district()
	d.Units, d.Collector.Retention = d.Units[1:4], 2*24*time.Hour
	now = date.At(5 * 24 * time.Hour)
	saw("su3a0", 0, 12*time.Hour+2*time.Second, 24*time.Hour)
	step(i)
	if s, err = i.Day(t.Context(), date, now); err != nil || len(s.Missing) != 1 {
		t.Errorf("past the retention: got %+v, %v, want the figures as they were", s, err)
	}

	// What closed is closed.
	d = district()
	d.Units = d.Units[1:4]
	now = date.At(40 * 24 * time.Hour)
	saw("su3a0", 0, 12*time.Hour+time.Second, 24*time.Hour)
	step(i)
	s, err = i.Day(t.Context(), date, now)
	if err != nil || s.Provisional || len(s.Missing) != 1 {
		t.Errorf("after the window: got %+v, provisional %v, %v, want the figures as they were and final", s.Rates, s.Provisional, err)
	}
}

// BenchmarkDay reads and rates one day of 89 sites with 100 access points, as
// it is done with every round of 5 minutes.
func BenchmarkDay(b *testing.B) {
	h, err := history.Open(b.TempDir(), history.Options{Retention: 90 * 24 * time.Hour, OutOfOrder: 31 * 24 * time.Hour})
	if err != nil {
		b.Fatal(err)
	}
	defer h.Close()
	d, date := district(), calendar.Date{Year: 2026, Month: 11, Day: 23}
	sites := d.Sites[0].Checks
	d.Units, d.Sites = nil, nil
	for n := range 100 {
		site := fmt.Sprintf("s%d", n%89)
		if n < 89 {
			d.Sites = append(d.Sites, configs.Site{ID: site, Kind: "town", Checks: sites})
		}
		id := fmt.Sprintf("u%d", n)
		d.Units = append(d.Units, configs.Unit{ID: id, Budget: "yes", Level: 1, Access: []configs.AccessPoint{{ID: "a", Unit: id, Site: site, Required: true}}})
	}
	for minute := range 24 * 60 {
		var samples []history.Sample
		at := date.At(time.Duration(minute) * time.Minute).UnixMilli()
		for n := range 89 {
			for _, check := range []string{"dns", "portal", "ping"} {
				samples = append(samples, history.Sample{T: at, V: 0, Labels: labels.FromStrings("__name__", "fengsui_check_state",
					"site", fmt.Sprintf("s%d", n), "check", check, "kind", "x", "target", check, "family", "pair")})
			}
		}
		if err := h.AppendKnown(b.Context(), samples); err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	for b.Loop() {
		e, err := evidence(b.Context(), h, d, inside(d, date), span{date.At(0), 5 * time.Minute, 288})
		if err != nil {
			b.Fatal(err)
		}
		termsOf(d, date).units(judge(d, e, nil), 288)
	}
}
