package indicators

// Seen of the points of a district in a round: by index of the point,
// criterion and site.
type pointSights map[int]map[string]map[string]*Sight

// of is the sight of a site, made when it is met first.
func (s pointSights) of(a aspect, site string) *Sight {
	if s[a.point] == nil {
		s[a.point] = map[string]map[string]*Sight{}
	}
	if s[a.point][a.criterion] == nil {
		s[a.point][a.criterion] = map[string]*Sight{}
	}
	if s[a.point][a.criterion][site] == nil {
		s[a.point][a.criterion][site] = &Sight{}
	}
	return s[a.point][a.criterion][site]
}

// quorums makes one criterion of the services of the quorum. One that two sites
// do not reach, and no fewer than do, is down itself: of a site that says
// nothing.
func (p *pointPlan) quorums(all pointSights) {
	down := make([]bool, len(p.s.Quorum))
	for n := range down {
		var reached, failed int
		for _, s := range all[everywhere][quorumPart(n)] {
			switch s.Seen {
			case Reached:
				reached++
			case Failed:
				failed++
			}
		}
		down[n] = failed >= alone && failed >= reached
	}
	delete(all, everywhere)
	for i, seen := range all {
		if p.points[i].Kind != "T" {
			continue
		}
		site := p.points[i].Node.ID()
		services := make([]Seen, len(p.s.Quorum))
		var failed Look
		for n := range services {
			part := seen[quorumPart(n)][site]
			delete(seen, quorumPart(n))
			if part == nil || part.Seen == Failed && down[n] {
				continue
			}
			services[n] = part.Seen
			if part.Seen == Failed && (failed.At.IsZero() || part.Failed.before(failed)) {
				failed = part.Failed
			}
		}
		*all.of(aspect{i, criterionQuorum}, site) = Sight{Seen: quorumOver(services, p.s), Failed: failed}
	}
}

// rate judges a round of every point of which something was seen in it.
func (p *pointPlan) rate(all pointSights) map[int]Rating {
	ratings := map[int]Rating{}
	for i, seen := range all {
		plain := map[string]map[string]Sight{}
		for criterion, sites := range seen {
			plain[criterion] = map[string]Sight{}
			for site, s := range sites {
				plain[criterion][site] = *s
			}
		}
		ratings[i] = judgePoint(p.scopes[i], plain)
	}
	return ratings
}
