package icmp

import (
	"encoding/binary"
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"

	"fengsui/checks"
	"fengsui/checks/icmp/echo"
	"fengsui/checks/lab"
)

// TestForgedErrors: an ICMP error counts only when it quotes a request of ours
// that is still open; anybody can send another.
func TestForgedErrors(t *testing.T) {
	t.Parallel()
	if !lab.Alone(t) {
		return
	}
	open(t)
	silence(t)
	for _, way := range []string{Unprivileged, Raw} {
		for name, tt := range map[string]struct {
			spoil func(quoted []byte) []byte // IP header and the request
			heard bool
		}{
			"as it is":       {func(q []byte) []byte { return q }, true},
			"eight bytes":    {func(q []byte) []byte { return q[:28] }, true}, // RFC 792
			"other number":   {func(q []byte) []byte { q[27]++; return q }, false},
			"other cookie":   {func(q []byte) []byte { q[28]++; return q }, false},
			"other id":       {func(q []byte) []byte { q[25]++; return q }, false},
			"other protocol": {func(q []byte) []byte { q[9] = 17; return q }, false},
			"cut short":      {func(q []byte) []byte { return q[:22] }, false},
			"nothing":        {func([]byte) []byte { return nil }, false},
			"no IP header":   {func(q []byte) []byte { return q[20:] }, false},
			"long header":    {func(q []byte) []byte { q[0] = 0x4f; return q }, false},
		} {
			t.Run(way+"/"+name, func(t *testing.T) {
				accuse(t, "127.0.5.1", tt.spoil)
				s := once
				s.wait = 300 * time.Millisecond
				got := newEngine().fly(t.Context(), checks.Endpoint{Addr: netip.MustParseAddr("127.0.5.1")}, way, s)
				if heard := !got.said.IsZero(); heard != tt.heard || got.replies() != 0 || got.judged() != 1 {
					t.Errorf("got %v, %d replies, %d judged; want it heard: %v", got.said, got.replies(), got.judged(), tt.heard)
				}
				if tt.heard && got.said.String() != "host unreachable (127.0.5.1)" {
					t.Errorf("got %q, want host unreachable", got.said)
				}
			})
		}
	}
}

// accuse answers each echo request with "host unreachable" and a spoilt quote.
func accuse(t *testing.T, address string, spoil func([]byte) []byte) {
	t.Helper()
	c, err := net.ListenPacket("ip4:icmp", address)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { c.Close(); <-done })
	go func() {
		defer close(done)
		for buf := make([]byte, 1500); ; {
			n, from, err := c.ReadFrom(buf)
			if err != nil {
				return
			}
			if n < 16 || buf[0] != 8 {
				continue
			}
			quoted := make([]byte, 20, 20+n)
			quoted[0], quoted[8], quoted[9] = 0x45, 64, 1
			binary.BigEndian.PutUint16(quoted[2:], uint16(20+n))
			copy(quoted[12:], from.(*net.IPAddr).IP.To4())
			copy(quoted[16:], net.ParseIP(address).To4())
			quoted = spoil(append(quoted, buf[:n]...))
			wire, err := (&icmp.Message{Type: ipv4.ICMPTypeDestinationUnreachable, Code: 1, Body: &icmp.RawBody{Data: append(make([]byte, 4), quoted...)}}).Marshal(nil)
			if err == nil {
				c.WriteTo(wire, from)
			}
		}
	}()
}

// TestReplyWithoutATime is counted, and not timed.
func TestReplyWithoutATime(t *testing.T) {
	t.Parallel()
	tl := newTally(1)
	tl.sent(0, time.Now())
	tl.received(0, echo.Unmeasured)
	tl.ended = time.Now()
	o := checks.NewObservation(&Kind)
	tl.note(o)
	if loss, _ := o.Get("loss_ratio"); loss != 0 {
		t.Errorf("a reply without a time: loss %v, want 0", loss)
	}
	if rtt, ok := o.Get("rtt_seconds"); ok {
		t.Errorf("a reply without a time: RTT %v, want none", rtt)
	}
}

// TestReordered: RFC 4737 section 3.3.
func TestReordered(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		order []int
		want  int
	}{
		{[]int{0, 1, 2, 3}, 0},
		{[]int{0, 2, 1, 3}, 1},
		{[]int{3, 0, 1, 2}, 3},
		{[]int{0, 3}, 0}, // lost ones are not late
		{[]int{1, 1, 0, 0}, 1},
	} {
		tl := newTally(4)
		for i := range 4 {
			tl.sent(i, time.Now())
		}
		for _, n := range tt.order {
			tl.received(n, time.Millisecond)
		}
		if tl.reordered != tt.want {
			t.Errorf("%v: got %d reordered, want %d", tt.order, tl.reordered, tt.want)
		}
	}
}

// TestEngineLeavesNothing: after its flights the engine knows no request.
func TestEngineLeavesNothing(t *testing.T) {
	t.Parallel()
	if !lab.Alone(t) {
		return
	}
	silence(t)
	respond(t, "127.0.6.1", all)
	e := newEngine()
	for _, address := range []string{"127.0.6.1", "127.0.6.2"} {
		s := once
		s.count, s.interval, s.wait = 3, 10*time.Millisecond, 200*time.Millisecond
		e.fly(t.Context(), checks.Endpoint{Addr: netip.MustParseAddr(address)}, Raw, s)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, o := range e.sockets {
		if len(o.sent) != 0 {
			t.Errorf("got %d requests kept, want none", len(o.sent))
		}
	}
	if len(e.flights) != 0 || len(e.sockets) != 1 {
		t.Errorf("got %d flights and %d sockets, want none and one", len(e.flights), len(e.sockets))
	}
}

// TestOverflowIsOurs: replies that the kernel dropped for want of room are no
// loss of the target's.
func TestOverflowIsOurs(t *testing.T) {
	t.Parallel()
	if !lab.Alone(t) {
		return
	}
	e := newEngine()
	s := once
	s.wait = 300 * time.Millisecond
	at := checks.Endpoint{Target: "t", Addr: netip.MustParseAddr("127.0.7.1")}
	v := echo.Voice{Raw: true, TTL: s.ttl}
	e.mu.Lock()
	o, err := e.outlet(v, time.Now())
	if err == nil { // the least that the kernel takes holds two replies
		err = o.Room(1)
	}
	e.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	s.count = 100
	f := newFlight(at, s)
	e.mu.Lock()
	f.over, f.opened, e.clock = o, true, time.Now()
	for f.next < f.count { // all at once, and nothing is read meanwhile
		f.last, e.sends = time.Now().Add(-f.interval), 0
		e.send(f, time.Now())
	}
	e.flights = append(e.flights, f)
	e.arm(slot)
	e.mu.Unlock()
	<-f.done
	if got := Kind.New().(*check).judge(at, s, &f.tally); got.Code != checks.ReasonLocal.Code || !f.overflowed {
		t.Errorf("got %v with %d of %d replies, want local_error", got, f.replies(), f.count)
	}
}
