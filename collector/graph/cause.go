package graph

import (
	"slices"
	"time"

	"fengsui/configs"
)

// A Cause says where the fault of a subject lies.
type Cause struct {
	Node configs.Node // "": with the subject itself, as far as is known

	// Suspected: the node is above the subject and was not looked at since
	// the fault began; within Settle it will have been.
	Suspected bool
	Settle    time.Duration
}

const (
	settleSlack = 2 * time.Second
	// MaxSettle bounds how long an alert waits for what it hangs on to be
	// judged, however seldom that is looked at: nobody gets a page later.
	MaxSettle = time.Minute
)

// Settle is how long the state of a node may take to be judged.
func (s State) Settle() time.Duration { return min(s.Every+settleSlack, MaxSettle) }

// Cause returns the highest failing node on every way from where the subject
// is seen to fail: the sites given, or the collector's when there are none. A
// site that is cut off itself has no say. Where several nodes only together
// leave no way, the cause is the one that failed last: it took the way that
// was left. Began is by when the fault had begun, where health does not know.
func (g *Graph) Cause(subject configs.Node, vantages []string, h Health, began time.Time) Cause {
	at, ok := g.index[subject]
	if !ok {
		return Cause{}
	}
	var from, cut []int
	for _, v := range vantages {
		site := configs.NodeOf("site", v)
		switch i, ok := g.index[site]; {
		case !ok:
		case h[site].Verdict == Failing:
			cut = append(cut, i)
		default:
			from = append(from, i)
		}
	}
	if len(from) == 0 {
		if len(cut) > 0 && subject != g.nodes[cut[0]].name {
			site := g.nodes[cut[0]].name
			if c := g.Cause(site, nil, h, began); c.Node != "" {
				return c
			}
			return Cause{Node: site}
		}
		from = []int{g.root}
	}
	if s := h[subject]; s.Verdict == Failing {
		began = s.Began
	}
	s := search{g: g, h: h, at: at, from: from}
	for _, find := range []func() int{s.single, s.joint} {
		if i := find(); i >= 0 {
			return Cause{Node: g.nodes[i].name}
		}
	}
	return s.suspected(began)
}

// A search looks for the cause of one subject.
type search struct {
	g    *Graph
	h    Health
	at   int
	from []int
}

// failing returns what failed and does not lie below the subject, the first
// to fail first.
func (s *search) failing() []int {
	var list []int
	for n, state := range s.h {
		i, ok := s.g.index[n]
		if ok && i != s.at && state.Verdict == Failing && !state.Refuted && !s.g.above(s.from[0], s.at, i) {
			list = append(list, i)
		}
	}
	slices.SortFunc(list, func(x, y int) int {
		a, b := s.h[s.g.nodes[x].name].Since, s.h[s.g.nodes[y].name].Since
		if c := a.Compare(b); c != 0 {
			return c
		}
		return s.g.rank(x) - s.g.rank(y)
	})
	return list
}

func (s *search) above(upper, lower int) bool {
	return !slices.ContainsFunc(s.from, func(v int) bool { return !s.g.above(v, upper, lower) })
}

// single returns the highest failing node without which there is no way; -1:
// none.
func (s *search) single() int {
	best := -1
	for _, i := range s.failing() {
		if s.above(i, s.at) && (best < 0 || s.above(i, best)) {
			best = i
		}
	}
	return best
}

// joint returns the node that took the last way, when all that failed left
// none.
func (s *search) joint() int {
	list := s.failing()
	if len(list) < 2 || !s.lost(list) {
		return -1
	}
	last := -1
	for _, v := range s.from {
		failed := make([]bool, len(s.g.nodes))
		took := -1
		for _, i := range list {
			failed[i] = true
			if _, seen, _ := s.g.spread(s.g.entries(v), failed); !seen[s.at] {
				took = i
				break
			}
		}
		if took < 0 {
			return -1
		}
		if slices.Index(list, took) > slices.Index(list, last) {
			last = took
		}
	}
	return last
}

// lost says whether there is no way from any vantage when all of these failed.
func (s *search) lost(list []int) bool {
	failed := make([]bool, len(s.g.nodes))
	for _, i := range list {
		failed[i] = true
	}
	return !slices.ContainsFunc(s.from, func(v int) bool {
		_, seen, _ := s.g.spread(s.g.entries(v), failed)
		return seen[s.at]
	})
}

// suspected looks for nodes that were good when last looked at, before the
// fault began, and whose failing would explain it.
func (s *search) suspected(began time.Time) Cause {
	var stale []int
	for n, state := range s.h {
		i, ok := s.g.index[n]
		if ok && i != s.at && state.Verdict == Good && state.Seen.Before(began) && !s.g.above(s.from[0], s.at, i) {
			stale = append(stale, i)
		}
	}
	failed := s.failing()
	var c Cause
	if !s.lost(slices.Concat(failed, stale)) { // most often, and cheap
		return c
	}
	for _, i := range stale {
		if !s.above(i, s.at) && (len(failed) == 0 || !s.lost(append(failed[:len(failed):len(failed)], i))) {
			continue
		}
		n := s.g.nodes[i].name
		if settle := s.h[n].Settle(); settle > c.Settle || settle == c.Settle && n < c.Node {
			c = Cause{Node: n, Suspected: true, Settle: settle}
		}
	}
	return c
}
