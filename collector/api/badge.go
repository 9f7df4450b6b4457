package api

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"fengsui/checks"
	"fengsui/collector/posture"
	"fengsui/configs/calendar"
	"fengsui/configs/words"
)

// A badge tells a state three times, by word, by shape and by colour, so that
// none of them is needed.
type badge struct {
	Class  string // up, degraded, down, unable, silent, unopened, unjudged, closed, pending
	Symbol string
	Word   string
}

// states are all names of states on the page, worst first.
var states = []string{"down", "silent", "degraded", "unable", "unjudged", "closed", "unopened", "pending", "up"}

var symbols = map[string]string{
	"up": "✓", "degraded": "▲", "down": "✕", "unable": "?", "silent": "□", "unopened": "○", "closed": "◇", "unjudged": "…", "pending": "–",
}

func (v *view) badge(state string) badge {
	key := words.State + state
	if state == "unjudged" || state == "pending" || state == "closed" {
		key = words.Plain + state
	}
	return badge{Class: state, Symbol: symbols[state], Word: words.Text(key, v.lang)}
}

func faceState(f *posture.Face) string {
	switch f.Standing {
	case posture.Known:
		return f.State.String()
	case posture.Unjudged:
		return "unjudged"
	}
	return "unopened"
}

func checkState(c *posture.Check) string {
	if c.Standing == posture.Pending {
		return "pending"
	}
	if len(c.Families) == 0 {
		return "unopened"
	}
	return faceState(&c.Families[0])
}

// shownState is the state of a check as it is shown of its site: what is
// silent there since the site went home is no trouble of its own.
func shownState(s *posture.Site, c *posture.Check) string {
	state := checkState(c)
	if state == "silent" && cutOff(s) && s.OffDuty {
		return "closed"
	}
	return state
}

// siteState is the site's own state where nothing comes from it, and
// otherwise the worst that is known of its checks; one that is silent while
// its site speaks counts as unable, so that silent sites are those that are
// cut off. A site of which no check is known is not up: nobody has looked. Nor
// is one with a check that was in trouble and has not been looked at since.
func siteState(s *posture.Site) string {
	switch {
	case s.Standing == posture.Unopened:
		return "unopened"
	case s.Standing == posture.Unjudged:
		return "unjudged"
	case s.State == checks.Silent && s.OffDuty:
		return "closed"
	case s.State == checks.Silent:
		return "silent"
	case len(s.Checks) == 0:
		return "up"
	}
	seen, doubt := map[string]bool{}, false
	for i := range s.Checks {
		c := &s.Checks[i]
		state := checkState(c)
		switch {
		case state == "silent":
			state = "unable"
		case state == "unjudged" && c.Families[0].Seen != checks.Up:
			doubt = true
		}
		seen[state] = true
	}
	for _, state := range []string{"down", "degraded", "unable", "up", "unjudged"} {
		switch {
		case seen[state] && state == "up" && doubt:
			return "unjudged"
		case seen[state]:
			return state
		}
	}
	return "unopened"
}

func cutOff(s *posture.Site) bool {
	return s.Standing == posture.Known && s.State == checks.Silent
}

// present takes back what can no longer be said: of a site that is cut off,
// the states of checks that are not silent yet; after the collector failed,
// every state. They are shown as what was seen last. It returns copies.
func present(sites []posture.Site, failed bool) []posture.Site {
	sites = slices.Clone(sites)
	for i := range sites {
		s := &sites[i]
		if !failed && !cutOff(s) {
			continue
		}
		if failed && s.Standing == posture.Known {
			s.Standing = posture.Unjudged
		}
		s.Checks = slices.Clone(s.Checks)
		for j := range s.Checks {
			c := &s.Checks[j]
			c.Families = slices.Clone(c.Families)
			for k := range c.Families {
				if f := &c.Families[k]; f.Standing == posture.Known && (failed || f.State != checks.Silent) {
					f.Standing = posture.Unjudged
				}
			}
		}
	}
	return sites
}

// count counts sites by state.
func (v *view) count(snap posture.Snapshot) {
	n := map[string]int{}
	for i := range snap.Sites {
		n[siteState(&snap.Sites[i])]++
	}
	v.Total = len(snap.Sites)
	for _, s := range states {
		if s == "pending" || (s == "unjudged" || s == "closed") && n[s] == 0 {
			continue
		}
		v.Counts = append(v.Counts, count{v.badge(s), n[s]})
	}
}

// counts counts the checks of a site.
func (v *view) counts(s *posture.Site) []count {
	n := map[string]int{}
	for i := range s.Checks {
		n[shownState(s, &s.Checks[i])]++
	}
	var all []count
	for _, state := range states {
		if n[state] > 0 {
			all = append(all, count{v.badge(state), n[state]})
		}
	}
	return all
}

// duration writes a length of time for people, in its two largest units.
func (v *view) duration(d time.Duration) string {
	s := max(0, int(d/time.Second))
	switch {
	case s < 60:
		return v.T("seconds", s)
	case s < 3600:
		return v.T("minutes", s/60, s%60)
	case s < 48*3600:
		return v.T("hours", s/3600, s/60%60)
	}
	return v.T("days", s/86400, s/3600%24)
}

// clock writes a moment with its day, since a page hangs on a wall over midnight.
// Alerts and reports are in the district's time, wherever the collector stands.
func clock(t time.Time) string { return t.In(calendar.Zone).Format("01-02 15:04:05") }

// hour is the time of a day that is known.
func hour(t time.Time) string { return t.In(calendar.Zone).Format(time.TimeOnly) }

// size writes bytes for people.
func size(n uint64) string {
	const unit = 1024
	f, i := float64(n), 0
	for f >= unit && i < 5 {
		f /= unit
		i++
	}
	if i == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %ciB", f, " KMGTP"[i])
}

func number(n int) string { return strconv.Itoa(n) }
