package posture

import (
	"math/bits"

	"fengsui/checks"
)

// looks are the newest live results of one family, the newest in the lowest
// bit: 1 where it was down. One that could not look is none.
type looks uint8

// looksKept is of how many looks a rule may want some: 3 of 5.
const looksKept = 5

// with returns the looks with one more.
func (l looks) with(s checks.State) looks {
	switch s {
	case checks.Down:
		return (l<<1 | 1) & (1<<looksKept - 1)
	case checks.Up, checks.Degraded:
		return l << 1 & (1<<looksKept - 1)
	}
	return l
}

// downs is how many of them were down.
func (l looks) downs() int { return bits.OnesCount8(uint8(l)) }

// A lookSeries is fengsui_known_down_looks of one family. It is there while
// any look was down: nothing is written of what is well.
type lookSeries struct {
	series
	value int
}

// differs says whether the looks are not what was written.
func (s *lookSeries) differs(j judgement, l looks) bool {
	return j.how != unjudged && (s.has || shown(j, l) > 0) && (!s.has || s.value != shown(j, l))
}

// shown is how many downs are known: what is silent is seen by nobody.
func shown(j judgement, l looks) int {
	if j.how != judged || j.state == checks.Silent {
		return 0
	}
	return l.downs()
}

// looks writes how many of the newest looks were down, where that changed or
// all is due.
func (w *writing) looks(s *lookSeries, j judgement, l looks, all bool) {
	n := shown(j, l)
	switch {
	case s.differs(j, l):
		w.changed = true
	case !all || j.how == unjudged || !s.has:
		return
	}
	s.value = n
	if n == 0 {
		w.end(&s.series)
		return
	}
	w.put(&s.series, float64(n))
}
