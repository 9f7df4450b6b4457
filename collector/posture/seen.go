package posture

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"fengsui/checks"
)

// A check is one check of one site with all that was seen of it.
type check struct {
	key
	listed   bool
	kind     string
	target   string // label
	address  string // as configured, for people; empty when the inventory does not say
	interval time.Duration
	born     time.Duration // when it was listed or its interval changed while we were running; 0 before

	cur, next status
	gen       uint64 // of next
	write     bool   // next has to reach the disk with its transaction
	flushed   time.Duration
	late      [3]span // what the transitions say around the last late result
	fill      []int64 // times of late results that lie in gaps

	known   [3]known
	downs   [3]lookSeries
	info    series // what it looks at
	inDirty bool
}

// A status is what was seen of a check. Its slices are never changed in place,
// so that a rolled-back transaction leaves nothing behind.
type status struct {
	faces    [3]seen // pair, 4, 6
	gaps     []gap
	findings []finding
}

// seen is the newest result of one family.
type seen struct {
	exists  bool
	state   checks.State
	reason  checks.Reason
	at      int64         // Unix nanoseconds
	since   int64         // of (state, code)
	opened  int64         // first success; 0 for never
	heard   bool          // a live result came since the process started, at heardAt
	live    time.Duration // when the newest live one was made; may lie before the start
	heardAt time.Duration
	looks   looks // the newest live ones, since the process started
}

func (s *seen) is(o *Observed) bool { return s.state == o.State && s.reason.Code == o.Reason.Code }

// A gap is a span without results: the first known result behind it is at until.
type gap struct {
	after, until int64
	durable      bool
}

func face(f checks.Family) int {
	switch f {
	case checks.V4:
		return 1
	case checks.V6:
		return 2
	}
	return 0
}

var families = [3]checks.Family{checks.Pair, checks.V4, checks.V6}

// missed is the distance of two results from which on one is missing between.
func missed(interval time.Duration) int64 { return int64(interval + interval/2) }

// window is for how long a result speaks for its check.
func (p *Posture) window(c *check) time.Duration {
	return time.Duration(p.o.CheckIntervals)*c.interval + p.o.CheckGrace
}

// lookup finds a check, or makes one that nothing was seen of.
func (p *Posture) lookup(siteID, id string) *check {
	k := key{siteID, id}
	c := p.checks[k]
	if c == nil {
		c = &check{key: k, listed: !p.listed}
		p.checks[k] = c
	}
	return c
}

// load reads tables checks, gaps and findings.
func (p *Posture) load() error {
	wall, _ := p.clock.read()
	err := query(p.o.DB.Read, "SELECT site, check_, family, state, code, args, at, since, COALESCE(opened, 0) FROM checks", func(scan func(...any) error) error {
		var siteID, id, args string
		var family checks.Family
		var s seen
		if err := scan(&siteID, &id, &family, &s.state, &s.reason.Code, &args, &s.at, &s.since, &s.opened); err != nil {
			return err
		}
		s.exists = true
		s.reason = reasonOf(s.state, s.reason.Code, args)
		p.lookup(siteID, id).cur.faces[face(family)] = s
		return nil
	})
	if err != nil {
		return err
	}
	err = query(p.o.DB.Read, "SELECT site, check_, after, until FROM gaps WHERE until > ? ORDER BY until", func(scan func(...any) error) error {
		var siteID, id string
		g := gap{durable: true}
		if err := scan(&siteID, &id, &g.after, &g.until); err != nil {
			return err
		}
		c := p.lookup(siteID, id)
		c.cur.gaps = append(c.cur.gaps, g)
		return nil
	}, wall.Add(-keepGaps).UnixNano())
	if err != nil {
		return err
	}
	return query(p.o.DB.Read, "SELECT site, check_, family, rule, outcome, evidence, at FROM findings", func(scan func(...any) error) error {
		var siteID, id string
		var f finding
		if err := scan(&siteID, &id, &f.family, &f.rule, &f.outcome, &f.evidence, &f.at); err != nil {
			return err
		}
		c := p.lookup(siteID, id)
		c.cur.findings = append(c.cur.findings, f)
		return nil
	})
}

// query runs each for every row.
func query(db *sql.DB, text string, each func(scan func(...any) error) error, args ...any) error {
	rows, err := db.Query(text, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

const upsertCheck = `INSERT INTO checks (site, check_, family, state, code, args, at, since, opened)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULLIF(?, 0)) ON CONFLICT (site, check_, family) DO UPDATE SET
state = excluded.state, code = excluded.code, args = excluded.args, at = excluded.at, since = excluded.since, opened = excluded.opened`

// save writes the rows of one check, all families together, so that a family
// whose time lies behind the pair's is one that is no longer observed.
func save(stmt *sql.Stmt, c *check, st *status) error {
	for i := range st.faces {
		s := &st.faces[i]
		if !s.exists {
			continue
		}
		if _, err := stmt.Exec(c.site, c.check, families[i], s.state, s.reason.Code, argsOf(s.reason), s.at, s.since, s.opened); err != nil {
			return fmt.Errorf("write the state of check %s of site %s: %w", c.check, c.site, err)
		}
	}
	return nil
}

// argsOf and reasonOf carry the arguments of a reason as JSON [[name, value], …].
func argsOf(r checks.Reason) string {
	if len(r.Args) == 0 {
		return "[]"
	}
	pairs := make([][2]string, len(r.Args))
	for i, a := range r.Args {
		pairs[i] = [2]string{a.Name, a.Value}
	}
	text, err := json.Marshal(pairs)
	if err != nil {
		panic("BUG: arguments of a reason: " + err.Error())
	}
	return string(text)
}

func reasonOf(s checks.State, code, args string) checks.Reason {
	if code == "" {
		return checks.Reason{}
	}
	r := checks.Reason{Code: code, State: s}
	var pairs [][2]string
	if json.Unmarshal([]byte(args), &pairs) == nil { // damaged arguments leave the code, which is what counts
		for _, a := range pairs {
			r.Args = append(r.Args, checks.Arg{Name: a[0], Value: a[1]})
		}
	}
	return r
}

// flush writes what is only in memory: times and arguments of checks that did
// not change.
func (p *Posture) flush(tx *sql.Tx) (err error) {
	stmt, err := tx.Prepare(upsertCheck)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stmt.Close()) }()
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, err := tx.Exec("DELETE FROM gaps WHERE until < ?", p.clock.wall.Add(-keepGaps).UnixNano()); err != nil {
		return err
	}
	for _, c := range p.checks {
		if c.cur.faces[0].exists {
			if err := save(stmt, c, &c.cur); err != nil {
				return err
			}
		}
	}
	return nil
}

// withGap returns gaps with one more, at most maxGaps, and the one that had to
// go for it.
func withGap(gaps []gap, g gap) (kept []gap, dropped gap) {
	if len(gaps) >= maxGaps {
		dropped, gaps = gaps[0], gaps[1:]
	}
	i := len(gaps)
	for i > 0 && gaps[i-1].until > g.until {
		i--
	}
	return slices.Insert(slices.Clone(gaps), i, g), dropped
}

// maxGaps of one check: a line that breaks more often than that within the
// time of a backlog has its changes of state placed less exactly.
const maxGaps = 32
