package posture

import (
	"strconv"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"fengsui/configs"
)

// subjects are the things of the inventory that checks look at.
type subjects map[configs.Node]subject

// A subject is what rules want to know of a node: empty where it has none.
type subject struct{ name, tier, role, link string }

func newSubjects(d *configs.District) subjects {
	all := subjects{}
	for i := range d.Sites {
		all[d.Sites[i].Node()] = subject{name: d.Sites[i].Name}
	}
	for i := range d.Services {
		s := &d.Services[i]
		role := ""
		if s.Resolver {
			role = "resolver"
		}
		all[s.Node()] = subject{name: s.Name, tier: strconv.Itoa(s.Tier), role: role}
	}
	for i := range d.Devices {
		all[configs.NodeOf("device", d.Devices[i].ID)] = subject{name: d.Devices[i].Name}
	}
	for i := range d.Links {
		l := &d.Links[i]
		all[configs.NodeOf("link", l.ID)] = subject{name: l.Name, tier: l.Tier, link: l.ID}
		for j := range l.Circuits {
			all[l.Circuits[j].Node()] = subject{name: l.Name, tier: l.Tier, link: l.ID}
		}
	}
	for i := range d.Units {
		for j := range d.Units[i].Access {
			all[d.Units[i].Access[j].Node()] = subject{name: d.Units[i].Name}
		}
	}
	return all
}

// info makes the labels of fengsui_target_info, one series a check: a rule
// joins it on (site, check), which is one to one. The label target alone is
// not, because a site and a service may have the same id. A check of nothing
// of the inventory has none.
func (all subjects) info(site string, c *configs.Check) labels.Labels {
	if c.Subject == "" {
		return labels.EmptyLabels()
	}
	s := all[c.Subject]
	b := labels.NewBuilder(labels.EmptyLabels())
	for name, value := range map[string]string{
		model.MetricNameLabel: "fengsui_target_info", "site": site, "check": c.ID, "target": c.TargetName,
		"node": string(c.Subject), "kind": c.Subject.Kind(), "name": s.name, "tier": s.tier, "role": s.role, "link": s.link,
	} {
		b.Set(name, value)
	}
	return b.Labels()
}

// collectInfo writes what a check looks at, with its other known series.
func (c *check) collectInfo(w *writing, full bool) {
	switch {
	case !c.listed || c.info.labels.IsEmpty():
		w.end(&c.info)
	case full || !c.info.has:
		w.put(&c.info, 1)
	}
}
