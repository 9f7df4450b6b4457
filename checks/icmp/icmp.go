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
	"fengsui/checks/icmp/echo"
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
		{Name: "jitter_seconds", Unit: "seconds", Type: "gauge", Doc: "mean difference between one round-trip time and the next (RFC 3550 section 6.4.1, without its smoothing); from two replies on"},
		{Name: "loss_ratio", Unit: "ratio", Type: "gauge", Doc: "share of the requests that had time for a reply and got none"},
		{Name: "sent_packets", Unit: "", Type: "gauge", Doc: "requests sent that had time for a reply"},
		{Name: "received_packets", Unit: "", Type: "gauge", Doc: "requests answered"},
		{Name: "duplicate_packets", Unit: "", Type: "gauge", Doc: "replies beyond the first to a request"},
		{Name: "reordered_packets", Unit: "", Type: "gauge", Doc: "replies that came after one to a later request"},
	},
	Reasons: append([]checks.Declaration{reasonNoReply, reasonLoss, reasonTooBig, ReasonNoPermission, checks.ReasonUnreachable, checks.ReasonForbidden}, checks.LocalReasons...),
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
	reasonTooBig = checks.Declaration{Code: "packet_too_big", State: checks.Degraded, Args: []string{"target", "address", "by", "mtu"},
		ZH: "{by} 报告发往 {target}（{address}）的包过大，其下一跳只能通过 {mtu} 字节（应为：整条路径能通过所设的 size）",
		EN: "{by} says that the packets to {target} ({address}) are too big, its next hop takes {mtu} bytes; want the whole path to take the size that is set"}
	// ReasonNoPermission is shared with other kinds that send echo requests.
	ReasonNoPermission = checks.Declaration{Code: "icmp_no_permission", State: checks.Unable, Args: []string{"target"},
		ZH: "本程序无权发送 ICMP，未能 ping {target}（应为：sysctl net.ipv4.ping_group_range 包含本程序的组，例如 \"0 2147483647\"，或授予 CAP_NET_RAW）",
		EN: "this program may not send ICMP, so {target} was not pinged; want its group in sysctl net.ipv4.ping_group_range, such as \"0 2147483647\", or CAP_NET_RAW"}
)

type check struct {
	Count        int            `option:"count" doc:"echo requests a run" min:"1" max:"100"`
	Gap          time.Duration  `option:"gap" doc:"from one request to the next" min:"10ms" max:"10s"`
	Wait         time.Duration  `option:"wait" doc:"how long after the last request replies are waited for" min:"100ms" max:"1m"`
	Size         int            `option:"size" doc:"bytes of payload; the packet has 28 more over IPv4 and 48 more over IPv6" min:"24" max:"65000"`
	TTL          int            `option:"ttl" doc:"hops that a request may take" min:"1" max:"255"`
	DSCP         int            `option:"dscp" doc:"class of the packets (RFC 2474); 0 is what users' traffic has" max:"63"`
	DF           bool           `option:"df" doc:"forbid routers to fragment the packets"`
	TCPPort      int            `option:"tcp_port" doc:"TCP port to ask when no reply comes: a host that answers there is up, and its ICMP filtered; 0 asks none" max:"65535"`
	LossDegraded checks.Percent `option:"loss_degraded" doc:"more loss than this is degraded"`
}

// Host takes a name or an address.
func (c *check) Host(target string) (string, error) { return target, checks.CheckHost(target) }

// Lasts is the least time for a burst: its requests, and a wait that says
// anything about the last.
func (c *check) Lasts() time.Duration {
	least := time.Duration(c.Count-1)*c.Gap + checks.MinWait + margin
	if c.TCPPort != 0 {
		least += checks.MinWait
	}
	return least
}

// Cost is the burst and its replies, with the headers of IPv6.
func (c *check) Cost() (requests, bytes int) { return c.Count, c.Count * 2 * (c.Size + 48) }

// slots bounds the pingers of pro-bing: each has a socket and four goroutines,
// and at 1000 of them the measured RTT is mostly our own queue.
var slots = make(chan struct{}, 100)

// margin is kept of the deadline to say what was seen.
const margin = 20 * time.Millisecond

// Probe sends one burst. When all of it stays unanswered it asks whether
// somebody says why, and whether the host answers TCP.
func (c *check) Probe(ctx context.Context, at checks.Endpoint, o *checks.Observation) checks.Reason {
	way := Mode()
	if way == None {
		return ReasonNoPermission.With(at.Target)
	}
	engine := hasEngine && (c.DF || targets.many(c, at, time.Now()))
	if !engine {
		select {
		case slots <- struct{}{}:
			defer func() { <-slots }()
		case <-ctx.Done():
		}
	}
	s, why := c.budget(ctx, at)
	if !why.IsZero() {
		return why
	}
	var t *tally
	if engine {
		t = one.fly(ctx, at, way, s)
	} else {
		// connect(2) answers at once what pro-bing would never end over: a
		// prohibit route.
		if err := at.Route(at.Addr); err != nil {
			return checks.RouteReason(at, err)
		}
		b := newBurst(at.Addr, way, s)
		b.run(ctx)
		t = &b.tally
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return checks.ReasonStopped.With(at.Target)
	}
	why = c.judge(at, s, t)
	if why.Code == reasonNoReply.Code && !engine && hasEngine {
		why = c.ask(ctx, at, way, s, why)
	}
	if c.TCPPort != 0 {
		why = c.filtered(ctx, at, t, o, why)
	}
	if why.Code == checks.ReasonUnreachable.Code {
		if err := at.Route(at.Addr); err != nil { // it went while we looked
			return checks.RouteReason(at, err)
		}
	}
	t.note(o)
	return why
}

// ask sends one request more, over a socket that hears ICMP errors, which
// pro-bing never sees: who says that a host is unreachable differs from nobody
// saying anything. Without an error the verdict on the burst stands.
func (c *check) ask(ctx context.Context, at checks.Endpoint, way string, s settings, silent checks.Reason) checks.Reason {
	s.count, s.wait = 1, min(s.wait, time.Second)
	if deadline, ok := ctx.Deadline(); ok {
		s.wait = min(s.wait, time.Until(deadline)-margin)
	}
	if t := one.fly(ctx, at, way, s); !t.said.IsZero() && t.replies() == 0 {
		return told(t.said, at)
	}
	return silent
}

// told is what an ICMP error means for a target that answered nothing.
func told(e echo.Error, at checks.Endpoint) checks.Reason {
	switch address := at.Addr.String(); {
	case e.TooBig():
		mtu := "?"
		if e.MTU > 0 {
			mtu = strconv.Itoa(e.MTU)
		}
		return reasonTooBig.With(at.Target, address, e.By.String(), mtu)
	case e.Prohibited():
		return checks.ReasonForbidden.With(at.Target, address)
	default:
		return checks.ReasonUnreachable.With(at.Target, address, e.String())
	}
}

// tcpWait is kept for the question over TCP.
const tcpWait = time.Second

// filtered asks a silent target over TCP. One that accepts or refuses is there,
// so its silence says nothing about the line: nothing is measured.
func (c *check) filtered(ctx context.Context, at checks.Endpoint, t *tally, o *checks.Observation, why checks.Reason) checks.Reason {
	if t.replies() > 0 {
		o.Find(findingFiltered, checks.Pass, "it answers echo requests")
		return why
	}
	if why.State != checks.Down {
		o.Find(findingFiltered, checks.Unknown, "it was not looked at")
		return why
	}
	conn, _, refused := checks.Connect(ctx, at, uint16(c.TCPPort))
	if conn != nil {
		conn.Close()
	}
	port := strconv.Itoa(c.TCPPort)
	switch {
	case conn != nil:
		o.Find(findingFiltered, checks.Fail, "no echo reply, and TCP port "+port+" accepts connections")
	case refused.Code == checks.ReasonRefused.Code, refused.Code == checks.ReasonReset.Code:
		o.Find(findingFiltered, checks.Fail, "no echo reply, and TCP port "+port+" refuses connections: the host is there")
	default:
		o.Find(findingFiltered, checks.NotApplicable, "neither an echo reply nor an answer of TCP port "+port)
		return why
	}
	*t = tally{}
	return checks.Reason{}
}

// findingFiltered is the criterion that a target which answers over TCP answers
// echo requests too.
const findingFiltered = "icmp_filtered"

// budget fits the burst between now and the deadline: the wait shrinks before
// anything is given up.
func (c *check) budget(ctx context.Context, at checks.Endpoint) (settings, checks.Reason) {
	s := settings{count: c.Count, interval: c.Gap, wait: c.Wait, size: c.Size, ttl: c.TTL, dscp: c.DSCP, df: c.DF, from: at.From}
	if errors.Is(ctx.Err(), context.Canceled) {
		return s, checks.ReasonStopped.With(at.Target)
	}
	deadline, ok := ctx.Deadline()
	if !ok {
		return s, checks.Reason{}
	}
	left := time.Until(deadline) - margin
	if c.TCPPort != 0 {
		left -= max(min(tcpWait, left/3), checks.MinWait)
	}
	sending := time.Duration(s.count-1) * s.interval
	if left < sending+checks.MinWait {
		return s, checks.ReasonNoTime.With(at.Target, at.Addr.String(), checks.Round(max(left, 0)), checks.Round(sending+s.wait))
	}
	s.wait = min(s.wait, left-sending)
	return s, checks.Reason{}
}

func (c *check) judge(at checks.Endpoint, s settings, t *tally) checks.Reason {
	address := at.Addr.String()
	sent, received := t.judged(), t.replies()
	switch {
	case t.overflowed:
		return checks.ReasonLocal.With(at.Target, address, "replies came faster than this machine took them (net.core.rmem_max)")
	case received > 0 && float64(sent-received) > float64(c.LossDegraded)*float64(sent)+1e-9:
		return reasonLoss.With(at.Target, address, strconv.Itoa(sent-received), strconv.Itoa(sent), c.LossDegraded.String())
	case received > 0:
		return checks.Reason{}
	case t.barred:
		return checks.ReasonProhibited.With(at.Target, address, syscall.EACCES.Error())
	case !t.opened && errors.Is(t.err, os.ErrPermission):
		return ReasonNoPermission.With(at.Target)
	case !t.said.IsZero():
		return told(t.said, at)
	case t.err != nil:
		if local := checks.LocalReason(at, t.err, at.Route); !local.IsZero() {
			return local
		}
		return checks.ReasonUnreachable.With(at.Target, address, checks.Plain(t.err))
	case sent == 0:
		return checks.ReasonNoTime.With(at.Target, address, checks.Round(s.wait), checks.MinWait.String())
	}
	return reasonNoReply.With(at.Target, address, strconv.Itoa(sent), checks.Round(s.wait))
}
