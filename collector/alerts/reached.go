package alerts

import (
	"cmp"
	"slices"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/common/model"

	"fengsui/collector/graph"
	"fengsui/configs"
)

// A Reached is an alert of a notification with what hangs on its node.
type Reached struct {
	Fingerprint string       `json:"fingerprint"`
	Node        configs.Node `json:"node"`
	Reach       graph.Reach  `json:"reach"` // what loses its only way
	Held        []Held       `json:"held"`  // the alerts that are told by this one
}

// A Held is an alert that is not told, because its cause is.
type Held struct {
	Fingerprint string            `json:"fingerprint"`
	Node        configs.Node      `json:"node"`
	Labels      map[string]string `json:"labels"`
}

// reached returns what hangs on the firing alerts of a notification, as far
// as they are about nodes that something hangs on.
func (a *Alerts) reached(alerts []*alert.Alert) []Reached {
	if a.o.Look == nil {
		return nil
	}
	var p placement
	if p.g, p.h = a.o.Look(); p.g == nil {
		return nil
	}
	held := map[model.Fingerprint][]Held{}
	var list []Reached
	a.book.mu.Lock()
	for fp, e := range a.book.open {
		if e.hold.holds() && e.hold.under != 0 {
			n, _ := p.subject(e)
			h := Held{Fingerprint: fp.String(), Node: n, Labels: map[string]string{}}
			for name, value := range e.labels {
				h.Labels[string(name)] = string(value)
			}
			held[e.hold.under] = append(held[e.hold.under], h)
		}
	}
	for _, al := range alerts {
		e := a.book.open[al.Fingerprint()]
		if e == nil || al.Resolved() {
			continue
		}
		r := Reached{Fingerprint: e.fingerprint.String(), Held: held[e.fingerprint]}
		if r.Node, _ = p.subject(e); p.g.Has(r.Node) {
			r.Reach = p.g.Reach(r.Node, p.h)
			list = append(list, r)
		}
	}
	a.book.mu.Unlock()
	for _, r := range list {
		slices.SortFunc(r.Held, func(x, y Held) int {
			return cmp.Or(cmp.Compare(x.Node, y.Node), cmp.Compare(x.Fingerprint, y.Fingerprint))
		})
	}
	return slices.DeleteFunc(list, func(r Reached) bool { return r.Reach.Empty() && len(r.Held) == 0 })
}

// titles returns what people call nodes.
func (a *Alerts) titles() func(configs.Node) string {
	if a.o.Graph != nil {
		if g := a.o.Graph(); g != nil {
			return g.Title
		}
	}
	return func(n configs.Node) string { return string(n) }
}
