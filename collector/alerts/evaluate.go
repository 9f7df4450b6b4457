package alerts

import (
	"context"
	"maps"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/rules"

	"fengsui/configs"
)

const (
	// seenEvery is how often SQL is told that a pending condition still holds.
	seenEvery = time.Minute
	// missingFor is how long the series of an open alert must be missing,
	// among others that are there, until it counts as taken out of the
	// inventory. Known series come every minute.
	missingFor = 150 * time.Second
)

// hurry makes the quick rules due: a known state has changed.
func (a *Alerts) hurry() {
	a.turn.Lock()
	defer a.turn.Unlock()
	for _, r := range a.rules {
		if r.conf.Every <= max(a.o.EvalInterval, configs.DefaultEvery) {
			r.due = time.Time{}
		}
	}
}

// evaluate evaluates the rules that are due and brings the book up to date.
// The first time, when that is done, the dispatcher starts.
func (a *Alerts) evaluate(ctx context.Context) {
	a.turn.Lock()
	defer a.turn.Unlock()
	if ctx.Err() != nil || !a.o.Judging() {
		return
	}
	now := a.o.Now()
	for _, r := range a.rules {
		if now.Before(r.due) {
			continue
		}
		r.due = now.Add(r.conf.Every - a.o.EvalInterval/2)
		if !a.evaluateRule(ctx, r) {
			return
		}
	}
	if !a.endOrphans(ctx, now) {
		return
	}
	if a.place(ctx) != nil {
		return
	}
	if !a.restored {
		a.restored = true
		a.startSender()
	}
	a.flushFree()
}

// evaluateRule evaluates one rule; false means that ctx or the database has
// ended.
func (a *Alerts) evaluateRule(ctx context.Context, r *ruleRun) bool {
	now := a.o.Now()
	rules.DefaultEvalIterationFunc(ctx, r.group, now) // Eval, and when and how long for the API
	err := r.rule.LastError()
	if err == nil && a.book.carries(r.conf.Name) {
		// What was pending before the start goes on from there; what was open
		// is found active at once whatever its "for".
		r.group.RestoreForState(now)
		rules.DefaultEvalIterationFunc(ctx, r.group, now)
		err = r.rule.LastError()
	}
	if ctx.Err() != nil {
		return false
	}
	if err != nil {
		a.holdAll(r, reason{code: "rule_fails", arg: err.Error()})
	} else {
		err = a.reconcile(ctx, r, now)
	}
	if ctx.Err() != nil {
		return false
	}
	a.note(r, err, now)
	if err != nil {
		a.metrics.failures.WithLabelValues(r.conf.Name).Inc()
	}
	return len(a.failed) == 0
}

// note keeps the error of a rule to be shown, and logs its coming and going.
func (a *Alerts) note(r *ruleRun, err error, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case err != nil && r.err == nil:
		r.errSince = now
		a.o.Logger.Error("a rule cannot be evaluated, its alerts are kept as they are", "rule", r.conf.Name, "err", err)
	case err == nil && r.err != nil:
		a.o.Logger.Info("a rule is evaluated again", "rule", r.conf.Name)
	}
	r.err = err
}

// reconcile compares what a rule found with the book, writes the difference
// and hands it to the dispatcher. An error is one of a query: the state is
// kept. An error of SQL ends Run.
func (a *Alerts) reconcile(ctx context.Context, r *ruleRun, now time.Time) error {
	found := map[model.Fingerprint]bool{}
	var c change
	var fresh []*entry // open already, to be handed on
	a.book.mu.Lock()
	for _, active := range r.rule.ActiveAlerts() {
		e := a.entryOf(r, active, now)
		found[e.fingerprint] = true
		old := a.book.open[e.fingerprint]
		switch {
		case old != nil:
			if !old.confirmed || !old.annotations.Equal(e.annotations) {
				fresh = append(fresh, old)
			}
			old.annotations = e.annotations
			old.confirmed, old.carried, old.held, old.missing, old.flap.well = true, false, reason{}, time.Time{}, time.Time{}
		case active.State == rules.StateFiring:
			e.started, e.confirmed = now, true
			if u := a.book.untold[e.fingerprint]; u != nil {
				// Back before anybody heard of its end: they know it as firing.
				e.notified, e.receiver, e.hold = u.notified, u.receiver, u.hold
			}
			c.opened = append(c.opened, e)
		default:
			p := a.book.pending[e.fingerprint]
			if p == nil || p.carried || now.Sub(p.seen) >= seenEvery || !p.active.Equal(e.active) {
				e.seen = now
				c.pending = append(c.pending, e)
			}
		}
	}
	var absent []*entry
	for fp, e := range a.book.open {
		if e.rule == r.conf.Name && !found[fp] {
			absent = append(absent, e)
		}
	}
	for fp, e := range a.book.pending {
		if e.rule == r.conf.Name && !found[fp] {
			absent = append(absent, e)
		}
	}
	a.book.mu.Unlock()

	var err error
	if len(absent) > 0 {
		var w witness
		w, err = a.witness(ctx, r, now)
		a.askFlaps(ctx, r, absent)
		a.book.mu.Lock()
		for _, e := range absent {
			e.carried = true
			over := false
			if err != nil {
				e.held = reason{code: "rule_fails", arg: err.Error()}
			} else {
				e.held, over = w.judge(r, e, now)
			}
			if !over {
				e.flap.well = time.Time{}
			}
			switch {
			case !e.started.IsZero() && over && e.settles(r, now):
			case !e.started.IsZero() && over:
				c.ended = append(c.ended, e.end(now, e.held))
			case e.started.IsZero() && (over || now.Sub(e.seen) > outageTolerance):
				c.notPending = append(c.notPending, e)
			}
		}
		a.book.mu.Unlock()
	}
	a.commit(ctx, c, fresh)
	return err
}

// entryOf makes the entry of an alert that a rule found.
func (a *Alerts) entryOf(r *ruleRun, active *rules.Alert, now time.Time) *entry {
	e := &entry{
		rule:        r.conf.Name,
		labels:      toLabelSet(active.Labels),
		annotations: toLabelSet(active.Annotations),
		active:      active.ActiveAt,
	}
	e.fingerprint = e.labels.Fingerprint()
	return e
}

// end returns a copy of the entry that has ended, with the reason in its
// annotations.
func (e *entry) end(now time.Time, why reason) *entry {
	over := *e
	over.ended = now
	over.annotations = maps.Clone(e.annotations)
	over.annotations[endedZH] = model.LabelValue(why.text("zh"))
	over.annotations[endedEN] = model.LabelValue(why.text("en"))
	return &over
}

// commit writes a change and hands it on. When SQL refuses it, Run ends.
func (a *Alerts) commit(ctx context.Context, c change, fresh []*entry) {
	if err := a.book.apply(ctx, c, a.sender.silent()); err != nil {
		a.fail(err)
		return
	}
	for _, e := range c.opened {
		a.o.Logger.Info("alert opened", "rule", e.rule, "labels", e.labels.String())
	}
	for _, e := range c.ended {
		a.o.Logger.Info("alert ended", "rule", e.rule, "labels", e.labels.String(), "why", string(e.annotations[endedEN]))
	}
	if a.restored {
		a.put(ctx, c.opened, c.ended, fresh)
	}
}

// holdAll keeps the open alerts of a rule for a reason.
func (a *Alerts) holdAll(r *ruleRun, why reason) {
	a.book.mu.Lock()
	defer a.book.mu.Unlock()
	for _, e := range a.book.open {
		if e.rule == r.conf.Name {
			e.held = why
		}
	}
}

// endOrphans ends open alerts whose rule is no longer configured; false means
// that the database has ended.
func (a *Alerts) endOrphans(ctx context.Context, now time.Time) bool {
	known := map[string]bool{}
	for _, r := range a.rules {
		known[r.conf.Name] = true
	}
	var c change
	a.book.mu.Lock()
	for _, e := range a.book.open {
		if !known[e.rule] {
			c.ended = append(c.ended, e.end(now, reason{code: "rule_removed", arg: e.rule}))
		}
	}
	for _, e := range a.book.pending {
		if !known[e.rule] {
			c.notPending = append(c.notPending, e)
		}
	}
	a.book.mu.Unlock()
	a.commit(ctx, c, nil)
	return len(a.failed) == 0
}
