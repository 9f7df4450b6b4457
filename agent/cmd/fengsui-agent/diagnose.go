package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"strings"

	"fengsui/agent/diagnose"
	"fengsui/agent/identity"
	"fengsui/checks"
	"fengsui/checks/all"
	"fengsui/configs"
)

// diagnoseCmd looks at one service from this site, from the machine itself
// outwards, in ten seconds (体检).
type diagnoseCmd struct {
	Service string   `arg:"" help:"What somebody cannot reach: a URL, host:port or host."`
	Hub     []string `placeholder:"HOST:PORT" help:"Addresses of the collector, instead of those of agent.hcl and of the enrolment."`
	Config  string   `help:"agent.hcl, for the collector's addresses." default:"/etc/fengsui/agent.hcl" placeholder:"FILE" type:"path"`
	JSON    bool     `name:"json" help:"Print everything as one JSON object."`
	Lang    string   `help:"Language." enum:"zh,en" default:"zh"`
}

// Execute exits with 0 when all is well from here, with 1 when something is
// wrong, and with 3 when it could not be looked at.
func (c *diagnoseCmd) Execute(ctx context.Context, s streams) int {
	spec, err := serviceSpec(c.Service)
	if err != nil {
		return fail(s, err, exitUnknown)
	}
	hubs, err := c.hubs()
	if err != nil {
		return fail(s, err, exitUnknown)
	}
	r := diagnose.Run(ctx, diagnose.Order{Service: spec, Hub: hubs})
	reasons := checks.NewCatalogue(all.Kinds())
	if c.JSON {
		err = json.NewEncoder(s.out).Encode(map[string]any{
			"target": r.Target, "segment": r.Verdict.Segment, "zh": r.Sentence("zh", reasons), "en": r.Sentence("en", reasons),
			"state": r.Service.Pair.State.String(), "reason": r.Service.Pair.Reason.Code, "took_seconds": r.Took.Seconds(),
		})
	} else {
		err = r.Render(s.out, c.Lang, reasons)
	}
	switch {
	case err != nil:
		return fail(s, err, exitUnknown)
	case r.Verdict.Segment == diagnose.None:
		return 0
	case r.Verdict.Segment == diagnose.Unknown:
		return exitUnknown
	}
	return 1
}

// serviceSpec is the check that looks at a service as a clerk would.
func serviceSpec(target string) (checks.Spec, error) {
	kind := "icmp"
	switch {
	case strings.HasPrefix(target, "http://") || strings.HasPrefix(target, "https://"):
		kind = "http"
	case checks.CheckHost(target) != nil:
		kind = "tcp"
	}
	return checks.NewSpec(all.Find(kind), target, nil)
}

// hubs are the addresses of the collector that can be told without a resolver.
func (c *diagnoseCmd) hubs() (all []netip.AddrPort, err error) {
	texts := c.Hub
	if len(texts) == 0 {
		texts = c.known()
	}
	for _, text := range texts {
		at, err := netip.ParseAddrPort(text)
		if err == nil {
			all = append(all, at)
		} else if len(c.Hub) > 0 {
			return nil, fmt.Errorf("--hub is %q, want an address and a port such as 192.0.2.1:8443", text)
		}
	}
	return all, nil
}

// known are the collector's addresses by agent.hcl and the enrolment; without
// either a diagnosis says less, and is one all the same.
func (c *diagnoseCmd) known() []string {
	if _, err := os.Stat(c.Config); err != nil {
		return nil
	}
	config, err := configs.LoadAgent(c.Config, all.Kinds()...)
	if err != nil {
		return nil
	}
	if id, err := identity.Load(config.Data); err == nil && len(config.Collectors) == 0 {
		return id.Collectors
	}
	return config.Collectors
}
