package posture

import (
	"math"
	"slices"
	"time"

	"fengsui/checks"
)

// A Spool is how full the spool of a site's agent is. The zero Spool is one
// in which nothing waits.
type Spool struct {
	Filled float64   // share of what it may hold that the collector lacks, 0 to 1
	Oldest time.Time // when the oldest of that was made; zero: nothing waits
}

// Full says whether it is filled but for less than a segment, which is what an
// agent drops to make room: then results are being lost.
func (s Spool) Full() bool { return s.Filled >= 0.99 }

// Left is how long the rest lasts at the rate at which it was filled since its
// oldest result; false where that tells nothing.
func (s Spool) Left(now time.Time) (time.Duration, bool) {
	since := now.Sub(s.Oldest)
	if s.Oldest.IsZero() || s.Filled <= 0 || since <= 0 {
		return 0, false
	}
	left := max(0, 1-s.Filled) / s.Filled * float64(since)
	if left >= math.MaxInt64 {
		return 0, false
	}
	return time.Duration(left), true
}

// spoolStep is by how much a spool fills until that is written at once.
const spoolStep = 0.01

// Spool notes how full the spool of a site's agent is.
func (p *Posture) Spool(siteID string, spool Spool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.sites[siteID]
	if s == nil {
		return
	}
	s.spool, s.spoolOf = spool, true
	if s.spoolMoved() && !slices.Contains(p.dirtySite, s) {
		p.dirtySite = append(p.dirtySite, s)
		p.poke()
	}
}

// spoolMoved says whether what was written of a site's spool is no longer so.
func (s *site) spoolMoved() bool {
	return s.spoolOf && (!s.filled.has || math.Abs(s.spool.Filled-s.spoolPut) >= spoolStep)
}

// collectSpool writes how full a site's spool is and how old the oldest in it
// is, while the site is heard: nobody knows it until the next push.
func (p *Posture) collectSpool(w *writing, s *site, j judgement, full bool) {
	silent := j.how == judged && j.state == checks.Silent
	switch {
	case silent || !s.listed:
		s.spoolOf = s.spoolOf && !silent
		w.end(&s.filled)
		w.end(&s.oldest)
	case s.spoolMoved() || full && s.spoolOf:
		s.spoolPut = s.spool.Filled
		w.put(&s.filled, s.spool.Filled)
		age := 0.0
		if !s.spool.Oldest.IsZero() {
			age = max(0, p.clock.wall.Sub(s.spool.Oldest).Seconds())
		}
		w.put(&s.oldest, age)
	}
}
