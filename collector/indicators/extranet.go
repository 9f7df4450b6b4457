package indicators

import (
	"net/netip"
	"slices"
	"time"

	"fengsui/collector/origins"
	"fengsui/configs"
)

// extranet is from where an agent has to be heard for what it sees to be
// evidence of an access point (domain 2.1, 7): its prefixes as the collector
// sees them, or else those of the access point and of the agent's own site.
func extranet(d *configs.District, a *configs.AccessPoint) []netip.Prefix {
	if len(a.Seen) > 0 {
		return a.Seen
	}
	if s := d.Site(a.Site); s != nil {
		return slices.Concat(a.Prefixes, s.Prefixes)
	}
	return a.Prefixes
}

// A door says when what an agent saw is evidence of an access point, by the
// addresses from which it was heard.
type door struct {
	stays  []origins.Stay // of its site, sorted by beginning
	counts []bool         // that each is an address of the extranet, at both ends
}

func newDoor(stays []origins.Stay, own, collector []netip.Prefix) *door {
	d := &door{stays, make([]bool, len(stays))}
	for i, s := range stays {
		d.counts[i] = within(own, s.Source) && (len(collector) == 0 || within(collector, s.Dest))
	}
	return d
}

func within(prefixes []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(a) })
}

// open says whether what was seen at a moment counts. Of two addresses at one
// time one is enough: over it the extranet was there. Between two stays the
// agent was not heard, and what it brought later counts when it was in the
// extranet before and after.
func (d *door) open(at time.Time) bool {
	heard, before, after := false, -1, -1
	for i, s := range d.stays {
		switch {
		case s.Ended.Before(at):
			if before < 0 || s.Ended.After(d.stays[before].Ended) {
				before = i
			}
		case s.Began.After(at):
			if after < 0 {
				after = i
			}
		case d.counts[i]:
			return true
		default:
			heard = true
		}
	}
	if heard || before < 0 && after < 0 {
		return false
	}
	return (before < 0 || d.near(before)) && (after < 0 || d.near(after))
}

// near says whether a stay counts, or one that ran beside its end or
// beginning: an agent may be heard over both families by turns.
func (d *door) near(of int) bool {
	s := d.stays[of]
	for i, other := range d.stays {
		if d.counts[i] && other.Began.Sub(s.Ended) <= origins.Pause && s.Began.Sub(other.Ended) <= origins.Pause {
			return true
		}
	}
	return false
}
