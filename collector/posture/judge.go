package posture

import (
	"slices"
	"time"

	"fengsui/checks"
)

// A judgement is what is known of a check's family or of a site.
type judgement struct {
	how   how
	state checks.State  // where judged
	until time.Duration // on the clock: when it may change by itself; 0 for never
}

type how uint8

const (
	absent   how = iota // no series: unopened, not observed, not listed
	unjudged            // no opinion yet: what was written stands, nothing is added
	judged
)

// judge says what is known of one family of a check (0 pair, 1 v4, 2 v6).
func (p *Posture) judge(c *check, i int, up time.Duration) judgement {
	s, pair := &c.cur.faces[i], &c.cur.faces[0]
	if !c.listed || !s.exists || s.opened == 0 || s.at < pair.at {
		return judgement{how: absent}
	}
	window := p.window(c)
	if pair.heard && pair.heardAt >= p.origin && up-pair.live <= window {
		return judgement{judged, s.state, pair.live + window}
	}
	from := p.origin + window
	if c.born > 0 {
		from = max(from, c.born+settle+window)
	}
	if !p.running || up <= from {
		return judgement{how: unjudged, until: from}
	}
	return judgement{how: judged, state: checks.Silent}
}

// judgeSite says what is known of a site: up or silent.
func (p *Posture) judgeSite(s *site, up time.Duration) judgement {
	if !s.listed || !s.enrolled || !s.opened {
		return judgement{how: absent}
	}
	if s.heard && s.contact >= p.origin && up-s.contact <= p.o.SiteSilence {
		return judgement{judged, checks.Up, s.contact + p.o.SiteSilence}
	}
	from := max(p.origin, s.born) + p.o.SiteSilence
	if !p.running || up <= from {
		return judgement{how: unjudged, until: from}
	}
	return judgement{how: judged, state: checks.Silent}
}

// reconsider queues a check whose known state differs from what was written,
// and brings the next scan forward where its silence may begin earlier.
func (p *Posture) reconsider(c *check, up time.Duration) {
	for i := range c.known {
		j := p.judge(c, i, up)
		if (c.known[i].differs(j) || c.downs[i].differs(j, c.cur.faces[i].looks)) && !c.inDirty {
			c.inDirty = true
			p.dirty = append(p.dirty, c)
			p.poke()
		}
		p.mind(j)
	}
}

// mind brings the next scan forward to when a judgement may change by itself.
func (p *Posture) mind(j judgement) {
	if j.until > 0 && j.until < p.nextScan {
		p.nextScan = j.until
		p.poke()
	}
}

// Contact notes that anything at all came from a site: Hello, push, poll or
// goodbye. The time counts for people; silence is counted from the call.
func (p *Posture) Contact(siteID string, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, up := p.clock.read()
	s := p.heard(siteID, up)
	if at.After(s.last) {
		s.last = at.Round(0)
	}
}

// Clock notes by how much the wall clock of a site's machine is ahead.
func (p *Posture) Clock(siteID string, ahead time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.sites[siteID]
	if s == nil {
		return
	}
	s.ahead, s.aheadOf = ahead, true
	if s.clockMoved() && !slices.Contains(p.dirtySite, s) {
		p.dirtySite = append(p.dirtySite, s)
		p.poke()
	}
}

// clockMoved says whether what was written of a site's clock is no longer so.
func (s *site) clockMoved() bool {
	return s.aheadOf && (!s.offset.has || (s.ahead-s.aheadPut).Abs() > time.Second)
}

func (p *Posture) heard(siteID string, up time.Duration) *site {
	s := p.sites[siteID]
	if s == nil {
		s = &site{id: siteID, listed: !p.listed}
		p.sites[siteID] = s
		if !p.listed {
			p.order = append(p.order, siteID)
		}
	}
	s.heard, s.contact = true, up
	if wall := p.clock.wall; wall.After(s.last) {
		s.last = wall
	}
	s.opened = true
	if !s.inTable {
		s.enrolled = true
	}
	j := p.judgeSite(s, up)
	if s.known.differs(j) && !slices.Contains(p.dirtySite, s) {
		p.dirtySite = append(p.dirtySite, s)
		p.poke()
	}
	p.mind(j)
	return s
}
