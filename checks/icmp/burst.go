package icmp

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"runtime"
	"syscall"
	"time"

	probing "github.com/prometheus-community/pro-bing"

	"fengsui/checks"
	"fengsui/checks/icmp/echo"
)

// minSize is what pro-bing needs of a payload to know its own packets.
const minSize = 24

type settings struct {
	count    int
	interval time.Duration
	wait     time.Duration // for replies, counted from the last request
	size     int           // payload bytes
	ttl      int
	dscp     int
	df       bool // no router may fragment it
	from     checks.Source
}

// A burst is one run of one pinger of pro-bing against one address. A pinger is
// good for a single run, so a burst is too. pro-bing calls every callback from
// one goroutine that has ended when run returns.
type burst struct {
	tally
	pinger *probing.Pinger
}

// newBurst prepares a burst. Resolving is done already: the pinger is given
// the address itself, with its zone, which pro-bing's own resolver may lose.
func newBurst(a netip.Addr, way string, s settings) *burst {
	p := probing.New(a.String())
	p.SetNetwork(checks.Endpoint{Addr: a}.Network("ip"))
	p.SetIPAddr(&net.IPAddr{IP: a.AsSlice(), Zone: a.Zone()})
	p.SetPrivileged(way == Raw)
	p.SetDoNotFragment(s.df)
	p.SetTrafficClass(uint8(s.dscp << 2))
	p.InterfaceName = s.from.Device
	if s.from.Addr.IsValid() {
		p.Source = s.from.Addr.String()
	}
	p.Count, p.Interval, p.Size, p.TTL = s.count, s.interval, s.size, s.ttl
	// Random ids of 16 bits collide, and a NAT then mixes two bursts up.
	p.SetID(int(echo.NextID()))
	// Count ends a run only when as many replies arrived, and the default
	// timeout is 292 years.
	p.Timeout = time.Duration(s.count-1)*s.interval + s.wait
	p.RecordRtts, p.RecordTTLs = false, false

	b := &burst{pinger: p, tally: newTally(s.count)}
	p.OnSetup = func() { b.opened = true }
	// Timed here, on the monotonic clock: pro-bing's own RTT is the difference
	// of two wall-clock times, which a step of the clock makes negative or
	// hours long.
	p.OnSend = func(pkt *probing.Packet) { b.sent(pkt.Seq, time.Now()) }
	p.OnRecv = func(pkt *probing.Packet) {
		if pkt.Seq < len(b.requests) {
			b.received(pkt.Seq, time.Since(b.requests[pkt.Seq].sentAt))
		}
	}
	p.OnDuplicateRecv = func(*probing.Packet) { b.dups++ }
	p.OnSendError = func(_ *probing.Packet, err error) { b.sendFailed(err) }
	p.SetLogger(loopBreaker{b})
	return b
}

// run sends the burst and waits for replies. It returns by the timeout, and
// by the end of ctx.
func (b *burst) run(ctx context.Context) {
	err := b.pinger.RunWithContext(ctx)
	b.ended = time.Now()
	if err != nil && b.err == nil && ctx.Err() == nil {
		b.err = err
	}
}

// maxRefused is how many sends in a row may fail before the burst ends:
// pro-bing retries ENOBUFS at once and for ever.
const maxRefused = 100

func (b *burst) sendFailed(err error) {
	b.refused++
	if b.err == nil {
		b.err = err
	}
	if errors.Is(err, syscall.ENOBUFS) {
		if b.refused >= maxRefused {
			runtime.Goexit()
		}
		time.Sleep(time.Millisecond) // the queue may drain
	}
}

// loopBreaker is the logger of a pinger. pro-bing takes EACCES for a broadcast
// address, allows broadcast on the socket and sends again, without an end when
// the reason is a prohibit route or a firewall: neither its timeout nor a
// context stops it. It tells its logger before each turn, so the logger ends
// the sending goroutine; its deferred calls stop the rest.
type loopBreaker struct{ b *burst }

func (l loopBreaker) Infof(format string, _ ...any) {
	if format == "Pinging a broadcast address" {
		l.b.barred = true
		runtime.Goexit()
	}
}
func (l loopBreaker) Warnf(string, ...any)  {}
func (l loopBreaker) Errorf(string, ...any) {}
func (l loopBreaker) Debugf(string, ...any) {}
func (l loopBreaker) Fatalf(string, ...any) {}
