package indicators

import (
	"slices"
	"time"

	"fengsui/checks"
	"fengsui/collector/graph"
	"fengsui/collector/posture"
	"fengsui/configs"
)

// A Coverage is how far the network reaches at a moment: 镇街覆盖率 and
// 有需求村社覆盖率 (domain N06), 四级贯通 (N07), and from how many sites the
// office system is reached (A75).
//
// A site is connected while it has an agent, was opened and is heard, by what
// is known now. One that is switched off outside its hours is not, and is told
// apart: who wants the rate of a day asks within its hours.
type Coverage struct {
	At       time.Time
	Judging  bool // false: the collector began to listen just now, and who is not heard is not known to be silent
	Towns    Share
	Villages Share // those that are said to want a line
	Through  Chains
	Offices  []Reach // services of section A75
}

// A Share is how many of some sites are connected.
type Share struct {
	Of, Connected int
	Missing       []Missing // the others
}

// Ratio is Connected of Of; ok is false where there is nothing to count.
func (s Share) Ratio() (r float64, ok bool) {
	if s.Of == 0 {
		return 0, false
	}
	return float64(s.Connected) / float64(s.Of), true
}

// A Missing is a site that does not count, and why.
type Missing struct {
	Site string
	Why  Why
	At   string // N07: the site highest up its chain that is not heard
}

// A Why says why a site does not count.
type Why string

// Why a site is not connected, or nobody knows.
const (
	WhyNoAgent  Why = "no_agent" // 未开通
	WhyUnopened Why = "unopened" // 未开通: its agent or its check never succeeded
	WhySilent   Why = "silent"   // 静默
	WhyOffDuty  Why = "off_duty" // 下班
	WhyUnjudged Why = "unjudged" // not heard since the collector began to listen, and not for long enough
	WhyUnseen   Why = "unseen"   // the site above has no agent, and nobody sees the line to it
	WhyTopless  Why = "topless"  // its chain of parents does not end in the city
	WhyDown     Why = "down"     // 中断
	WhyUnable   Why = "unable"   // 无法判断
)

// Chains are how many sites are connected with every site above them, up to the
// city where there is one.
type Chains struct {
	Of, Through int       // sites below the city
	Broken      []Missing // a site of the chain is not connected
	Unknown     []Missing // nobody can tell
}

// A Reach is from how many sites a service is reached by their newest live
// look.
type Reach struct {
	Service, Name string
	Of, Reached   int       // all sites
	Missing       []Missing // down, unable, silent and unopened apart
}

// CoverageOf tells the coverage from what is known now.
func CoverageOf(d *configs.District, snap posture.Snapshot, h graph.Health) Coverage {
	c := Coverage{At: snap.At, Judging: snap.Judging}
	now := map[string]*posture.Site{}
	for i := range snap.Sites {
		now[snap.Sites[i].ID] = &snap.Sites[i]
	}
	wanted := demanded(d)
	cities := slices.ContainsFunc(d.Sites, func(s configs.Site) bool { return s.Kind == "city" })
	for i := range d.Sites {
		s := &d.Sites[i]
		switch {
		case s.Kind == "town":
			c.Towns.count(s.ID, now[s.ID])
		case s.Kind == "community" && wanted[s.ID]:
			c.Villages.count(s.ID, now[s.ID])
		}
		if s.Kind != "city" {
			c.Through.count(d, s, now, h, cities)
		}
	}
	for i := range d.Services {
		if s := &d.Services[i]; s.Section == "A75" {
			c.Offices = append(c.Offices, reachOf(d, s, now))
		}
	}
	return c
}

// demanded are the villages whose line was asked for, by themselves or by the
// link that ends there (domain N04).
func demanded(d *configs.District) map[string]bool {
	wanted := map[string]bool{}
	for i := range d.Sites {
		wanted[d.Sites[i].ID] = d.Sites[i].Demand
	}
	for i := range d.Links {
		if l := &d.Links[i]; l.Demand {
			wanted[l.Between[1]] = true
		}
	}
	return wanted
}

// why says why a site is not connected; "" when it is.
func why(s *posture.Site) Why {
	switch {
	case s == nil || !s.Enrolled:
		return WhyNoAgent
	case s.Standing == posture.Unjudged:
		return WhyUnjudged
	case s.Standing != posture.Known:
		return WhyUnopened
	case s.OffDuty:
		return WhyOffDuty
	case s.State != checks.Up:
		return WhySilent
	}
	return ""
}

func (s *Share) count(id string, now *posture.Site) {
	s.Of++
	if w := why(now); w != "" {
		s.Missing = append(s.Missing, Missing{Site: id, Why: w})
		return
	}
	s.Connected++
}
