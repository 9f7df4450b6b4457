package uplink

import (
	"math/rand/v2"
	"time"

	"fengsui/collector/wire"
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

// pause decides how long to wait after a problem and prepares what comes next.
func (u *Uplink) pause(p Problem) time.Duration {
	if p.Class == ClassTLSDate {
		u.doubtTime()
	} else {
		u.badDate = 0
	}
	switch p.Next {
	case Hello:
		// At once, but a collector that always asks is not asked to death.
		return max(0, u.o.Busy-time.Since(u.lastHello))
	case Elsewhere:
		if u.dialer != nil {
			u.dialer.Next()
		}
	case Smaller:
		u.pace.smaller()
	case Person:
		if p.Class == wire.CodeCertificateExpired && u.present != nil && !u.late(u.present) {
			u.expired = u.present.Certificate.Raw // another may be asked for, and at once
			break
		}
		return u.personPause()
	}
	if p.Class == ClassTimeout {
		u.pace.smaller()
	}
	return u.pauses.next()
}

// personPause is how long a person is waited for before it is asked again.
func (u *Uplink) personPause() time.Duration {
	return u.o.PersonPause*4/5 + time.Duration(rand.Int64N(int64(u.o.PersonPause*2/5)+1))
}

// doubtTime forgets the learned time once the collector's certificate has
// been out of date by it for a day.
func (u *Uplink) doubtTime() {
	now := u.o.Clock.BootTime()
	switch {
	case u.badDate == 0:
		u.badDate = now
	case now-u.badDate > dateForgets:
		u.learned.Forget()
		u.badDate = 0
		u.o.Logger.Warn("the collector's certificate has been out of date for a day by the time learned from it: forgetting that time")
	}
}
