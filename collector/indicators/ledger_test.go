package indicators

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fengsui/collector/state"
	"fengsui/configs/calendar"
)

// TestLedgerSaysHowItWas: a day that was rated again keeps what was known
// before, also over a restart, and the same again is no new version.
func TestLedgerSaysHowItWas(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state.db")
	db, err := state.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	d, l := district(), Ledger{db}
	date := calendar.Date{Year: 2026, Month: 11, Day: 23}
	noon, evening := date.At(12*time.Hour), date.At(20*time.Hour)
	enter := func(l Ledger, at time.Time, want int, rounds ...Round) {
		t.Helper()
		n, err := l.Enter(t.Context(), termsOf(d, date), date, Rounds{"access.u1/a0": rounds}, at)
		if err != nil || n != want {
			t.Errorf("entered at %s: %d new versions, %v, want %d", at, n, err, want)
		}
	}
	enter(l, noon, 1, Round{}, Round{Outcome: OK, Grade: E3})
	enter(l, noon.Add(time.Hour), 0, Round{}, Round{Outcome: OK, Grade: E3})
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if db, err = state.Open(path); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	l = Ledger{db}
	enter(l, evening, 1, Round{Outcome: Fail}, Round{Outcome: OK, Grade: E3})
	for _, c := range []struct {
		known time.Time
		want  []Round
	}{
		{noon.Add(-1), nil},
		{noon, []Round{{}, {Outcome: OK, Grade: E3}}},
		{evening.Add(-1), []Round{{}, {Outcome: OK, Grade: E3}}},
		{evening, []Round{{Outcome: Fail}, {Outcome: OK, Grade: E3}}},
	} {
		got, err := l.Day(t.Context(), date, c.known, 5*time.Minute)
		if err != nil || string(pack(got["access.u1/a0"])) != string(pack(c.want)) {
			t.Errorf("known at %s: got %v, %v, want %v", c.known, got["access.u1/a0"], err, c.want)
		}
	}

	// The day goes on: nothing that was told changes.
	enter(l, evening.Add(time.Hour), 1, Round{Outcome: Fail}, Round{Outcome: OK, Grade: E3}, Round{Outcome: OK, Grade: E1})
	var versions int
	if err := db.Read.QueryRow("SELECT count(*) FROM access_days").Scan(&versions); err != nil || versions != 2 {
		t.Errorf("%d versions, %v, want 2: one before the backlog and one after it", versions, err)
	}
	morning, err := l.Day(t.Context(), date, date.At(11*time.Minute), 5*time.Minute)
	if err != nil || len(morning) != 0 {
		t.Errorf("before anything was entered: got %v, %v, want nothing", morning, err)
	}

	err = db.Write(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec("UPDATE access_days SET rounds = x'0f'")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Day(t.Context(), date, evening, 5*time.Minute); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a damaged row: got %v, want it refused", err)
	}
}
