package agent_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fengsui/agent"
	"fengsui/agent/collectortest"
	"fengsui/agent/spool"
	"fengsui/checks/lab"
	"fengsui/configs"
)

// ofData is how TestKilledWithItsResultsInMemory tells its child what to be.
const ofData = "FENGSUI_TEST_AGENT_DATA"

// inMemory makes the agent of a site one that keeps its results in memory.
func (s *site) inMemory() {
	s.o.Config.SpoolWhere, s.o.Config.Checkpoint = configs.SpoolMemory, 200*time.Millisecond
}

// TestKilledWithItsResultsInMemory: whatever a process that is killed had in
// memory, what its checkpoint held arrives once under its own numbers, what
// lies between is told as lost, and a clean stop loses nothing.
func TestKilledWithItsResultsInMemory(t *testing.T) {
	t.Parallel()
	if data := os.Getenv(ofData); data != "" { // the child, until it is killed
		s := &site{t: t}
		s.equip(data)
		s.inMemory()
		t.Fatal(agent.Run(context.Background(), s.o))
	}
	s := newSite(t)
	s.inMemory()
	var dead atomic.Bool
	s.c.Fault = func(_ context.Context, rpc, when string) error {
		if dead.Load() && rpc == "Push" {
			return errors.New("no collector")
		}
		return nil
	}
	s.c.Assign(t, assign(check(1, "a"), check(2, "b")))

	child := exec.Command(os.Args[0], "-test.run=^TestKilledWithItsResultsInMemory$", "-test.timeout=60s")
	child.Env = append(os.Environ(), ofData+"="+s.o.Config.Data)
	var said bytes.Buffer
	child.Stdout, child.Stderr = &said, &said
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	killed := false
	kill := func() {
		if !killed {
			killed = true
			child.Process.Kill()
			child.Wait()
		}
	}
	t.Cleanup(kill)
	s.results("of the child", 10, any)
	dead.Store(true)
	dir := filepath.Join(s.o.Config.Data, "spool")
	collectortest.Until(t, "a checkpoint with results in it", func() error {
		if found, _ := filepath.Glob(filepath.Join(dir, "*.seg")); len(found) == 0 {
			return errors.New("there is none")
		}
		return nil
	})
	dead.Store(false) // more is pushed than the checkpoint knows
	s.results("behind the checkpoint", len(s.c.Seen().Results)+5, any)
	dead.Store(true)
	collectortest.Until(t, "another checkpoint", func() error {
		if n := len(waiting(t, dir)); n == 0 {
			return errors.New("nothing waits in it")
		}
		return nil
	})
	kill()
	if strings.Contains(said.String(), "FAIL") {
		t.Fatalf("the child ended by itself: %s", said.String())
	}
	left := waiting(t, dir)
	epoch := s.c.Seen().Hellos[0].Epoch

	dead.Store(false)
	s.start()
	s.results("of another epoch", 10, func(r *collectortest.Stored) bool { return !bytes.Equal(r.Epoch, epoch) })
	for at := range left {
		s.results(fmt.Sprintf("sequence %d, which the checkpoint held", at), 1, func(r *collectortest.Stored) bool {
			return bytes.Equal(r.Epoch, epoch) && r.Sequence == at
		})
	}
	collectortest.Until(t, "the status", func() error {
		f := s.status()
		if m := f.Spool.Memory; m == nil || m.Checkpoint.IsZero() || m.EveryNS != s.o.Config.Checkpoint || f.Spool.Epoch == hex.EncodeToString(epoch) {
			return fmt.Errorf("it says %+v", f.Spool)
		}
		if !strings.Contains(fmt.Sprint(f.Spool.Damages), "did not stop cleanly") {
			return fmt.Errorf("damages %v", f.Spool.Damages)
		}
		return nil
	})
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	s.accounted()
	if f := s.status(); f.Spool.Unacknowledged > 0 || !f.Stopped {
		t.Errorf("%d results wait after a clean stop", f.Spool.Unacknowledged)
	}
	if _, err := os.Stat(filepath.Join(dir, "memory")); err == nil {
		t.Error("the mark of an unclean end is there after a clean stop")
	}

	// The same directory on disk: the numbering goes on.
	n, last := len(s.c.Seen().Results), s.status().Spool.Epoch
	s.o.Config.SpoolWhere = configs.SpoolDisk
	s.start()
	s.results("on disk", n+5, any)
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	s.accounted()
	if f := s.status(); f.Spool.Epoch != last || f.Spool.Memory != nil || len(f.Spool.Damages) > 0 {
		t.Errorf("on disk the status says %+v, want the same epoch and no damage", f.Spool)
	}
}

// TestStopsWithItsResultsInMemory: a clean stop without a collector writes all.
func TestStopsWithItsResultsInMemory(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.inMemory()
	s.o.Config.Checkpoint = time.Hour
	s.c.Assign(t, assign(check(1, "a")))
	var dead atomic.Bool
	s.c.Fault = func(_ context.Context, rpc, when string) error {
		if dead.Load() && rpc == "Push" {
			return errors.New("no collector")
		}
		return nil
	}
	s.start()
	collectortest.Until(t, "ten pushes", func() error {
		if n := len(s.c.Seen().Pushes); n < 10 {
			return fmt.Errorf("%d came", n)
		}
		return nil
	})
	if n := s.status().Contact.Pushes; n > 3 {
		t.Errorf("the status was written after %d pushes, want it written at the start only: the flash is spared that too", n)
	}
	dead.Store(true)
	before := s.runs.Load()
	collectortest.Until(t, "probes without a collector", func() error {
		if n := s.runs.Load() - before; n < 5 {
			return fmt.Errorf("%d probes", n)
		}
		return nil
	})
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	dead.Store(false)
	runs := int(s.runs.Load())
	s.start()
	s.results("of the second process", runs+2, any)
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	s.whole()
	if got, want := len(s.c.Seen().Results), int(s.runs.Load()); got != want {
		t.Errorf("%d results are stored, want one for each of %d runs", got, want)
	}
}

// TestCheckpointsThatFail: they stop nothing, and the status says so until the
// disk is well.
func TestCheckpointsThatFail(t *testing.T) {
	if !lab.AloneWithDisks(t) {
		return
	}
	s := newSite(t)
	s.inMemory()
	dir := filepath.Join(s.o.Config.Data, "spool")
	lab.Disk(t, dir, 1<<20)
	s.c.Assign(t, assign(check(1, "a")))
	free := lab.Fill(t, dir)
	s.start()
	s.results("from memory", 5, any)
	collectortest.Until(t, "the status to say so", func() error {
		f := s.status()
		for _, p := range f.Problems {
			if p.Class == "spool" && strings.Contains(p.EN, "the checkpoint of what is in memory failed") && strings.Contains(p.EN, "no space left on device") && f.Spool.Memory.Checkpoint.IsZero() {
				return nil
			}
		}
		return fmt.Errorf("problems %v, %+v", f.Problems, f.Spool.Memory)
	})
	free()
	collectortest.Until(t, "a checkpoint", func() error {
		f := s.status()
		if len(f.Problems) > 0 || f.Spool.Memory.Checkpoint.IsZero() {
			return fmt.Errorf("problems %v, %+v", f.Problems, f.Spool.Memory)
		}
		return nil
	})
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	s.whole()
}

// waiting opens a copy of a spool and returns the sequences that wait there.
func waiting(t *testing.T, dir string) map[uint64]bool {
	t.Helper()
	copied := filepath.Join(t.TempDir(), "copy")
	if err := os.MkdirAll(copied, 0o700); err != nil {
		t.Fatal(err)
	}
	names, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if b, err := os.ReadFile(filepath.Join(dir, n.Name())); err == nil { // else it was just replaced
			if err := os.WriteFile(filepath.Join(copied, n.Name()), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	o, _, err := spool.Open(spool.Options{Dir: copied, Reserve: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	out := map[uint64]bool{}
	for _, b := range append(o.Live(time.Now(), 1<<30), o.Backlog(1<<30)...) {
		for i := range uint64(b.Count) {
			out[b.First+i] = true
		}
	}
	return out
}

// accounted checks that what never arrived was told as lost, and no more.
func (s *site) accounted() {
	s.t.Helper()
	seen := s.c.Seen()
	lost := map[string]bool{}
	for _, h := range seen.Hellos {
		for _, r := range h.Lost {
			for n := r.First; n <= r.Last; n++ {
				lost[fmt.Sprintf("%x %d", r.Epoch, n)] = true
			}
		}
	}
	for _, p := range seen.Pushes {
		for _, r := range p.Lost {
			for n := r.First; n <= r.Last; n++ {
				lost[fmt.Sprintf("%x %d", r.Epoch, n)] = true
			}
		}
	}
	if seen.Doubled > 0 {
		s.t.Errorf("%d results are doubled", seen.Doubled)
	}
	for _, r := range seen.Results {
		if lost[fmt.Sprintf("%x %d", r.Epoch, r.Sequence)] {
			s.t.Errorf("sequence %d of %x is stored and told as lost", r.Sequence, r.Epoch[:4])
		}
	}
	for _, h := range seen.Hellos {
		for _, n := range seen.Holes(h.Epoch) {
			if !lost[fmt.Sprintf("%x %d", h.Epoch, n)] {
				s.t.Errorf("sequence %d of %x never arrived and was not told as lost", n, h.Epoch[:4])
			}
		}
	}
}
