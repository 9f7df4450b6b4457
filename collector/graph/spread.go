package graph

import (
	"slices"

	"fengsui/configs"
)

// spread says of every node whether it works, whether it is seen over ways
// that begin at some sites, and of sites whether by climbing alone, while some
// nodes have failed. It is the least fixpoint: what hangs only on itself is
// never seen.
func (g *Graph) spread(enter, failed []bool) (works, seen, climbed []bool) {
	works, seen, climbed = make([]bool, len(g.nodes)), make([]bool, len(g.nodes)), make([]bool, len(g.nodes))
	for changed := true; changed; {
		changed = false
		set := func(what []bool, i int, is bool) {
			if is && !what[i] {
				what[i], changed = true, true
			}
		}
		for i := range g.nodes {
			if failed != nil && failed[i] {
				continue
			}
			set(works, i, works[i] || g.works(i, works, seen))
			if !works[i] || seen[i] && climbed[i] || !met(g.nodes[i].needs, seen) {
				continue
			}
			n := &g.nodes[i]
			switch {
			case n.name.Kind() == "site":
				set(climbed, i, enter[i])
				set(seen, i, enter[i])
				for _, w := range n.ways {
					if w.link >= 0 && !works[w.link] {
						continue
					}
					if w.below {
						set(climbed, i, climbed[w.to])
						set(seen, i, climbed[w.to])
					} else {
						set(seen, i, seen[w.to])
					}
				}
			case len(n.ends) > 0:
				set(seen, i, seen[n.ends[0]] || climbed[n.ends[1]] || n.level && seen[n.ends[1]])
			default:
				set(seen, i, n.on < 0 || seen[n.on])
			}
		}
	}
	return works, seen, climbed
}

// works says whether what a node is made of works. A link also needs what it
// depends on: a tunnel is nothing without its exit.
func (g *Graph) works(i int, works, seen []bool) bool {
	n := &g.nodes[i]
	if n.on >= 0 && !works[n.on] {
		return false
	}
	if len(n.ends) == 0 {
		return true
	}
	return (len(n.parts) == 0 || slices.ContainsFunc(n.parts, func(p int) bool { return works[p] })) && met(n.needs, seen)
}

func met(needs [][]int, seen []bool) bool {
	for _, group := range needs {
		if !slices.ContainsFunc(group, func(i int) bool { return seen[i] }) {
			return false
		}
	}
	return true
}

// entries are the sites where the ways of a vantage begin: itself, and the
// top of any net to which none of its ways leads.
func (g *Graph) entries(from int) []bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if e, ok := g.enter[from]; ok {
		return e
	}
	e := make([]bool, len(g.nodes))
	if from >= 0 {
		e[from] = true
	}
	_, seen, _ := g.spread(e, nil)
	for _, top := range g.tops {
		if !seen[top] {
			e[top] = true
			_, seen, _ = g.spread(e, nil)
		}
	}
	g.enter[from] = e
	return e
}

// without is what is seen from a site while one node has failed.
func (g *Graph) without(from, failed int) []bool {
	enter := g.entries(from)
	key := [2]int{from, failed}
	g.mu.Lock()
	defer g.mu.Unlock()
	seen, ok := g.seen[key]
	if !ok {
		fails := make([]bool, len(g.nodes))
		fails[failed] = true
		_, seen, _ = g.spread(enter, fails)
		g.seen[key] = seen
	}
	return seen
}

// above says whether a node loses its only way when another one fails, as a
// strict order: of two that take each other along (a town, and the router in
// it on which its line ends) the one of the greater kind is above.
func (g *Graph) above(from, upper, lower int) bool {
	if upper == lower || g.without(from, upper)[lower] {
		return false
	}
	return g.without(from, lower)[upper] || g.rank(upper) < g.rank(lower)
}

var kinds = []string{"site", "link", "circuit", "device", "service", "access", "unit", "point"}

func (g *Graph) rank(i int) int {
	return slices.Index(kinds, g.nodes[i].name.Kind())*len(g.nodes) + i
}

// A Reach is what loses its only way when a node fails, each sorted.
type Reach struct {
	Sites    []configs.Node `json:"sites"`
	Units    []configs.Node `json:"units"`
	Services []configs.Node `json:"services"`
	Links    []configs.Node `json:"links"`
}

// Empty says that nothing else is lost.
func (r Reach) Empty() bool {
	return len(r.Sites)+len(r.Units)+len(r.Services)+len(r.Links) == 0
}

// Reach returns what loses its only way when a node fails, seen from the
// collector. What failed before it counts: a second line is no other way when
// it is down already; but what lies behind it may be found silent before it
// is. Without health nothing else has failed. Behind a node whose failing is
// refuted nothing is lost: an agent is off, and its site's lines are not.
func (g *Graph) Reach(of configs.Node, h Health) Reach {
	r := Reach{Sites: []configs.Node{}, Units: []configs.Node{}, Services: []configs.Node{}, Links: []configs.Node{}}
	at, ok := g.index[of]
	if !ok || h[of].Refuted {
		return r
	}
	before := make([]bool, len(g.nodes))
	since := h[of].Since
	for n, s := range h {
		if i, ok := g.index[n]; ok && i != at && s.Verdict == Failing && s.Since.Before(since) && !g.above(g.root, at, i) {
			before[i] = true
		}
	}
	_, had, _ := g.spread(g.entries(g.root), before)
	if !had[at] { // it is lost already, and what hangs on it with it
		clear(before)
		_, had, _ = g.spread(g.entries(g.root), before)
	}
	before[at] = true
	_, has, _ := g.spread(g.entries(g.root), before)
	for i := range g.nodes {
		if !had[i] || has[i] || i == at {
			continue
		}
		n := g.nodes[i].name
		for kind, list := range map[string]*[]configs.Node{"site": &r.Sites, "unit": &r.Units, "service": &r.Services, "link": &r.Links} {
			if n.Kind() == kind {
				*list = append(*list, n)
			}
		}
	}
	for _, list := range [][]configs.Node{r.Sites, r.Units, r.Services, r.Links} {
		slices.Sort(list)
	}
	return r
}
