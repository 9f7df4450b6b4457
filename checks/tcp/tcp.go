// Package tcp checks that a port accepts connections, and how fast.
package tcp

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"
	"time"

	"fengsui/checks"
)

// Kind is the kind "tcp".
var Kind = checks.Kind{
	Name: "tcp",
	Doc:  "connect to a port and time it; refused, timed out, reset and unreachable told apart",
	Measurements: []checks.Measurement{
		{Name: "connect_seconds", Unit: "seconds", Type: "gauge", Doc: "from the first SYN until the connection stood"},
	},
	Reasons: append([]checks.Declaration{reasonClosed}, checks.ConnectReasons...),
	New:     func() checks.Check { return &check{} },
}

var reasonClosed = checks.Declaration{Code: "closed_early", State: checks.Degraded, Args: []string{"target", "address", "after", "hold"},
	ZH: "{target}（{address}）接受连接后 {after} 就主动关闭（应为：至少保持 {hold}），常见于访问控制或连接数已满",
	EN: "{target} ({address}) accepted and closed after {after}, want it open for {hold}: often an access list or a full server"}

type check struct {
	Hold time.Duration `option:"hold" doc:"how long the connection must stay open; 0s asks for the connection only" max:"1m"`
}

// Host takes host:port, with a v6 address in brackets.
func (c *check) Host(target string) (string, error) {
	host, _, err := split(target)
	return host, err
}

// Lasts is the hold after a connect that was given any time at all.
func (c *check) Lasts() time.Duration { return c.Hold + checks.MinWait }

// Cost is a connection opened and closed: seven packets without content.
func (c *check) Cost() (requests, bytes int) { return 1, 7 * 72 }

func split(target string) (host string, port uint16, err error) {
	return checks.HostPort(target, "host:port, as in 192.0.2.1:443, [2001:db8::1]:443 or portal.example:443")
}

// Probe connects, keeps the connection for hold, and closes it.
func (c *check) Probe(ctx context.Context, at checks.Endpoint, o *checks.Observation) checks.Reason {
	_, port, err := split(at.Target)
	if err != nil {
		return checks.ReasonLocal.With(at.Target, at.Addr.String(), err.Error())
	}
	conn, took, why := checks.Connect(ctx, at, port)
	if !why.IsZero() {
		return why
	}
	defer conn.Close()
	o.Seconds("connect_seconds", took)
	if c.Hold > 0 {
		return c.hold(ctx, conn, at)
	}
	return checks.Reason{}
}

// enough is what a server may say before it counts as alive: without a bound
// a chatty port would fill the line for as long as hold.
const enough = 64 << 10

// hold reads until the wait is over: what the server says is thrown away, an
// end of the connection is the verdict.
func (c *check) hold(ctx context.Context, conn net.Conn, at checks.Endpoint) checks.Reason {
	began := time.Now()
	until := began.Add(c.Hold)
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(until) {
		return checks.ReasonNoTime.With(at.Target, at.Addr.String(), checks.Round(time.Until(deadline)), c.Hold.String())
	}
	conn.SetReadDeadline(until)
	defer context.AfterFunc(ctx, func() { conn.SetReadDeadline(time.Unix(1, 0)) })()
	_, err := io.CopyN(io.Discard, conn, enough)
	after := checks.Round(time.Since(began))
	timedOut, stopped := checks.Cut(ctx, err)
	switch {
	case stopped:
		return checks.ReasonStopped.With(at.Target)
	case timedOut, err == nil:
		return checks.Reason{}
	case errors.Is(err, syscall.ECONNRESET):
		return checks.ReasonReset.With(at.Target, at.Addr.String(), after)
	case errors.Is(err, io.EOF):
		return reasonClosed.With(at.Target, at.Addr.String(), after, c.Hold.String())
	}
	if local := checks.LocalReason(at, err, at.Route); !local.IsZero() {
		return local
	}
	return checks.ReasonUnreachable.With(at.Target, at.Addr.String(), checks.Plain(err))
}
