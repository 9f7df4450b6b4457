// Package posture knows the current state of everything, as last seen, with
// its age.
//
// What was seen comes in by [Posture.Record], inside ingest's transaction,
// and is the newest result of each check and family; older ones never change
// it, but find their place among the transitions. What is known is what was
// seen while it is fresh enough, and silent afterwards; it is judged by
// [Posture.Run], which writes it as the known series:
//
//   - A check is silent when its newest live result is older than
//     CheckIntervals intervals and CheckGrace. A result is live when at its
//     receipt no newer one was due: it is no older than one interval and
//     CheckGrace. So a backlog neither ends a silence nor begins an alarm.
//   - A site is silent when nothing at all came from it for SiteSilence.
//   - Nothing is judged until the collector has listened for that long. What
//     it has not heard since then has no known sample; afterwards it is silent.
//     A process that stood still (stopped, starved, a disk that hung) has not
//     listened and begins anew.
//   - A check is unopened (未开通) until its first success, for each family of
//     its own; up and degraded are successes, since both were served. A site
//     is unopened until it first spoke. Neither has known series.
//   - A site is enrolled while an agent of it is in table agents and not
//     revoked; one that spoke since the start counts as enrolled until the
//     table says otherwise.
//   - What is no longer in the inventory, and a family that a check no longer
//     observes, gets a staleness marker and is not shown.
//
// Ages are counted on the monotonic clock, so a step of the wall clock makes
// nothing silent and keeps nothing alive.
//
// What is durable, and when: a change of (state, code), the first success and
// every transition with the transaction that brought it, because alerts and
// the record hang on them. The time of the newest result is written along, and
// otherwise every five minutes: after a crash it may lie that much back, which
// shows an older age and nothing worse, since nothing is judged by it.
package posture

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"fengsui/checks"
	"fengsui/collector/history"
	"fengsui/collector/state"
	"fengsui/configs/calendar"
)

// Options of a posture. Zero lengths of time take the defaults of the design.
type Options struct {
	DB     *state.DB
	Append func(context.Context, []Sample) error // history.AppendKnown; nil for none

	SiteSilence    time.Duration // 45 s
	CheckIntervals int           // 2
	CheckGrace     time.Duration // 30 s

	// Waiting is for how long what has arrived waits to be stored; nil: it
	// never does. Who waits is not silent: the fault is ours.
	Waiting func() time.Duration

	Now     func() time.Time                           // time.Now; its monotonic reading is used when it has one
	Site    func(id string, silent bool, at time.Time) // told when a site is silent, since its last contact, or heard, and where it begins; nil for none
	Changed func()                                     // called after known series changed and were appended; nil for none
	Logger  *slog.Logger                               // nil: silent
}

// A Sample of a known series, at the collector's time: strictly increasing
// within a series.
type Sample = history.Sample

// Observed is one verdict of one result: of the pair, or of one family. The
// verdicts of one result come with the same time and in the same call.
type Observed struct {
	Site, Check, Kind, Target string
	Interval                  time.Duration
	Family                    checks.Family
	State                     checks.State
	Reason                    checks.Reason // zero when up
	At                        time.Time     // collector's time of the run
	Findings                  []checks.Finding
}

// Lengths that need no setting.
const (
	everyMinute = time.Minute      // all known series are written
	flushEvery  = 5 * time.Minute  // times of unchanged checks reach the disk
	settle      = time.Minute      // within which a new assignment runs each check once
	heartbeat   = 5 * time.Second  // of Run
	stoodStill  = 10 * time.Second // a heartbeat this late: we were not listening
	keepGaps    = 31 * 24 * time.Hour
	fromFuture  = time.Minute // no result is taken from further ahead: one that lies there was made before the clock went back
)

// Posture is safe for use by several goroutines; calls of Record come one
// after the other, each with its commit before the next transaction's.
type Posture struct {
	o Options

	mu     sync.Mutex
	clock  clock
	checks map[key]*check
	sites  map[string]*site
	listed bool     // an inventory was set
	order  []string // ids of sites, as in the inventory

	calendar  *calendar.Calendar // of the inventory; nil before it was set
	dutyGrace time.Duration      // of the inventory, around the hours of a site

	running   bool
	origin    time.Duration // since when we have been listening, on the clock
	began     time.Time     // the same, as wall time
	judging   bool
	nextScan  time.Duration // when the next silence may begin
	nextFull  time.Duration // when all known series are due
	refused   error         // by the TSDB, at the last turn that appended
	newest    int64         // time of the newest known sample, Unix ms
	stored    time.Time     // when results were last committed; zero: not since the start
	dirty     []*check      // whose known state may have changed
	dirtySite []*site
	retired   []series // that get a staleness marker
	wake      chan struct{}

	tx      *sql.Tx // of the staged changes
	gen     uint64
	touched []*check
}

type key struct{ site, check string }

// Open reads what was known before. Nothing is judged until Run has run for a
// while.
func Open(o Options) (*Posture, error) {
	if o.SiteSilence <= 0 {
		o.SiteSilence = 45 * time.Second
	}
	if o.CheckIntervals <= 0 {
		o.CheckIntervals = 2
	}
	if o.CheckGrace <= 0 {
		o.CheckGrace = 30 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	p := &Posture{
		o: o, clock: clock{now: o.Now}, wake: make(chan struct{}, 1),
		checks: map[key]*check{}, sites: map[string]*site{},
	}
	p.began, _ = p.clock.read()
	if err := p.load(); err != nil {
		return nil, fmt.Errorf("read the posture from the state database: %w", err)
	}
	if err := p.readEnrolments(context.Background()); err != nil {
		return nil, err
	}
	return p, nil
}

// Judging says whether the collector has listened for long enough to call a
// site silent, and the samples that say so are written.
func (p *Posture) Judging() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.judging
}

// Judged says whether there is an opinion on a check, or on a site when check
// is empty: it was heard since we listen, or the time to be heard is over.
// What is not judged keeps the alerts that it had; of what is not there, there
// is nothing to wait for.
func (p *Posture) Judged(siteID, checkID string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, up := p.clock.read()
	if checkID == "" {
		s := p.sites[siteID]
		return s == nil || p.judgeSite(s, up).how != unjudged
	}
	c := p.checks[key{siteID, checkID}]
	return c == nil || p.judge(c, 0, up).how != unjudged
}

// poke wakes Run.
func (p *Posture) poke() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// A clock reads the wall, and the time since it was first read, which never
// goes back and does not follow steps.
type clock struct {
	now  func() time.Time
	last time.Time
	wall time.Time
	up   time.Duration
}

func (c *clock) read() (wall time.Time, up time.Duration) {
	n := c.now()
	if !c.last.IsZero() {
		c.up += max(0, n.Sub(c.last)) // monotonic where both times are
	}
	c.last, c.wall = n, n.Round(0)
	return c.wall, c.up
}
