package configs

import (
	"net"
	"net/url"
	"slices"
	"strings"

	"fengsui/configs/words"
)

// A serviceDraft is a service and where it is described.
type serviceDraft struct {
	service Service
	anchors []string
	b       *block
}

func (l *loading) serviceBlock(b *block) {
	d := &serviceDraft{service: Service{ID: b.labels[0], Name: b.labels[0], Tier: 3, Status: "live"}, b: b}
	s := &d.service
	read(b, "name", &s.Name, wantLine(maxName))
	must(b, "target", &s.Target, wantLine(maxTarget), words.WantTarget)
	read(b, "owner", &s.Owner, orEmpty(wantLine(maxName)))
	read(b, "supervisor", &s.Supervisor, orEmpty(wantLine(maxName)))
	read(b, "section", &s.Section, orEmpty(wantLine(maxCode)))
	read(b, "tier", &s.Tier, wantInt(1, 3))
	read(b, "cii", &s.CII, wantBool)
	read(b, "grade", &s.Grade, wantInt(1, 4))
	read(b, "record", &s.Record, orEmpty(wantLine(maxConfirmation)))
	read(b, "layer", &s.Layer, oneOf(Layers...))
	read(b, "status", &s.Status, oneOf(Statuses...))
	read(b, "resolver", &s.Resolver, wantBool)
	read(b, "addresses", &s.Addresses, listOf(0, wantAddr))
	read(b, "anchors", &d.anchors, listOf(0, wantName))
	l.dependsOn(b, NodeOf("service", s.ID), &s.DependsOn)
	_, declared := pendingAddr(s.Addresses...)
	s.Pending = declared || placeholder(hostOf(s.Target))
	b.done()
	if l.add("service", b) {
		l.services = append(l.services, d)
	}
}

// finishServices judges what services refer to.
func (l *loading) finishServices() {
	for _, d := range l.services {
		for word, who := range map[string]string{"owner": d.service.Owner, "supervisor": d.service.Supervisor} {
			// A name is a unit's where units are described; a text is as it was written.
			if namePattern.MatchString(who) && len(l.units) > 0 {
				l.refers(d.b.where(word), "unit", who)
			}
		}
		for i, site := range d.anchors {
			l.refers(element(d.b, "anchors", i), "site", site)
		}
	}
}

// hostOf is the host that a target of any kind most likely names; its kind
// knows for certain.
func hostOf(target string) string {
	if strings.Contains(target, "://") {
		if u, err := url.Parse(target); err == nil {
			return u.Hostname()
		}
	}
	if host, _, err := net.SplitHostPort(target); err == nil {
		return host
	}
	return strings.Trim(target, "[]")
}

// anchorsOf chooses the sites that look at a service often, among those that
// look at all: those that it names, else one of each kind from the hub down,
// by a hash, so that services spread over the sites (domain 1.3, VANTAGE).
func (d *serviceDraft) anchorsOf(sites []*siteDraft) []string {
	if len(d.anchors) > 0 {
		return d.anchors
	}
	var chosen []string
	for _, kind := range []string{"hub", "town", "community"} {
		var best string
		var least uint64
		for _, s := range sites {
			if h := hashOf(d.service.ID, s.site.ID); s.site.Kind == kind && (best == "" || h < least) {
				best, least = s.site.ID, h
			}
		}
		if best != "" {
			chosen = append(chosen, best)
		}
	}
	for _, s := range sites { // few kinds: whoever there is
		if len(chosen) >= maxAnchors {
			break
		}
		if !slices.Contains(chosen, s.site.ID) {
			chosen = append(chosen, s.site.ID)
		}
	}
	return chosen
}

// maxAnchors is how many sites look at a service often (design §6).
const maxAnchors = 3
