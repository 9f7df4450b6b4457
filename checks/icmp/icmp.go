// Package icmp checks that an address answers echo requests, and how well:
// loss, round-trip time and jitter over a burst of them.
package icmp

import (
	"context"
	"errors"
	"os"
	"strconv"
	"syscall"
	"time"

	"fengsui/checks"
)

// Kind is the kind "icmp".
var Kind = checks.Kind{
	Name: "icmp",
	Doc:  "send a burst of echo requests (ping): loss, round-trip time, jitter, duplicates",
	Measurements: []checks.Measurement{
		{Name: "rtt_seconds", Unit: "seconds", Type: "gauge", Doc: "mean round-trip time of the answered requests"},
		{Name: "rtt_min_seconds", Unit: "seconds", Type: "gauge", Doc: "least round-trip time; from two replies on"},
		{Name: "rtt_max_seconds", Unit: "seconds", Type: "gauge", Doc: "greatest round-trip time; from two replies on"},
		{Name: "rtt_stddev_seconds", Unit: "seconds", Type: "gauge", Doc: "standard deviation of the round-trip time; from two replies on"},
		{Name: "jitter_seconds", Unit: "seconds", Type: "gauge", Doc: "mean difference between one round-trip time and the next; from two replies on"},
		{Name: "loss_ratio", Unit: "ratio", Type: "gauge", Doc: "share of the requests that had time for a reply and got none"},
		{Name: "sent_packets", Unit: "", Type: "gauge", Doc: "requests sent that had time for a reply"},
		{Name: "received_packets", Unit: "", Type: "gauge", Doc: "requests answered"},
		{Name: "duplicate_packets", Unit: "", Type: "gauge", Doc: "replies beyond the first to a request"},
	},
	Reasons: append([]checks.Declaration{reasonNoReply, reasonLoss, reasonNoPermission, checks.ReasonUnreachable}, checks.LocalReasons...),
	New: func() checks.Check {
		return &check{Count: 5, Gap: 200 * time.Millisecond, Wait: 2 * time.Second, Size: 56, TTL: 64, LossDegraded: 0.20}
	},
}

var (
	reasonNoReply = checks.Declaration{Code: "no_reply", State: checks.Down, Args: []string{"target", "address", "sent", "wait"},
		ZH: "ping {target}（{address}）发出 {sent} 个请求，{wait} 内一个应答也没有（应为：有应答），主机不在线、线路不通或 ICMP 被丢弃",
		EN: "{target} ({address}) answered none of {sent} echo requests within {wait}, want replies: host off, line cut, or ICMP dropped on the way"}
	reasonLoss = checks.Declaration{Code: "loss", State: checks.Degraded, Args: []string{"target", "address", "lost", "sent", "limit"},
		ZH: "ping {target}（{address}）{sent} 个请求中丢了 {lost} 个（应为：丢包不超过 {limit}）",
		EN: "{target} ({address}) left {lost} of {sent} echo requests unanswered, want at most {limit} lost"}
	reasonNoPermission = checks.Declaration{Code: "icmp_no_permission", State: checks.Unable, Args: []string{"target"},
		ZH: "本程序无权发送 ICMP，未能 ping {target}（应为：sysctl net.ipv4.ping_group_range 包含本程序的组，例如 \"0 2147483647\"，或授予 CAP_NET_RAW）",
		EN: "this program may not send ICMP, so {target} was not pinged; want its group in sysctl net.ipv4.ping_group_range, such as \"0 2147483647\", or CAP_NET_RAW"}
)

type check struct {
	Count        int            `option:"count" doc:"echo requests a run" min:"1" max:"100"`
	Gap          time.Duration  `option:"gap" doc:"from one request to the next" min:"10ms" max:"10s"`
	Wait         time.Duration  `option:"wait" doc:"how long after the last request replies are waited for" min:"100ms" max:"1m"`
	Size         int            `option:"size" doc:"bytes of payload; the packet has 28 more over IPv4 and 48 more over IPv6" min:"24" max:"65000"`
	TTL          int            `option:"ttl" doc:"hops that a request may take" min:"1" max:"255"`
	LossDegraded checks.Percent `option:"loss_degraded" doc:"more loss than this is degraded"`
}

// Host takes a name or an address.
func (c *check) Host(target string) (string, error) { return target, checks.CheckHost(target) }

// Lasts is the least time for a burst: its requests, and a wait that says
// anything about the last.
func (c *check) Lasts() time.Duration {
	return time.Duration(c.Count-1)*c.Gap + checks.MinWait + margin
}

// Cost is the burst and its replies, with the headers of IPv6.
func (c *check) Cost() (requests, bytes int) { return c.Count, c.Count * 2 * (c.Size + 48) }

// slots bounds the pingers of this process: each has a socket and four
// goroutines, and at 1000 of them the measured RTT is mostly our own queue.
var slots = make(chan struct{}, 100)

// margin is kept of the deadline to say what was seen.
const margin = 20 * time.Millisecond

// Probe sends one burst. When all of it stays unanswered it sends one request
// more, to hear whether a router says why.
func (c *check) Probe(ctx context.Context, at checks.Endpoint, o *checks.Observation) checks.Reason {
	way := Mode()
	if way == None {
		return reasonNoPermission.With(at.Target)
	}
	select {
	case slots <- struct{}{}:
		defer func() { <-slots }()
	case <-ctx.Done():
	}
	s, why := c.budget(ctx, at)
	if !why.IsZero() {
		return why
	}
	// connect(2) answers at once what pro-bing would never end over: a
	// prohibit route.
	if err := at.Route(at.Addr); err != nil {
		return checks.RouteReason(at, err)
	}
	b := newBurst(at.Addr, way, s)
	b.run(ctx)
	if errors.Is(ctx.Err(), context.Canceled) {
		return checks.ReasonStopped.With(at.Target)
	}
	b.note(o)
	why = c.judge(at, s, b)
	if why.Code == reasonNoReply.Code {
		if errno := ask(ctx, at, way, s.ttl, s.wait); errno != 0 {
			if err := at.Route(at.Addr); err != nil { // it went while we looked
				return checks.RouteReason(at, err)
			}
			return checks.ReasonUnreachable.With(at.Target, at.Addr.String(), said(errno))
		}
	}
	return why
}

// said names the ICMP error that the kernel made an errno of; its own text
// ("no route to host", "connection refused") misleads here.
func said(errno syscall.Errno) string {
	switch errno {
	case syscall.EHOSTUNREACH:
		return "host unreachable or hops used up"
	case syscall.ENETUNREACH:
		return "network unreachable"
	case syscall.ECONNREFUSED:
		return "port unreachable, as firewalls reject"
	case syscall.EACCES:
		return "administratively prohibited"
	case syscall.ENOPROTOOPT:
		return "protocol unreachable"
	}
	return errno.Error()
}

// budget fits the burst between now and the deadline: the wait shrinks before
// anything is given up.
func (c *check) budget(ctx context.Context, at checks.Endpoint) (settings, checks.Reason) {
	s := settings{count: c.Count, interval: c.Gap, wait: c.Wait, size: c.Size, ttl: c.TTL, from: at.From}
	if errors.Is(ctx.Err(), context.Canceled) {
		return s, checks.ReasonStopped.With(at.Target)
	}
	deadline, ok := ctx.Deadline()
	if !ok {
		return s, checks.Reason{}
	}
	left := time.Until(deadline) - margin
	sending := time.Duration(s.count-1) * s.interval
	if left < sending+checks.MinWait {
		return s, checks.ReasonNoTime.With(at.Target, at.Addr.String(), checks.Round(max(left, 0)), checks.Round(sending+s.wait))
	}
	s.wait = min(s.wait, left-sending)
	return s, checks.Reason{}
}

// note writes down what was measured, which is nothing when nothing was sent.
func (b *burst) note(o *checks.Observation) {
	sent, received := b.judged(), len(b.rtts)
	if sent == 0 {
		return
	}
	o.Set("sent_packets", float64(sent))
	o.Set("received_packets", float64(received))
	o.Set("loss_ratio", float64(sent-received)/float64(sent))
	o.Set("duplicate_packets", float64(b.dups))
	if received == 0 {
		return
	}
	low, mean, high, deviation, jitter := spread(b.rtts)
	o.Seconds("rtt_seconds", mean)
	if received > 1 {
		o.Seconds("rtt_min_seconds", low)
		o.Seconds("rtt_max_seconds", high)
		o.Seconds("rtt_stddev_seconds", deviation)
		o.Seconds("jitter_seconds", jitter)
	}
}

func (c *check) judge(at checks.Endpoint, s settings, b *burst) checks.Reason {
	address := at.Addr.String()
	sent, received := b.judged(), len(b.rtts)
	switch {
	case received > 0 && float64(sent-received) > float64(c.LossDegraded)*float64(sent)+1e-9:
		return reasonLoss.With(at.Target, address, strconv.Itoa(sent-received), strconv.Itoa(sent), c.LossDegraded.String())
	case received > 0:
		return checks.Reason{}
	case b.barred:
		return checks.ReasonProhibited.With(at.Target, address, syscall.EACCES.Error())
	case !b.opened && (errors.Is(b.err, os.ErrPermission)):
		return reasonNoPermission.With(at.Target)
	case b.err != nil:
		if local := checks.LocalReason(at, b.err, at.Route); !local.IsZero() {
			return local
		}
		return checks.ReasonUnreachable.With(at.Target, address, checks.Plain(b.err))
	case sent == 0:
		return checks.ReasonNoTime.With(at.Target, address, checks.Round(s.wait), checks.MinWait.String())
	}
	return reasonNoReply.With(at.Target, address, strconv.Itoa(sent), checks.Round(s.wait))
}
