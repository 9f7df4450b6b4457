package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"fengsui/collector/indicators"
	"fengsui/configs"
	"fengsui/configs/calendar"
	"fengsui/configs/words"
)

// namesShown is how many that are missing are named on the page; the API names
// all.
const namesShown = 12

// indicators says how the measured indicators stand now: never a figure
// without its time, and never one where there is none.
func (v *view) indicators(r *http.Request, o *Options, now time.Time) []line {
	var all []line
	add := func(label, text, class string) { all = append(all, line{v.T(label), text, class}) }
	if o.Indicators != nil {
		v.accessRate(r.Context(), o, now, add)
	}
	if o.Points != nil {
		v.points(r.Context(), o, now, add)
	}
	if o.Coverage != nil {
		v.coverage(o.Coverage(), add)
	}
	return all
}

func (v *view) accessRate(ctx context.Context, o *Options, now time.Time, add func(label, text, class string)) {
	round, err := o.Indicators.Round(ctx, now, now)
	switch {
	case err != nil:
		add("access_round", v.T("figure_gone", err), "care")
		return
	case round.Refused != nil:
		add("access_round", round.Refused.Text(v.lang), "")
		return
	}
	missing := make([]string, 0, len(round.Units))
	for _, u := range round.Units {
		if u.Outcome != indicators.OK {
			missing = append(missing, v.T("missing", u.Name, words.Text(words.RoundOutcome+u.Outcome.String(), v.lang)))
		}
	}
	text := v.T("access_now", hour(round.Began), hour(round.Ended), ratio(round.OK, len(round.Units)), round.E2, round.E3)
	add("access_round", text+v.names(missing), careIf(len(missing) > 0))

	day, err := o.Indicators.Day(ctx, calendar.DateOf(now), now)
	switch {
	case err != nil:
		add("access_day", v.T("figure_gone", err), "care")
	case day.Refused != nil:
		add("access_day", day.Refused.Text(v.lang), "")
	default:
		n := day.Rates
		text := v.T("access_so_far", hour(day.From), hour(day.To), ratio(n.Measured, n.Of), ratio(n.Declared, n.Of), ratio(n.WithEvidence, n.Of), ratio(n.MeasuredWithoutExclusion, n.Of))
		if day.Provisional {
			text += v.T("provisional")
		}
		add("access_day", text, "")
	}
}

func (v *view) points(ctx context.Context, o *Options, now time.Time, add func(label, text, class string)) {
	s, err := o.Points.Points(ctx, calendar.DateOf(now), now, "")
	if err != nil {
		add("ipv6_points", v.T("figure_gone", err), "care")
		return
	}
	if len(s.Points) == 0 {
		return
	}
	parts := []string{ratio(s.Count("", indicators.PointDone), len(s.Points))}
	for _, kind := range configs.PointKinds {
		of := 0
		for _, state := range indicators.PointStates {
			of += s.Count(kind, state)
		}
		if of > 0 {
			parts = append(parts, fmt.Sprintf("%s %d/%d", words.Text(words.PointKind+kind, v.lang), s.Count(kind, indicators.PointDone), of))
		}
	}
	var reverted []string
	partly := 0
	for i := range s.Points {
		p := &s.Points[i]
		if p.State == indicators.PointReverted {
			reverted = append(reverted, v.T("missing", p.Name, words.Text(words.PointState+string(p.State), v.lang)))
		}
		if p.State == indicators.PointDone && len(p.NotJudged) > 0 {
			partly++
		}
	}
	text := strings.Join(parts, v.T("comma"))
	if partly > 0 { // done by what is judged is not done by the rule
		text += v.T("points_partly", partly)
	}
	add("ipv6_points", text+v.names(reverted), careIf(len(reverted) > 0))
}

func (v *view) coverage(c indicators.Coverage, add func(label, text, class string)) {
	if !c.Judging {
		add("coverage", v.T("not_judged"), "")
		return
	}
	parts := []string{v.T("through", c.Through.Through, c.Through.Of)}
	if c.Towns.Of > 0 {
		parts = append(parts, v.T("towns", c.Towns.Connected, c.Towns.Of))
	}
	if c.Villages.Of > 0 {
		parts = append(parts, v.T("villages", c.Villages.Connected, c.Villages.Of))
	}
	for _, office := range c.Offices {
		parts = append(parts, v.T("office", office.Name, office.Reached, office.Of))
	}
	add("coverage", strings.Join(parts, v.T("comma")), "")
}

// names lists who is missing behind a figure.
func (v *view) names(of []string) string {
	if len(of) == 0 {
		return ""
	}
	more := ""
	if len(of) > namesShown {
		more = v.T("and_more", len(of)-namesShown)
		of = of[:namesShown]
	}
	return v.T("lacking", strings.Join(of, v.T("comma"))+more)
}

// ratio is "4/7 = 57.1 %".
func ratio(n, of int) string {
	if of == 0 {
		return "0/0"
	}
	return fmt.Sprintf("%d/%d = %.1f%%", n, of, 100*float64(n)/float64(of))
}

func careIf(is bool) string {
	if is {
		return "care"
	}
	return ""
}
