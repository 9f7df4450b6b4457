package uplink

import (
	"time"

	"golang.org/x/time/rate"

	"fengsui/collector/wire"
)

// A pace says how much old data may go into the next push: at most the
// backlog's rate, so that a village's line serves its people while a day of
// results catches up, and at most a push's size. Sizes on the line are
// compressed, those of the spool are not; the ratio is learned from every
// push and begins with the cautious 1.
type pace struct {
	bucket *rate.Limiter // compressed bytes of backlog
	ratio  float64       // bytes of bodies that one compressed byte carries, at least 1
	size   int           // compressed bytes of a push; smaller on slow lines
}

// Bounds of a push's size.
const (
	leastSend = 16 << 10
	mostRatio = 16
	mostLive  = 1 << 20          // bytes of bodies: the agent is small
	slowPush  = 10 * time.Second // longer, and live results wait too long behind the backlog
	quickPush = 2 * time.Second
)

func newPace(bitsPerSecond int64) *pace {
	return &pace{
		bucket: rate.NewLimiter(rate.Limit(float64(bitsPerSecond)/8), wire.MaxSend),
		ratio:  1, size: wire.MaxSend,
	}
}

// live returns how many bytes of live bodies fit into a push.
func (p *pace) live() int { return min(int(float64(p.size)*p.ratio), mostLive) }

// backlog returns how many bytes of old bodies may follow so many live ones.
// It is 0 or room for one batch at least: what is sent ahead of the rate is
// waited for afterwards.
func (p *pace) backlog(now time.Time, live int) int {
	tokens := p.bucket.TokensAt(now)
	room := p.live() - live
	if tokens < p.enough() || live > 0 && room < wire.MaxBatch {
		return 0
	}
	return max(min(room, int(tokens*p.ratio)), wire.MaxBatch)
}

// enough is how many compressed bytes of backlog are worth a push of their
// own: a second's.
func (p *pace) enough() float64 { return min(float64(p.size)/2, float64(p.bucket.Limit())) }

// ready returns when the next backlog may go.
func (p *pace) ready(now time.Time) time.Time {
	missing := p.enough() - p.bucket.TokensAt(now)
	if missing <= 0 {
		return now
	}
	return now.Add(time.Duration(missing / float64(p.bucket.Limit()) * float64(time.Second)))
}

// sent notes a push: how many bytes of bodies it had, how many of them old,
// and what it had on the line.
func (p *pace) sent(now time.Time, bodies, old, compressed int) {
	if bodies == 0 {
		return
	}
	share := float64(old) / float64(bodies) * float64(compressed)
	p.bucket.ReserveN(now, min(int(share), p.bucket.Burst()))
	if bodies >= leastSend/4 { // small pushes compress badly and say little
		ratio := min(max(float64(bodies)/float64(compressed), 1), mostRatio)
		// Down at once, up slowly: a push is never much larger than meant.
		if ratio > p.ratio {
			ratio = p.ratio + (ratio-p.ratio)/4
		}
		p.ratio = ratio
	}
}

// took adapts the size of a push to how long one took.
func (p *pace) took(d time.Duration, compressed int) {
	switch {
	case d > slowPush:
		p.smaller()
	case d < quickPush && compressed > p.size/2:
		p.size = min(p.size*2, wire.MaxSend)
	}
}

// smaller halves the size of a push and forgets the ratio.
func (p *pace) smaller() {
	p.size = max(p.size/2, leastSend)
	p.ratio = 1
}
