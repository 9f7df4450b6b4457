package http

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"fengsui/checks"
	hello "fengsui/checks/tls"
)

// judge says what an answer means. What is worst for who reads the page comes
// first: the status, a body cut short, its content, and last the certificate's
// dates. Trust and old TLS are findings and never change the state.
func (c *check) judge(at checks.Endpoint, a *answer, o *checks.Observation) checks.Reason {
	address, status := at.Addr.String(), strconv.Itoa(a.status)
	dates := checks.Reason{}
	if a.tls != nil {
		dates = c.judgeTLS(at, a, time.Now(), o)
	}
	if c.Site {
		judgeSite(a, o)
	}
	if c.SameV4 && a.short == nil {
		o.Keep(a)
	}
	wanted := slices.ContainsFunc(c.wanted, func(s span) bool { return s.from <= a.status && a.status <= s.to })
	switch {
	case !wanted && a.status >= 500:
		return reasonServerError.With(at.Target, address, status, strings.Join(c.Status, ", "))
	case !wanted:
		return reasonStatus.With(at.Target, address, status, strings.Join(c.Status, ", "))
	case a.short != nil:
		return reasonIncomplete.With(at.Target, address, status, strconv.FormatInt(a.read, 10), a.short.Error())
	case c.match != nil && !c.match.Match(a.body):
		return reasonBody.With(at.Target, address, status, c.Match, strconv.FormatInt(a.read, 10))
	}
	for _, h := range c.headers {
		if got := strings.Join(a.header.Values(h.name), ", "); !h.re.MatchString(got) {
			return reasonHeader.With(at.Target, address, status, h.name, got, h.re.String())
		}
	}
	return dates
}

// clocksAgree is how far two clocks may differ and still both be right.
const clocksAgree = 10 * time.Minute

// judgeTLS notes findings on trust, name and strength, and returns the reason
// that the certificate's dates give, if any.
func (c *check) judgeTLS(at checks.Endpoint, a *answer, now time.Time, o *checks.Observation) checks.Reason {
	leaf := a.tls.PeerCertificates[0]
	c.findTrust(a, leaf, now, o)
	if err := leaf.VerifyHostname(strings.TrimSuffix(a.host, ".")); err != nil {
		o.Find(FindingName, checks.Fail, strings.TrimPrefix(err.Error(), "x509: "))
	} else {
		o.Find(FindingName, checks.Pass, "valid for "+a.host)
	}
	if weak := hello.Weak(a.tls.PeerCertificates); weak != "" {
		o.Find(FindingWeakCert, checks.Fail, weak)
	} else {
		o.Find(FindingWeakCert, checks.Pass, "keys and signatures are strong enough")
	}
	spoken := tls.VersionName(a.tls.Version) + " with " + tls.CipherSuiteName(a.tls.CipherSuite)
	if a.tls.Version < tls.VersionTLS12 || slices.ContainsFunc(tls.InsecureCipherSuites(), func(s *tls.CipherSuite) bool { return s.ID == a.tls.CipherSuite }) {
		o.Find(FindingLegacyTLS, checks.Fail, spoken+", want TLS 1.2 or later with forward secrecy")
	} else {
		o.Find(FindingLegacyTLS, checks.Pass, spoken)
	}
	day := func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
	ours, theirs := validity(leaf, now), validity(leaf, a.date)
	if !a.date.IsZero() {
		clocks := fmt.Sprintf("valid %s to %s; this machine's clock says %s, the server's %s",
			day(leaf.NotBefore), day(leaf.NotAfter), day(now), day(a.date))
		if ours != theirs && now.Sub(a.date).Abs() > clocksAgree {
			// One of two clocks is wrong, and it may be ours.
			o.Find(FindingDates, checks.Unknown, clocks)
			return checks.Reason{}
		}
		o.Find(FindingDates, checks.Pass, clocks)
	}
	switch {
	case ours > 0:
		return reasonExpired.With(at.Target, at.Addr.String(), day(leaf.NotAfter), strconv.Itoa(a.status))
	case ours < 0:
		return reasonNotYet.With(at.Target, at.Addr.String(), day(leaf.NotBefore), strconv.Itoa(a.status))
	}
	return checks.Reason{}
}

// validity is -1 before a certificate's dates, 0 within, 1 after.
func validity(c *x509.Certificate, t time.Time) int {
	switch {
	case t.Before(c.NotBefore):
		return -1
	case t.After(c.NotAfter):
		return 1
	}
	return 0
}

// findTrust looks for a chain to a root that this machine trusts, at a time
// within the leaf's dates: those are judged on their own.
func (c *check) findTrust(a *answer, leaf *x509.Certificate, now time.Time, o *checks.Observation) {
	options := x509.VerifyOptions{Roots: c.roots, Intermediates: x509.NewCertPool(), CurrentTime: now}
	switch validity(leaf, now) {
	case -1:
		options.CurrentTime = leaf.NotBefore
	case 1:
		options.CurrentTime = leaf.NotAfter
	}
	for _, more := range a.tls.PeerCertificates[1:] {
		options.Intermediates.AddCert(more)
	}
	_, err := leaf.Verify(options)
	var system x509.SystemRootsError
	switch {
	case err == nil:
		o.Find(FindingUntrusted, checks.Pass, fmt.Sprintf("issued by %s", leaf.Issuer))
	case c.roots == nil && (errors.As(err, &system) || noRoots()):
		o.Find(FindingUntrusted, checks.Unknown, "this machine has no root certificates")
	default:
		o.Find(FindingUntrusted, checks.Fail, fmt.Sprintf("%s; issued by %s", strings.TrimPrefix(err.Error(), "x509: "), leaf.Issuer))
	}
}

var noRoots = sync.OnceValue(func() bool {
	pool, err := x509.SystemCertPool()
	return err != nil || pool.Equal(x509.NewCertPool())
})
