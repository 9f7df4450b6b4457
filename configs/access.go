package configs

import (
	"time"

	"fengsui/configs/calendar"
	"fengsui/configs/words"
)

// A unitDraft is a unit and where it is described.
type unitDraft struct {
	unit   Unit
	b      *block
	access []*block
}

func (l *loading) unitBlock(b *block) {
	d := &unitDraft{unit: Unit{ID: b.labels[0], Name: b.labels[0], Budget: BudgetStates[0]}, b: b}
	u := &d.unit
	read(b, "name", &u.Name, wantLine(maxName))
	read(b, "code", &u.Code, orEmpty(wantLine(maxCode)))
	read(b, "budget", &u.Budget, oneOf(BudgetStates...))
	read(b, "level", &u.Level, wantInt(1, 2))
	if u.Budget == "yes" && u.Level == 0 && !b.has("level") {
		l.problem(b.where("budget"), phrase(words.ConfigBudgetLevel, b.name))
	}
	b.each("access", `access "main"`, func(in *block) { l.accessBlock(in, d) })
	b.done()
	if l.add("unit", b) {
		l.units = append(l.units, d)
	}
}

// Bounds of texts, in characters.
const (
	maxCode         = 32
	maxConfirmation = 64
)

// accessBlock reads where a unit is connected.
func (l *loading) accessBlock(b *block, d *unitDraft) {
	a := AccessPoint{ID: b.labels[0], Unit: d.unit.ID, Required: true, AccessType: "fiber"}
	read(b, "site", &a.Site, wantName)
	read(b, "required", &a.Required, wantBool)
	read(b, "sources", &a.Sources, onePerFamily)
	read(b, "interface", &a.Interface, wantLine(15)) // IFNAMSIZ of Linux, without its end
	if len(a.Sources) > 0 && a.Interface != "" {
		l.problem(b.where("interface"), phrase(words.ConfigSourceTwice))
	}
	read(b, "gateways", &a.Gateways, onePerFamily)
	read(b, "prefixes", &a.Prefixes, listOf(0, wantPrefix))
	read(b, "seen", &a.Seen, listOf(0, wantPrefix))
	read(b, "access", &a.AccessType, oneOf(AccessTypes...))
	read(b, "link", &a.Link, wantName)
	read(b, "cir", &a.CIR, wantRate(leastRate, mostRate))
	read(b, "confirmation", &a.Confirmation, orEmpty(wantLine(maxConfirmation)))
	read(b, "approved", &a.Approved, orEmpty(wantLine(maxName)))
	read(b, "opened", &a.Opened, wantDay)
	_, a.Pending = pendingAddr(append(a.Sources, a.Gateways...)...)
	b.done()
	whole := *b
	whole.labels = []string{a.Unit + "/" + a.ID}
	if l.add("access", &whole) {
		d.unit.Access = append(d.unit.Access, a)
		d.access = append(d.access, b)
	}
}

// wantDay is a day, at its beginning in the district's time.
func wantDay(l literal) (time.Time, *wrong) {
	if l.kind == 't' {
		if t, err := time.ParseInLocation(time.DateOnly, l.text, calendar.Zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, wants(words.WantDay)
}

// siteNamed returns the draft of a site, or nil.
func (l *loading) siteNamed(id string) *siteDraft {
	for _, s := range l.sites {
		if s.site.ID == id {
			return s
		}
	}
	return nil
}

// finishUnits judges what units refer to.
func (l *loading) finishUnits() []Unit {
	var all []Unit
	for _, d := range l.units {
		for i, a := range d.unit.Access {
			if a.Site != "" {
				l.refers(d.access[i].where("site"), "site", a.Site)
			}
			if a.Link != "" {
				l.refers(d.access[i].where("link"), "link", a.Link)
			}
		}
		for i, a := range d.unit.Access {
			if at := l.siteNamed(a.Site); at != nil && len(a.Prefixes)+len(a.Seen)+len(at.site.Prefixes) == 0 {
				l.warn(d.access[i].at, phrase(words.ConfigNoPrefix, d.unit.ID+"/"+a.ID, at.b.name))
			}
		}
		all = append(all, d.unit)
	}
	return all
}
