package uplink_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fengsui/agent/clock"
	"fengsui/agent/collectortest"
	"fengsui/agent/identity"
	"fengsui/agent/spool"
	"fengsui/agent/uplink"
	"fengsui/collector/wire"
)

// A rig is an uplink with a real spool and a collector in memory.
type rig struct {
	t     *testing.T
	c     *collectortest.Collector
	spool *spool.Spool
	o     uplink.Options
	up    *uplink.Uplink
	stop  func() // and wait
}

// assigned keeps the assignments that an uplink brings.
type assigned struct {
	mu       sync.Mutex
	revision []byte
	taken    int
	fail     error
}

func (a *assigned) Revision() []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.revision
}

func (a *assigned) Assign(revision, _ []byte, _ []*wire.Secret) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.fail != nil {
		return a.fail
	}
	a.revision = revision
	a.taken++
	return nil
}

var logs = slog.New(slog.NewTextHandler(io.Discard, nil))

func newRig(t *testing.T, c *collectortest.Collector) *rig {
	t.Helper()
	r := &rig{t: t, c: c}
	r.spool = openSpool(t, t.TempDir())
	anchors, err := uplink.LoadAnchors(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	id := c.Identity(t)
	r.o = uplink.Options{
		Collectors: []string{c.Addr}, Identity: func() (*identity.Identity, error) { return id, nil },
		Spool: r.spool, Clock: clock.System(), Anchors: anchors, Assignment: &assigned{},
		Kinds:    []*wire.KindSchema{{Kind: "icmp", Schema: 7}},
		SelfTest: func() *wire.SelfTest { return &wire.SelfTest{IcmpMode: "raw", Ipv4: true} },
		Version:  "test", Logger: logs, SpooledFor: id.Agent,
		Idle: 50 * time.Millisecond, Busy: 20 * time.Millisecond, Gather: 5 * time.Millisecond,
		FirstPause: 10 * time.Millisecond, MostPause: 50 * time.Millisecond, PersonPause: time.Hour,
		Backlog: 1_000_000_000,
	}
	return r
}

func openSpool(t *testing.T, dir string) *spool.Spool {
	t.Helper()
	s, damages, err := spool.Open(spool.Options{Dir: dir, Reserve: -1, Now: time.Now})
	if err != nil || len(damages) > 0 {
		t.Fatalf("open the spool: %v, damages %v", err, damages)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func (r *rig) start() {
	r.t.Helper()
	up, err := uplink.New(r.o)
	if err != nil {
		r.t.Fatal(err)
	}
	r.up = up
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		up.Run(ctx)
	}()
	r.stop = func() {
		cancel()
		<-done
	}
	r.t.Cleanup(r.stop)
}

// add puts n results into the spool and makes them durable.
func (r *rig) add(revision string, n int) {
	r.t.Helper()
	for range n {
		err := r.spool.Add(spool.Entry{
			Revision: []byte(revision), Boot: clock.System().Boot(), Kind: "icmp", Measurements: []string{"rtt_seconds"},
			Result: &wire.Result{Check: 1, BootNs: 1, Pair: &wire.Verdict{}, Rows: []*wire.Row{{Family: 4, Names: []uint32{0}, Values: []float64{0.01}}}},
		})
		if err != nil {
			r.t.Fatal(err)
		}
	}
	if err := r.spool.Sync(); err != nil {
		r.t.Fatal(err)
	}
}

// stored waits until the collector holds n results of the spool's epoch,
// without hole or double.
func (r *rig) stored(n int) {
	r.t.Helper()
	epoch := r.spool.Epoch()
	collectortest.Until(r.t, fmt.Sprintf("%d results", n), func() error {
		seen := r.c.Seen()
		got := 0
		for _, s := range seen.Results {
			if string(s.Epoch) == string(epoch[:]) {
				got++
			}
		}
		if got != n {
			return fmt.Errorf("the collector holds %d, want %d", got, n)
		}
		return nil
	})
	seen := r.c.Seen()
	if holes := seen.Holes(epoch[:]); len(holes) > 0 || seen.Doubled > 0 {
		r.t.Errorf("holes %v, doubled %d, want none", holes, seen.Doubled)
	}
}

// acked waits until nothing is unacknowledged.
func (r *rig) acked() {
	r.t.Helper()
	collectortest.Until(r.t, "everything to be acknowledged", func() error {
		if n := r.spool.State().Unacknowledged; n > 0 {
			return fmt.Errorf("%d results are not", n)
		}
		return nil
	})
}

func TestDelivery(t *testing.T) {
	t.Parallel()
	for proto, change := range map[string]func(*tls.Config){
		"HTTP/2.0": nil,
		"HTTP/1.1": func(c *tls.Config) { c.NextProtos = []string{"http/1.1"} },
	} {
		for _, listen := range []string{"127.0.0.1:0", "[::1]:0"} {
			r := newRig(t, collectortest.Start(t, listen, change))
			r.add("a", 10)
			r.start()
			r.stored(10)
			r.acked()
			for range 5 {
				r.add("a", 3)
				r.up.Changed()
			}
			r.stored(25)
			r.acked()
			r.stop()
			seen := r.c.Seen()
			if len(seen.Hellos) != 1 || len(seen.Goodbyes) != 1 {
				t.Errorf("%s at %s: %d Hellos and %d goodbyes, want 1 and 1", proto, listen, len(seen.Hellos), len(seen.Goodbyes))
			}
			if len(seen.Protocols) != 1 || seen.Protocols[proto] == 0 {
				t.Errorf("the calls went over %v, want %s only", seen.Protocols, proto)
			}
			h := seen.Hellos[0]
			if h.Protocol != wire.Protocol || h.NextSequence != 11 || len(h.Epoch) != 16 || len(h.Contact.Instance) != 16 ||
				len(h.Contact.Boot) != 16 || h.BootedUnixNs == 0 || len(h.Kinds) != 1 || h.SelfTest.GetIcmpMode() != "raw" {
				t.Errorf("Hello says %v", h)
			}
			trip := seen.Pushes[len(seen.Pushes)-1].Contact.LastTrip
			if trip == nil || trip.ReturnedBootNs < trip.SentBootNs || trip.AnsweredUnixNs < trip.ReceivedUnixNs {
				t.Errorf("the last push reports the trip %v, want the one before", trip)
			}
			if offset, ok := r.up.ClockOffset(); !ok || offset.Abs() > time.Second {
				t.Errorf("the clock is off by %v, %v, want about nothing on one machine", offset, ok)
			}
		}
	}
}

func TestEmptyPushesKeepTheSiteAlive(t *testing.T) {
	t.Parallel()
	r := newRig(t, collectortest.Start(t, "127.0.0.1:0", nil))
	r.start()
	collectortest.Until(t, "empty pushes", func() error {
		if n := len(r.c.Seen().Pushes); n < 5 {
			return fmt.Errorf("%d came", n)
		}
		return nil
	})
	for _, p := range r.c.Seen().Pushes {
		if len(p.Batches) > 0 {
			t.Errorf("a push of an empty spool carries %d batches", len(p.Batches))
		}
	}
}

// TestFaults: whatever a call meets, every result arrives once.
func TestFaults(t *testing.T) {
	t.Parallel()
	for name, when := range map[string]string{"refused before storing": "before", "lost after storing": "after"} {
		for _, code := range []string{
			"", wire.CodeStopping, wire.CodeBusy, wire.CodeTooLarge, wire.CodeBroken, wire.CodeHelloFirst, "of_a_newer_release",
		} {
			t.Run(name+"/"+code, func(t *testing.T) {
				t.Parallel()
				c := collectortest.Start(t, "127.0.0.1:0", nil)
				var pushes atomic.Int32
				c.Fault = func(_ context.Context, rpc, at string) error {
					if rpc == "Push" && at == when && pushes.Add(1) <= 3 {
						if code == "" {
							return errors.New("the collector's own mistake")
						}
						return collectortest.Refuse(code)
					}
					return nil
				}
				r := newRig(t, c)
				r.add("a", 20)
				r.start()
				r.stored(20)
				r.acked()
				if n := len(c.Seen().Hellos); n < 2 {
					t.Errorf("%d Hellos, want one after every lost contact", n)
				}
			})
		}
	}
}

// TestCutMidPush cuts the connection after more and more bytes.
func TestCutMidPush(t *testing.T) {
	t.Parallel()
	c := collectortest.Start(t, "127.0.0.1:0", nil)
	relay := newRelay(t, c.Addr)
	r := newRig(t, c)
	r.o.Collectors = []string{relay.addr}
	r.add("a", 300)
	for i := range 12 {
		relay.budgets <- 1500 + 700*i // of the next connections; the handshake needs some 2 KB
	}
	r.start()
	r.stored(300)
	r.acked()
	if relay.cuts.Load() == 0 {
		t.Error("no connection was cut: the test saw nothing")
	}
}

// A relay forwards connections and cuts each after as many bytes as it was
// told, without end when it was told nothing.
type relay struct {
	addr    string
	budgets chan int
	cuts    atomic.Int32
}

func newRelay(t *testing.T, to string) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{addr: l.Addr().String(), budgets: make(chan int, 64)}
	var wg sync.WaitGroup
	t.Cleanup(func() { l.Close() })
	wg.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			budget := -1
			select {
			case budget = <-r.budgets:
			default:
			}
			go r.forward(in, to, budget)
		}
	})
	return r
}

func (r *relay) forward(in net.Conn, to string, budget int) {
	defer in.Close()
	out, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer out.Close()
	go func() {
		io.Copy(in, out)
		in.Close()
	}()
	if budget < 0 {
		io.Copy(out, in)
		return
	}
	io.CopyN(out, in, int64(budget))
	r.cuts.Add(1)
	in.(*net.TCPConn).SetLinger(0)
}

func TestSupersededStopsPushing(t *testing.T) {
	t.Parallel()
	r := newRig(t, collectortest.Start(t, "127.0.0.1:0", nil))
	r.o.FirstPause, r.o.MostPause = 1000*time.Hour, 1000*time.Hour
	r.start()
	r.add("a", 5)
	r.stored(5)
	r.c.Supersede()
	collectortest.Until(t, "the uplink to stop", func() error {
		if p := r.up.State().Problem; p == nil || p.Class != wire.CodeSuperseded || p.Next != uplink.Again {
			return fmt.Errorf("problem %+v", p)
		}
		return nil
	})
	pushes, hellos := len(r.c.Seen().Pushes), len(r.c.Seen().Hellos)
	r.add("a", 5) // probing goes on
	r.up.Changed()
	time.Sleep(200 * time.Millisecond) // four idle intervals
	if s := r.c.Seen(); len(s.Pushes) != pushes || len(s.Hellos) != hellos {
		t.Errorf("a superseded agent went on: %d pushes and %d Hellos more", len(s.Pushes)-pushes, len(s.Hellos)-hellos)
	}
	if r.spool.State().Unacknowledged != 5 {
		t.Errorf("%d results wait, want 5", r.spool.State().Unacknowledged)
	}
	r.stop()
	if n := len(r.c.Seen().Goodbyes); n > 0 {
		t.Errorf("a superseded agent said goodbye %d times: the other one is the site now", n)
	}
}

// TestSupersededAsksAgain: after a pause it says Hello, which is how a
// clone shows, and how an agent that a person chose to keep comes back.
func TestSupersededAsksAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t, collectortest.Start(t, "127.0.0.1:0", nil))
	r.start()
	r.add("a", 5)
	r.stored(5)
	r.c.Supersede()
	r.add("a", 5)
	r.stored(10)
}

func TestNumberingWentBack(t *testing.T) {
	t.Parallel()
	c := collectortest.Start(t, "127.0.0.1:0", nil)
	c.GoBack()
	r := newRig(t, c)
	r.add("a", 10)
	before := r.spool.Epoch()
	r.start()
	collectortest.Until(t, "a new epoch", func() error {
		if r.spool.Epoch() == before {
			return errors.New("still the old one")
		}
		return nil
	})
	r.stored(10)
	r.acked()
	if h := c.Seen().Hellos; len(h) != 2 || string(h[0].Epoch) == string(h[1].Epoch) {
		t.Errorf("%d Hellos, want a second one with the new epoch", len(h))
	}
}

// TestRestoredCollector: what it forgot is sent again, though it had been
// acknowledged, and though it knows who speaks and takes pushes at once.
func TestRestoredCollector(t *testing.T) {
	t.Parallel()
	r := newRig(t, collectortest.Start(t, "127.0.0.1:0", nil))
	r.add("a", 10)
	r.start()
	r.stored(10)
	r.acked()
	r.c.Forget()
	r.add("a", 1)
	r.stored(11)
	r.acked()
}

// TestEnrolledAnew: another agent id on the same disk sends what was never
// acknowledged, and nothing twice.
func TestEnrolledAnew(t *testing.T) {
	t.Parallel()
	r := newRig(t, collectortest.Start(t, "127.0.0.1:0", nil))
	r.add("a", 10)
	r.start()
	r.stored(10)
	r.acked()
	r.c.Forget() // the collector holds nothing of the new agent
	r.c.WantHello()
	id, err := r.o.Identity()
	if err != nil {
		t.Fatal(err)
	}
	again := *id
	again.Agent = []byte("another agent id")
	r.stop()
	r.o.Identity = func() (*identity.Identity, error) { return &again, nil }
	r.add("a", 3)
	r.start()
	collectortest.Until(t, "the three new results", func() error {
		if n := len(r.c.Seen().Results); n != 3 {
			return fmt.Errorf("the collector got %d", n)
		}
		return nil
	})
	r.acked()
	r.stop()
	if n := len(r.c.Seen().Results); n != 3 {
		t.Errorf("the collector got %d results, want the 3 that were never acknowledged", n)
	}
}

func TestHeldRevisionWaits(t *testing.T) {
	t.Parallel()
	c := collectortest.Start(t, "127.0.0.1:0", nil)
	c.Hold([]byte("new"), true)
	r := newRig(t, c)
	r.add("old", 5)
	r.add("new", 5)
	r.add("old", 5)
	r.start()
	collectortest.Until(t, "what is not held", func() error {
		if n := len(c.Seen().Results); n != 10 {
			return fmt.Errorf("%d results", n)
		}
		return nil
	})
	collectortest.Until(t, "the state", func() error {
		if s := r.up.State(); s.Held != 1 || s.Problem != nil {
			return fmt.Errorf("held %d, problem %v, want one batch and no problem", s.Held, s.Problem)
		}
		return nil
	})
	if n := r.spool.State().Unacknowledged; n != 5 {
		t.Errorf("%d results wait, want the 5 of the held revision", n)
	}
}

func TestAssignment(t *testing.T) {
	t.Parallel()
	c := collectortest.Start(t, "127.0.0.1:0", nil)
	r := newRig(t, c)
	a := r.o.Assignment.(*assigned)
	r.start()
	for i := range 3 {
		want := c.Assign(t, &wire.Assignment{Site: "qingfu", Checks: []*wire.Check{{Number: uint32(i), Id: "x"}}})
		collectortest.Until(t, "the assignment", func() error {
			if string(a.Revision()) != string(want) {
				return errors.New("not taken")
			}
			return nil
		})
	}
	a.mu.Lock()
	a.fail = errors.New("the disk is full")
	a.mu.Unlock()
	c.Assign(t, &wire.Assignment{Site: "qingfu"})
	collectortest.Until(t, "the failure to be told", func() error {
		if p := r.up.State().Assignment; p == nil || p.Class != uplink.ClassAssignment {
			return fmt.Errorf("problem %v", p)
		}
		return nil
	})
	a.mu.Lock()
	a.fail = nil
	a.mu.Unlock()
	collectortest.Until(t, "the assignment after the failure", func() error {
		if p := r.up.State().Assignment; p != nil {
			return fmt.Errorf("problem %v", p.EN)
		}
		return nil
	})
	if n := len(c.Seen().Hellos); n != 1 {
		t.Errorf("%d Hellos, want 1: a bad assignment ends no contact", n)
	}
}

// TestPollRefused: a refusal of the poll ends the contact like one of a push.
func TestPollRefused(t *testing.T) {
	t.Parallel()
	c := collectortest.Start(t, "127.0.0.1:0", nil)
	var polls atomic.Int32
	c.Fault = func(_ context.Context, rpc, _ string) error {
		if rpc == "Poll" && polls.Add(1) == 1 {
			return collectortest.Refuse(wire.CodeRevoked)
		}
		return nil
	}
	r := newRig(t, c)
	r.start()
	collectortest.Until(t, "the refusal", func() error {
		if p := r.up.State().Problem; p == nil || p.Class != wire.CodeRevoked {
			return fmt.Errorf("problem %v", p)
		}
		return nil
	})
}

func TestAnchorsAreKeptAndShown(t *testing.T) {
	t.Parallel()
	c := collectortest.Start(t, "127.0.0.1:0", nil)
	c.Tell(&wire.Anchor{Boot: clock.System().Boot(), FromBootNs: 1, OffsetNs: 42})
	r := newRig(t, c)
	r.start()
	collectortest.Until(t, "the anchor", func() error {
		if len(r.o.Anchors.All()) != 1 {
			return errors.New("none")
		}
		return nil
	})
	c.WantHello()
	collectortest.Until(t, "a second Hello", func() error {
		h := c.Seen().Hellos
		if len(h) < 2 {
			return errors.New("none")
		}
		if a := h[1].Anchors; len(a) != 1 || a[0].OffsetNs != 42 {
			return fmt.Errorf("it shows %v", a)
		}
		return nil
	})
}

// TestStop: the last results go out, then the goodbye; a dead line delays the
// end by the bound at most.
func TestStop(t *testing.T) {
	t.Parallel()
	c := collectortest.Start(t, "127.0.0.1:0", nil)
	r := newRig(t, c)
	r.o.Idle = time.Hour
	r.start()
	collectortest.Until(t, "contact", func() error {
		if len(c.Seen().Pushes) == 0 {
			return errors.New("none")
		}
		return nil
	})
	r.add("a", 7)
	r.stop()
	if seen := c.Seen(); len(seen.Results) != 7 || len(seen.Goodbyes) != 1 || seen.Goodbyes[0].Reason != "stop" {
		t.Errorf("%d results and goodbyes %v, want 7 and one", len(seen.Results), seen.Goodbyes)
	}
	if n := r.spool.State().Unacknowledged; n != 0 {
		t.Errorf("%d results are unacknowledged, want none", n)
	}
}

func TestStopWithoutCollector(t *testing.T) {
	t.Parallel()
	r := newRig(t, collectortest.Start(t, "127.0.0.1:0", nil))
	r.o.Collectors = []string{"127.0.0.1:1"}
	r.start()
	collectortest.Until(t, "the failure", func() error {
		if p := r.up.State().Problem; p == nil || p.Class != uplink.ClassRefused {
			return fmt.Errorf("problem %v", p)
		}
		return nil
	})
	r.stop() // the test's own deadline is the bound
}

func TestSeveralCollectorAddresses(t *testing.T) {
	t.Parallel()
	other := collectortest.Start(t, "127.0.0.1:0", nil) // another district's
	c := collectortest.Start(t, "[::1]:0", nil)
	r := newRig(t, c)
	r.o.Collectors = []string{"127.0.0.1:1", other.Addr, c.Addr}
	r.add("a", 5)
	r.start()
	r.stored(5)
	if got := r.up.State().Address; got != c.Addr {
		t.Errorf("the address in use is %q, want %q", got, c.Addr)
	}
	if n := len(other.Seen().Hellos); n != 0 {
		t.Errorf("%d Hellos went to a foreign collector", n)
	}
}

func TestWrongPin(t *testing.T) {
	t.Parallel()
	c, other := collectortest.Start(t, "127.0.0.1:0", nil), collectortest.Start(t, "127.0.0.1:0", nil)
	r := newRig(t, c)
	r.o.Collectors = []string{other.Addr}
	r.start()
	collectortest.Until(t, "the refusal", func() error {
		p := r.up.State().Problem
		if p == nil || p.Class != uplink.ClassTLSPin || p.ZH == "" {
			return fmt.Errorf("problem %+v", p)
		}
		return nil
	})
	if n := len(other.Seen().Hellos); n != 0 {
		t.Errorf("%d Hellos went to a foreign collector", n)
	}
}

// TestTimeOfAWildCollector: a collector whose clock is outside of its own
// certificate is not believed about time, and is again once it is right.
func TestTimeOfAWildCollector(t *testing.T) {
	t.Parallel()
	c := collectortest.Start(t, "127.0.0.1:0", nil)
	c.Shift(80 * 365 * 24 * time.Hour)
	r := newRig(t, c)
	r.add("a", 3)
	r.start()
	collectortest.Until(t, "the doubt", func() error {
		if p := r.up.State().Problem; p == nil || p.Class != uplink.ClassTLSDate {
			return fmt.Errorf("problem %v", p)
		}
		return nil
	})
	if offset, ok := r.up.ClockOffset(); ok {
		t.Errorf("an unbelievable time was learned: off by %v", offset)
	}
	c.Shift(0)
	r.stored(3)

	// The same in mid-contact: what was learned before stands.
	c.Shift(-80 * 365 * 24 * time.Hour)
	collectortest.Until(t, "the doubt in mid-contact", func() error {
		if p := r.up.State().Problem; p == nil || p.Class != uplink.ClassTLSDate {
			return fmt.Errorf("problem %v", p)
		}
		return nil
	})
	if offset, ok := r.up.ClockOffset(); !ok || offset.Abs() > time.Minute {
		t.Errorf("an unbelievable time was learned: off by %v, %v", offset, ok)
	}
	c.Shift(0)
	r.add("a", 2)
	r.stored(5)
}
