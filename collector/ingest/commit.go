package ingest

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"fengsui/collector/history"
	"fengsui/collector/identity"
	"fengsui/collector/posture"
	"fengsui/collector/wire"
)

// maxValues is how many values one commit of the history holds; a group may
// have several of them before its one sync. What late samples cost the TSDB
// beyond themselves grows with the square of a commit: each chunk of 32 that it
// closes allocates room for the marks of all chunks closed before.
const maxValues = 5_000

// run is the committer.
func (i *Ingest) run() {
	defer close(i.done)
	tidy := time.NewTicker(tidyEvery)
	defer tidy.Stop()
	var q queue
	for {
		if q.empty() {
			select {
			case j, ok := <-i.jobs:
				if !ok {
					return
				}
				q.add(j)
			case <-tidy.C:
				i.tidyUp()
				continue
			}
		}
		select { // however much waits
		case <-tidy.C:
			i.tidyUp()
		default:
		}
		i.since.Store(max(1, int64(time.Since(i.began))))
		q.fill(i.jobs)
		i.commit(q.next())
		i.since.Store(0)
	}
}

func (i *Ingest) tidyUp() {
	if i.err == nil {
		if err := i.tidy(i.o.Now()); err != nil {
			i.fail(fmt.Errorf("tidy what ingest keeps: %w", err))
		}
	}
}

// Waiting is for how long the commit at work has been going on: that long has
// somebody who was heard waited for a disk.
func (i *Ingest) Waiting() time.Duration {
	since := i.since.Load()
	if since == 0 {
		return 0
	}
	return time.Since(i.began) - time.Duration(since)
}

func (j *job) results() int {
	n := 0
	for _, b := range j.batches {
		if b.body != nil {
			n += len(b.body.results)
		}
	}
	return n
}

// writeContact is how often a push without batches is worth a write.
const writeContact = time.Minute

// fail ends all acknowledging.
func (i *Ingest) fail(err error) {
	if i.err != nil {
		return
	}
	i.err = err
	i.failed <- err
}

// commit decides, stores and answers a group of jobs.
func (i *Ingest) commit(jobs []*job) {
	began := time.Now()
	defer func() {
		for _, j := range jobs {
			i.release(j)
			if i.err != nil {
				j.err = refuse(wire.CodeStopping)
			}
			close(j.done)
		}
		clear(i.observed)
		if i.observed = i.observed[:0]; cap(i.observed) > 3*wire.MaxResults {
			i.observed = nil // a backlog's
		}
	}()
	if i.err != nil {
		return
	}
	g := &group{i: i, jobs: jobs}
	if err := g.run(); err != nil {
		i.fail(err)
		return
	}
	i.metrics.commits.Observe(time.Since(began).Seconds())
	i.metrics.groups.Observe(float64(len(jobs)))
}

// A group is what one commit stores.
type group struct {
	i    *Ingest
	jobs []*job
	err  error // ends the commit, and with it all acknowledging

	app      *history.Appender
	stored   bool // some values were committed to the history
	agents   map[*agent]*touched
	cuts     []cutRow
	refused  map[refusalKey]*refusalRow
	dirty    map[dirtyKey]bool
	lastDay  dirtyKey
	hellos   []helloRow
	clones   []*agent // proved now
	ended    []endedRow
	byes     []byeRow
	replaced []*identity.Agent // by an agent that pushed for the first time
	losts    []lostRow
	holds    []heldRow
	unheld   []heldKey
}

// touched is what a commit has to write of an agent.
type touched struct {
	ranges   map[id]bool      // by epoch
	pushed   int64            // when it pushed last, in Unix ns
	selfTest []byte           // that differs from the one written; nil: none does
	left     *wire.SpoolState // what it has in its spool behind that push; nil: it did not say
}

func (g *group) run() error {
	i := g.i
	for _, j := range g.jobs {
		if g.one(j); g.err != nil {
			if g.app != nil {
				g.err = errors.Join(g.err, g.app.Rollback())
			}
			return g.err
		}
	}
	if err := g.flush(); err != nil {
		return err
	}
	if g.stored {
		if err := i.o.History.Sync(); err != nil {
			return err
		}
		i.o.At(AfterWALSync)
	}
	if g.writes() {
		var observed []func()
		err := i.o.DB.Write(context.Background(), func(tx *sql.Tx) (err error) {
			if err := g.write(tx); err != nil {
				return err
			}
			observed, err = g.record(tx)
			return err
		})
		if err != nil {
			return fmt.Errorf("write what was received to the state database: %w", err)
		}
		for _, commit := range observed {
			commit()
		}
		for a, t := range g.agents {
			for e := range t.ranges {
				a.epochs[e].written()
			}
			if t.pushed > 0 {
				a.newcomer = false
			}
		}
		for _, former := range g.replaced {
			i.o.Logger.Warn("a new agent has taken the place of its site's former one", "site", former.Site, "former", former.UUID(),
				"unpushed", former.Count, "heard", former.Heard)
		}
		i.o.At(AfterSQLCommit)
	}
	if i.o.Recorder != nil {
		for _, j := range g.jobs {
			if j.err == nil {
				i.o.Recorder.Contact(j.caller.Site, j.received)
				if j.ahead != nil {
					i.o.Recorder.Clock(j.caller.Site, *j.ahead)
				}
				if j.left != nil && j.left.Limit > 0 {
					i.o.Recorder.Spool(j.caller.Site, spoolOf(j.left))
				}
			}
		}
	}
	i.o.At(BeforeAnswer)
	return nil
}

// one works on one job up to what has to be stored.
func (g *group) one(j *job) {
	a, err := g.i.agent(context.Background(), j.caller)
	if err != nil {
		g.err = err
		return
	}
	a.last = j.received
	switch {
	case j.hello != nil:
		g.hello(a, j)
	case j.goodbye != nil:
		g.goodbye(a, j)
	default:
		if j.err = g.speaks(a, j); j.err != nil {
			return
		}
		write := len(j.batches) > 0 || a.newcomer || j.received.Sub(a.written) >= writeContact
		if write {
			g.touch(a).pushed = j.received.UnixNano()
			a.written = j.received
		}
		if j.push.SelfTest != nil {
			if now := g.selfTest(a, j.push.SelfTest); !bytes.Equal(now, a.selfTest) {
				a.selfTest, g.touch(a).selfTest = now, now
			}
		}
		g.push(a, j)
		if j.push.Spool != nil {
			j.left = left(j)
		}
		if write && j.left != nil {
			g.touch(a).left = j.left
		}
	}
}

// left is what an agent has in its spool once it reads our answer: it said so
// before, and of that what is acknowledged goes.
func left(j *job) *wire.SpoolState {
	said := j.push.Spool
	s := &wire.SpoolState{Unacknowledged: said.Unacknowledged, OldestUnixNs: said.OldestUnixNs, Limit: said.Limit, UnacknowledgedBytes: said.UnacknowledgedBytes}
	for n, b := range j.batches {
		switch b.outcome {
		case wire.BatchAnswer_STORED, wire.BatchAnswer_DUPLICATE, wire.BatchAnswer_DECIDED:
			s.Unacknowledged -= min(s.Unacknowledged, b.span.last-b.span.first+1)
			s.UnacknowledgedBytes -= min(s.UnacknowledgedBytes, uint64(len(j.push.Batches[n].Body)))
		}
	}
	if s.Unacknowledged == 0 {
		s.OldestUnixNs, s.UnacknowledgedBytes = 0, 0
	}
	s.Unacknowledged = min(s.Unacknowledged, maxSequence)
	return s
}

// spoolOf is what an agent that says its limit has in its spool.
func spoolOf(s *wire.SpoolState) posture.Spool {
	out := posture.Spool{Filled: min(1, float64(s.UnacknowledgedBytes)/float64(s.Limit))}
	if s.OldestUnixNs > 0 {
		out.Oldest = time.Unix(0, s.OldestUnixNs)
	}
	return out
}

// record tells the recorder what was observed, push by push.
func (g *group) record(tx *sql.Tx) (commits []func(), err error) {
	if g.i.o.Recorder == nil {
		return nil, nil
	}
	for _, j := range g.jobs {
		if j.observed.from == j.observed.to {
			continue
		}
		commit, err := g.i.o.Recorder.Record(tx, j.received, g.i.observed[j.observed.from:j.observed.to])
		if err != nil {
			return nil, err
		}
		commits = append(commits, commit)
	}
	return commits, nil
}

func (g *group) appender() *history.Appender {
	if g.app == nil {
		g.app = g.i.o.History.Appender(context.Background())
	}
	return g.app
}

// flush commits what was appended. Until the sync that follows it is promised
// to nobody.
func (g *group) flush() error {
	if g.app == nil {
		return nil
	}
	app := g.app
	g.app = nil
	if err := app.Commit(); err != nil {
		return err
	}
	g.i.metrics.values.Add(float64(app.Len()))
	g.stored = true
	g.i.o.At(AfterAppend)
	return nil
}

func (g *group) touch(a *agent) *touched {
	t := g.agents[a]
	if t == nil {
		if g.agents == nil {
			g.agents = map[*agent]*touched{}
		}
		t = &touched{ranges: map[id]bool{}}
		g.agents[a] = t
	}
	return t
}

// refuse counts refused results and tells the agent of them.
func (g *group) refuse(a *agent, j *job, epoch id, s span, code, example string) {
	if !j.tell(refusal{epoch, s, code}) {
		return
	}
	n := s.last - s.first + 1
	g.i.metrics.refused.WithLabelValues(code).Add(float64(n))
	if g.refused == nil {
		g.refused = map[refusalKey]*refusalRow{}
	}
	key := refusalKey{a.id, code}
	row := g.refused[key]
	if row == nil {
		row = &refusalRow{}
		g.refused[key] = row
	}
	row.count += n
	row.last = j.received.UnixNano()
	row.example = clean([]byte(example), maxEvidence)
}

// zone is the district's: days begin at midnight there. China has one zone
// and no summer time.
var zone = time.FixedZone("Asia/Shanghai", 8*60*60)

type dirtyKey struct {
	site string
	day  int64 // since 1970, in the district's zone
}

// markDirty notes that a site's day has to be computed again.
func (g *group) markDirty(site string, ms int64) {
	_, offset := time.Unix(0, 0).In(zone).Zone()
	key := dirtyKey{site, floorDiv(ms+int64(offset)*1000, 86_400_000)}
	if key == g.lastDay {
		return
	}
	g.lastDay = key
	if g.dirty == nil {
		g.dirty = map[dirtyKey]bool{}
	}
	g.dirty[key] = true
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
