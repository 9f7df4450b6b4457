package dns

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/miekg/dns"

	"fengsui/checks"
)

const (
	tries = 2
	// wait is for one try; what a resolver needs longer for, no page waits for.
	wait = 2 * time.Second
	// ednsSize is what an answer by UDP may take: it fits any path of ours
	// unfragmented (RFC 9715, DNS flag day 2020).
	ednsSize = 1232
	// mostBytes is what is read of a server that sends more all the same.
	mostBytes = 4096
	// mostForeign bounds the datagrams that are no answer to us.
	mostForeign = 64
)

var (
	reasonTimedOut = checks.Declaration{Code: "lookup_timed_out", State: checks.Down, Args: []string{"target", "address", "question", "tries", "wait"},
		ZH: "向 {target}（{address}）查询 {question} 共 {tries} 次，{wait} 内没有任何应答（应为：DNS 应答），服务器不在线、线路不通或被丢弃",
		EN: "{target} ({address}) was asked for {question} {tries} times and gave no answer within {wait}, want a DNS answer: server off, line cut, or packets dropped"}
	reasonForeign = checks.Declaration{Code: "foreign_answer", State: checks.Down, Args: []string{"target", "address", "question", "seen"},
		ZH: "向 {target}（{address}）查询 {question}，收到的却是对别的问题的应答：{seen}（应为：对该问题的应答），可能有设备在伪造应答",
		EN: "{target} ({address}) was asked for {question} and answered something else: {seen}, want an answer to the question; something on the way may forge answers"}
	reasonNotDNS = checks.Declaration{Code: "not_dns", State: checks.Down, Args: []string{"target", "address", "question", "seen"},
		ZH: "向 {target}（{address}）查询 {question}，应答无法读懂：{seen}（应为：完整的 DNS 应答）",
		EN: "{target} ({address}) was asked for {question} and its answer cannot be read: {seen}, want a whole DNS answer"}
	reasonTruncated = checks.Declaration{Code: "tcp_dead", State: checks.Degraded, Args: []string{"target", "address", "question", "why"},
		ZH: "{target}（{address}）对 {question} 的应答太大，需改用 TCP，而 TCP 不通（{why}）（应为：TCP 53 端口可用，见 RFC 7766），大的应答会丢失",
		EN: "the answer of {target} ({address}) for {question} is too large for UDP, and TCP fails ({why}), want TCP to work (RFC 7766): large answers are lost"}
)

// An answer is what a server said to one question.
type answer struct {
	question string // name and type, for people
	qtype    uint16
	msg      *dns.Msg
	bytes    int
	took     time.Duration
	tries    int
	plain    bool           // it was given only without EDNS
	cut      *checks.Reason // truncated, and TCP failed so
}

// ask puts one question; it shares what is left of the time with those that
// are still to come, itself included.
func (c *check) ask(ctx context.Context, at checks.Endpoint, port uint16, qtype uint16, share int) (*answer, checks.Reason) {
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Until(deadline)/time.Duration(share))
		defer cancel()
	}
	q := &query{check: c, at: at, port: port, qtype: qtype, text: shown(c.question) + " " + dns.TypeToString[qtype]}
	if c.Transport == "tcp" {
		return q.tcp(ctx, true)
	}
	return q.udp(ctx)
}

// shown is a canonical name as people write it.
func shown(name string) string {
	if name == "." {
		return name
	}
	return strings.TrimSuffix(name, ".")
}

// A query is one question to one address.
type query struct {
	check *check
	at    checks.Endpoint
	port  uint16
	qtype uint16
	text  string
}

func (q *query) message(edns bool) *dns.Msg {
	m := new(dns.Msg)
	m.SetQuestion(q.check.question, q.qtype)
	m.RecursionDesired = q.check.Recursion
	if edns {
		m.SetEdns0(ednsSize, false)
	}
	return m
}

// udp asks twice at most, once more without EDNS where the server knows none
// (RFC 6891 section 7), and goes over to TCP when the answer was cut.
func (q *query) udp(ctx context.Context) (*answer, checks.Reason) {
	began := time.Now()
	edns, most, foreign := true, tries, ""
	var refused *answer
	for try := 1; try <= most; try++ {
		left := wait
		if deadline, ok := ctx.Deadline(); ok {
			left = min(left, time.Until(deadline)/time.Duration(most-try+1))
		}
		if left < checks.MinWait {
			if try == 1 {
				return nil, checks.ReasonNoTime.With(q.at.Target, q.at.Addr.String(), checks.Round(left), checks.MinWait.String())
			}
			most = try - 1
			break
		}
		a, seen, err := q.datagram(ctx, left, edns)
		if seen != "" {
			foreign = seen
		}
		if timedOut, _ := checks.Cut(ctx, err); timedOut {
			continue
		}
		if err != nil {
			return nil, q.failed(ctx, err, time.Since(began))
		}
		a.tries, a.plain = try, !edns
		if edns && a.msg.IsEdns0() == nil && refusesEDNS(a.msg.Rcode) {
			edns, most, refused = false, try+1, a
			continue
		}
		if a.msg.Truncated {
			return q.whole(ctx, a)
		}
		return a, checks.Reason{}
	}
	switch {
	case refused != nil:
		return refused, checks.Reason{}
	case foreign != "":
		return nil, reasonForeign.With(q.at.Target, q.at.Addr.String(), q.text, foreign)
	}
	return nil, reasonTimedOut.With(q.at.Target, q.at.Addr.String(), q.text, strconv.Itoa(most), checks.Round(time.Since(began)))
}

// whole fetches by TCP what did not fit into a datagram.
func (q *query) whole(ctx context.Context, cut *answer) (*answer, checks.Reason) {
	a, why := q.tcp(ctx, !cut.plain)
	switch {
	case why.IsZero():
		a.tries, a.took = cut.tries, cut.took+a.took
		return a, why
	case why.State == checks.Unable:
		return nil, why
	}
	cut.cut = &why
	return cut, checks.Reason{}
}

func refusesEDNS(rcode int) bool {
	return rcode == dns.RcodeFormatError || rcode == dns.RcodeNotImplemented || rcode == dns.RcodeBadVers
}

// datagram asks once. Each question goes from a socket of its own, so that a
// forger has to guess the port too (RFC 5452). foreign says what came that was
// no answer to it.
func (q *query) datagram(ctx context.Context, left time.Duration, edns bool) (a *answer, foreign string, err error) {
	conn, err := q.at.Dial(ctx, "udp", q.port)
	if err != nil {
		return nil, "", err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })()
	began := time.Now()
	conn.SetDeadline(began.Add(left))
	c := &dns.Conn{Conn: conn, UDPSize: mostBytes}
	asked := q.message(edns)
	if err := c.WriteMsg(asked); err != nil {
		return nil, "", err
	}
	for range mostForeign {
		raw, head, err := read(c)
		if err != nil {
			return nil, foreign, err
		}
		if head.Id != asked.Id {
			foreign = "another id"
			continue
		}
		msg, err := parse(raw, head)
		if err != nil {
			return nil, foreign, err
		}
		if seen := mismatch(asked, msg); seen != "" {
			foreign = seen
			continue
		}
		return &answer{question: q.text, qtype: q.qtype, msg: msg, bytes: len(raw), took: time.Since(began)}, foreign, nil
	}
	return nil, foreign, &unreadable{fmt.Sprintf("%d datagrams that answer something else", mostForeign)}
}

// tcp asks over a connection of its own.
func (q *query) tcp(ctx context.Context, edns bool) (*answer, checks.Reason) {
	began := time.Now()
	conn, _, why := checks.Connect(ctx, q.at, q.port)
	if !why.IsZero() {
		return nil, why
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })()
	if deadline, ok := ctx.Deadline(); ok {
		conn.SetDeadline(deadline)
	}
	c := &dns.Conn{Conn: conn}
	asked := q.message(edns)
	msg, size, err := func() (*dns.Msg, int, error) {
		if err := c.WriteMsg(asked); err != nil {
			return nil, 0, err
		}
		raw, head, err := read(c)
		if err != nil {
			return nil, 0, err
		}
		msg, err := parse(raw, head)
		return msg, len(raw), err
	}()
	if err != nil {
		return nil, q.failed(ctx, err, time.Since(began))
	}
	if msg.Id != asked.Id {
		return nil, reasonForeign.With(q.at.Target, q.at.Addr.String(), q.text, "another id")
	}
	if seen := mismatch(asked, msg); seen != "" {
		return nil, reasonForeign.With(q.at.Target, q.at.Addr.String(), q.text, seen)
	}
	return &answer{question: q.text, qtype: q.qtype, msg: msg, bytes: size, took: time.Since(began), tries: 1, plain: !edns}, checks.Reason{}
}

// unreadable is what came and is no DNS message.
type unreadable struct{ seen string }

func (u *unreadable) Error() string { return u.seen }

// read tells what is wrong with a message from what is wrong with the line.
func read(c *dns.Conn) ([]byte, dns.Header, error) {
	var head dns.Header
	raw, err := c.ReadMsgHeader(&head)
	var bad *dns.Error
	switch {
	case errors.As(err, &bad):
		err = &unreadable{err.Error()}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		err = &unreadable{"the connection was closed before an answer"}
	}
	return raw, head, err
}

// parse reads a whole message. The library takes one that was cut at the
// border of a record for whole, so the records are counted.
func parse(raw []byte, head dns.Header) (*dns.Msg, error) {
	msg := new(dns.Msg)
	if err := msg.Unpack(raw); err != nil {
		return nil, &unreadable{err.Error()}
	}
	got := [...]int{len(msg.Question), len(msg.Answer), len(msg.Ns), len(msg.Extra)}
	want := [...]int{int(head.Qdcount), int(head.Ancount), int(head.Nscount), int(head.Arcount)}
	if got != want && !msg.Truncated {
		return nil, &unreadable{fmt.Sprintf("%v questions, answers, authorities and additions, %v announced", got, want)}
	}
	return msg, nil
}

// mismatch says how an answer differs from what was asked: the library looks
// at the id alone. An error may come without the question (RFC 1035 section
// 4.1.1 leaves it open, and servers that cannot read it do so).
func mismatch(asked, msg *dns.Msg) string {
	switch {
	case !msg.Response:
		return "a question"
	case len(msg.Question) == 0 && msg.Rcode != dns.RcodeSuccess && msg.Rcode != dns.RcodeNameError:
		return ""
	case len(msg.Question) != 1:
		return fmt.Sprintf("%d questions", len(msg.Question))
	}
	a, b := asked.Question[0], msg.Question[0]
	if dns.CanonicalName(b.Name) != a.Name || a.Qtype != b.Qtype || a.Qclass != b.Qclass {
		return shown(b.Name) + " " + dns.Type(b.Qtype).String()
	}
	return ""
}

// failed says what an error of a connection means.
func (q *query) failed(ctx context.Context, err error, took time.Duration) checks.Reason {
	address := q.at.Addr.String()
	timedOut, stopped := checks.Cut(ctx, err)
	var bad *unreadable
	switch {
	case stopped:
		return checks.ReasonStopped.With(q.at.Target)
	case timedOut && took < checks.MinWait:
		return checks.ReasonNoTime.With(q.at.Target, address, checks.Round(took), checks.MinWait.String())
	case timedOut:
		return reasonTimedOut.With(q.at.Target, address, q.text, "1", checks.Round(took))
	case errors.As(err, &bad):
		return reasonNotDNS.With(q.at.Target, address, q.text, bad.seen)
	case errors.Is(err, syscall.ECONNREFUSED): // an ICMP "port unreachable"
		return checks.ReasonRefused.With(q.at.Target, address)
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return checks.ReasonReset.With(q.at.Target, address, checks.Round(took))
	}
	if local := checks.LocalReason(q.at, err, q.at.Route); !local.IsZero() {
		return local
	}
	return checks.ReasonUnreachable.With(q.at.Target, address, checks.Plain(err))
}
