package agent_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"fengsui/agent/collectortest"
	"fengsui/agent/spool"
	"fengsui/checks/lab"
	"fengsui/collector/wire"
)

// TestDiskTakesNothing: an agent starts on a disk that takes no writes, says
// so, probes and pushes from memory, and stops without an error; when the disk
// takes writes again, the next start uses it.
func TestDiskTakesNothing(t *testing.T) {
	if !lab.AloneWithDisks(t) {
		return
	}
	for _, tt := range []struct {
		name, told string
		memory     bool // where results are anyway
		do         func(t *testing.T, dir string) (undo func())
	}{
		{"full", "no space left on device", false, lab.Fill},
		{"read-only", "read-only file system", false, readOnly},
		{"full, in memory", "no space left on device", true, lab.Fill},
		{"read-only, in memory", "read-only file system", true, readOnly},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t)
			if tt.memory {
				s.inMemory()
			}
			var said record
			s.o.Logger = slog.New(slog.NewTextHandler(&said, nil))
			dir := filepath.Join(t.TempDir(), "small")
			lab.Disk(t, dir, 1<<20)
			s.o.Config.Data = dir
			if err := s.c.Identity(t).Save(dir); err != nil {
				t.Fatal(err)
			}
			s.c.Assign(t, assign(check(1, "a")))

			undo := tt.do(t, dir)
			s.start() // the first one: no lock file, no mark, no spool
			s.results("from memory", 5, any)
			collectortest.Until(t, "a push that tells of the disk", func() error { return told(s, "takes no writes") })
			if err := s.stop(); err != nil {
				t.Errorf("the stop: %v, want none for a disk that takes nothing", err)
			}
			if text := said.String(); !strings.Contains(text, tt.told) {
				t.Errorf("the agent says nothing of %q:\n%s", tt.told, text)
			}

			undo()
			n := len(s.c.Seen().Results)
			s.start()
			s.results("of the next start", n+5, any)
			collectortest.Until(t, "a push that tells of no trouble", func() error { return told(s, "") })
			collectortest.Until(t, "a status without a problem", func() error {
				if f := s.status(); len(f.Problems) > 0 || f.Spool.Bytes == 0 {
					return fmt.Errorf("problems %v, %d bytes in the spool", f.Problems, f.Spool.Bytes)
				}
				return nil
			})
			if err := s.stop(); err != nil {
				t.Errorf("the stop: %v", err)
			}
		})
	}
}

func readOnly(t *testing.T, dir string) (undo func()) {
	lab.ReadOnly(t, dir, true)
	return func() { lab.ReadOnly(t, dir, false) }
}

// TestNumbersWentBackOnAReadOnlyDisk: the new epoch cannot be written, and
// results of the old one are on the disk. The site speaks all the same, and
// says what is wrong.
func TestNumbersWentBackOnAReadOnlyDisk(t *testing.T) {
	if !lab.AloneWithDisks(t) {
		return
	}
	s := newSite(t)
	var said record
	s.o.Logger = slog.New(slog.NewTextHandler(&said, nil))
	dir := filepath.Join(t.TempDir(), "small")
	lab.Disk(t, dir, 1<<20)
	s.o.Config.Data = dir
	if err := s.c.Identity(t).Save(dir); err != nil {
		t.Fatal(err)
	}
	s.c.Assign(t, assign(check(1, "a")))
	waiting, _, err := spool.Open(spool.Options{Dir: filepath.Join(dir, "spool")})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := waiting.Add(spool.Entry{Revision: make([]byte, 32), Boot: make([]byte, 16), Kind: "fake", Result: &wire.Result{Check: 99}}); err != nil {
			t.Fatal(err)
		}
	}
	old := waiting.Epoch()
	if err := waiting.Close(); err != nil {
		t.Fatal(err)
	}
	lab.ReadOnly(t, dir, true)
	s.c.GoBack()
	s.start()
	s.results("that waited on the disk", 3, func(r *collectortest.Stored) bool { return r.Result.Check == 99 && string(r.Epoch) != string(old[:]) })
	s.results("made now", 5, func(r *collectortest.Stored) bool { return r.Result.Check == 1 && string(r.Epoch) != string(old[:]) })
	if err := s.stop(); err != nil {
		t.Errorf("the stop: %v", err)
	}
	if text := said.String(); !strings.Contains(text, "a new epoch is begun in memory only") {
		t.Errorf("the agent says nothing of it:\n%s", text)
	}
}

// told wants the note of the newest push to hold a text, or to be empty.
func told(s *site, want string) error {
	pushes := s.c.Seen().Pushes
	if len(pushes) == 0 {
		return errors.New("no push came")
	}
	if note := pushes[len(pushes)-1].SelfTest.NoteEn; !strings.Contains(note, want) || want == "" && note != "" {
		return fmt.Errorf("the newest push notes %q, want %q", note, want)
	}
	return nil
}

// record keeps what is logged.
type record struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (r *record) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.Write(b)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.String()
}
