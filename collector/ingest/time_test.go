package ingest

import (
	"fmt"
	"math"
	"testing"
	"time"

	"fengsui/agent/clock"
	"fengsui/agent/uplink"
	"fengsui/collector/wire"
)

// A box is an agent's machine whose clocks go as a test says, on a line as slow
// as it says. It learns and keeps with the agent's own code.
type box struct {
	r       *rig
	m       *machine
	now     time.Time // the true time
	drift   float64   // of the boot clock
	wall    time.Duration
	off     time.Duration // the collector's clock, ahead of the true time
	trip    *wire.RoundTrip
	anchors *uplink.Anchors
	learned clock.Learned
	made    []time.Time // when the results were made, by the true time
	refused int
	told    int           // anchors
	ahead   time.Duration // of the receipt: of a result that was taken, at most
}

func newBox(t *testing.T, drift float64) *box {
	t.Helper()
	anchors, err := uplink.LoadAnchors(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return &box{r: newRig(t), m: newMachine("town"), now: noon, drift: drift, anchors: anchors}
}

func (x *box) boot() time.Duration {
	return time.Duration(float64(x.now.Sub(x.m.started)) * (1 + x.drift))
}

// collector is what the collector's clock says.
func (x *box) collector() time.Time { return x.now.Add(x.off) }

func (x *box) say() *wire.Contact {
	return &wire.Contact{Instance: x.m.instance[:], Boot: x.m.boot[:], BootNs: int64(x.boot()), WallUnixNs: x.now.Add(x.wall).UnixNano(), LastTrip: x.trip}
}

// pass takes a request there and its answer back.
func (x *box) pass(c *wire.Contact, there, back time.Duration, call func(received time.Time) ([]*wire.Anchor, error)) {
	x.r.t.Helper()
	x.now = x.now.Add(there)
	received := x.collector()
	*x.r.now = received
	told, err := call(received)
	if err != nil {
		x.r.t.Fatal(err)
	}
	x.now = x.now.Add(back)
	x.trip = &wire.RoundTrip{SentBootNs: c.BootNs, ReceivedUnixNs: received.UnixNano(), AnsweredUnixNs: received.UnixNano(), ReturnedBootNs: int64(x.boot())}
	x.learned.Learn(x.trip)
	if err := x.anchors.Told(told); err != nil {
		x.r.t.Fatal(err)
	}
	x.told = len(x.anchors.All())
}

func (x *box) hello(there, back time.Duration) {
	x.r.t.Helper()
	h := x.m.hello(x.now)
	h.Contact, h.Anchors = x.say(), x.anchors.All()
	x.pass(h.Contact, there, back, func(received time.Time) ([]*wire.Anchor, error) {
		w, err := x.r.Hello(x.r.t.Context(), x.m.Caller, h, received)
		return w.GetAnchors(), err
	})
}

// probe makes a result, and cuts it into a push. Its value says which it is.
func (x *box) probe() *wire.PushRequest {
	r := x.m.result(x.now, float64(len(x.made)))
	r.BootNs, r.WallUnixNs = int64(x.boot()), x.now.Add(x.wall).UnixNano()
	x.made = append(x.made, x.now)
	return &wire.PushRequest{Contact: x.say(), Batches: []*wire.Batch{x.m.cutBatch(x.m.body(r))}}
}

func (x *box) push(p *wire.PushRequest, there, back time.Duration) {
	x.r.t.Helper()
	x.pass(p.Contact, there, back, func(received time.Time) ([]*wire.Anchor, error) {
		before := len(x.r.seen.observed)
		w, err := x.r.Push(x.r.t.Context(), x.m.Caller, p, received)
		x.refused += len(w.GetRefused())
		for _, o := range x.r.seen.observed[before:] {
			x.ahead = max(x.ahead, o.At.Sub(received))
		}
		return w.GetAnchors(), err
	})
}

// stored returns when the results are, by their number, in the collector's time.
func (x *box) stored() map[int]time.Time {
	at := map[int]time.Time{}
	for _, p := range samples(x.r.t, x.r.history)[`{__name__="fengsui_icmp_rtt_seconds", check="gateway", family="4", kind="icmp", site="town", target="hub"}`] {
		at[int(p.v)] = time.UnixMilli(p.ms)
	}
	return at
}

// TestTimes plays an agent against the ingest for ten minutes or a month.
// Whatever the box's wall clock says, its results come at the collector's
// time, none lies in the future, and only a clock that was set makes a step.
func TestTimes(t *testing.T) {
	t.Parallel()
	const ms, s, h = time.Millisecond, time.Second, time.Hour
	at := func(year int) time.Duration { return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).Sub(noon) }
	constant := func(d time.Duration) func(int) time.Duration { return func(int) time.Duration { return d } }
	from := func(n int, d time.Duration) func(int) time.Duration {
		return func(contact int) time.Duration {
			if contact >= n {
				return d
			}
			return 0
		}
	}
	quick := func(n int) (there, back time.Duration) { // the newest trip is seldom the quickest
		way := time.Duration(20+(n+1)%12) * ms
		return way, way
	}
	even := func(int) (there, back time.Duration) { return 20 * ms, 20 * ms }
	slowAt := func(slow int, there, back time.Duration) func(int) (time.Duration, time.Duration) {
		return func(n int) (time.Duration, time.Duration) {
			if n == slow {
				return there, back
			}
			return quick(n)
		}
	}
	tests := []struct {
		name      string
		wall, off func(contact int) time.Duration // nil: right
		drift     float64
		line      func(contact int) (there, back time.Duration) // contact -1 is the Hello; nil: quick
		contacts  int                                           // 40
		every     time.Duration                                 // 15 s

		tolerance time.Duration         // of the times of results, which may lie as far ahead of their receipt; 1 ms
		learned   time.Duration         // of what the agent has learned; 0: the same
		lag       func(result int) bool // whether a result still has the offset of before
		ahead     time.Duration         // of the receipt, until a step; 0: tolerance
		refused   int                   // results that lay too far in the future
		steps     int                   // anchors behind the first
	}{
		{name: "right"},
		{name: "a boot in 1970", wall: constant(at(1970))},
		{name: "a boot in 2000", wall: constant(at(2000))},
		{name: "a boot in 2040", wall: constant(at(2040))},
		{name: "a boot in 1970, set right in mid-run", wall: func(n int) time.Duration { return at(1970) - from(20, at(1970))(n) }},
		{name: "the wall steps by +8 h", wall: from(20, 8*h)},
		{name: "the wall steps by -8 h", wall: from(20, -8*h)},
		{name: "a line with 30 ms more one way", line: func(int) (time.Duration, time.Duration) { return 50 * ms, 20 * ms }, tolerance: 16 * ms},
		{name: "one push is queued for a minute on its way", line: slowAt(20, time.Minute, 20*ms)},
		{name: "one answer is queued for a minute", line: slowAt(20, 20*ms, time.Minute)},
		{name: "the first push is queued for a minute on its way", line: slowAt(0, time.Minute, 20*ms)},
		{name: "the Hello is queued for half a minute on its way", line: slowAt(-1, 30*s, 20*ms), tolerance: 31 * ms},
		{name: "a line that is 16 s slower for twenty pushes", line: func(n int) (time.Duration, time.Duration) {
			if 10 <= n && n < 30 {
				return 20 * ms, 16 * s
			}
			return quick(n)
		}, learned: 9 * s},
		// The trip that tells of a clock set forward ends with the second contact
		// behind it, and the contact itself tells of one set back.
		{name: "the collector's clock is set forward by an hour", off: from(20, h), steps: 1, lag: func(n int) bool { return 20 <= n && n < 24 }},
		{name: "the collector's clock is set back by an hour", off: from(20, -h), steps: 1, refused: 3, lag: func(n int) bool { return 20 <= n && n < 23 }},
		{name: "the same by less than a second", off: from(20, -900*ms), tolerance: 901 * ms},
		{name: "the same by half a minute", off: from(20, -30*s), steps: 1, lag: func(n int) bool { return 20 <= n && n < 23 }, ahead: 30 * s},
		// Every two hours, to end within seconds: three contacts of drift, and the
		// way to the next one, add 0.6 s at 20 ppm. At a contact every 15 s it is
		// some ms: see TestDriftOfAMonth.
		{name: "a month at +20 ppm", drift: 20e-6, contacts: 30 * 12, every: 2 * h, line: even, tolerance: 1600 * ms, learned: 200 * ms, steps: 35},
		{name: "a month at -20 ppm", drift: -20e-6, contacts: 30 * 12, every: 2 * h, line: even, tolerance: 1600 * ms, learned: 200 * ms, steps: 35},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			x := newBox(t, tt.drift)
			line := tt.line
			if line == nil {
				line = quick
			}
			set := func(n int) {
				if tt.wall != nil {
					x.wall = tt.wall(n)
				}
				if tt.off != nil {
					x.off = tt.off(n)
				}
			}
			set(-1)
			x.hello(line(-1))
			for n := range orElse(tt.contacts, 40) {
				x.now = x.now.Add(orElse(tt.every, 15*s))
				set(n)
				p := x.probe()
				x.now = x.now.Add(200 * ms) // it is spooled
				p.Contact = x.say()
				there, back := line(n)
				x.push(p, there, back)
				if got, ok := x.learned.Now(x.boot()); !ok || got.Sub(x.collector()).Abs() > orElse(tt.learned, max(tt.tolerance, ms)) {
					t.Errorf("contact %d: the agent learned %v, %v; the collector has %v", n, got, ok, x.collector())
				}
			}
			got := x.stored()
			if x.refused != tt.refused || len(got) != len(x.made)-tt.refused {
				t.Errorf("%d results were made, %d are stored and %d were refused, want %d refused", len(x.made), len(got), x.refused, tt.refused)
			}
			worst := time.Duration(0)
			for n, made := range x.made {
				set(n)
				want := made.Add(x.off)
				if tt.lag != nil && tt.lag(n) {
					want = made
				}
				if stored, ok := got[n]; ok && stored.Sub(want).Abs() > max(tt.tolerance, ms) {
					t.Fatalf("result %d is stored at %v, want %v within %v", n, stored, want, max(tt.tolerance, ms))
				} else if ok {
					worst = max(worst, stored.Sub(want).Abs())
				}
			}
			if x.ahead > orElse(tt.ahead, tt.tolerance) {
				t.Errorf("a result was taken %v ahead of its receipt, want at most %v", x.ahead, orElse(tt.ahead, tt.tolerance))
			}
			if x.told != 1+tt.steps {
				t.Errorf("there are %d anchors, want 1 and %d steps", x.told, tt.steps)
			}
			t.Logf("the worst time is %v wrong", worst)
		})
	}
}

// TestQueuedForAMinute: a push that its agent has given up comes a minute
// later, behind those that followed it. It shifts nothing and is taken once.
func TestQueuedForAMinute(t *testing.T) {
	t.Parallel()
	x := newBox(t, 0)
	const way = 20 * time.Millisecond
	x.hello(way, way)
	for range 5 {
		x.now = x.now.Add(15 * time.Second)
		x.push(x.probe(), way, way)
	}
	x.now = x.now.Add(15 * time.Second)
	queued := x.probe()
	x.now = x.now.Add(15 * time.Second) // the agent gives up, says Hello and sends the same again
	x.hello(way, way)
	again := x.probe()
	again.Batches = append(again.Batches, queued.Batches...)
	x.push(again, way, way)
	for range 3 {
		x.now = x.now.Add(15 * time.Second)
		x.push(x.probe(), way, way)
	}
	if w, err := x.r.Push(t.Context(), x.m.Caller, queued, x.collector()); err != nil || outcome(w) != wire.BatchAnswer_DUPLICATE {
		t.Errorf("the queued push: got %v, %v, want a duplicate", w, err)
	}
	for range 5 {
		x.now = x.now.Add(15 * time.Second)
		x.push(x.probe(), way, way)
	}
	got := x.stored()
	for n, made := range x.made {
		if got[n].Sub(made).Abs() > time.Millisecond {
			t.Errorf("result %d is stored at %v, want %v", n, got[n], made)
		}
	}
	if x.told != 1 || x.refused != 0 {
		t.Errorf("there are %d anchors and %d refusals, want 1 and none", x.told, x.refused)
	}
}

// TestDriftOfAMonth is 30 days of contacts every 15 s with a boot clock that
// goes 20 ppm wrong, on a line of 5 to 205 ms each way: no time is ever wrong
// by more than a second and what a trip cannot tell.
func TestDriftOfAMonth(t *testing.T) {
	t.Parallel()
	for _, drift := range []float64{20e-6, -20e-6} {
		t.Run(fmt.Sprint(drift), func(t *testing.T) {
			t.Parallel()
			var b boot
			clockAt := func(now int64) int64 { return int64(math.Round(float64(now) * (1 + drift))) }
			base := noon.UnixNano()
			worst, now := int64(0), int64(time.Hour)
			c := &wire.Contact{}
			for n := range 30 * 24 * 60 * 4 {
				now += int64(15 * time.Second)
				there, back := int64(5+n*7919%200)*1e6, int64(5+n*104729%200)*1e6
				c.BootNs = clockAt(now)
				b.contact(c, time.Unix(0, base+now+there))
				offset, _ := b.offset(c.BootNs)
				worst = max(worst, distance(c.BootNs+offset, base+now))
				c = &wire.Contact{LastTrip: &wire.RoundTrip{SentBootNs: c.BootNs, ReceivedUnixNs: base + now + there, AnsweredUnixNs: base + now + there, ReturnedBootNs: clockAt(now + there + back)}}
			}
			if worst > int64(1100*time.Millisecond) {
				t.Errorf("a time was wrong by %v, want at most 1.1 s", time.Duration(worst))
			}
			if n := len(b.anchors); n < 42 || n > 52 {
				t.Errorf("there are %d anchors for 52 s of drift, want about one a second", n)
			}
			t.Logf("worst %v, %d anchors", time.Duration(worst), len(b.anchors))
		})
	}
}
