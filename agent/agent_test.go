package agent_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fengsui/agent"
	"fengsui/agent/clock"
	"fengsui/agent/collectortest"
	"fengsui/agent/identity"
	"fengsui/agent/status"
	"fengsui/agent/uplink"
	"fengsui/checks"
	"fengsui/collector/wire"
	"fengsui/configs"
)

// fake is a check whose verdict the test decides.
type fake struct {
	Size  int `option:"size" doc:"a number" min:"1" max:"10"`
	probe func(ctx context.Context, o *checks.Observation) checks.Reason
}

func (f *fake) Host(target string) (string, error) { return target, checks.CheckHost(target) }

func (f *fake) Probe(ctx context.Context, _ checks.Endpoint, o *checks.Observation) checks.Reason {
	return f.probe(ctx, o)
}

var broken = checks.Declaration{Code: "broken", State: checks.Down, ZH: "坏", EN: "broken"}

// A site is an agent in a directory of its own, and its collector.
type site struct {
	t    *testing.T
	c    *collectortest.Collector
	o    agent.Options
	down atomic.Bool // what the fake check says
	runs atomic.Int64
	stop func() error
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{t: t, c: collectortest.Start(t, "127.0.0.1:0", nil)}
	s.equip(filepath.Join(t.TempDir(), "data"))
	if err := s.c.Identity(t).Save(s.o.Config.Data); err != nil {
		t.Fatal(err)
	}
	return s
}

// equip says what the agent of a data directory can do.
func (s *site) equip(data string) {
	config := configs.DefaultAgent()
	config.Data, config.SpoolReserve = data, 0
	config.Idle, config.Busy = 100*time.Millisecond, 50*time.Millisecond
	kind := &checks.Kind{
		Name: "fake", Measurements: []checks.Measurement{{Name: "rtt_seconds", Unit: "seconds", Type: "gauge"}, {Name: "loss_ratio", Unit: "ratio", Type: "gauge"}},
		Reasons: []checks.Declaration{broken},
		New: func() checks.Check {
			return &fake{Size: 1, probe: func(_ context.Context, o *checks.Observation) checks.Reason {
				s.runs.Add(1)
				o.Set("loss_ratio", 0.5)
				if s.down.Load() {
					return broken.With()
				}
				return checks.Reason{}
			}}
		},
	}
	s.o = agent.Options{
		Config: config, Kinds: []*checks.Kind{kind}, Version: "test", Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
		SelfTest: func(context.Context) *wire.SelfTest { return &wire.SelfTest{IcmpMode: "none", Ipv4: true} },
		Tune: func(u *uplink.Options) {
			u.FirstPause, u.MostPause, u.PersonPause = 10*time.Millisecond, 50*time.Millisecond, time.Hour
		},
	}
}

// start runs the agent until stop.
func (s *site) start() {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- agent.Run(ctx, s.o) }()
	stopped := false
	s.stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		return <-done
	}
	s.t.Cleanup(func() { s.stop() })
}

func (s *site) status() *status.File {
	s.t.Helper()
	var f *status.File
	collectortest.Until(s.t, "the status", func() (err error) {
		f, err = status.Read(s.o.Config.Data)
		return err
	})
	return f
}

// check is an assigned check that runs ten times a second.
func check(number uint32, id string) *wire.Check {
	return &wire.Check{Number: number, Id: id, Kind: "fake", Target: "127.0.0.1", IntervalNs: int64(100 * time.Millisecond), TimeoutNs: int64(50 * time.Millisecond)}
}

func assign(checks ...*wire.Check) *wire.Assignment {
	return &wire.Assignment{Site: "qingfu", SiteName: "青福镇", Checks: checks}
}

// results waits until the collector has n results that want accepts.
func (s *site) results(what string, n int, want func(*collectortest.Stored) bool) []*collectortest.Stored {
	s.t.Helper()
	var got []*collectortest.Stored
	collectortest.Until(s.t, fmt.Sprintf("%d results: %s", n, what), func() error {
		got = nil
		for _, r := range s.c.Seen().Results {
			if want(r) {
				got = append(got, r)
			}
		}
		if len(got) < n {
			return fmt.Errorf("%d came", len(got))
		}
		return nil
	})
	return got
}

func any(*collectortest.Stored) bool { return true }

// whole checks that every result of every epoch arrived once.
func (s *site) whole() {
	s.t.Helper()
	seen := s.c.Seen()
	if seen.Doubled > 0 {
		s.t.Errorf("%d results are doubled", seen.Doubled)
	}
	for _, h := range seen.Hellos {
		if holes := seen.Holes(h.Epoch); len(holes) > 0 {
			s.t.Errorf("epoch %x lacks %v", h.Epoch[:4], holes)
		}
	}
}

func TestWholeWay(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	revision := s.c.Assign(t, assign(check(1, "a"), check(2, "b")))
	s.start()
	for _, r := range s.results("of both checks", 10, any) {
		m := r.Result
		if string(r.Revision) != string(revision) || string(r.Boot) != string(clock.System().Boot()) || r.Kind.Kind != "fake" {
			t.Errorf("a result of revision %x, boot %x, kind %s", r.Revision, r.Boot, r.Kind)
		}
		if m.Check < 1 || m.Check > 2 || m.BootNs <= 0 || m.WallUnixNs <= 0 || m.DurationNs == 0 || m.Pair.GetState() != wire.State_STATE_UP || m.V4 == nil || m.V6 != nil {
			t.Errorf("a result says %v", m)
		}
		// What was not measured does not travel.
		if len(m.Rows) != 1 || len(m.Rows[0].Names) != 1 || r.Kind.Measurements[m.Rows[0].Names[0]] != "loss_ratio" || m.Rows[0].Values[0] != 0.5 {
			t.Errorf("rows %v of %v, want loss_ratio 0.5", m.Rows, r.Kind.Measurements)
		}
	}
	s.down.Store(true)
	s.results("down", 2, func(r *collectortest.Stored) bool {
		return r.Result.Pair.State == wire.State_STATE_DOWN && r.Result.Pair.Code == "broken"
	})
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	s.whole()
	seen := s.c.Seen()
	if len(seen.Goodbyes) != 1 {
		t.Errorf("%d goodbyes, want 1", len(seen.Goodbyes))
	}
	if h := seen.Hellos[0]; h.PreviousStopClean || len(h.Kinds) != 1 || h.Kinds[0].Schema == 0 || h.SelfTest.IcmpMode != "none" {
		t.Errorf("the first Hello says %v", h)
	}
	f := s.status()
	if !f.Stopped || f.Spool.Unacknowledged != 0 || f.Assignment.Revision != hex.EncodeToString(revision) || f.Contact.Pushes == 0 || f.Schedule.Runs == 0 {
		t.Errorf("the last status says %+v", f)
	}
}

// TestCleanStopIsTold: a second process knows how the first one ended.
func TestCleanStopIsTold(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	var before []byte // the first process, which may say Hello twice: a stop cuts one short
	for i, want := range []bool{false, true} {
		s.start()
		var hello *wire.HelloRequest
		collectortest.Until(t, "a Hello", func() error {
			for _, hello = range s.c.Seen().Hellos {
				if !bytes.Equal(hello.Contact.Instance, before) {
					return nil
				}
			}
			return errors.New("none")
		})
		if got := hello.PreviousStopClean; got != want {
			t.Errorf("start %d says that the stop before was clean: %v, want %v", i, got, want)
		}
		before = hello.Contact.Instance
		if err := s.stop(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRebootedWithoutCollector: the cached assignment is at work, and what it
// saw arrives once the collector is back.
func TestRebootedWithoutCollector(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	revision := s.c.Assign(t, assign(check(7, "a")))
	s.start()
	s.results("of the first process", 3, any)
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	before := s.runs.Load()

	var dead atomic.Bool
	dead.Store(true)
	s.c.Fault = func(context.Context, string, string) error {
		if dead.Load() {
			return errors.New("no collector")
		}
		return nil
	}
	s.start()
	collectortest.Until(t, "probes without a collector", func() error {
		if n := s.runs.Load() - before; n < 5 {
			return fmt.Errorf("%d probes", n)
		}
		return nil
	})
	collectortest.Until(t, "the status to say so", func() error {
		f := s.status()
		if f.Contact.Now || !f.Assignment.Cached || f.Spool.Unacknowledged < 3 || len(f.Problems) == 0 {
			return fmt.Errorf("it says %+v", f)
		}
		return nil
	})
	stored := len(s.c.Seen().Results)
	dead.Store(false)
	for _, r := range s.results("of the time without a collector", stored+5, any) {
		if string(r.Revision) != string(revision) || r.Result.Check != 7 {
			t.Errorf("a result of revision %x, check %d", r.Revision, r.Result.Check)
		}
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	s.whole()
}

func TestDamagedCacheIsNotBelieved(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func([]byte) []byte{
		"one bit":  func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
		"cut":      func(b []byte) []byte { return b[:len(b)-3] },
		"very cut": func(b []byte) []byte { return b[:10] },
		"empty":    func([]byte) []byte { return nil },
		"the hash": func(b []byte) []byte { b[0] ^= 1; return b },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.c.Assign(t, assign(check(1, "a")))
			s.start()
			s.results("any", 1, any)
			if err := s.stop(); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(s.o.Config.Data, "assignment")
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, spoil(b), 0o600); err != nil {
				t.Fatal(err)
			}
			before := len(s.c.Seen().Results)
			s.start()
			s.results("with the assignment of the collector", before+1, any) // it is fetched anew
		})
	}
}

func TestAssignmentChange(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	first := s.c.Assign(t, assign(check(1, "a")))
	s.start()
	s.results("of the first", 2, func(r *collectortest.Stored) bool { return string(r.Revision) == string(first) })
	second := s.c.Assign(t, assign(check(1, "b"), check(2, "a"),
		&wire.Check{Number: 4, Id: "a", Kind: "fake", Target: "127.0.0.1", IntervalNs: 1e9}, &wire.Check{Number: 5, Id: "d", Kind: "fake", Target: "127.0.0.1"}))
	for _, number := range []uint32{1, 2} {
		s.results("of the second", 2, func(r *collectortest.Stored) bool {
			return string(r.Revision) == string(second) && r.Result.Check == number
		})
	}
	for _, r := range s.c.Seen().Results {
		if string(r.Revision) == string(second) && r.Result.Check > 2 {
			t.Errorf("a check ran that cannot: %v", r.Result)
		}
	}
	collectortest.Until(t, "the status", func() error {
		a := s.status().Assignment
		if a.Checks != 2 || len(a.Skipped) != 2 || a.Cached {
			return fmt.Errorf("it says %+v", a)
		}
		return nil
	})
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	s.whole()
}

// TestGuardRails: what agent.hcl forbids is unable, not done and not silent.
func TestGuardRails(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		allowed func(netip.Addr) bool
		kind    func(string) bool
		check   *wire.Check
		code    string
	}{
		"address": {func(netip.Addr) bool { return false }, nil, check(1, "a"), "forbidden_here"},
		"kind":    {nil, func(string) bool { return false }, check(1, "a"), "kind_forbidden_here"},
		"unknown option": {nil, nil, &wire.Check{Number: 1, Id: "a", Kind: "fake", Target: "127.0.0.1", IntervalNs: 1e8,
			Options: []*wire.Option{{Name: "colour", Values: []string{"red"}}}}, "options_wrong"},
		"option out of bounds": {nil, nil, &wire.Check{Number: 1, Id: "a", Kind: "fake", Target: "127.0.0.1", IntervalNs: 1e8,
			Options: []*wire.Option{{Name: "size", Values: []string{"11"}}}}, "options_wrong"},
		"kind of a later release":    {nil, nil, &wire.Check{Number: 1, Id: "a", Kind: "of_tomorrow", Target: "x", IntervalNs: 1e8}, "kind_unknown"},
		"target":                     {nil, nil, &wire.Check{Number: 1, Id: "a", Kind: "fake", Target: "10.0.0.256", IntervalNs: 1e8}, "options_wrong"},
		"source that is no address":  {nil, nil, &wire.Check{Number: 1, Id: "a", Kind: "fake", Target: "127.0.0.1", Sources: []string{"10.0.0"}, IntervalNs: 1e8}, "options_wrong"},
		"source of another machine":  {nil, nil, &wire.Check{Number: 1, Id: "a", Kind: "fake", Target: "127.0.0.1", Sources: []string{"192.0.2.7"}, IntervalNs: 1e8}, "source_missing"},
		"interface that is not here": {nil, nil, &wire.Check{Number: 1, Id: "a", Kind: "fake", Target: "127.0.0.1", Interface: "fs-none0", IntervalNs: 1e8}, "source_missing"},
		"address that is none":       {nil, nil, &wire.Check{Number: 1, Id: "a", Kind: "fake", Target: "127.0.0.1", Addresses: []string{"portal"}, IntervalNs: 1e8}, "options_wrong"},
		"family":                     {nil, nil, &wire.Check{Number: 1, Id: "a", Kind: "fake", Target: "127.0.0.1", Family: 5, IntervalNs: 1e8}, "options_wrong"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.o.Allowed, s.o.KindAllowed = row.allowed, row.kind
			s.c.Assign(t, assign(row.check))
			s.start()
			for _, r := range s.results(row.code, 2, any) {
				if p := r.Result.Pair; p.State != wire.State_STATE_UNABLE || p.Code != row.code {
					t.Errorf("got %v, want unable %s", p, row.code)
				}
			}
			if n := s.runs.Load(); n > 0 {
				t.Errorf("%d probes were made", n)
			}
		})
	}
}

// TestStopWaitsForRunningChecks: what runs meets its deadline and its result
// is delivered.
func TestStopWaitsForRunningChecks(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	running, release := make(chan struct{}), make(chan struct{})
	var once atomic.Bool
	kind := *s.o.Kinds[0]
	kind.New = func() checks.Check {
		return &fake{Size: 1, probe: func(ctx context.Context, _ *checks.Observation) checks.Reason {
			if once.CompareAndSwap(false, true) {
				close(running)
				<-release
				if ctx.Err() != nil {
					return checks.ReasonStopped.With("x")
				}
			}
			return checks.Reason{}
		}}
	}
	s.o.Kinds = []*checks.Kind{&kind}
	c := check(1, "slow")
	c.IntervalNs, c.TimeoutNs = int64(time.Second), int64(20*time.Second)
	s.c.Assign(t, assign(c))
	s.start()
	<-running
	done := make(chan error, 1)
	go func() { done <- s.stop() }()
	select {
	case <-done:
		t.Fatal("the stop did not wait for a running check")
	case <-time.After(100 * time.Millisecond):
	}
	close(release)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	got := s.c.Seen().Results
	if len(got) != 1 || got[0].Result.Pair.State != wire.State_STATE_UP {
		t.Errorf("the collector got %d results, want the one of the running check, up", len(got))
	}
	s.whole()
}

func TestCannotStart(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.start()
	s.status()
	if err := agent.Run(t.Context(), s.o); err == nil || !strings.Contains(err.Error(), "another agent is at work there") {
		t.Errorf("a second agent in the same directory: %v", err)
	}

	o := s.o
	o.Config.Data = filepath.Join(t.TempDir(), "fresh")
	if err := agent.Run(t.Context(), o); !errors.Is(err, identity.ErrNotEnrolled) {
		t.Errorf("without an identity: %v, want ErrNotEnrolled", err)
	}

	id := s.c.Identity(t)
	id.Collectors = []string{"nonsense"}
	if err := id.Save(o.Config.Data); err != nil {
		t.Fatal(err)
	}
	if err := agent.Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "host:port") {
		t.Errorf("with a wrong collector address: %v", err)
	}
}

// TestEnrolledAnew: a machine that is enrolled again delivers what waited,
// and nothing twice.
func TestEnrolledAnew(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.c.Assign(t, assign(check(1, "a")))
	s.start()
	s.results("of the first agent", 3, any)
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	delivered := map[int64]bool{}
	for _, r := range s.c.Seen().Results {
		delivered[r.Result.BootNs] = true
	}
	id := s.c.Identity(t)
	id.Agent = []byte("another agent id")
	if err := id.Save(s.o.Config.Data); err != nil {
		t.Fatal(err)
	}
	s.c.Forget() // a collector holds nothing of an agent that it has just enrolled
	s.start()
	for _, r := range s.results("of the second agent", 3, any) {
		if delivered[r.Result.BootNs] {
			t.Errorf("the result of %d was delivered by both agents", r.Result.BootNs)
		}
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	s.whole()
}

// TestSuspicion: a check that begins to fail is looked at more often at once.
func TestSuspicion(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	kind, runs := *s.o.Kinds[0], new(atomic.Int64)
	kind.New = func() checks.Check {
		return &fake{Size: 1, probe: func(context.Context, *checks.Observation) checks.Reason {
			if runs.Add(1) == 1 {
				return checks.Reason{}
			}
			return checks.ReasonRefused.With("x", "127.0.0.1")
		}}
	}
	s.o.Kinds = []*checks.Kind{&kind}
	c := check(1, "a")
	c.IntervalNs, c.SuspicionNs = 2e9, 1e8
	s.c.Assign(t, assign(c))
	s.start()
	got := s.results("more than its interval gives", 6, any)
	slices.SortFunc(got, func(a, b *collectortest.Stored) int { return cmp.Compare(a.Result.BootNs, b.Result.BootNs) })
	for i := 3; i < len(got); i++ {
		if apart := time.Duration(got[i].Result.BootNs - got[i-1].Result.BootNs); apart > time.Second {
			t.Errorf("run %d came %s after the one before, want about 100ms", i, apart)
		}
	}
}
