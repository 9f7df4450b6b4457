package dns

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"
)

// wanted is what records must be. Of addresses, those given must all be there,
// and any other must lie in a prefix that is given; each family is held
// against its own. Records of other types must be those given.
type wanted struct {
	addresses []netip.Addr
	prefixes  []netip.Prefix
	texts     []string
}

// readWanted reads the option "want" for these types.
func readWanted(want []string, types []uint16) (w wanted, err error) {
	addresses := 0
	for _, t := range types {
		if t == dns.TypeA || t == dns.TypeAAAA {
			addresses++
		}
	}
	if len(want) > 0 && addresses != len(types) && len(types) > 1 {
		return w, errors.New(`option "want" stands beside several types, want types A and AAAA, or one type alone`)
	}
	for _, text := range want {
		if addresses == 0 {
			w.texts = append(w.texts, plain(text))
			continue
		}
		if p, err := netip.ParsePrefix(text); err == nil {
			if p != p.Masked() {
				return w, fmt.Errorf(`option "want" holds %q, whose address lies inside the prefix, want %s`, text, p.Masked())
			}
			w.prefixes = append(w.prefixes, p)
			continue
		}
		a, err := netip.ParseAddr(text)
		if err != nil || a.Zone() != "" {
			return w, fmt.Errorf(`option "want" holds %q, want an address or a prefix, as in 192.0.2.10 or 2001:db8::/32`, text)
		}
		w.addresses = append(w.addresses, a.Unmap())
	}
	return w, nil
}

// plain is a record's text without what differs and means the same.
func plain(text string) string {
	return strings.ToLower(strings.TrimSuffix(strings.Join(strings.Fields(text), " "), "."))
}

// differs says what was seen and what was wanted when they differ.
func (w wanted) differs(a *answer) (seen, want string) {
	all := a.records()
	if len(w.texts) > 0 {
		var got []string
		for _, rr := range all {
			got = append(got, plain(data(rr)))
		}
		slices.Sort(got)
		wanted := slices.Clone(w.texts)
		slices.Sort(wanted)
		if !slices.Equal(slices.Compact(got), slices.Compact(wanted)) {
			return texts(all), strings.Join(w.texts, ", ")
		}
		return "", ""
	}
	var addresses []netip.Addr
	for _, one := range w.addresses {
		if one.Is4() == (a.qtype == dns.TypeA) {
			addresses = append(addresses, one)
		}
	}
	var prefixes []netip.Prefix
	for _, p := range w.prefixes {
		if p.Addr().Is4() == (a.qtype == dns.TypeA) {
			prefixes = append(prefixes, p)
		}
	}
	if len(addresses) == 0 && len(prefixes) == 0 {
		return "", "" // nothing is wanted of this family
	}
	present := map[netip.Addr]bool{}
	fits := true
	for _, rr := range all {
		at := address(rr)
		present[at] = true
		fits = fits && (slices.Contains(addresses, at) || slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(at) }))
	}
	for _, one := range addresses {
		fits = fits && present[one]
	}
	if fits {
		return "", ""
	}
	var list []string
	for _, one := range addresses {
		list = append(list, one.String())
	}
	for _, p := range prefixes {
		list = append(list, p.String())
	}
	return texts(all), strings.Join(list, ", ")
}

// address is the one of an A or AAAA record.
func address(rr dns.RR) netip.Addr {
	var a netip.Addr
	switch rr := rr.(type) {
	case *dns.A:
		a, _ = netip.AddrFromSlice(rr.A)
		a = a.Unmap()
	case *dns.AAAA:
		a, _ = netip.AddrFromSlice(rr.AAAA) // a v4-mapped one stays what it is
	}
	return a
}
