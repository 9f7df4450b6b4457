package status

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"fengsui/configs/words"
)

// Render writes the file for people, in Chinese for "zh" and in English
// otherwise.
func (f *File) Render(w io.Writer, lang string, v Verdict, age time.Duration) error {
	p := page{lang: lang}
	p.line("status.site", f.SiteName, f.Site)
	p.line("status.verdict."+verdictNames[v], length(age))
	for _, problem := range f.Problems {
		text := problem.EN
		if lang == "zh" {
			text = problem.ZH
		}
		p.line("status.problem", text)
	}
	c := f.Contact
	switch {
	case c.Now && c.LastPush.IsZero():
		p.line("status.contact.fresh", c.Address)
	case c.Now:
		p.line("status.contact.now", c.Address, ago(f, c.LastPush))
	case c.LastPush.IsZero():
		p.line("status.contact.never")
	default:
		p.line("status.contact.lost", ago(f, c.LastPush))
	}
	p.line("status.sent", c.Pushes, c.Results, size(c.SentBytes))
	if c.ClockOffsetNS != nil {
		p.clock(c.ClockOffsetNS.Round(time.Millisecond))
	}
	for _, code := range sorted(c.Refused) {
		p.line("status.refused", code, c.Refused[code])
	}
	if c.Held > 0 {
		p.line("status.held", c.Held)
	}
	if c.Renew {
		p.line("status.renew")
	}
	a := f.Assignment
	switch {
	case a.Revision == "":
		p.line("status.assignment.none")
	case a.Cached:
		p.line("status.assignment.cached", a.Checks, a.Revision[:min(len(a.Revision), 12)])
	default:
		p.line("status.assignment", a.Checks, a.Revision[:min(len(a.Revision), 12)])
	}
	for _, s := range a.Skipped {
		p.line("status.skipped", s)
	}
	p.line("status.schedule", f.Schedule.Runs, f.Schedule.Running, f.Schedule.Skipped)
	s := f.Spool
	if s.Unacknowledged == 0 {
		p.line("status.spool.empty", size(s.Bytes))
	} else {
		p.line("status.spool", s.Unacknowledged, ago(f, s.Oldest), size(s.Bytes))
	}
	switch m := s.Memory; {
	case m == nil:
	case m.Checkpoint.IsZero():
		p.line("status.spool.memory.never", length(m.EveryNS))
	default:
		p.line("status.spool.memory", length(m.EveryNS), ago(f, m.Checkpoint))
	}
	if s.Dropped > 0 {
		p.line("status.dropped", s.Dropped)
	}
	for _, d := range s.Damages {
		p.line("status.damage", d)
	}
	t := f.SelfTest
	p.line("status.selftest", t.ICMPMode, p.yes(t.V4), p.yes(t.V6))
	note := t.NoteEN
	if lang == "zh" {
		note = t.NoteZH
	}
	if note != "" {
		p.line("status.note", note)
	}
	p.line("status.process", f.Version, f.Started.Format(time.DateTime), f.Instance)
	_, err := io.WriteString(w, p.b.String())
	return err
}

var verdictNames = [...]string{Fine: "fine", Troubled: "troubled", Ended: "ended", Stale: "stale", Before: "before"}

// page gathers lines.
type page struct {
	b    strings.Builder
	lang string
}

func (p *page) line(key string, args ...any) {
	p.b.WriteString(words.Text(key, p.lang, args...))
	p.b.WriteByte('\n')
}

func (p *page) yes(b bool) string {
	if b {
		return words.Text("status.yes", p.lang)
	}
	return words.Text("status.no", p.lang)
}

func (p *page) clock(ahead time.Duration) {
	switch {
	case ahead > 0:
		p.line("status.clock.ahead", ahead)
	case ahead < 0:
		p.line("status.clock.behind", -ahead)
	default:
		p.line("status.clock.same")
	}
}

func sorted(m map[string]uint64) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// ago is how long before the writing of the file something was; what has no
// time yet was just now.
func ago(f *File, at time.Time) string {
	if at.IsZero() {
		at = f.Written
	}
	return length(f.Written.Sub(at))
}

// length writes a length of time in its two largest units.
func length(d time.Duration) string {
	d = max(d, 0)
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%dd%dh", d/(24*time.Hour), d%(24*time.Hour)/time.Hour)
	case d >= time.Hour:
		return fmt.Sprintf("%dh%dm", d/time.Hour, d%time.Hour/time.Minute)
	case d >= time.Minute:
		return fmt.Sprintf("%dm%ds", d/time.Minute, d%time.Minute/time.Second)
	}
	return fmt.Sprintf("%.1fs", d.Seconds())
}

func size(n uint64) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d B", n)
}
