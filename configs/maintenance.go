package configs

import (
	"cmp"
	"slices"
	"time"

	"fengsui/configs/calendar"
	"fengsui/configs/words"
)

// A Maintenance is work or a power cut that was announced and approved: what
// fails or is dark for it is not held against a unit in the access rate
// (domain 2.1, 4). It silences no alert.
type Maintenance struct {
	ID, Name string
	On       []Node    // what is worked on; with it what is only reached through it
	From, To time.Time // To is behind the end
	Approved string    // by whom
	Reason   string    // number of the notice; may be empty
}

// longestMaintenance is how long one may last: what lasts longer is no
// maintenance.
const longestMaintenance = 31 * day

// A maintenanceDraft is one and where it is described.
type maintenanceDraft struct {
	m  Maintenance
	on []string
	b  *block
}

func (l *loading) maintenanceBlock(b *block) {
	d := &maintenanceDraft{m: Maintenance{ID: b.labels[0], Name: b.labels[0]}, b: b}
	m := &d.m
	read(b, "name", &m.Name, wantLine(maxName))
	must(b, "on", &d.on, listOf(1, wantNode), words.WantNode)
	from := must(b, "from", &m.From, wantMoment, words.WantMoment)
	to := must(b, "to", &m.To, wantMoment, words.WantMoment)
	must(b, "approved", &m.Approved, wantLine(maxName), words.WantApproved)
	read(b, "reason", &m.Reason, orEmpty(wantLine(maxTarget)))
	switch {
	case !from || !to || !b.has("from") || !b.has("to"):
	case !m.To.After(m.From):
		l.problem(b.where("to"), phrase(words.ConfigEndsEarly, moment(m.To), moment(m.From)))
	case m.To.Sub(m.From) > longestMaintenance:
		l.problem(b.where("to"), phrase(words.ConfigMaintenanceLong, span(m.To.Sub(m.From)), span(longestMaintenance)))
	}
	b.done()
	if l.add("maintenance", b) {
		l.maintenances = append(l.maintenances, d)
	}
}

const momentForm = "2006-01-02 15:04"

func moment(t time.Time) string { return t.In(calendar.Zone).Format(momentForm) }

// wantMoment is a minute of the district's time.
func wantMoment(l literal) (time.Time, *wrong) {
	if l.kind == 't' {
		if t, err := time.ParseInLocation(momentForm, l.text, calendar.Zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, wants(words.WantMoment)
}

// finishMaintenance judges what maintenances refer to.
func (l *loading) finishMaintenance() []Maintenance {
	var all []Maintenance
	for _, d := range l.maintenances {
		for i, name := range d.on {
			if l.refersNode(element(d.b, "on", i), Node(name)) {
				d.m.On = append(d.m.On, Node(name))
			}
		}
		all = append(all, d.m)
	}
	slices.SortFunc(all, func(a, b Maintenance) int { return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.ID, b.ID)) })
	return all
}
