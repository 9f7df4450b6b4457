package indicators

import (
	"testing"
	"time"

	"github.com/prometheus/prometheus/storage"

	"fengsui/checks"
	"fengsui/configs/calendar"
)

// TestNoMarkIsLost: what ingest notes while a day is read is noted again, and
// both indicators get it.
func TestNoMarkIsLost(t *testing.T) {
	t.Parallel()
	b := openPoints(t, pointDistrict(), noon.Add(36*time.Hour))
	day := calendar.DateOf(noon)
	left := func() (n int) {
		t.Helper()
		if err := b.db.Read.QueryRow("SELECT count(*) FROM point_rerate WHERE day = ?", day.String()).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	look := func(at time.Time, s checks.State) { b.saw("hub", "core", at, s, "no_reply", false) }
	note := func() {
		t.Helper()
		if err := b.mark(t.Context(), calendar.DateOf(b.now)); err != nil {
			t.Fatal(err)
		}
	}
	look(noon, checks.Up)
	// The reading of the day is over when the next mark comes.
	b.o.Queryable = afterwards{b.h, func() {
		look(noon.Add(time.Minute), checks.Down)
		note()
	}}
	b.step()
	if left() != 1 {
		t.Fatal("a mark that came while the day was read is gone")
	}
	b.o.Queryable = b.h
	b.step()
	if c := b.criterion("core", "D1"); c.Verdict != Unmet || left() != 0 {
		t.Errorf("after both: D1 is %s and %d marks are left, want fail and none", c.Verdict, left())
	}
	var access int
	if err := b.db.Read.QueryRow("SELECT count(*) FROM access_rerate WHERE day = ?", day.String()).Scan(&access); err != nil || access != 1 {
		t.Errorf("%d marks of the access rate, %v, want the one that its own rating takes", access, err)
	}
}

// TestWhatIsClosedStays: late data changes no round that closed, and none of
// which the history drops what was seen.
func TestWhatIsClosedStays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name             string
		closes, retained time.Duration
		days             int
		want             Verdict
	}{
		{"open", 31 * 24 * time.Hour, 90 * 24 * time.Hour, 20, Unmet},
		{"closed", 10 * 24 * time.Hour, 90 * 24 * time.Hour, 20, Passed},
		{"dropped", 31 * 24 * time.Hour, 10 * 24 * time.Hour, 20, Passed},
	} {
		d := pointDistrict()
		d.Indicators.Closes, d.Collector.Retention = c.closes, c.retained
		b := openPoints(t, d, noon.Add(13*time.Hour))
		b.saw("hub", "core", noon, checks.Up, "", false)
		b.step()
		b.now = b.now.AddDate(0, 0, c.days)
		b.saw("hub", "core", noon.Add(time.Minute), checks.Down, "no_reply", false)
		b.step()
		if got := b.criterion("core", "D1"); got.Verdict != c.want {
			t.Errorf("%s: D1 is %s, want %s", c.name, got.Verdict, c.want)
		}
		var left int
		if err := b.db.Read.QueryRow("SELECT count(*) FROM point_rerate WHERE day = ?", calendar.DateOf(noon).String()).Scan(&left); err != nil || left != 0 {
			t.Errorf("%s: %d marks of the day are left, %v, want none", c.name, left, err)
		}
	}
}

// TestOtherRoundsCountNoTimeTwice: rounds of another length do not overlap
// those that were entered.
func TestOtherRoundsCountNoTimeTwice(t *testing.T) {
	t.Parallel()
	d := pointDistrict()
	b := openPoints(t, d, noon.Add(36*time.Hour))
	b.saw("hub", "core", noon, checks.Up, "", false)
	b.step()
	count := func() (n int) {
		t.Helper()
		if err := b.db.Read.QueryRow("SELECT count(*) FROM point_rounds WHERE point = 'point.core'").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	d.Indicators.PointRound = time.Hour
	b.saw("hub", "core", noon.Add(time.Hour), checks.Up, "", false)
	b.saw("hub", "core", noon.Add(24*time.Hour), checks.Up, "", false)
	b.step()
	if n := count(); n != 2 {
		t.Errorf("%d rounds of the point are kept, want the day as one, and the hour of the day after it", n)
	}
}

// afterwards is a history of which something happens when a look at it is
// closed.
type afterwards struct {
	storage.Queryable
	then func()
}

func (a afterwards) Querier(mint, maxt int64) (storage.Querier, error) {
	q, err := a.Queryable.Querier(mint, maxt)
	return closing{q, a.then}, err
}

type closing struct {
	storage.Querier
	then func()
}

func (c closing) Close() error {
	defer c.then()
	return c.Querier.Close()
}
