package posture

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/prometheus/storage"

	"fengsui/checks"
)

// appendAtOnce bounds the samples of one call of Append.
const appendAtOnce = 10_000

// Run listens from now on: it judges silence, and writes the known series at
// every change and every minute, until ctx ends. A disk that fails ends it with
// an error: what is known must not stop being written while all looks well.
func (p *Posture) Run(ctx context.Context) error {
	p.mu.Lock()
	p.began, p.origin = p.clock.read()
	p.running = true
	p.nextScan, p.nextFull = 0, p.origin
	last := p.origin
	p.mu.Unlock()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return p.stop()
		case <-p.wake:
		case <-timer.C:
		}
		up, err := p.turn(ctx, last)
		if ctx.Err() != nil {
			return p.stop()
		}
		if err != nil {
			return err
		}
		last = up
		timer.Reset(p.pause())
	}
}

// stop writes the times that are only in memory.
func (p *Posture) stop() error {
	if err := p.o.DB.Write(context.Background(), p.flush); err != nil {
		return fmt.Errorf("write the posture at the stop: %w", err)
	}
	return nil
}

// turn writes what is due. It returns when, on the clock, it began: a turn
// that hangs in Append counts as standing still, since ingest hangs as well.
func (p *Posture) turn(ctx context.Context, last time.Duration) (time.Duration, error) {
	up, full, err := p.listen(ctx, last)
	if err != nil {
		return 0, err
	}
	w, judging := p.collect(full)
	if err := p.append(ctx, w.samples); err != nil {
		return 0, err
	}
	if p.o.Site != nil {
		for _, s := range w.sites {
			p.o.Site(s.id, s.silent, s.at)
		}
	}
	p.mu.Lock()
	if judging && !p.judging {
		p.judging, w.changed = true, true
		p.o.Logger.Info("judging begins", "listening_since", p.began)
	}
	p.mu.Unlock()
	if w.changed && p.o.Changed != nil {
		p.o.Changed()
	}
	return up, nil
}

// append stores samples. What the TSDB refuses, as it does when the wall clock
// was set back further than its window, is told and shown, and the process
// goes on; a disk that fails ends it.
func (p *Posture) append(ctx context.Context, samples []Sample) error {
	if len(samples) == 0 || p.o.Append == nil {
		return nil
	}
	var refused error
	for len(samples) > 0 {
		n := min(len(samples), appendAtOnce)
		err := p.o.Append(ctx, samples[:n])
		switch {
		case isRefusal(err):
			refused = err
			p.o.Logger.Error("known series could not be written", "err", err)
		case err != nil:
			return fmt.Errorf("append %d samples of known series: %w", n, err)
		}
		samples = samples[n:]
	}
	p.mu.Lock()
	p.refused = refused
	p.mu.Unlock()
	return nil
}

func isRefusal(err error) bool {
	for _, refusal := range []error{storage.ErrOutOfOrderSample, storage.ErrTooOldSample, storage.ErrOutOfBounds, storage.ErrDuplicateSampleForTimestamp} {
		if errors.Is(err, refusal) {
			return true
		}
	}
	return false
}

// Refused returns why rules do not see what is known, nil when they do: the
// TSDB takes known samples no longer, or the wall clock went back, and they
// lie ahead of it.
func (p *Posture) Refused() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	wall, _ := p.clock.read()
	if newest := time.UnixMilli(p.newest); p.refused == nil && newest.Sub(wall) > everyMinute {
		return fmt.Errorf("the clock went back: it says %s, and known states are written up to %s", wall.Format(time.DateTime), newest.Format(time.DateTime))
	}
	return p.refused
}

// Stored returns when results were last committed; zero: not since the start.
func (p *Posture) Stored() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stored
}

// listen notices that the process, or only the disk behind ingest, stood
// still, and says whether all series are due.
func (p *Posture) listen(ctx context.Context, last time.Duration) (up time.Duration, full bool, err error) {
	p.mu.Lock()
	wall, up := p.clock.read()
	still := up - last - heartbeat
	if p.o.Waiting != nil {
		still = max(still, p.o.Waiting())
	}
	if still > stoodStill {
		if p.judging || p.origin != last { // once for each standstill
			p.o.Logger.Warn("the collector stood still and judges nothing until it has listened again", "for", still)
		}
		p.origin, p.began, p.judging = up, wall, false
		p.nextScan = 0
	}
	full = up >= p.nextFull
	if full {
		p.nextFull = up + everyMinute
	}
	p.mu.Unlock()
	if full {
		if err := p.readEnrolments(ctx); err != nil && !errors.Is(err, ctx.Err()) {
			return up, false, err
		}
	}
	return up, full, nil
}

// collect gathers the samples that are due and marks them as written. judging
// says that with these every site has been judged.
func (p *Posture) collect(full bool) (w writing, judging bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	wall, up := p.clock.read()
	w.t = wall.UnixMilli()
	judging = up > p.origin+p.o.SiteSilence
	all := full || up >= p.nextScan || judging && !p.judging
	if all {
		p.nextScan = up + everyMinute
		for _, c := range p.checks {
			p.collectCheck(&w, c, up, full)
		}
		for _, s := range p.sites {
			p.collectSite(&w, s, up, full)
		}
	} else {
		for _, c := range p.dirty {
			p.collectCheck(&w, c, up, false)
		}
		for _, s := range p.dirtySite {
			p.collectSite(&w, s, up, false)
		}
	}
	for i := range p.retired { // with the labels that they had
		w.end(&p.retired[i])
		w.changed = true
	}
	p.retired = nil
	p.newest = max(p.newest, w.newest)
	for _, c := range p.dirty {
		c.inDirty = false
	}
	p.dirty, p.dirtySite = p.dirty[:0], p.dirtySite[:0]
	return w, judging
}

func (p *Posture) collectCheck(w *writing, c *check, up time.Duration, full bool) {
	p.relabelCheck(c)
	c.collectInfo(w, full)
	for i := range c.known {
		j := p.judge(c, i, up)
		w.known(&c.known[i], j, p.age(c, up), full)
		w.looks(&c.downs[i], j, c.cur.faces[i].looks, full)
		if j.until > 0 {
			p.nextScan = min(p.nextScan, j.until)
		}
	}
}

func (p *Posture) collectSite(w *writing, s *site, up time.Duration, full bool) {
	p.relabelSite(s)
	j := p.judgeSite(s, up)
	if j.how == judged && s.known.differs(j) {
		w.sites = append(w.sites, siteChange{s.id, j.state == checks.Silent, s.last})
	}
	w.known(&s.known, j, p.siteAge(s, up), full)
	if j.until > 0 {
		p.nextScan = min(p.nextScan, j.until)
	}
	switch {
	case j.how == judged && j.state == checks.Silent: // nobody knows it until the next push
		s.aheadOf = false
		w.end(&s.offset)
	case !s.listed:
		w.end(&s.offset)
	case s.clockMoved() || full && s.aheadOf:
		s.aheadPut = s.ahead
		w.put(&s.offset, s.ahead.Seconds())
	}
	p.collectSpool(w, s, j, full)
	p.collectHours(w, s, j, full)
	if !s.clone.labels.IsEmpty() {
		switch {
		case !s.listed:
			w.end(&s.clone)
		case full || !s.clone.has || s.shown != s.cloned:
			w.changed = w.changed || s.shown != s.cloned
			s.shown = s.cloned
			v := 0.0
			if s.cloned {
				v = 1
			}
			w.put(&s.clone, v)
		}
	}
	switch {
	case !s.listed:
		w.end(&s.info)
	case !s.info.labels.IsEmpty() && (full || !s.info.has):
		w.put(&s.info, 1)
	}
}

// pause is the time until something may be due, at most one heartbeat. What
// becomes silent does so a millisecond behind its bound, which belongs to the
// time before.
func (p *Posture) pause() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, up := p.clock.read()
	next := min(p.nextScan, p.nextFull)
	if !p.judging {
		next = min(next, p.origin+p.o.SiteSilence)
	}
	return min(heartbeat, max(next-up, 0)+time.Millisecond)
}
