package identity

import (
	"net/netip"
	"slices"
	"time"
)

// Bounds of wrong tries at codes. A code is one of 2^45 = 3.5e13. In the 24 h
// that it lives by default 20 tries a minute are 28,800, in [MaxCodeLife] of 30
// days 864,000. With a code alive for each of 89 sites at once the chance to
// meet any of them is 28,800 × 89 / 2^45 = 7.3e-8 in the day and 2.2e-6 in the
// month: one in 450,000 at the worst.
const (
	triesWindow    = time.Minute
	triesPerSource = 5
	triesOverall   = 20
)

// A limiter remembers the wrong tries of the last minute: never more than
// triesOverall of them, so its memory is bounded whoever asks.
type limiter struct {
	wrong []try // oldest first
}

type try struct {
	at     time.Time
	source netip.Prefix
}

// sourceOf is whom a try is charged to: a v4 address, or a v6 network, since
// anybody has 2^64 addresses of his own there.
func sourceOf(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{} // no address: all such share one account
	}
	return p
}

// wait returns how long a source has to wait before its next try, 0 when it
// may try now.
func (l *limiter) wait(source netip.Prefix, now time.Time) time.Duration {
	l.wrong = slices.DeleteFunc(l.wrong, func(t try) bool {
		age := now.Sub(t.at)
		return age >= triesWindow || age < 0 // a clock set back locks nobody out
	})
	if len(l.wrong) >= triesOverall {
		return triesWindow - now.Sub(l.wrong[0].at)
	}
	var mine []time.Time
	for _, t := range l.wrong {
		if t.source == source {
			mine = append(mine, t.at)
		}
	}
	if len(mine) >= triesPerSource {
		return triesWindow - now.Sub(mine[0])
	}
	return 0
}

// charge notes a wrong try.
func (l *limiter) charge(source netip.Prefix, now time.Time) {
	l.wrong = append(l.wrong, try{now, source})
}
