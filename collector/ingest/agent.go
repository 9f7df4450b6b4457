package ingest

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"fengsui/collector/identity"
	"fengsui/collector/wire"
)

type id = [16]byte

// An agent is what ingest knows of one agent, as its tables say it. It is read
// when the agent is first heard, and belongs to the committer.
type agent struct {
	id       id
	site     string
	newcomer bool        // it has never pushed: its first push ends the agent before it
	current  id          // the instance that speaks; zero before the first Hello
	former   map[id]bool // superseded instances
	barred   map[id]bool // those of them that a person decided against
	returned map[id]bool // those of them that said Hello again
	declared id          // the epoch that the current instance said at its last Hello
	boot0    id          // the boot of that Hello
	bootNs   int64       // and its boot clock
	lives    map[life]bool
	clone    *clone // nil: it is one machine
	epochs   map[id]*spans
	losses   map[id]bool // epochs of which something is told as lost
	boots    map[id]*boot
	held     map[cut]int64 // since when a batch waits for its revision, in Unix ns
	selfTest []byte        // as it was last written; nil: not by this process
	last     time.Time     // when it was last heard
	written  time.Time     // when that was last written
}

// A cut names a batch of an agent.
type cut struct {
	epoch id
	first uint64
}

func (i *Ingest) agent(ctx context.Context, c identity.Caller) (*agent, error) {
	if a, ok := i.agents[c.Agent]; ok {
		a.site = c.Site
		return a, nil
	}
	a := &agent{
		id: c.Agent, site: c.Site,
		former: map[id]bool{}, barred: map[id]bool{}, returned: map[id]bool{}, lives: map[life]bool{}, epochs: map[id]*spans{}, losses: map[id]bool{}, boots: map[id]*boot{}, held: map[cut]int64{},
	}
	if err := a.load(ctx, i.o.DB.Read); err != nil {
		return nil, fmt.Errorf("read what is held of the agent of site %s: %w", c.Site, err)
	}
	i.agents[c.Agent] = a
	return a, nil
}

func (a *agent) load(ctx context.Context, db *sql.DB) error {
	err := a.loadLives(ctx, db)
	if err != nil {
		return err
	}
	err = each(ctx, db, "SELECT admitted IS NULL FROM agents WHERE agent = ?", a.id, func(r *sql.Rows) error { return r.Scan(&a.newcomer) })
	if err != nil {
		return err
	}
	err = each(ctx, db, "SELECT epoch, first, last FROM ranges WHERE agent = ? ORDER BY epoch, first", a.id, func(r *sql.Rows) error {
		var epoch []byte
		var s span
		if err := r.Scan(&epoch, &s.first, &s.last); err != nil {
			return err
		}
		e := a.epoch(id(epoch))
		e.held = append(e.held, s)
		return nil
	})
	if err != nil {
		return err
	}
	err = each(ctx, db, "SELECT DISTINCT epoch FROM lost WHERE agent = ?", a.id, func(r *sql.Rows) error {
		var epoch []byte
		if err := r.Scan(&epoch); err != nil {
			return err
		}
		a.losses[id(epoch)] = true
		return nil
	})
	if err != nil {
		return err
	}
	err = each(ctx, db, "SELECT boot, since, offset FROM anchors WHERE agent = ? ORDER BY boot, since", a.id, func(r *sql.Rows) error {
		var of []byte
		var n anchor
		if err := r.Scan(&of, &n.since, &n.offset); err != nil {
			return err
		}
		b := a.boot(id(of))
		b.anchors = append(b.anchors, n)
		return nil
	})
	if err != nil {
		return err
	}
	return each(ctx, db, "SELECT epoch, first, since FROM held WHERE agent = ?", a.id, func(r *sql.Rows) error {
		var epoch []byte
		var c cut
		var since int64
		if err := r.Scan(&epoch, &c.first, &since); err != nil {
			return err
		}
		c.epoch = id(epoch)
		a.held[c] = since
		return nil
	})
}

func each(ctx context.Context, db *sql.DB, query string, agent id, scan func(*sql.Rows) error) error {
	rows, err := db.QueryContext(ctx, query, agent[:])
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (a *agent) epoch(e id) *spans {
	s := a.epochs[e]
	if s == nil {
		s = &spans{}
		a.epochs[e] = s
	}
	return s
}

func (a *agent) boot(of id) *boot {
	b := a.boots[of]
	if b == nil {
		b = &boot{}
		a.boots[of] = b
	}
	return b
}

// told are the anchors of a boot as they travel.
func (a *agent) told(of id) []*wire.Anchor {
	b := a.boots[of]
	if b == nil {
		return nil
	}
	all := make([]*wire.Anchor, 0, len(b.anchors))
	for _, n := range b.anchors {
		all = append(all, &wire.Anchor{Boot: of[:], FromBootNs: n.since, OffsetNs: n.offset})
	}
	return all
}
