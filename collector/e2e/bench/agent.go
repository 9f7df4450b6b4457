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

// agent measures real agents with 10, 100 and 1000 probes every 10 s (see
// [mix]) against a live collector, with their spools on disk; the last beside
// the bare loop at the same time.
func agent(ctx context.Context, e env) ([]figure, error) {
	var all []figure
	for _, n := range []int{10, 100, 1000} {
		figures, err := agentOf(ctx, e, n)
		all = append(all, figures...)
		if err != nil {
			return all, fmt.Errorf("%d probes: %w", n, err)
		}
	}
	return all, nil
}

// wanted of an agent, by the number of its probes.
var wanted = map[int]struct{ cpu, rss string }{
	10:   {"≤ 2 CPU s per hour", "≤ 20 MiB"},
	100:  {"≤ 6 CPU s per hour", "≤ 20 MiB"},
	1000: {"≤ 1.3 × the bare loop", "≤ 30 MiB"},
}

func agentOf(ctx context.Context, e env, n int) ([]figure, error) {
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
	m := mix{n: n}
	for i, addr := range []string{"127.0.0.1:0", "[::1]:0"} {
		l, err := net.Listen("tcp", addr)
		if err != nil {
			return nil, err
		}
		s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })}
		go s.Serve(l)
		defer s.Close()
		m.ports[i] = l.Addr().String()
	}
	var b strings.Builder
	b.WriteString("site \"bench\" {\n  kind = \"town\"\n")
	m.each(func(i int, kind, target string) {
		more := ""
		switch kind {
		case "icmp":
			more = "    count = 1\n"
		case "http":
			target = "http://" + target + "/"
		}
		fmt.Fprintf(&b, "  check %q \"%s%04d\" {\n    target = %q\n    interval = \"10s\"\n    timeout = \"3s\"\n%s  }\n", kind, kind, i, target, more)
	})
	b.WriteString("}\n")
	// The targets are this machine, and the line is its loopback.
	b.WriteString("load {\n  requests_per_minute = 100000\n  line = \"1Gbps\"\n}\n")
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
	loop, err := startBare(ctx, m)
	if err != nil {
		return nil, err
	}
	defer func() {
		_ = loop.Process.Kill()
		_ = loop.Wait()
	}()
	err = e2e.Until(ctx, 2*time.Minute, fmt.Sprintf("%d checks to be up", n), func() error {
		up, err := d.Web().Scalar(ctx, `count(fengsui_known_state{family="pair"} == 0)`)
		if err == nil && up != float64(n) {
			err = fmt.Errorf("%v are up", up)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	length := e.length(time.Minute, 10*time.Minute)
	pids := []int{a.Process().Pid(), loop.Process.Pid}
	var before, after [2]e2e.Usage
	for i, pid := range pids {
		if before[i], err = e2e.UsageOf(pid); err != nil {
			return nil, err
		}
	}
	select {
	case <-time.After(length):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	var perHour [2]float64
	for i, pid := range pids {
		if after[i], err = e2e.UsageOf(pid); err != nil {
			return nil, err
		}
		perHour[i] = (after[i].CPU - before[i].CPU).Seconds() * float64(time.Hour) / float64(length)
	}
	what := fmt.Sprintf("agent, %d probes every 10 s, over %v: ", n, length)
	return []figure{
		{what + "RSS", fmt.Sprintf("%s (peak %s)", mib(after[0].RSS), mib(after[0].PeakRSS)), wanted[n].rss},
		{what + "CPU", fmt.Sprintf("%.1f CPU s per hour, %.2f × the bare loop's %.1f", perHour[0], perHour[0]/perHour[1], perHour[1]), wanted[n].cpu},
	}, nil
}
