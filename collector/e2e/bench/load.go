package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"fengsui/collector/e2e"
)

// load starts a collector and simulated agents of that many sites, each with
// that many icmp checks assigned, and each with a boot clock that started `up`
// ago. The district is returned also with an error, so that it is closed.
func load(ctx context.Context, e env, sites, perSite int, up time.Duration) (*e2e.District, []*e2e.Sim, error) {
	dir, err := os.MkdirTemp("", "fengsui-bench-")
	if err != nil {
		return nil, nil, err
	}
	d, err := e2e.NewDistrict(e.bin, dir, 45*time.Second)
	if err != nil {
		return nil, nil, err
	}
	var b strings.Builder
	for i := range sites {
		fmt.Fprintf(&b, "site \"s%02d\" { kind = \"town\" }\n", i)
	}
	for i := range perSite {
		fmt.Fprintf(&b, "check \"icmp\" \"c%03d\" {\n  target = \"127.0.0.1\"\n  kinds = [\"town\"]\n  interval = \"60s\"\n}\n", i)
	}
	if err := d.Configure("sites.hcl", b.String()); err != nil {
		return d, nil, err
	}
	if err := d.StartCollector(ctx); err != nil {
		return d, nil, err
	}
	var sims []*e2e.Sim
	for i := range sites {
		code, err := d.Code(ctx, fmt.Sprintf("s%02d", i))
		if err != nil {
			return d, nil, err
		}
		cert, err := e2e.EnrolSim(ctx, d.Listen, code)
		if err != nil {
			return d, nil, err
		}
		s := e2e.NewSim(d.Listen, cert, up)
		if _, err := s.Hello(ctx); err != nil {
			return d, nil, err
		}
		if err := s.Assign(ctx); err != nil {
			return d, nil, err
		}
		if len(s.Checks) != perSite {
			return d, nil, fmt.Errorf("site s%02d was assigned %d checks, want %d", i, len(s.Checks), perSite)
		}
		sims = append(sims, s)
	}
	return d, sims, nil
}
