package indicators

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"fengsui/collector/graph"
	"fengsui/configs"
	"fengsui/configs/calendar"
)

// maintained says by which approved maintenance a round of an access point is
// excused: one that touches the round and is on the access point, its unit,
// its site or its line, or on what either is only reached through. "" when
// there is none.
func maintained(d *configs.District, over span) (func(access configs.Node, round int) string, error) {
	type work struct {
		id       string
		from, to time.Time
		accesses map[configs.Node]bool
	}
	var works []work
	ends := over.from.Add(time.Duration(over.n) * over.round)
	var g *graph.Graph
	for i := range d.Maintenance {
		m := &d.Maintenance[i]
		if !m.From.Before(ends) || !m.To.After(over.from) {
			continue
		}
		if g == nil {
			var err error
			if g, err = graph.New(d); err != nil {
				return nil, fmt.Errorf("find what maintenance %s is on: %w", m.ID, err)
			}
		}
		works = append(works, work{m.ID, m.From, m.To, worked(d, g, m)})
	}
	return func(access configs.Node, round int) string {
		began := over.from.Add(time.Duration(round) * over.round)
		for _, w := range works {
			if w.accesses[access] && w.from.Before(began.Add(over.round)) && w.to.After(began) {
				return w.id
			}
		}
		return ""
	}, nil
}

// worked are the access points that a maintenance is on.
func worked(d *configs.District, g *graph.Graph, m *configs.Maintenance) map[configs.Node]bool {
	on := map[configs.Node]bool{}
	for _, n := range m.On {
		on[n] = true
		lost := g.Reach(n, nil)
		for _, behind := range slices.Concat(lost.Sites, lost.Links) {
			on[behind] = true
		}
	}
	all := map[configs.Node]bool{}
	for i := range d.Units {
		for k := range d.Units[i].Access {
			a := &d.Units[i].Access[k]
			if on[a.Node()] || on[configs.NodeOf("unit", a.Unit)] || a.Site != "" && on[configs.NodeOf("site", a.Site)] || a.Link != "" && on[configs.NodeOf("link", a.Link)] {
				all[a.Node()] = true
			}
		}
	}
	return all
}

// markMaintained notes the days of all maintenances of an inventory that may
// still change: one may be entered after the fact, or withdrawn. What is
// withdrawn while the collector is down is not noticed.
func (i *Indicators) markMaintained(ctx context.Context, d *configs.District, now time.Time) error {
	if d == nil {
		return nil
	}
	return i.o.DB.Write(ctx, func(tx *sql.Tx) error {
		for _, m := range d.Maintenance {
			to := m.To
			if to.After(now) {
				to = now
			}
			for date := calendar.DateOf(m.From); date.At(0).Before(to); date = date.AddDays(1) {
				if now.After(date.At(24 * time.Hour).Add(d.Indicators.Closes)) {
					continue
				}
				if _, err := tx.Exec("INSERT OR IGNORE INTO access_rerate VALUES (?)", date.String()); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
