// Package path checks the way to a target: its hops, where it stops and who
// says so, how large a packet it takes, and when it changes.
package path

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"fengsui/checks"
	"fengsui/checks/icmp"
)

// Kind is the kind "path".
var Kind = checks.Kind{
	Name:   "path",
	Doc:    "the hops to a target (traceroute), where the way stops, its path MTU, and changes of it",
	RowKey: "hop",
	Measurements: []checks.Measurement{
		{Name: "rtt_seconds", Unit: "seconds", Type: "gauge", Doc: "round-trip time to the target; of the target's own row only"},
		{Name: "hop_rtt_seconds", Unit: "seconds", Type: "gauge", Doc: "median round-trip time to the hop"},
		{Name: "hop_loss_ratio", Unit: "ratio", Type: "gauge", Doc: "share of the probes that the hop left unanswered: often it answers only so many a second"},
		{Name: "hops", Unit: "", Type: "gauge", Doc: "how many hops away the target is"},
		{Name: "mtu_bytes", Unit: "bytes", Type: "gauge", Doc: "largest IP packet that passes; with mtu only"},
	},
	Reasons: append([]checks.Declaration{
		reasonStops, checks.ReasonUnreachable, checks.ReasonForbidden, checks.ReasonHole, icmp.ReasonNoPermission,
	}, checks.LocalReasons...),
	New: func() checks.Check {
		return &check{Method: "auto", MaxHops: 30, Queries: 3, memories: memories{known: map[netip.Addr]*memory{}}}
	},
}

var reasonStops = checks.Declaration{Code: "path_stops", State: checks.Down, Args: []string{"target", "address", "hop", "last"},
	ZH: "到 {target}（{address}）的路径在第 {hop} 跳 {last} 之后没有任何应答（应为：到达目标），故障在该节点之后，或目标不应答探测",
	EN: "the way to {target} ({address}) gives no answer behind hop {hop}, {last}; want the target: the fault is behind that hop, or the target answers no probe"}

// Criteria of the catalogue in domain.md section 5.3.
const (
	findingMTU    = "X04" // the path takes packets of the wanted size
	findingChange = "X05" // the hops are those that are declared, or those of before
)

type check struct {
	Method    string   `option:"method" doc:"what is sent: icmp, udp, tcp, or auto: icmp, and what else reaches the target when that does not" choices:"auto,icmp,udp,tcp"`
	MaxHops   int      `option:"max_hops" doc:"hops after which the way counts as endless" min:"1" max:"64"`
	Queries   int      `option:"queries" doc:"probes a hop" min:"1" max:"10"`
	MTU       int      `option:"mtu" doc:"bytes of the IP packets that have to pass; 0 does not look" max:"9000"`
	FirstHops []string `option:"first_hops" doc:"addresses of the first hops in their order; * for any"`

	memories
}

// Host takes a host, or host:port for the methods udp and tcp.
func (c *check) Host(target string) (string, error) {
	host, _, err := split(target)
	return host, err
}

func split(target string) (host string, port uint16, err error) {
	if err := checks.CheckHost(target); err == nil {
		return target, 0, nil
	}
	if !strings.Contains(target, ":") {
		return "", 0, fmt.Errorf("target %q: %w", target, checks.CheckHost(target))
	}
	return checks.HostPort(target, "a host, or host:port, as in 192.0.2.1 or portal.example:443")
}

// Bind holds what is declared against what is possible.
func (c *check) Bind(target string) error {
	for _, hop := range c.FirstHops {
		if _, err := netip.ParseAddr(hop); err != nil && hop != "*" {
			return fmt.Errorf("first_hops: %q is no address, want one, or * for any", hop)
		}
	}
	if c.MTU > 0 && c.MTU < leastMTU {
		return fmt.Errorf("mtu: %d, want at least %d, or 0 for none", c.MTU, leastMTU)
	}
	if _, port, err := split(target); err == nil && port == 0 && c.Method == "tcp" {
		return errors.New("method tcp: the target has no port, want host:port")
	}
	return nil
}

// Lasts is two windows of silence, by which a dead way is known.
func (c *check) Lasts() time.Duration { return 3 * time.Second }

// Cost is what a way of ten hops takes.
func (c *check) Cost() (requests, bytes int) {
	requests = 10*c.Queries + 1
	bytes = requests * 3 * least // the errors quote what they answer
	if c.MTU > 0 {
		requests += 4
		bytes += 4 * 2 * c.MTU
	}
	return requests, bytes
}

// margin is kept of the deadline to say what was seen.
const margin = 50 * time.Millisecond

// Probe traces the way, looks how large a packet it takes, and compares it with
// what is declared or was seen before.
func (c *check) Probe(ctx context.Context, at checks.Endpoint, o *checks.Observation) checks.Reason {
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-margin))
		defer cancel()
	}
	if err := at.Route(at.Addr); err != nil {
		return checks.RouteReason(at, err)
	}
	began := time.Now()
	_, port, _ := split(at.Target)
	way, why := Trace(ctx, at, Options{Method: c.Method, Port: port, MaxHops: c.MaxHops, Queries: c.Queries})
	if !why.IsZero() {
		return why
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return checks.ReasonStopped.With(at.Target)
	}
	if !way.Reached && way.Says.IsZero() && ctx.Err() != nil {
		return checks.ReasonNoTime.With(at.Target, at.Addr.String(), checks.Round(time.Since(began)), c.Lasts().String())
	}
	way.note(o)
	for _, f := range c.compare(at.Addr, c.FirstHops, way) {
		o.Find(f.Rule, f.Outcome, f.Evidence)
	}
	if !way.Reached {
		return way.reason(at)
	}
	if c.MTU > 0 {
		return c.judgeMTU(ctx, at, o)
	}
	return checks.Reason{}
}

// note writes down the hops.
func (r Route) note(o *checks.Observation) {
	for _, h := range r.Hops {
		key := strconv.Itoa(h.TTL)
		if h.RTT >= 0 && h.Received > 0 {
			o.SetRow(key, "hop_rtt_seconds", h.RTT.Seconds())
		}
		if h.Sent > 0 {
			o.SetRow(key, "hop_loss_ratio", float64(h.Sent-h.Received)/float64(h.Sent))
		}
	}
	if last := len(r.Hops); r.Reached && last > 0 {
		o.Set("hops", float64(last))
		if rtt := r.Hops[last-1].RTT; rtt >= 0 {
			o.Seconds("rtt_seconds", rtt)
		}
	}
}

// reason says where a way stops that does not reach its target.
func (r Route) reason(at checks.Endpoint) checks.Reason {
	address := at.Addr.String()
	switch {
	case !r.Says.IsZero() && r.Says.Prohibited():
		return checks.ReasonForbidden.With(at.Target, address)
	case !r.Says.IsZero():
		return checks.ReasonUnreachable.With(at.Target, address, r.Says.String())
	}
	hop, last := 0, "-"
	for _, h := range r.Hops {
		if h.Addr.IsValid() {
			hop, last = h.TTL, h.Addr.String()
		}
	}
	return reasonStops.With(at.Target, address, strconv.Itoa(hop), last)
}

func (c *check) judgeMTU(ctx context.Context, at checks.Endpoint, o *checks.Observation) checks.Reason {
	limit, why := MTU(ctx, at, c.MTU)
	switch {
	case !why.IsZero():
		return why
	case limit.MTU == 0 && ctx.Err() != nil:
		o.Find(findingMTU, checks.Unknown, "there was no time left to find the path MTU")
		return checks.Reason{}
	case limit.MTU == 0:
		o.Find(findingMTU, checks.Unknown, "the target answers no echo request, so the path MTU was not found")
		return checks.Reason{}
	}
	o.Set("mtu_bytes", float64(limit.MTU))
	switch {
	case limit.Hole:
		o.Find(findingMTU, checks.Fail, fmt.Sprintf("%d bytes pass, more vanish without \"packet too big\"; last hop that answers large packets: %s", limit.MTU, limit.Last))
		return checks.ReasonHole.With(at.Target, at.Addr.String(), strconv.Itoa(limit.MTU), limit.Last)
	case limit.MTU < c.MTU:
		by := "this machine"
		if limit.By.IsValid() {
			by = limit.By.String()
		}
		o.Find(findingMTU, checks.Fail, fmt.Sprintf("%d bytes pass, want %d; %s says that more are too big", limit.MTU, c.MTU, by))
	default:
		o.Find(findingMTU, checks.Pass, fmt.Sprintf("%d bytes pass", limit.MTU))
	}
	return checks.Reason{}
}
