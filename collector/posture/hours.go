package posture

import (
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"fengsui/checks"
	"fengsui/configs/calendar"
)

// longestClosed bounds the search for the next opening.
const longestClosed = 31 // days

// missedFrom is when a site that was heard last at the given time is first
// missed. Within the hours that is at once. Outside of them, or within the
// grace before their end, in which people leave, it is when it should have been
// back, the grace in which they come included. It depends on
// nothing else, so that a cut of the afternoon stays a cut at night, also after
// a restart.
func missedFrom(h calendar.Hours, c *calendar.Calendar, grace time.Duration, last time.Time) time.Time {
	if h.Always() {
		return last
	}
	first := calendar.DateOf(last)
	for i := range longestClosed {
		day := first.AddDays(i)
		open, shut, ok := h.On(c, day)
		switch {
		case !ok:
		case last.Before(day.At(open)):
			return day.At(open + grace)
		case last.Before(day.At(shut - grace)):
			return last
		}
	}
	return first.AddDays(longestClosed).At(0)
}

// excused says whether its hours explain why nothing comes from a site.
func (p *Posture) excused(s *site) bool {
	return p.calendar != nil && p.clock.wall.Before(missedFrom(s.hours, p.calendar, p.dutyGrace, s.last))
}

// collectHours writes, for a site that has hours, whether its silence is 下班.
func (p *Posture) collectHours(w *writing, s *site, j judgement, full bool) {
	if s.hours.Always() || !s.listed || j.how == absent {
		w.end(&s.offDuty)
		return
	}
	if s.offDuty.labels.IsEmpty() {
		s.offDuty.labels = labels.FromStrings(model.MetricNameLabel, "fengsui_known_site_off_duty", "site", s.id)
	}
	off := j.how == judged && j.state == checks.Silent && p.excused(s)
	if j.how == unjudged || !full && s.offDuty.has && off == s.isOff {
		return
	}
	w.changed = w.changed || off != s.isOff
	s.isOff = off
	w.put(&s.offDuty, number(off))
}

func number(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
