package http

import (
	"context"
	"strconv"
	"time"

	"fengsui/checks"
	"fengsui/checks/path"
)

// A twin is a second look at a page that hangs, in segments that every link of
// IPv6 carries. Where the first look waits in vain and the second has the page,
// the way loses large packets, or so it seems: then the way itself is asked.
type twin struct {
	timer  *time.Timer
	cancel context.CancelFunc
	found  chan checks.Reason // zero: no black hole
}

// leastTwin is what the half of a run must have for a twin to make sense.
const leastTwin = time.Second

// startTwin lets a twin begin when half of the time is over. It costs nothing
// where the page comes before.
func (c *check) startTwin(ctx context.Context, at checks.Endpoint, p page) *twin {
	deadline, ok := ctx.Deadline()
	half := time.Until(deadline) / 2
	if !ok || half < leastTwin || at.Narrow || c.proxy != nil {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	t := &twin{cancel: cancel, found: make(chan checks.Reason, 1)}
	t.timer = time.AfterFunc(half, func() {
		if ctx.Err() != nil {
			t.found <- checks.Reason{}
			return
		}
		narrow := at
		narrow.Narrow = true
		a, why := c.visit(ctx, narrow, p, checks.NewObservation(&Kind))
		if !why.IsZero() || a.short != nil {
			t.found <- checks.Reason{}
			return
		}
		t.found <- confirm(ctx, at)
	})
	return t
}

// wide is the packet that a usual path carries.
const wide = 1500

// confirm asks the way. One that carries large packets is no black hole: the
// server was slow, or one of several behind an address.
func confirm(ctx context.Context, at checks.Endpoint) checks.Reason {
	limit, why := path.MTU(ctx, at, wide)
	switch {
	case !why.IsZero() || limit.MTU == 0: // no right to ask, or nobody answers
		return checks.ReasonHole.With(at.Target, at.Addr.String(), strconv.Itoa(leastPacket), "?")
	case limit.Hole:
		return checks.ReasonHole.With(at.Target, at.Addr.String(), strconv.Itoa(limit.MTU), limit.Last)
	}
	return checks.Reason{}
}

// leastPacket is what the twin's packets fit into.
const leastPacket = 1280

// hole waits for the twin, which ends with the run.
func (t *twin) hole() checks.Reason {
	if t == nil {
		return checks.Reason{}
	}
	defer t.cancel()
	return <-t.found
}

func (t *twin) stop() {
	if t != nil {
		t.timer.Stop()
		t.cancel()
	}
}

// hung says whether a look ended because nothing came any more, over a
// connection that stood.
func hung(a *answer, why checks.Reason) bool {
	switch why.Code {
	case reasonNoAnswer.Code, reasonTLSFailed.Code:
		return why.Arg("seen") == timedOutText
	case "":
		return a != nil && a.short != nil && a.hung
	}
	return false
}
