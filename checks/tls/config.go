package tls

import (
	"crypto/tls"
	"errors"
	"net"
	"slices"
	"strings"
)

// Config speaks with everything that crypto/tls can: a platform of 2008 that
// clerks reach with TLS 1.0 and RSA key exchange is up, with a finding. Naming
// the suites switches RSA key exchange, 3DES and RC4 on without GODEBUG
// settings; naming the curves keeps the hello within one segment, which the
// post-quantum shares exceed and old walls drop. Trust is judged afterwards.
func Config(host string, protocols ...string) *tls.Config {
	return &tls.Config{
		ServerName:         host, // an address is not sent (RFC 6066 section 3)
		InsecureSkipVerify: true,
		MinVersion:         tls.VersionTLS10,
		CipherSuites:       everySuite,
		CurvePreferences:   []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521},
		NextProtos:         protocols,
	}
}

var everySuite = func() (ids []uint16) {
	for _, s := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		ids = append(ids, s.ID)
	}
	return ids
}()

// The alerts by which a server says that it and we share no TLS, or that it
// wants a client certificate (RFC 8446 section 6.2).
var foreignAlerts = []tls.AlertError{
	40,  // handshake_failure
	42,  // bad_certificate
	70,  // protocol_version
	71,  // insufficient_security
	110, // unsupported_extension
	116, // certificate_required
}

// Foreign says whether a handshake failed for what this program lacks. What
// crypto/tls itself refuses (a certificate that it cannot parse, a key or
// signature that it does not know, SSL 3.0) is a limit of ours: a browser may
// well be content.
func Foreign(err error) bool {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "remote error" {
		return slices.ContainsFunc(foreignAlerts, func(a tls.AlertError) bool { return op.Err.Error() == a.Error() })
	}
	text := err.Error()
	return strings.HasPrefix(text, "tls: ") || strings.HasPrefix(text, "x509: ") || strings.HasPrefix(text, "crypto/")
}

// Plain is the text of a handshake's error without what the reader knows.
func Plain(err error) string {
	var op *net.OpError
	if errors.As(err, &op) {
		return strings.TrimPrefix(op.Err.Error(), "tls: ")
	}
	return strings.TrimPrefix(err.Error(), "tls: ")
}
