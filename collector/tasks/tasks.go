// Package tasks says what is still to be done before everything of the
// inventory is at work, and by whom. What is not open (未开通) raises no alert;
// it stands here instead. Nothing is stored: a task is there as long as the
// inventory and the posture say so, and is done when they no longer do.
package tasks

import (
	"cmp"
	"slices"

	"fengsui/collector/posture"
	"fengsui/configs"
	"fengsui/configs/words"
)

// The kinds of tasks, in the order in which a district is set up.
const (
	Enrol        = "enrol"        // a site has no agent
	FirstWord    = "first_word"   // its agent was never heard
	Address      = "address"      // 待登记
	NeverUp      = "never_up"     // a site has never reached a target
	Confirmation = "confirmation" // an access point without its form
	Budget       = "budget"       // a unit of which nobody knows whether it counts
	Unpolled     = "unpolled"     // a link of which nothing is seen
)

// Kinds are all of them.
var Kinds = []string{Enrol, FirstWord, Address, NeverUp, Confirmation, Budget, Unpolled}

// A Task is one thing to do.
type Task struct {
	Kind    string       `json:"kind"`
	Subject configs.Node `json:"subject"`
	Owner   string       `json:"owner"` // a unit's id or a name; "" when nobody is named

	args  []any
	owner string // its name
}

// What it is, and Next what to do, in Chinese for "zh" and in English
// otherwise.
func (t Task) What(lang string) string { return words.Text(words.TaskWhat+t.Kind, lang, t.args...) }
func (t Task) Next(lang string) string { return words.Text(words.TaskNext+t.Kind, lang, t.args...) }

// Who has to do it.
func (t Task) Who(lang string) string {
	if t.owner == "" {
		return words.Text(words.TaskWhat+"nobody", lang)
	}
	return t.owner
}

// Of returns the tasks of a district as it is known now: by owner, the nameless
// one last, then by kind and subject.
func Of(d *configs.District, snap posture.Snapshot) []Task {
	l := listing{d: d, units: map[string]string{}, addressed: map[configs.Node]bool{}}
	for i := range d.Units {
		l.units[d.Units[i].ID] = d.Units[i].Name
	}
	l.addresses()
	for i := range snap.Sites {
		l.site(&snap.Sites[i])
	}
	l.registers()
	slices.SortFunc(l.tasks, func(a, b Task) int {
		return cmp.Or(
			cmp.Compare(nameless(a), nameless(b)), cmp.Compare(a.owner, b.owner), cmp.Compare(a.Owner, b.Owner),
			cmp.Compare(slices.Index(Kinds, a.Kind), slices.Index(Kinds, b.Kind)), cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.What("en"), b.What("en")))
	})
	return l.tasks
}

func nameless(t Task) int {
	if t.owner == "" {
		return 1
	}
	return 0
}

// A Count is how many tasks somebody has.
type Count struct {
	Owner string `json:"owner"` // "": nobody is named
	N     int    `json:"count"`

	task Task
}

// Who is whose they are.
func (c Count) Who(lang string) string { return c.task.Who(lang) }

// Counts counts tasks by owner, in their order.
func Counts(all []Task) []Count {
	var counts []Count
	for _, t := range all {
		if n := len(counts); n == 0 || counts[n-1].Owner != t.Owner {
			counts = append(counts, Count{Owner: t.Owner, task: t})
		}
		counts[len(counts)-1].N++
	}
	return counts
}

type listing struct {
	d         *configs.District
	units     map[string]string     // names by id
	addressed map[configs.Node]bool // has its address to be registered
	tasks     []Task
}

func (l *listing) add(kind string, subject configs.Node, owner string, args ...any) {
	name := owner
	if unit := l.units[owner]; unit != "" {
		name = unit
	}
	l.tasks = append(l.tasks, Task{Kind: kind, Subject: subject, Owner: owner, args: args, owner: name})
}

func named(name, id string) string { return cmp.Or(name, id) }

// addresses are what has a documentation address where a real one is needed.
func (l *listing) addresses() {
	add := func(n configs.Node, owner, name string) {
		if !l.addressed[n] {
			l.addressed[n] = true
			l.add(Address, n, owner, named(name, n.ID()), string(n))
		}
	}
	for i := range l.d.Services {
		switch s := &l.d.Services[i]; {
		case s.Status == "planned": // it is nowhere yet
			l.addressed[s.Node()] = true
		case s.Pending:
			add(s.Node(), s.Owner, s.Name)
		}
	}
	for i := range l.d.Devices {
		if v := &l.d.Devices[i]; v.Pending {
			add(configs.NodeOf("device", v.ID), l.ownerOf(v.Site), v.Name)
		}
	}
	for i := range l.d.Units {
		u := &l.d.Units[i]
		for j := range u.Access {
			if a := &u.Access[j]; a.Pending {
				add(a.Node(), u.ID, u.Name)
			}
		}
	}
}

func (l *listing) ownerOf(site string) string {
	if s := l.d.Site(site); s != nil {
		return s.Owner
	}
	return ""
}

// site adds what a site is short of. Of one without an agent nothing else can
// be known, and nothing else need be done first.
func (l *listing) site(s *posture.Site) {
	node, owner, name := configs.NodeOf("site", s.ID), l.ownerOf(s.ID), named(s.Name, s.ID)
	switch {
	case !s.Enrolled:
		l.add(Enrol, node, owner, name, s.ID)
		return
	case s.Last.IsZero():
		l.add(FirstWord, node, owner, name, s.ID)
		return
	}
	subjects, never := map[string]configs.Node{}, map[string]int{}
	if in := l.d.Site(s.ID); in != nil {
		for _, checks := range [][]configs.Check{in.Checks, in.Pending} {
			for i := range checks {
				subjects[checks[i].ID] = checks[i].Subject
			}
		}
	}
	for i := range s.Checks {
		c := &s.Checks[i]
		switch subject := subjects[c.ID]; {
		case c.Standing == posture.Pending && subject == node && !l.addressed[node]:
			l.addressed[node] = true
			l.add(Address, node, owner, name, string(node))
		case c.Standing == posture.Pending && !l.addressed[subject]: // looked at from many sites: one task
			if subject != "" {
				l.addressed[subject] = true
			}
			l.add(Address, cmp.Or(subject, node), owner, named(c.Target, c.ID), c.ID)
		case c.Standing == posture.Unopened:
			never[named(c.Target, c.ID)]++
		}
	}
	for target, n := range never {
		l.add(NeverUp, node, owner, name, s.ID, l.target(target), n)
	}
}

// target is how people call what a check looks at.
func (l *listing) target(id string) string {
	for i := range l.d.Services {
		if s := &l.d.Services[i]; s.ID == id && s.Name != "" {
			return s.Name
		}
	}
	return id
}

// registers adds what the inventory itself is short of.
func (l *listing) registers() {
	for i := range l.d.Units {
		u := &l.d.Units[i]
		name := named(u.Name, u.ID)
		if u.Budget == "unset" {
			l.add(Budget, configs.NodeOf("unit", u.ID), u.ID, name, u.ID)
		}
		for j := range u.Access {
			if a := &u.Access[j]; a.Confirmation == "" {
				l.add(Confirmation, a.Node(), u.ID, name, a.ID)
			}
		}
	}
	for i := range l.d.Links {
		k := &l.d.Links[i]
		if !slices.ContainsFunc(k.Circuits, func(c configs.Circuit) bool { return c.Device != "" && c.Interface != "" }) {
			l.add(Unpolled, configs.NodeOf("link", k.ID), l.ownerOf(k.Between[0]), named(k.Name, k.ID), k.ID)
		}
	}
}
