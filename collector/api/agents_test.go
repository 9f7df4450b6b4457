package api

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fengsui/collector/state"
)

// TestMissing: what an agent in force lost, or was refused, within the last
// week is told by site, the newest first; older things and those of a revoked
// agent are not.
func TestMissing(t *testing.T) {
	t.Parallel()
	db, err := state.Open(filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) int64 { return now.Add(-d).UnixNano() }
	day := 24 * time.Hour
	err = db.Write(t.Context(), func(tx *sql.Tx) error {
		for _, row := range []struct {
			query string
			args  []any
		}{
			{"INSERT INTO agents (agent, site, serial, enrolled, expires) VALUES (x'01', 'town', 'a', 0, 1)", nil},
			{"INSERT INTO agents (agent, site, serial, enrolled, expires, revoked) VALUES (x'02', 'town', 'b', 0, 1, 1)", nil},
			{"INSERT INTO agents (agent, site, serial, enrolled, expires, revoked, reason, unacknowledged) VALUES (x'03', 'town', 'c', 0, 1, ?, 'replaced', 5), (x'04', 'town', 'd', 0, 1, ?, 'replaced', 6), (x'05', 'town', 'e', 0, 1, ?, 'replaced', 0)",
				[]any{ago(6 * day), ago(8 * day), ago(day)}},
			{"INSERT INTO agents (agent, site, serial, enrolled, admitted, expires, asked) VALUES (x'06', 'hamlet', 'f', 0, 1, ?, ?)", []any{ago(day), ago(time.Hour)}},
			{"INSERT INTO instances (agent, instance, first, last, version, arch, boot, booted, self_test) VALUES (x'06', x'01', 0, 0, '', '', x'', 0, x'')", nil},
			{"INSERT INTO lost VALUES (x'01', x'0e', 10, 14, ?), (x'01', x'0e', 20, 20, ?), (x'01', x'0e', 30, 39, ?), (x'02', x'0e', 1, 9, ?)",
				[]any{ago(2 * day), ago(3 * day), ago(8 * day), ago(day)}},
			{"INSERT INTO refusals VALUES (x'01', 'clock', 7, ?, ''), (x'01', 'value', 2, ?, ''), (x'01', 'key', 1, ?, '')",
				[]any{ago(day), ago(6 * day), ago(8 * day)}},
		} {
			if _, err := tx.Exec(row.query, row.args...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := Agents(db, func() time.Time { return now })(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]AgentInfo{
		"town":   {Missing: []Missing{{"clock", 7}, {"lost", 6}, {"value", 2}}, Replaced: time.Unix(0, ago(6*day)), Unpushed: 5},
		"hamlet": {Expired: time.Unix(0, ago(day)), Asks: time.Unix(0, ago(time.Hour))},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
