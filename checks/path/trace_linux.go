package path

import (
	"context"
	"time"

	"fengsui/checks"
	"fengsui/checks/icmp"
)

// A prober sends probes that live for so many hops, of one flow: all that
// routers choose a way by is the same in each.
type prober interface {
	send(hop, size int) error
	hear() []answer
	window() int // probes that may be on their way at once
	close()
}

// The waits of a trace.
const (
	pace      = 5 * time.Millisecond  // between two probes of a window
	ear       = 10 * time.Millisecond // between two readings
	longWait  = time.Second           // for answers before any has come
	shortWait = 200 * time.Millisecond
	silence   = 8 // hops without an answer behind which nothing is looked for
)

// Trace looks for the way to an endpoint. A reason is this machine's own
// trouble; where the way leads is in the route.
func Trace(ctx context.Context, at checks.Endpoint, o Options) (Route, checks.Reason) {
	o = o.whole()
	methods := []string{o.Method}
	if o.Method == "auto" {
		methods = []string{"icmp", "udp"}
		if o.Port != 0 {
			methods[1] = "tcp"
		}
		if icmp.Mode() == icmp.None {
			methods = methods[1:]
		}
	}
	var best Route
	for i, method := range methods {
		p, why := open(method, at, o.Port)
		if !why.IsZero() {
			return best, why
		}
		r, err := trace(ctx, p, newSurvey(at.Addr, o.MaxHops), o)
		p.close()
		if err != nil {
			if local := checks.LocalReason(at, err, at.Route); !local.IsZero() {
				return best, local
			}
			return best, checks.ReasonUnreachable.With(at.Target, at.Addr.String(), checks.Plain(err))
		}
		r.Method = method
		if i == 0 || r.Reached || len(r.Hops) > len(best.Hops) {
			best = r
		}
		// Somebody who says that it stops is to be believed; silence may be of
		// this method only.
		if r.Reached || !r.Says.IsZero() || ctx.Err() != nil {
			break
		}
	}
	return best, checks.Reason{}
}

func open(method string, at checks.Endpoint, port uint16) (prober, checks.Reason) {
	switch method {
	case "udp":
		return newUDP(at, port)
	case "tcp":
		return newTCP(at, port)
	}
	return newTracer(at, false)
}

// trace sends in windows until the target is reached, somebody stops the way or
// too many hops are silent; then the other probes of each hop.
func trace(ctx context.Context, p prober, s *survey, o Options) (Route, error) {
	t := tracing{ctx, p, s, o.Size, longWait}
	silent := min(silence, 2*p.window()+2)
	for from := 1; from <= o.MaxHops && s.end == 0 && from-s.last() <= silent; from += p.window() {
		if err := t.sweep(from, min(from+p.window()-1, o.MaxHops)); err != nil {
			return Route{}, err
		}
	}
	end := s.end
	if end == 0 {
		end = s.last()
	}
	for range o.Queries - 1 {
		for from := 1; from <= end; from += p.window() {
			if err := t.sweep(from, min(from+p.window()-1, end)); err != nil {
				return Route{}, err
			}
		}
	}
	return s.route(""), nil
}

type tracing struct {
	ctx  context.Context
	p    prober
	s    *survey
	size int
	wait time.Duration
}

// sweep sends a probe to each hop from one to another and hears what comes.
func (t *tracing) sweep(from, to int) error {
	wanted := 0
	for hop := from; hop <= to && t.ctx.Err() == nil; hop++ {
		if err := t.p.send(hop, t.size); err != nil {
			return err
		}
		t.s.hops[hop-1].sent++
		wanted++
		if hop < to {
			sleep(t.ctx, pace)
		}
	}
	var longest time.Duration
	for until := time.Now().Add(t.wait); wanted > 0 && time.Now().Before(until) && sleep(t.ctx, ear); {
		for _, a := range t.p.hear() {
			t.s.take(a)
			longest = max(longest, a.rtt)
			wanted--
		}
	}
	if longest > 0 { // what answers does so about as fast again
		t.wait = min(max(4*longest, shortWait), longWait)
	}
	return nil
}

// sleep waits for a moment, and says whether ctx goes on.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
