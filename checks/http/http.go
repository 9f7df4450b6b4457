// Package http checks that a web page answers as wanted, and times each phase
// of fetching it: connect, TLS, first byte, the whole.
package http

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"fengsui/checks"
)

// Kind is the kind "http".
var Kind = checks.Kind{
	Name: "http",
	Doc:  "fetch a page: phases, status, body match, certificate; reachable is decided without trust",
	Measurements: []checks.Measurement{
		{Name: "duration_seconds", Unit: "seconds", Type: "gauge", Doc: "from the first SYN until the last byte of the body; only of a page that came whole"},
		{Name: "connect_seconds", Unit: "seconds", Type: "gauge", Doc: "TCP connect"},
		{Name: "tls_seconds", Unit: "seconds", Type: "gauge", Doc: "TLS handshake, https only"},
		{Name: "first_byte_seconds", Unit: "seconds", Type: "gauge", Doc: "from the request's last byte until the answer's first"},
		{Name: "status_code", Unit: "", Type: "gauge", Doc: "HTTP status"},
		{Name: "redirects", Unit: "", Type: "gauge", Doc: "redirects that were followed; with follow only"},
		{Name: "protocol_version", Unit: "", Type: "gauge", Doc: "of the answer: 1, 1.1 or 2"},
		{Name: "body_bytes", Unit: "bytes", Type: "gauge", Doc: "bytes of the body that were read, at most max_body"},
		{Name: "certificate_expires_in_seconds", Unit: "seconds", Type: "gauge", Doc: "until the first certificate of the chain expires, by this machine's clock; negative once it has, https only"},
	},
	Reasons: append([]checks.Declaration{
		reasonServerError, reasonStatus, reasonBody, reasonIncomplete, reasonNoAnswer, reasonNotHTTP, reasonTLSFailed, reasonTLSForeign, reasonExpired, reasonNotYet,
		reasonHeader, reasonRedirects, reasonProxy, checks.ReasonHole,
	}, checks.ConnectReasons...),
	New: func() checks.Check {
		return &check{Method: "GET", Status: []string{"200-399"}, MaxBody: 1 << 20}
	},
}

// Findings of this kind: they never change the state. Each is judged at every
// answer over https, so that one that failed is seen to pass again.
const (
	FindingUntrusted = "cert_untrusted" // no chain to a root that this machine trusts
	FindingName      = "cert_name"      // the certificate is for another name
	FindingDates     = "cert_dates"     // outside its dates by our clock only: the server's clock disagrees
	FindingLegacyTLS = "tls_legacy"     // below TLS 1.2, or a suite that Go counts as insecure
	FindingWeakCert  = "cert_weak"      // a key that is too short, or a signature by SHA-1 or MD5
)

type check struct {
	Method  string   `option:"method" doc:"method of the request" choices:"GET,HEAD"`
	Status  []string `option:"status" doc:"statuses that are wanted, single ones and ranges"`
	Match   string   `option:"match" doc:"regular expression (RE2) that the body must match; empty: any body"`
	Header  []string `option:"header" doc:"headers to send, each as Name: value"`
	MaxBody int      `option:"max_body" doc:"bytes of the body that are read" min:"0" max:"16777216"`
	Answers []string `option:"header_match" doc:"headers that the answer must have, each as Name: regular expression (RE2)"`
	Follow  int      `option:"follow" doc:"redirects to follow, to the same host only; 0: a redirect is the answer" max:"10"`
	HTTP2   bool     `option:"http2" doc:"offer HTTP/2 too, over https"`
	Proxy   string   `option:"proxy" doc:"HTTP proxy to go through, as http://proxy.example:3128; empty: none"`
	Secret  string   `option:"secret" doc:"name of the secret that holds a client certificate and its key as PEM; empty: none"`
	SameV4  bool     `option:"same_as_v4" doc:"judge whether IPv6 serves the same page as IPv4 (V5)"`
	Site    bool     `option:"site" doc:"judge the headers, cookies and forms of the page (W01 to W08, W13)"`

	wanted  []span
	roots   *x509.CertPool // nil: those of the system
	match   *regexp.Regexp
	headers []headerMatch
	proxy   *page // nil: none

	mu     sync.Mutex
	client *tls.Certificate // nil until the secret was told
}

// A headerMatch is what one header of the answer has to match.
type headerMatch struct {
	name string
	re   *regexp.Regexp
}

// A span is a range of statuses, inclusive.
type span struct{ from, to int }

// Bind reads the options that have a syntax of their own.
func (c *check) Bind(string) error {
	if len(c.Status) == 0 {
		return fmt.Errorf(`option "status" is empty, want statuses such as "200" or "200-399"`)
	}
	c.wanted = nil
	for _, text := range c.Status {
		from, to, ranged := strings.Cut(text, "-")
		if !ranged {
			to = from
		}
		a, err1 := strconv.Atoi(from)
		b, err2 := strconv.Atoi(to)
		if err1 != nil || err2 != nil || a < 100 || b > 599 || a > b {
			return fmt.Errorf(`option "status" holds %q, want a status from 100 to 599 or a range such as "200-399"`, text)
		}
		c.wanted = append(c.wanted, span{a, b})
	}
	if c.Match != "" {
		re, err := regexp.Compile(c.Match)
		if err != nil {
			return fmt.Errorf(`option "match" is %q, want a regular expression (RE2): %w`, c.Match, err)
		}
		c.match = re
	}
	if c.Match != "" && c.Method == "HEAD" {
		return fmt.Errorf(`option "match" needs a body, want method "GET"`)
	}
	for _, h := range c.Header {
		if err := checkHeader(h); err != nil {
			return err
		}
	}
	c.headers = nil
	for _, h := range c.Answers {
		name, pattern, ok := strings.Cut(h, ":")
		re, err := regexp.Compile(strings.TrimSpace(pattern))
		if !ok || name == "" || err != nil {
			return fmt.Errorf(`option "header_match" holds %q, want "Name: regular expression" (RE2)`, h)
		}
		c.headers = append(c.headers, headerMatch{name, re})
	}
	if c.Method == "HEAD" && (c.SameV4 || c.Site) {
		return fmt.Errorf(`options "same_as_v4" and "site" need a body, want method "GET"`)
	}
	return c.bindProxy()
}

// What a request takes, in bytes: a handshake of TLS with a chain of three
// certificates, headers both ways, and a page as portals have it.
const (
	usualHead = 8 << 10
	usualBody = 64 << 10
)

// Cost is one request; pages larger than usual cost more.
func (c *check) Cost() (requests, bytes int) {
	if c.Method == "HEAD" {
		return 1, usualHead
	}
	return 1, usualHead + min(c.MaxBody, usualBody)
}

func checkHeader(h string) error {
	name, value, ok := strings.Cut(h, ":")
	if !ok || name == "" || strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" || strings.ContainsAny(value, "\r\n\x00") {
		return fmt.Errorf(`option "header" holds %q, want "Name: value" on one line`, h)
	}
	switch strings.ToLower(name) {
	case "host", "connection", "content-length", "transfer-encoding", "accept-encoding", "user-agent":
		return fmt.Errorf(`option "header" holds %q, which the check sets by itself`, name)
	}
	return nil
}

// Probe fetches the page from one address and judges it. Where the answer hangs
// it looks whether small packets would bring it.
func (c *check) Probe(ctx context.Context, at checks.Endpoint, o *checks.Observation) checks.Reason {
	p, err := parse(at.Target)
	if err != nil {
		return checks.ReasonLocal.With(at.Target, at.Addr.String(), err.Error())
	}
	if c.Secret != "" && c.certificate() == nil {
		return checks.ReasonSecretMissing.With(at.Target, c.Secret)
	}
	twin := c.startTwin(ctx, at, p)
	a, why := c.visit(ctx, at, p, o)
	if hung(a, why) {
		if hole := twin.hole(); !hole.IsZero() {
			return hole
		}
	}
	twin.stop()
	if !why.IsZero() {
		return why
	}
	return c.judge(at, a, o)
}
