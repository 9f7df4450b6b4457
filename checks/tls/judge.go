package tls

import (
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"fengsui/checks"
)

// judge notes the criteria and says whether the port can be used.
func (s *scan) judge(o *checks.Observation, now time.Time) checks.Reason {
	address := s.at.Addr.String()
	takes := s.taken()
	if s.usual == nil && len(takes) == 0 {
		if s.tlcp.taken {
			o.Find("T01", checks.Pass, "TLCP is spoken")
			s.judgeSM(o, now)
			if s.RequireSM == "tlcp" {
				return checks.Reason{}
			}
			return reasonTLCPOnly.With(s.at.Target, address, suiteName(s.tlcp.suite))
		}
		o.Find("T01", checks.Unknown, "no handshake came about")
		if errors.Is(s.usualErr, syscall.ECONNRESET) {
			return checks.ReasonReset.With(s.at.Target, address, checks.Round(s.usualTook))
		}
		if Foreign(s.usualErr) {
			return reasonNothingShared.With(s.at.Target, address, Plain(s.usualErr))
		}
		return reasonBroken.With(s.at.Target, address, checks.Plain(s.usualErr))
	}
	o.Find("T01", checks.Pass, "TLS is spoken: "+strings.Join(takes, ", "))
	if s.Scan {
		s.judgeVersions(o)
		s.judgeSuites(o)
		s.judgeSM(o, now)
	}
	dates := s.judgeCertificates(o, now)
	s.keep(o)
	return dates
}

// taken are the names of the versions that the server takes.
func (s *scan) taken() (names []string) {
	for _, v := range []uint16{ssl30, tls10, tls11, tls12, tls13} {
		if s.versions[v].taken || s.usual != nil && s.usual.Version == v {
			names = append(names, versionName(v))
		}
	}
	return names
}

func (s *scan) judgeVersions(o *checks.Observation) {
	var old, silent []string
	for _, v := range []uint16{ssl30, tls10, tls11} {
		switch got := s.versions[v]; {
		case got.taken || s.usual != nil && s.usual.Version == v:
			old = append(old, versionName(v))
		case !got.known:
			silent = append(silent, versionName(v))
		}
	}
	o.Find("T02", outcome(len(old) > 0, len(silent) > 0), sentence(old, silent, "accepted", "SSL 3.0, TLS 1.0 and TLS 1.1 are refused"))
	if got := s.versions[tls13]; got.taken || s.usual != nil && s.usual.Version == tls13 {
		o.Find("T03", checks.Pass, "TLS 1.3 is offered")
	} else {
		o.Find("T03", outcome(got.known, true), "TLS 1.3: "+got.seen)
	}
}

// outcome fails, or is unknown, or passes.
func outcome(fail, unknown bool) checks.Outcome {
	switch {
	case fail:
		return checks.Fail
	case unknown:
		return checks.Unknown
	}
	return checks.Pass
}

func sentence(bad, unknown []string, what, good string) string {
	switch {
	case len(bad) > 0:
		return what + ": " + strings.Join(bad, ", ")
	case len(unknown) > 0:
		return "no answer that says anything to: " + strings.Join(unknown, ", ")
	}
	return good
}

func (s *scan) judgeSuites(o *checks.Observation) {
	one := func(rule string, v verdict, bad, good string) {
		switch {
		case v.taken:
			o.Find(rule, checks.Fail, bad+suiteName(v.suite))
		case !v.known:
			o.Find(rule, checks.Unknown, v.seen)
		default:
			o.Find(rule, checks.Pass, good)
		}
	}
	one("T04", s.weak, "accepted: ", "NULL, EXPORT, anonymous, RC4, DES and 3DES are refused")
	one("T05", s.exchange, "without forward secrecy by ECDHE: ", "RSA key exchange and finite-field DHE are refused")
}

// judgeSM judges what the law on commercial cryptography asks for.
func (s *scan) judgeSM(o *checks.Observation, now time.Time) {
	one := func(rule, required, what string, v verdict) {
		switch {
		case v.taken:
			o.Find(rule, checks.Pass, what+" is offered: "+suiteName(v.suite))
		case s.RequireSM == required:
			o.Find(rule, outcome(v.known, true), what+" is required and not offered: "+v.seen)
		default:
			o.Find(rule, checks.NotApplicable, what+" is not offered and not required")
		}
	}
	one("T12", "tlcp", "TLCP", s.tlcp)
	one("T14", "tls13", "TLS 1.3 with SM suites", s.sm)
	if !s.tlcp.taken {
		o.Find("T13", checks.NotApplicable, "TLCP is not offered")
		return
	}
	var wrong []string
	if len(s.pair) < 2 {
		wrong = append(wrong, fmt.Sprintf("%d certificates, want one for signing and one for encryption", len(s.pair)))
	}
	for i, c := range s.pair[:min(2, len(s.pair))] {
		use := [...]string{"signing", "encryption"}[i]
		if c.key != "SM2" {
			wrong = append(wrong, fmt.Sprintf("the %s certificate has a key of %s, want SM2", use, c.key))
		}
		switch {
		case now.Before(c.notBefore):
			wrong = append(wrong, fmt.Sprintf("the %s certificate is valid from %s", use, day(c.notBefore)))
		case now.After(c.notAfter):
			wrong = append(wrong, fmt.Sprintf("the %s certificate expired on %s", use, day(c.notAfter)))
		}
	}
	o.Find("T13", outcome(len(wrong) > 0, false), sentence(wrong, nil, "the SM2 pair", "both SM2 certificates are valid"))
}

func day(t time.Time) string { return t.UTC().Format("2006-01-02") }

// judgeCertificates judges the chain, and returns the reason that its first
// certificate's dates give, if any.
func (s *scan) judgeCertificates(o *checks.Observation, now time.Time) checks.Reason {
	if len(s.chain) == 0 {
		for _, rule := range []string{"T06", "T07", "T08", "T09", "T10"} {
			o.Find(rule, checks.Unknown, "no certificate was shown in the open")
		}
		return checks.Reason{}
	}
	leaf := s.chain[0]
	o.Set("certificate_expires_in_seconds", leaf.notAfter.Sub(now).Seconds())
	s.findTrust(o, now)
	var keys, signatures []string
	for _, c := range s.chain {
		if why := c.weakKey(); why != "" {
			keys = append(keys, why)
		}
		if why := c.weakSignature(); why != "" {
			signatures = append(signatures, why)
		}
	}
	o.Find("T09", outcome(len(keys) > 0, false), sentence(keys, nil, "weak", fmt.Sprintf("%s of %d bits", leaf.key, leaf.keyBits)))
	o.Find("T10", outcome(len(signatures) > 0, false), sentence(signatures, nil, "signed with", "no signature of the chain is by SHA-1 or MD5"))
	switch {
	case leaf.parsed == nil:
		o.Find("T07", checks.Unknown, "the certificate cannot be read: "+plainX509(leaf.refused))
	default:
		if err := leaf.parsed.VerifyHostname(strings.TrimSuffix(s.name, ".")); err != nil {
			o.Find("T07", checks.Fail, plainX509(err))
		} else {
			o.Find("T07", checks.Pass, "valid for "+s.name)
		}
	}
	dates := fmt.Sprintf("valid %s to %s, this machine's clock says %s", day(leaf.notBefore), day(leaf.notAfter), day(now))
	switch left := leaf.notAfter.Sub(now); {
	case now.Before(leaf.notBefore):
		o.Find("T06", checks.Fail, dates)
		return reasonNotYet.With(s.at.Target, s.at.Addr.String(), day(leaf.notBefore))
	case left < 0:
		o.Find("T06", checks.Fail, dates)
		return reasonExpired.With(s.at.Target, s.at.Addr.String(), day(leaf.notAfter))
	default:
		o.Find("T06", outcome(left < s.ExpireWarn, false), dates)
	}
	return checks.Reason{}
}

// findTrust looks for a chain to a root that counts, at a time within the
// leaf's dates: those are judged on their own.
func (s *scan) findTrust(o *checks.Observation, now time.Time) {
	leaf := s.chain[0]
	if leaf.parsed == nil {
		o.Find("T08", checks.Unknown, "the certificate cannot be read: "+plainX509(leaf.refused))
		return
	}
	roots, why := s.own()
	if why != "" {
		o.Find("T08", checks.Unknown, "the roots that count cannot be read: "+why)
		return
	}
	options := x509.VerifyOptions{Roots: roots, Intermediates: x509.NewCertPool(), CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}
	switch {
	case now.Before(leaf.notBefore):
		options.CurrentTime = leaf.notBefore
	case now.After(leaf.notAfter):
		options.CurrentTime = leaf.notAfter
	}
	for _, c := range s.chain[1:] {
		if c.parsed != nil {
			options.Intermediates.AddCert(c.parsed)
		}
	}
	_, err := leaf.parsed.Verify(options)
	var system x509.SystemRootsError
	switch {
	case err == nil:
		o.Find("T08", checks.Pass, fmt.Sprintf("issued by %s", leaf.parsed.Issuer))
	case roots == nil && (errors.As(err, &system) || noRoots()):
		o.Find("T08", checks.Unknown, "this machine has no root certificates")
	default:
		o.Find("T08", checks.Fail, fmt.Sprintf("%s; issued by %s", plainX509(err), leaf.parsed.Issuer))
	}
}

func plainX509(err error) string {
	if err == nil {
		return "?"
	}
	return strings.TrimPrefix(err.Error(), "x509: ")
}

var noRoots = sync.OnceValue(func() bool {
	pool, err := x509.SystemCertPool()
	return err != nil || pool.Equal(x509.NewCertPool())
})

// A side is what is compared of one family.
type side struct {
	leaf     string
	versions []string
}

func (s *scan) keep(o *checks.Observation) {
	if len(s.chain) > 0 {
		o.Keep(side{s.chain[0].fingerprint(), s.taken()})
	}
}

// Compare judges whether both families show the same certificate and speak the
// same versions (T11).
func (c *check) Compare(v4, v6 any) []checks.Finding {
	a, b := v4.(side), v6.(side)
	f := checks.Finding{Rule: "T11", Family: checks.Pair, Outcome: checks.Pass, Evidence: "the same certificate and versions over both families"}
	switch {
	case a.leaf != b.leaf:
		f.Outcome, f.Evidence = checks.Fail, fmt.Sprintf("over IPv4 the certificate %s, over IPv6 %s (SHA-256)", a.leaf, b.leaf)
	case !slices.Equal(a.versions, b.versions):
		f.Outcome, f.Evidence = checks.Fail, fmt.Sprintf("over IPv4 %s, over IPv6 %s", strings.Join(a.versions, ", "), strings.Join(b.versions, ", "))
	}
	return []checks.Finding{f}
}
