package icmp

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	probing "github.com/prometheus-community/pro-bing"

	"fengsui/checks"
	"fengsui/checks/lab"
)

// The traps of pro-bing v0.9.1, each with a test that is red when it bites.

var quick = settings{count: 3, interval: 10 * time.Millisecond, wait: 200 * time.Millisecond, size: 56, ttl: 64}

// within fails the test when f has not returned by then.
func within(t *testing.T, limit time.Duration, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	select {
	case <-done:
	case <-time.After(limit):
		t.Fatalf("%s: still running after %v, want it ended", what, limit)
	}
}

// EACCES is retried for ever, whatever the timeout and the context say. The
// routing table is asked first, so the burst is run here without that.
func TestProhibitEndsTheBurst(t *testing.T) {
	t.Parallel()
	if !lab.Alone(t) {
		return
	}
	open(t)
	lab.IP(t, "route add prohibit 192.0.2.0/24")
	lab.IP(t, "-6 route add prohibit 2001:db8::/64")
	for _, way := range []string{Unprivileged, Raw} {
		for _, address := range []string{"192.0.2.1", "2001:db8::1"} {
			b := newBurst(netip.MustParseAddr(address), way, quick)
			within(t, 10*time.Second, way+" "+address, func() { b.run(t.Context()) })
			if !b.barred || b.judged() != 0 {
				t.Errorf("%s %s: got barred %v, %d sent, want barred and nothing sent", way, address, b.barred, b.judged())
			}
			c := Kind.New().(*check)
			at := checks.Endpoint{Target: address, Addr: netip.MustParseAddr(address)}
			if got := c.judge(at, quick, &b.tally); got.Code != checks.ReasonProhibited.Code {
				t.Errorf("%s %s: got %v, want prohibited_here", way, address, got)
			}
		}
	}
}

// ENOBUFS is retried at once and for ever as well.
func TestNoBuffersEndsTheBurst(t *testing.T) {
	t.Parallel()
	b := newBurst(netip.MustParseAddr("127.0.0.1"), Raw, quick)
	full := os.NewSyscallError("sendmsg", syscall.ENOBUFS)
	within(t, 10*time.Second, "ENOBUFS", func() {
		var sending sync.WaitGroup
		sending.Go(func() {
			for { // as sendICMP does
				b.pinger.OnSendError(&probing.Packet{}, full)
			}
		})
		sending.Wait()
	})
	at := checks.Endpoint{Target: "t", Addr: netip.MustParseAddr("127.0.0.1")}
	b.opened = true
	if got := Kind.New().(*check).judge(at, quick, &b.tally); got.Code != checks.ReasonLocal.Code {
		t.Errorf("got %v, want local_error", got)
	}
}

// Count replies end a run, not Count requests, and the default timeout is 292
// years: a silent address must end it by the wait.
func TestSilenceEndsTheBurst(t *testing.T) {
	t.Parallel()
	if !lab.Alone(t) {
		return
	}
	open(t)
	silence(t)
	for _, way := range []string{Unprivileged, Raw} {
		b := newBurst(netip.MustParseAddr("127.0.0.9"), way, quick)
		within(t, 10*time.Second, way, func() { b.run(t.Context()) })
		if b.judged() != 3 || len(b.rtts) != 0 {
			t.Errorf("%s: got %d sent and %d received, want 3 and 0", way, b.judged(), len(b.rtts))
		}
	}
}

// pro-bing's RTT is a difference of wall clocks: a step of the clock between
// request and reply must not show.
func TestClockStepDoesNotShow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, stepped := range []time.Duration{-time.Hour, time.Hour} {
			b := newBurst(netip.MustParseAddr("127.0.0.1"), Raw, quick)
			b.pinger.OnSend(&probing.Packet{Seq: 0})
			time.Sleep(30 * time.Millisecond)
			b.pinger.OnRecv(&probing.Packet{Seq: 0, Rtt: stepped})
			if len(b.rtts) != 1 || b.rtts[0] != 30*time.Millisecond {
				t.Errorf("clock stepped by %v: got %v, want 30ms", stepped, b.rtts)
			}
		}
	})
}

// A reply that is still on its way when the burst ends is not lost.
func TestInFlightIsNotLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBurst(netip.MustParseAddr("127.0.0.1"), Raw, quick)
		b.sent(0, time.Now())
		b.received(0, 0)
		b.sent(1, time.Now())
		time.Sleep(150 * time.Millisecond)
		b.sent(2, time.Now()) // sent late: this machine was busy
		b.ended = time.Now().Add(50 * time.Millisecond)
		if got := b.judged(); got != 2 {
			t.Errorf("got %d packets judged, want 2: the last had 50 ms for its reply", got)
		}
	})
}

// Nothing sent is no look at all, never a loss of 0 %.
func TestNothingSentIsNoLoss(t *testing.T) {
	t.Parallel()
	b := newBurst(netip.MustParseAddr("127.0.0.1"), Raw, quick)
	b.opened = true
	o := checks.NewObservation(&Kind)
	b.note(o)
	for _, m := range Kind.Measurements {
		if v, ok := o.Get(m.Name); ok {
			t.Errorf("got %s %v, want nothing measured", m.Name, v)
		}
	}
	at := checks.Endpoint{Target: "t", Addr: netip.MustParseAddr("127.0.0.1")}
	if got := Kind.New().(*check).judge(at, quick, &b.tally); got.State != checks.Unable {
		t.Errorf("got %v, want unable", got)
	}
}

// The pinger is given the address itself: its own resolver loses the zone,
// prefers IPv4 and takes the last of several addresses; a record of every RTT
// and TTL is kept unless told otherwise.
func TestPingerIsSetUp(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"127.0.0.1", "::1", "fe80::1%lo"} {
		a := netip.MustParseAddr(address)
		p := newBurst(a, Unprivileged, quick).pinger
		if got := p.IPAddr(); got == nil || got.String() != address {
			t.Errorf("%s: the pinger has %v, want the same address with its zone", address, got)
		}
		if p.RecordRtts || p.RecordTTLs {
			t.Errorf("%s: the pinger keeps every RTT %v and TTL %v, want neither", address, p.RecordRtts, p.RecordTTLs)
		}
		if p.Count != 3 || p.Timeout != 220*time.Millisecond {
			t.Errorf("%s: got count %d timeout %v, want 3 and 220ms", address, p.Count, p.Timeout)
		}
	}
	if a, b := newBurst(netip.IPv6Loopback(), Raw, quick).pinger.ID(), newBurst(netip.IPv6Loopback(), Raw, quick).pinger.ID(); a == b {
		t.Errorf("two pingers share the id %d", a)
	}
}

func TestLinkLocalKeepsItsZone(t *testing.T) {
	t.Parallel()
	if !lab.Alone(t) {
		return
	}
	open(t)
	lab.Sysctl(t, "net.ipv6.conf.default.accept_dad", "0")
	for _, line := range []string{
		"link add v0 type veth peer name v1", "link set v0 addrgenmode none up", "link set v1 addrgenmode none up",
		"-6 addr add fe80::10/64 dev v0 nodad", "-6 addr add fe80::11/64 dev v1 nodad",
	} {
		lab.IP(t, line)
	}
	for _, way := range []string{Unprivileged, Raw} {
		process.found = way
		if r := checks.Run(t.Context(), spec(t, "fe80::11%v0"), checks.Env{}); r.Pair.State != checks.Up {
			t.Errorf("%s: got %v %v, want up", way, r.Pair.State, r.Pair.Reason)
		}
	}
}

// A pinger runs once: the second run sends a stray packet and says nil.
func TestCheckRunsTwice(t *testing.T) {
	t.Parallel()
	if !lab.Alone(t) {
		return
	}
	s := spec(t, "127.0.0.1", "count=2")
	for i := range 2 {
		if got := values(checks.Run(t.Context(), s, checks.Env{})); got["received_packets"] != 2 {
			t.Errorf("run %d: got %v, want 2 replies", i, got)
		}
	}
}

// With ping_group_range "1 0" even root may not open datagram sockets.
func TestModeIsFound(t *testing.T) {
	t.Parallel()
	if !lab.Alone(t) {
		return
	}
	for _, tt := range []struct{ groups, want string }{{"0 2147483647", Unprivileged}, {"1 0", Raw}} {
		lab.Sysctl(t, "net.ipv4.ping_group_range", tt.groups)
		if got := detect(); got != tt.want {
			t.Errorf("ping_group_range %q: got %s, want %s", tt.groups, got, tt.want)
		}
	}
	silence(t)
	if got := detect(); got != Raw {
		t.Errorf("127.0.0.1 does not answer: got %s, want %s all the same", got, Raw)
	}
	now := time.Now()
	m := mode{found: None, until: now.Add(time.Minute)}
	if got := m.get(now); got != None {
		t.Errorf("at once: got %s, want none believed for a minute", got)
	}
	if got := m.get(now.Add(2 * time.Minute)); got != Raw {
		t.Errorf("after a minute: got %s, want the right that was granted", got)
	}
	giveUpRights(t)
	if got := m.get(now.Add(time.Hour)); got != Raw {
		t.Errorf("found once: got %s, want it kept", got)
	}
	if got := detect(); got != None {
		t.Errorf("without rights: got %s, want none", got)
	}
}

// At most 100 pingers at once, because the more there are, the more of an RTT
// is our own queue.
func TestAtMostAHundredAtOnce(t *testing.T) {
	t.Parallel()
	if !lab.Alone(t) {
		return
	}
	silence(t)
	process.found = Raw
	stop := make(chan struct{})
	most := make(chan int)
	go func() {
		seen := 0
		for {
			select {
			case <-stop:
				most <- seen
				return
			default:
				raw, err := os.ReadFile("/proc/net/raw")
				if err != nil {
					t.Error(err)
				}
				seen = max(seen, bytes.Count(raw, []byte("\n"))-1)
			}
		}
	}()
	var wg sync.WaitGroup
	for i := range 150 {
		wg.Go(func() {
			s := spec(t, fmt.Sprintf("127.0.4.%d", i), "count=1")
			s.Interval = 0 // by hand: the engine has one socket for all
			r := checks.Run(t.Context(), s, checks.Env{})
			if r.Pair.Reason.Code != "no_reply" {
				t.Errorf("got %v, want no_reply", r.Pair.Reason)
			}
		})
	}
	wg.Wait()
	close(stop)
	if got := <-most; got < 50 || got > 100 {
		t.Errorf("got %d sockets at once for 150 probes, want up to 100", got)
	}
}
