package ingest

import (
	"math"
	"testing"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"

	"fengsui/collector/wire"
)

// message is what a decoded body says, as proto.Unmarshal would say it, and
// whether all of its text is UTF-8.
func (d *body) message() (*wire.BatchBody, bool) {
	valid := true
	text := func(b []byte) string {
		valid = valid && utf8.Valid(b)
		return string(b)
	}
	m := &wire.BatchBody{Revision: d.revision, Boot: d.boot}
	for _, k := range d.kinds {
		names := &wire.KindNames{}
		if proto.Unmarshal(k, names) != nil {
			valid = false
		}
		m.Kinds = append(m.Kinds, names)
	}
	for _, r := range d.results {
		w := &wire.Result{Check: r.check, Kind: r.kind, BootNs: r.bootNs, WallUnixNs: r.wallNs, DurationNs: r.durationNs}
		for n, v := range r.verdicts {
			if !v.present {
				continue
			}
			x := &wire.Verdict{State: wire.State(v.state), Code: text(v.code)}
			for _, a := range d.args[v.args.from:v.args.to] {
				x.Args = append(x.Args, &wire.Arg{Name: text(a.name), Value: text(a.value)})
			}
			*[]**wire.Verdict{&w.Pair, &w.V4, &w.V6}[n] = x
		}
		for _, row := range d.rows[r.rows.from:r.rows.to] {
			x := &wire.Row{Family: row.family, Key: text(row.key)}
			for _, v := range d.values[row.values.from:row.values.to] {
				x.Names, x.Values = append(x.Names, v.name), append(x.Values, v.value)
			}
			w.Rows = append(w.Rows, x)
			valid = valid && !row.broken // what it said is not kept
		}
		for _, f := range d.findings[r.findings.from:r.findings.to] {
			w.Findings = append(w.Findings, &wire.Finding{Rule: text(f.rule), Family: f.family, Outcome: f.outcome, Evidence: text(f.evidence)})
		}
		m.Results = append(m.Results, w)
	}
	return m, valid
}

func sampleBody() *wire.BatchBody {
	m := newMachine("town")
	r := m.result(noon, 0.012)
	r.Pair = &wire.Verdict{State: wire.State_STATE_DEGRADED, Code: "v6_dead", Args: []*wire.Arg{{Name: "target", Value: "hub"}, {Name: "why", Value: "超时"}}}
	r.V6 = &wire.Verdict{State: wire.State_STATE_DOWN, Code: "timeout"}
	r.Findings = []*wire.Finding{{Rule: "v6_slower", Family: 6, Outcome: 2, Evidence: "200 ms"}}
	r.Rows = append(r.Rows, &wire.Row{Family: 6, Key: "1.1.1.1", Names: []uint32{1, 300}, Values: []float64{math.Inf(1), math.Copysign(0, -1)}})
	return m.body(r, m.result(noon, 3), &wire.Result{BootNs: -1, Check: math.MaxUint32})
}

func TestBodyDecodesAsProtobufDoes(t *testing.T) {
	t.Parallel()
	want := sampleBody()
	var d body
	for range 2 { // the second time into memory that was used
		if err := d.decode(marshal(want)); err != nil {
			t.Fatal(err)
		}
		if got, valid := d.message(); !proto.Equal(got, want) || !valid {
			t.Errorf("got %v, want %v", got, want)
		}
	}
}

// FuzzBody holds the decoder to proto.Unmarshal: it takes the same bodies and
// reads the same from them. It alone takes text that is not UTF-8, and refuses
// a verdict that comes twice, which no encoder writes.
func FuzzBody(f *testing.F) {
	f.Add(marshal(sampleBody()))
	f.Add([]byte{})
	f.Add([]byte{0x22, 0x04, 0x32, 0x00, 0x32, 0x00})             // a verdict twice
	f.Add([]byte{0x22, 0x06, 0x4a, 0x04, 0x18, 0x01, 0x18, 0x02}) // names not packed
	f.Fuzz(func(t *testing.T, b []byte) {
		var d body
		err := d.decode(b)
		var m wire.BatchBody
		want := proto.Unmarshal(b, &m)
		if err != nil {
			if want == nil && err.Error() != "decode a batch: "+errTwice.Error() && len(m.Results) <= wire.MaxResults && len(b) < 1<<16 {
				t.Fatalf("refused with %v what protobuf takes: %v", err, &m)
			}
			return
		}
		got, valid := d.message()
		if !valid {
			return
		}
		if want != nil {
			t.Fatalf("took what protobuf refuses with %v", want)
		}
		canonical(&m)
		if !proto.Equal(got, &m) {
			t.Fatalf("got %v, want %v", got, &m)
		}
		// decode(encode(decode(x))) = decode(x)
		if err := d.decode(marshal(got)); err != nil {
			t.Fatalf("encoded and decoded again: %v", err)
		}
		if again, _ := d.message(); !proto.Equal(again, got) {
			t.Fatalf("encoded and decoded again: got %v, want %v", again, got)
		}
	})
}

// canonical drops what the decoder does not keep: unknown fields, and
// arguments beyond its bound.
func canonical(m *wire.BatchBody) {
	drop := func(p proto.Message) { p.ProtoReflect().SetUnknown(nil) }
	drop(m)
	for _, r := range m.Results {
		drop(r)
		for _, v := range []*wire.Verdict{r.Pair, r.V4, r.V6} {
			if v == nil {
				continue
			}
			drop(v)
			for _, a := range v.Args {
				drop(a)
			}
			v.Args = v.Args[:min(len(v.Args), maxArgsOfVerdict)]
		}
		for _, x := range r.Rows {
			drop(x)
		}
		for _, x := range r.Findings {
			drop(x)
		}
	}
}
