// Package ntp checks a time server: its offset to this machine's clock, its
// stratum and root distance, its refusals, and what it tells to strangers.
package ntp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/beevik/ntp"

	"fengsui/checks"
)

// Kind is the kind "ntp".
var Kind = checks.Kind{
	Name: "ntp",
	Doc:  "ask a time server: offset, stratum, root distance, kiss-o'-death (K01 to K03)",
	Measurements: []checks.Measurement{
		{Name: "rtt_seconds", Unit: "seconds", Type: "gauge", Doc: "round-trip time without the server's own"},
		{Name: "offset_seconds", Unit: "seconds", Type: "gauge", Doc: "the server's clock less this machine's (RFC 5905 section 8)"},
		{Name: "stratum", Unit: "", Type: "gauge", Doc: "1: a reference clock; 16: not synchronised"},
		{Name: "root_distance_seconds", Unit: "seconds", Type: "gauge", Doc: "how wrong the server may be at most against its reference clock (RFC 5905 section 11.2)"},
		{Name: "root_dispersion_seconds", Unit: "seconds", Type: "gauge", Doc: "the server's own estimate of its error"},
		{Name: "leap", Unit: "", Type: "gauge", Doc: "leap indicator: 0 none, 1 a second more, 2 a second less at the end of the day, 3 not synchronised"},
	},
	Reasons: append([]checks.Declaration{reasonSilent, reasonNoTime, reasonKiss, reasonNotNTP, reasonStepped, checks.ReasonRefused, checks.ReasonUnreachable, checks.ReasonForbidden}, checks.LocalReasons...),
	New:     func() checks.Check { return &check{MaxOffset: time.Second, wall: wallClock} },
}

var (
	reasonSilent = checks.Declaration{Code: "ntp_silent", State: checks.Down, Args: []string{"target", "address", "sent", "wait"},
		ZH: "向 {target}（{address}）发出 {sent} 个 NTP 请求，{wait} 内没有应答（应为：有应答），服务未运行、线路不通或 UDP 被丢弃",
		EN: "{target} ({address}) answered none of {sent} NTP requests within {wait}, want an answer: no service, line cut, or UDP dropped on the way"}
	reasonNoTime = checks.Declaration{Code: "ntp_unsynchronised", State: checks.Down, Args: []string{"target", "address", "seen"},
		ZH: "{target}（{address}）有应答，但自己没有可信的时间：{seen}（应为：已同步，层级小于 16）",
		EN: "{target} ({address}) answers and has no time to be trusted itself: {seen}; want it synchronised, with a stratum below 16"}
	reasonKiss = checks.Declaration{Code: "ntp_kiss", State: checks.Degraded, Args: []string{"target", "address", "code", "until"},
		ZH: "{target}（{address}）拒绝为本机服务（{code}；应为：提供时间），{until} 之前不再询问",
		EN: "{target} ({address}) refuses to serve this machine ({code}), want the time; it is not asked again within {until}"}
	reasonNotNTP = checks.Declaration{Code: "not_ntp", State: checks.Down, Args: []string{"target", "address", "seen"},
		ZH: "{target}（{address}）的应答不是对本次请求的 NTP 应答：{seen}（应为：NTP 第 4 模式应答）",
		EN: "{target} ({address}) answered something that is no NTP answer to our request: {seen}; want one of mode 4"}
	reasonStepped = checks.Declaration{Code: "clock_stepped", State: checks.Unable, Args: []string{"target", "step"},
		ZH: "询问 {target} 时本机时钟被调整了 {step}，偏差无法判断",
		EN: "this machine's clock was set by {step} while {target} was asked, so the offset cannot be judged"}
)

// Criteria of the catalogue in domain.md section 5.3.
const (
	findingOffset  = "K01"
	findingMonlist = "K02"
	findingControl = "K03"
)

type check struct {
	MaxOffset time.Duration `option:"max_offset" doc:"more offset than this fails K01" min:"1ms" max:"1h"`
	Monlist   bool          `option:"monlist" doc:"ask for the list of clients too (mode 7), one packet: K02"`
	Control   bool          `option:"control" doc:"ask for the server's variables too (mode 6), one packet: K03"`

	kisses
	wall func() time.Time // the clock that can be set
}

// kisses are the refusals of servers, by address: who was told to go away does
// not come again at once (RFC 5905 section 7.4).
type kisses struct {
	mu    sync.Mutex
	until map[netip.Addr]kiss
}

type kiss struct {
	code string
	end  time.Time
}

const (
	port = 123
	// tries of a request, because a datagram may be lost; patience with each.
	tries    = 3
	patience = time.Second
	margin   = 50 * time.Millisecond
	// leastRest is how long a server is left alone that refused.
	leastRest = 15 * time.Minute
	far       = time.Minute // an offset that is severe
)

// Host takes a host, or host:port.
func (c *check) Host(target string) (string, error) {
	host, _, err := split(target)
	return host, err
}

func split(target string) (string, uint16, error) {
	if checks.CheckHost(target) == nil {
		return target, port, nil
	}
	if !strings.Contains(target, ":") {
		return "", 0, fmt.Errorf("target %q: %w", target, checks.CheckHost(target))
	}
	return checks.HostPort(target, "a host, or host:port, as in ntp.example or 192.0.2.1:123")
}

// Cost is a request and its answer; each question to a stranger is one more.
func (c *check) Cost() (requests, bytes int) {
	requests, bytes = 1, 2*(48+48)
	for _, more := range []bool{c.Monlist, c.Control} {
		if more {
			requests, bytes = requests+1, bytes+600
		}
	}
	return requests, bytes
}

// Probe asks for the time, and judges it.
func (c *check) Probe(ctx context.Context, at checks.Endpoint, o *checks.Observation) checks.Reason {
	_, port, err := split(at.Target)
	if err != nil {
		return checks.ReasonLocal.With(at.Target, at.Addr.String(), err.Error())
	}
	if k, resting := c.resting(at.Addr, time.Now()); resting {
		return reasonKiss.With(at.Target, at.Addr.String(), k.code, time.Until(k.end).Round(time.Second).String())
	}
	r, why := c.ask(ctx, at, port)
	if !why.IsZero() {
		return why
	}
	o.Set("stratum", float64(r.Stratum))
	o.Set("leap", float64(r.Leap))
	o.Seconds("rtt_seconds", r.RTT)
	if seen := unsynchronised(r); seen != "" {
		o.Find(findingOffset, checks.Fail, seen)
		return reasonNoTime.With(at.Target, at.Addr.String(), seen)
	}
	o.Seconds("offset_seconds", r.ClockOffset)
	o.Seconds("root_distance_seconds", r.RootDistance)
	o.Seconds("root_dispersion_seconds", r.RootDispersion)
	c.judge(r, o)
	if c.Control {
		c.stranger(ctx, at, port, o, findingControl, readVariables, "the server's variables")
	}
	if c.Monlist {
		c.stranger(ctx, at, port, o, findingMonlist, listClients, "the list of clients")
	}
	return checks.Reason{}
}

// judge holds the offset against what is allowed. One of the two clocks is
// wrong; which of them an offset does not say.
func (c *check) judge(r *ntp.Response, o *checks.Observation) {
	seen := fmt.Sprintf("its clock less this machine's is %v, stratum %d", r.ClockOffset.Round(10*time.Microsecond), r.Stratum)
	switch off := r.ClockOffset.Abs(); {
	case off > far:
		o.Find(findingOffset, checks.Fail, seen+": more than a minute, one of the two is far off")
	case off > c.MaxOffset:
		o.Find(findingOffset, checks.Fail, seen+", want at most "+c.MaxOffset.String())
	default:
		o.Find(findingOffset, checks.Pass, seen)
	}
}

// unsynchronised says why a server's time is none to be trusted, by its own
// word (RFC 5905 sections 7.3 and A.5.1.1).
func unsynchronised(r *ntp.Response) string {
	switch err := r.Validate(); {
	case r.Stratum >= 16:
		return "stratum " + strconv.Itoa(int(r.Stratum))
	case r.Leap == ntp.LeapNotInSync:
		return "its leap indicator says not synchronised"
	case err != nil:
		return err.Error()
	}
	return ""
}

// ask sends a request, a few times if need be. Times are counted from one look
// at the wall clock on the monotonic one, so a step between does not show as an
// offset of the server.
func (c *check) ask(ctx context.Context, at checks.Endpoint, port uint16) (*ntp.Response, checks.Reason) {
	address := at.Addr.String()
	began := time.Now()
	var last error
	for n := 1; n <= tries; n++ {
		wait := patience
		if deadline, ok := ctx.Deadline(); ok {
			wait = min(wait, time.Until(deadline)-margin)
		}
		if wait < checks.MinWait && n > 1 {
			break
		} else if wait < checks.MinWait {
			return nil, checks.ReasonNoTime.With(at.Target, address, checks.Round(max(wait, 0)), checks.MinWait.String())
		}
		start, wall := time.Now(), c.wall()
		var release func() bool
		r, err := ntp.QueryWithOptions(netip.AddrPortFrom(at.Addr, port).String(), ntp.QueryOptions{
			Timeout:       wait,
			GetSystemTime: func() time.Time { return start.Add(time.Since(start)) },
			Dialer: func(string, string) (net.Conn, error) {
				c, err := at.Dial(ctx, "udp", port)
				if err == nil {
					release = context.AfterFunc(ctx, func() { c.Close() })
				}
				return c, err
			},
		})
		if release != nil {
			release()
		}
		if errors.Is(ctx.Err(), context.Canceled) {
			return nil, checks.ReasonStopped.With(at.Target)
		}
		if step := c.wall().Sub(wall) - time.Since(start); step.Abs() > 10*time.Millisecond {
			return nil, reasonStepped.With(at.Target, step.Round(time.Millisecond).String())
		}
		if err == nil && r.IsKissOfDeath() {
			return nil, c.kissed(at, r.KissCode)
		}
		if err == nil {
			return r, checks.Reason{}
		}
		if last = err; !again(err) {
			break
		}
	}
	var timeout net.Error
	switch {
	case errors.As(last, &timeout) && timeout.Timeout():
		return nil, reasonSilent.With(at.Target, address, strconv.Itoa(tries), checks.Round(time.Since(began)))
	case fromNTP(last):
		return nil, reasonNotNTP.With(at.Target, address, last.Error())
	}
	return nil, checks.DatagramReason(at, last)
}

func wallClock() time.Time { return time.Now().Round(0) }

// again says whether another try may go better: after silence, and after an
// answer that was to somebody else's request.
func again(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout() || fromNTP(err)
}

// fromNTP says whether an error is about what the answer held.
func fromNTP(err error) bool {
	var op *net.OpError
	return err != nil && !errors.As(err, &op)
}

func (k *kisses) resting(a netip.Addr, now time.Time) (kiss, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	told, ok := k.until[a]
	return told, ok && now.Before(told.end)
}

// kissed notes a refusal.
func (k *kisses) kissed(at checks.Endpoint, code string) checks.Reason {
	rest := max(4*at.Every, leastRest)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.until == nil || len(k.until) > 100 {
		k.until = map[netip.Addr]kiss{}
	}
	k.until[at.Addr] = kiss{code, time.Now().Add(rest)}
	return reasonKiss.With(at.Target, at.Addr.String(), code, rest.String())
}
