package configs

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"fengsui/configs/words"
)

// nodeKinds are the things that others may depend on, as the part of a
// [Node] before the dot, and the type of block that describes each.
var nodeKinds = map[string]string{
	"site": "site", "link": "link", "circuit": "circuit", "device": "device", "service": "service",
	"unit": "unit", "access": "access", "point": "point",
}

var nodePattern = regexp.MustCompile(`^[a-z]+\.[a-z0-9_-]{1,63}(/[a-z0-9_-]{1,63})?$`)

// wantNode is the name of a node: "link.hub-qingfu".
var wantNode = matching(nodePattern, words.WantNode)

// A dependence is what a block says it needs, and where it says so.
type dependence struct {
	from Node
	to   []string
	b    *block
}

// dependsOn reads depends_on; what it names is looked up when all is read.
func (l *loading) dependsOn(b *block, from Node, to *[]Node) {
	var names []string
	if !read(b, "depends_on", &names, listOf(0, wantNode)) {
		return
	}
	for _, n := range names {
		*to = append(*to, Node(n))
	}
	l.depends = append(l.depends, dependence{from, names, b})
}

// dependences judges every depends_on: what it names is there, and nothing
// needs itself.
func (l *loading) dependences() {
	needs := map[Node][]Node{}
	at := map[Node]hcl.Range{}
	for _, d := range l.depends {
		for i, name := range d.to {
			n := Node(name)
			if l.refersNode(element(d.b, "depends_on", i), n) {
				needs[d.from] = append(needs[d.from], n)
			}
		}
		at[d.from] = d.b.where("depends_on")
	}
	done := map[Node]bool{}
	for _, d := range l.depends {
		l.circle(d.from, needs, at, nil, done)
	}
}

// refersNode judges the name of a node: its kind is one, and it is there.
func (l *loading) refersNode(at hcl.Range, n Node) bool {
	block, known := nodeKinds[n.Kind()]
	if !known {
		l.problem(at, phrase(words.ConfigNodeKind, quote(string(n)), strings.Join(sortedKeys(nodeKinds), ", ")), near(n.Kind(), sortedKeys(nodeKinds)))
		return false
	}
	return l.refers(at, block, n.ID())
}

// circle walks what a node needs, and tells the first way back to itself.
func (l *loading) circle(n Node, needs map[Node][]Node, at map[Node]hcl.Range, way []string, done map[Node]bool) {
	if i := slices.Index(way, string(n)); i >= 0 {
		l.problem(at[n], phrase(words.ConfigDependsCircle, strings.Join(append(way[i:], string(n)), " → ")))
		return
	}
	if done[n] {
		return
	}
	way = append(way, string(n))
	for _, next := range needs[n] {
		l.circle(next, needs, at, way, done)
	}
	done[n] = true
}

func wantAddr(l literal) (netip.Addr, *wrong) {
	if l.kind != 't' {
		return netip.Addr{}, wants(words.WantAddr)
	}
	a, err := netip.ParseAddr(l.text)
	if err != nil || a.Zone() != "" || a.Is4In6() || a.IsUnspecified() || a.IsMulticast() {
		return netip.Addr{}, wants(words.WantAddr)
	}
	return a, nil
}

// onePerFamily is a list of addresses, at most one of each family.
func onePerFamily(l literal) ([]netip.Addr, *wrong) {
	all, bad := listOf(0, wantAddr)(l)
	if bad == nil && (len(all) > 2 || len(all) == 2 && all[0].Is4() == all[1].Is4()) {
		bad = wants(words.WantOneEach)
	}
	return all, bad
}

// pendingAddr returns the first address that stands for one to be registered.
func pendingAddr(all ...netip.Addr) (netip.Addr, bool) {
	i := slices.IndexFunc(all, func(a netip.Addr) bool { return placeholder(a.String()) })
	if i < 0 {
		return netip.Addr{}, false
	}
	return all[i], true
}
