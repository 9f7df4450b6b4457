package icmp

import (
	"context"
	"errors"
	"math"
	"net"
	"net/netip"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"

	probing "github.com/prometheus-community/pro-bing"

	"fengsui/checks"
)

// minSize is what pro-bing needs of a payload to know its own packets.
const minSize = 24

type settings struct {
	count    int
	interval time.Duration
	wait     time.Duration // for replies, counted from the last request
	size     int           // payload bytes
	ttl      int
	from     checks.Source
}

// A burst is one run of one pinger against one address. A pinger is good for
// a single run, so a burst is too. pro-bing calls every callback from one
// goroutine that has ended when run returns.
type burst struct {
	pinger  *probing.Pinger
	opened  bool        // the socket is there
	sentAt  []time.Time // by sequence number; zero: not sent
	rtts    []time.Duration
	answers []bool // by sequence number
	ended   time.Time
	dups    int
	refused int   // sends that failed
	err     error // of the first failed send, or of the socket
	barred  bool  // the kernel answers EACCES, which pro-bing would retry for ever
}

var ids atomic.Uint32

// newBurst prepares a burst. Resolving is done already: the pinger is given
// the address itself, with its zone, which pro-bing's own resolver may lose.
func newBurst(a netip.Addr, way string, s settings) *burst {
	p := probing.New(a.String())
	p.SetNetwork(checks.Endpoint{Addr: a}.Network("ip"))
	p.SetIPAddr(&net.IPAddr{IP: a.AsSlice(), Zone: a.Zone()})
	p.SetPrivileged(way == Raw)
	p.InterfaceName = s.from.Device
	if s.from.Addr.IsValid() {
		p.Source = s.from.Addr.String()
	}
	p.Count, p.Interval, p.Size, p.TTL = s.count, s.interval, s.size, s.ttl
	// Random ids of 16 bits collide, and a NAT then mixes two bursts up.
	p.SetID(int(ids.Add(1) & 0xffff))
	// Count ends a run only when as many replies arrived, and the default
	// timeout is 292 years.
	p.Timeout = time.Duration(s.count-1)*s.interval + s.wait
	p.RecordRtts, p.RecordTTLs = false, false

	b := &burst{pinger: p, sentAt: make([]time.Time, s.count), answers: make([]bool, s.count)}
	p.OnSetup = func() { b.opened = true }
	p.OnSend = func(pkt *probing.Packet) { b.sent(pkt.Seq, time.Now()) }
	p.OnRecv = func(pkt *probing.Packet) { b.received(pkt.Seq, time.Now()) }
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

// sent and received time a packet on the monotonic clock: pro-bing's own RTT
// is the difference of two wall-clock times, which a step of the clock makes
// negative or hours long.
func (b *burst) sent(seq int, now time.Time) {
	if seq < len(b.sentAt) {
		b.sentAt[seq] = now
	}
}

func (b *burst) received(seq int, now time.Time) {
	if seq >= len(b.sentAt) || b.sentAt[seq].IsZero() {
		return
	}
	b.answers[seq] = true
	b.rtts = append(b.rtts, now.Sub(b.sentAt[seq]))
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

// judged counts the packets that say something: those that were answered, and
// those that were not although they had time to be.
func (b *burst) judged() int {
	n := 0
	for seq, at := range b.sentAt {
		if !at.IsZero() && (b.answers[seq] || b.ended.Sub(at) >= checks.MinWait) {
			n++
		}
	}
	return n
}

// spread returns the least, mean and greatest RTT, the standard deviation,
// and the mean difference of one RTT to the next (RFC 3550 section 6.4.1
// calls it jitter). At least one reply is there.
func spread(rtts []time.Duration) (low, mean, high, deviation, jitter time.Duration) {
	low, high = rtts[0], rtts[0]
	var sum time.Duration
	for i, r := range rtts {
		low, high, sum = min(low, r), max(high, r), sum+r
		if i > 0 {
			jitter += (r - rtts[i-1]).Abs()
		}
	}
	mean = sum / time.Duration(len(rtts))
	var squares float64
	for _, r := range rtts {
		squares += float64(r-mean) * float64(r-mean)
	}
	deviation = time.Duration(math.Sqrt(squares / float64(len(rtts))))
	if len(rtts) > 1 {
		jitter /= time.Duration(len(rtts) - 1)
	}
	return low, mean, high, deviation, jitter
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
