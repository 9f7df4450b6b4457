package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"fengsui/collector/e2e"
)

// agent measures a real agent with 100 probes every 10 s: 40 of ICMP with one
// packet, 30 of TCP and 30 of plain HTTP, half over IPv4 and half over IPv6,
// against a live collector, with its spool on disk.
func agent(ctx context.Context, e env) ([]figure, error) {
	dir, err := os.MkdirTemp("", "fengsui-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	d, err := e2e.NewDistrict(e.bin, dir, 45*time.Second)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	var targets [2]string
	for i, addr := range []string{"127.0.0.1:0", "[::1]:0"} {
		l, err := net.Listen("tcp", addr)
		if err != nil {
			return nil, err
		}
		s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })}
		go s.Serve(l)
		defer s.Close()
		targets[i] = l.Addr().String()
	}
	var b strings.Builder
	b.WriteString("site \"bench\" {\n  kind = \"town\"\n")
	check := func(kind string, i int, target, more string) {
		fmt.Fprintf(&b, "  check %q \"%s%02d\" {\n    target = %q\n    interval = \"10s\"\n    timeout = \"3s\"\n%s  }\n", kind, kind, i, target, more)
	}
	for i := range 40 {
		check("icmp", i, []string{"127.0.0.1", "::1"}[i%2], "    count = 1\n")
	}
	for i := range 30 {
		check("tcp", i, targets[i%2], "")
		check("http", i, "http://"+targets[i%2]+"/", "")
	}
	b.WriteString("}\n")
	if err := d.Configure("sites.hcl", b.String()); err != nil {
		return nil, err
	}
	if err := d.StartCollector(ctx); err != nil {
		return nil, err
	}
	a, err := d.Enrol(ctx, "bench", "", d.Listen)
	if err != nil {
		return nil, err
	}
	if err := a.Start(); err != nil {
		return nil, err
	}
	err = e2e.Until(ctx, 2*time.Minute, "100 checks to be up", func() error {
		up, err := d.Web().Scalar(ctx, `count(fengsui_known_state{family="pair"} == 0)`)
		if err == nil && up != 100 {
			err = fmt.Errorf("%v are up", up)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	length := e.length(2*time.Minute, 10*time.Minute)
	before, err := e2e.UsageOf(a.Process().Pid())
	if err != nil {
		return nil, err
	}
	select {
	case <-time.After(length):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	after, err := e2e.UsageOf(a.Process().Pid())
	if err != nil {
		return nil, err
	}
	perHour := (after.CPU - before.CPU).Seconds() * float64(time.Hour) / float64(length)
	return []figure{
		{fmt.Sprintf("agent, 100 probes every 10 s, after %v: RSS", length), fmt.Sprintf("%s (peak %s)", mib(after.RSS), mib(after.PeakRSS)), "≤ 20 MiB"},
		{fmt.Sprintf("agent, 100 probes every 10 s, over %v: CPU", length), fmt.Sprintf("%.1f CPU s per hour", perHour), "≤ 8 CPU s per hour"},
	}, nil
}
