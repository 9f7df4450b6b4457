package line

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"

	"fengsui/collector/wire"
)

// A Line is one contact with the collector: its connections live and die
// together.
type Line struct {
	dialer    *Dialer
	config    *tls.Config
	transport *http.Transport

	mu     sync.Mutex
	closed bool
	conns  map[*held]struct{}
	chain  []*x509.Certificate // what the server showed last
}

// Open returns a line; it dials when it is first used.
func (d *Dialer) Open(config *tls.Config) *Line {
	l := &Line{dialer: d, config: config, conns: map[*held]struct{}{}}
	l.transport = &http.Transport{
		DialTLSContext:         l.dial,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // connect's business
		MaxIdleConns:           2,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		// Every call has a deadline; these find a dead connection earlier.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 20 * time.Second, PingTimeout: 10 * time.Second},
	}
	return l
}

// Client returns a client of the collector over this line.
func (l *Line) Client() wire.CollectorClient {
	// The host only fills the Host header: the line knows where to go.
	return wire.NewCollectorClient(&http.Client{
		Transport:     rounds{l.transport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, "https://collector.fengsui", wire.ClientOptions()...)
}

// Chain returns the certificates that the server showed last, leaf first.
func (l *Line) Chain() []*x509.Certificate {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.chain
}

// Close ends every connection of the line, those in use too.
func (l *Line) Close() {
	l.mu.Lock()
	l.closed = true
	open := l.conns
	l.conns = map[*held]struct{}{}
	l.mu.Unlock()
	for c := range open {
		c.Conn.Close() // below TLS, whose farewell could block on a dead line
	}
	l.transport.CloseIdleConnections()
}

func (l *Line) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	conn, err := l.dialer.dial(ctx, l.config, l.hold)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.chain = conn.ConnectionState().PeerCertificates
	return conn, nil
}

// hold keeps a connection until it is closed, by whomever.
func (l *Line) hold(c net.Conn) net.Conn {
	h := &held{c, l}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		c.Close() // dialled while the line was closed: its first use fails
		return h
	}
	l.conns[h] = struct{}{}
	return h
}

// held is a TCP connection of a line.
type held struct {
	net.Conn
	line *Line
}

func (h *held) Close() error {
	h.line.mu.Lock()
	delete(h.line.conns, h)
	h.line.mu.Unlock()
	return h.Conn.Close()
}

// A Call notes how one call went on the line.
type Call struct {
	Ready func()       // called when a connection is ready, before the request is sent; nil for nothing
	Bytes atomic.Int64 // of the request's body, compressed
}

type callKey struct{}

// With returns a context whose call is noted in c.
func With(ctx context.Context, c *Call) context.Context {
	if c.Ready != nil {
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { c.Ready() }})
	}
	return context.WithValue(ctx, callKey{}, c)
}

// A Foreign is an HTTP answer that no collector of ours gives: of a proxy, a
// portal or a wall on the way.
type Foreign struct {
	Status int
	Type   string // content type
}

func (e *Foreign) Error() string {
	return fmt.Sprintf("HTTP status %d of type %.60q, want a collector's answer", e.Status, e.Type)
}

// rounds notes calls and tells foreign answers from the collector's.
type rounds struct{ next http.RoundTripper }

func (r rounds) RoundTrip(req *http.Request) (*http.Response, error) {
	if c, ok := req.Context().Value(callKey{}).(*Call); ok {
		c.Bytes.Store(req.ContentLength)
	}
	resp, err := r.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	kind := resp.Header.Get("Content-Type")
	t, _, err := mime.ParseMediaType(kind)
	if err == nil && (t == "application/proto" && resp.StatusCode == http.StatusOK || t == "application/json" && resp.StatusCode != http.StatusOK) {
		return resp, nil
	}
	// What is left of a small page is read, so that the connection serves on.
	_, err = io.CopyN(io.Discard, resp.Body, 4<<10)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return nil, errors.Join(&Foreign{resp.StatusCode, kind}, err, resp.Body.Close())
}
