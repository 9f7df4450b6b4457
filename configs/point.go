package configs

import "fengsui/configs/words"

// A pointDraft is a point and where it is described.
type pointDraft struct {
	point Point
	b     *block
}

// pointBlock reads an IPv6 改造点 (domain 2.2).
func (l *loading) pointBlock(b *block) {
	d := &pointDraft{point: Point{ID: b.labels[0], Name: b.labels[0]}, b: b}
	p := &d.point
	read(b, "name", &p.Name, wantLine(maxName))
	must(b, "kind", &p.Kind, oneOf(PointKinds...), words.WantPointKind)
	p.Node = l.subject(b, "service", "device", "site", "link")
	if p.Node == "" {
		l.problem(b.at, phrase(words.ConfigPointNowhere, b.name))
	}
	read(b, "core", &p.Core, wantBool)
	read(b, "started", &p.Started, wantBool)
	read(b, "evidence", &p.Evidence, orEmpty(wantLine(maxTarget)))
	b.done()
	if l.add("point", b) {
		l.points = append(l.points, d)
	}
}

// subject reads the one thing that a block is about: one of several words,
// each the name of a block of its type.
func (l *loading) subject(b *block, kinds ...string) Node {
	var found Node
	for _, kind := range kinds {
		var id string
		if !read(b, kind, &id, wantName) {
			continue
		}
		if found != "" {
			l.problem(b.where(kind), phrase(words.ConfigSubjectTwice, b.name, found.Kind(), kind))
			continue
		}
		found = NodeOf(kind, id)
	}
	return found
}

// finishPoints judges what points refer to.
func (l *loading) finishPoints() []Point {
	var all []Point
	for _, d := range l.points {
		if n := d.point.Node; n != "" {
			l.refers(d.b.where(n.Kind()), n.Kind(), n.ID())
		}
		all = append(all, d.point)
	}
	return all
}

// Host is the host of its target: a name or a literal address.
func (s *Service) Host() string { return hostOf(s.Target) }

// Host is the host of its target: a name or a literal address.
func (c *Check) Host() string { return hostOf(c.Target) }
