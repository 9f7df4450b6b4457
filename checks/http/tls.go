package http

import (
	"crypto/tls"
	"errors"
	"io"

	"fengsui/checks"
	hello "fengsui/checks/tls"
)

// tlsReason says what a failed handshake means.
func (f *fetch) tlsReason(err error) checks.Reason {
	if why := f.cut(err); !why.IsZero() {
		return why
	}
	address := f.at.Addr.String()
	var record tls.RecordHeaderError
	timedOut, _ := checks.Cut(f.ctx, err)
	switch {
	case timedOut, errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return reasonTLSFailed.With(f.at.Target, address, f.seen(err))
	case errors.As(err, &record):
		return reasonTLSFailed.With(f.at.Target, address, "no TLS on this port: "+record.Msg)
	case hello.Foreign(err):
		return reasonTLSForeign.With(f.at.Target, address, hello.Plain(err))
	}
	return reasonTLSFailed.With(f.at.Target, address, hello.Plain(err))
}
