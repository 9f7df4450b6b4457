package backup_test

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"fengsui/collector/backup"
	"fengsui/collector/history"
	"fengsui/collector/state"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// A rig is the data directory of a collector at work.
type rig struct {
	t       *testing.T
	data    string
	db      *state.DB
	history *history.History
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, data: filepath.Join(t.TempDir(), "data")}
	for name, mode := range map[string]os.FileMode{"ca.pem": 0o644, "ca.key": 0o600} {
		r.must(os.MkdirAll(filepath.Join(r.data, "ca"), 0o700))
		r.must(os.WriteFile(filepath.Join(r.data, "ca", name), []byte(name), mode))
	}
	r.open()
	return r
}

func (r *rig) open() {
	r.t.Helper()
	var err error
	r.db, err = state.Open(filepath.Join(r.data, "state.db"))
	r.must(err)
	r.history, err = history.Open(filepath.Join(r.data, "history"), history.Options{})
	r.must(err)
	r.t.Cleanup(func() { r.must(errors.Join(r.history.Close(), r.db.Close())) })
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) sample(at time.Time) {
	r.t.Helper()
	a := r.history.Appender(r.t.Context())
	s := history.NewSeries(labels.FromStrings(model.MetricNameLabel, "seen", "site", "town"))
	r.must(a.Append(&s, at.UnixMilli(), 1))
	r.must(a.Commit())
	r.must(r.history.Sync())
}

// note puts a day on the list of the state.
func (r *rig) note(day string) { r.exec("INSERT INTO dirty VALUES ('town', ?)", day) }

func (r *rig) exec(query string, args ...any) {
	r.t.Helper()
	r.must(r.db.Write(r.t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec(query, args...)
		return err
	}))
}

// text is all that the stores hold.
func (r *rig) text() string {
	r.t.Helper()
	var days, times []string
	rows, err := r.db.Read.Query("SELECT day FROM dirty ORDER BY day")
	r.must(err)
	defer rows.Close()
	for rows.Next() {
		var day string
		r.must(rows.Scan(&day))
		days = append(days, day)
	}
	q, err := r.history.Querier(0, noon.Add(time.Hour).UnixMilli())
	r.must(err)
	defer q.Close()
	set := q.Select(r.t.Context(), true, nil, labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, "seen"))
	for set.Next() {
		for it := set.At().Iterator(nil); it.Next() != chunkenc.ValNone; {
			ms, _ := it.At()
			times = append(times, time.UnixMilli(ms).UTC().Format("15:04"))
		}
	}
	return strings.Join(days, " ") + "; " + strings.Join(times, " ")
}

// take stages and writes a backup; copied is called between state and history.
func (r *rig) take(secrets bool, copied func()) string {
	r.t.Helper()
	staged, err := backup.Stores{Data: r.data, DB: r.db, History: r.history, Copied: copied}.Stage(r.t.Context())
	r.must(err)
	to := filepath.Join(r.t.TempDir(), "backup")
	_, err = backup.Write(to, r.data, staged, "test", secrets, false)
	r.must(err)
	r.must(os.RemoveAll(staged))
	return to
}

// restored restores a backup into a new data directory.
func restored(t *testing.T, dir string) *rig {
	t.Helper()
	r := &rig{t: t, data: t.TempDir()}
	_, err := backup.Restore(t.Context(), dir, r.data, 0)
	r.must(err)
	r.open()
	return r
}

// TestStateLagsBehindSamples: what comes while a backup is made is in the
// samples and not in the state, so it is sent again; late samples are in it;
// what the restored collector takes late and live it takes.
func TestStateLagsBehindSamples(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.sample(noon)
	r.sample(noon.Add(-3 * time.Hour)) // late
	r.note("1")
	dir := r.take(true, func() {
		r.note("2")
		r.sample(noon.Add(time.Minute))
	})
	if _, err := backup.Verify(dir); err != nil {
		t.Error(err)
	}
	again := restored(t, dir)
	if got, want := again.text(), "1; 09:00 12:00 12:01"; got != want {
		t.Errorf("restored %q, want %q", got, want)
	}
	again.sample(noon.Add(time.Minute)) // sent again
	again.sample(noon.Add(-time.Hour))
	again.sample(noon.Add(2 * time.Minute))
	if got, want := again.text(), "1; 09:00 11:00 12:00 12:01 12:02"; got != want {
		t.Errorf("after a refill %q, want %q", got, want)
	}
}

// TestNewGeneration: each restore is one, also of the same backup, with the
// collector's id; codes and conditions do not live again.
func TestNewGeneration(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.exec("INSERT INTO codes (hash, site, created, expires) VALUES (x'01', 'town', 1, 2)")
	r.exec("INSERT INTO pending VALUES ('f', 'rule', '{}', 1, 1)")
	dir := r.take(false, nil)
	a, b := restored(t, dir), restored(t, dir)
	if a.db.Collector != r.db.Collector || a.db.Generation <= r.db.Generation || b.db.Generation == a.db.Generation {
		t.Errorf("restored twice: collector %x, generations %d and %d; want %x and two above %d", a.db.Collector, a.db.Generation, b.db.Generation, r.db.Collector, r.db.Generation)
	}
	var n int
	if err := a.db.Read.QueryRow("SELECT (SELECT count(*) FROM codes) + (SELECT count(*) FROM pending)").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d codes and conditions live again (%v), want none", n, err)
	}
}

// TestSecretsAreAsked: the authority's key is in a backup only when asked for,
// and nobody but the owner reads what is.
func TestSecretsAreAsked(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, secrets := range []bool{false, true} {
		dir := r.take(secrets, nil)
		m, err := backup.Verify(dir)
		r.must(err)
		key, err := os.Stat(filepath.Join(restored(t, dir).data, "ca", "ca.key"))
		if there := err == nil; there != secrets || m.HasKey() != secrets || there && key.Mode().Perm() != 0o600 {
			t.Errorf("secrets %t: the key is there: %t (%v), want it when asked for, mode 0600", secrets, there, err)
		}
	}
}

// TestRestoreRefuses what is damaged, foreign or in the way, and leaves the
// data directory as it was.
func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.sample(noon)
	other := newRig(t).take(false, nil)
	change := func(name string, f func([]byte) []byte) func(dir, data string) error {
		return func(dir, _ string) error {
			path := filepath.Join(dir, name)
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(path, f(b), 0o600)
		}
	}
	flip := func(b []byte) []byte { b[len(b)/2] ^= 1; return b }
	tests := []struct {
		name string
		do   func(dir, data string) error
		want string
	}{
		{"no manifest", func(dir, _ string) error { return os.Remove(filepath.Join(dir, "manifest.json")) }, "it is no backup"},
		{"half a manifest", change("manifest.json", func(b []byte) []byte { return b[:len(b)/2] }), "read the manifest"},
		{"a newer format", change("manifest.json", func(b []byte) []byte {
			return []byte(strings.Replace(string(b), `"format": 1`, `"format": 2`, 1))
		}), "newer fengsui-collector"},
		{"a path outside", change("manifest.json", func(b []byte) []byte {
			return []byte(strings.Replace(string(b), `"state.db"`, `"../state.db"`, 1))
		}), "files inside"},
		{"a flipped bit", change("state.db", flip), "state.db has"},
		{"a short file", change("state.db", func(b []byte) []byte { return b[:4096] }), "state.db has 4096 bytes"},
		{"a lost file", func(dir, _ string) error { return os.Remove(filepath.Join(dir, "ca", "ca.pem")) }, "is damaged"},
		{"a file too many", func(dir, _ string) error { return os.WriteFile(filepath.Join(dir, "history", "x"), nil, 0o600) }, "does not name"},
		{"a link", func(dir, _ string) error { return os.Symlink("/", filepath.Join(dir, "x")) }, "plain files"},
		{"another collector's manifest", change("manifest.json", func(b []byte) []byte {
			m, err := backup.Verify(other)
			r.must(err)
			i := strings.Index(string(b), `"collector": "`) + len(`"collector": "`)
			return append(append(append([]byte(nil), b[:i]...), m.Collector...), b[i+len(m.Collector):]...)
		}), "files of two backups are mixed"},
		{"data in the way", func(_, data string) error { return os.WriteFile(filepath.Join(data, "state.db"), nil, 0o600) }, "nothing is ever overwritten"},
	}
	for _, tt := range tests {
		dir, data := r.take(false, nil), t.TempDir()
		r.must(tt.do(dir, data))
		before, err := os.ReadDir(data)
		r.must(err)
		_, err = backup.Restore(t.Context(), dir, data, 0)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want an error with %q", tt.name, err, tt.want)
		}
		if after, err := os.ReadDir(data); err != nil || fmt.Sprint(after) != fmt.Sprint(before) {
			t.Errorf("%s: the data directory holds %v (%v), want %v", tt.name, after, err, before)
		}
	}
	// A backup is not written over another one either.
	if _, err := backup.Write(other, r.data, r.data, "test", false, false); err == nil || !strings.Contains(err.Error(), "overwritten") {
		t.Errorf("a backup over a backup: %v, want it refused", err)
	}
}

// TestCutOff: a restore that was killed leaves what a start refuses; what a
// backup that was killed left is removed.
func TestCutOff(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	staged, err := backup.Stores{Data: r.data, DB: r.db, History: r.history}.Stage(t.Context())
	r.must(err)
	r.must(backup.Tidy(r.data))
	if _, err := os.Stat(staged); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the staging of a backup that was cut off is there: %v", err)
	}
	r.must(os.WriteFile(filepath.Join(r.data, "restoring"), nil, 0o600))
	if err := backup.Tidy(r.data); err == nil || !strings.Contains(err.Error(), "cut off") {
		t.Errorf("data whose restore was cut off: %v, want it refused", err)
	}
	if _, err := (backup.Stores{Data: r.data, DB: r.db, History: r.history, MinFree: 1 << 60}).Stage(t.Context()); err == nil || !strings.Contains(err.Error(), "make room") {
		t.Errorf("a backup without room: %v, want it refused", err)
	}
}

// TestOwnCAIsNotBackedUp: the files of a CA of the bureau's own are none of
// the data, and a backup without any is whole; others are not.
func TestOwnCAIsNotBackedUp(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	staged, err := backup.Stores{Data: r.data, DB: r.db, History: r.history}.Stage(t.Context())
	r.must(err)
	r.must(os.RemoveAll(filepath.Join(r.data, "ca")))
	if _, err := backup.Write(filepath.Join(t.TempDir(), "built"), r.data, staged, "test", false, false); err == nil || !strings.Contains(err.Error(), "ca.pem") {
		t.Errorf("a built-in authority without its certificate: %v, want an error", err)
	}
	dir := filepath.Join(t.TempDir(), "own")
	_, err = backup.Write(dir, r.data, staged, "test", true, true)
	r.must(err)
	m, err := backup.Restore(t.Context(), dir, t.TempDir(), 0)
	if err != nil || !m.OwnCA || m.HasKey() {
		t.Errorf("restored %+v, %v, want a backup that says whose its authority is", m, err)
	}
}
