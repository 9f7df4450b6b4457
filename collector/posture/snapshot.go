package posture

import (
	"slices"
	"time"

	"fengsui/checks"
)

// A Standing says how much is known of something.
type Standing uint8

// The standings.
const (
	Unopened Standing = iota // 未开通: it never succeeded, a site never spoke or is not enrolled
	Unjudged                 // nothing known yet since the collector began to listen
	Known
	Pending // 待登记: its target is a documentation address and never probed
)

// A Snapshot is the posture at one moment.
type Snapshot struct {
	At        time.Time // collector's time
	Listening time.Time // since when
	Judging   bool
	JudgingIn time.Duration // until judging begins; 0 when it has
	Sites     []Site        // in the order of the inventory
}

// A Site is one site of a snapshot.
type Site struct {
	ID, Name, Kind, Parent string
	Enrolled               bool
	Standing               Standing
	State                  checks.State  // Up or Silent, where known
	Last                   time.Time     // of the last contact; zero when there was none
	Age                    time.Duration // since then
	Ahead                  time.Duration // its machine's wall clock, of the collector's time; 0 where not known
	Spool                  Spool         // of its agent; zero where not known
	OffDuty                bool          // 下班: its hours explain that it is silent
	Checks                 []Check       // sorted by ID
}

// A Check is one check of a snapshot.
type Check struct {
	ID, Kind string
	Target   string // label
	Address  string // as configured
	Interval time.Duration
	Families []Face // the pair first; empty when nothing was ever seen
	Standing Standing
}

// A Face is what is known of the pair or of one family.
type Face struct {
	Family   checks.Family
	Standing Standing
	State    checks.State  // where known; otherwise as last seen
	Seen     checks.State  // as last seen, also where silent
	Reason   checks.Reason // of Seen
	At       time.Time     // of the newest result
	Age      time.Duration
	Since    time.Time // of Seen with this reason
}

// Snapshot copies the posture of what the inventory lists.
func (p *Posture) Snapshot() Snapshot {
	p.mu.Lock()
	defer p.mu.Unlock()
	wall, up := p.clock.read()
	snap := Snapshot{At: wall, Listening: p.began, Judging: p.judging}
	if !p.judging {
		snap.JudgingIn = p.o.SiteSilence
		if p.running {
			snap.JudgingIn = max(0, p.origin+p.o.SiteSilence-up)
		}
	}
	bySite := map[string][]Check{}
	for k, c := range p.checks {
		if c.listed {
			bySite[k.site] = append(bySite[k.site], p.snapCheck(c, up))
		}
	}
	for _, id := range p.order {
		s := p.sites[id]
		if !s.listed {
			continue
		}
		out := Site{ID: id, Name: s.name, Kind: s.kind, Parent: s.parent, Enrolled: s.enrolled, Last: s.last, Age: p.siteAge(s, up), Checks: bySite[id]}
		for _, pending := range s.pending {
			out.Checks = append(out.Checks, Check{ID: pending.ID, Kind: pending.Kind, Target: pending.TargetName,
				Address: pending.Target, Interval: pending.Interval, Standing: Pending})
		}
		slices.SortFunc(out.Checks, func(a, b Check) int {
			if a.ID < b.ID {
				return -1
			}
			return 1
		})
		out.Standing, out.State = standing(p.judgeSite(s, up))
		out.OffDuty = out.Standing == Known && out.State == checks.Silent && p.excused(s)
		if s.aheadOf && out.State == checks.Up {
			out.Ahead = s.ahead
		}
		if s.spoolOf && out.State == checks.Up {
			out.Spool = s.spool
		}
		snap.Sites = append(snap.Sites, out)
	}
	return snap
}

func standing(j judgement) (Standing, checks.State) {
	switch j.how {
	case judged:
		return Known, j.state
	case unjudged:
		return Unjudged, checks.Silent
	}
	return Unopened, checks.Silent
}

func (p *Posture) snapCheck(c *check, up time.Duration) Check {
	out := Check{ID: c.check, Kind: c.kind, Target: c.target, Address: c.address, Interval: c.interval}
	pair := &c.cur.faces[0]
	for i := range c.cur.faces {
		s := &c.cur.faces[i]
		if !s.exists || s.at < pair.at {
			continue
		}
		f := Face{Family: families[i], Seen: s.state, Reason: s.reason, At: time.Unix(0, s.at), Since: time.Unix(0, s.since), Age: p.age(c, up)}
		f.Standing, f.State = standing(p.judge(c, i, up))
		if f.Standing != Known {
			f.State = s.state
		}
		out.Families = append(out.Families, f)
	}
	if len(out.Families) > 0 {
		out.Standing = out.Families[0].Standing
	}
	return out
}
