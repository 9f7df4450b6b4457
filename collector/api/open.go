package api

import (
	"time"

	"fengsui/collector/posture"
	"fengsui/configs/words"
)

type alertRow struct {
	Class, Severity string
	Subject, Rule   string
	Anchor          string // of its site on the page; empty when it is not there
	Text            string
	Notes           []string
	Since, Lasting  string
}

// untoldAfter is how long nobody may have been told before the page says so:
// a notification waits for its group, and a webhook for its retry.
const untoldAfter = 2 * time.Minute

// alerts lists the open alerts. While nothing is judged, or rules are blind, an
// empty list proves nothing, and the page says that.
func (p *plain) alerts(v *view, snap posture.Snapshot, h Health) {
	v.NoAlerts = v.T("no_alerts")
	if !snap.Judging || v.Blind || h.RulesBlind != nil {
		v.NoAlerts = v.T("alerts_unknown")
	}
	if p.o.Alerts == nil {
		return
	}
	names := map[string]string{}
	for i := range snap.Sites {
		names[snap.Sites[i].ID] = snap.Sites[i].Name
	}
	for _, a := range p.o.Alerts() {
		row := alertRow{
			Class: a.Severity, Severity: a.Severity, Rule: a.Rule,
			Since: clock(a.Since), Lasting: v.T("lasting", v.duration(snap.At.Sub(a.Since))),
		}
		if key := words.Severity + a.Severity; words.Known(key) {
			row.Severity = words.Text(key, v.lang)
		} else {
			row.Class = "info"
		}
		row.Subject = a.Labels["site"]
		if name := names[row.Subject]; name != "" {
			row.Anchor, row.Subject = anchor(row.Subject), name
		}
		if check := a.Labels["check"]; check != "" {
			row.Subject += " · " + check
		}
		row.Text = first(a.SummaryEN, a.SummaryZH)
		held := a.HeldEN
		if v.lang == "zh" {
			row.Text = first(a.SummaryZH, a.SummaryEN)
			held = a.HeldZH
		}
		if held != "" {
			row.Notes = append(row.Notes, v.T("held", held))
		}
		if a.Notified.IsZero() && snap.At.Sub(a.Since) > untoldAfter {
			row.Notes = append(row.Notes, v.T("untold"))
		}
		v.Alerts = append(v.Alerts, row)
	}
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
