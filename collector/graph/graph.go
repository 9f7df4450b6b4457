// Package graph knows what of a district needs what: which site is reached
// over which lines, which line lies on which device, which service lives
// behind which exit. It says of a fault what else loses its only way, and of
// an alert where its cause lies.
//
// Two questions are asked of a node. It works when it and what it is made of
// do; it is seen when it works and a way leads to it from where somebody
// looks. A town without its line works, and nobody sees it; a town without
// power does neither, and takes the line along that ends in its router. So a
// line may lie on a device at its far end without hanging on itself.
//
// Sites and links are a net in which any way will do that climbs first and
// then descends: the same link city–hub is the way to the city for whoever
// looks from the hub, and to the hub for whoever looks from the city; but the
// VPN line of a village is no way to its town. Links between sites of one
// kind, a ring of towns, count as descending.
package graph

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"fengsui/configs"
	"fengsui/configs/calendar"
)

// A Graph is made of a district and never changed: a reload makes another.
type Graph struct {
	nodes   []node
	index   map[configs.Node]int
	root    int                   // the site of the collector; -1: there are no sites
	tops    []int                 // the sites where the ways of a net may begin, root first
	subject map[pair]configs.Node // what a check looks at

	hours    map[string]calendar.Hours // of sites
	calendar *calendar.Calendar

	mu    sync.Mutex
	seen  map[[2]int][]bool // by vantage and the node that failed
	enter map[int][]bool    // by vantage: the sites where its ways begin
}

type pair struct{ site, check string }

// A node is one thing of the inventory. Fields that its kind has not are -1
// or empty.
type node struct {
	name  configs.Node
	title string
	on    int     // circuit: device; device: site; without it, it does not work
	parts []int   // link: circuits, any of which will do
	ends  []int   // link: its two sites, the upper one first
	level bool    // link: neither of them is above the other
	ways  []way   // site: to its neighbours
	needs [][]int // of each group one must be seen
}

// A way leads to a neighbour, over a link or (-1) directly; below says that
// the neighbour lies lower.
type way struct {
	link, to int
	below    bool
}

// New makes the graph of a district. It refuses names that lead nowhere and
// whatever can only be reached through itself.
func New(d *configs.District) (*Graph, error) {
	g, err := build(d)
	if err != nil {
		return nil, err
	}
	if circle := g.circle(); circle != nil {
		return nil, fmt.Errorf("make the graph of the district: %s is only reached through itself (%s), want parents, links and depends_on without a circle",
			circle[0], arrows(circle))
	}
	return g, nil
}

// Circle returns nodes of a district that can only be reached through one
// another, the first one again at the end; nil when there are none. It is what
// New refuses, for who can say where each of them is described.
func Circle(d *configs.District) ([]configs.Node, error) {
	g, err := build(d)
	if err != nil {
		return nil, err
	}
	return g.circle(), nil
}

func arrows(nodes []configs.Node) string {
	names := make([]string, len(nodes))
	for i, n := range nodes {
		names[i] = string(n)
	}
	return strings.Join(names, " → ")
}

func build(d *configs.District) (*Graph, error) {
	g := &Graph{index: map[configs.Node]int{}, root: -1, subject: map[pair]configs.Node{},
		hours: map[string]calendar.Hours{}, calendar: d.Calendar, seen: map[[2]int][]bool{}, enter: map[int][]bool{}}
	b := building{g: g, kinds: map[string]string{}}
	b.names(d)
	b.tie(d)
	if b.err != nil {
		return nil, fmt.Errorf("make the graph of the district: %w", b.err)
	}
	g.findTops(d)
	return g, nil
}

// findTops takes the district's hub for the site of the collector, else the
// first site on top.
func (g *Graph) findTops(d *configs.District) {
	kinds := map[string]string{}
	for i := range d.Sites {
		kinds[d.Sites[i].ID] = d.Sites[i].Kind
	}
	for _, fits := range []func(*configs.Site) bool{
		func(s *configs.Site) bool { return s.Kind == "hub" && kinds[s.Parent] != "hub" },
		func(s *configs.Site) bool { return s.Parent == "" },
	} {
		for i := range d.Sites {
			if fits(&d.Sites[i]) {
				g.tops = append(g.tops, g.index[d.Sites[i].Node()])
			}
		}
	}
	if len(g.tops) > 0 {
		g.root = g.tops[0]
	}
}

// circle returns nodes that need one another, nil when there are none.
func (g *Graph) circle() []configs.Node {
	works, seen, _ := g.spread(g.entries(g.root), nil)
	at := slices.Index(seen, false)
	if at < 0 {
		return nil
	}
	var path []int
	for !slices.Contains(path, at) {
		path = append(path, at)
		at = g.missing(at, works, seen)
	}
	path = append(path[slices.Index(path, at):], at)
	names := make([]configs.Node, len(path))
	for i, n := range path {
		names[i] = g.nodes[n].name
	}
	return names
}

// missing returns something unseen on which an unseen node waits.
func (g *Graph) missing(at int, works, seen []bool) int {
	n := &g.nodes[at]
	for _, group := range n.needs {
		if !slices.ContainsFunc(group, func(i int) bool { return seen[i] }) {
			return group[0]
		}
	}
	if n.on >= 0 && !seen[n.on] {
		return n.on
	}
	for _, w := range n.ways {
		if w.link >= 0 && !works[w.link] {
			return w.link
		}
		if !seen[w.to] {
			return w.to
		}
	}
	for _, i := range slices.Concat(n.parts, n.ends) {
		if !seen[i] {
			return i
		}
	}
	return at
}

// Has says whether a node is in the inventory.
func (g *Graph) Has(n configs.Node) bool { _, ok := g.index[n]; return ok }

// Nodes returns every node, sites first, then as the inventory is sorted.
func (g *Graph) Nodes() []configs.Node {
	names := make([]configs.Node, len(g.nodes))
	for i := range g.nodes {
		names[i] = g.nodes[i].name
	}
	return names
}

// Title is what people call a node: its name in the inventory, else its own.
func (g *Graph) Title(n configs.Node) string {
	if i, ok := g.index[n]; ok && g.nodes[i].title != "" {
		return g.nodes[i].title
	}
	return string(n)
}

// Subject says what a check of a site looks at; "" when nothing of the
// inventory.
func (g *Graph) Subject(site, check string) configs.Node { return g.subject[pair{site, check}] }

// Parents returns what a node hangs on directly, sorted: of a site the lines
// and sites next to it on the collector's side.
func (g *Graph) Parents(of configs.Node) []configs.Node {
	at, ok := g.index[of]
	if !ok {
		return nil
	}
	var up []int
	n := &g.nodes[at]
	for _, group := range n.needs {
		up = append(up, group...)
	}
	if n.on >= 0 {
		up = append(up, n.on)
	}
	up = append(up, n.parts...)
	// What is seen without this site lies above it.
	seen := g.without(g.root, at)
	_, _, climbed := g.spread(g.entries(g.root), nil)
	for _, w := range n.ways {
		switch {
		case !seen[w.to] || w.below && !climbed[w.to]:
		case w.link >= 0:
			up = append(up, w.link)
		default:
			up = append(up, w.to)
		}
	}
	for i, end := range n.ends {
		if seen[end] && (i == 0 || n.level || climbed[end]) {
			up = append(up, end)
		}
	}
	names := make([]configs.Node, len(up))
	for i, p := range up {
		names[i] = g.nodes[p].name
	}
	slices.Sort(names)
	return slices.Compact(names)
}
