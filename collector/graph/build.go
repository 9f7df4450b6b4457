package graph

import (
	"errors"
	"fmt"
	"slices"

	"fengsui/configs"
)

// building ties the nodes of a graph together and gathers what is wrong.
type building struct {
	g     *Graph
	kinds map[string]string // of sites
	err   error
}

func (b *building) add(n configs.Node, title string) {
	if _, ok := b.g.index[n]; ok {
		b.err = errors.Join(b.err, fmt.Errorf("%s is there twice, want unique ids", n))
		return
	}
	b.g.index[n] = len(b.g.nodes)
	b.g.nodes = append(b.g.nodes, node{name: n, title: title, on: -1})
}

// names makes the nodes. Sites come first: a fixpoint over them in this order
// is reached in few rounds.
func (b *building) names(d *configs.District) {
	for i := range d.Sites {
		b.add(d.Sites[i].Node(), d.Sites[i].Name)
		b.kinds[d.Sites[i].ID] = d.Sites[i].Kind
	}
	for i := range d.Devices {
		b.add(configs.NodeOf("device", d.Devices[i].ID), d.Devices[i].Name)
	}
	for i := range d.Links {
		for j := range d.Links[i].Circuits {
			c := &d.Links[i].Circuits[j]
			title := ""
			if d.Links[i].Name != "" {
				title = d.Links[i].Name + "/" + c.ID
			}
			b.add(c.Node(), title)
		}
		b.add(configs.NodeOf("link", d.Links[i].ID), d.Links[i].Name)
	}
	for i := range d.Services {
		b.add(d.Services[i].Node(), d.Services[i].Name)
	}
	for i := range d.Units {
		for j := range d.Units[i].Access {
			b.add(d.Units[i].Access[j].Node(), d.Units[i].Name)
		}
		b.add(configs.NodeOf("unit", d.Units[i].ID), d.Units[i].Name)
	}
	for i := range d.Points {
		b.add(configs.NodeOf("point", d.Points[i].ID), d.Points[i].Name)
	}
}

// find returns the place of a node that another one names.
func (b *building) find(by, n configs.Node) int {
	i, ok := b.g.index[n]
	if !ok {
		b.err = errors.Join(b.err, fmt.Errorf("%s names %s, which is not in the inventory", by, n))
		return 0 // never used: New returns the error
	}
	return i
}

func (b *building) at(n configs.Node) *node { return &b.g.nodes[b.g.index[n]] }

// depend adds what depends_on names. All of it is needed, but resolvers back
// one another: who names two of them asks the second when the first is silent.
func (b *building) depend(n configs.Node, on []configs.Node, resolvers map[configs.Node]bool) {
	var one []int
	for _, need := range on {
		if i := b.find(n, need); resolvers[need] {
			one = append(one, i)
		} else {
			b.at(n).needs = append(b.at(n).needs, []int{i})
		}
	}
	if one != nil {
		b.at(n).needs = append(b.at(n).needs, one)
	}
}

func (b *building) tie(d *configs.District) {
	resolvers := map[configs.Node]bool{}
	for i := range d.Services {
		if s := &d.Services[i]; s.Resolver {
			resolvers[s.Node()] = true
		}
	}
	linked := map[string]bool{} // sites that are the lower end of a link
	for i := range d.Links {
		l := &d.Links[i]
		b.link(l)
		b.depend(configs.NodeOf("link", l.ID), l.DependsOn, resolvers)
		linked[l.Between[1]] = true
	}
	for i := range d.Sites {
		s := &d.Sites[i]
		b.g.hours[s.ID] = s.Hours
		if s.Parent != "" && !linked[s.ID] {
			b.join(-1, b.find(s.Node(), configs.NodeOf("site", s.Parent)), b.find(s.Node(), s.Node()), false)
		}
		b.depend(s.Node(), s.DependsOn, resolvers)
		for _, c := range slices.Concat(s.Checks, s.Pending) {
			if c.Subject != "" {
				b.find(s.Node(), c.Subject)
				b.g.subject[pair{s.ID, c.ID}] = c.Subject
			}
		}
	}
	for i := range d.Devices {
		dev := &d.Devices[i]
		n := configs.NodeOf("device", dev.ID)
		if dev.Site != "" {
			b.at(n).on = b.find(n, configs.NodeOf("site", dev.Site))
		}
		b.depend(n, dev.DependsOn, resolvers)
	}
	for i := range d.Services {
		b.depend(d.Services[i].Node(), d.Services[i].DependsOn, resolvers)
	}
	for i := range d.Units {
		b.unit(&d.Units[i])
	}
	for i := range d.Points {
		n := configs.NodeOf("point", d.Points[i].ID)
		b.depend(n, []configs.Node{d.Points[i].Node}, nil)
	}
}

// join lays a way between two sites; of equal ones neither lies above.
func (b *building) join(link, upper, lower int, equal bool) {
	if b.err != nil {
		return
	}
	b.g.nodes[upper].ways = append(b.g.nodes[upper].ways, way{link, lower, !equal})
	b.g.nodes[lower].ways = append(b.g.nodes[lower].ways, way{link, upper, false})
}

func (b *building) link(l *configs.Link) {
	n := configs.NodeOf("link", l.ID)
	upper, lower := b.find(n, configs.NodeOf("site", l.Between[0])), b.find(n, configs.NodeOf("site", l.Between[1]))
	b.at(n).ends = []int{upper, lower}
	b.at(n).level = b.kinds[l.Between[0]] == b.kinds[l.Between[1]]
	b.join(b.g.index[n], upper, lower, b.at(n).level)
	for i := range l.Circuits {
		c := &l.Circuits[i]
		if c.Device != "" {
			b.at(c.Node()).on = b.find(c.Node(), configs.NodeOf("device", c.Device))
		}
		b.at(n).parts = append(b.at(n).parts, b.g.index[c.Node()])
	}
}

// unit ties a unit to its access points, all that are required (domain 2.1).
func (b *building) unit(u *configs.Unit) {
	n := configs.NodeOf("unit", u.ID)
	for i := range u.Access {
		a := &u.Access[i]
		if a.Site != "" {
			b.depend(a.Node(), []configs.Node{configs.NodeOf("site", a.Site)}, nil)
		}
		if a.Link != "" {
			b.depend(a.Node(), []configs.Node{configs.NodeOf("link", a.Link)}, nil)
		}
		if a.Required {
			b.depend(n, []configs.Node{a.Node()}, nil)
		}
	}
}
