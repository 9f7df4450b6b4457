package agent

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"google.golang.org/protobuf/proto"

	"fengsui/agent/disk"
	"fengsui/agent/schedule"
	"fengsui/checks"
	"fengsui/collector/wire"
)

// assignment is what the agent has to do.
type assignment struct {
	revision []byte
	cached   bool // from disk, not confirmed since the start
	checks   int
	skipped  []string
}

// A task is one check of an assignment, ready to run.
type task struct {
	revision     []byte
	number       uint32
	id           string
	kind         string
	measurements []string
	spec         checks.Spec
	wrong        checks.Reason // not zero: it cannot run, and why
}

// cacheFile keeps the assignment over a restart without a collector: SHA-256
// of the rest, and the rest as it came.
const cacheFile = "assignment"

// maxChecks bounds an assignment.
const maxChecks = 10_000

// Revision returns the revision at work; empty: none.
func (a *Agent) Revision() []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.work.revision
}

// Assign takes a new assignment and keeps it on disk. When the disk does not
// take it, it is at work all the same.
func (a *Agent) Assign(revision, encoded []byte) error {
	if err := a.apply(revision, encoded, false); err != nil {
		return err
	}
	err := disk.Replace(filepath.Join(a.o.Config.Data, cacheFile), append(append([]byte{}, revision...), encoded...))
	if err != nil {
		a.o.Logger.Error("the assignment could not be kept; after a restart the one before is at work until the collector answers", "error", err)
	}
	a.report()
	return nil
}

// loadAssignment puts the assignment of the disk to work, so that an agent
// that finds no collector probes on.
func (a *Agent) loadAssignment() {
	path := filepath.Join(a.o.Config.Data, cacheFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err == nil {
		if len(text) < sha256.Size {
			err = fmt.Errorf("it has %d bytes, want more than %d", len(text), sha256.Size)
		} else if sum := sha256.Sum256(text[sha256.Size:]); string(sum[:]) != string(text[:sha256.Size]) {
			err = errors.New("its SHA-256 is another than the one it names")
		} else {
			err = a.apply(text[:sha256.Size], text[sha256.Size:], true)
		}
	}
	if err != nil {
		a.o.Logger.Warn("the cached assignment cannot be used; waiting for the collector", "file", path, "error", err)
	}
}

// apply puts an assignment to work.
func (a *Agent) apply(revision, encoded []byte, cached bool) error {
	var m wire.Assignment
	if err := proto.Unmarshal(encoded, &m); err != nil {
		return fmt.Errorf("it is no assignment: %w", err)
	}
	if len(m.Checks) > maxChecks {
		return fmt.Errorf("it has %d checks, want at most %d", len(m.Checks), maxChecks)
	}
	work := assignment{revision: append([]byte{}, revision...), cached: cached}
	var items []schedule.Item
	known := map[string]bool{}
	skip := func(c *wire.Check, why string) {
		work.skipped = append(work.skipped, fmt.Sprintf("%s (%s): %s", c.Id, c.Kind, why))
	}
	for _, c := range m.Checks {
		switch {
		case c.Id == "" || known[c.Id]:
			skip(c, "its id is missing or taken by another check")
			continue
		case c.IntervalNs < int64(time.Millisecond):
			skip(c, fmt.Sprintf("its interval is %v, want at least 1ms", time.Duration(c.IntervalNs)))
			continue
		}
		known[c.Id] = true
		t := a.newTask(work.revision, c)
		items = append(items, schedule.Item{
			ID: c.Id, Content: content(c), Interval: time.Duration(c.IntervalNs), Timeout: t.spec.Timeout,
			Run: func(ctx context.Context) { a.look(ctx, t) },
		})
	}
	work.checks = len(items)
	a.mu.Lock()
	a.work = work
	for id := range a.last {
		if !known[id] {
			delete(a.last, id)
		}
	}
	a.mu.Unlock()
	a.plan.Set(items)
	a.o.Logger.Info("an assignment is at work", "revision", fmt.Sprintf("%x", revision[:min(len(revision), 6)]), "checks", work.checks, "skipped", len(work.skipped), "cached", cached)
	for _, s := range work.skipped {
		a.o.Logger.Warn("a check does not run here", "check", s)
	}
	return nil
}

// newTask makes a check ready to run. One with wrong options, or of a kind
// that this release does not have, stays in the schedule and says so at every
// run: a check that silently does not exist would look like a dead agent.
func (a *Agent) newTask(revision []byte, c *wire.Check) *task {
	t := &task{revision: revision, number: c.Number, id: c.Id, kind: c.Kind}
	kind := a.kinds[c.Kind]
	if kind == nil {
		t.wrong = checks.ReasonKindUnknown.With(c.Target, c.Kind)
		t.spec.Timeout = checks.DefaultTimeout
		return t
	}
	for _, m := range kind.Measurements {
		t.measurements = append(t.measurements, m.Name)
	}
	options := map[string][]string{}
	for _, o := range c.Options {
		options[o.Name] = o.Values
	}
	spec, err := checks.NewSpec(kind, c.Target, options)
	if err == nil && c.Family != uint32(checks.Pair) && c.Family != uint32(checks.V4) && c.Family != uint32(checks.V6) {
		err = fmt.Errorf("the family is %d, want 0, 4 or 6", c.Family)
	}
	spec.Kind, spec.Target = kind, c.Target
	spec.Timeout, spec.Family, spec.WantV6 = time.Duration(c.TimeoutNs), checks.Family(c.Family), c.WantV6
	if spec.Timeout <= 0 {
		spec.Timeout = min(checks.DefaultTimeout, time.Duration(c.IntervalNs))
	}
	if err != nil {
		t.wrong = checks.ReasonOptionsWrong.With(c.Target, err.Error())
	}
	t.spec = spec
	return t
}

// content is everything of a check but its number, which may change while the
// check stays the same.
func content(c *wire.Check) string {
	same := proto.CloneOf(c)
	same.Number = 0
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(same)
	if err != nil {
		panic("BUG: a decoded check cannot be encoded: " + err.Error())
	}
	sum := sha256.Sum256(b)
	return string(sum[:])
}
