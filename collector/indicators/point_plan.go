package indicators

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"fengsui/checks"
	"fengsui/configs"
)

// A looker is a check of a site, as the labels of its series name it.
type looker struct{ site, check string }

// An aspect is a criterion of a point that a check's looks over IPv6 tell of.
type aspect struct {
	point     int // of pointPlan.points; everywhere: no point's, but of a service of the quorum
	criterion string
}

const everywhere = -1

// A pointPlan says which checks are evidence of which points, as the inventory
// has it now.
type pointPlan struct {
	s       *configs.Indicators
	points  []configs.Point
	scopes  []scope
	uses    map[looker][]aspect
	dual    map[looker]bool     // it looks over both families at a name: no look over IPv6 is no AAAA record
	records map[looker][]aspect // what the number of AAAA records in its answers tells of
	planned map[aspect][]string // the sites that look
}

// planPoints finds the checks. A criterion that several sites can look at needs
// as many of them as the settings say; a device needs no more than are to poll
// it; an end of a link and a site speak for themselves.
func planPoints(d *configs.District) *pointPlan {
	p := &pointPlan{s: &d.Indicators, points: d.Points, uses: map[looker][]aspect{}, dual: map[looker]bool{},
		records: map[looker][]aspect{}, planned: map[aspect][]string{}}
	for i := range d.Points {
		p.scopes = append(p.scopes, scope{kind: d.Points[i].Kind, need: map[string]int{}})
		switch d.Points[i].Kind {
		case "W", "S":
			p.service(d, i)
		case "N":
			p.each(d, func(site *configs.Site, c *configs.Check) {
				if c.Kind == "dns" && c.Subject == d.Points[i].Node {
					p.use(site, c, aspect{i, criterionNS})
				}
			})
		case "D":
			p.device(d, i)
		case "L":
			p.link(d, i)
		case "T":
			p.town(d, i)
		}
	}
	p.quorumEverywhere(d)
	for a, sites := range p.planned {
		need := 1
		switch p.scopes[a.point].kind {
		case "W", "S", "N":
			need = p.s.Vantages
		case "D":
			need = min(p.s.Vantages, len(sites))
		}
		p.scopes[a.point].need[a.criterion] = need
	}
	return p
}

func (p *pointPlan) each(d *configs.District, f func(*configs.Site, *configs.Check)) {
	for i := range d.Sites {
		for k := range d.Sites[i].Checks {
			f(&d.Sites[i], &d.Sites[i].Checks[k])
		}
	}
}

// use notes that a check's looks over IPv6 tell of something, if it has any.
func (p *pointPlan) use(site *configs.Site, c *configs.Check, a aspect) {
	if !overV6(c) {
		return
	}
	from := looker{site.ID, c.ID}
	p.uses[from] = append(p.uses[from], a)
	_, err := netip.ParseAddr(c.Host())
	p.dual[from] = c.Family == checks.Pair && err != nil
	p.plan(site, a)
}

// declaredV6 says whether a check is told an address of IPv6 for when no
// resolver answers.
func declaredV6(c *configs.Check) bool {
	return slices.ContainsFunc(c.Addresses, func(a netip.Addr) bool { return a.Unmap().Is6() })
}

func (p *pointPlan) plan(site *configs.Site, a aspect) {
	if !slices.Contains(p.planned[a], site.ID) {
		p.planned[a] = append(p.planned[a], site.ID)
	}
}

// overV6 says whether a check is to look over IPv6.
func overV6(c *configs.Check) bool {
	a, err := netip.ParseAddr(c.Host())
	return c.Family != checks.V4 && (err != nil || a.Is6() && !a.Is4In6())
}

// service plans a website or a server: its http and tcp checks, and whoever
// asks a name server for its AAAA record. A look at a name tells that there is
// such a record, unless the inventory declares an address that is looked at
// when no resolver answers: then only a name server's answer tells.
func (p *pointPlan) service(d *configs.District, i int) {
	node := d.Points[i].Node
	at := slices.IndexFunc(d.Services, func(s configs.Service) bool { return s.Node() == node })
	if at < 0 {
		return
	}
	host := canonical(d.Services[at].Host())
	_, err := netip.ParseAddr(host)
	p.scopes[i].address = err == nil
	p.each(d, func(site *configs.Site, c *configs.Check) {
		from := looker{site.ID, c.ID}
		switch {
		case c.Kind == "dns" && !p.scopes[i].address && asksAAAA(c, host):
			p.records[from] = append(p.records[from], aspect{i, criterionAAAA})
			p.plan(site, aspect{i, criterionAAAA})
		case c.Subject == node && (c.Kind == "http" || c.Kind == "tcp"):
			p.use(site, c, aspect{i, criterionReached})
			if !p.scopes[i].address && !declaredV6(c) && canonical(c.Host()) == host {
				p.use(site, c, aspect{i, criterionAAAA})
			}
		}
	})
}

func canonical(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

func asksAAAA(c *configs.Check, host string) bool {
	name := c.Options["name"]
	return len(name) == 1 && canonical(name[0]) == host && slices.Contains(c.Options["type"], "AAAA")
}

// device plans a device: the pings of it and its SNMP, also that of a circuit.
func (p *pointPlan) device(d *configs.District, i int) {
	about := map[configs.Node]bool{d.Points[i].Node: true}
	for l := range d.Links {
		for k := range d.Links[l].Circuits {
			if c := &d.Links[l].Circuits[k]; configs.NodeOf("device", c.Device) == d.Points[i].Node {
				about[c.Node()] = true
			}
		}
	}
	p.each(d, func(site *configs.Site, c *configs.Check) {
		switch {
		case c.Kind == "icmp" && c.Subject == d.Points[i].Node:
			p.use(site, c, aspect{i, criterionPing})
		case c.Kind == "snmp" && about[c.Subject]:
			p.use(site, c, aspect{i, criterionSNMP})
		}
	})
}

// link plans a line: each end looks across it. Where no check runs at an end,
// the looks from the other tell of both: an answer came back.
func (p *pointPlan) link(d *configs.District, i int) {
	at := slices.IndexFunc(d.Links, func(l configs.Link) bool { return configs.NodeOf("link", l.ID) == d.Points[i].Node })
	if at < 0 {
		return
	}
	ends := d.Links[at].Between
	criteria := [2]string{criterionUpper, criterionLower}
	for e, end := range ends {
		from := end
		if !slices.ContainsFunc(p.across(d, end, d.Points[i].Node), overV6) {
			from = ends[1-e]
		}
		if site := d.Site(from); site != nil {
			for _, c := range p.across(d, from, d.Points[i].Node) {
				p.use(site, c, aspect{i, criteria[e]})
			}
		}
	}
}

// across are the checks by which a site looks across a link. SNMP of a circuit
// is none: it tells of an interface, whatever carries the question.
func (p *pointPlan) across(d *configs.District, id string, link configs.Node) (all []*configs.Check) {
	site := d.Site(id)
	for k := 0; site != nil && k < len(site.Checks); k++ {
		if c := &site.Checks[k]; c.Subject == link && slices.Contains([]string{"icmp", "tcp", "http", "dns"}, c.Kind) {
			all = append(all, c)
		}
	}
	return all
}

// town plans a site: that it has IPv6 every check of it tells that leaves the
// machine and its wire, and the quorum is that of the access rate.
func (p *pointPlan) town(d *configs.District, i int) {
	site := d.Site(d.Points[i].Node.ID())
	if site == nil {
		return
	}
	for k := range site.Checks {
		c := &site.Checks[k]
		a, err := netip.ParseAddr(c.Host())
		if err == nil && (a.IsLoopback() || a.IsLinkLocalUnicast()) {
			continue
		}
		p.use(site, c, aspect{i, criterionHere})
		for n, id := range d.Indicators.Quorum {
			if c.Subject == configs.NodeOf("service", id) {
				p.use(site, c, aspect{i, quorumPart(n)})
			}
		}
	}
	if len(d.Indicators.Quorum) > 0 {
		p.plan(site, aspect{i, criterionQuorum})
	}
}

// quorumEverywhere plans the services of the quorum as all sites see them: what
// fails for most is the service's fault, and no site's.
func (p *pointPlan) quorumEverywhere(d *configs.District) {
	if !slices.ContainsFunc(d.Points, func(p configs.Point) bool { return p.Kind == "T" }) {
		return
	}
	for n, id := range d.Indicators.Quorum {
		p.each(d, func(site *configs.Site, c *configs.Check) {
			if c.Subject == configs.NodeOf("service", id) && overV6(c) {
				from := looker{site.ID, c.ID}
				p.uses[from] = append(p.uses[from], aspect{everywhere, quorumPart(n)})
			}
		})
	}
}

// quorumPart is the criterion of one service of the quorum, until all of them
// make one of T2.
func quorumPart(n int) string { return criterionQuorum + "/" + strconv.Itoa(n) }
