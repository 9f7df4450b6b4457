// Package tcp checks that a port accepts connections, and how fast.
package tcp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
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
		{Name: "tls_seconds", Unit: "seconds", Type: "gauge", Doc: "TLS handshake; with starttls only"},
		{Name: "answer_seconds", Unit: "seconds", Type: "gauge", Doc: "until what came matched; with match only"},
	},
	Reasons: append([]checks.Declaration{reasonClosed, reasonStartTLS, reasonAnswer, reasonWitness, checks.ReasonOpen}, checks.ConnectReasons...),
	New:     func() checks.Check { return &check{Expect: "open"} },
}

var reasonClosed = checks.Declaration{Code: "closed_early", State: checks.Degraded, Args: []string{"target", "address", "after", "hold"},
	ZH: "{target}（{address}）接受连接后 {after} 就主动关闭（应为：至少保持 {hold}），常见于访问控制或连接数已满",
	EN: "{target} ({address}) accepted and closed after {after}, want it open for {hold}: often an access list or a full server"}

var (
	reasonStartTLS = checks.Declaration{Code: "starttls_failed", State: checks.Degraded, Args: []string{"target", "address", "protocol", "seen"},
		ZH: "{target}（{address}）接受连接，但 {protocol} 未能转入 TLS：{seen}（应为：STARTTLS 成功），会话可能是明文",
		EN: "{target} ({address}) accepts connections and {protocol} does not turn to TLS: {seen}; want STARTTLS done, sessions may be in clear text"}
	reasonAnswer = checks.Declaration{Code: "answer_unmatched", State: checks.Degraded, Args: []string{"target", "address", "match", "seen"},
		ZH: "{target}（{address}）接受连接，但应答与“{match}”不符：{seen}（应为：相符）",
		EN: "{target} ({address}) accepts connections and its answer does not match \"{match}\": {seen}; want a match"}
	reasonWitness = checks.Declaration{Code: "witness_silent", State: checks.Unable, Args: []string{"target", "address", "witness", "seen"},
		ZH: "{target}（{address}）连接不上，但其见证端口 {witness} 也没有应答（{seen}），无法区分是被禁止还是主机不在线",
		EN: "{target} ({address}) cannot be reached, but neither can its witness port {witness} ({seen}): closed cannot be told from off"}
)

// Criteria of the catalogue in domain.md section 5.3.
const (
	findingSegregation = "X01" // a target that must not be reached from here is not
	findingParity      = "P16" // what IPv4 closes IPv6 does not open
)

type check struct {
	Hold     time.Duration `option:"hold" doc:"how long the connection must stay open; 0s asks for the connection only" max:"1m"`
	StartTLS string        `option:"starttls" doc:"protocol by which the connection turns to TLS; empty: none" choices:",smtp,imap,pop3,ftp"`
	Send     string        `option:"send" doc:"text to send, with the escapes of Go strings; empty: none"`
	Match    string        `option:"match" doc:"regular expression (RE2) that what comes must match within 4 KiB; empty: none is read"`
	Expect   string        `option:"expect" doc:"closed: it must not be reached from here (X01)" choices:"open,closed"`
	Witness  int           `option:"witness" doc:"with expect closed: port of the same host that must answer, to tell closed from off; 0: none" max:"65535"`
	Parity   bool          `option:"parity" doc:"judge whether IPv6 opens what IPv4 closes (P16)"`

	send  string
	match *regexp.Regexp
}

// Bind reads the options that have a syntax of their own.
func (c *check) Bind(string) error {
	c.send = c.Send
	if strings.Contains(c.Send, `\`) {
		text, err := strconv.Unquote(`"` + strings.ReplaceAll(c.Send, `"`, `\"`) + `"`)
		if err != nil {
			return fmt.Errorf(`option "send" is %q, want escapes such as \r, \n, \x00 or \\`, c.Send)
		}
		c.send = text
	}
	if c.Match != "" {
		re, err := regexp.Compile(c.Match)
		if err != nil {
			return fmt.Errorf(`option "match" is %q, want a regular expression (RE2): %w`, c.Match, err)
		}
		c.match = re
	}
	switch {
	case c.Expect == "closed" && (c.Hold > 0 || c.StartTLS != "" || c.Send != "" || c.Match != ""):
		return errors.New(`option "expect" is "closed": there is nothing to hold, send or match then`)
	case c.Expect != "closed" && c.Witness != 0:
		return errors.New(`option "witness" is for expect = "closed"`)
	}
	return nil
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
	if c.Parity && (conn != nil || why.State == checks.Down) {
		o.Keep(conn != nil)
	}
	if conn != nil {
		defer conn.Close()
		o.Seconds("connect_seconds", took)
	}
	if c.Expect == "closed" {
		return c.closed(ctx, at, why, o)
	}
	if !why.IsZero() {
		return why
	}
	if c.StartTLS != "" || c.Send != "" || c.Match != "" {
		if conn, why = c.converse(ctx, conn, at, o); !why.IsZero() {
			return why
		}
	}
	if c.Hold > 0 {
		return c.hold(ctx, conn, at)
	}
	return checks.Reason{}
}

// closed judges a target that must not be reached. That nothing answers may
// mean that it is off: its witness port tells.
func (c *check) closed(ctx context.Context, at checks.Endpoint, why checks.Reason, o *checks.Observation) checks.Reason {
	switch {
	case why.IsZero():
		o.Find(findingSegregation, checks.Fail, "it accepts connections from here")
		return checks.ReasonOpen.With(at.Target, at.Addr.String())
	case why.State != checks.Down:
		o.Find(findingSegregation, checks.Unknown, "it was not looked at: "+why.Code)
		return why
	case c.Witness == 0:
		o.Find(findingSegregation, checks.Pass, "it cannot be reached from here: "+why.Code)
		return checks.Reason{}
	}
	conn, _, seen := checks.Connect(ctx, at, uint16(c.Witness))
	if conn != nil {
		conn.Close()
	} else if seen.Code != checks.ReasonRefused.Code {
		o.Find(findingSegregation, checks.Unknown, fmt.Sprintf("it cannot be reached (%s), and neither can its witness port %d (%s)", why.Code, c.Witness, seen.Code))
		return reasonWitness.With(at.Target, at.Addr.String(), strconv.Itoa(c.Witness), seen.Code)
	}
	o.Find(findingSegregation, checks.Pass, fmt.Sprintf("it cannot be reached from here (%s), while port %d answers", why.Code, c.Witness))
	return checks.Reason{}
}

// Compare judges that IPv6 opens nothing which IPv4 closes.
func (c *check) Compare(v4, v6 any) []checks.Finding {
	f := checks.Finding{Rule: findingParity, Family: checks.Pair, Outcome: checks.Pass, Evidence: "IPv6 opens nothing that IPv4 closes"}
	if v6.(bool) && !v4.(bool) {
		f.Outcome, f.Evidence = checks.Fail, "open over IPv6, closed over IPv4"
	}
	return []checks.Finding{f}
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
