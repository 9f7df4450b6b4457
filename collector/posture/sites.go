package posture

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"fengsui/configs"
	"fengsui/configs/calendar"
)

// A site is a place with an agent.
type site struct {
	id, name, kind, parent string
	listed                 bool
	pending                []configs.Check
	inTable                bool // table agents has named it since the start
	enrolled               bool
	opened                 bool          // it has spoken, ever
	heard                  bool          // it has spoken since the process started
	contact                time.Duration // when, on the clock
	last                   time.Time     // the same for people; may be from before the start
	born                   time.Duration // when it was listed while we were running; 0 before

	known known
	info  series

	hours   calendar.Hours // in which it is switched on
	offDuty series         // whether its hours explain that it is silent; only where it has hours
	isOff   bool           // as it was written last

	offset   series        // of its machine's wall clock
	ahead    time.Duration // of the collector's time, as its last push showed
	aheadOf  bool          // a push has shown it since the process started
	aheadPut time.Duration // as it was written last

	spool    Spool   // of its agent, behind its last push
	spoolOf  bool    // a push has told it since the process started
	spoolPut float64 // how much was filled, as it was written last
	filled   series  // its known series
	oldest   series

	clone  series // of whether its agent is two machines; only where one ever was
	cloned bool   // as it is known
	shown  bool   // as it was written last
}

// readEnrolments reads from table agents which sites are enrolled, and from
// table instances which have ever spoken.
func (p *Posture) readEnrolments(ctx context.Context) error {
	clones, err := p.readClones(ctx)
	if err != nil {
		return fmt.Errorf("read which agents are clones: %w", err)
	}
	rows, err := p.o.DB.Read.QueryContext(ctx, `SELECT a.site, MAX(a.revoked IS NULL), COALESCE(MAX(i.last), 0)
		FROM agents a LEFT JOIN instances i ON i.agent = a.agent GROUP BY a.site`)
	if err != nil {
		return fmt.Errorf("read which sites are enrolled: %w", err)
	}
	defer rows.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	seen := map[string]bool{}
	for rows.Next() {
		var id string
		var valid bool
		var last sql.NullInt64
		if err := rows.Scan(&id, &valid, &last); err != nil {
			return fmt.Errorf("read which sites are enrolled: %w", err)
		}
		seen[id] = true
		s := p.sites[id]
		if s == nil {
			s = &site{id: id, listed: !p.listed}
			p.sites[id] = s
			if !p.listed {
				p.order = append(p.order, id)
			}
		}
		s.inTable, s.enrolled = true, valid
		if last.Int64 > 0 {
			s.opened = true
			if at := time.Unix(0, last.Int64); at.After(s.last) {
				s.last = at
			}
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read which sites are enrolled: %w", err)
	}
	for id, open := range clones {
		if s := p.sites[id]; s != nil {
			s.clone.labels = labels.FromStrings(model.MetricNameLabel, "fengsui_known_identity_clone", "site", id)
			s.cloned = open
		}
	}
	for id, s := range p.sites {
		if s.inTable && !seen[id] {
			s.enrolled = false
		}
	}
	return nil
}

// readClones says, of the sites whose agent was ever proved to be two machines,
// whether one in force still is.
func (p *Posture) readClones(ctx context.Context) (map[string]bool, error) {
	rows, err := p.o.DB.Read.QueryContext(ctx, `SELECT a.site, MAX(c.ended IS NULL AND a.revoked IS NULL)
		FROM clones c JOIN agents a ON a.agent = c.agent GROUP BY a.site`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[string]bool{}
	for rows.Next() {
		var site string
		var open bool
		if err := rows.Scan(&site, &open); err != nil {
			return nil, err
		}
		all[site] = open
	}
	return all, rows.Err()
}

// SetInventory replaces the inventory. Sites and checks that it no longer
// names vanish; those whose labels changed begin new series.
func (p *Posture) SetInventory(d *configs.District) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, up := p.clock.read()
	if !p.running {
		up = 0 // what is listed before we listen has the whole window anyway
	}
	p.listed = true
	p.calendar, p.dutyGrace = d.Calendar, d.Alerting.DutyGrace
	things := newSubjects(d)
	p.order = p.order[:0]
	sites, listed := map[string]bool{}, map[key]bool{}
	for i := range d.Sites {
		in := &d.Sites[i]
		sites[in.ID] = true
		p.order = append(p.order, in.ID)
		s := p.sites[in.ID]
		if s == nil {
			s = &site{id: in.ID}
			p.sites[in.ID] = s
		}
		if !s.listed {
			s.listed, s.born = true, up
		}
		s.name, s.kind, s.parent, s.pending = in.Name, in.Kind, in.Parent, in.Pending
		p.relabel(&s.info, labels.FromStrings(model.MetricNameLabel, "fengsui_site_info",
			"site", in.ID, "name", in.Name, "kind", in.Kind, "parent", in.Parent))
		s.hours = in.Hours
		for j := range in.Checks {
			ck := &in.Checks[j]
			listed[key{in.ID, ck.ID}] = true
			c := p.lookup(in.ID, ck.ID)
			if !c.listed || c.interval != ck.Interval {
				c.born = up
			}
			c.listed, c.address = true, ck.Target
			c.describe(ck.Kind, ck.TargetName, ck.Interval)
			p.relabel(&c.info, things.info(in.ID, ck))
		}
	}
	for id, s := range p.sites {
		s.listed = sites[id]
	}
	for k, c := range p.checks {
		c.listed = listed[k]
	}
	p.nextScan = 0
	p.poke()
}

// describe sets what the labels of a check are made of.
func (c *check) describe(kind, target string, interval time.Duration) {
	c.kind, c.target, c.interval = kind, target, interval
}
