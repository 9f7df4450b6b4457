package configs

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"fengsui/configs/words"
)

// A siteDraft is a site before its checks are compiled.
type siteDraft struct {
	site     Site
	b        *block
	checks   []*checkDraft
	profiles []string
	sample   bool // there is no such site: an unused profile is read with it
}

// maxName bounds the names that people read, in characters.
const maxName = 64

func (l *loading) siteBlock(b *block) {
	s := &siteDraft{site: Site{ID: b.labels[0], Name: b.labels[0], Access: AccessTypes[0]}, b: b}
	read(b, "name", &s.site.Name, wantLine(maxName))
	must(b, "kind", &s.site.Kind, oneOf(SiteKinds...), words.WantSiteKind)
	read(b, "parent", &s.site.Parent, wantName)
	read(b, "code", &s.site.Code, orEmpty(wantLine(maxCode)))
	read(b, "owner", &s.site.Owner, orEmpty(wantName))
	read(b, "access", &s.site.Access, oneOf(AccessTypes...))
	read(b, "demand", &s.site.Demand, wantBool)
	read(b, "cir", &s.site.CIR, wantRate(leastRate, mostRate))
	read(b, "gateways", &s.site.Gateways, onePerFamily)
	read(b, "prefixes", &s.site.Prefixes, listOf(0, wantPrefix))
	read(b, "hours", &s.site.Hours.Name, wantName)
	read(b, "profiles", &s.profiles, listOf(0, wantName))
	s.site.Profiles = s.profiles
	l.dependsOn(b, s.site.Node(), &s.site.DependsOn)
	b.each("check", `check "icmp" "gateway"`, func(in *block) { s.checks = append(s.checks, l.checkBlock(in, inSite)) })
	b.done()
	if !l.add("site", b) {
		return
	}
	if len(l.sites) == maxSites {
		l.problem(b.at, phrase(words.ConfigTooMany, "site", strconv.Itoa(maxSites)))
		return
	}
	l.sites = append(l.sites, s)
}

// finishSites judges what sites refer to.
func (l *loading) finishSites() {
	for _, s := range l.sites {
		if s.site.Owner != "" {
			l.refers(s.b.where("owner"), "unit", s.site.Owner)
		}
		if name := s.site.Hours.Name; name != "" && (name == officeHours.Name || l.refers(s.b.where("hours"), "hours", name)) {
			s.site.Hours = l.hours[name]
		}
	}
}

// parents judges the tree of sites.
func (l *loading) parents() {
	if len(l.sites) == 0 && l.whole() && len(l.problems) == 0 {
		l.warnFile(l.root, phrase(words.ConfigNoSites))
	}
	byID := map[string]*siteDraft{}
	for _, s := range l.sites {
		byID[s.site.ID] = s
	}
	reported := map[string]bool{}
	for _, s := range l.sites {
		if s.site.Parent == "" || !l.reference(s.b.where("parent"), "site", s.site.Parent, words.ConfigParentUnknown) {
			continue
		}
		var way []string
		for at := s; at != nil && !reported[at.site.ID]; at = byID[at.site.Parent] {
			if i := slices.Index(way, at.site.ID); i >= 0 {
				circle := way[i:]
				for _, id := range circle {
					reported[id] = true
				}
				l.problem(at.b.where("parent"), phrase(words.ConfigParentCycle, strings.Join(append(circle, circle[0]), " → ")))
				break
			}
			way = append(way, at.site.ID)
		}
		for _, id := range way { // what was walked once needs no second look
			reported[id] = true
		}
	}
}

// compile gives every site its checks: its own and its profiles', and those of
// the top level that name it or its kind.
func (l *loading) compile() []Site {
	all := map[*siteDraft][]*checkDraft{}
	total := 0
	told := map[*checkDraft]bool{}
	for _, s := range l.sites {
		seen := map[string]*checkDraft{}
		for _, draft := range slices.Concat(s.checks, l.checks) {
			if draft == nil || draft.from == atTop && !draft.runsAt(s.site) {
				continue
			}
			if first := seen[draft.check.ID]; first != nil {
				if !told[draft] {
					l.problem(draft.b.at, phrase(words.ConfigCheckTwice, quote(draft.check.ID), quote(s.site.ID), l.place(first.b.at)))
				}
				told[draft] = true
				continue
			}
			seen[draft.check.ID] = draft
			if total++; total > maxChecks {
				l.problem(draft.b.at, phrase(words.ConfigTooMany, "check", strconv.Itoa(maxChecks)))
				return nil
			}
			all[s] = append(all[s], draft)
		}
	}
	l.rotate(all)
	var sites []Site
	for _, s := range l.sites {
		for _, draft := range all[s] {
			if draft.pending {
				s.site.Pending = append(s.site.Pending, draft.check)
			} else {
				s.site.Checks = append(s.site.Checks, draft.check)
			}
		}
		byID := func(a, b Check) int { return cmp.Compare(a.ID, b.ID) }
		slices.SortFunc(s.site.Checks, byID)
		slices.SortFunc(s.site.Pending, byID)
		for i := range s.site.Checks {
			s.site.Checks[i].Number = uint32(i + 1)
		}
		sites = append(sites, s.site)
	}
	return sites
}
