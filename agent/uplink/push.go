package uplink

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fengsui/agent/spool"
	"fengsui/collector/wire"
)

// pushes pushes until soft is done or a push fails: every Idle, every Busy
// for a while after a change, soon after the change itself, and as the pace
// allows while there is a backlog. Calls run under hard.
func (u *Uplink) pushes(soft, hard context.Context, client wire.CollectorClient) (pushed bool, err error) {
	var busyUntil time.Time
	next := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		timer.Reset(time.Until(next))
		select {
		case <-soft.Done():
			return pushed, context.Cause(soft)
		case <-u.changed:
			now := time.Now()
			busyUntil = now.Add(u.o.BusyFor)
			next = earlier(next, now.Add(u.o.Gather))
			continue
		case <-u.nudged:
			next = earlier(next, time.Now().Add(u.o.Gather))
			continue
		case <-timer.C:
		}
		began := time.Now()
		more, err := u.push(hard, client)
		if err != nil {
			return pushed, err
		}
		pushed = true
		u.pauses.reset()
		interval := u.o.Idle
		if began.Before(busyUntil) {
			interval = min(u.o.Busy, u.o.Idle)
		}
		next = began.Add(interval)
		switch now := time.Now(); more {
		case moreLive:
			next = now
		case moreBacklog:
			next = earlier(next, later(u.pace.ready(now), began.Add(u.o.Gather)))
		}
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// more says what is left after a push.
type more uint8

const (
	nothing     more = iota
	moreLive         // live results did not all fit: push again at once
	moreBacklog      // old results may follow: push again as the pace allows
)

// pushTimeout bounds a push: what a line of 64 kbit/s needs for it, and some.
func pushTimeout(bodies int) time.Duration {
	return 15*time.Second + time.Duration(min(bodies, wire.MaxSend))*time.Second/(8<<10)
}

// push sends one push: live batches first and old ones behind.
func (u *Uplink) push(ctx context.Context, client wire.CollectorClient) (more, error) {
	u.sync()
	load := u.compose()
	lost := bounded(u.o.Spool.Lost())
	req := &wire.PushRequest{
		Contact: u.say(), Batches: load.batches, Lost: lost,
		SelfTest: u.selfTest(), Spool: u.o.Spool.State(),
	}
	began := time.Now()
	answer, trip, compressed, err := call(ctx, u, pushTimeout(load.bodies), client.Push, req, req.Contact)
	if err != nil {
		return nothing, err
	}
	if len(answer.Answers) != len(load.batches) {
		return nothing, &fault{ClassDecode, fmt.Errorf("%d batches were pushed and %d answered, want as many", len(load.batches), len(answer.Answers))}
	}
	wild := u.believe(trip)
	if wild == nil {
		u.learn(trip, answer.Anchors)
	}
	err = u.o.Spool.Acknowledge(load.batches, answer.Answers)
	clashed := errors.Is(err, spool.ErrClashed) // told by pushedOK
	if err != nil && !clashed {
		u.spoolFailed(err)
	}
	if err := u.o.Spool.LostTold(lost); err != nil {
		u.spoolFailed(err)
	}
	if compressed == 0 {
		compressed = load.bodies // not seen on the line: counted in full
	}
	now := time.Now()
	u.pace.sent(now, load.bodies, load.old, compressed)
	u.pace.took(now.Sub(began), compressed)
	u.pushedOK(load, answer, compressed)
	if clashed {
		// Somebody else gives out our numbers: go on with others.
		if err := u.o.Spool.Renumber(); err != nil {
			u.spoolFailed(err) // in force all the same
		}
		return nothing, &fault{ClassHello, errors.New("other results are stored under our numbers")}
	}
	if wild != nil {
		return nothing, wild
	}
	if speaks := lifeOf(answer.Timing); speaks != u.life {
		// Another collector, or this one restored, took the connection over:
		// what the former one acknowledged may be gone.
		return nothing, &fault{ClassHello, fmt.Errorf("the collector was restored: generation %d, Hello was answered by %d", speaks.generation, u.life.generation)}
	}
	if answer.Hello {
		return nothing, &fault{ClassHello, fmt.Errorf("something changed there")}
	}
	return load.more, nil
}

// A load is what one push carries.
type load struct {
	batches []*wire.Batch
	bodies  int // bytes of bodies
	old     int // those of the backlog
	more    more
}

// compose chooses the batches of a push: never more than the collector takes
// of anything, never re-cut.
func (u *Uplink) compose() load {
	var l load
	var shape wire.Shape
	add := func(batches []*wire.Batch) (all bool) {
		for _, b := range batches {
			s, err := wire.Measure(b.Body)
			if err == nil { // else the collector decides it, alone or not
				s.Results += shape.Results
				s.Rows += shape.Rows
				s.Findings += shape.Findings
				s.Elements += shape.Elements
				if len(l.batches) > 0 && (s.Results > wire.MaxResults || s.Rows > wire.MaxRows || s.Findings > wire.MaxFindings || s.Elements > wire.MaxElements) {
					return false
				}
				shape = s
			}
			l.batches = append(l.batches, b)
			l.bodies += len(b.Body)
		}
		return true
	}
	max := u.pace.live()
	if !add(u.o.Spool.Live(time.Now(), max)) || l.bodies > max/2 {
		l.more = moreLive
		return l
	}
	live := l.bodies
	if room := u.pace.backlog(time.Now(), live); room > 0 {
		add(u.o.Spool.Backlog(room))
		l.old = l.bodies - live
	} else {
		l.more = moreBacklog // perhaps: looked at when the pace allows
	}
	if l.old > 0 {
		l.more = moreBacklog
	}
	return l
}
