package diagnose

import (
	"fmt"
	"io"
	"strings"
	"time"

	"fengsui/checks"
	"fengsui/checks/path"
	"fengsui/configs/words"
)

// Render writes a report for people, in Chinese for "zh" and in English
// otherwise: a line for each step, and the verdict at the end.
func (r *Report) Render(w io.Writer, lang string, reasons checks.Catalogue) error {
	say := func(key string, args ...any) string { return words.Text("diagnose."+key, lang, args...) }
	var lines []string
	line := func(good bool, key, text string) {
		mark := "✓"
		if !good {
			mark = "✕"
		}
		lines = append(lines, fmt.Sprintf("%s %s: %s", mark, say(key), text))
	}
	has := map[bool]string{true: say("present"), false: say("absent")}
	var sources []string
	for _, a := range r.Own.Sources {
		sources = append(sources, a.String())
	}
	if len(sources) == 0 {
		sources = []string{say("none")}
	}
	line(r.Own.V4 || r.Own.V6, "own", say("addresses", has[r.Own.V4], has[r.Own.V6], strings.Join(sources, ", ")))
	if len(r.Gateways) == 0 {
		line(false, "gateway", say("none"))
	}
	for _, g := range r.Gateways {
		text := say("silent")
		if g.RTT > 0 {
			text = short(g.RTT)
		}
		line(g.Verdict.State == checks.Up, "gateway", fmt.Sprintf("%s %s %s", g.Addr, g.Device, text))
	}
	if d := r.Resolver; d != nil {
		switch {
		case d.Err != nil:
			line(false, "resolver", say("unresolved", d.Name, checks.Plain(d.Err)))
		case len(d.Addrs) == 0:
			line(false, "resolver", say("no_address", d.Name))
		default:
			var all []string
			for _, a := range d.Addrs {
				all = append(all, a.Unmap().String())
			}
			line(true, "resolver", say("resolved", d.Name, strings.Join(all, ", "), short(d.Took)))
		}
	}
	if h := r.Hub; h != nil {
		if h.Reason.IsZero() {
			line(true, "hub", say("connected", h.At, short(h.Connect)))
		} else {
			line(false, "hub", say("failed", h.At, reasons.Render(h.Reason, lang)))
		}
	}
	line(r.Service.Pair.State == checks.Up, "service", r.phases()+r.why(reasons, lang))
	for _, way := range r.Ways {
		key := "stopped"
		if way.Route.Reached {
			key = "reached"
		}
		text := say(key, hops(way.Route))
		switch {
		case way.MTU.Hole:
			text += say("hole", way.MTU.MTU, way.MTU.Last)
		case way.MTU.MTU > 0:
			text += say("mtu", way.MTU.MTU)
		}
		line(way.Route.Reached && !way.MTU.Hole, "way", way.Addr.String()+" "+text)
	}
	_, err := fmt.Fprintf(w, "%s\n%s\n%s: %s\n", say("title", r.Target, short(r.Took)), strings.Join(lines, "\n"), say("verdict"), r.Sentence(lang, reasons))
	return err
}

// Sentence is the verdict.
func (r *Report) Sentence(lang string, reasons checks.Catalogue) string {
	why := reasons.Render(r.Verdict.Reason, lang)
	if r.Verdict.Reason.IsZero() {
		why = words.Text("diagnose.because."+r.Verdict.Because, lang, r.Verdict.Args...)
	}
	return words.Text("diagnose.segment."+string(r.Verdict.Segment), lang, why)
}

// phases are what the service's check measured in seconds, by family.
func (r *Report) phases() string {
	var parts []string
	for _, row := range r.Service.Rows {
		var times []string
		for i, m := range r.Kind.Measurements {
			if m.Unit == "seconds" && row.Values[i] > 0 && !strings.HasPrefix(m.Name, "certificate") {
				times = append(times, strings.TrimSuffix(m.Name, "_seconds")+" "+short(time.Duration(row.Values[i]*float64(time.Second))))
			}
		}
		if len(times) > 0 {
			parts = append(parts, "IPv"+row.Family.String()+" "+strings.Join(times, " "))
		}
	}
	return strings.Join(parts, "; ")
}

func (r *Report) why(reasons checks.Catalogue, lang string) string {
	if r.Service.Pair.Reason.IsZero() {
		return ""
	}
	text := reasons.Render(r.Service.Pair.Reason, lang)
	if r.phases() != "" {
		return "; " + text
	}
	return text
}

// hops writes a way in one line.
func hops(r path.Route) string {
	var parts []string
	for _, h := range r.Hops {
		switch {
		case !h.Addr.IsValid():
			parts = append(parts, "*")
		case h.RTT > 0:
			parts = append(parts, h.Addr.String()+" "+short(h.RTT))
		default:
			parts = append(parts, h.Addr.String())
		}
	}
	if len(parts) == 0 {
		return "*"
	}
	text := strings.Join(parts, " → ")
	if !r.Says.IsZero() {
		text += " (" + r.Says.String() + ")"
	}
	return text
}

func short(d time.Duration) string { return checks.Round(d) }
