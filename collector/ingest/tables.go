package ingest

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"fengsui/collector/identity"
)

type (
	cutRow struct {
		agent    id
		epoch    id
		span     span
		digest   uint64
		received int64
	}
	helloRow struct {
		of              *agent
		agent, instance id
		epoch           id
		bootNs          int64
		returned        bool // after it was superseded
		wentBack        bool
		at              int64
		version, arch   string
		boot            id
		booted          int64
		selfTest        []byte
	}
	byeRow struct {
		agent, instance id
		at              int64
		reason          string
	}
	lostRow struct {
		agent, epoch id
		span         span
		told         int64
	}
	heldKey struct {
		agent id
		cut   cut
	}
	heldRow struct {
		heldKey
		revision []byte
		since    int64
	}
	refusalKey struct {
		agent id
		code  string
	}
	refusalRow struct {
		count   uint64
		last    int64
		example string
	}
)

func (g *group) cut(a *agent, j *job, b *batch) {
	g.cuts = append(g.cuts, cutRow{a.id, b.epoch, b.span, b.digest, j.received.UnixNano()})
}

func (g *group) hold(a *agent, b *batch, received time.Time) {
	g.holds = append(g.holds, heldRow{heldKey{a.id, cut{b.epoch, b.span.first}}, slices.Clone(b.body.revision), received.UnixNano()})
}

// writes says whether there is anything to write.
func (g *group) writes() bool {
	return len(g.agents)+len(g.hellos)+len(g.clones)+len(g.byes)+len(g.losts) > 0
}

// write writes all but the posture.
func (g *group) write(tx *sql.Tx) error {
	exec := func(query string, args ...any) {
		if g.err == nil {
			_, g.err = tx.Exec(query, args...)
		}
	}
	g.writeLives(exec)
	for a, t := range g.agents {
		if t.pushed > 0 {
			exec("UPDATE instances SET last = ? WHERE agent = ? AND instance = ?", t.pushed, a.id[:], a.current[:])
		}
		if t.selfTest != nil {
			exec("UPDATE instances SET self_test = ? WHERE agent = ? AND instance = ?", t.selfTest, a.id[:], a.current[:])
		}
		if t.left != nil {
			exec("UPDATE agents SET unacknowledged = ?, oldest = ? WHERE agent = ?", int64(t.left.Unacknowledged), t.left.OldestUnixNs, a.id[:])
		}
		if t.pushed > 0 && a.newcomer && g.err == nil {
			var former *identity.Agent
			if former, g.err = identity.Admit(tx, a.id, time.Unix(0, t.pushed)); former != nil {
				g.replaced = append(g.replaced, former)
			}
		}
		for e := range t.ranges {
			s := a.epochs[e]
			for first := range s.removed {
				exec("DELETE FROM ranges WHERE agent = ? AND epoch = ? AND first = ?", a.id[:], e[:], int64(first))
			}
			for first := range s.changed {
				exec("INSERT INTO ranges VALUES (?, ?, ?, ?) ON CONFLICT (agent, epoch, first) DO UPDATE SET last = excluded.last", a.id[:], e[:], int64(first), int64(s.at(first).last))
			}
		}
	}
	for _, b := range g.byes {
		exec("UPDATE instances SET last = ?, goodbye = ?, goodbye_reason = ? WHERE agent = ? AND instance = ?", b.at, b.at, b.reason, b.agent[:], b.instance[:])
	}
	for _, l := range g.losts {
		if g.err == nil {
			g.err = g.writeLost(tx, l)
		}
	}
	if g.err == nil {
		g.err = g.writeFound(tx)
	}
	for _, h := range g.unheld {
		exec("DELETE FROM held WHERE agent = ? AND epoch = ? AND first = ?", h.agent[:], h.cut.epoch[:], int64(h.cut.first))
	}
	for _, h := range g.holds {
		exec("INSERT OR IGNORE INTO held VALUES (?, ?, ?, ?, ?)", h.agent[:], h.cut.epoch[:], int64(h.cut.first), h.revision, h.since)
	}
	for k, r := range g.refused {
		exec(`INSERT INTO refusals VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (agent, code) DO UPDATE SET count = count + excluded.count, last = excluded.last, example = excluded.example`,
			k.agent[:], k.code, int64(r.count), r.last, r.example)
	}
	for d := range g.dirty {
		exec("INSERT OR IGNORE INTO dirty VALUES (?, ?)", d.site, time.Unix(d.day*86_400, 0).UTC().Format(time.DateOnly))
	}
	if g.err == nil {
		g.err = g.writeCuts(tx)
	}
	return g.err
}

// writeCuts writes the batches that were taken. Those whose numbers follow one
// another share a row: agents cut a batch each second, and a row for each would
// be most of the database.
func (g *group) writeCuts(tx *sql.Tx) error {
	slices.SortFunc(g.cuts, func(x, y cutRow) int {
		if n := bytes.Compare(x.agent[:], y.agent[:]); n != 0 {
			return n
		}
		if n := bytes.Compare(x.epoch[:], y.epoch[:]); n != 0 {
			return n
		}
		return int(min(1, max(-1, int64(x.span.first)-int64(y.span.first))))
	})
	for n := 0; n < len(g.cuts); {
		first := g.cuts[n]
		last := first.span.last
		cuts := appendCut(nil, first)
		for n++; n < len(g.cuts); n++ {
			next := g.cuts[n]
			if next.agent != first.agent || next.epoch != first.epoch || next.span.first != last+1 {
				break
			}
			cuts = appendCut(cuts, next)
			last = next.span.last
		}
		// Rows never overlap, so only the nearest one could hold any of these numbers.
		r, err := tx.Exec(`INSERT INTO batches SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE ?3 >
			coalesce((SELECT last FROM batches WHERE agent = ?1 AND epoch = ?2 AND first <= ?4 ORDER BY first DESC LIMIT 1), 0)`,
			first.agent[:], first.epoch[:], int64(first.span.first), int64(last), cuts, first.received)
		if err != nil {
			return err
		}
		if written, err := r.RowsAffected(); err != nil {
			return err
		} else if written == 0 {
			g.i.metrics.twice.Inc()
			g.i.o.Logger.Error("BUG: a batch was stored twice", "agent", fmt.Sprintf("%x", first.agent), "epoch", fmt.Sprintf("%x", first.epoch), "first", first.span.first)
		}
	}
	return nil
}

// appendCut adds a batch to the column cuts: its count as a varint and its
// digest in 8 bytes, big endian, for each batch of the row.
func appendCut(to []byte, c cutRow) []byte {
	to = binary.AppendUvarint(to, c.span.last-c.span.first+1)
	return binary.BigEndian.AppendUint64(to, c.digest)
}

// hasCut says whether the row of batches that begins at first has x with this
// digest.
func hasCut(cuts []byte, first uint64, x span, digest uint64) bool {
	for len(cuts) > 0 {
		count, n := binary.Uvarint(cuts)
		if n <= 0 || len(cuts) < n+8 {
			return false
		}
		if first == x.first {
			return first+count-1 == x.last && binary.BigEndian.Uint64(cuts[n:]) == digest
		}
		first += count
		cuts = cuts[n+8:]
	}
	return false
}

// recorded says whether a batch, of whose numbers some are held, was taken
// before with the same bytes. When its digest has been dropped for its age,
// numbers that are all held are enough.
func (g *group) recorded(a *agent, b *batch, all bool) (bool, error) {
	for _, c := range g.cuts {
		if c.agent == a.id && c.epoch == b.epoch && c.span.first <= b.span.last && b.span.first <= c.span.last {
			return c.span == b.span && c.digest == b.digest, nil
		}
	}
	db := g.i.o.DB.Read
	var first, last uint64
	var cuts []byte
	err := db.QueryRow("SELECT first, last, cuts FROM batches WHERE agent = ? AND epoch = ? AND first <= ? ORDER BY first DESC LIMIT 1",
		a.id[:], b.epoch[:], int64(b.span.last)).Scan(&first, &last, &cuts)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return all, nil
	case err != nil:
		return false, fmt.Errorf("look up a batch of site %s: %w", a.site, err)
	case last < b.span.first:
		return all, nil
	}
	return first <= b.span.first && hasCut(cuts, first, b.span, b.digest), nil
}

// saveAnchors puts the anchors of a boot on disk, before they are used.
func (g *group) saveAnchors(a *agent, of id) {
	made := g.i.o.Now().UnixNano()
	err := g.i.o.DB.Write(context.Background(), func(tx *sql.Tx) error {
		for _, n := range a.boots[of].anchors {
			if _, err := tx.Exec("INSERT OR IGNORE INTO anchors VALUES (?, ?, ?, ?, ?)", a.id[:], of[:], n.since, n.offset, made); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		g.err = fmt.Errorf("store the anchor of site %s: %w", a.site, err)
		return
	}
	g.i.metrics.anchors.Inc()
}

func notNull(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
