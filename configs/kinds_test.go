package configs

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"fengsui/checks"
)

// ping, web and dial are kinds with every type of option, so that the tests
// of the language do not change with the kinds that ship.
type ping struct {
	noProbe
	Count int            `option:"count" min:"1" max:"100"`
	Gap   time.Duration  `option:"gap" min:"10ms" max:"10s"`
	Loss  checks.Percent `option:"loss_degraded"`
}

func (p *ping) Host(target string) (string, error) {
	if _, err := netip.ParseAddr(target); err != nil && strings.ContainsAny(target, "/: ") {
		return "", fmt.Errorf("target %q: want a name or an address", target)
	}
	return target, nil
}

func (p *ping) Bind(string) error {
	if time.Duration(p.Count)*p.Gap > time.Minute {
		return fmt.Errorf("%d requests at %v take %v, want at most a minute", p.Count, p.Gap, time.Duration(p.Count)*p.Gap)
	}
	return nil
}

func (p *ping) Lasts() time.Duration {
	return time.Duration(p.Count-1)*p.Gap + 100*time.Millisecond
}

func (p *ping) Cost() (requests, bytes int) { return p.Count, p.Count * 100 }

type web struct {
	noProbe
	Method string   `option:"method" choices:"GET,HEAD"`
	Status []string `option:"status"`
	Follow bool     `option:"follow"`
}

func (w *web) Host(target string) (string, error) {
	u, err := url.Parse(target)
	if err != nil || u.Host == "" {
		return "", fmt.Errorf("target %q: want a URL", target)
	}
	return u.Hostname(), nil
}

type noProbe struct{}

func (noProbe) Probe(context.Context, checks.Endpoint, *checks.Observation) checks.Reason {
	return checks.Reason{}
}

var testKinds = []*checks.Kind{
	{Name: "icmp", New: func() checks.Check { return &ping{Count: 3, Gap: 100 * time.Millisecond} }},
	{Name: "http", New: func() checks.Check { return &web{Method: "GET"} }},
}

// testParse stands in for the PromQL parser: it knows names and brackets.
func testParse(expr string) ([]string, error) {
	if strings.Count(expr, "(") != strings.Count(expr, ")") {
		return nil, errors.New("1:9: parse error: unclosed left parenthesis")
	}
	if strings.HasPrefix(expr, "{") {
		return []string{""}, nil
	}
	return regexp.MustCompile(`fengsui_[a-z_]+`).FindAllString(expr, -1), nil
}

// demoKinds are those that the demo needs.
func demoKinds() []*checks.Kind {
	return append(slices.Clone(testKinds), &checks.Kind{Name: "tcp", New: func() checks.Check { return &port{} }})
}

type port struct{ noProbe }

func (*port) Host(target string) (string, error) {
	host, _, err := net.SplitHostPort(target)
	return host, err
}
