package identity

import (
	"database/sql"
	"encoding/hex"
	"strings"
	"testing"
)

// TestKeep: only of an agent in force that was proved to be two machines, and
// only one of these.
func TestKeep(t *testing.T) {
	t.Parallel()
	r, _, _ := newRegistry(t)
	e, _ := mustEnrol(t, r, "qingfu")
	exec := func(query string, args ...any) {
		t.Helper()
		if err := r.db.Write(t.Context(), func(tx *sql.Tx) error {
			_, err := tx.Exec(query, args...)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	one, other, dead := strings.Repeat("a1", 16), "a1b2"+strings.Repeat("00", 14), strings.Repeat("c3", 16)
	for n, instance := range []string{dead, one, other} {
		raw, err := hex.DecodeString(instance)
		if err != nil {
			t.Fatal(err)
		}
		exec(`INSERT INTO instances (agent, instance, first, last, version, arch, boot, booted, self_test, superseded)
			VALUES (?, ?, 1, ?, '1', '', x'', 0, x'', ?)`, e.Agent[:], raw, n+1, map[bool]any{true: nil, false: 1}[instance == one])
	}
	if _, err := r.Keep(t.Context(), "qingfu", one); err == nil {
		t.Error("one machine: want an error, there is nothing to decide")
	}
	exec("INSERT INTO clones (agent, since, one, other) SELECT ?, 4, unhex(?), unhex(?)", e.Agent[:], one, other)
	for _, tt := range []struct{ name, instance, want string }{
		{"whole", one, one},
		{"cut short, upper case", "A1B2", other},
		{"both", "a1", ""},
		{"too short", "a1b", ""},
		{"a process that is dead", dead, ""},
		{"nobody", "ffff", ""},
	} {
		kept, err := r.Keep(t.Context(), "qingfu", tt.instance)
		if (err == nil) != (tt.want != "") || err == nil && hex.EncodeToString(kept.ID[:]) != tt.want {
			t.Errorf("%s: got %x, %v; want %q", tt.name, kept.ID, err, tt.want)
		}
	}
	all, err := r.Instances(t.Context(), e.Agent)
	if err != nil || len(all) != 3 {
		t.Fatalf("got %v, %v; want three processes", all, err)
	}
	for n, want := range []Instance{{Clone: true, Kept: true}, {Clone: true, Speaks: true}, {}} {
		if got := all[n]; got.Clone != want.Clone || got.Kept != want.Kept || got.Speaks != want.Speaks {
			t.Errorf("process %d is %+v, want %+v", n, got, want)
		}
	}
	mustEnrol(t, r, "qingfu")
	if _, err := r.Keep(t.Context(), "qingfu", one); err == nil {
		t.Error("the site was enrolled anew: want an error, there is nothing to decide")
	}
}
