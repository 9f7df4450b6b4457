package ingest

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fengsui/collector/wire"
)

// TestDiskFailuresEndAllAcknowledging: wherever the disk fails, the call that
// met it and all later ones are refused, though the disk is well again, and
// the process is told why it has to end. After a restart all is taken.
func TestDiskFailuresEndAllAcknowledging(t *testing.T) {
	t.Parallel()
	broken := errors.New("input/output error")
	trigger := func(table string) func(*rig) (mend func()) {
		return func(r *rig) func() {
			exec := func(text string) {
				if err := r.db.Write(t.Context(), func(tx *sql.Tx) error { _, err := tx.Exec(text); return err }); err != nil {
					t.Error(err)
				}
			}
			exec("CREATE TRIGGER broken BEFORE INSERT ON " + table + " BEGIN SELECT raise(ABORT, 'input/output error'); END")
			return func() { exec("DROP TRIGGER broken") }
		}
	}
	tests := []struct {
		name string
		fail func(*rig) (mend func())
		want string
	}{
		{"anchor", trigger("anchors"), "store the anchor of site town"},
		{"ranges", trigger("ranges"), "write what was received to the state database"},
		{"digests", trigger("batches"), "write what was received to the state database"},
		{"posture", func(r *rig) func() {
			r.seen.within = func(*sql.Tx) error { return broken }
			return func() { r.seen.within = nil }
		}, "write what was received to the state database"},
		{"labels of a check", func(r *rig) func() {
			*r.lookup = broken
			return func() { *r.lookup = nil }
		}, "look up check number 1 of site town"},
		{"log of samples", func(r *rig) func() {
			// The next segment's name is taken.
			taken := filepath.Join(r.dir, "history", "wal", "00000001")
			if err := os.Mkdir(taken, 0o755); err != nil {
				t.Error(err)
			}
			return func() {
				if err := os.Remove(taken); err != nil {
					t.Error(err)
				}
			}
		}, "write samples to the history"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			r := openRig(t, dir)
			m := newMachine("town")
			r.greet(m)
			mend := tt.fail(r)
			var all []*wire.Batch
			acknowledged := 0
			var err error
			for n := 0; n < 100 && err == nil; n++ { // a segment of the log takes a while to fill
				var results []*wire.Result
				for k := range 60 {
					results = append(results, m.result(noon.Add(time.Duration(100*n+k-20_000)*100*time.Millisecond), float64(k)/7))
				}
				all = append(all, m.cutBatch(m.body(results...)))
				if _, err = r.tryPush(m, all[n]); err == nil {
					acknowledged++
				}
			}
			if codeOf(err) != wire.CodeStopping {
				t.Fatalf("the push that met it: got %v, want a refusal %s", err, wire.CodeStopping)
			}
			select {
			case err := <-r.Failed():
				if !strings.Contains(err.Error(), tt.want) {
					t.Errorf("the process is told %v, want %q in it", err, tt.want)
				}
			default:
				t.Error("the process is told nothing")
			}
			mend()
			if _, err := r.tryPush(m, all[len(all)-1]); codeOf(err) != wire.CodeStopping {
				t.Errorf("sent again: got %v, want a refusal %s", err, wire.CodeStopping)
			}
			if _, err := r.Hello(t.Context(), m.Caller, m.hello(noon), noon); codeOf(err) != wire.CodeStopping {
				t.Errorf("Hello: got %v, want a refusal %s", err, wire.CodeStopping)
			}
			if n := r.count("SELECT coalesce(sum(last - first + 1), 0) FROM ranges"); n != 60*acknowledged {
				t.Errorf("%d sequences are held, want the %d acknowledged", n, 60*acknowledged)
			}
			r.close()
			r = openRig(t, dir)
			for n, b := range all {
				want := duplicate
				if n >= acknowledged {
					want = stored
				}
				if got := outcome(r.push(m, b)); got != want {
					t.Errorf("batch %d after a restart: got %v, want %v", n+1, got, want)
				}
			}
			for name, got := range samples(t, r.history) {
				if len(got) != 60*len(all) {
					t.Errorf("%s: %d samples, want %d", name, len(got), 60*len(all))
				}
			}
		})
	}
}

// TestWaiting: while a commit hangs on its disk it can be seen that somebody
// waits.
func TestWaiting(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := newMachine("town")
	r.greet(m)
	var during time.Duration
	r.seen.within = func(*sql.Tx) error {
		time.Sleep(10 * time.Millisecond)
		during = r.Waiting()
		return nil
	}
	r.push(m, m.cutBatch(m.body(m.result(noon.Add(-time.Second), 1))))
	if during < 10*time.Millisecond {
		t.Errorf("during a commit: got %v, want at least the 10ms that it hung", during)
	}
	i := r.Ingest
	r.close()
	if w := i.Waiting(); w != 0 {
		t.Errorf("with no commit at work: got %v, want 0", w)
	}
}
