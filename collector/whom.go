package collector

import (
	"context"
	"strconv"
	"strings"

	"fengsui/collector/contacts"
	"fengsui/configs"
	"fengsui/configs/words"
)

// whom tells whom to call about what an alert's labels name.
func (c *Collector) whom(ctx context.Context, labels map[string]string) ([][2]string, error) {
	return whomOf(ctx, contacts.New(c.db), c.District(), labels)
}

// whomOf tells the people of the first node that has any, and the carriers of
// the circuits that the fault may lie on.
func whomOf(ctx context.Context, book *contacts.Book, d *configs.District, labels map[string]string) (lines [][2]string, err error) {
	node := configs.Node(labels["node"])
	if node == "" && labels["site"] != "" {
		node = configs.NodeOf("site", labels["site"])
	}
	who := answerableFor(d, node)
	for _, n := range who.nodes {
		people, err := book.Of(ctx, n)
		if err != nil {
			return nil, err
		}
		for _, p := range people {
			lines = append(lines, both(func(lang string) string { return person(p, lang) }))
		}
		if len(people) > 0 {
			break
		}
	}
	for _, n := range who.circuits {
		carrier, ok, err := book.Carrier(ctx, n)
		if err != nil {
			return nil, err
		}
		if ok {
			lines = append(lines, both(func(lang string) string { return line(carrier, lang) }))
		}
	}
	return lines, nil
}

func both(say func(lang string) string) [2]string { return [2]string{say("zh"), say("en")} }

func person(p contacts.Contact, lang string) string {
	s := words.Text(words.AlertText+"person", lang, p.Role, p.Name, p.Phone)
	if p.Hours != "" {
		s += words.Text(words.AlertText+"person_hours", lang, p.Hours)
	}
	return s
}

func line(c contacts.Carrier, lang string) string {
	s := words.Text(words.AlertText+"carrier", lang, c.Circuit.ID(), c.Name, c.Hotline, c.Number)
	if c.Contract != "" {
		s += words.Text(words.AlertText+"carrier_contract", lang, c.Contract)
	}
	if c.Repair > 0 {
		s += words.Text(words.AlertText+"carrier_repair", lang, strconv.FormatFloat(c.Repair.Hours(), 'g', 3, 64))
	}
	return s
}

// Answerable are those who may answer for a node: nodes, of which the first
// with contacts is told, and circuits, of which all are.
type answerable struct{ nodes, circuits []configs.Node }

func answerableFor(d *configs.District, node configs.Node) (a answerable) {
	a.nodes = []configs.Node{node}
	id, below, _ := strings.Cut(node.ID(), "/")
	switch node.Kind() {
	case "site":
		a.site(d, id)
		for i := range d.Links { // its uplinks
			if d.Links[i].Between[1] == id {
				a.lines(&d.Links[i], "")
			}
		}
	case "link", "circuit":
		for i := range d.Links {
			if l := &d.Links[i]; l.ID == id {
				a.nodes = append(a.nodes, configs.NodeOf("link", id))
				a.site(d, l.Between[1])
				a.lines(l, below)
			}
		}
	case "device":
		for i := range d.Devices {
			if d.Devices[i].ID == id {
				a.site(d, d.Devices[i].Site)
			}
		}
	case "service":
		for i := range d.Services {
			if d.Services[i].ID == id {
				a.unit(d.Services[i].Owner)
			}
		}
	case "access":
		a.unit(id)
	case "point":
		for i := range d.Points {
			if n := d.Points[i].Node; d.Points[i].ID == id && n != node {
				of := answerableFor(d, n)
				a.nodes, a.circuits = append(a.nodes, of.nodes...), of.circuits
			}
		}
	}
	return a
}

// site adds a site and the unit that owns it.
func (a *answerable) site(d *configs.District, id string) {
	a.nodes = append(a.nodes, configs.NodeOf("site", id))
	if s := d.Site(id); s != nil {
		a.unit(s.Owner)
	}
}

func (a *answerable) unit(id string) {
	if id != "" {
		a.nodes = append(a.nodes, configs.NodeOf("unit", id))
	}
}

// lines adds one circuit of a link, or all.
func (a *answerable) lines(l *configs.Link, only string) {
	for i := range l.Circuits {
		if only == "" || l.Circuits[i].ID == only {
			a.circuits = append(a.circuits, l.Circuits[i].Node())
		}
	}
}
