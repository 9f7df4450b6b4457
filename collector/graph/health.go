package graph

import (
	"time"

	"fengsui/checks"
	"fengsui/collector/posture"
	"fengsui/configs"
)

// A Verdict is what is known of a node itself, whatever it hangs on.
type Verdict uint8

// The verdicts. Unknown is no opinion: nobody looks, or nobody can.
const (
	Unknown Verdict = iota
	Good
	Failing
)

// A State is what is known of a node, and by when that was so.
type State struct {
	Verdict  Verdict
	Since    time.Time     // Failing: since when it is judged so
	Began    time.Time     // Failing: by then it had begun
	Seen     time.Time     // last seen good; zero: never
	Every    time.Duration // Good: so soon there will be other evidence, if it fails
	Vantages []string      // Failing: the sites that see it so; of a site empty
	Refuted  bool          // Failing, but nothing hangs on that: what lies behind it is heard
}

// Health is what is known of the nodes. One that it does not hold is Unknown.
type Health map[configs.Node]State

// Pushes are how far apart the pushes of an agent are when nothing changes: a
// site that lives is heard that often (design 3).
const Pushes = 15 * time.Second

// Health reads from a snapshot what is known of each node: of a site whether
// it is heard, of all else what the checks say whose subject it is. A site
// counts as silent after the silence of the collector's settings.
func (g *Graph) Health(snap posture.Snapshot, silence time.Duration) Health {
	h := Health{}
	seen := map[configs.Node]*votes{}
	for i := range snap.Sites {
		s := &snap.Sites[i]
		if s.Standing != posture.Known {
			continue
		}
		at := configs.NodeOf("site", s.ID)
		if s.State == checks.Silent {
			if !g.open(s.ID, snap.At) {
				continue // 下班: it is switched off, which says nothing of its line
			}
			h[at] = State{Verdict: Failing, Since: s.Last.Add(silence), Began: s.Last.Add(Pushes)}
			continue // what it saw before is no evidence of now
		}
		h[at] = State{Verdict: Good, Seen: s.Last, Every: silence}
		for j := range s.Checks {
			c := &s.Checks[j]
			n := g.Subject(s.ID, c.ID)
			if n == "" || n == at || c.Standing != posture.Known || len(c.Families) == 0 {
				continue
			}
			if seen[n] == nil {
				seen[n] = &votes{}
			}
			seen[n].add(s.ID, c)
		}
	}
	for n, v := range seen {
		if s := v.state(); s.Verdict != Unknown && n.Kind() != "site" {
			h[n] = s
		}
	}
	g.refute(h)
	return h
}

// open says whether a site is meant to be switched on.
func (g *Graph) open(site string, at time.Time) bool {
	hours, ok := g.hours[site]
	return !ok || hours.Always() || hours.Open(g.calendar, at)
}

// votes are what the checks of one subject say.
type votes struct {
	down  []string
	began time.Time // the first of them
	good  time.Time // the newest that was not down
	every time.Duration
}

func (v *votes) add(site string, c *posture.Check) {
	f := &c.Families[0]
	switch f.State {
	case checks.Down:
		if len(v.down) == 0 || v.down[len(v.down)-1] != site {
			v.down = append(v.down, site)
		}
		if v.began.IsZero() || f.Since.Before(v.began) {
			v.began = f.Since
		}
	case checks.Up, checks.Degraded:
		if f.At.After(v.good) {
			v.good = f.At
		}
	default:
		return
	}
	if v.every == 0 || c.Interval < v.every {
		v.every = c.Interval
	}
}

// state judges: failing is what two sites see down, or one that nobody
// contradicts who looked since. Most sites look once an hour.
func (v *votes) state() State {
	switch {
	case len(v.down) >= 2, len(v.down) == 1 && v.good.Before(v.began):
		return State{Verdict: Failing, Since: v.began, Began: v.began, Seen: v.good, Every: v.every, Vantages: v.down}
	case len(v.down) == 0 && v.every == 0:
		return State{}
	}
	return State{Verdict: Good, Seen: v.good, Every: v.every}
}

// tolerance is how far the times of two agents may be apart.
const tolerance = 2 * time.Second

// refute notes of what would cut off a site that is heard all the same, after
// it is said to have failed, that it cuts off nothing: the agent of a town is
// off and its line is not, or there is a way that the inventory does not know.
func (g *Graph) refute(h Health) {
	for n, s := range h {
		i, ok := g.index[n]
		if !ok || s.Verdict != Failing || n.Kind() == "service" || n.Kind() == "access" {
			continue
		}
		left := g.without(g.root, i)
		for site := range g.nodes {
			name := g.nodes[site].name
			if name.Kind() == "site" && site != i && !left[site] && h[name].Verdict == Good && h[name].Seen.After(s.Since.Add(tolerance)) {
				s.Refuted = true
				h[n] = s
				break
			}
		}
	}
}
