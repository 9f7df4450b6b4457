package configs

import "fengsui/configs/words"

// The bounds of a line's bandwidth, bit/s.
const (
	leastRate = 1_000
	mostRate  = 10_000_000_000_000
)

// tierBlock reads what a class of lines must carry (domain N01–N04).
func (l *loading) tierBlock(b *block) {
	t := Tier{ID: b.labels[0], Name: b.labels[0], Circuits: 1}
	read(b, "name", &t.Name, wantLine(maxName))
	read(b, "floor", &t.Floor, wantRate(leastRate, mostRate))
	read(b, "goal", &t.Goal, wantRate(leastRate, mostRate))
	read(b, "circuits", &t.Circuits, wantInt(1, 8))
	if t.Goal > 0 && t.Goal < t.Floor {
		l.problem(b.where("goal"), phrase(words.ConfigGoalLow, rate(t.Goal), rate(t.Floor)))
	}
	b.done()
	if l.add("tier", b) {
		l.tiers = append(l.tiers, t)
	}
}

// A linkDraft is a link and where it is described.
type linkDraft struct {
	link     Link
	b        *block
	circuits []*block
}

func (l *loading) linkBlock(b *block) {
	d := &linkDraft{link: Link{ID: b.labels[0], Name: b.labels[0]}, b: b}
	in := &d.link
	read(b, "name", &in.Name, wantLine(maxName))
	var between []string
	if must(b, "between", &between, exactly(2, listOf(1, wantName)), words.WantBetweenSites) && len(between) == 2 {
		in.Between = [2]string(between)
	}
	read(b, "tier", &in.Tier, wantName)
	read(b, "demand", &in.Demand, wantBool)
	read(b, "cir", &in.CIR, wantRate(leastRate, mostRate))
	l.dependsOn(b, NodeOf("link", in.ID), &in.DependsOn)
	b.each("circuit", `circuit "telecom"`, func(c *block) { l.circuitBlock(c, d) })
	b.done()
	if l.add("link", b) {
		l.links = append(l.links, d)
	}
}

// circuitBlock reads one carrier's line of a link.
func (l *loading) circuitBlock(b *block, d *linkDraft) {
	c := Circuit{ID: b.labels[0], Link: d.link.ID, Access: "fiber"}
	read(b, "device", &c.Device, wantName)
	read(b, "interface", &c.Interface, wantLine(maxInterface))
	read(b, "access", &c.Access, oneOf(AccessTypes...))
	read(b, "cir", &c.CIR, wantRate(leastRate, mostRate))
	if (c.Device == "") != (c.Interface == "") && b.has("device") != b.has("interface") {
		l.problem(b.at, phrase(words.ConfigHalfCircuit, b.name))
	}
	b.done()
	whole := *b
	whole.labels = []string{c.Link + "/" + c.ID}
	if l.add("circuit", &whole) {
		d.link.Circuits = append(d.link.Circuits, c)
		d.circuits = append(d.circuits, b)
	}
}

// maxInterface bounds the name of an interface, in characters (ifName has no
// bound, RFC 2863; ifDescr has 255).
const maxInterface = 255

// exactly is a list of a certain length.
func exactly[T any](n int, list want[[]T]) want[[]T] {
	return func(l literal) ([]T, *wrong) {
		all, bad := list(l)
		if bad == nil && len(all) != n {
			bad = wants(words.WantBetweenSites)
		}
		return all, bad
	}
}

// finishLinks judges what links refer to.
func (l *loading) finishLinks() []Link {
	var all []Link
	for _, d := range l.links {
		for i, site := range d.link.Between {
			if site != "" {
				l.refers(element(d.b, "between", i), "site", site)
			}
		}
		if d.link.Tier != "" {
			l.refers(d.b.where("tier"), "tier", d.link.Tier)
		}
		polled := false
		for i, c := range d.link.Circuits {
			if c.Device != "" {
				polled = true
				l.refers(d.circuits[i].where("device"), "device", c.Device)
			}
		}
		if !polled {
			l.warn(d.b.at, phrase(words.ConfigUnpolled, d.b.name))
		}
		all = append(all, d.link)
	}
	return all
}
