package posture

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"fengsui/checks"
)

// Record takes what was observed, in the order of the results: it writes
// transitions, findings and changed states into tx, and returns commit, which
// takes them into memory and has to be called after tx is committed. After a
// rollback commit is not called, and nothing is remembered.
//
// Several calls may share a transaction. A result that changes nothing costs
// no SQL. The error says which check and leaves the transaction to be rolled
// back.
func (p *Posture) Record(tx *sql.Tx, received time.Time, obs []Observed) (commit func(), err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, up := p.clock.read()
	if p.tx != tx {
		p.forget()
		p.tx = tx
		p.gen++
	}
	r := recording{p: p, tx: tx, received: received, up: up}
	defer func() { err = errors.Join(err, r.close()) }()
	for i := range obs {
		if err := r.take(&obs[i]); err != nil {
			return nil, fmt.Errorf("record check %s of site %s: %w", obs[i].Check, obs[i].Site, err)
		}
	}
	if err := r.finish(); err != nil {
		return nil, err
	}
	gen := p.gen
	return func() { p.commit(gen) }, nil
}

// forget drops what was staged for a transaction that did not commit.
func (p *Posture) forget() {
	for _, c := range p.touched {
		c.late = [3]span{} // may have been read from rows that are gone
		c.fill = nil
	}
	p.touched = p.touched[:0]
	p.tx = nil
}

func (p *Posture) commit(gen uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if gen != p.gen || p.tx == nil { // an earlier commit of this transaction took all
		return
	}
	wall, up := p.clock.read()
	p.stored = wall
	last := ""
	for _, c := range p.touched {
		c.cur = c.next
		p.reconsider(c, up)
		if c.site != last {
			last = c.site
			p.heard(last, up)
		}
	}
	p.touched = p.touched[:0]
	p.tx = nil
}

// A recording is one call of Record.
type recording struct {
	p        *Posture
	tx       *sql.Tx
	received time.Time
	up       time.Duration
	upsert   *sql.Stmt
	insert   *sql.Stmt
	changed  []*check // to be saved
	filled   []*check // late results lie in their gaps
}

// stage returns the status that the transaction sees, to be changed.
func (r *recording) stage(c *check) *status {
	if c.gen != r.p.gen {
		c.gen = r.p.gen
		c.next = c.cur
		c.write = false
		r.p.touched = append(r.p.touched, c)
		if r.up-c.flushed >= flushEvery {
			r.change(c)
		}
	}
	return &c.next
}

// change has the rows of a check written.
func (r *recording) change(c *check) {
	if !c.write {
		c.write = true
		r.changed = append(r.changed, c)
	}
}

func (r *recording) take(o *Observed) error {
	if !o.State.Valid() || o.State == checks.Silent {
		return fmt.Errorf("BUG: a result cannot be %v", o.State)
	}
	c := r.p.lookup(o.Site, o.Check)
	if !r.p.listed || c.kind == "" {
		c.describe(o.Kind, o.Target, o.Interval)
	}
	st := r.stage(c)
	s := &st.faces[face(o.Family)]
	at := o.At.UnixNano()
	if o.State <= checks.Degraded && s.opened == 0 {
		s.opened = at
		r.change(c)
	}
	if o.Family == checks.Pair && len(o.Findings) > 0 {
		if err := r.findings(c, st, at, o.Findings); err != nil {
			return err
		}
	}
	if s.exists && at <= s.at && s.at <= r.received.Add(fromFuture).UnixNano() {
		return r.late(c, st, o, at)
	}
	if o.Family == checks.Pair && s.exists && o.Interval > 0 && at-s.at > missed(o.Interval) {
		if err := r.gap(c, st, gap{after: s.at, until: at}); err != nil {
			return err
		}
	}
	if !s.exists || !s.is(o) {
		if err := r.transition(c, o.Family, at, o.State, o.Reason.Code, argsOf(o.Reason)); err != nil {
			return err
		}
		s.since = at
		r.change(c)
		c.late[face(o.Family)] = span{}
	}
	s.exists = true
	s.state, s.reason, s.at = o.State, o.Reason, at
	if age := max(0, r.received.Sub(o.At)); age <= o.Interval+r.p.o.CheckGrace {
		if r.up-s.live > r.p.window(c) { // what was before a silence says nothing of now
			s.looks = 0
		}
		s.heard, s.heardAt = true, r.up
		s.live = max(s.live, r.up-age)
		s.looks = s.looks.with(o.State)
	}
	return nil
}

// gap notes a span without results. Long ones outlive a restart.
func (r *recording) gap(c *check, st *status, g gap) error {
	g.durable = time.Duration(g.until-g.after) > r.p.window(c)
	if g.durable {
		if _, err := r.tx.Exec("INSERT OR REPLACE INTO gaps VALUES (?, ?, ?, ?)", c.site, c.check, g.after, g.until); err != nil {
			return err
		}
		r.change(c)
	}
	var dropped gap
	st.gaps, dropped = withGap(st.gaps, g)
	return r.dropGap(c, dropped)
}

func (r *recording) dropGap(c *check, g gap) error {
	if !g.durable {
		return nil
	}
	_, err := r.tx.Exec("DELETE FROM gaps WHERE site = ? AND check_ = ? AND until = ?", c.site, c.check, g.until)
	return err
}

// transition writes one row of the record.
func (r *recording) transition(c *check, f checks.Family, at int64, s checks.State, code, args string) (err error) {
	if r.insert == nil {
		r.insert, err = r.tx.Prepare("INSERT INTO transitions (site, check_, family, at, state, code, args) VALUES (?, ?, ?, ?, ?, ?, ?)")
		if err != nil {
			return err
		}
	}
	_, err = r.insert.Exec(c.site, c.check, f, at, s, code, args)
	return err
}

// finish closes gaps that late results filled and writes what has changed.
func (r *recording) finish() (err error) {
	for _, c := range r.filled {
		if err := r.fillGaps(c); err != nil {
			return err
		}
	}
	if len(r.changed) == 0 {
		return nil
	}
	if r.upsert, err = r.tx.Prepare(upsertCheck); err != nil {
		return err
	}
	for _, c := range r.changed {
		if err := save(r.upsert, c, &c.next); err != nil {
			return err
		}
		c.write, c.flushed = false, r.up
	}
	return nil
}

func (r *recording) close() error {
	var err error
	for _, stmt := range []*sql.Stmt{r.upsert, r.insert} {
		if stmt != nil {
			err = errors.Join(err, stmt.Close())
		}
	}
	return err
}
