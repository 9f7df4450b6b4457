package uplink

import (
	"context"
	"sync/atomic"
	"time"

	"connectrpc.com/connect"

	"fengsui/agent/clock"
	"fengsui/agent/line"
	"fengsui/collector/wire"
)

// timed is an answer that carries the collector's half of a round trip.
type timed interface{ GetTiming() *wire.Timing }

// A life is one generation of one collector.
type life struct {
	collector  string
	generation uint64
}

func lifeOf(t *wire.Timing) life { return life{string(t.GetCollector()), t.GetGeneration()} }

// say returns who speaks and what the clocks say.
func (u *Uplink) say() *wire.Contact {
	u.tripMu.Lock()
	defer u.tripMu.Unlock()
	return &wire.Contact{
		Instance: u.instance, Boot: u.o.Clock.Boot(),
		BootNs: int64(u.o.Clock.BootTime()), WallUnixNs: u.o.Clock.Wall().UnixNano(),
		LastTrip: u.trip,
	}
}

// call makes one call within a deadline and measures its round trip, which
// begins when a connection is ready: opening one is no part of the way.
func call[Q, A any, PA interface {
	*A
	timed
}](ctx context.Context, u *Uplink, timeout time.Duration, rpc func(context.Context, *connect.Request[Q]) (*connect.Response[A], error),
	q *Q, c *wire.Contact) (answer PA, trip *wire.RoundTrip, compressed int, err error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var sent atomic.Int64
	sent.Store(c.BootNs)
	note := &line.Call{Ready: func() { sent.Store(int64(u.o.Clock.BootTime())) }}
	resp, err := rpc(line.With(ctx, note), connect.NewRequest(q))
	returned := u.o.Clock.BootTime()
	if err != nil {
		return nil, nil, 0, err
	}
	answer = PA(resp.Msg)
	t := answer.GetTiming()
	return answer, &wire.RoundTrip{
		SentBootNs: sent.Load(), ReceivedUnixNs: t.GetReceivedUnixNs(),
		AnsweredUnixNs: t.GetAnsweredUnixNs(), ReturnedBootNs: int64(returned),
	}, int(note.Bytes.Load()), nil
}

// at returns the collector's time at the end of a round trip.
func (u *Uplink) at(trip *wire.RoundTrip) time.Time {
	return time.Unix(0, trip.GetReturnedBootNs()+int64(clock.Offset(trip)))
}

// jump is how far a round trip has to lie from the learned time for the
// collector's certificate to be judged again: further than a slow line explains.
const jump = time.Minute

// believe says whether what a round trip tells about time can be true. A
// collector whose clock was set out of its own certificate in mid-contact would
// otherwise lock the site out by that time, for [dateForgets].
func (u *Uplink) believe(trip *wire.RoundTrip) error {
	at := u.at(trip)
	now, ok := u.learned.Now(time.Duration(trip.GetReturnedBootNs()))
	if ok && at.Sub(now).Abs() <= jump {
		return nil
	}
	return u.server.judge(at)
}

// learn takes what a round trip and its answer tell about time.
func (u *Uplink) learn(trip *wire.RoundTrip, anchors []*wire.Anchor) {
	u.learned.Learn(trip)
	u.tripMu.Lock()
	u.trip = trip
	u.tripMu.Unlock()
	if err := u.o.Anchors.Told(anchors); err != nil {
		u.o.Logger.Warn("the collector's anchors could not be kept", "error", err)
	}
}

// ClockOffset returns the wall clock minus the learned time, and false before
// any contact.
func (u *Uplink) ClockOffset() (time.Duration, bool) {
	now, ok := u.learned.Now(u.o.Clock.BootTime())
	if !ok {
		return 0, false
	}
	return u.o.Clock.Wall().Sub(now), true
}
