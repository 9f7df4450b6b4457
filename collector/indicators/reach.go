package indicators

import (
	"cmp"
	"slices"

	"fengsui/checks"
	"fengsui/collector/graph"
	"fengsui/collector/posture"
	"fengsui/configs"
)

// count follows a site's chain of parents to the top. One without an agent of
// ours, as the city's node is, counts by the line to it.
func (c *Chains) count(d *configs.District, s *configs.Site, now map[string]*posture.Site, h graph.Health, cities bool) {
	c.Of++
	var broken, unknown *Missing
	note := func(w Why, at string) {
		m := &Missing{Site: s.ID, Why: w, At: at}
		if w == WhySilent || w == WhyNoAgent || w == WhyUnopened || w == WhyDown {
			broken = m // the highest is met last
		} else {
			unknown = m
		}
	}
	below := (*configs.Site)(nil)
	for at := s; at != nil; below, at = at, d.Site(at.Parent) {
		w := why(now[at.ID])
		if w == WhyNoAgent && below != nil {
			w = lineTo(d, at.ID, below.ID, h)
		}
		if w != "" {
			note(w, at.ID)
		}
		if at.Parent == "" && cities && at.Kind != "city" {
			note(WhyTopless, at.ID)
		}
	}
	switch {
	case broken != nil:
		c.Broken = append(c.Broken, *broken)
	case unknown != nil:
		c.Unknown = append(c.Unknown, *unknown)
	default:
		c.Through++
	}
}

// lineTo says what is known of the lines from a site to the one below it.
func lineTo(d *configs.District, upper, lower string, h graph.Health) Why {
	w := WhyUnseen
	for i := range d.Links {
		l := &d.Links[i]
		if l.Between != [2]string{upper, lower} && l.Between != [2]string{lower, upper} {
			continue
		}
		switch h[configs.NodeOf("link", l.ID)].Verdict {
		case graph.Good:
			return ""
		case graph.Failing:
			w = WhyDown
		}
	}
	return w
}

// reachOf counts the sites whose newest live look at a service found it there.
func reachOf(d *configs.District, service *configs.Service, now map[string]*posture.Site) Reach {
	r := Reach{Service: service.ID, Name: service.Name, Of: len(d.Sites)}
	for i := range d.Sites {
		if w := lookFrom(&d.Sites[i], service.Node(), now[d.Sites[i].ID]); w != "" {
			r.Missing = append(r.Missing, Missing{Site: d.Sites[i].ID, Why: w})
		} else {
			r.Reached++
		}
	}
	return r
}

func lookFrom(site *configs.Site, service configs.Node, now *posture.Site) Why {
	if w := why(now); w != "" {
		return w
	}
	var newest *posture.Face
	w := WhyUnopened
	for i := range now.Checks {
		c := &now.Checks[i]
		at, found := slices.BinarySearchFunc(site.Checks, c.ID, func(c configs.Check, id string) int { return cmp.Compare(c.ID, id) })
		if !found || site.Checks[at].Subject != service || len(c.Families) == 0 {
			continue
		}
		f := &c.Families[0]
		if f.Standing == posture.Unjudged && newest == nil {
			w = WhyUnjudged
		}
		if f.Standing == posture.Known && (newest == nil || f.At.After(newest.At)) {
			newest = f
		}
	}
	if newest == nil {
		return w
	}
	switch newest.State {
	case checks.Up, checks.Degraded:
		return ""
	case checks.Down:
		return WhyDown
	case checks.Unable:
		return WhyUnable
	}
	return WhySilent
}
