package gate

import (
	"context"
	"time"

	"connectrpc.com/connect"

	"fengsui/collector/wire"
)

// calls answers the calls that admit let through.
type calls struct{ g *Gate }

// timing is the collector's half of a round trip (RFC 5905, section 8); it is
// made last, since whatever comes after it would count as the way.
func (g *Gate) timing(received time.Time) *wire.Timing {
	return &wire.Timing{
		Collector: g.o.DB.Collector[:], Generation: g.o.DB.Generation,
		ReceivedUnixNs: received.UnixNano(), AnsweredUnixNs: g.o.Now().UnixNano(),
	}
}

func (c *calls) Preview(ctx context.Context, r *connect.Request[wire.PreviewRequest]) (*connect.Response[wire.PreviewResponse], error) {
	v := visitOf(ctx)
	p, err := c.g.o.Registry.Preview(ctx, r.Msg.Code, v.source)
	if err != nil {
		return nil, c.g.answerable(wire.CollectorPreviewProcedure, v, err)
	}
	answer := &wire.PreviewResponse{Site: p.Site, SiteName: p.SiteName}
	if a := p.Present; a != nil {
		answer.Present = &wire.Present{Agent: a.ID[:], HeardUnixNs: nanos(a.Heard), Unacknowledged: a.Count, OldestUnixNs: nanos(a.Oldest)}
	}
	return connect.NewResponse(answer), nil
}

// nanos is a time on the wire, where 0 is none.
func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func (c *calls) Enrol(ctx context.Context, r *connect.Request[wire.EnrolRequest]) (*connect.Response[wire.EnrolResponse], error) {
	v := visitOf(ctx)
	e, err := c.g.o.Registry.Enrol(ctx, r.Msg.Code, r.Msg.Request, v.source)
	if err != nil {
		return nil, c.g.answerable(wire.CollectorEnrolProcedure, v, err)
	}
	c.g.o.Logger.Info("an agent was enrolled", "site", e.Site, "source", v.source, "again", e.Again, "version", short(r.Msg.Version))
	return connect.NewResponse(&wire.EnrolResponse{
		Certificate: e.Certificate, Authority: [][]byte{e.Authority},
		Site: e.Site, SiteName: e.SiteName, Agent: e.Agent[:], Timing: c.g.timing(v.received),
	}), nil
}

func (c *calls) Renew(ctx context.Context, r *connect.Request[wire.RenewRequest]) (*connect.Response[wire.RenewResponse], error) {
	v := visitOf(ctx)
	certificate, authority, err := c.g.o.Registry.Renew(ctx, v.caller, r.Msg.Request)
	if err != nil {
		return nil, c.g.answerable(wire.CollectorRenewProcedure, v, err)
	}
	c.g.o.Logger.Info("the next certificate of an agent was made", "site", v.caller.Site, "source", v.source, "expired", v.caller.Expired)
	return connect.NewResponse(&wire.RenewResponse{
		Certificate: certificate, Authority: [][]byte{authority}, Timing: c.g.timing(v.received),
	}), nil
}

func (c *calls) Hello(ctx context.Context, r *connect.Request[wire.HelloRequest]) (*connect.Response[wire.HelloResponse], error) {
	v := visitOf(ctx)
	answer, err := c.g.o.Ingest.Hello(ctx, v.caller, r.Msg, v.received)
	if err != nil {
		return nil, c.g.answerable(wire.CollectorHelloProcedure, v, err)
	}
	answer.Site = v.caller.Site
	if c.g.o.SiteName != nil {
		answer.SiteName, _ = c.g.o.SiteName(v.caller.Site)
	}
	answer.Timing = c.g.timing(v.received)
	return connect.NewResponse(answer), nil
}

func (c *calls) Push(ctx context.Context, r *connect.Request[wire.PushRequest]) (*connect.Response[wire.PushResponse], error) {
	v := visitOf(ctx)
	answer, err := c.g.o.Ingest.Push(ctx, v.caller, r.Msg, v.received)
	if err != nil {
		return nil, c.g.answerable(wire.CollectorPushProcedure, v, err)
	}
	if drains(r.Msg, answer) {
		c.g.o.Drained(v.caller.Site, v.received.Add(-underway))
	}
	answer.Timing = c.g.timing(v.received)
	return connect.NewResponse(answer), nil
}

// underway is how long a push may have been on its way: what the agent saw
// meanwhile is not in it.
const underway = time.Minute

// drains says whether a push brought all that the agent had.
func drains(r *wire.PushRequest, answer *wire.PushResponse) bool {
	brought := uint64(0)
	for _, b := range r.Batches {
		brought += uint64(b.Count)
	}
	for _, a := range answer.Answers {
		switch a.Outcome {
		case wire.BatchAnswer_STORED, wire.BatchAnswer_DUPLICATE, wire.BatchAnswer_DECIDED:
		default:
			return false
		}
	}
	return r.Spool != nil && r.Spool.Unacknowledged <= brought
}

func (c *calls) Poll(ctx context.Context, r *connect.Request[wire.PollRequest]) (*connect.Response[wire.PollResponse], error) {
	v := visitOf(ctx)
	c.g.o.Contact(v.caller.Site, v.received)
	wait := min(time.Duration(r.Msg.WaitSeconds)*time.Second, longestPoll)
	waiting, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	go func() { // ends with the call
		tick := time.NewTicker(judgeEvery)
		defer tick.Stop()
		for {
			select {
			case <-c.g.stopping:
				cancel()
				return
			case <-waiting.Done():
				return
			case <-tick.C:
				// Who is revoked by a process beside us is told at once.
				if _, err := v.judge(waiting, c.g.o.Now()); wire.RefusalOf(err) != nil {
					cancel()
					return
				}
			}
		}
	}()
	next := c.g.o.Assignments.Wait(waiting, v.caller.Site, r.Msg.Revision)
	if err := ctx.Err(); err != nil {
		return nil, c.g.answerable(wire.CollectorPollProcedure, v, err) // the agent has gone
	}
	select {
	case <-c.g.stopping:
		return nil, c.g.answerable(wire.CollectorPollProcedure, v, refusal(connect.CodeUnavailable, wire.CodeStopping))
	default:
	}
	// Much can happen to an agent while it waits.
	caller, err := v.judge(ctx, c.g.o.Now())
	if err != nil {
		return nil, c.g.answerable(wire.CollectorPollProcedure, v, err)
	}
	answer := &wire.PollResponse{Revision: r.Msg.Revision, Renew: caller.Due}
	if next != nil {
		answer.Revision, answer.Assignment, answer.Secrets = next.Revision, next.Encoded, next.Secrets
	}
	answer.Timing = c.g.timing(v.received)
	return connect.NewResponse(answer), nil
}

func (c *calls) Goodbye(ctx context.Context, r *connect.Request[wire.GoodbyeRequest]) (*connect.Response[wire.GoodbyeResponse], error) {
	v := visitOf(ctx)
	if err := c.g.o.Ingest.Goodbye(ctx, v.caller, r.Msg, v.received); err != nil {
		return nil, c.g.answerable(wire.CollectorGoodbyeProcedure, v, err)
	}
	return connect.NewResponse(&wire.GoodbyeResponse{Timing: c.g.timing(v.received)}), nil
}
