package configs

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"fengsui/configs/words"
)

// judgeCircle refuses what can only be reached through itself: a line that
// depends on a service behind it. Who has other mistakes hears of them first.
func (l *loading) judgeCircle(d *District) error {
	if l.findCircle == nil || len(l.problems) > 0 {
		return nil
	}
	circle, err := l.findCircle(d)
	if err != nil || len(circle) == 0 {
		return err
	}
	steps := make([]string, len(circle))
	for i, n := range circle {
		steps[i] = string(n)
		if i < len(circle)-1 {
			steps[i] += " (" + l.place(l.described(n)) + ")"
		}
	}
	l.problem(l.loosest(circle), phrase(words.ConfigCircle, strings.Join(steps, " → ")))
	return nil
}

// described is where a node is.
func (l *loading) described(n Node) hcl.Range { return l.names[nodeKinds[n.Kind()]][n.ID()] }

// loosest is where a circle is most easily opened: at a depends_on, which says
// nothing but that; else where its first node is described.
func (l *loading) loosest(circle []Node) hcl.Range {
	for _, d := range l.depends {
		if slices.Contains(circle, d.from) && slices.ContainsFunc(d.to, func(to string) bool { return slices.Contains(circle, Node(to)) }) {
			return d.b.where("depends_on")
		}
	}
	return l.described(circle[0])
}
