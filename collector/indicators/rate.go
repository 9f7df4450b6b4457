package indicators

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"fengsui/configs"
)

// A State is how a unit stands in the access rate.
type State string

// The states of a unit.
const (
	Connected    State = "connected"     // 已接入
	NotConnected State = "not_connected" // 未接入: no access point, or none ever reached in the window
	Interrupted  State = "interrupted"   // 中断: it was reached, and not enough
	Dataless     State = "no_data"       // 无数据
	Unsettled    State = "unsettled"     // 待核: every round that could tell was excluded
)

// A UnitDay is a unit in the access rate of a day.
type UnitDay struct {
	Unit, Name       string
	State            State
	Declared         bool // 登记: every required access point has its confirmation
	Evidenced        bool // 取证: every required access point has a round at E1 or better
	WithoutExclusion bool // connected when nothing is excluded
	Indirect         bool // 间接证据: a required access point has no agent
	Points           []PointDay
}

// A PointDay is an access point of a unit on a day.
type PointDay struct {
	Access     configs.Node
	Required   bool
	Undeclared bool // no prefix says from where its evidence has to come, so none counts
	Day        Day
}

// A Denominator is the list of units that an access rate is of.
type Denominator struct {
	Version string   // hash of Units
	Units   []string // ids, sorted
	Unset   []string // ids of units of which nobody has said whether they count: the rate refuses
}

// denominator lists the budget units of the levels that count.
func (t *Terms) denominator() Denominator {
	var n Denominator
	for i := range t.Units {
		switch u := &t.Units[i]; {
		case u.Budget == "unset" || u.Budget == "" || u.Budget == "yes" && u.Level == 0:
			n.Unset = append(n.Unset, u.ID)
		case u.Budget == "yes" && slices.Contains(t.Levels, u.Level):
			n.Units = append(n.Units, u.ID)
		}
	}
	slices.Sort(n.Units)
	slices.Sort(n.Unset)
	sum := sha256.Sum256([]byte(strings.Join(n.Units, "\n")))
	n.Version = hex.EncodeToString(sum[:6])
	return n
}

// refusal says why there is no rate of a denominator; nil when there is one.
func (n Denominator) refusal() *Refusal {
	switch {
	case len(n.Unset) > 0:
		return refuse("units_unset", len(n.Unset), strings.Join(n.Unset, ", "))
	case len(n.Units) == 0:
		return refuse("no_units")
	}
	return nil
}

func (n Denominator) holds(unit string) bool {
	_, in := slices.BinarySearch(n.Units, unit)
	return in
}

// rateUnit puts the days of a unit's access points together: all that are
// required decide, and a unit without one is not connected.
func rateUnit(u *TermsUnit, day func(configs.Node) Day) UnitDay {
	r := UnitDay{Unit: u.ID, Name: u.Name, Declared: true, Evidenced: true, WithoutExclusion: true}
	required, off, dark, broken, cut := 0, 0, 0, 0, 0
	for i := range u.Access {
		a := &u.Access[i]
		d := day(a.Node)
		r.Points = append(r.Points, PointDay{a.Node, a.Required, a.Undeclared, d})
		if !a.Required {
			continue
		}
		required++
		r.Declared = r.Declared && a.Confirmed
		r.Evidenced = r.Evidenced && d.OK > 0
		r.WithoutExclusion = r.WithoutExclusion && d.WithoutExclusion
		r.Indirect = r.Indirect || a.Site == ""
		switch {
		case d.Off:
			off++
		case d.Connected:
		case d.OK == 0 && d.Fail > 0:
			cut++
		case d.OK == 0 || d.Fail == 0:
			dark++
		default:
			broken++
		}
	}
	switch {
	case required == 0:
		r.State, r.Declared, r.Evidenced, r.WithoutExclusion = NotConnected, false, false, false
	case broken > 0:
		r.State = Interrupted
	case cut > 0:
		r.State = NotConnected
	case dark > 0:
		r.State = Dataless
	case off > 0:
		r.State = Unsettled
	default:
		r.State = Connected
	}
	return r
}

// Rates are the published numbers of one day (domain 2.1, 6). None of them may
// be shown without the others, the day and the version of the denominator.
type Rates struct {
	Of                                                         int // units
	Declared, Measured, MeasuredWithoutExclusion, WithEvidence int // of them
}

// rates counts units of the denominator; it refuses while units are unset.
func rates(n Denominator, units []UnitDay) (Rates, *Refusal) {
	if err := n.refusal(); err != nil {
		return Rates{}, err
	}
	r := Rates{Of: len(n.Units)}
	for _, u := range units {
		if !n.holds(u.Unit) {
			continue
		}
		for _, c := range []struct {
			is bool
			n  *int
		}{{u.Declared, &r.Declared}, {u.State == Connected, &r.Measured}, {u.WithoutExclusion, &r.MeasuredWithoutExclusion}, {u.Evidenced, &r.WithEvidence}} {
			if c.is {
				*c.n++
			}
		}
	}
	return r, nil
}
