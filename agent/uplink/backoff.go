package uplink

import (
	"math/rand/v2"
	"time"
)

// pauses makes the pauses between attempts: full jitter below a bound that
// doubles, so that 89 agents do not come back to a restarted collector in the
// same second.
type pauses struct {
	least, base, most time.Duration
	failures          int
	random            func() float64 // [0,1); nil: math/rand
}

// next returns the pause after one more failure.
func (p *pauses) next() time.Duration {
	bound := p.most
	if p.failures < 20 {
		bound = min(bound, p.base<<p.failures)
	}
	p.failures++
	random := rand.Float64
	if p.random != nil {
		random = p.random
	}
	return min(p.least+time.Duration(random()*float64(bound)), p.most)
}

// reset forgets the failures.
func (p *pauses) reset() { p.failures = 0 }
