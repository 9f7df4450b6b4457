package api

import (
	"slices"
	"time"

	"fengsui/collector/alerts"
	"fengsui/collector/posture"
	"fengsui/configs/words"
)

type alertRow struct {
	Class, Severity string
	Where           string
	Title, Rule     string
	Anchor          string // of its site on the page; empty when it is not there
	Text            string
	Facts           []string // reach, what it is told for, evidence
	Next            string
	Notes           []string
	Since, Lasting  string
}

// untoldAfter is how long nobody may have been told before the page says so:
// a notification waits for its group, and a webhook for its retry.
const untoldAfter = 2 * time.Minute

// below puts what another alert tells of right below it.
func below(open []alerts.OpenAlert) []alerts.OpenAlert {
	under := map[string][]alerts.OpenAlert{}
	var all []alerts.OpenAlert
	for _, a := range open {
		if a.Under != "" && slices.ContainsFunc(open, func(o alerts.OpenAlert) bool { return o.Fingerprint == a.Under && o.Under == "" }) {
			under[a.Under] = append(under[a.Under], a)
		} else {
			all = append(all, a)
		}
	}
	for i := len(all) - 1; i >= 0; i-- {
		all = slices.Insert(all, i+1, under[all[i].Fingerprint]...)
	}
	return all
}

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
	facts := func(map[string]string) alerts.Facts { return alerts.Facts{} }
	if p.o.Facts != nil {
		facts = p.o.Facts()
	}
	open := below(p.o.Alerts())
	under := map[string]int{} // alerts that are told by another one
	for _, a := range open {
		if a.Under != "" {
			under[a.Under]++
		}
	}
	for _, a := range open {
		row := alertRow{
			Class: a.Severity, Severity: a.Severity, Rule: a.Rule,
			Since: clock(a.Since), Lasting: v.T("lasting", v.duration(snap.At.Sub(a.Since))),
		}
		if key := words.Severity + a.Severity; words.Known(key) {
			row.Severity = words.Text(key, v.lang)
		} else {
			row.Class = "info"
		}
		lang := 0
		row.Title, row.Text, row.Next = a.TitleZH, first(a.SummaryZH, a.SummaryEN), a.NextZH
		held, flaps, cause := a.HeldZH, a.FlapsZH, a.CauseZH
		if v.lang != "zh" {
			lang = 1
			row.Title, row.Text, row.Next = a.TitleEN, first(a.SummaryEN, a.SummaryZH), a.NextEN
			held, flaps, cause = a.HeldEN, a.FlapsEN, a.CauseEN
		}
		site := a.Labels["site"]
		name, listed := names[site]
		if listed {
			row.Anchor = anchor(site)
		}
		f := facts(a.Labels)
		row.Where = first(f.Where[lang], a.Labels["name"], name, a.Labels["node"], site)
		if check := a.Labels["check"]; check != "" {
			row.Where += " · " + check
		}
		if cause == "" { // of what is told by another one, that one tells the rest
			row.Facts = f.Lines(v.lang, under[a.Fingerprint])
		} else {
			row.Next = ""
		}
		if held != "" {
			row.Notes = append(row.Notes, v.T("held", held))
		}
		if flaps != "" {
			row.Notes = append(row.Notes, flaps)
		}
		if cause != "" {
			row.Notes = append(row.Notes, cause)
		} else if a.Notified.IsZero() && snap.At.Sub(a.Since) > untoldAfter {
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
