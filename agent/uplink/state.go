package uplink

import (
	"context"
	"sync"
	"time"

	"connectrpc.com/connect"

	"fengsui/collector/wire"
)

// A State is how the uplink stands, for people.
type State struct {
	InContact bool
	Address   string // where the collector answered last
	Site      string // as the collector calls us; "" before any Hello
	SiteName  string
	LastHello time.Time // wall clock, as all times here; zero: never
	LastPush  time.Time // the last that succeeded
	LastTry   time.Time // the last contact, push or failure
	Pushes    uint64    // that succeeded, of this process
	Results   uint64    // acknowledged, of this process
	SentBytes uint64    // of requests, compressed
	Held      uint64    // batches that wait until the collector knows their revision, in the last push that carried any
	Clashed   uint64    // batches whose numbers are taken by others: ever, of this process
	Refused   map[string]uint64
	Renew     bool // the collector asks for a new certificate
	Polled    bool // a poll was answered: the assignment at work is the collector's

	// What is wrong now; nil: nothing. A success of the same sort ends it.
	Problem     *Problem
	ProblemTime time.Time
	Spool       *Problem
	Assignment  *Problem
}

type state struct {
	mu sync.Mutex
	s  State
}

func (s *state) change(f func(*State)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.s)
}

// State returns how the uplink stands.
func (u *Uplink) State() State {
	u.state.mu.Lock()
	defer u.state.mu.Unlock()
	s := u.state.s
	refused := map[string]uint64{}
	for code, n := range s.Refused {
		refused[code] = n
	}
	s.Refused = refused
	if u.dialer != nil {
		if a := u.dialer.Good(); a != "" {
			s.Address = a
		}
	}
	return s
}

// Instance returns the id of this process, 16 bytes.
func (u *Uplink) Instance() []byte { return u.instance }

func (u *Uplink) greeted(a *wire.HelloResponse) {
	now := u.o.Clock.Wall()
	u.state.change(func(s *State) {
		s.InContact, s.LastHello, s.LastTry = true, now, now
		s.Site, s.SiteName = a.Site, a.SiteName
	})
	u.o.Logger.Info("in contact with the collector", "site", a.Site, "name", a.SiteName, "address", u.State().Address)
}

func (u *Uplink) pushedOK(l load, a *wire.PushResponse, compressed int) {
	now := u.o.Clock.Wall()
	var held, clashed, results uint64
	for i, answer := range a.Answers {
		switch answer.Outcome {
		case wire.BatchAnswer_HELD:
			held++
		case wire.BatchAnswer_CLASHED:
			clashed++
		case wire.BatchAnswer_STORED, wire.BatchAnswer_DUPLICATE, wire.BatchAnswer_DECIDED:
			results += uint64(l.batches[i].Count)
		}
	}
	u.state.change(func(s *State) {
		s.InContact, s.LastPush, s.LastTry = true, now, now
		s.Pushes++
		s.Results += results
		s.SentBytes += uint64(compressed)
		if len(l.batches) > 0 {
			s.Held = held
		}
		s.Clashed += clashed
		s.Problem = nil
		for _, r := range a.Refused {
			if s.Refused == nil {
				s.Refused = map[string]uint64{}
			}
			if len(s.Refused) < 64 || s.Refused[r.Code] > 0 {
				s.Refused[r.Code] += r.Last - r.First + 1
			}
		}
	})
	if clashed > 0 {
		u.o.Logger.Error("the collector holds other results under our numbers: a copy of this machine may be at work; nothing of them was taken", "batches", clashed)
	}
	for _, r := range a.Refused {
		u.o.Logger.Warn("results were refused for good", "code", r.Code, "first", r.First, "last", r.Last)
	}
	u.o.Pushed()
}

func (u *Uplink) polled(a *wire.PollResponse) {
	u.state.change(func(s *State) { s.Renew, s.Polled, s.Assignment = a.Renew, true, nil })
	if a.Renew {
		select {
		case u.renewal <- struct{}{}:
		default:
		}
	}
	if a.Command != nil {
		u.o.Logger.Warn("the collector sent a command that this release does not know", "word", clean(a.Command.Word))
	}
}

// failed notes the end of a contact.
func (u *Uplink) failed(p Problem, pause time.Duration) {
	now := u.o.Clock.Wall()
	u.state.change(func(s *State) {
		s.InContact, s.Problem, s.ProblemTime, s.LastTry = false, &p, now, now
	})
	if p.Class == ClassHello || p.Class == wire.CodeHelloFirst {
		u.o.Logger.Info("saying Hello again", "why", p.EN)
	} else {
		u.o.Logger.Warn("out of contact with the collector", "class", p.Class, "next", p.Next.String(), "pause", pause.Round(time.Millisecond), "error", p.EN)
	}
	u.o.Pushed()
}

func (u *Uplink) spoolFailed(err error) {
	p := Judge(&fault{ClassSpool, err})
	u.state.change(func(s *State) { s.Spool = &p })
	u.o.Logger.Error("the spool failed", "error", err)
}

// sync makes what was added durable, when the disk lets it. What is on disk
// already goes to the collector all the same, and the site stays alive.
func (u *Uplink) sync() {
	if err := u.o.Spool.Sync(); err != nil {
		u.spoolFailed(err)
		return
	}
	u.state.change(func(s *State) { s.Spool = nil })
}

// farewell sends what is left and says goodbye.
func (u *Uplink) farewell(ctx context.Context, client wire.CollectorClient) {
	for range 8 { // a backlog stays for the next start
		more, err := u.push(ctx, client)
		if err != nil {
			u.o.Logger.Warn("the last push failed; what it held stays in the spool", "error", Judge(err).EN)
			return
		}
		if more != moreLive {
			break
		}
	}
	_, err := client.Goodbye(ctx, connect.NewRequest(&wire.GoodbyeRequest{Contact: u.say(), Reason: "stop"}))
	if err != nil {
		u.o.Logger.Warn("the goodbye failed", "error", Judge(err).EN)
	}
}
