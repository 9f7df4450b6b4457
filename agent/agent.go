// Package agent puts the parts of an agent together: the schedule runs checks,
// the spool keeps what they saw, the uplink carries it to the collector and
// brings the assignment back. Each part knows nothing of the others.
package agent

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"time"

	"fengsui/agent/clock"
	"fengsui/agent/disk"
	"fengsui/agent/identity"
	"fengsui/agent/line"
	"fengsui/agent/schedule"
	"fengsui/agent/spool"
	"fengsui/agent/uplink"
	"fengsui/checks"
	"fengsui/collector/wire"
	"fengsui/configs"
)

// Options are what an agent needs.
type Options struct {
	Config  configs.Agent
	Kinds   []*checks.Kind
	Version string
	Logger  *slog.Logger

	Allowed     func(netip.Addr) bool // the guard rails of agent.hcl; nil: everything
	KindAllowed func(string) bool
	SelfTest    func(context.Context) *wire.SelfTest // what this site can do

	Clock     clock.Clock           // nil: the machine's
	Resolver  checks.Resolver       // nil: the system's
	Crash     func(point string)    // for tests that kill; nil: never
	Tune      func(*uplink.Options) // for tests; nil: as configured
	TestEvery time.Duration         // between self-tests; 0: five minutes
	Segment   int64                 // bytes at which the spool begins a new file, for tests; 0: as usual
}

// An Agent is one running agent.
type Agent struct {
	o       Options
	id      *identity.Identity
	kinds   map[string]*checks.Kind
	spool   *spool.Spool
	plan    *schedule.Schedule
	up      *uplink.Uplink
	started time.Time
	added   chan struct{} // a result waits to be synced

	writing sync.Mutex // the status file
	written time.Time  // when it was
	told    string     // what it said to be wrong

	mu      sync.Mutex
	env     checks.Env
	test    *wire.SelfTest
	work    assignment
	last    map[string]seen // by id of a check
	moods   map[string]mood // the same
	damages []string
	dropped uint64 // results that the spool would not take
}

// syncEvery is how long a result may wait for the disk.
const syncEvery = time.Second

// Run runs an agent until ctx is done and then stops cleanly: nothing new
// begins, what runs meets its deadline, and what is left is pushed within 5 s.
// An error says why the agent could not start.
func Run(ctx context.Context, o Options) error {
	lock, err := disk.TakeLock(o.Config.Data)
	if err != nil {
		return err
	}
	defer lock.Release()
	a, err := open(o)
	if err != nil {
		return err
	}
	a.refreshSelfTest(ctx)
	a.loadAssignment()
	a.run(ctx)
	a.close()
	return nil
}

// open prepares everything that can fail.
func open(o Options) (*Agent, error) {
	if o.Clock == nil {
		o.Clock = clock.System()
	}
	if o.TestEvery <= 0 {
		o.TestEvery = 5 * time.Minute
	}
	data := o.Config.Data
	id, err := identity.Load(data)
	if err != nil {
		return nil, err
	}
	a := &Agent{
		o: o, id: id, kinds: map[string]*checks.Kind{}, started: o.Clock.Wall(),
		added: make(chan struct{}, 1), last: map[string]seen{}, moods: map[string]mood{}, test: &wire.SelfTest{},
		env: checks.Env{Resolver: o.Resolver, Allowed: o.Allowed, Kind: o.KindAllowed},
	}
	var schemas []*wire.KindSchema
	for _, k := range o.Kinds {
		a.kinds[k.Name] = k
		schemas = append(schemas, &wire.KindSchema{Kind: k.Name, Schema: Schema(k)})
	}
	spooledFor, err := a.openSpool()
	if err != nil {
		return nil, err
	}
	anchors, err := uplink.LoadAnchors(data)
	if err != nil {
		o.Logger.Warn("the anchors are lost; the collector tells them again", "error", err)
	}
	collectors := o.Config.Collectors
	if len(collectors) == 0 {
		collectors = id.Collectors
	}
	a.plan = schedule.New(schedule.Options{
		MaxConcurrent: o.Config.MaxConcurrent, Seed: id.Site,
		Overran: func(id string, times uint64) {
			o.Logger.Info("a check was skipped because its last run went on", "check", id, "times", times)
		},
	})
	uo := uplink.Options{
		Collectors: collectors, Proxy: Proxy(o.Config.Proxy), Identity: func() (*identity.Identity, error) { return identity.Load(data) },
		Keep:  func(former, next *identity.Identity) error { return identity.Swap(data, former, next) },
		Spool: a.spool, Clock: o.Clock, Anchors: anchors, Assignment: a, Kinds: schemas,
		SelfTest: a.selfTest, Version: o.Version, StopClean: takeStopMark(data), Logger: o.Logger,
		Pushed: a.report, SpooledFor: spooledFor,
		Idle: o.Config.Idle, Busy: o.Config.Busy, Backlog: o.Config.BacklogBitsPerSecond,
		BusyFor: min(time.Minute, 12*o.Config.Busy), Gather: min(500*time.Millisecond, o.Config.Busy/4),
		// A line that returns is noticed within two intervals: a longer pause
		// would keep a healthy site silent.
		MostPause: min(30*time.Second, 2*o.Config.Idle),
	}
	if o.Tune != nil {
		o.Tune(&uo)
	}
	if a.up, err = uplink.New(uo); err != nil {
		return nil, errors.Join(err, a.spool.Close())
	}
	return a, nil
}

// Proxy returns the proxy that a configuration names, nil when it names none.
func Proxy(c configs.Proxy) *line.Proxy {
	if c.Address == "" {
		return nil
	}
	return &line.Proxy{Address: c.Address, User: c.User, PasswordFile: c.PasswordFile}
}

// run runs the parts until ctx is done, and stops them in the order of the
// data's way.
func (a *Agent) run(ctx context.Context) {
	var parts, carry sync.WaitGroup
	carrying, stopCarrying := context.WithCancel(context.WithoutCancel(ctx))
	carry.Go(func() { a.up.Run(carrying) })
	parts.Go(func() { a.syncing(ctx) })
	parts.Go(func() { a.every(ctx, a.o.TestEvery, func() { a.refreshSelfTest(ctx) }) })
	parts.Go(func() { a.every(ctx, max(a.o.Config.Idle, time.Second), a.report) })
	a.o.Logger.Info("probing", "site", a.id.Site, "name", a.id.SiteName, "data", a.o.Config.Data, "version", a.o.Version)
	a.plan.Run(ctx) // returns when the running checks have ended
	a.o.Logger.Info("stopping: every check has ended, sending what is left")
	// Before the last push: the service manager may not wait for what follows.
	if err := a.spool.Checkpoint(); err != nil {
		a.o.Logger.Error("results could not be written; they wait in memory", "error", err)
	}
	stopCarrying()
	carry.Wait()
	parts.Wait()
}

// close leaves the data directory as a clean stop does, as far as the disk
// lets it.
func (a *Agent) close() {
	if err := a.spool.Close(); err != nil {
		// The disk's trouble is not the agent's: it did all that it could.
		a.o.Logger.Error("stopped; what is not on the disk and not acknowledged is lost", "error", err)
	} else if err := leaveStopMark(a.o.Config.Data); err != nil {
		a.o.Logger.Warn("stopped; the next start will not know that this was a clean stop", "error", err)
	} else {
		a.o.Logger.Info("stopped")
	}
	a.writeStatus(true)
}

func (a *Agent) every(ctx context.Context, d time.Duration, f func()) {
	t := time.NewTicker(d)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			f()
		}
	}
}

// syncing makes results durable at most a second after they were seen.
func (a *Agent) syncing(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.added:
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(syncEvery):
		}
		a.sync()
	}
}

func (a *Agent) sync() {
	if err := a.spool.Sync(); err != nil {
		a.o.Logger.Error("results could not be written; they wait in memory", "error", err)
	}
}

// The stop mark says that the agent before this one stopped cleanly.
const stopMark = "stopped"

func leaveStopMark(data string) error {
	return disk.Replace(filepath.Join(data, stopMark), nil)
}

// takeStopMark says whether there was a mark. It is gone before anything else
// happens, so that no crash can hide behind an old one.
func takeStopMark(data string) bool {
	err := os.Remove(filepath.Join(data, stopMark))
	if errors.Is(err, fs.ErrNotExist) {
		return false
	}
	return err == nil && disk.SyncDir(data) == nil
}
