package agent

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/netip"
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
	specs    map[string]kept   // by id of a check
	secrets  map[string][]byte // that its checks name, by reference
	lacking  bool              // not all of them are here
}

// A kept check lives on in the next assignment that has it unchanged, with
// what it remembers.
type kept struct {
	content string
	spec    checks.Spec
}

// A task is one check of an assignment, ready to run.
type task struct {
	revision     []byte
	number       uint32
	id           string
	kind         string
	rowKey       string
	measurements []string
	spec         checks.Spec
	wrong        checks.Reason // not zero: it cannot run, and why
}

// cacheFile keeps the assignment over a restart without a collector: SHA-256
// of the rest, and the rest as it came.
const cacheFile = "assignment"

// maxChecks bounds an assignment.
const maxChecks = 10_000

// Revision returns the revision at work; empty: none, or one from the disk
// whose secrets were lost there, so that the collector tells them again.
func (a *Agent) Revision() []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.work.cached && a.work.lacking {
		return nil
	}
	return a.work.revision
}

// Assign takes a new assignment and keeps it on disk. When the disk does not
// take it, it is at work all the same.
func (a *Agent) Assign(revision, encoded []byte, told []*wire.Secret) error {
	a.mu.Lock()
	former := a.work.secrets
	a.mu.Unlock()
	all, err := gather(former, told)
	if err != nil {
		return err
	}
	if err := a.apply(revision, encoded, all, false); err != nil {
		return err
	}
	a.mu.Lock()
	used := a.work.secrets
	a.mu.Unlock()
	// Whichever of the two assignments a power cut leaves, its secrets are
	// there: those of both first, then the assignment, then its own alone.
	same := maps.EqualFunc(former, used, bytes.Equal)
	if !same {
		err = a.keepSecrets(all)
	}
	err = errors.Join(err, disk.Replace(filepath.Join(a.o.Config.Data, cacheFile), append(append([]byte{}, revision...), encoded...)))
	if err == nil && !same {
		err = a.keepSecrets(used)
	}
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
			err = a.apply(text[:sha256.Size], text[sha256.Size:], a.loadSecrets(), true)
		}
	}
	if err != nil {
		a.o.Logger.Warn("the cached assignment cannot be used; waiting for the collector", "file", path, "error", err)
	}
}

// apply puts an assignment to work, with those of the secrets that it names.
func (a *Agent) apply(revision, encoded []byte, secrets map[string][]byte, cached bool) error {
	var m wire.Assignment
	if err := proto.Unmarshal(encoded, &m); err != nil {
		return fmt.Errorf("it is no assignment: %w", err)
	}
	if len(m.Checks) > maxChecks {
		return fmt.Errorf("it has %d checks, want at most %d", len(m.Checks), maxChecks)
	}
	work := assignment{revision: append([]byte{}, revision...), cached: cached, specs: map[string]kept{}, secrets: map[string][]byte{}}
	a.mu.Lock()
	before := a.work.specs
	a.mu.Unlock()
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
		same := content(c)
		t := a.newTask(work.revision, c)
		if old, ok := before[c.Id]; ok && old.content == same {
			t.spec = old.spec
		}
		if t.wrong.IsZero() {
			t.wrong = work.confide(t.spec, secrets)
			work.specs[c.Id] = kept{same, t.spec}
		}
		items = append(items, schedule.Item{
			ID: c.Id, Content: same, Interval: time.Duration(c.IntervalNs), Timeout: t.spec.Timeout,
			Suspicion: time.Duration(c.SuspicionNs),
			Run:       func(ctx context.Context) { a.look(ctx, t) },
		})
	}
	work.checks = len(items)
	a.mu.Lock()
	a.work = work
	for id := range a.last {
		if !known[id] {
			delete(a.last, id)
			delete(a.moods, id)
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
	t.rowKey = kind.RowKey
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
	spec.Timeout, spec.Family = time.Duration(c.TimeoutNs), checks.Family(c.Family)
	spec.WantV6, spec.V4Only = c.WantV6, c.V4Only
	spec.Interval = time.Duration(c.IntervalNs)
	sources, wrong1 := addresses("sources", c.Sources)
	declared, wrong2 := addresses("addresses", c.Addresses)
	if err == nil {
		err = errors.Join(wrong1, wrong2)
	}
	spec.Sources, spec.Interface, spec.Addresses = sources, c.Interface, declared
	if spec.Timeout <= 0 {
		spec.Timeout = min(checks.DefaultTimeout, time.Duration(c.IntervalNs))
	}
	if err != nil {
		t.wrong = checks.ReasonOptionsWrong.With(c.Target, err.Error())
	}
	t.spec = spec
	return t
}

// maxAddresses bounds what one check says of addresses.
const maxAddresses = 64

func addresses(what string, texts []string) ([]netip.Addr, error) {
	if len(texts) > maxAddresses {
		return nil, fmt.Errorf("there are %d %s, want at most %d", len(texts), what, maxAddresses)
	}
	var all []netip.Addr
	for _, text := range texts {
		a, err := netip.ParseAddr(text)
		if err != nil {
			return nil, fmt.Errorf("%s hold %.64q, want an address", what, text)
		}
		all = append(all, a)
	}
	return all, nil
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
