package collector

import (
	"slices"
	"strings"
	"time"

	"fengsui/checks"
	"fengsui/checks/all"
	"fengsui/collector/alerts"
	"fengsui/collector/graph"
	"fengsui/collector/posture"
	"fengsui/configs"
	"fengsui/configs/calendar"
	"fengsui/configs/words"
)

// facts looks once at what is known now, and tells of it what an alert's labels
// name: its name, what it takes along, and the newest result that speaks of it.
func (c *Collector) facts() func(labels map[string]string) alerts.Facts {
	k := knowledge{d: c.District(), g: c.Graph(), snap: c.posture.Snapshot(), reasons: checks.NewCatalogue(all.Kinds())}
	k.h = k.g.Health(k.snap, c.silence)
	return k.facts
}

type knowledge struct {
	d       *configs.District
	g       *graph.Graph
	h       graph.Health
	snap    posture.Snapshot
	reasons checks.Catalogue
}

func (k knowledge) facts(labels map[string]string) (f alerts.Facts) {
	node := configs.Node(labels["node"])
	switch {
	case node == "":
		f.Where, f.Evidence = siteName(k.d, labels["site"]), heard(k.snap, labels["site"])
	case node.Kind() == "site":
		f.Where, f.Evidence = siteName(k.d, node.ID()), heard(k.snap, node.ID())
	default:
		f.Where, f.Evidence = named(labels["name"], node.ID()), newest(k.d, k.snap, k.reasons, node, labels["family"])
	}
	// What is lost over one family alone still has its way over the other.
	if family := labels["family"]; k.g.Has(node) && family != checks.V4.String() && family != checks.V6.String() {
		f.Reached, f.Reach = true, k.reach(node)
	}
	return f
}

// reach names what loses its only way when a node fails, sites first. A
// circuit's own link is no news.
func (k knowledge) reach(node configs.Node) (all [][2]string) {
	r := k.g.Reach(node, k.h)
	for _, n := range slices.Concat(r.Sites, r.Units, r.Services, r.Links) {
		if link, _, _ := strings.Cut(node.ID(), "/"); node.Kind() == "circuit" && n == configs.NodeOf("link", link) {
			continue
		}
		title := k.g.Title(n)
		if title == string(n) {
			title = n.ID()
		}
		all = append(all, named(title, n.ID()))
	}
	return all
}

// named is a name with its id: people search by either.
func named(name, id string) [2]string {
	switch {
	case name == "" || name == id:
		return [2]string{id, id}
	case id == "":
		return [2]string{name, name}
	}
	return [2]string{words.Text(words.AlertText+"named", "zh", name, id), words.Text(words.AlertText+"named", "en", name, id)}
}

func siteName(d *configs.District, id string) [2]string {
	if s := d.Site(id); s != nil {
		return named(s.Name, id)
	}
	return named("", id)
}

// heard says when anything came from a site.
func heard(snap posture.Snapshot, site string) (text [2]string) {
	at := slices.IndexFunc(snap.Sites, func(s posture.Site) bool { return s.ID == site })
	if at < 0 || snap.Sites[at].Last.IsZero() {
		return text
	}
	last := snap.Sites[at].Last.In(calendar.Zone).Format(time.DateTime)
	return both(func(lang string) string {
		return waits(words.Text(words.AlertText+"heard", lang, last), snap.Sites[at].Spool, snap.At, lang)
	})
}

// spoolNoted is from which share on a spool is evidence.
const spoolNoted = 0.5

// waits adds to what was heard of an agent how full its spool is.
func waits(text string, s posture.Spool, now time.Time, lang string) string {
	filled := int(100 * s.Filled)
	switch left, known := s.Left(now); {
	case s.Filled < spoolNoted:
		return text
	case s.Full():
		return words.Text(words.AlertText+"spool_full", lang, text, filled)
	case !known:
		return words.Text(words.AlertText+"spool", lang, text, filled)
	default:
		return words.Text(words.AlertText+"spool_left", lang, text, filled, s.Oldest.In(calendar.Zone).Format(time.DateTime), alerts.Lasting(left, lang))
	}
}

// newest is the newest bad result of a node that is still known: who saw it,
// when, and what. Silence and inability are no evidence against it.
func newest(d *configs.District, snap posture.Snapshot, reasons checks.Catalogue, node configs.Node, family string) (text [2]string) {
	var best posture.Face
	for i := range snap.Sites {
		s := &snap.Sites[i]
		for j := range s.Checks {
			if subjectOf(d, s.ID, s.Checks[j].ID) != node {
				continue
			}
			for _, f := range s.Checks[j].Families {
				bad := f.Standing == posture.Known && (f.State == checks.Down || f.State == checks.Degraded)
				if !bad || family != "" && f.Family.String() != family || !f.At.After(best.At) {
					continue
				}
				best = f
				for k, lang := range []string{"zh", "en"} {
					text[k] = words.Text(words.AlertText+"saw", lang, siteName(d, s.ID)[k],
						f.At.In(calendar.Zone).Format(time.DateTime), reasons.Render(f.Reason, lang))
				}
			}
		}
	}
	return text
}

func subjectOf(d *configs.District, site, check string) configs.Node {
	if s := d.Site(site); s != nil {
		for i := range s.Checks {
			if s.Checks[i].ID == check {
				return s.Checks[i].Subject
			}
		}
	}
	return ""
}
