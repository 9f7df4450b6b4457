package agent_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fengsui/agent/collectortest"
	"fengsui/checks"
	"fengsui/collector/wire"
)

// shy is a check that wants a secret and says which one it was told.
type shy struct {
	Secret string `option:"secret" doc:"name of a secret"`
	told   atomic.Pointer[string]
	seen   func(secret string)
	runs   atomic.Int64 // of this very check
}

func (s *shy) Host(target string) (string, error) { return target, checks.CheckHost(target) }
func (s *shy) SecretName() string                 { return s.Secret }

func (s *shy) Confide(value string) error {
	if value == "Hushed-but-wrong" {
		return errors.New("it is of no use")
	}
	s.told.Store(&value)
	return nil
}

func (s *shy) Probe(_ context.Context, at checks.Endpoint, o *checks.Observation) checks.Reason {
	o.Set("runs", float64(s.runs.Add(1)))
	o.Seconds("every_seconds", at.Every)
	told := s.told.Load()
	if told == nil {
		return checks.ReasonSecretMissing.With(at.Target, s.Secret)
	}
	s.seen(*told)
	return checks.Reason{}
}

// A shySite is a site whose agent has the kind "shy".
type shySite struct {
	*site
	log logs
	mu  sync.Mutex
	was map[string]int // runs by the secret that they were told
}

type logs struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logs) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newShySite(t *testing.T) *shySite {
	t.Helper()
	s := &shySite{site: newSite(t), was: map[string]int{}}
	s.o.Logger = slog.New(slog.NewTextHandler(&s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s.o.Kinds = append(s.o.Kinds, &checks.Kind{
		Name: "shy", Measurements: []checks.Measurement{{Name: "runs", Type: "gauge"}, {Name: "every_seconds", Unit: "seconds", Type: "gauge"}},
		New: func() checks.Check {
			return &shy{seen: func(secret string) {
				s.mu.Lock()
				defer s.mu.Unlock()
				s.was[secret]++
			}}
		},
	})
	return s
}

// runsWith waits until checks ran with this secret n times more.
func (s *shySite) runsWith(secret string, n int) {
	s.t.Helper()
	count := func() int {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.was[secret]
	}
	before := count()
	collectortest.Until(s.t, fmt.Sprintf("%d runs with a secret", n), func() error {
		if now := count(); now < before+n {
			return fmt.Errorf("%d so far", now-before)
		}
		return nil
	})
}

func shyCheck(number uint32, reference string) *wire.Check {
	return &wire.Check{
		Number: number, Id: "shy", Kind: "shy", Target: "127.0.0.1", IntervalNs: int64(100 * time.Millisecond), TimeoutNs: int64(50 * time.Millisecond),
		Options: []*wire.Option{{Name: "secret", Values: []string{"secret:" + reference}}},
	}
}

func secret(reference, value string) *wire.Secret {
	return &wire.Secret{Reference: reference, Value: []byte(value)}
}

// holds returns the files below a directory that hold a text, as it is or in
// base64.
func holds(t *testing.T, dir string, texts ...string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		for _, text := range texts {
			if bytes.Contains(b, []byte(text)) {
				files = append(files, d.Name())
				break
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestSecrets: a check is told its secret, also after a restart without a
// collector and when the file is gone; another value takes the place of the
// one before. It stands in one file, for the agent alone, and in no other.
func TestSecrets(t *testing.T) {
	t.Parallel()
	const value, base64 = "Hushed-one-1", "SHVzaGVkLW9uZS0x"
	s := newShySite(t)
	var dead atomic.Bool
	s.c.Fault = func(context.Context, string, string) error {
		if dead.Load() {
			return errors.New("no collector")
		}
		return nil
	}
	s.c.Confide(secret("core@1", value), secret("other@1", "not of this assignment"))
	s.c.Assign(t, assign(shyCheck(1, "core@1"), check(2, "a")))
	s.start()
	s.runsWith(value, 2)
	file := filepath.Join(s.o.Config.Data, "secrets")
	collectortest.Until(t, "the file of its own secrets alone", func() error {
		b, err := os.ReadFile(file)
		if err == nil && (!bytes.Contains(b, []byte(base64)) || bytes.Contains(b, []byte("other@1"))) {
			err = errors.New("it holds others")
		}
		return err
	})
	if info, err := os.Stat(file); err != nil || info.Mode() != 0o600 {
		t.Errorf("the file of secrets has mode %v, %v, want 0600", info.Mode(), err)
	}
	s.status()
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	if got := holds(t, s.o.Config.Data, value, base64); len(got) != 1 || got[0] != "secrets" {
		t.Errorf("the secret stands in the files %v, want in secrets alone", got)
	}

	dead.Store(true)
	s.start()
	s.runsWith(value, 2)
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	dead.Store(false)

	for _, damage := range []func() error{
		func() error { return os.Remove(file) },
		func() error { return os.WriteFile(file, []byte("no secrets at all, and more than 32 bytes"), 0o600) },
		func() error { return os.Truncate(file, 40) },
		func() error { return os.Truncate(file, 4) },
	} {
		if err := damage(); err != nil {
			t.Fatal(err)
		}
		s.start()
		s.runsWith(value, 2) // the collector told it again, though the assignment is the same
		if err := s.stop(); err != nil {
			t.Fatal(err)
		}
	}

	s.start()
	s.c.Confide(secret("core@2", "Hushed-two-2"))
	s.c.Assign(t, assign(shyCheck(1, "core@2")))
	s.runsWith("Hushed-two-2", 2)
	collectortest.Until(t, "the former secret to go", func() error {
		if got := holds(t, s.o.Config.Data, base64); len(got) > 0 {
			return fmt.Errorf("it stands in %v", got)
		}
		return nil
	})
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(s.log.String(), "Hushed") {
		t.Error("a secret stands in the log")
	}
}

// TestSecretsOfBoth: as long as the disk may hold either of two assignments, it
// holds the secrets of both.
func TestSecretsOfBoth(t *testing.T) {
	t.Parallel()
	s := newShySite(t)
	s.c.Confide(secret("core@1", "Hushed-1"))
	s.c.Assign(t, assign(shyCheck(1, "core@1")))
	s.start()
	s.runsWith("Hushed-1", 1)
	path := filepath.Join(s.o.Config.Data, "assignment")
	collectortest.Until(t, "the assignment on the disk", func() error {
		_, err := os.Stat(path)
		return err
	})
	if err := errors.Join(os.Remove(path), os.MkdirAll(filepath.Join(path, "in the way"), 0o700)); err != nil {
		t.Fatal(err)
	}
	s.c.Confide(secret("core@2", "Hushed-2"))
	s.c.Assign(t, assign(shyCheck(1, "core@2")))
	s.runsWith("Hushed-2", 1)
	collectortest.Until(t, "the secrets of both assignments", func() error {
		b, err := os.ReadFile(filepath.Join(s.o.Config.Data, "secrets"))
		if err == nil && (!bytes.Contains(b, []byte("core@1")) || !bytes.Contains(b, []byte("core@2"))) {
			err = errors.New("it does not hold both")
		}
		return err
	})
}

// TestNoSecret: a check that is told none, or one that it cannot use, says so
// and looks at nothing.
func TestNoSecret(t *testing.T) {
	t.Parallel()
	s := newShySite(t)
	says := func(revision []byte, code string) {
		t.Helper()
		for _, r := range s.results(code, 1, func(r *collectortest.Stored) bool { return bytes.Equal(r.Revision, revision) && r.Kind.Kind == "shy" }) {
			if r.Result.Pair.State != wire.State_STATE_UNABLE || r.Result.Pair.Code != code || strings.Contains(fmt.Sprint(r.Result.Pair.Args), "Hushed") {
				t.Errorf("got %v, want unable %s without the secret", r.Result.Pair, code)
			}
		}
	}
	revision := s.c.Assign(t, assign(shyCheck(1, "core@1")))
	s.start()
	says(revision, "secret_missing")
	s.c.Confide(secret("core@2", "Hushed-but-wrong"))
	says(s.c.Assign(t, assign(shyCheck(1, "core@2"))), "secret_wrong")
	s.c.Confide(secret("core@3", "Hushed-3"))
	s.c.Assign(t, assign(shyCheck(1, "core@3")))
	s.runsWith("Hushed-3", 1)
	c := shyCheck(1, "")
	c.Options[0].Values = []string{"env:HOME"} // nothing of this machine is a collector's to name
	says(s.c.Assign(t, assign(c)), "secret_missing")
}

// TestCheckLivesOn: an unchanged check keeps what it remembers over a new
// assignment; a changed one begins anew. It knows how often it runs.
func TestCheckLivesOn(t *testing.T) {
	t.Parallel()
	s := newShySite(t)
	s.c.Confide(secret("core@1", "x"))
	runs := func(revision []byte, n int, want func(number float64) bool) []*collectortest.Stored {
		t.Helper()
		return s.results("of a revision", n, func(r *collectortest.Stored) bool {
			if !bytes.Equal(r.Revision, revision) || r.Kind.Kind != "shy" {
				return false
			}
			if every := r.Result.Rows[0].Values[1]; every != 0.1 {
				t.Errorf("a check that runs every 100ms was told %v s", every)
			}
			return want(r.Result.Rows[0].Values[0])
		})
	}
	first := func(number float64) bool { return number == 1 }
	revision := s.c.Assign(t, assign(shyCheck(1, "core@1")))
	s.start()
	runs(revision, 1, first)
	for _, r := range runs(s.c.Assign(t, assign(check(1, "a"), shyCheck(2, "core@1"))), 3, func(float64) bool { return true }) {
		if first(r.Result.Rows[0].Values[0]) {
			t.Error("after a new assignment an unchanged check began anew")
		}
	}
	changed := shyCheck(2, "core@1")
	changed.TimeoutNs++
	runs(s.c.Assign(t, assign(check(1, "a"), changed)), 1, first)
}
