package configs

import (
	"net/netip"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"fengsui/checks"
	"fengsui/configs/words"
)

// documentation holds the addresses that stand for 待登记, not registered yet.
var documentation = []netip.Prefix{
	netip.MustParsePrefix("192.0.2.0/24"),    // RFC 5737
	netip.MustParsePrefix("198.51.100.0/24"), // RFC 5737
	netip.MustParsePrefix("203.0.113.0/24"),  // RFC 5737
	netip.MustParsePrefix("198.18.0.0/15"),   // RFC 2544, of sites in the shipped district
	netip.MustParsePrefix("2001:db8::/32"),   // RFC 3849
	netip.MustParsePrefix("3fff::/20"),       // RFC 9637
}

// placeholder says whether a host stands for one that is to be registered: a
// documentation address, or a name under .example (RFC 2606), which no
// resolver should be asked about (RFC 6761 section 6.5).
func placeholder(host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		a = a.Unmap().WithZone("")
		for _, p := range documentation {
			if p.Contains(a) {
				return true
			}
		}
		return false
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "example" || strings.HasSuffix(host, ".example")
}

// host judges a check by the host of its target.
func (l *loading) host(d *checkDraft, host string, at hcl.Range) {
	if placeholder(host) {
		d.pending = true
		l.warn(at, phrase(words.ConfigPending, d.b.name, quote(host)))
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return
	}
	a = a.Unmap()
	switch broadcast := netip.AddrFrom4([4]byte{255, 255, 255, 255}); {
	case a.IsUnspecified() || a.IsMulticast() || a == broadcast:
		l.problem(at, phrase(words.ConfigTargetNoHost, quote(d.check.Target), a.String()))
	case d.check.WantV6:
		l.problem(d.b.where("want_v6"), phrase(words.ConfigWantV6Literal, a.String()))
	case d.check.V4Only:
		l.problem(d.b.where("v4_only"), phrase(words.ConfigV4OnlyLiteral, a.String()))
	case d.check.Family != checks.Pair && d.check.Family != checks.FamilyOf(a):
		l.problem(d.b.where("family"), phrase(words.ConfigFamilyTarget, `"v`+d.check.Family.String()+`"`, a.String()))
	}
}
