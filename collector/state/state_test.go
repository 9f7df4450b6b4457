package state_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"fengsui/collector/state"
)

func TestOpenAgainKeepsIdentity(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state ? # %.db") // characters that a URL could swallow
	a, err := state.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := state.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if a.Collector != b.Collector || b.Collector == [16]byte{} || b.Generation != 1 {
		t.Errorf("opened again: got %x generation %d, want %x generation 1", b.Collector, b.Generation, a.Collector)
	}
}

func TestPragmasHold(t *testing.T) {
	t.Parallel()
	d, err := state.Open(filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	err = d.Write(context.Background(), func(tx *sql.Tx) error {
		for pragma, want := range map[string]string{"synchronous": "2", "journal_mode": "wal"} {
			var got string
			if err := tx.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil {
				return err
			}
			if got != want {
				t.Errorf("pragma %s: got %s, want %s", pragma, got, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Read.Exec("DELETE FROM meta"); err == nil {
		t.Error("the reading pool deleted a row, want an error")
	}
}

func TestWriteRollsBack(t *testing.T) {
	t.Parallel()
	d, err := state.Open(filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	broken := errors.New("broken")
	err = d.Write(context.Background(), func(tx *sql.Tx) error {
		if _, err := tx.Exec("INSERT INTO dirty VALUES ('hub', '2026-11-23')"); err != nil {
			return err
		}
		return broken
	})
	if !errors.Is(err, broken) {
		t.Fatalf("got %v, want %v", err, broken)
	}
	var n int
	if err := d.Read.QueryRow("SELECT count(*) FROM dirty").Scan(&n); err != nil || n != 0 {
		t.Errorf("after a rollback: got %d rows, %v; want none", n, err)
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state.db")
	d, err := state.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Write(context.Background(), func(tx *sql.Tx) error {
		_, err := tx.Exec("PRAGMA user_version = 99")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	d.Close()
	if _, err := state.Open(path); err == nil || !strings.Contains(err.Error(), "version 99") {
		t.Errorf("opening a newer schema: got %v, want an error that names version 99", err)
	}
}

// TestFailedCommitIsFinal: nobody knows what of it is on disk, so nothing more
// may be promised, though the next commit would succeed.
func TestFailedCommitIsFinal(t *testing.T) {
	t.Parallel()
	d, err := state.Open(filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	// A reference that is looked at only by the commit lets only that fail.
	err = d.Write(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec(`CREATE TABLE a (id INTEGER PRIMARY KEY);
			CREATE TABLE b (a INTEGER REFERENCES a DEFERRABLE INITIALLY DEFERRED);
			INSERT INTO b VALUES (1)`)
		return err
	})
	if err == nil || errors.Is(err, state.ErrFailed) {
		t.Fatalf("got %v, want the commit to fail", err)
	}
	called := false
	err = d.Write(t.Context(), func(*sql.Tx) error { called = true; return nil })
	if !errors.Is(err, state.ErrFailed) || called {
		t.Errorf("the next write: got %v, begun: %t; want %v before it begins", err, called, state.ErrFailed)
	}
}
