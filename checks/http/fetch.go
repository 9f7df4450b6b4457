package http

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	nethttp "net/http"
	"strconv"
	"strings"
	"syscall"
	"time"

	"fengsui/checks"
	hello "fengsui/checks/tls"
)

// maxHead bounds what a server may send before its body begins.
const maxHead = 256 << 10

// An answer is what came back for one request.
type answer struct {
	status int
	header nethttp.Header
	page   page   // that was asked for
	read   int64  // bytes of the body
	body   []byte // kept only when somebody looks at it
	short  error  // why the body ended early; nil when it did not
	hung   bool   // because nothing came any more
	date   time.Time
	tls    *tls.ConnectionState
	host   string
}

// A fetch is one request over one connection of its own. It is written by hand
// on the connection, so that nothing stands between the phases and the clock:
// no pool, no proxy from the environment, no redirect to another host.
type fetch struct {
	ctx   context.Context
	at    checks.Endpoint
	began time.Time
}

func (c *check) fetch(ctx context.Context, at checks.Endpoint, p page, o *checks.Observation) (*answer, checks.Reason) {
	f := &fetch{ctx: ctx, at: at, began: time.Now()}
	port := p.port
	if c.proxy != nil {
		port = c.proxy.port
	}
	tcp, took, why := checks.Connect(ctx, at, port)
	if !why.IsZero() && c.proxy != nil && why.State == checks.Down {
		why = reasonProxy.With(at.Target, c.Proxy, why.Code)
	}
	if !why.IsZero() {
		return nil, why
	}
	defer tcp.Close()
	o.Seconds("connect_seconds", took)
	if deadline, ok := ctx.Deadline(); ok {
		tcp.SetDeadline(deadline)
	}
	defer context.AfterFunc(ctx, func() { tcp.SetDeadline(time.Unix(1, 0)) })()

	a, conn := &answer{host: p.host, page: p}, tcp
	if p.tls && c.proxy != nil {
		if err := tunnel(tcp, p); err != nil {
			return nil, reasonProxy.With(at.Target, c.Proxy, f.seen(err))
		}
	}
	if p.tls {
		began := time.Now()
		secure := tls.Client(tcp, c.tlsConfig(p))
		if err := secure.Handshake(); err != nil {
			return nil, f.tlsReason(err)
		}
		o.Seconds("tls_seconds", time.Since(began))
		state := secure.ConnectionState()
		a.tls, conn = &state, secure
		o.Seconds("certificate_expires_in_seconds", time.Until(state.PeerCertificates[0].NotAfter))
	}
	why = f.exchange(c, conn, p, a, o)
	if !why.IsZero() {
		return nil, why
	}
	return a, checks.Reason{}
}

// exchange sends the request and reads the answer.
func (f *fetch) exchange(c *check, conn net.Conn, p page, a *answer, o *checks.Observation) checks.Reason {
	request := c.request(p)
	if secure, ok := conn.(*tls.Conn); ok && a.tls.NegotiatedProtocol == "h2" {
		return f.exchange2(c, secure, request, a, o)
	}
	write := request.Write
	if c.proxy != nil && !p.tls {
		write = request.WriteProxy
	}
	if err := write(conn); err != nil {
		return f.broken(err)
	}
	sent := time.Now()
	bounded := &io.LimitedReader{R: conn, N: maxHead}
	reader := bufio.NewReader(bounded)
	if _, err := reader.Peek(1); err != nil {
		return f.broken(err)
	}
	o.Seconds("first_byte_seconds", time.Since(sent))
	response, err := readResponse(reader, request)
	switch {
	case err != nil && bounded.N <= 0:
		return reasonNotHTTP.With(f.at.Target, f.at.Addr.String(), "more than "+strconv.Itoa(maxHead)+" bytes of headers")
	case err != nil && f.wire(err):
		return f.broken(err)
	case err != nil:
		return reasonNotHTTP.With(f.at.Target, f.at.Addr.String(), err.Error())
	}
	bounded.N = maxHead + 8*int64(c.MaxBody) // one-byte chunks come at six bytes each
	return f.take(c, response, a, o)
}

// take reads an answer, whose headers are there.
func (f *fetch) take(c *check, response *nethttp.Response, a *answer, o *checks.Observation) checks.Reason {
	o.Set("status_code", float64(response.StatusCode))
	o.Set("protocol_version", float64(response.ProtoMajor)+float64(response.ProtoMinor)/10)
	a.status, a.header = response.StatusCode, response.Header
	a.date, _ = nethttp.ParseTime(response.Header.Get("Date"))
	a.readBody(c, response.Body)
	if errors.Is(f.ctx.Err(), context.Canceled) {
		return checks.ReasonStopped.With(f.at.Target)
	}
	o.Set("body_bytes", float64(a.read))
	if a.short == nil {
		o.Seconds("duration_seconds", time.Since(f.began))
	} else {
		a.hung, _ = checks.Cut(f.ctx, a.short)
		a.short = errors.New(f.seen(a.short) + " after " + checks.Round(time.Since(f.began)))
	}
	return checks.Reason{}
}

func (c *check) request(p page) *nethttp.Request {
	r := &nethttp.Request{
		Method: c.Method, URL: p.url, Host: p.hostHeader(), Close: true,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: nethttp.Header{
			"User-Agent":      {"fengsui-agent"},
			"Accept":          {"*/*"},
			"Accept-Encoding": {"identity"}, // what is matched and counted is the page, not its packing
		},
	}
	for _, h := range c.Header {
		name, value, _ := strings.Cut(h, ":")
		r.Header.Set(name, strings.TrimSpace(value))
	}
	return r
}

// maxInformational bounds the 1xx answers before the final one
// (RFC 9110 section 15.2 sets no limit).
const maxInformational = 5

func readResponse(r *bufio.Reader, request *nethttp.Request) (*nethttp.Response, error) {
	for range maxInformational {
		response, err := nethttp.ReadResponse(r, request)
		if err != nil || response.StatusCode >= 200 || response.StatusCode == nethttp.StatusSwitchingProtocols {
			return response, err
		}
	}
	return nil, errors.New("one informational answer after the other")
}

func (a *answer) readBody(c *check, body io.ReadCloser) {
	defer body.Close()
	bounded := io.LimitReader(body, int64(c.MaxBody))
	if c.match == nil && !c.SameV4 && !c.Site {
		a.read, a.short = io.Copy(io.Discard, bounded)
		return
	}
	a.body, a.short = io.ReadAll(bounded)
	a.read = int64(len(a.body))
}

// wire says whether an error came from the connection rather than from what
// was read.
func (f *fetch) wire(err error) bool {
	var n net.Error
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &n)
}

// broken says what a connection means that ended before the answer was there.
func (f *fetch) broken(err error) checks.Reason {
	after := checks.Round(time.Since(f.began))
	if why := f.cut(err); !why.IsZero() {
		return why
	}
	if hello.Foreign(err) { // TLS 1.3 asks for a client certificate after the handshake
		return reasonTLSForeign.With(f.at.Target, f.at.Addr.String(), hello.Plain(err))
	}
	return reasonNoAnswer.With(f.at.Target, f.at.Addr.String(), f.seen(err), after)
}

// cut gives the reasons that are the same in every phase.
func (f *fetch) cut(err error) checks.Reason {
	address := f.at.Addr.String()
	passed := time.Since(f.began)
	timedOut, stopped := checks.Cut(f.ctx, err)
	switch {
	case stopped:
		return checks.ReasonStopped.With(f.at.Target)
	case timedOut && passed < checks.MinWait:
		return checks.ReasonNoTime.With(f.at.Target, address, checks.Round(passed), checks.MinWait.String())
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return checks.ReasonReset.With(f.at.Target, address, checks.Round(passed))
	}
	return checks.Reason{}
}

const timedOutText = "timed out"

// seen says in few words how a connection ended.
func (f *fetch) seen(err error) string {
	timedOut, _ := checks.Cut(f.ctx, err)
	switch {
	case timedOut:
		return timedOutText
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "connection closed"
	}
	return checks.Plain(err)
}
