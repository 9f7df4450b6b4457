package configs

import (
	"net/netip"

	"fengsui/configs/words"
)

// A profile is checks that every site runs which names it. They are read once
// for each such site, because their values may speak of it.
type profile struct {
	b      *block
	checks []*block
	used   bool
}

func (l *loading) profileBlock(b *block) {
	p := &profile{b: b}
	// A check's words are read with the site that it is for; here it only gets
	// its place. for_each stands for many already.
	b.each("check", `check "icmp" "gateway"`, func(in *block) { p.checks = append(p.checks, in) })
	b.done()
	if l.add("profile", b) {
		l.profiles[b.labels[0]] = p
	}
}

// takeProfiles gives every site the checks of its profiles.
func (l *loading) takeProfiles() {
	access := map[string][]*AccessPoint{} // by site
	for _, u := range l.units {
		for i := range u.unit.Access {
			a := &u.unit.Access[i]
			access[a.Site] = append(access[a.Site], a)
		}
	}
	for _, s := range l.sites {
		for i, name := range s.profiles {
			if !l.refers(element(s.b, "profiles", i), "profile", name) {
				continue
			}
			p := l.profiles[name]
			p.used = true
			for _, b := range p.checks {
				l.profileCheck(s, b, access[s.site.ID])
			}
		}
	}
	for name, p := range l.profiles {
		if !p.used && l.whole() {
			l.warn(p.b.at, phrase(words.ConfigProfileUnused, quote(name)))
			for _, b := range p.checks { // wrong all the same
				l.profileCheck(&siteDraft{site: Site{ID: "site", Kind: SiteKinds[0]}, sample: true}, b, nil)
			}
		}
	}
}

// profileCheck gives a site one check of a profile: once, or, with access =
// true, once for each access point that the site speaks for.
func (l *loading) profileCheck(s *siteDraft, b *block, access []*AccessPoint) {
	in := l.forSite(s, b)
	var each bool
	read(in, "access", &each, wantBool)
	if !each || s.sample {
		s.checks = append(s.checks, l.checkBlock(in, inProfile))
		return
	}
	for _, a := range access {
		in := l.forSite(s, b)
		in.words = append(in.words, "access")
		d := l.checkBlock(in, inProfile)
		if d != nil {
			d.check.ID += "-" + a.Unit + "-" + a.ID
			d.check.Access, d.check.Sources, d.check.Interface = a.Node(), a.Sources, a.Interface
			if _, pending := pendingAddr(a.Sources...); pending {
				d.pending = true
			}
		}
		s.checks = append(s.checks, d)
	}
}

// forSite is a block of a profile as a site reads it.
func (l *loading) forSite(s *siteDraft, b *block) *block {
	in := l.block(b.path, b.name, b.body, b.at)
	in.labels, in.words = b.labels, append([]string(nil), b.words...)
	values := map[string]literal{"id": text(s.site.ID), "name": text(s.site.Name), "kind": text(s.site.Kind)}
	for name, is4 := range map[string]bool{"gateway": true, "gateway6": false} {
		values[name] = literal{kind: 'x', why: reasonOf(phrase(words.ConfigNoGateway, quote(s.site.ID), "site."+name))}
		if s.sample {
			values[name] = text(sampleGateway[is4].String())
		}
		for _, a := range s.site.Gateways {
			if a.Is4() == is4 {
				values[name] = text(a.String())
			}
		}
	}
	in.scope = b.scope.with("site", "site", values)
	return in
}

func text(s string) literal { return literal{kind: 't', text: s} }

// sampleGateway stands for the gateway of a site that there is not.
var sampleGateway = map[bool]netip.Addr{true: netip.MustParseAddr("198.18.0.1"), false: netip.MustParseAddr("2001:db8::1")}
