package ingest

import (
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"fengsui/collector/wire"
)

func TestHello(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := newMachine("town")
	tests := []struct {
		name   string
		change func(*wire.HelloRequest)
		code   string
	}{
		{"good", func(*wire.HelloRequest) {}, ""},
		{"a protocol of another century", func(h *wire.HelloRequest) { h.Protocol = 7 }, wire.CodeProtocolUnknown},
		{"no contact", func(h *wire.HelloRequest) { h.Contact = nil }, wire.CodeBroken},
		{"a short instance", func(h *wire.HelloRequest) { h.Contact.Instance = nil }, wire.CodeBroken},
		{"a short boot", func(h *wire.HelloRequest) { h.Contact.Boot = []byte{1} }, wire.CodeBroken},
		{"a long epoch", func(h *wire.HelloRequest) { h.Epoch = make([]byte, 17) }, wire.CodeBroken},
		{"no next sequence", func(h *wire.HelloRequest) { h.NextSequence = 0 }, wire.CodeBroken},
	}
	for _, tt := range tests {
		h := m.hello(noon)
		tt.change(h)
		w, err := r.Hello(t.Context(), m.Caller, h, noon)
		if codeOf(err) != tt.code || (err == nil) != (tt.code == "") {
			t.Errorf("%s: got %v, want a refusal %q", tt.name, err, tt.code)
		}
		if err == nil && (w.Site != "town" || string(w.Timing.Collector) != string(r.db.Collector[:]) || w.Timing.Generation != 1 || w.Timing.ReceivedUnixNs != noon.UnixNano()) {
			t.Errorf("%s: got %v", tt.name, w)
		}
	}
}

// TestInstances: the process that said Hello last is the one that is heard,
// also after the collector was restarted. What is left of the one before it is
// refused, and proves nothing.
func TestInstances(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := openRig(t, dir)
	m := newMachine("town")
	old, other := *m, newMachine("town")
	push := func(m *machine) string {
		_, err := r.tryPush(m)
		return codeOf(err)
	}
	if got := push(m); got != wire.CodeHelloFirst {
		t.Errorf("before any Hello: got %q, want %s", got, wire.CodeHelloFirst)
	}
	r.greet(m)
	if got := push(m); got != "" {
		t.Errorf("after Hello: got %q, want none", got)
	}
	m.instance = random()
	if got := push(m); got != wire.CodeHelloFirst {
		t.Errorf("a new process before its Hello: got %q, want %s", got, wire.CodeHelloFirst)
	}
	r.greet(m)
	for range 2 {
		if got := push(m); got != "" {
			t.Errorf("the new process: got %q, want none", got)
		}
		if got := push(&old); got != wire.CodeSuperseded {
			t.Errorf("the old process: got %q, want %s", got, wire.CodeSuperseded)
		}
		if got := push(other); got != wire.CodeHelloFirst {
			t.Errorf("another agent: got %q, want %s", got, wire.CodeHelloFirst)
		}
		if err := r.Goodbye(t.Context(), old.Caller, &wire.GoodbyeRequest{Contact: old.contact(noon, 0, 0)}, noon); codeOf(err) != wire.CodeSuperseded {
			t.Errorf("the old process says goodbye: got %v, want %s", err, wire.CodeSuperseded)
		}
		r.close()
		r = openRig(t, dir)
	}
	if err := r.Goodbye(t.Context(), m.Caller, &wire.GoodbyeRequest{Contact: m.contact(noon, 0, 0), Reason: "upgrade"}, noon); err != nil {
		t.Fatal(err)
	}
	if n := r.count("SELECT count(*) FROM instances WHERE agent = ? AND superseded IS NULL AND goodbye_reason = 'upgrade'", m.Agent[:]); n != 1 {
		t.Errorf("%d instances said goodbye, want 1", n)
	}
	r.greet(m)
	if n := r.count("SELECT count(*) FROM instances WHERE goodbye IS NOT NULL"); n != 0 {
		t.Errorf("said Hello again: %d instances have said goodbye, want none", n)
	}
}

func TestNumberingWentBack(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := newMachine("town")
	r.greet(m)
	r.push(m, m.cutBatch(m.body(m.result(noon, 1), m.result(noon.Add(time.Second), 2))))
	tests := []struct {
		name string
		next uint64
		want bool
	}{
		{"goes on", 3, false},
		{"its image was rolled back", 2, true},
		{"its spool was emptied", 1, true},
		{"has more that was not sent", 900, false},
	}
	for _, tt := range tests {
		h := m.hello(noon)
		h.NextSequence = tt.next
		w, err := r.Hello(t.Context(), m.Caller, h, noon)
		if err != nil || w.NumberingWentBack != tt.want {
			t.Errorf("%s: got %v, %v; want %t", tt.name, w.GetNumberingWentBack(), err, tt.want)
		}
	}
	m.epoch = random()
	m.next = 1
	if w := r.greet(m); w.NumberingWentBack {
		t.Error("a new epoch: went back, want not")
	}
	if n := r.metric("fengsui_ingest_numbering_went_back_total", ""); n != 2 {
		t.Errorf("metric counts %v, want 2", n)
	}
}

// TestHeldIsBounded: more holes than Hello may tell. The epoch of now comes
// first, and of it the newest ranges.
func TestHeldIsBounded(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := newMachine("town")
	r.greet(m)
	former := m.epoch
	r.push(m, m.cutBatch(m.body(m.result(noon, 1))))
	m.epoch, m.next = random(), 1
	var all []*wire.Batch
	for n := range wire.MaxRanges + 5 {
		m.next = uint64(2*n + 1)
		all = append(all, m.cutBatch(m.body(m.result(noon.Add(time.Duration(n-2000)*time.Second), 1))))
	}
	r.push(m, all...)
	w := r.greet(m)
	if len(w.Held) != wire.MaxRanges || !w.HeldTruncated {
		t.Fatalf("got %d ranges, truncated %t; want %d, true", len(w.Held), w.HeldTruncated, wire.MaxRanges)
	}
	for _, h := range w.Held {
		if string(h.Epoch) == string(former[:]) || h.First < 10 {
			t.Errorf("got range %v, want the newest of the epoch of now", h)
		}
	}
}

// TestLostComesAfterAll: what was told as lost and arrives, as from a segment
// that can be read again, is held and no longer lost; also when the collector
// was restarted between both, and when the agent told more at once.
func TestLostComesAfterAll(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := openRig(t, dir)
	m := newMachine("town")
	h := m.hello(noon)
	h.Lost = []*wire.Range{{Epoch: m.epoch[:], First: 2, Last: 9}}
	if _, err := r.Hello(t.Context(), m.Caller, h, noon); err != nil {
		t.Fatal(err)
	}
	lost := func(want string) {
		t.Helper()
		var got string
		if err := r.o.DB.Read.QueryRow("SELECT group_concat(first || '-' || last, ' ' ORDER BY first) FROM lost").Scan(&got); err != nil || got != want {
			t.Errorf("lost %q, %v; want %q", got, err, want)
		}
	}
	lost("2-9")
	m.next = 4
	r.push(m, m.cutBatch(m.body(m.result(noon, 1), m.result(noon, 2))))
	lost("2-3 6-9")
	r.close()
	r = openRig(t, dir)
	m.next = 8
	r.push(m, m.cutBatch(m.body(m.result(noon, 3), m.result(noon, 4))), m.cutBatch(m.body(m.result(noon, 5))))
	lost("2-3 6-7")
	if _, err := r.Push(t.Context(), m.Caller, &wire.PushRequest{Contact: m.contact(noon, 0, 0), Lost: []*wire.Range{{Epoch: m.epoch[:], First: 1, Last: 12}}}, noon); err != nil {
		t.Fatal(err)
	}
	lost("1-1 2-3 6-7 11-12")
	if n := r.metric("fengsui_ingest_lost_results_total", ""); n != 3 {
		t.Errorf("metric counts %v since the restart, want 3 that were not told before", n)
	}
}

func TestLostRangesAreKept(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := newMachine("town")
	h := m.hello(noon)
	h.Lost = []*wire.Range{{Epoch: m.epoch[:], First: 3, Last: 5}}
	if _, err := r.Hello(t.Context(), m.Caller, h, noon); err != nil {
		t.Fatal(err)
	}
	lost := []*wire.Range{{Epoch: m.epoch[:], First: 3, Last: 7}, {Epoch: m.epoch[:], First: 9, Last: 9}}
	for range 2 { // told until it is confirmed
		if _, err := r.Push(t.Context(), m.Caller, &wire.PushRequest{Contact: m.contact(noon, 0, 0), Lost: lost}, noon); err != nil {
			t.Fatal(err)
		}
	}
	if n := r.count("SELECT sum(last - first + 1) FROM lost WHERE agent = ?", m.Agent[:]); n != 6 {
		t.Errorf("%d results are lost, want 6", n)
	}
	if n := r.metric("fengsui_ingest_lost_results_total", ""); n != 6 {
		t.Errorf("metric counts %v, want 6", n)
	}
}

// TestSelfTestIsWrittenWhenItChanges: what a machine can do may change between
// two Hellos; how far its clock is off changes always and is not written.
func TestSelfTestIsWrittenWhenItChanges(t *testing.T) {
	t.Parallel()
	r := openRig(t, t.TempDir())
	m := newMachine("town")
	h := m.hello(noon)
	h.SelfTest = &wire.SelfTest{Ipv4: true, ClockOffsetNs: 5}
	if _, err := r.Hello(t.Context(), m.Caller, h, noon); err != nil {
		t.Fatal(err)
	}
	written := func() (at *wire.SelfTest) {
		t.Helper()
		var b []byte
		if err := r.o.DB.Read.QueryRow("SELECT self_test FROM instances").Scan(&b); err != nil {
			t.Fatal(err)
		}
		at = new(wire.SelfTest)
		if err := proto.Unmarshal(b, at); err != nil {
			t.Fatal(err)
		}
		return at
	}
	for n, row := range []struct{ told, want *wire.SelfTest }{
		{nil, &wire.SelfTest{Ipv4: true}},
		{&wire.SelfTest{Ipv4: true, NoteEn: "the disk takes no writes", ClockOffsetNs: 6}, &wire.SelfTest{Ipv4: true, NoteEn: "the disk takes no writes"}},
		{&wire.SelfTest{Ipv6: true, ClockOffsetNs: 7}, &wire.SelfTest{Ipv6: true}},
		{&wire.SelfTest{}, &wire.SelfTest{}},
	} {
		at := noon.Add(time.Duration(n+1) * time.Second)
		if _, err := r.Push(t.Context(), m.Caller, &wire.PushRequest{Contact: m.contact(at, 0, 0), SelfTest: row.told}, at); err != nil {
			t.Fatal(err)
		}
		if got := written(); !proto.Equal(got, row.want) {
			t.Errorf("push %d told %v: %v is written, want %v", n, row.told, got, row.want)
		}
	}
}
