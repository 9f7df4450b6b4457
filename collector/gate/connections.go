package gate

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"slices"
	"time"

	"fengsui/collector/wire"
)

// resting is for how long no call was at work on a connection before it may be
// closed: HTTP/2 calls a connection idle before the last answer is flushed.
const resting = judgeEvery / 2

// connection follows the connections and holds their number, so that strangers
// cannot use up the files that the stores need.
func (g *Gate) connection(c net.Conn, s http.ConnState) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch s {
	case http.StateNew:
		if g.idle[c] = (time.Time{}); len(g.idle) > maxConnections {
			_ = c.Close() // and the server notices
		}
	case http.StateActive:
		g.idle[c] = time.Time{}
	case http.StateIdle:
		g.idle[c] = time.Now()
	case http.StateClosed, http.StateHijacked:
		delete(g.idle, c)
	}
}

// Run closes idle connections that prove nothing any more, until ctx ends: a
// call is judged when it comes, and a connection without calls by its
// certificate, once a second. It returns nil.
func (g *Gate) Run(ctx context.Context) error {
	tick := time.NewTicker(judgeEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			g.sweep(ctx)
		case <-ctx.Done():
			return nil
		}
	}
}

// sweep closes the idle connections of those who may make no call, and of an
// agent that holds more than it can use those that are idle for longest. Where
// a call is at work its answer comes first: it tells the agent the reason.
func (g *Gate) sweep(ctx context.Context) {
	type idle struct {
		c     *tls.Conn
		since time.Time
	}
	var all []idle
	g.mu.Lock()
	for c, since := range g.idle {
		// A connection that was never idle may be in its handshake, which
		// would be waited for.
		if t, ok := c.(*tls.Conn); ok && !since.IsZero() && time.Since(since) >= resting {
			all = append(all, idle{t, since})
		}
	}
	g.mu.Unlock()
	slices.SortFunc(all, func(a, b idle) int { return b.since.Compare(a.since) })
	of := map[[16]byte]int{}
	for _, i := range all {
		shown := i.c.ConnectionState().PeerCertificates
		if len(shown) == 0 {
			continue // somebody who enrols
		}
		caller, err := g.o.Registry.JudgeRenewal(ctx, shown, g.o.Now())
		about := []any{"source", i.c.RemoteAddr(), "site", caller.Site}
		switch refused := wire.RefusalOf(err); {
		case refused != nil:
			g.log.warn("closed"+refused.Code+sourceOf(i.c.RemoteAddr().String()).String(), "closed an idle connection", append(about, "code", refused.Code, "reason", refused.En)...)
		case err != nil:
			continue // the register could not be asked: not the agent's fault
		default:
			if of[caller.Agent]++; of[caller.Agent] <= maxOfAgent {
				continue
			}
			g.log.warn("many"+caller.Site, "closed an idle connection of an agent that holds too many", append(about, "most", maxOfAgent)...)
		}
		g.mu.Lock()
		still := g.idle[i.c].Equal(i.since)
		g.mu.Unlock()
		if still {
			_ = i.c.Close() // and the server notices
		}
	}
}
