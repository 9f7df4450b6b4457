package identity

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// ServerName is the name in every collector's certificate, whatever address
// the collector is reached at.
const ServerName = "collector.fengsui"

// A Trust judges a collector's certificate: by the pin of its authority, its
// name and its usage always, and by its dates at the time learned from the
// collector. The agent's own wall clock never decides, so a box whose battery
// is dead trusts the same servers as one with the right time.
type Trust struct {
	Pin       Pin
	Authority []*x509.Certificate      // known from enrolment; may be empty
	Now       func() (time.Time, bool) // the learned time; nil or false: dates are not judged
}

// A TrustError says why a server is not our collector.
type TrustError struct {
	What TrustFault
	EN   string
}

// A TrustFault is what is wrong with a server's certificate.
type TrustFault uint8

// The faults.
const (
	ForeignAuthority TrustFault = iota // the chain does not hold the pinned authority
	WrongName                          // the certificate is not a collector's
	WrongDate                          // it is expired, or not valid yet, at the learned time
	Inspected                          // another authority vouches for our collector's name: a box on the way opens TLS
)

func (e *TrustError) Error() string { return e.EN }

// ClientConfig returns the configuration of a handshake with the collector.
// cert is the agent's, nil before it is enrolled.
func (t *Trust) ClientConfig(cert *tls.Certificate) *tls.Config {
	c := &tls.Config{
		ServerName: ServerName,
		MinVersion: tls.VersionTLS13, // both ends are ours; the agent's certificate is not shown to the wire
		NextProtos: []string{"h2", "http/1.1"},
		// Verify does everything: the library would judge dates by the wall clock.
		InsecureSkipVerify: true,
		VerifyConnection:   func(s tls.ConnectionState) error { return t.Verify(s.PeerCertificates) },
	}
	if cert != nil {
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return cert, nil }
	}
	return c
}

// Verify judges the chain that a server showed, leaf first, at the learned
// time. The error is a *[TrustError].
func (t *Trust) Verify(chain []*x509.Certificate) error {
	if t.Now != nil {
		if now, ok := t.Now(); ok {
			return t.VerifyAt(chain, now)
		}
	}
	return t.verify(chain, time.Time{})
}

// VerifyAt judges a chain at a given time.
func (t *Trust) VerifyAt(chain []*x509.Certificate, now time.Time) error {
	return t.verify(chain, now)
}

// verify judges a chain; with the zero time, dates are not judged.
func (t *Trust) verify(chain []*x509.Certificate, now time.Time) error {
	if len(chain) == 0 {
		return &TrustError{ForeignAuthority, "the server showed no certificate"}
	}
	at := now
	if at.IsZero() {
		at, chain = time.Unix(0, 0), undated(chain)
	}
	leaf, rest := chain[0], chain[1:]
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	pinned := false
	for _, c := range append(slices.Clone(rest), t.authority(now)...) {
		if PinOf(c) == t.Pin && c.IsCA {
			roots.AddCert(c)
			pinned = true
		} else {
			between.AddCert(c)
		}
	}
	if !pinned {
		return foreign(leaf, fmt.Sprintf("the server's chain holds no authority with the pin %s, its last certificate has %s", t.Pin, PinOf(chain[len(chain)-1])))
	}
	_, err := leaf.Verify(x509.VerifyOptions{
		DNSName: ServerName, Roots: roots, Intermediates: between,
		CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	if err == nil {
		return nil
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		return &TrustError{WrongDate, fmt.Sprintf("the server's certificate is valid from %s to %s, and the collector's clock has told %s",
			stamp(invalid.Cert.NotBefore), stamp(invalid.Cert.NotAfter), stamp(at))}
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return &TrustError{WrongName, fmt.Sprintf("the server's certificate is for %q, want %s", names(leaf), ServerName)}
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.IncompatibleUsage {
		return &TrustError{WrongName, "the server's certificate is not meant for servers: its usage lacks serverAuth"}
	}
	return foreign(leaf, fmt.Sprintf("the server's certificate is not of the pinned authority %s: %v", t.Pin, err))
}

// ourAuthorities begins the common name of the authority that every collector
// makes for itself.
const ourAuthorities = "Fengsui "

// foreign names whoever showed a leaf that is not of the pinned authority.
// Nobody asks a public or a box's authority for [ServerName] but a box that
// copies what it is shown: it opens TLS on the way. Another collector, or
// this one behind a mistyped pin, has an authority of its own making.
func foreign(leaf *x509.Certificate, seen string) error {
	if !isFor(leaf, ServerName) || strings.HasPrefix(leaf.Issuer.CommonName, ourAuthorities) {
		return &TrustError{ForeignAuthority, fmt.Sprintf("%s; it is for %.100q, issued by %.100q", seen, names(leaf), leaf.Issuer)}
	}
	return &TrustError{Inspected, fmt.Sprintf("it shows a certificate for %.100q issued by %.100q; %s", names(leaf), leaf.Issuer, seen)}
}

// isFor also looks at the common name: old boxes fill in nothing else.
func isFor(leaf *x509.Certificate, name string) bool {
	return leaf.VerifyHostname(name) == nil || strings.EqualFold(leaf.Subject.CommonName, name)
}

func (t *Trust) authority(now time.Time) []*x509.Certificate {
	if now.IsZero() {
		return undated(t.Authority)
	}
	return t.Authority
}

// undated returns copies of certificates that were always valid: what they
// are signed over stays as it is.
func undated(chain []*x509.Certificate) []*x509.Certificate {
	all := make([]*x509.Certificate, len(chain))
	for i, c := range chain {
		free := *c
		free.NotBefore, free.NotAfter = time.Unix(-1<<40, 0), time.Unix(1<<40, 0)
		all[i] = &free
	}
	return all
}

func stamp(t time.Time) string { return t.UTC().Format(time.DateTime) + " UTC" }

func names(c *x509.Certificate) []string {
	if len(c.DNSNames) == 0 {
		return []string{c.Subject.CommonName}
	}
	return c.DNSNames[:min(len(c.DNSNames), 4)]
}
