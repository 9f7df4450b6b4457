package ingest

import (
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	"fengsui/collector/wire"
)

// a contact of an anchor test: when, by the true clock since noon, what the
// collector's clock is off then, how long the ways of the trip that it reports
// took, and its own way there.
type contact struct {
	at, off     time.Duration
	there, back time.Duration
	way         time.Duration
	noTrip      bool
}

// TestAnchors plays contacts of one boot, whose clock was 0 an hour before
// noon, and looks at the offsets that result, relative to that.
func TestAnchors(t *testing.T) {
	t.Parallel()
	const ms, s = time.Millisecond, time.Second
	every15 := func(n int, c contact) (all []contact) {
		for k := range n {
			c.at = time.Duration(k+1) * 15 * s
			all = append(all, c)
		}
		return all
	}
	tests := []struct {
		name     string
		contacts []contact
		steps    []time.Duration // the offsets of the anchors, in order
	}{
		{"the middle of the trip", []contact{{there: 30 * ms, back: 10 * ms, way: 30 * ms}}, []time.Duration{10 * ms}},
		{"no trip: the receipt", []contact{{noTrip: true, way: 30 * ms}}, []time.Duration{30 * ms}},
		{"stays, though a quicker one knows better", []contact{{there: 800 * ms, way: 800 * ms}, {at: 15 * s, there: ms, back: ms}}, []time.Duration{400 * ms}},
		{"a step at the third contact", append([]contact{{}}, every15(3, contact{off: 5 * s})...), []time.Duration{0, 5 * s}},
		{"no step at the second", append([]contact{{}}, every15(2, contact{off: 5 * s})...), []time.Duration{0}},
		{"no step below a second", append([]contact{{}}, every15(20, contact{off: 990 * ms})...), []time.Duration{0}},
		{"a step back", append([]contact{{}}, every15(3, contact{off: -time.Hour})...), []time.Duration{0, -time.Hour}},
		{"not running: one was right", []contact{
			{}, {at: 15 * s, off: 5 * s}, {at: 30 * s, off: 5 * s}, {at: 45 * s}, {at: 60 * s, off: 5 * s}, {at: 75 * s, off: 5 * s},
		}, []time.Duration{0}},
		{"not running: one was overtaken on its way", []contact{
			{}, {at: 15 * s, off: 5 * s}, {at: 30 * s, off: 5 * s}, {at: 15 * s, off: 5 * s, way: time.Minute}, {at: 30 * s, off: 5 * s}, {at: 45 * s},
		}, []time.Duration{0}},
		{"a Hello that was queued on its way: no push is made after its receipt", []contact{{there: 30 * s, way: ms}}, []time.Duration{ms}},
		{"contacts without a trip judge nothing", append([]contact{{}}, every15(9, contact{off: time.Hour, noTrip: true})...), []time.Duration{0}},
		{"a slow line is no step", append([]contact{{there: ms, back: ms}}, every15(9, contact{there: 8 * s, back: 8 * s})...), []time.Duration{0}},
		{"a line that is slow one way only", append([]contact{{there: ms, back: ms}}, every15(9, contact{there: 8 * s})...), []time.Duration{0}},
		{"the same for so long that no quick trip is left", append([]contact{{there: ms, back: ms}}, every15(40, contact{there: 8 * s})...), []time.Duration{0}},
		{"the same the other way", append([]contact{{there: ms, back: ms}}, every15(40, contact{back: 8 * s})...), []time.Duration{0}},
		{"a first trip that was slow on its way back is mended", append([]contact{{back: 30 * s}}, every15(6, contact{there: ms, back: ms})...), []time.Duration{-15 * s, 0}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var b boot
			started := noon.Add(-time.Hour)
			for _, c := range tt.contacts {
				now := int64(c.at + time.Hour)
				w := &wire.Contact{BootNs: now}
				if !c.noTrip { // the trip has just ended
					w.BootNs += int64(c.there + c.back)
					answered := noon.Add(c.at + c.off + c.there).UnixNano()
					w.LastTrip = &wire.RoundTrip{SentBootNs: now, ReceivedUnixNs: answered, AnsweredUnixNs: answered, ReturnedBootNs: w.BootNs}
				}
				b.contact(w, started.Add(time.Duration(w.BootNs)+c.off+c.way))
			}
			var steps []time.Duration
			for _, a := range b.anchors {
				steps = append(steps, time.Duration(a.offset-started.UnixNano()))
			}
			if !slices.Equal(steps, tt.steps) {
				t.Errorf("got anchors %v, want %v", steps, tt.steps)
			}
		})
	}
}

// TestSentAgainAfterAStep: the collector's clock jumps, a step follows, and
// what was made before keeps its time to the millisecond.
func TestSentAgainAfterAStep(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := openRig(t, dir)
	m := newMachine("town")
	r.greet(m)
	made := m.result(noon.Add(-time.Minute), 1)
	body := marshal(m.body(made))
	r.push(m, rawBatch(m.epoch, 1, 1, body))
	for n := range 4 {
		*r.now = noon.Add(time.Duration(n+1) * 15 * time.Second)
		at := r.now.Add(0)
		c := m.contact(at, 20*time.Millisecond, 0)
		c.LastTrip.ReceivedUnixNs += int64(time.Hour) // the collector's clock is an hour ahead from here on
		c.LastTrip.AnsweredUnixNs += int64(time.Hour)
		w, err := r.Push(t.Context(), m.Caller, &wire.PushRequest{Contact: c}, at.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := len(w.Anchors), 1+n/2; n < 3 && got != want {
			t.Errorf("contact %d: told %d anchors, want %d", n+1, got, want)
		}
	}
	// The same result under new numbers: a collector that never answered.
	*r.now = noon.Add(2 * time.Hour)
	after := m.result(noon.Add(50*time.Second), 2)
	r.close()
	r = openRig(t, dir)
	*r.now = noon.Add(2 * time.Hour)
	w := r.push(m, rawBatch(m.epoch, 2, 2, marshal(m.body(made, after))))
	if outcome(w) != stored || len(w.Refused) != 0 {
		t.Fatalf("got %v, want stored", w)
	}
	want := []point{{noon.Add(-time.Minute).UnixMilli(), 1}, {noon.Add(time.Hour + 50*time.Second).UnixMilli(), 2}}
	rtt := `{__name__="fengsui_icmp_rtt_seconds", check="gateway", family="4", kind="icmp", site="town", target="hub"}`
	if got := samples(t, r.history)[rtt]; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestTheAgentsClockNeverDecides: its wall is three years ahead.
func TestTheAgentsClockNeverDecides(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := newMachine("town")
	m.wallOff = 3 * 365 * 24 * time.Hour
	r.greet(m)
	r.push(m, m.cutBatch(m.body(m.result(noon.Add(-time.Second), 1))))
	for name, all := range samples(t, r.history) {
		if len(all) != 1 || all[0].ms != noon.Add(-time.Second).UnixMilli() {
			t.Errorf("%s: got %v, want one sample a second before noon", name, all)
		}
	}
}

// TestAnchorsAreAdopted: the collector was restored from a backup that does
// not know the boot; the agent shows what it was told.
func TestAnchorsAreAdopted(t *testing.T) {
	t.Parallel()
	started := noon.Add(-time.Hour).UnixNano()
	var months []anchor // of a boot clock that drifts
	for n := range int64(256) {
		months = append(months, anchor{n, started + (n-255)*1e9})
	}
	tests := []struct {
		name string
		own  []anchor
		told []anchor
		want []anchor
	}{
		{"near", nil, []anchor{{0, started + 1e9}}, []anchor{{0, started + 1e9}}},
		{"with its steps", nil, []anchor{{0, started + 9e12}, {5, started}}, []anchor{{0, started + 9e12}, {5, started}}},
		{"a step that the backup lacks", []anchor{{0, started + 9e12}}, []anchor{{0, started + 9e12}, {5, started}}, []anchor{{0, started + 9e12}, {5, started}}},
		{"its own stay", []anchor{{0, started}}, []anchor{{0, started + 1e9}}, []anchor{{0, started}}},
		{"too far off", nil, []anchor{{0, started + 61e9}}, nil},
		{"so far off that it overflows", nil, []anchor{{0, math.MinInt64}}, nil},
		{"from the future", nil, []anchor{{int64(2 * time.Hour), started}}, nil},
		{"of another boot", nil, nil, nil},
		{"the newest of many", nil, months, months[len(months)-maxAnchors:]},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			m := newMachine("town")
			if tt.own != nil {
				r.greet(m)
				m.instance = random()
				r.agents[m.Agent].boot(m.boot).anchors = tt.own
			}
			h := m.hello(noon)
			h.Anchors = []*wire.Anchor{{Boot: make([]byte, 16), OffsetNs: noon.Add(2 * time.Hour).UnixNano()}}
			for _, a := range tt.told {
				h.Anchors = append(h.Anchors, &wire.Anchor{Boot: m.boot[:], FromBootNs: a.since, OffsetNs: a.offset})
			}
			w, err := r.Hello(t.Context(), m.Caller, h, noon)
			if err != nil {
				t.Fatal(err)
			}
			var got []anchor
			for _, a := range w.Anchors {
				got = append(got, anchor{a.FromBootNs, a.OffsetNs})
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
			if n := r.count("SELECT count(*) FROM anchors"); n != len(tt.want) && tt.own == nil {
				t.Errorf("%d anchors are stored, want %d", n, len(tt.want))
			}
		})
	}
}

// TestAnchorsOfFormerBootsAreAdopted: the box was switched off since the backup
// and its clock says 1970. What it made before comes at its own time.
func TestAnchorsOfFormerBootsAreAdopted(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	before := newMachine("town")
	made := noon.Add(-time.Minute)
	before.wallOff = -55 * 365 * 24 * time.Hour
	batch := before.cutBatch(before.body(before.result(made, 1)))
	m := newMachine("town")
	m.Caller = before.Caller
	h := m.hello(noon)
	h.Epoch = before.epoch[:]
	began := made.UnixNano() - before.result(made, 1).BootNs
	h.Anchors = []*wire.Anchor{
		{Boot: before.boot[:], OffsetNs: began},
		{Boot: before.boot[:], FromBootNs: 1, OffsetNs: noon.Add(time.Hour).UnixNano()}, // nothing from the future
	}
	if _, err := r.Hello(t.Context(), m.Caller, h, noon); err != nil {
		t.Fatal(err)
	}
	if n := r.count("SELECT count(*) FROM anchors"); n != 1 {
		t.Errorf("%d anchors are stored, want the one that may be", n)
	}
	r.push(m, batch)
	for name, all := range samples(t, r.history) {
		if len(all) != 1 || all[0].ms != made.UnixMilli() {
			t.Errorf("%s: got %v, want one sample a minute before noon", name, all)
		}
	}
}

// TestLostIsWhatIsMissing: an agent that was told of a part of what is held
// only reports more than is missing.
func TestLostIsWhatIsMissing(t *testing.T) {
	t.Parallel()
	s := spans{held: []span{{3, 4}, {8, 8}}}
	tests := []struct {
		x    span
		want []span
	}{
		{span{1, 10}, []span{{1, 2}, {5, 7}, {9, 10}}},
		{span{3, 4}, nil},
		{span{4, 8}, []span{{5, 7}}},
		{span{5, 7}, []span{{5, 7}}},
		{span{9, 9}, []span{{9, 9}}},
	}
	for _, tt := range tests {
		if got := s.missing(tt.x); !slices.Equal(got, tt.want) {
			t.Errorf("missing of %v: got %v, want %v", tt.x, got, tt.want)
		}
	}
	r := newRig(t)
	m := newMachine("town")
	r.greet(m)
	r.push(m, m.cutBatch(m.body(m.result(noon, 1), m.result(noon, 2))))
	h := m.hello(noon)
	h.Lost = []*wire.Range{{Epoch: m.epoch[:], First: 1, Last: 5}}
	if _, err := r.Hello(t.Context(), m.Caller, h, noon); err != nil {
		t.Fatal(err)
	}
	if n := r.count("SELECT sum(last - first + 1) FROM lost"); n != 3 {
		t.Errorf("%d results are booked as lost, want the 3 of 5 that are not held", n)
	}
}

func TestSpans(t *testing.T) {
	t.Parallel()
	tests := []struct {
		add  []span
		want []span
	}{
		{[]span{{1, 5}, {6, 9}}, []span{{1, 9}}},
		{[]span{{6, 9}, {1, 5}}, []span{{1, 9}}},
		{[]span{{1, 2}, {5, 6}, {9, 9}}, []span{{1, 2}, {5, 6}, {9, 9}}},
		{[]span{{1, 2}, {5, 6}, {9, 9}, {3, 4}}, []span{{1, 6}, {9, 9}}},
		{[]span{{1, 2}, {5, 6}, {9, 9}, {7, 8}, {3, 4}}, []span{{1, 9}}},
		{[]span{{9, 9}, {5, 6}, {1, 2}}, []span{{1, 2}, {5, 6}, {9, 9}}},
		{[]span{{3, 4}, {1, 9}}, []span{{1, 9}}},
	}
	for _, tt := range tests {
		// table is what the table holds when it is written after each one.
		var s spans
		table := map[uint64]uint64{}
		for _, x := range tt.add {
			s.add(x)
			for first := range s.removed {
				delete(table, first)
			}
			for first := range s.changed {
				table[first] = s.at(first).last
			}
			s.written()
		}
		if !slices.Equal(s.held, tt.want) {
			t.Errorf("%v: got %v, want %v", tt.add, s.held, tt.want)
		}
		rows := map[uint64]uint64{}
		for _, x := range tt.want {
			rows[x.first] = x.last
		}
		if !maps.Equal(table, rows) {
			t.Errorf("%v: the table has %v, want %v", tt.add, table, rows)
		}
		for _, x := range tt.want {
			if any, all := s.overlaps(x); !any || !all {
				t.Errorf("%v: %v is not held", tt.add, x)
			}
			if any, all := s.overlaps(span{x.last, x.last + 1}); !any || all {
				t.Errorf("%v: of %d to %d one is held, got %t, %t", tt.add, x.last, x.last+1, any, all)
			}
			if any, _ := s.overlaps(span{x.last + 1, x.last + 1}); any {
				t.Errorf("%v: %d is held", tt.add, x.last+1)
			}
		}
	}
}

// TestWallClockIsKnown: the collector finds by itself how far a machine's wall
// clock is ahead, and says nothing before a round trip.
func TestWallClockIsKnown(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := newMachine("town")
	m.wallOff = -8 * time.Hour
	clock := func() (time.Duration, bool) {
		to := r.seen
		to.mu.Lock()
		defer to.mu.Unlock()
		ahead, known := to.clocks["town"]
		return ahead, known
	}
	r.greet(m)
	first := &wire.PushRequest{Contact: m.contact(*r.now, 0, 0)}
	first.Contact.LastTrip = nil
	if _, err := r.Push(t.Context(), m.Caller, first, *r.now); err != nil {
		t.Fatal(err)
	}
	if ahead, known := clock(); known {
		t.Errorf("without a round trip: got %v, want nothing", ahead)
	}
	r.push(m)
	if ahead, known := clock(); !known || (ahead+8*time.Hour).Abs() > 20*time.Millisecond {
		t.Errorf("got %v, %t; want 8 h behind", ahead, known)
	}
	m.wallOff = 0
	*r.now = r.now.Add(15 * time.Second)
	r.push(m)
	if ahead, known := clock(); !known || ahead.Abs() > 20*time.Millisecond {
		t.Errorf("set right: got %v, %t; want about 0", ahead, known)
	}
}
