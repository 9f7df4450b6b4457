package posture

import (
	"cmp"
	"database/sql"
	"errors"
	"slices"

	"fengsui/checks"
)

// A span is a stretch of the record without a change, kept so that a backlog
// of equal results costs no SQL. The zero span holds nothing.
type span struct {
	from, to int64
	state    checks.State
	code     string
}

// A row is one transition as read back.
type row struct {
	id    int64
	at    int64
	state checks.State
	code  string
	args  string
}

func (t *row) is(o *Observed) bool { return t.state == o.State && t.code == o.Reason.Code }

// late finds the place of a result that is older than the newest. Its own row
// is written where it differs from the transition before it; then what held
// until now has to hold again from the first result on that is known behind
// it, which is the end of the gap that it falls into. Oldest first, as agents
// send their backlog, this gives the history as if nothing had been late.
func (r *recording) late(c *check, st *status, o *Observed, at int64) error {
	i := face(o.Family)
	s := &st.faces[i]
	if o.Family == checks.Pair && len(st.gaps) > 0 {
		if len(c.fill) == 0 {
			r.filled = append(r.filled, c)
		}
		c.fill = append(c.fill, at)
	}
	if l := &c.late[i]; l.from <= at && at < l.to && l.state == o.State && l.code == o.Reason.Code {
		return nil
	}
	before, behind, err := r.neighbours(c, o.Family, at)
	if err != nil {
		return err
	}
	if before != nil && before.at == at { // two runs never begin in the same nanosecond
		return nil
	}
	if before != nil && before.is(o) {
		to := s.at
		if behind != nil {
			to = behind.at
		}
		c.late[i] = span{before.at, to, before.state, before.code}
		return nil
	}
	c.late[i] = span{}
	if err := r.transition(c, o.Family, at, o.State, o.Reason.Code, argsOf(o.Reason)); err != nil {
		return err
	}
	until := s.at
	if before != nil {
		until = min(until, st.until(at, int64(o.Interval)))
	} else if o.Family == checks.Pair && behind != nil {
		// The time before the first result that came is a gap as well.
		if err := r.gap(c, st, gap{after: at, until: behind.at}); err != nil {
			return err
		}
	}
	switch {
	case behind != nil && behind.at <= until && behind.is(o):
		// Nothing is known between: that change came as early as this.
		if _, err := r.tx.Exec("DELETE FROM transitions WHERE id = ?", behind.id); err != nil {
			return err
		}
		if s.since == behind.at {
			s.since = at
			r.change(c)
		}
	case behind != nil && behind.at <= until:
	case before != nil && until > at:
		if err := r.transition(c, o.Family, until, before.state, before.code, before.args); err != nil {
			return err
		}
		if behind == nil {
			s.since = until
			r.change(c)
		}
	}
	return nil
}

// neighbours returns the transitions around a time: the last one at or before
// it and the first one behind it; nil where there is none.
func (r *recording) neighbours(c *check, f checks.Family, at int64) (before, behind *row, err error) {
	read := func(text string) (*row, error) {
		var t row
		err := r.tx.QueryRow("SELECT id, at, state, code, args FROM transitions WHERE site = ? AND check_ = ? AND family = ? AND "+text,
			c.site, c.check, f, at).Scan(&t.id, &t.at, &t.state, &t.code, &t.args)
		if errors.Is(err, sql.ErrNoRows) {
			return nil, nil
		}
		return &t, err
	}
	if before, err = read("at <= ? ORDER BY at DESC, id DESC LIMIT 1"); err != nil {
		return nil, nil, err
	}
	behind, err = read("at > ? ORDER BY at, id LIMIT 1")
	return before, behind, err
}

// until returns when, behind a late result, the next known one follows: the
// end of its gap, or one interval on when no gap is known there.
func (st *status) until(at, interval int64) int64 {
	for _, g := range st.gaps {
		if g.after <= at && at < g.until {
			return g.until
		}
	}
	return at + max(interval, 1)
}

// fillGaps moves the beginnings of gaps behind the late results that came in
// and removes those in which nothing is missing any more.
func (r *recording) fillGaps(c *check) error {
	slices.Sort(c.fill)
	st := &c.next
	gaps := slices.Clone(st.gaps)
	limit := missed(c.interval)
	for _, at := range c.fill {
		i, found := slices.BinarySearchFunc(gaps, at, func(g gap, at int64) int {
			if g.until <= at {
				return -1
			}
			return cmp.Compare(max(g.after, at), at) // 0 within
		})
		if found && at-gaps[i].after <= limit {
			gaps[i].after = at
		}
	}
	c.fill = c.fill[:0]
	kept := gaps[:0]
	for _, g := range gaps {
		if g.until-g.after > limit {
			kept = append(kept, g)
		} else if err := r.dropGap(c, g); err != nil {
			return err
		}
	}
	st.gaps = kept
	return nil
}
