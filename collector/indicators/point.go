package indicators

import (
	"slices"
	"time"

	"fengsui/configs"
)

// A Verdict is what a round of a point came to, or one criterion in it.
type Verdict string

// The verdicts. Only the first three are a round's.
const (
	Undecided     Verdict = "no_data"        // too little was seen, or vantages disagree
	Passed        Verdict = "pass"           // enough vantages saw it met
	Unmet         Verdict = "fail"           // seen, and not met
	NotJudged     Verdict = "not_judged"     // no check looks at it: never counted as passed
	NotApplicable Verdict = "not_applicable" // the point has nothing that it is about
)

// A requirement is a criterion that a kind of points has (domain 2.2). Those of
// the table have its ids; D, L and T have none there and get their own.
type requirement struct {
	id        string
	mandatory bool
	judged    bool // by the kinds of checks that there are
	where     bool // judged only where a check of it exists
}

// Criteria of the kinds D, L and T, which the domain's table does not number.
const (
	criterionAAAA    = "V1"
	criterionReached = "V2"
	criterionNS      = "R2" // a name server answers over IPv6
	criterionPing    = "D1" // a device answers ICMPv6
	criterionSNMP    = "D2" // and SNMP over IPv6
	criterionUpper   = "L1" // the upper end of a link reaches across it over IPv6
	criterionLower   = "L2" // and the lower end
	criterionHere    = "T1" // a site has IPv6, as its agent's self-test found
	criterionQuorum  = "T2" // and reaches the quorum over it
)

var requirements = map[string][]requirement{
	"W": {{"V1", true, true, false}, {"V2", true, true, false}, {"V3", true, false, false}, {"V4", false, false, false},
		{"V5", true, false, false}, {"V6", true, false, false}, {"V7", false, false, false}, {"V8", true, false, false},
		{"V9", false, false, false}, {"V10", false, false, false}, {"V11", false, false, false}, {"V12", true, false, false},
		{"V13", false, false, false}},
	"S": {{"V1", true, true, false}, {"V2", true, true, false}, {"V3", true, false, false}, {"V9", false, false, false}, {"V12", true, false, false}},
	"N": {{"R2", true, true, false}, {"R3", true, false, false}, {"Z13", false, false, false}},
	"D": {{"D1", true, true, true}, {"D2", true, true, true}, {"D3", true, false, false}, {"D4", true, false, false}, {"D5", false, false, false}},
	"L": {{"L1", true, true, false}, {"L2", true, true, false}, {"L3", true, false, false}},
	"T": {{"T1", true, true, false}, {"T2", true, true, false}},
}

// A Look is one look at a point that did not meet a criterion.
type Look struct {
	Site  string    `json:"site"`
	Check string    `json:"check"`
	At    time.Time `json:"at"`
	Code  string    `json:"code,omitempty"` // of its reason; empty where the record of reasons has none
}

// A Sight is what one vantage saw of one criterion in a round. What it could
// not look at is Unseen.
type Sight struct {
	Seen   Seen
	Failed Look // that failed: the first, or the newest of a site's own

	newest Look
}

// every takes a look where all of a round must meet a criterion: a failure
// outweighs every success.
func (s *Sight) every(seen Seen, l Look) {
	switch {
	case seen == Failed && (s.Seen != Failed || l.before(s.Failed)):
		s.Seen, s.Failed = Failed, l
	case seen == Reached && s.Seen == Unseen:
		s.Seen = Reached
	}
}

// last takes a look where the newest of a round tells: of what a site is or
// can do by itself, where another's short fault must not cost it a day.
func (s *Sight) last(seen Seen, l Look) {
	if seen == Unseen || s.Seen != Unseen && l.before(s.newest) {
		return
	}
	s.Seen, s.newest, s.Failed = seen, l, Look{}
	if seen == Failed {
		s.Failed = l
	}
}

// before orders looks so that the same looks in any order give one evidence.
func (l Look) before(o Look) bool {
	if !l.At.Equal(o.At) {
		return l.At.Before(o.At)
	}
	return l.Check < o.Check
}

// A Criterion is one criterion of a point in a round.
type Criterion struct {
	ID        string   `json:"id"`
	Mandatory bool     `json:"mandatory"`
	Verdict   Verdict  `json:"verdict"`
	Passed    []string `json:"passed,omitempty"` // sites that saw it met, sorted
	Failed    []string `json:"failed,omitempty"` // and not met
	Unable    []string `json:"unable,omitempty"` // that looked, and could not tell
	Example   *Look    `json:"example,omitempty"`
}

// A Rating is a round of a point.
type Rating struct {
	Verdict  Verdict
	Criteria []Criterion // in the order of the domain's table
}

// A scope is what can be told of a point as the inventory has it.
type scope struct {
	kind    string
	need    map[string]int // by criterion: vantages that must agree; 0: no check looks at it
	address bool           // it is named by address: there is no AAAA record to want
}

// judgePoint rates a round of a point from what vantages saw, by criterion and
// site.
//
// A criterion passes when as many vantages as it needs saw it met, and more
// than saw it not met. It fails when one saw it not met that looked alone, or
// two of those that looked, and no fewer than saw it met. Otherwise it is
// undecided, and so is the round, unless another criterion of it fails. What
// could not be looked at counts on no side. Criteria that no check can tell
// are listed and decide nothing.
func judgePoint(s scope, seen map[string]map[string]Sight) Rating {
	r := Rating{Verdict: Passed}
	decides := false
	for _, q := range requirements[s.kind] {
		c := Criterion{ID: q.id, Mandatory: q.mandatory}
		switch {
		case !q.judged || s.need[q.id] == 0 && q.where:
			c.Verdict = NotJudged
		case q.id == criterionAAAA && s.address:
			c.Verdict = NotApplicable
		case s.need[q.id] == 0:
			c.Verdict = NotJudged
			r.Verdict, decides = worse(r.Verdict, Undecided), true
		default:
			c.agree(seen[q.id], s.need[q.id])
			r.Verdict, decides = worse(r.Verdict, c.Verdict), true
		}
		r.Criteria = append(r.Criteria, c)
	}
	if !decides {
		r.Verdict = Undecided
	}
	return r
}

func worse(a, b Verdict) Verdict {
	for _, v := range []Verdict{Unmet, Undecided} {
		if a == v || b == v {
			return v
		}
	}
	return Passed
}

// alone is how many vantages must see a criterion not met, where so many
// looked: one site's own fault is not the point's.
const alone = 2

func (c *Criterion) agree(seen map[string]Sight, need int) {
	for site, s := range seen {
		switch s.Seen {
		case Reached:
			c.Passed = append(c.Passed, site)
		case Unseen:
			c.Unable = append(c.Unable, site)
		case Failed:
			c.Failed = append(c.Failed, site)
			if c.Example == nil || s.Failed.before(*c.Example) || s.Failed.At.Equal(c.Example.At) && s.Failed.Site < c.Example.Site {
				l := s.Failed
				c.Example = &l
			}
		}
	}
	slices.Sort(c.Passed)
	slices.Sort(c.Failed)
	slices.Sort(c.Unable)
	passed, failed := len(c.Passed), len(c.Failed)
	switch {
	case passed >= need && passed > failed:
		c.Verdict = Passed
	case failed > 0 && failed >= min(alone, passed+failed) && failed >= passed:
		c.Verdict = Unmet
	default:
		c.Verdict = Undecided
	}
}

// quorumOver is whether a site reaches the quorum over IPv6, as [rate] asks it
// of both families together. The collector is no part of it: over which family
// it is reached nobody tells.
func quorumOver(services []Seen, s *configs.Indicators) Seen {
	reached, failed, need := 0, 0, min(s.QuorumNeed, len(services))
	for _, q := range services {
		switch q {
		case Reached:
			reached++
		case Failed:
			failed++
		}
	}
	switch {
	case need > 0 && reached >= need:
		return Reached
	case failed > 0 && len(services)-failed < need:
		return Failed
	}
	return Unseen
}

// CriteriaOf lists the ids of the criteria of a kind of points.
func CriteriaOf(kind string) (ids []string) {
	for _, q := range requirements[kind] {
		ids = append(ids, q.id)
	}
	return ids
}
