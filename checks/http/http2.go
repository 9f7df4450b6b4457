package http

import (
	"context"
	"crypto/tls"
	"net"
	nethttp "net/http"
	"net/http/httptrace"
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
	var sent time.Time
	trace := &httptrace.ClientTrace{
		WroteRequest:         func(httptrace.WroteRequestInfo) { sent = time.Now() },
		GotFirstResponseByte: func() { o.Seconds("first_byte_seconds", time.Since(sent)) },
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
	return f.take(c, response, a, o)
}
