package api

import (
	"fmt"
	"strings"

	"fengsui/collector/posture"
	"fengsui/configs"
)

// A linkRow is a line between two sites with its circuits.
type linkRow struct {
	Badge          badge
	Name, ID, Ends string
	Tier           string
	Why            string
}

// A linkList is what the page says of the lines.
type linkList struct {
	Total  int
	Counts []count
	Rows   []linkRow
}

// links lists the lines, each by the best of its circuits, for a link works
// while one of them does: all of them, or those in trouble. One that nobody
// polls is counted and not listed. nil: the inventory has no lines.
func (p *plain) links(v *view, d *configs.District, snap posture.Snapshot, all bool) *linkList {
	if len(d.Links) == 0 {
		return nil
	}
	seen := map[configs.Node]*posture.Check{}
	poller := map[configs.Node]*posture.Site{}
	for i := range d.Sites {
		for _, c := range d.Sites[i].Checks {
			if c.Subject.Kind() == "circuit" {
				if s, found := siteOf(snap, d.Sites[i].ID, c.ID); found != nil {
					seen[c.Subject], poller[c.Subject] = found, s
				}
			}
		}
	}
	list := &linkList{Total: len(d.Links)}
	counts := map[string]int{}
	for i := range d.Links {
		row, state := p.link(v, d, &d.Links[i], seen, poller)
		counts[state]++
		if all && state != "pending" || state != "up" && state != "pending" && state != "closed" && state != "unopened" {
			list.Rows = append(list.Rows, row)
		}
	}
	for _, state := range states {
		if n := counts[state]; n > 0 {
			b := v.badge(state)
			if state == "pending" {
				b.Word = v.T("unpolled")
			}
			list.Counts = append(list.Counts, count{b, n})
		}
	}
	return list
}

func siteOf(snap posture.Snapshot, site, check string) (*posture.Site, *posture.Check) {
	for i := range snap.Sites {
		if s := &snap.Sites[i]; s.ID == site {
			for k := range s.Checks {
				if s.Checks[k].ID == check {
					return s, &s.Checks[k]
				}
			}
		}
	}
	return nil, nil
}

func (p *plain) link(v *view, d *configs.District, l *configs.Link, seen map[configs.Node]*posture.Check, poller map[configs.Node]*posture.Site) (linkRow, string) {
	row := linkRow{Name: l.Name, ID: l.ID, Ends: siteName(d, l.Between[0]) + " – " + siteName(d, l.Between[1])}
	for i := range d.Tiers {
		if t := &d.Tiers[i]; t.ID == l.Tier {
			row.Tier = v.T("tier", t.Name, bitrate(t.Floor), bitrate(t.Goal))
		}
	}
	state := "pending"
	var whys []string
	for i := range l.Circuits {
		c := seen[l.Circuits[i].Node()]
		if c == nil {
			continue
		}
		name := shownState(poller[l.Circuits[i].Node()], c)
		if state == "pending" || place(name) > place(state) {
			state = name
		}
		if why := p.check(v, c, name).Why; why != "" {
			whys = append(whys, l.Circuits[i].ID+v.T("colon")+why)
		}
	}
	row.Badge, row.Why = v.badge(state), strings.Join(whys, v.T("join"))
	return row, state
}

// place is where a state stands among states: the worst first.
func place(state string) int {
	for i, s := range states {
		if s == state {
			return i
		}
	}
	return -1
}

func siteName(d *configs.District, id string) string {
	if s := d.Site(id); s != nil {
		return s.Name
	}
	return id
}

// bitrate is a rate as an operator writes it; a dash where there is none.
func bitrate(bps int64) string {
	switch {
	case bps == 0:
		return "–"
	case bps%1_000_000_000 == 0:
		return fmt.Sprintf("%d Gbit/s", bps/1_000_000_000)
	}
	return fmt.Sprintf("%g Mbit/s", float64(bps)/1e6)
}
