package main

import (
	"fmt"
	"io"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"fengsui/checks"
)

// text prints a result for a person and for a monitoring system:
//
//	FENGSUI ICMP DEGRADED - gateway … | v4_rtt=0.000045s;;;0 v4_loss=0%;;;0;100
//	IPv4 up: rtt 45µs, …
//	IPv6 down: …
func (p report) text(w io.Writer) {
	pair := p.result.Pair
	summary := p.words.Render(pair.Reason, p.lang)
	if pair.Reason.IsZero() {
		summary = p.spec.Target + p.headline()
	}
	fmt.Fprintf(w, "FENGSUI %s %s - %s", strings.ToUpper(p.spec.Kind.Name), strings.ToUpper(pair.State.String()), barless(summary))
	if data := p.performance(); data != "" {
		fmt.Fprintf(w, " | %s", data)
	}
	fmt.Fprintln(w)
	for _, f := range p.families() {
		parts := p.measured(f.family)
		// One family alone has said its reason on the first line, and so has
		// the one of two that the pair took its reason from.
		if !f.Reason.IsZero() && (f.Reason.Code != pair.Reason.Code || !slices.Equal(f.Reason.Args, pair.Reason.Args)) {
			parts = append([]string{p.words.Render(f.Reason, p.lang)}, parts...)
		}
		fmt.Fprintf(w, "IPv%v %v", f.family, f.State)
		if len(parts) > 0 {
			fmt.Fprintf(w, ": %s", barless(strings.Join(parts, ", ")))
		}
		fmt.Fprintln(w)
	}
	for _, f := range p.result.Findings {
		if f.Outcome == checks.Pass { // --json has these too
			continue
		}
		over := ""
		if f.Family != checks.Pair {
			over = fmt.Sprintf(" (IPv%v)", f.Family)
		}
		fmt.Fprintf(w, "%s %v%s: %s\n", f.Rule, f.Outcome, over, barless(f.Evidence))
	}
}

// headline is what matters most of an up result: the first measurement of
// each family.
func (p report) headline() string {
	var b strings.Builder
	for _, row := range p.result.Rows {
		if m := p.spec.Kind.Measurements[0]; row.Key == "" && !math.IsNaN(row.Values[0]) {
			fmt.Fprintf(&b, ", IPv%v %s", row.Family, human(m, row.Values[0]))
		}
	}
	return b.String()
}

// measured lists the measurements of a family for a person.
func (p report) measured(f checks.Family) (parts []string) {
	for _, row := range p.result.Rows {
		for i, v := range row.Values {
			if row.Family == f && !math.IsNaN(v) {
				parts = append(parts, strings.TrimSpace(row.Key+" "+human(p.spec.Kind.Measurements[i], v)))
			}
		}
	}
	return parts
}

// human writes a measurement with its name: rtt 45µs, loss 20%, body 5120 bytes.
func human(m checks.Measurement, v float64) string {
	name := label(m)
	switch m.Unit {
	case "seconds":
		d := time.Duration(v * float64(time.Second))
		if d.Abs() >= 48*time.Hour {
			return fmt.Sprintf("%s %.1f days", name, d.Hours()/24)
		}
		return name + " " + checks.Round(d)
	case "ratio":
		return name + " " + strconv.FormatFloat(math.Round(v*1e4)/1e2, 'f', -1, 64) + "%"
	case "bytes":
		return fmt.Sprintf("%s %.0f bytes", name, v)
	}
	return name + " " + strconv.FormatFloat(v, 'f', -1, 64)
}

// label is a measurement's name without the unit, which follows the value.
func label(m checks.Measurement) string {
	return strings.ReplaceAll(strings.TrimSuffix(m.Name, "_"+m.Unit), "_", " ")
}

// performance writes label=value[UOM];warn;crit;min;max for each measurement.
// A name is looked at over both families, and its labels always say which, so
// that they stay the same on the day when one of them is missing.
func (p report) performance() string {
	host, _ := p.spec.Check.Host(p.spec.Target)
	_, literal := netip.ParseAddr(host)
	both := literal != nil && p.spec.Family == checks.Pair
	var all []string
	for _, row := range p.result.Rows {
		for i, v := range row.Values {
			if math.IsNaN(v) {
				continue
			}
			m := p.spec.Kind.Measurements[i]
			name := strings.ReplaceAll(label(m), " ", "_")
			if row.Key != "" {
				name = row.Key + "_" + name
			}
			if both {
				name = "v" + row.Family.String() + "_" + name
			}
			all = append(all, quoted(name)+"="+amount(m, v))
		}
	}
	return strings.Join(all, " ")
}

func amount(m checks.Measurement, v float64) string {
	switch m.Unit {
	case "seconds":
		return strconv.FormatFloat(v, 'f', 6, 64) + "s"
	case "ratio":
		return strconv.FormatFloat(v*100, 'f', 2, 64) + "%;;;0;100"
	case "bytes":
		return strconv.FormatFloat(v, 'f', 0, 64) + "B"
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// quoted quotes a label where the guidelines ask for it.
func quoted(name string) string {
	if strings.ContainsAny(name, " ='") {
		return "'" + strings.ReplaceAll(name, "'", "''") + "'"
	}
	return name
}

// barless keeps a text free of the bar, behind which a monitoring system reads
// performance data.
func barless(s string) string { return strings.ReplaceAll(s, "|", "¦") }
