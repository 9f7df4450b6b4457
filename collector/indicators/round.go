// Package indicators measures the district's two indicators from what agents
// saw: 政务外网接入率, how many budget units are connected, and 政务网IPv6改造点数,
// how many points work over IPv6 (domain 2.1 and 2.2).
//
// This file and day.go, month.go, rate.go and point.go are plain rules without clock or
// store: the same evidence gives the same figure years later.
package indicators

import (
	"fmt"

	"fengsui/configs"
)

// A Grade is how much was proved of an access point (domain 2.1, 3).
type Grade uint8

// The grades. Each holds all of those before it.
const (
	E0 Grade = iota // nothing: declared only
	E1              // 链路通: the hub reaches the unit's gateway
	E2              // 业务通: the unit's agent reaches a quorum
	E3              // 质量达标: with little loss and delay
)

// An Outcome is what a round counts as.
type Outcome uint8

// The outcomes of a round.
const (
	NoData   Outcome = iota // what was seen decides nothing
	OK                      // at least E1
	Fail                    // seen, and not reached
	Excluded                // failed by no fault of the unit
)

// String is the outcome as the API and the ledger name it.
func (o Outcome) String() string {
	switch o {
	case NoData:
		return "no_data"
	case OK:
		return "ok"
	case Fail:
		return "fail"
	case Excluded:
		return "excluded"
	}
	return fmt.Sprintf("Outcome(%d)", uint8(o))
}

// A Seen is what one observer saw of one target within a round.
type Seen uint8

// What an observer saw. One success outweighs all failures of its round.
const (
	Unseen Seen = iota
	Failed
	Reached
)

// String is what was seen as the API names it.
func (s Seen) String() string {
	switch s {
	case Unseen:
		return "unseen"
	case Failed:
		return "failed"
	case Reached:
		return "reached"
	}
	return fmt.Sprintf("Seen(%d)", uint8(s))
}

// Evidence is what was seen of an access point within a round.
type Evidence struct {
	Gateway Seen   // the unit's gateway, from the hub
	Quorum  []Seen // from its agent: the collector (Failed when it listened in vain to an agent that was probing), then each quorum service
	Outside bool   // what its agent saw does not count: it was heard from elsewhere than its extranet
	Blind   bool   // the collector was not at work, so nobody could reach it
	Quality bool   // Loss and RTT were measured by its agent
	Loss    float64
	RTT     float64 // seconds, 95th percentile of the round
}

// A Round is an access point's round as the ledger keeps it.
type Round struct {
	Outcome Outcome
	Grade   Grade
	Outside bool // what its agent saw did not count, for where it came from
}

// rate judges one round of one access point by itself.
//
// Without enough evidence for E2 and without a gateway that the hub looks at,
// a round has failed only when too many of the quorum failed for E2; what
// merely is missing is missing. That nobody could reach a collector that was
// not at work is no unit's fault, where its agent reached anything else.
func rate(e Evidence, slow bool, s *configs.Indicators) Round {
	r := grade(e, slow, s)
	r.Outside = e.Outside && r.Grade < E2
	return r
}

func grade(e Evidence, slow bool, s *configs.Indicators) Round {
	reached, failed := 0, 0
	for _, q := range e.Quorum {
		switch q {
		case Reached:
			reached++
		case Failed:
			failed++
		}
	}
	loss, rtt := s.Loss, s.RTT
	if slow {
		loss, rtt = s.SlowLoss, s.SlowRTT
	}
	switch {
	case len(e.Quorum) > 0 && reached >= s.QuorumNeed:
		if e.Quality && e.Loss <= loss && e.RTT <= rtt.Seconds() {
			return Round{Outcome: OK, Grade: E3}
		}
		return Round{Outcome: OK, Grade: E2}
	case e.Gateway == Reached:
		return Round{Outcome: OK, Grade: E1}
	case e.Gateway == Failed && reached == 0:
		return Round{Outcome: Fail}
	case failed > 0 && len(e.Quorum)-failed < s.QuorumNeed:
		return Round{Outcome: Fail}
	case e.Blind && reached > 0:
		return Round{Outcome: Excluded}
	}
	return Round{}
}

// exclude changes what failed in a round of all access points into excluded
// when so many failed together that the hub or a quorum target was at fault.
// Where maintained says that the work was approved it does so with what was
// dark, too, for an announced power cut is that. What was reached stays
// reached. One access point that fails alone is never the hub's fault.
func exclude(round []Round, s *configs.Indicators, maintained func(i int) bool) {
	decided, failed := 0, 0
	excused := func(i int) bool { return maintained != nil && maintained(i) }
	for i, r := range round {
		if excused(i) {
			continue // approved work makes nobody else's failure the hub's
		}
		switch r.Outcome {
		case OK:
			decided++
		case Fail:
			decided++
			failed++
		}
	}
	all := failed > 1 && share(failed, decided) >= s.HubFault
	for i := range round {
		if round[i].Outcome == Fail && (all || excused(i)) || round[i].Outcome == NoData && excused(i) {
			round[i].Outcome = Excluded
		}
	}
}

// pack writes rounds as the ledger keeps them: a byte each, the outcome in the
// low four bits, the grade in the next two, and above them whether it was
// outside.
func pack(rounds []Round) []byte {
	b := make([]byte, len(rounds))
	for i, r := range rounds {
		b[i] = byte(r.Outcome) | byte(r.Grade)<<4
		if r.Outside {
			b[i] |= 1 << 6
		}
	}
	return b
}

func unpack(b []byte) ([]Round, error) {
	rounds := make([]Round, len(b))
	for i, x := range b {
		r := Round{Outcome(x & 15), Grade(x >> 4 & 3), x>>6&1 == 1}
		if r.Outcome > Excluded || x>>7 != 0 {
			return nil, fmt.Errorf("round %d of the ledger is %#02x, want an outcome of at most %d and nothing above bit 6: the row is damaged, restore it from a backup", i, x, Excluded)
		}
		rounds[i] = r
	}
	return rounds, nil
}
