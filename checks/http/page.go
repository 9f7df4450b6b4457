package http

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"fengsui/checks"
)

// Host takes an http or https URL. Through a proxy it is the proxy that is
// resolved.
func (c *check) Host(target string) (string, error) {
	p, err := parse(target)
	if err == nil && c.proxy != nil {
		return c.proxy.host, nil // it is who is talked to
	}
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
