package wire_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"fengsui/collector/wire"
)

func seed(f *testing.F, m proto.Message) {
	b, err := proto.Marshal(m)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
}

// law holds decode(encode(decode(x))) = decode(x).
func law(t *testing.T, x []byte, first, second proto.Message) {
	if err := wire.Decode(x, first); err != nil {
		if wire.RefusalOf(err).GetCode() == "" {
			t.Fatalf("decode %x: got %v, want a refusal", x, err)
		}
		return
	}
	encoded, err := proto.Marshal(first)
	if err != nil {
		t.Fatalf("encode what was decoded of %x: %v", x, err)
	}
	if err := wire.Decode(encoded, second); err != nil {
		t.Fatalf("decode %x again: %v", encoded, err)
	}
	if !proto.Equal(first, second) { // which holds NaN equal to NaN
		t.Fatalf("decoded of %x: got %v, then %v", x, first, second)
	}
}

func FuzzBatchBody(f *testing.F) {
	seed(f, &wire.BatchBody{
		Revision: make([]byte, 32), Boot: make([]byte, 16),
		Kinds: []*wire.KindNames{{Kind: "icmp", Measurements: []string{"rtt_seconds", "loss_ratio"}}},
		Results: []*wire.Result{{
			Check: 1, BootNs: 5, DurationNs: 7,
			Pair:     &wire.Verdict{State: wire.State_STATE_DOWN, Code: "loss", Args: []*wire.Arg{{Name: "got", Value: "100 %"}}},
			V6:       &wire.Verdict{},
			Rows:     []*wire.Row{{Family: 4, Names: []uint32{0, 1}, Values: []float64{0.001, 1}}},
			Findings: []*wire.Finding{{Rule: "v6_slower", Outcome: 2, Evidence: "3 ms"}},
		}},
	})
	f.Add([]byte{})
	f.Add([]byte("\x22\x02\x52\x00"))
	f.Fuzz(func(t *testing.T, x []byte) {
		law(t, x, new(wire.BatchBody), new(wire.BatchBody))
		shape, measured := wire.Measure(x)
		b, code, err := wire.DecodeBody(x)
		if (err != nil) != (code != "") || (b == nil) != (err != nil) {
			t.Fatalf("got %v, %q, %v: want a body or a code with its error", b, code, err)
		}
		if err != nil {
			return
		}
		if measured != nil {
			t.Fatalf("decoded what could not be measured: %v", measured)
		}
		results, rows, findings := len(b.Results), 0, 0
		for _, r := range b.Results {
			rows += len(r.Rows)
			findings += len(r.Findings)
		}
		if shape.Results != results || shape.Rows != rows || shape.Findings != findings {
			t.Fatalf("measured %+v, decoded %d results, %d rows, %d findings", shape, results, rows, findings)
		}
	})
}

func FuzzPushRequest(f *testing.F) {
	seed(f, &wire.PushRequest{
		Contact: &wire.Contact{Instance: make([]byte, 16), BootNs: 1, LastTrip: &wire.RoundTrip{SentBootNs: 1}},
		Batches: []*wire.Batch{{Epoch: make([]byte, 16), First: 1, Count: 1, Digest: 9, Body: []byte("\x22\x00")}},
		Lost:    []*wire.Range{{First: 1, Last: 2}},
		Spool:   &wire.SpoolState{Bytes: 3},
	})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, x []byte) {
		p := new(wire.PushRequest)
		law(t, x, p, new(wire.PushRequest))
		if code, err := wire.CheckPush(p); (err != nil) != (code != "") {
			t.Fatalf("got %q, %v: want a code with its error", code, err)
		}
	})
}
