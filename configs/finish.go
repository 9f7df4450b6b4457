package configs

import (
	"cmp"
	"net/netip"
	"slices"

	"fengsui/configs/words"
)

// inventory judges what needs all blocks, and fills in the district.
func (l *loading) inventory(d *District) {
	l.finishSites()
	d.Tiers = l.tiers
	d.Units = l.finishUnits()
	d.Links = l.finishLinks()
	d.Devices = l.finishDevices()
	d.Points = l.finishPoints()
	d.Maintenance = l.finishMaintenance()
	d.Secrets = l.secrets
	d.Indicators = l.finishIndicators()
	l.finishServices()
	l.dependences()
	l.circuitChecks()
	l.gatewayChecks()
	l.takeProfiles()
	l.oddNetworks()
	slices.SortFunc(d.Tiers, func(a, b Tier) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(d.Units, func(a, b Unit) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(d.Links, func(a, b Link) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(d.Devices, func(a, b Device) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(d.Points, func(a, b Point) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(d.Secrets, func(a, b Secret) int { return cmp.Compare(a.Name, b.Name) })
}

// oddNetworks warns of what a copied line leaves behind: two sites with one
// gateway, or with networks that overlap.
func (l *loading) oddNetworks() {
	gateways := map[netip.Addr]*siteDraft{}
	type network struct {
		prefix netip.Prefix
		of     *siteDraft
		at     int
	}
	var all []network
	for _, s := range l.sites {
		for i, a := range s.site.Gateways {
			if first := gateways[a]; first != nil {
				l.warn(element(s.b, "gateways", i), phrase(words.ConfigGatewayTwice, s.b.name, first.b.name, a.String()))
				continue
			}
			gateways[a] = s
		}
		for i, p := range s.site.Prefixes {
			all = append(all, network{p, s, i})
		}
	}
	// What overlaps stands side by side in the order of first addresses, the
	// wider first: each is compared with the last that reaches over it.
	slices.SortStableFunc(all, func(a, b network) int {
		return cmp.Or(a.prefix.Addr().Compare(b.prefix.Addr()), cmp.Compare(a.prefix.Bits(), b.prefix.Bits()))
	})
	for i, n := range all {
		for j := i - 1; j >= 0; j-- {
			if all[j].prefix.Overlaps(n.prefix) {
				if all[j].of != n.of {
					l.warn(element(n.of.b, "prefixes", n.at), phrase(words.ConfigPrefixOverlap, n.of.b.name, n.prefix.String(), all[j].of.b.name, all[j].prefix.String()))
				}
				break
			}
			if all[j].prefix.Addr().Is4() != n.prefix.Addr().Is4() || i-j > maxSites {
				break
			}
		}
	}
}
