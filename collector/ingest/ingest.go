// Package ingest takes what agents push and answers for it: what it
// acknowledges is on disk, stored once, at its own time.
//
// One goroutine, the committer, owns all that is known of agents. It takes
// every call that waits, or, while a backlog arrives, live results and a piece
// of the backlog in turns ([queue]), and for all of them together:
//
//  1. decides each batch: taken before (same digest), clashing (other bytes
//     under these numbers), held (revision not known yet), decided (can never
//     be stored) or new;
//  2. appends the samples of the new ones to the history, in parts when they
//     are many, and syncs it;
//  3. writes, in one SQL transaction, ranges, digests, instances, refusals,
//     lost ranges, dirty days and the posture;
//  4. answers.
//
// A crash between 2 and 3 lets an agent send again what is stored already;
// the same sample at the same time is stored once. For that the time must be
// the same to the millisecond, so an anchor is on disk before it is used.
//
// After a failed write or sync nothing more is acknowledged: [Ingest.Failed]
// says why, and the process has to end.
package ingest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"fengsui/checks"
	"fengsui/collector/history"
	"fengsui/collector/identity"
	"fengsui/collector/posture"
	"fengsui/collector/state"
	"fengsui/collector/wire"
)

// A Check is what an assignment says of one of its checks.
type Check struct {
	Site, Check, Kind, Target string
	Interval                  time.Duration
}

// A Recorder is told what was observed; [posture.Posture] is one.
type Recorder interface {
	Record(tx *sql.Tx, received time.Time, obs []posture.Observed) (commit func(), err error)
	Contact(site string, at time.Time)
	// Clock tells by how much the wall clock of a site's machine is ahead of
	// the collector's time, as its last push shows.
	Clock(site string, ahead time.Duration)
	// Spool tells how full the spool of a site's agent is behind its last push.
	Spool(site string, s posture.Spool)
}

// Options of an Ingest.
type Options struct {
	DB       *state.DB
	History  *history.History
	Kinds    []*checks.Kind
	Recorder Recorder // nil: nobody is told

	// Check returns a check of a revision that is in table revisions, by its
	// number, and false when it has no such check. An error says that nobody
	// knows: then nothing is decided, and all acknowledging ends.
	Check func(revision []byte, number uint32) (Check, bool, error)

	OutOfOrder time.Duration // how late a result may be; 0 is history's default
	Keep       time.Duration // how long digests of batches are kept; 0 is 7 days
	Hold       time.Duration // how long a batch waits for its revision; 0 is 24 h

	Now        func() time.Time // time.Now
	Registerer prometheus.Registerer
	Logger     *slog.Logger

	// At is told the steps of a commit, in their order: after_append, once for
	// each part, after_wal_sync, after_sql_commit, before_answer. Tests cut there.
	At func(step string)
}

// Steps of a commit.
const (
	AfterAppend    = "after_append"
	AfterWALSync   = "after_wal_sync"
	AfterSQLCommit = "after_sql_commit"
	BeforeAnswer   = "before_answer"
)

// future is how far ahead of the receipt a result may lie. One sample hours
// ahead would make the live samples of every other site late.
const future = 60 * time.Second

// An Ingest takes calls at the same time. It implements gate.Ingest.
type Ingest struct {
	o       Options
	metrics *metrics
	kinds   map[string]*kind

	jobs   chan *job
	bodies sync.Pool

	began time.Time
	since atomic.Int64 // when the commit at work began, in ns behind began; 0: none is

	closing sync.RWMutex // held for reading while a job is handed over
	closed  bool
	done    chan struct{} // the committer has ended
	failed  chan error

	// The committer's own.
	agents       map[id]*agent
	revisions    map[string]*revision
	dictionaries map[string]*dictionary
	observed     []posture.Observed // memory to use again
	order        []int
	codes        map[string]string
	err          error // nothing more is acknowledged
}

// New starts an ingest. Close ends it.
func New(o Options) (*Ingest, error) {
	if o.DB == nil || o.History == nil || o.Check == nil {
		return nil, errors.New("BUG: ingest wants a database, a history and the checks of revisions")
	}
	o.OutOfOrder = orElse(o.OutOfOrder, history.DefaultOutOfOrder)
	o.Keep = orElse(o.Keep, 7*24*time.Hour)
	o.Hold = orElse(o.Hold, 24*time.Hour)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.At == nil {
		o.At = func(string) {}
	}
	i := &Ingest{
		o:            o,
		metrics:      newMetrics(o.Registerer),
		kinds:        map[string]*kind{},
		jobs:         make(chan *job, maxGroup),
		bodies:       sync.Pool{New: func() any { return new(body) }},
		done:         make(chan struct{}),
		began:        time.Now(),
		failed:       make(chan error, 1),
		agents:       map[id]*agent{},
		revisions:    map[string]*revision{},
		dictionaries: map[string]*dictionary{},
		codes:        map[string]string{},
	}
	for _, k := range o.Kinds {
		i.kinds[k.Name] = newKind(k)
	}
	go i.run()
	return i, nil
}

// Failed yields the one error after which nothing more is acknowledged.
func (i *Ingest) Failed() <-chan error { return i.failed }

// Close refuses new calls, answers those that wait and returns when the last
// commit has ended.
func (i *Ingest) Close() {
	i.closing.Lock()
	if !i.closed {
		i.closed = true
		close(i.jobs)
	}
	i.closing.Unlock()
	<-i.done
}

// A job is one call on its way through the committer.
type job struct {
	caller   identity.Caller
	received time.Time
	contact  *wire.Contact
	hello    *wire.HelloRequest
	goodbye  *wire.GoodbyeRequest
	push     *wire.PushRequest
	batches  []*batch

	err      error // the refusal
	welcome  *wire.HelloResponse
	answer   *wire.PushResponse
	observed bounds           // within Ingest.observed
	ahead    *time.Duration   // of the agent's wall clock; nil: nobody knows
	left     *wire.SpoolState // what the agent has in its spool behind this push; nil: it did not say
	refused  refusal          // the last one
	done     chan struct{}
}

// do hands a job to the committer and waits for its answer.
func (i *Ingest) do(ctx context.Context, j *job) error {
	j.done = make(chan struct{})
	i.closing.RLock()
	if i.closed {
		i.closing.RUnlock()
		return refuse(wire.CodeStopping)
	}
	select {
	case i.jobs <- j:
		i.closing.RUnlock()
	case <-ctx.Done():
		i.closing.RUnlock()
		return ctx.Err()
	}
	select {
	case <-j.done:
		return j.err
	case <-ctx.Done():
		return ctx.Err() // what was asked is decided all the same
	}
}

func (i *Ingest) timing(received time.Time) *wire.Timing {
	return &wire.Timing{
		ReceivedUnixNs: received.UnixNano(),
		AnsweredUnixNs: i.o.Now().UnixNano(), // the gate writes over it, just before it sends
		Collector:      i.o.DB.Collector[:],
		Generation:     i.o.DB.Generation,
	}
}

// checkContact says what is wrong with the part that every request has.
func checkContact(c *wire.Contact) error {
	switch {
	case c == nil:
		return refuse(wire.CodeBroken, "contact is missing")
	case len(c.Instance) != 16:
		return refuse(wire.CodeBroken, fmt.Sprintf("contact.instance has %d bytes, want 16", len(c.Instance)))
	case len(c.Boot) != 16:
		return refuse(wire.CodeBroken, fmt.Sprintf("contact.boot has %d bytes, want 16", len(c.Boot)))
	case c.BootNs < 0:
		return refuse(wire.CodeBroken, fmt.Sprintf("contact.boot_ns is %d, want no negative number", c.BootNs))
	}
	return nil
}

func orElse[T int | time.Duration](v, otherwise T) T {
	if v == 0 {
		return otherwise
	}
	return v
}
