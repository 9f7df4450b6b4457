package alerts

import (
	"context"
	"strconv"
	"time"
)

// A subject that comes and goes would be one alert and one recovery each time.
// So an alert that comes again soon after its end stays open until it has been
// well for as long: one alert for one unrest. The first end is told at once.

// codeFlaps is the reason of an alert that is seen to be well and stays open.
const codeFlaps = "flaps"

// flap is what an entry knows of its own unrest.
type flap struct {
	asked bool      // whether it came again is known
	again bool      // it opened within the hold-down of its last end
	well  time.Time // since when it is seen to be over, though it stays open
}

// askFlaps finds out which open alerts of a rule came again. What cannot be
// read counts as calm, and is asked again.
func (a *Alerts) askFlaps(ctx context.Context, r *ruleRun, open []*entry) {
	if r.conf.HoldDown <= 0 {
		return
	}
	for _, e := range open {
		if e.started.IsZero() || e.flap.asked {
			continue
		}
		err := a.o.DB.Read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM alerts WHERE fingerprint = ? AND ended >= ? AND started < ?)`,
			e.fingerprint.String(), e.started.Add(-r.conf.HoldDown).UnixNano(), e.started.UnixNano()).Scan(&e.flap.again)
		if e.flap.asked = err == nil; err != nil && ctx.Err() == nil {
			a.o.Logger.Warn("whether an alert came again could not be read", "rule", e.rule, "err", err)
		}
	}
}

// settles says whether an alert that is seen to be over has to be well for
// longer.
func (e *entry) settles(r *ruleRun, now time.Time) bool {
	if r.conf.HoldDown <= 0 || !e.flap.again || e.held.code != "ended" {
		return false
	}
	if e.flap.well.IsZero() {
		e.flap.well = now
	}
	if now.Sub(e.flap.well) >= r.conf.HoldDown {
		return false
	}
	e.held = reason{code: codeFlaps, arg: strconv.FormatFloat(r.conf.HoldDown.Minutes(), 'g', 3, 64)}
	return true
}
