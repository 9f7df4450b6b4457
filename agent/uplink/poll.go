package uplink

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"fengsui/collector/wire"
)

// leastPoll is how short a poll becomes behind a wall that cuts idle calls.
const leastPoll = 5 * time.Second

// pollGrace is what a poll may take beyond the wait that it asks for.
const pollGrace = 10 * time.Second

// poll asks for what the agent has to do, over and over, until ctx is done.
// It returns an error only when the contact has to end: a refusal. A line
// that fails is the pushes' business; they are nudged to find out.
func (u *Uplink) poll(ctx context.Context, client wire.CollectorClient) error {
	wait := u.o.PollWait
	p := pauses{least: u.pauses.least, base: u.o.FirstPause, most: u.o.MostPause}
	for ctx.Err() == nil {
		req := &wire.PollRequest{
			Contact: u.say(), Revision: u.o.Assignment.Revision(),
			WaitSeconds: uint32((wait + time.Second - 1) / time.Second),
		}
		began := time.Now()
		answer, _, _, err := call(ctx, u, wait+pollGrace, client.Poll, req, req.Contact)
		if err == nil {
			err = u.assign(answer)
		}
		if err == nil {
			p.reset()
			u.polled(answer)
			// An answer that came early and brought nothing new is not asked
			// for again in a tight loop.
			if len(answer.Assignment) == 0 && time.Since(began) < u.o.FirstPause {
				rest(ctx, u.o.FirstPause)
			}
			continue
		}
		if ctx.Err() != nil {
			return nil
		}
		problem := Judge(err)
		switch problem.Next {
		case Hello, Person:
			return err
		}
		u.o.Logger.Info("poll failed", "class", problem.Class, "error", problem.EN)
		switch problem.Class {
		case ClassAssignment:
			u.state.change(func(s *State) { s.Assignment = &problem })
		default:
			if problem.Class == ClassCut || problem.Class == ClassTimeout {
				wait = max(wait/2, min(leastPoll, wait))
			}
			select {
			case u.nudged <- struct{}{}:
			default:
			}
		}
		rest(ctx, p.next())
	}
	return nil
}

// assign takes the assignment of an answer, when there is a new one.
func (u *Uplink) assign(answer *wire.PollResponse) error {
	if len(answer.Assignment) == 0 {
		return nil
	}
	if sum := sha256.Sum256(answer.Assignment); string(sum[:]) != string(answer.Revision) {
		return &fault{ClassAssignment, fmt.Errorf("its SHA-256 is %x and its revision %x, want the same", sum[:6], answer.Revision[:min(len(answer.Revision), 6)])}
	}
	if err := u.o.Assignment.Assign(answer.Revision, answer.Assignment, answer.Secrets); err != nil {
		return &fault{ClassAssignment, err}
	}
	return nil
}

func rest(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
