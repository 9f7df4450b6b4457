// Package origins remembers from which addresses the agents of sites were
// heard, and until when all that they saw is in.
//
// The access rate needs both: what an agent says is evidence of the extranet
// only where it came from there (domain 2.1, 7), and a figure is provisional
// until the last spool is drained.
package origins

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"time"

	"fengsui/collector/state"
)

// A Stay is an address from which a site's agent was heard for some time.
type Stay struct {
	Source, Dest netip.Addr // of the agent, and of the collector; Dest is invalid when not known
	Began, Ended time.Time  // first and last call
}

// Pause is the longest between two calls of one stay. Agents call every 15 s
// and wait in a poll for at most 50 s.
const Pause = 2 * time.Minute

// flush is how often what was heard is written.
const flush = time.Minute

// Origins is safe for concurrent use.
type Origins struct {
	db  *state.DB
	log *slog.Logger

	mu      sync.Mutex
	stays   map[way][]*stay // the last may go on; those before it wait to be written
	drained map[string]*drained
}

type way struct {
	site         string
	source, dest netip.Addr
}

type stay struct {
	began, ended time.Time
	dirty        bool
}

type drained struct {
	until time.Time
	dirty bool
}

// New returns origins that write every minute while they run.
func New(db *state.DB, log *slog.Logger) *Origins {
	return &Origins{db: db, log: log, stays: map[way][]*stay{}, drained: map[string]*drained{}}
}

// Heard notes a call of a site's agent.
func (o *Origins) Heard(site string, source, dest netip.Addr, at time.Time) {
	w := way{site, source.Unmap().WithZone(""), dest.Unmap().WithZone("")}
	o.mu.Lock()
	defer o.mu.Unlock()
	if n := len(o.stays[w]); n > 0 {
		if s := o.stays[w][n-1]; at.Sub(s.ended) <= Pause {
			s.ended, s.dirty = later(s.ended, at), true
			return
		}
	}
	o.stays[w] = append(o.stays[w], &stay{at, at, true})
}

// Drained notes that all that a site's agent saw before a moment is in.
func (o *Origins) Drained(site string, until time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	d := o.drained[site]
	if d == nil {
		d = &drained{}
		o.drained[site] = d
	}
	d.until, d.dirty = later(d.until, until), true
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Run writes what was heard until ctx ends, and then once more.
func (o *Origins) Run(ctx context.Context) error {
	tick := time.NewTicker(flush)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			o.flush(ctx)
		case <-ctx.Done():
			o.flush(context.WithoutCancel(ctx))
			return nil
		}
	}
}

// flush writes what changed and forgets stays that are over.
func (o *Origins) flush(ctx context.Context) {
	o.mu.Lock()
	defer o.mu.Unlock()
	stays, until := map[way][]*stay{}, map[string]time.Time{}
	var newest time.Time
	for w, of := range o.stays {
		for _, s := range of {
			if newest = later(newest, s.ended); s.dirty {
				stays[w] = append(stays[w], s)
			}
		}
	}
	for site, d := range o.drained {
		if d.dirty {
			until[site] = d.until
		}
	}
	if err := o.write(ctx, stays, until); err != nil {
		o.log.Error("from where agents were heard was not written; it is tried again within a minute", "error", err)
		return
	}
	for w, of := range o.stays {
		for _, s := range of {
			s.dirty = false
		}
		if last := of[len(of)-1]; newest.Sub(last.ended) <= Pause {
			o.stays[w] = of[len(of)-1:]
		} else {
			delete(o.stays, w)
		}
	}
	for site := range until {
		o.drained[site].dirty = false
	}
}

func (o *Origins) write(ctx context.Context, stays map[way][]*stay, until map[string]time.Time) error {
	if len(stays) == 0 && len(until) == 0 {
		return nil
	}
	return o.db.Write(ctx, func(tx *sql.Tx) error {
		for w, of := range stays {
			dest := ""
			if w.dest.IsValid() {
				dest = w.dest.String()
			}
			for _, s := range of {
				if _, err := tx.Exec(`INSERT INTO origins VALUES (?, ?, ?, ?, ?)
					ON CONFLICT (site, source, dest, began) DO UPDATE SET ended = max(ended, excluded.ended)`,
					w.site, w.source.String(), dest, s.began.UnixNano(), s.ended.UnixNano()); err != nil {
					return err
				}
			}
		}
		for site, t := range until {
			if _, err := tx.Exec(`INSERT INTO drained VALUES (?, ?)
				ON CONFLICT (site) DO UPDATE SET until = max(until, excluded.until)`, site, t.UnixNano()); err != nil {
				return err
			}
		}
		return nil
	})
}

// Stays returns from where agents were heard in a span of time, by site and
// sorted by time: what was written and what was not yet.
func (o *Origins) Stays(ctx context.Context, from, to time.Time) (map[string][]Stay, error) {
	all := map[string][]Stay{}
	found := map[way]map[int64]int{} // where a stay stands, by its beginning
	add := func(site string, s Stay) {
		w := way{site, s.Source, s.Dest}
		if at, ok := found[w][s.Began.UnixNano()]; ok {
			all[site][at].Ended = later(all[site][at].Ended, s.Ended)
			return
		}
		if found[w] == nil {
			found[w] = map[int64]int{}
		}
		found[w][s.Began.UnixNano()] = len(all[site])
		all[site] = append(all[site], s)
	}
	// What is in memory is looked at first: it is written before it is forgotten.
	o.mu.Lock()
	for w, of := range o.stays {
		for _, s := range of {
			if !s.began.After(to) && !s.ended.Before(from) {
				add(w.site, Stay{w.source, w.dest, s.began, s.ended})
			}
		}
	}
	o.mu.Unlock()
	if err := o.read(ctx, from, to, add); err != nil {
		return nil, fmt.Errorf("read from where agents were heard: %w", err)
	}
	for _, stays := range all {
		slices.SortFunc(stays, func(a, b Stay) int { return a.Began.Compare(b.Began) })
	}
	return all, nil
}

func (o *Origins) read(ctx context.Context, from, to time.Time, add func(string, Stay)) error {
	rows, err := o.db.Read.QueryContext(ctx, "SELECT site, source, dest, began, ended FROM origins WHERE ended >= ? AND began <= ?", from.UnixNano(), to.UnixNano())
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var site, source, dest string
		var began, ended int64
		if err := rows.Scan(&site, &source, &dest, &began, &ended); err != nil {
			return err
		}
		s := Stay{Began: time.Unix(0, began), Ended: time.Unix(0, ended)}
		if s.Source, err = netip.ParseAddr(source); err != nil {
			return err
		}
		if dest != "" {
			if s.Dest, err = netip.ParseAddr(dest); err != nil {
				return err
			}
		}
		add(site, s)
	}
	return rows.Err()
}

// DrainedUntil returns until when all that agents saw is in, by site.
func (o *Origins) DrainedUntil(ctx context.Context) (map[string]time.Time, error) {
	all := map[string]time.Time{}
	rows, err := o.db.Read.QueryContext(ctx, "SELECT site, until FROM drained")
	if err != nil {
		return nil, fmt.Errorf("read which spools are drained: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var site string
		var until int64
		if err := rows.Scan(&site, &until); err != nil {
			return nil, fmt.Errorf("read which spools are drained: %w", err)
		}
		all[site] = time.Unix(0, until)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read which spools are drained: %w", err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for site, d := range o.drained {
		all[site] = later(all[site], d.until)
	}
	return all, nil
}
