// Package http checks that a web page answers as wanted, and times each phase
// of fetching it: connect, TLS, first byte, the whole.
package http

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"

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
		{Name: "body_bytes", Unit: "bytes", Type: "gauge", Doc: "bytes of the body that were read, at most max_body"},
		{Name: "certificate_expires_in_seconds", Unit: "seconds", Type: "gauge", Doc: "until the first certificate of the chain expires, by this machine's clock; negative once it has, https only"},
	},
	Reasons: append([]checks.Declaration{
		reasonServerError, reasonStatus, reasonBody, reasonIncomplete, reasonNoAnswer, reasonNotHTTP, reasonTLSFailed, reasonTLSForeign, reasonExpired, reasonNotYet,
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
)

type check struct {
	Method  string   `option:"method" doc:"method of the request" choices:"GET,HEAD"`
	Status  []string `option:"status" doc:"statuses that are wanted, single ones and ranges"`
	Match   string   `option:"match" doc:"regular expression (RE2) that the body must match; empty: any body"`
	Header  []string `option:"header" doc:"headers to send, each as Name: value"`
	MaxBody int      `option:"max_body" doc:"bytes of the body that are read" min:"0" max:"16777216"`

	wanted []span
	roots  *x509.CertPool // nil: those of the system
	match  *regexp.Regexp
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
	return nil
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

// Host takes an http or https URL.
func (c *check) Host(target string) (string, error) {
	p, err := parse(target)
	return p.host, err
}

// A page is a target, read.
type page struct {
	tls  bool
	host string // name or address, an address with its zone
	port uint16
	url  *url.URL
}

func parse(target string) (page, error) {
	u, err := url.Parse(target)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return page{}, fmt.Errorf("target %q: want a URL such as http://portal.example/ or https://[2001:db8::1]:8443/login", target)
	}
	if u.User != nil {
		return page{}, fmt.Errorf("target %q: holds a user name, which would be shown to everybody; want none", u.Redacted())
	}
	p := page{tls: u.Scheme == "https", host: u.Hostname(), port: 80, url: u}
	if p.tls {
		p.port = 443
	}
	if text := u.Port(); text != "" || strings.HasSuffix(u.Host, ":") {
		n, err := strconv.ParseUint(text, 10, 16)
		if err != nil || n == 0 {
			return page{}, fmt.Errorf("target %q: the port is %q, want a number from 1 to 65535", target, text)
		}
		p.port = uint16(n)
	}
	if err := checks.CheckHost(p.host); err != nil {
		return page{}, fmt.Errorf("target %q: %w", target, err)
	}
	return p, nil
}

// hostHeader is what the request calls the host: a zone stays on this machine
// (RFC 6874 section 1).
func (p page) hostHeader() string {
	host := p.host
	if a, err := netip.ParseAddr(host); err == nil {
		host = a.WithZone("").String()
		if a.Is6() {
			host = "[" + host + "]"
		}
	}
	if p.url.Port() != "" {
		host += ":" + p.url.Port()
	}
	return host
}

// Probe fetches the page from one address and judges it.
func (c *check) Probe(ctx context.Context, at checks.Endpoint, o *checks.Observation) checks.Reason {
	p, err := parse(at.Target)
	if err != nil {
		return checks.ReasonLocal.With(at.Target, at.Addr.String(), err.Error())
	}
	a, why := c.fetch(ctx, at, p, o)
	if !why.IsZero() {
		return why
	}
	return c.judge(at, a, o)
}
