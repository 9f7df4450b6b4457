package path

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"fengsui/checks"
)

// Sizes and waits of the search.
const (
	smallest = 576 // what every IPv4 host takes (RFC 791 section 3.1)
	exact    = 8   // bytes that the edge of a hole is found to
	attempts = 3   // of a size, because any packet may be lost
	mtuWait  = 300 * time.Millisecond
	unknown  = "unknown"
)

// MTU looks how large an IP packet reaches an endpoint and comes back, up to a
// size (RFC 4821's way: silence is an answer too).
func MTU(ctx context.Context, at checks.Endpoint, top int) (Limit, checks.Reason) {
	t, why := newTracer(at, true)
	if !why.IsZero() {
		return Limit{}, why
	}
	defer t.close()
	p := prospect{ctx: ctx, t: t, wait: mtuWait}
	low := smallest
	if at.Addr.Is6() {
		low = leastMTU
	}
	if !p.passes(low) {
		if low = least; !p.passes(low) {
			return Limit{}, p.reason(at)
		}
	}
	l, high, silent := Limit{MTU: low}, top+1, false
	for size := top; high-l.MTU > 1 && !(silent && high-l.MTU <= exact); size = (l.MTU + high) / 2 {
		passed := p.passes(size)
		if why := p.reason(at); !why.IsZero() || ctx.Err() != nil {
			return Limit{}, why
		}
		switch mtu := p.told.MTU; {
		case passed:
			l.MTU = size
			continue
		case mtu > l.MTU && mtu < size: // where it is true the search is over
			l.By, high, silent = p.told.By, mtu+1, false
			if passed = p.passes(mtu); passed {
				l.MTU = mtu
				continue
			}
			high = mtu
		default: // a word that cannot be true is still a word
			high = size
		}
		if silent = p.told.zero(); !silent {
			l.By = p.told.By
		}
	}
	if silent {
		l.Hole, l.By, l.Last = true, netip.Addr{}, lastLarge(ctx, at, high)
	}
	return l, p.reason(at)
}

// lastLarge is the last hop that answers packets of a size.
func lastLarge(ctx context.Context, at checks.Endpoint, size int) string {
	t, why := newTracer(at, true)
	if !why.IsZero() {
		return unknown
	}
	defer t.close()
	r, err := trace(ctx, t, newSurvey(at.Addr, 30), Options{MaxHops: 30, Queries: 2, Size: size})
	if err != nil || len(r.Hops) == 0 {
		return unknown
	}
	return r.Hops[len(r.Hops)-1].Addr.String()
}

// A prospect asks whether sizes pass.
type prospect struct {
	ctx   context.Context
	t     *tracer
	wait  time.Duration
	told  told  // the last who said that a packet is too big
	local error // trouble of this machine
}

// told is a word about the largest packet.
type told struct {
	By   netip.Addr // not valid: this machine
	MTU  int        // 0: not said
	said bool
}

func (t told) zero() bool { return !t.said }

// passes says whether packets of a size come back.
func (p *prospect) passes(size int) bool {
	p.told = told{}
	for range attempts {
		switch err := p.t.send(64, size); {
		case errors.Is(err, unix.EMSGSIZE): // this machine's own link
			p.told.said = true
			return false
		case err != nil:
			p.local = err
			return false
		}
		if !sleep(p.ctx, ear) {
			return false
		}
	}
	for until := time.Now().Add(p.wait); time.Now().Before(until) && sleep(p.ctx, ear); {
		for _, a := range p.t.hear() {
			switch {
			case a.says.IsZero():
				p.wait = min(max(3*a.rtt, mtuWait), time.Second)
				p.t.forget()
				return true
			case a.says.TooBig():
				p.told = told{a.by, a.says.MTU, true}
				p.t.forget()
				return false
			}
		}
	}
	p.t.forget()
	return false
}

func (p *prospect) reason(at checks.Endpoint) checks.Reason {
	switch {
	case errors.Is(p.ctx.Err(), context.Canceled):
		return checks.ReasonStopped.With(at.Target)
	case p.local == nil:
		return checks.Reason{}
	}
	if local := checks.LocalReason(at, p.local, at.Route); !local.IsZero() {
		return local
	}
	return checks.Reason{}
}
