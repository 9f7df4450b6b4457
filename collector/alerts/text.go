package alerts

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/alertmanager/template"
	"github.com/prometheus/common/model"

	"fengsui/configs/calendar"
	"fengsui/configs/words"
)

// Facts are what the collector knows of what an alert is about, for its text.
// Words that differ by language come as [Chinese, English].
type Facts struct {
	Where    [2]string   // its name, never its id alone
	Reached  bool        // somebody has looked what depends on it
	Reach    [][2]string // names of what loses its only way
	Evidence [2]string   // one figure: what was seen, where and when; may be empty
}

// A telling makes the texts of one notification.
type telling struct {
	facts func(labels map[string]string) Facts
	held  map[string]int               // alerts that it causes and that are not told apart, by its fingerprint
	times func(fingerprint string) int // how often it opened within a day; 0: not known
	now   time.Time
}

// maxNamed bounds how many alerts a text tells, and how many names of a reach.
const maxNamed = 20

func language(lang string) int {
	if lang == "zh" {
		return 0
	}
	return 1
}

func say(lang, key string, args ...any) string {
	return words.Text(words.AlertText+key, lang, args...)
}

// text tells all alerts, firing ones first: to each a title, and below it a
// line for every thing that is known.
func (t telling) text(data *template.Data, lang string) string {
	var blocks []string
	left := 0
	for _, al := range slices.Concat(data.Alerts.Firing(), data.Alerts.Resolved()) {
		switch {
		case len(blocks) == maxNamed:
			left++
		case al.Status == string(model.AlertResolved):
			blocks = append(blocks, strings.Join(t.over(al, lang), "\n"))
		default:
			blocks = append(blocks, strings.Join(t.firing(al, lang), "\n"))
		}
	}
	if left > 0 {
		blocks = append(blocks, say(lang, "left", left))
	}
	return strings.Join(blocks, "\n\n")
}

func (t telling) firing(al template.Alert, lang string) []string {
	f := t.factsOf(al)
	severity := al.Labels[severityLabel]
	if key := words.Severity + severity; words.Known(key) {
		severity = words.Text(key, lang)
	}
	lines := []string{say(lang, "firing", severity, f.Where[language(lang)], what(al, lang))}
	if s := annotation(al, "summary", lang); s != "" {
		lines = append(lines, say(lang, "summary", s))
	}
	lines = append(lines, say(lang, "since", moment(al.StartsAt), Lasting(t.now.Sub(al.StartsAt), lang)))
	lines = append(lines, f.Lines(lang, t.held[al.Fingerprint])...)
	if next := annotation(al, "next", lang); next != "" {
		lines = append(lines, say(lang, "next", next))
	}
	return lines
}

// Lines say what hangs on it, how many alerts are told by it, and what was
// seen, as far as that is known.
func (f Facts) Lines(lang string, held int) (lines []string) {
	switch {
	case len(f.Reach) > 0:
		lines = append(lines, say(lang, "reach", len(f.Reach), names(f.Reach, lang)))
	case f.Reached:
		lines = append(lines, say(lang, "reach_none"))
	}
	if held > 0 {
		lines = append(lines, say(lang, "held", held))
	}
	if e := f.Evidence[language(lang)]; e != "" {
		lines = append(lines, say(lang, "evidence", e))
	}
	return lines
}

// over says why it is over, which need not be that all is well.
func (t telling) over(al template.Alert, lang string) []string {
	lines := []string{say(lang, "over", t.factsOf(al).Where[language(lang)], what(al, lang))}
	if why := annotation(al, "ended", lang); why != "" {
		lines = append(lines, say(lang, "why", why))
	}
	lines = append(lines, say(lang, "lasted", moment(al.StartsAt), moment(al.EndsAt), Lasting(al.EndsAt.Sub(al.StartsAt), lang)))
	if n := t.times(al.Fingerprint); n > 1 {
		lines = append(lines, say(lang, "times", n))
	}
	return lines
}

// factsOf asks for the facts; where nobody knows any, the labels say where.
func (t telling) factsOf(al template.Alert) Facts {
	var f Facts
	if t.facts != nil {
		f = t.facts(al.Labels)
	}
	if f.Where[0] == "" || f.Where[1] == "" {
		where := al.Labels[model.AlertNameLabel]
		for _, name := range []string{"name", "node", "site"} {
			if v := al.Labels[name]; v != "" {
				where = v
				break
			}
		}
		f.Where = [2]string{where, where}
	}
	return f
}

// what is the rule's title, else the name of the rule.
func what(al template.Alert, lang string) string {
	if s := annotation(al, "title", lang); s != "" {
		return s
	}
	return al.Labels[model.AlertNameLabel]
}

func annotation(al template.Alert, name, lang string) string {
	if lang != "zh" {
		lang = "en"
	}
	return al.Annotations[name+"_"+lang]
}

func names(all [][2]string, lang string) string {
	var list []string
	for _, n := range all[:min(len(all), maxNamed)] {
		list = append(list, n[language(lang)])
	}
	s := strings.Join(list, say(lang, "join"))
	if len(all) > maxNamed {
		s += say(lang, "more")
	}
	return s
}

// moment is in the district's time, whatever the zone of this machine.
func moment(t time.Time) string { return t.In(calendar.Zone).Format("2006-01-02 15:04:05") }

// Lasting writes a length of time as the texts do.
func Lasting(d time.Duration, lang string) string {
	s := max(0, int(d/time.Second))
	switch {
	case s < 60:
		return say(lang, "seconds", s)
	case s < 3600:
		return say(lang, "minutes", s/60, s%60)
	case s < 48*3600:
		return say(lang, "hours", s/3600, s/60%60)
	}
	return say(lang, "days", s/86400, s/3600%24)
}

// timesWithin says how often an alert opened within a day until now.
func (a *Alerts) timesWithin(fingerprint string) int {
	var n int
	err := a.o.DB.Read.QueryRowContext(context.Background(), `SELECT COUNT(*) FROM alerts WHERE fingerprint = ? AND started > ?`,
		fingerprint, a.o.Now().Add(-24*time.Hour).UnixNano()).Scan(&n)
	if err != nil {
		a.o.Logger.Warn("how often an alert opened could not be read", "err", err)
		return 0
	}
	return n
}
