package agent

import (
	"context"
	"time"

	"fengsui/agent/spool"
	"fengsui/checks"
)

// seen is what a check said last; a change of it is a transition.
type seen struct {
	state checks.State
	code  string
}

// look runs a check once and keeps what it saw.
func (a *Agent) look(ctx context.Context, t *task) {
	began := a.o.Clock.BootTime()
	var r checks.Result
	if t.wrong.IsZero() {
		r = checks.Run(ctx, t.spec, a.environment())
	} else {
		r = checks.Result{Start: a.o.Clock.Wall(), Pair: t.wrong.Verdict()}
	}
	err := a.spool.Add(spool.Entry{
		Revision: t.revision, Boot: a.o.Clock.Boot(), Kind: t.kind, Measurements: t.measurements,
		Result: encode(t.number, t.rowKey, began, &r),
	})
	if err != nil {
		a.o.Logger.Error("a result could not be kept", "check", t.id, "error", err)
		a.mu.Lock()
		a.dropped++
		a.mu.Unlock()
		return
	}
	select {
	case a.added <- struct{}{}:
	default:
	}
	a.suspect(t.id, seen{r.Pair.State, r.Pair.Reason.Code})
	if a.transition(t.id, seen{r.Pair.State, r.Pair.Reason.Code}) {
		a.o.Logger.Info("a check changed", "check", t.id, "state", r.Pair.State.String(), "reason", r.Pair.Reason.Code, "took", r.Duration.Round(time.Millisecond))
		a.up.Changed()
	}
}

// transition notes what a check says now and whether that is news. The first
// word of a check is.
func (a *Agent) transition(id string, now seen) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	before, ok := a.last[id]
	a.last[id] = now
	return !ok || before != now
}

func (a *Agent) environment() checks.Env {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.env
}
