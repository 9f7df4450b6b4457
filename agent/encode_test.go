package agent

import (
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"

	"fengsui/checks"
	"fengsui/collector/wire"
)

// TestEncodeForeignBytes: nothing that a check saw makes a result that cannot
// travel.
func TestEncodeForeignBytes(t *testing.T) {
	t.Parallel()
	gbk := "\xc7\xe0\xb8\xa3" // 青福 in GBK
	r := &checks.Result{
		Start: time.Unix(1, 0), Duration: -time.Second,
		Pair: checks.Verdict{State: checks.Down, Reason: checks.Reason{Code: "x", State: checks.Down}},
	}
	for range 2 * wire.MaxRowsOfResult {
		r.Rows = append(r.Rows, checks.Row{Family: checks.V4, Key: strings.Repeat(gbk, 100), Values: []float64{math.NaN(), 1, math.Inf(1)}})
	}
	r.Rows[1].Values = []float64{math.NaN()} // a row of nothing
	for range 2 * wire.MaxFindings {
		r.Findings = append(r.Findings, checks.Finding{Rule: gbk, Outcome: checks.Fail, Evidence: strings.Repeat("长", 5000)})
	}
	m := encode(3, "", time.Minute, r)
	if _, err := proto.Marshal(m); err != nil {
		t.Fatalf("it cannot travel: %v", err)
	}
	if len(m.Rows) != wire.MaxRowsOfResult-1 || len(m.Findings) != wire.MaxFindings || m.DurationNs != 0 || m.BootNs != int64(time.Minute) {
		t.Errorf("%d rows, %d findings, duration %d, boot %d", len(m.Rows), len(m.Findings), m.DurationNs, m.BootNs)
	}
	if m := encode(3, "interface", time.Minute, r); len(m.Rows) != 2*wire.MaxRowsOfResult-1 {
		t.Errorf("%d rows of interfaces, want all", len(m.Rows))
	}
	for _, row := range m.Rows {
		if len(row.Key) > wire.MaxKey || !utf8.ValidString(row.Key) || len(row.Names) != 1 || row.Names[0] != 1 || len(row.Values) != 1 {
			t.Fatalf("row %v", row)
		}
	}
	if f := m.Findings[0]; len(f.Evidence) > maxEvidence || !utf8.ValidString(f.Evidence) || !utf8.ValidString(f.Rule) {
		t.Errorf("finding %q", f.Rule)
	}
}

func TestSchema(t *testing.T) {
	t.Parallel()
	kind := func(change func(*checks.Kind)) *checks.Kind {
		k := &checks.Kind{Name: "x", RowKey: "hop", Doc: "one", Measurements: []checks.Measurement{{Name: "a_seconds", Unit: "seconds", Type: "gauge"}, {Name: "b", Type: "counter"}}}
		if change != nil {
			change(k)
		}
		return k
	}
	base := Schema(kind(nil))
	for name, row := range map[string]struct {
		change func(*checks.Kind)
		same   bool
	}{
		"nothing": {nil, true},
		"docs":    {func(k *checks.Kind) { k.Doc, k.Measurements[0].Doc = "two", "three" }, true},
		"row key": {func(k *checks.Kind) { k.RowKey = "interface" }, false},
		"name":    {func(k *checks.Kind) { k.Measurements[0].Name = "c_seconds" }, false},
		"unit":    {func(k *checks.Kind) { k.Measurements[1].Unit = "bytes" }, false},
		"type":    {func(k *checks.Kind) { k.Measurements[1].Type = "gauge" }, false},
		"fewer":   {func(k *checks.Kind) { k.Measurements = k.Measurements[:1] }, false},
	} {
		if got := Schema(kind(row.change)) == base; got != row.same {
			t.Errorf("%s: the schema is the same: %v, want %v", name, got, row.same)
		}
	}
}
