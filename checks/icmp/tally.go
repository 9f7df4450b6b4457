package icmp

import (
	"math"
	"time"

	"fengsui/checks"
	"fengsui/checks/icmp/echo"
)

// A tally is what one burst of requests to one address saw. Requests are
// numbered from 0; all times have the monotonic clock in them.
type tally struct {
	requests  []request
	rtts      []time.Duration // in the order of the replies
	ended     time.Time
	dups      int        // replies beyond the first to a request
	reordered int        // replies that came after one to a later request (RFC 4737 section 3.3)
	latest    int        // number of the latest request answered, and one
	refused   int        // sends that failed
	err       error      // of the first failed send, or of the socket
	opened    bool       // the socket is there
	barred    bool       // the kernel answers EACCES, which pro-bing would retry for ever
	said      echo.Error // the first ICMP error about it

	overflowed bool // replies came that this machine had no room for
}

// A request is one packet, and what became of it.
type request struct {
	sentAt   time.Time // zero: not sent
	answered bool
	told     bool // an ICMP error was about it
}

func newTally(count int) tally {
	return tally{requests: make([]request, count), rtts: make([]time.Duration, 0, count)}
}

func (t *tally) sent(n int, at time.Time) {
	if n < len(t.requests) {
		t.requests[n].sentAt = at
	}
}

// received notes a reply.
func (t *tally) received(n int, rtt time.Duration) {
	switch {
	case n >= len(t.requests) || t.requests[n].sentAt.IsZero():
		return
	case t.requests[n].answered:
		t.dups++
		return
	}
	t.requests[n].answered = true
	if n+1 < t.latest {
		t.reordered++
	}
	t.latest = max(t.latest, n+1)
	if rtt >= 0 {
		t.rtts = append(t.rtts, rtt)
	}
}

// replies counts the requests that were answered.
func (t *tally) replies() int {
	n := 0
	for _, r := range t.requests {
		if r.answered {
			n++
		}
	}
	return n
}

// judged counts the requests that say something: those that were answered, and
// those that were not although they had time to be.
func (t *tally) judged() int {
	n := 0
	for _, r := range t.requests {
		if !r.sentAt.IsZero() && (r.answered || r.told || t.ended.Sub(r.sentAt) >= checks.MinWait) {
			n++
		}
	}
	return n
}

// note writes down what was measured, which is nothing when nothing was sent.
func (t *tally) note(o *checks.Observation) {
	sent, received := t.judged(), t.replies()
	if sent == 0 {
		return
	}
	o.Set("sent_packets", float64(sent))
	o.Set("received_packets", float64(received))
	o.Set("loss_ratio", float64(sent-received)/float64(sent))
	o.Set("duplicate_packets", float64(t.dups))
	o.Set("reordered_packets", float64(t.reordered))
	if len(t.rtts) == 0 {
		return
	}
	low, mean, high, deviation, jitter := spread(t.rtts)
	o.Seconds("rtt_seconds", mean)
	if len(t.rtts) > 1 {
		o.Seconds("rtt_min_seconds", low)
		o.Seconds("rtt_max_seconds", high)
		o.Seconds("rtt_stddev_seconds", deviation)
		o.Seconds("jitter_seconds", jitter)
	}
}

// spread returns the least, mean and greatest RTT, the standard deviation, and
// the jitter: the mean of |D|, the difference of one RTT to the next, which is
// what the estimator of RFC 3550 section 6.4.1 runs to. It begins at zero and
// gains a sixteenth per packet: over a burst it would tell a fraction.
// At least one reply is there.
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
