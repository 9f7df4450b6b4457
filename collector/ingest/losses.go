package ingest

import (
	"database/sql"
	"time"

	"fengsui/collector/wire"
)

// lost notes ranges that an agent says will never come, as far as they are
// missing: it may have been told of a part of what is held only.
func (g *group) lost(a *agent, lost []*wire.Range, received time.Time) {
	for _, r := range lost {
		missing := []span{{r.First, r.Last}}
		if e := a.epochs[id(r.Epoch)]; e != nil {
			missing = e.missing(missing[0])
		}
		for _, x := range missing {
			g.losts = append(g.losts, lostRow{a.id, id(r.Epoch), x, received.UnixNano()})
			a.losses[id(r.Epoch)] = true
		}
	}
}

// writeLost writes and counts what of a lost range was not told before: agents
// tell one until they know that it arrived, and it may have grown since.
func (g *group) writeLost(tx *sql.Tx, l lostRow) error {
	rows, err := lostOf(tx, l.agent, l.epoch, l.span)
	if err != nil {
		return err
	}
	var told spans
	for _, r := range rows {
		told.held = append(told.held, r.span)
	}
	for _, x := range told.missing(l.span) {
		l.span = x
		if err := l.insert(tx); err != nil {
			return err
		}
		g.i.metrics.lost.Add(float64(x.last - x.first + 1))
	}
	return nil
}

// writeFound takes back what was told as lost and has come all the same: a
// segment may be unreadable at one start of its agent and readable at the next.
func (g *group) writeFound(tx *sql.Tx) error {
	for a, t := range g.agents {
		for e := range t.ranges {
			if !a.losses[e] {
				continue
			}
			held := a.epochs[e]
			for first := range held.changed {
				rows, err := lostOf(tx, a.id, e, held.at(first))
				if err != nil {
					return err
				}
				for _, r := range rows {
					if _, err := tx.Exec("DELETE FROM lost WHERE agent = ? AND epoch = ? AND first = ?", r.agent[:], r.epoch[:], int64(r.span.first)); err != nil {
						return err
					}
					for _, x := range held.missing(r.span) {
						left := r
						left.span = x
						if err := left.insert(tx); err != nil {
							return err
						}
					}
				}
			}
		}
	}
	return nil
}

// lostOf returns the rows that have numbers of x, in order. Rows never overlap.
func lostOf(tx *sql.Tx, agent, epoch id, x span) ([]lostRow, error) {
	rows, err := tx.Query("SELECT first, last, told FROM lost WHERE agent = ? AND epoch = ? AND first <= ? AND last >= ? ORDER BY first",
		agent[:], epoch[:], int64(x.last), int64(x.first))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []lostRow
	for rows.Next() {
		l := lostRow{agent: agent, epoch: epoch}
		if err := rows.Scan(&l.span.first, &l.span.last, &l.told); err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, rows.Err()
}

func (l lostRow) insert(tx *sql.Tx) error {
	_, err := tx.Exec("INSERT INTO lost VALUES (?, ?, ?, ?, ?) ON CONFLICT (agent, epoch, first) DO UPDATE SET last = max(last, excluded.last)",
		l.agent[:], l.epoch[:], int64(l.span.first), int64(l.span.last), l.told)
	return err
}
