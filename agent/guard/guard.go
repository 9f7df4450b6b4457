// Package guard holds the rails that a site's own agent.hcl sets and that the
// collector cannot widen: which addresses may be probed, by which kinds.
package guard

import (
	"net/netip"
	"slices"
)

// A Guard answers what this site allows. It is read-only and safe for
// concurrent use.
type Guard struct {
	prefixes []netip.Prefix // nil: every address
	kinds    []string       // nil: every kind
}

// New returns the guard of allow_prefixes and allow_kinds. Nil allows
// everything, an empty list nothing.
func New(prefixes []netip.Prefix, kinds []string) *Guard {
	g := &Guard{kinds: slices.Clone(kinds)}
	if prefixes != nil {
		g.prefixes = make([]netip.Prefix, len(prefixes))
	}
	for i, p := range prefixes {
		// ::ffff:10.0.0.0/104 is 10.0.0.0/8 to the eye, but holds no IPv4 address.
		if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
			p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
		}
		g.prefixes[i] = p.Masked()
	}
	return g
}

// Allowed says whether an address may be probed. Its zone does not matter: a
// prefix never holds a zoned address.
func (g *Guard) Allowed(a netip.Addr) bool {
	if g.prefixes == nil {
		return true
	}
	a = a.Unmap().WithZone("")
	return slices.ContainsFunc(g.prefixes, func(p netip.Prefix) bool { return p.Contains(a) })
}

// Kind says whether checks of a kind may run.
func (g *Guard) Kind(name string) bool {
	return g.kinds == nil || slices.Contains(g.kinds, name)
}
