package configs

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"fengsui/checks"
)

// A Plan is the load that a district's checks make in steady state: when
// nothing is suspected and no backlog is sent. What is 待登记 counts too, so
// that it is known before the first probe.
type Plan struct {
	Services []ServiceLoad // sorted by ID; only those that some check looks at
	Sites    []SiteLoad    // sorted by ID
}

// A ServiceLoad is what a service sees of us.
type ServiceLoad struct {
	ID, Name  string
	Sites     int     // that look at it
	PerMinute float64 // requests
}

// A SiteLoad is what a site's probes take of its line, both ways, without the
// results on their way to the collector.
type SiteLoad struct {
	ID, Name      string
	BitsPerSecond float64
	BytesPerMonth float64 // of 30 days
}

// PlannedLoad estimates the load of a district by what its kinds say that a
// run costs.
func (d *District) PlannedLoad(kinds []*checks.Kind) (Plan, error) {
	byName := map[string]*checks.Kind{}
	for _, k := range kinds {
		byName[k.Name] = k
	}
	services := map[Node]*ServiceLoad{}
	for i := range d.Services {
		s := &d.Services[i]
		services[s.Node()] = &ServiceLoad{ID: s.ID, Name: s.Name}
	}
	var p Plan
	for i := range d.Sites {
		s := &d.Sites[i]
		load := SiteLoad{ID: s.ID, Name: s.Name}
		seen := map[*ServiceLoad]bool{}
		for _, c := range slices.Concat(s.Checks, s.Pending) {
			requests, bytes, err := c.cost(byName[c.Kind])
			if err != nil {
				return Plan{}, err
			}
			every := c.Interval.Seconds()
			load.BitsPerSecond += 8 * bytes / every
			service := services[c.Subject]
			if service == nil {
				continue
			}
			service.PerMinute += requests * time.Minute.Seconds() / every
			if !seen[service] {
				seen[service] = true
				service.Sites++
			}
		}
		load.BytesPerMonth = load.BitsPerSecond / 8 * (30 * day).Seconds()
		p.Sites = append(p.Sites, load)
	}
	for _, s := range services {
		if s.Sites > 0 {
			p.Services = append(p.Services, *s)
		}
	}
	slices.SortFunc(p.Services, func(a, b ServiceLoad) int { return cmp.Compare(a.ID, b.ID) })
	return p, nil
}

// What a run of a kind takes that does not say: a short question and answer.
const (
	usualRequests = 1
	usualBytes    = 2 << 10
)

// cost is what one run takes: a name is looked at over both families, one
// address of each.
func (c Check) cost(kind *checks.Kind) (requests, bytes float64, err error) {
	spec, err := c.Spec(kind)
	if err != nil {
		return 0, 0, err
	}
	r, b := usualRequests, usualBytes
	if costing, ok := spec.Check.(checks.Costing); ok {
		r, b = costing.Cost()
	}
	addresses := 1.0
	if host, err := spec.Check.Host(c.Target); err == nil && c.Family == checks.Pair {
		if _, err := netip.ParseAddr(host); err != nil {
			addresses = 2
		}
	}
	return addresses * float64(r), addresses * float64(b), nil
}
