package indicators

import (
	"context"
	"time"

	"fengsui/configs/calendar"
)

// A RoundSummary is how the units of the denominator stood in one round, which
// need not lie in counted hours.
type RoundSummary struct {
	Began, Ended time.Time
	Known        time.Time
	Denominator  Denominator
	Units        []UnitRound // of the denominator
	OK, E2, E3   int         // of them
	Refused      *Refusal
}

// A UnitRound is a unit in one round: all of its required access points
// decide, and it has the least of their grades.
type UnitRound struct {
	Unit, Name string
	Round
}

// Round tells the newest round that had ended at a moment and was rated by
// when it is known. A moment too soon behind its end has the round before.
func (i *Indicators) Round(ctx context.Context, at, known time.Time) (RoundSummary, error) {
	date := calendar.DateOf(at)
	terms, rounds, err := i.rounds(ctx, date, known)
	if err != nil {
		return RoundSummary{}, err
	}
	n := int(at.Sub(date.At(0))/terms.Round) - 1
	n = min(n, longest(rounds)-1)
	s := RoundSummary{Known: known, Denominator: terms.denominator()}
	if n < 0 {
		s.Refused = refuse("no_round", date.String())
		return s, nil
	}
	s.Began = date.At(time.Duration(n) * terms.Round)
	s.Ended = s.Began.Add(terms.Round)
	if s.Refused = s.Denominator.refusal(); s.Refused != nil {
		return s, nil
	}
	for _, u := range terms.Units {
		if !s.Denominator.holds(u.ID) {
			continue
		}
		of := UnitRound{u.ID, u.Name, unitRound(u, rounds, n)}
		s.Units = append(s.Units, of)
		if of.Outcome != OK {
			continue
		}
		s.OK++
		if of.Grade >= E2 {
			s.E2++
		}
		if of.Grade >= E3 {
			s.E3++
		}
	}
	return s, nil
}

// unitRound is a round of all required access points of a unit: one that failed
// fails it, one without data leaves it without.
func unitRound(u TermsUnit, rounds Rounds, n int) Round {
	unit, required := Round{Outcome: OK, Grade: E3}, false
	for _, a := range u.Access {
		if !a.Required {
			continue
		}
		required = true
		var r Round
		if of := rounds[a.Node]; n < len(of) {
			r = of[n]
		}
		if outweighs(r.Outcome, unit.Outcome) {
			unit.Outcome = r.Outcome
		}
		unit.Grade, unit.Outside = min(unit.Grade, r.Grade), unit.Outside || r.Outside
	}
	if !required {
		return Round{Outcome: Fail}
	}
	return unit
}

func outweighs(a, b Outcome) bool {
	order := map[Outcome]int{OK: 0, Excluded: 1, NoData: 2, Fail: 3}
	return order[a] > order[b]
}

func longest(rounds Rounds) int {
	n := 0
	for _, of := range rounds {
		n = max(n, len(of))
	}
	return n
}
