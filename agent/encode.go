package agent

import (
	"fmt"
	"hash/fnv"
	"math"
	"strings"
	"time"

	"fengsui/checks"
	"fengsui/collector/wire"
)

// Bounds of foreign text in a result; a row key has wire.MaxKey.
const (
	maxEvidence = 1024
	maxRule     = 128
)

// encode makes the message of a result of the check with this number in its
// assignment, of a kind with this row key, whose run began at a reading of the
// boot clock. What was not
// measured does not travel, foreign bytes become UTF-8, and what is beyond
// the bounds of the wire is cut.
func encode(number uint32, rowKey string, began time.Duration, r *checks.Result) *wire.Result {
	m := &wire.Result{
		Check: number, BootNs: int64(began), WallUnixNs: r.Start.UnixNano(),
		DurationNs: uint64(max(r.Duration, 0)), Pair: verdict(&r.Pair), V4: verdict(r.V4), V6: verdict(r.V6),
	}
	for _, row := range r.Rows[:min(len(r.Rows), wire.RowsOfResult(rowKey))] {
		w := &wire.Row{Family: uint32(row.Family), Key: text(row.Key, wire.MaxKey)}
		for i, v := range row.Values {
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				w.Names = append(w.Names, uint32(i))
				w.Values = append(w.Values, v)
			}
		}
		if len(w.Names) > 0 {
			m.Rows = append(m.Rows, w)
		}
	}
	for _, f := range r.Findings[:min(len(r.Findings), wire.MaxFindings)] {
		m.Findings = append(m.Findings, &wire.Finding{
			Rule: text(f.Rule, maxRule), Family: uint32(f.Family), Outcome: uint32(f.Outcome), Evidence: text(f.Evidence, maxEvidence),
		})
	}
	return m
}

func verdict(v *checks.Verdict) *wire.Verdict {
	if v == nil {
		return nil
	}
	w := &wire.Verdict{State: wire.State(v.State), Code: v.Reason.Code}
	for _, a := range v.Reason.Args { // bounded and UTF-8 since Declaration.With
		w.Args = append(w.Args, &wire.Arg{Name: a.Name, Value: a.Value})
	}
	return w
}

// text makes s valid UTF-8 of at most so many bytes.
func text(s string, most int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return s
}

// Schema returns the hash of a kind's row key and measurements, by which
// agent and collector see that their releases differ.
func Schema(k *checks.Kind) uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s\n", k.RowKey)
	for _, m := range k.Measurements {
		fmt.Fprintf(h, "%s\t%s\t%s\n", m.Name, m.Unit, m.Type)
	}
	return h.Sum64()
}
