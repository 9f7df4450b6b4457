package indicators

import (
	"slices"
	"time"

	"fengsui/configs"
)

// A PointState is how far the retrofit of a point has come (domain 2.2).
type PointState string

// The states of a point. Its count is that of PointDone.
const (
	PointIdle     PointState = "not_started" // 未启动
	PointUnderway PointState = "underway"    // 改造中
	PointPending  PointState = "pending"     // 待验: it passes, not yet for long enough
	PointDone     PointState = "done"        // 已完成
	PointReverted PointState = "reverted"    // 回退: it was done and fails
)

// PointStates are all of them, in the order of a retrofit.
var PointStates = []PointState{PointIdle, PointUnderway, PointPending, PointDone, PointReverted}

// An event is what can change a point's state: a round that is over, or that
// the inventory says from now on whether work has begun.
type event struct {
	at      time.Time
	verdict Verdict // of the round that began at this time; "" when the inventory spoke
	started bool    // what it said
}

// A Transition is a change of a point's state.
type Transition struct {
	At       time.Time // beginning of the round that changed it, or when the inventory spoke
	From, To PointState
}

// A machine follows a point over its rounds, the oldest first.
//
// A round without data counts on no side: it neither promotes nor reverts nor
// interrupts a run of rounds, because what nobody saw proves nothing.
//
// A point that has fallen back stays 回退 until promote_after rounds running
// passed, and is not 待验 meanwhile: whoever counts must see that it was done
// once, and the alarm stands until it is again.
type machine struct {
	state         PointState
	passes, fails int  // rounds running; one of them is 0
	started       bool // the inventory says so
	passed        bool // once at least
}

func newMachine() machine { return machine{state: PointIdle} }

// count takes an event without judging the state by it.
func (m *machine) count(e event) {
	switch e.verdict {
	case "":
		m.started = e.started
	case Passed:
		m.passes, m.fails, m.passed = m.passes+1, 0, true
	case Unmet:
		m.passes, m.fails = 0, m.fails+1
	}
}

// next is the state after the events counted so far.
func (m *machine) next(s *configs.Indicators) PointState {
	switch {
	case m.state == PointDone && m.fails < s.RevertAfter, m.passes >= s.PromoteAfter:
		return PointDone
	case m.state == PointDone || m.state == PointReverted:
		return PointReverted
	case m.passes > 0:
		return PointPending
	case m.started || m.passed:
		return PointUnderway
	}
	return PointIdle
}

// retell tells a point's transitions anew from a time on. Those before it are
// given and stand, whatever the settings are now.
func retell(told []Transition, events []event, from time.Time, s *configs.Indicators) []Transition {
	all := slices.DeleteFunc(slices.Clone(told), func(t Transition) bool { return !t.At.Before(from) })
	m := newMachine()
	if len(all) > 0 {
		m.state = all[len(all)-1].To
	}
	for _, e := range events {
		m.count(e)
		if e.at.Before(from) {
			continue
		}
		if to := m.next(s); to != m.state {
			all = append(all, Transition{e.at, m.state, to})
			m.state = to
		}
	}
	return all
}

// stateAt is the state that transitions lead to before a time, and since when.
func stateAt(told []Transition, before time.Time) (PointState, time.Time) {
	state, since := PointIdle, time.Time{}
	for _, t := range told {
		if t.At.Before(before) {
			state, since = t.To, t.At
		}
	}
	return state, since
}
