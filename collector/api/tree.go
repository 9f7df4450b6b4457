package api

import (
	"strings"
	"time"

	"fengsui/checks"
	"fengsui/collector/outages"
	"fengsui/collector/posture"
	"fengsui/configs/words"
)

type count struct {
	badge
	N int
}

type siteRow struct {
	Badge                          badge
	Anchor, Branch, Name, Kind, ID string
	Counts                         []count
	Lost                           string
	Note                           string // what this machine lacks
	About                          string
	Outage                         string // when it was last not heard
	Contact                        string
	Checks                         []checkRow
}

type checkRow struct {
	Badge                     badge
	ID, Kind, Target, Address string
	Families                  []familyChip
	Why, Age, Since           string
}

type familyChip struct {
	badge
	Family string
}

// tree lists the sites below their parents, each with its checks. Sites whose
// parent is unknown, or is itself, stand at the top.
func (p *plain) tree(v *view, snap posture.Snapshot, agents map[string]AgentInfo, out map[string]outages.Outage, all bool, hidden *int) []siteRow {
	known := map[string]bool{}
	for i := range snap.Sites {
		known[snap.Sites[i].ID] = true
	}
	children := map[string][]*posture.Site{}
	for i := range snap.Sites {
		s := &snap.Sites[i]
		parent := s.Parent
		if !known[parent] {
			parent = ""
		}
		children[parent] = append(children[parent], s)
	}
	var rows []siteRow
	done := map[string]bool{}
	var walk func(s *posture.Site, branch string)
	walk = func(s *posture.Site, branch string) {
		if done[s.ID] {
			return
		}
		done[s.ID] = true
		rows = append(rows, p.site(v, s, branch, agents, snap.At, all, hidden))
		last, known := out[s.ID]
		rows[len(rows)-1].Outage = v.outage(s, last, known, snap.At)
		below := children[s.ID]
		for i, c := range below {
			next := strings.ReplaceAll(strings.ReplaceAll(branch, "├ ", "│ "), "└ ", "  ")
			if i == len(below)-1 {
				walk(c, next+"└ ")
			} else {
				walk(c, next+"├ ")
			}
		}
	}
	for _, s := range children[""] {
		walk(s, "")
	}
	for i := range snap.Sites { // a ring of parents hangs on nothing
		walk(&snap.Sites[i], "")
	}
	return rows
}

func (p *plain) site(v *view, s *posture.Site, branch string, agents map[string]AgentInfo, now time.Time, all bool, hidden *int) siteRow {
	row := siteRow{
		Badge: v.badge(siteState(s)), Anchor: anchor(s.ID), Branch: branch, Name: s.Name, ID: s.ID,
		Kind: words.Text(words.SiteKind+s.Kind, v.lang), Counts: v.counts(s),
	}
	if row.Name == "" {
		row.Name = s.ID
	}
	if s.Kind == "" {
		row.Kind = ""
	}
	switch {
	case !s.Last.IsZero():
		row.Contact = v.T("contact", v.duration(s.Age))
	case s.Enrolled:
		row.About = v.T("waits")
	default:
		row.About = v.T("no_agent")
	}
	switch {
	case cutOff(s) && s.OffDuty:
		row.Lost = v.T("closed_lost")
	case cutOff(s):
		row.Lost = v.T("lost")
	}
	if a, ok := agents[s.ID]; ok {
		row.Note, row.About = v.agent(s, a, now)
	}
	for i := range s.Checks {
		c := &s.Checks[i]
		name := shownState(s, c)
		if !all && (name == "up" || cutOff(s) && s.OffDuty) {
			*hidden++
			continue
		}
		row.Checks = append(row.Checks, p.check(v, c, name))
	}
	return row
}

// spoolNoted is from which share on a spool is worth a word.
const spoolNoted = 0.1

// spool says how full a spool is, since when, and how long it lasts.
func (v *view) spool(s posture.Spool, now time.Time) string {
	filled := int(100 * s.Filled)
	switch left, known := s.Left(now); {
	case s.Full():
		return v.T("spool_full", filled)
	case !known:
		return v.T("spool", filled)
	default:
		return v.T("spool_left", filled, clock(s.Oldest), v.duration(left))
	}
}

// agent says what a machine lacks, and what it is.
func (v *view) agent(s *posture.Site, a AgentInfo, now time.Time) (lacks, about string) {
	var notes []string
	if !a.Clone.IsZero() {
		notes = append(notes, v.T("clone", clock(a.Clone)))
	}
	switch {
	case !a.Asks.IsZero():
		notes = append(notes, v.T("asks", clock(a.Expired), clock(a.Asks)))
	case !a.Expired.IsZero():
		notes = append(notes, v.T("expired", clock(a.Expired)))
	}
	if !a.Replaced.IsZero() {
		notes = append(notes, v.T("replaced", clock(a.Replaced), a.Unpushed))
	}
	if !a.WentBack.IsZero() {
		notes = append(notes, v.T("went_back", clock(a.WentBack)))
	}
	if !a.IPv4 {
		notes = append(notes, v.T("no_v4"))
	}
	if !a.IPv6 {
		notes = append(notes, v.T("no_v6"))
	}
	if a.ICMPMode == "none" {
		notes = append(notes, v.T("icmp_none"))
	}
	switch ahead := s.Ahead; {
	case ahead > time.Second:
		notes = append(notes, v.T("clock_ahead", v.duration(ahead)))
	case ahead < -time.Second:
		notes = append(notes, v.T("clock_behind", v.duration(-ahead)))
	}
	if spool := s.Spool; spool.Filled >= spoolNoted {
		notes = append(notes, v.spool(spool, now))
	}
	note := a.NoteEN
	if v.lang == "zh" {
		note = a.NoteZH
	}
	if note != "" {
		notes = append(notes, note)
	}
	for _, m := range a.Missing {
		if m.Code == "lost" {
			notes = append(notes, v.T("lost_results", m.Count))
		} else {
			notes = append(notes, v.T("refused_results", m.Count, words.Text(words.Refused+m.Code, v.lang)))
		}
	}
	var parts []string
	if a.ICMPMode != "" && a.ICMPMode != "none" {
		parts = append(parts, v.T("icmp", a.ICMPMode))
	}
	if a.Version != "" {
		parts = append(parts, v.T("agent", a.Version))
	}
	return strings.Join(notes, v.T("join")), strings.Join(parts, " · ")
}

func (p *plain) check(v *view, c *posture.Check, name string) checkRow {
	row := checkRow{Badge: v.badge(name), ID: c.ID, Kind: c.Kind, Target: c.Target, Address: c.Address}
	if c.Target == c.ID {
		row.Target, row.Address = c.Address, ""
	}
	fresh := name != "silent" && name != "closed" && name != "unjudged"
	switch {
	case name == "pending":
		row.Why = v.T("pending_target")
		return row
	case len(c.Families) == 0:
		row.Why = v.T("never_seen")
		return row
	}
	f := &c.Families[0]
	why := p.reasons.Render(f.Reason, v.lang)
	seen := words.Text(words.State+f.Seen.String(), v.lang)
	switch {
	case name == "unopened" && why == "":
		row.Why = v.T("never_up")
	case name == "unopened":
		row.Why = v.T("never_up_why", why)
	case fresh:
		row.Why = why
	case why == "":
		row.Why = v.T("last_seen", seen)
	default:
		row.Why = v.T("last_why", seen, why)
	}
	row.Age = v.T("ago", v.duration(f.Age))
	if f.Seen != checks.Up && fresh && name != "unopened" {
		row.Since = v.T("since") + " " + clock(f.Since)
	}
	for _, f := range c.Families[1:] {
		state := faceState(&f)
		if name == "closed" && state == "silent" {
			state = name
		}
		row.Families = append(row.Families, familyChip{v.badge(state), f.Family.String()})
	}
	return row
}

func anchor(site string) string { return "site-" + site }
