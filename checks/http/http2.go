package http

import (
	"context"
	"crypto/tls"
	"net"
	nethttp "net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"fengsui/checks"
)

// exchange2 sends the request by HTTP/2 over a connection that stands.
func (f *fetch) exchange2(c *check, conn *tls.Conn, request *nethttp.Request, a *answer, o *checks.Observation) checks.Reason {
	transport := &nethttp.Transport{
		DialTLSContext:         func(context.Context, string, string) (net.Conn, error) { return conn, nil },
		ForceAttemptHTTP2:      true,
		DisableCompression:     true,
		MaxResponseHeaderBytes: maxHead,
	}
	defer transport.CloseIdleConnections()
	// The transport tells from goroutines of its own, maybe after it returned.
	began := time.Now()
	var sent, first atomic.Int64 // since then
	trace := &httptrace.ClientTrace{
		WroteRequest:         func(httptrace.WroteRequestInfo) { sent.Store(int64(time.Since(began))) },
		GotFirstResponseByte: func() { first.Store(int64(time.Since(began))) },
	}
	request.Close = false // there is no such header in HTTP/2
	response, err := transport.RoundTrip(request.WithContext(httptrace.WithClientTrace(f.ctx, trace)))
	switch {
	case err != nil && f.wire(err):
		return f.broken(err)
	case err != nil:
		if why := f.cut(err); !why.IsZero() {
			return why
		}
		return reasonNotHTTP.With(f.at.Target, f.at.Addr.String(), err.Error())
	}
	o.Seconds("first_byte_seconds", max(time.Duration(first.Load()-sent.Load()), 0))
	return f.take(c, response, a, o)
}
