package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"fengsui/checks"
	"fengsui/checks/all"
	"fengsui/collector/e2e"
	"fengsui/collector/wire"
)

// What a restart has to read: 500,000 series that were seen, of 30 samples
// each, none of them in a block yet. What is known of their checks comes on top.
const (
	restartSites  = 50
	restartChecks = 834 // of 12 series
	restartRounds = 30  // one a minute
	restartSeries = restartSites * restartChecks * backlogSamples
)

// restart stores them through ingest, kills the collector as a power cut does,
// and measures from its start until it is ready.
func restart(ctx context.Context, e env) (figures []figure, err error) {
	d, sims, err := load(ctx, e, restartSites, restartChecks, time.Hour)
	if d != nil {
		defer os.RemoveAll(d.Dir)
		defer d.Close()
	}
	if err != nil {
		return nil, err
	}
	kinds := map[string]*checks.Kind{}
	for _, k := range all.Kinds() {
		kinds[k.Name] = k
	}
	w := watch{d: d}
	filling, err := w.during(func() error {
		for round := range restartRounds {
			batches := make([][]*wire.Batch, len(sims))
			for i, s := range sims {
				at := s.BootNS() - int64(restartRounds-round)*int64(time.Minute) + int64(i)*1e6
				batches[i] = []*wire.Batch{s.Batch(s.Checks, kinds, 1000, at)}
			}
			if err := pushAll(ctx, sims, batches, 0, 1); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	figures = append(figures, figure{fmt.Sprintf("restart: %d series × %d samples are stored", restartSeries, restartRounds),
		fmt.Sprintf("in %.0f s, %.1f CPU s, RSS peak %s", filling.took.Seconds(), filling.cpu.Seconds(), mib(filling.peak)), "—"})
	for n := range e.times(3, 5) {
		d.Collector().Kill()
		wal, err := diskUse(filepath.Join(d.Data(), "history", "wal"))
		if err != nil {
			return figures, err
		}
		began := time.Now()
		if err := d.LaunchCollector(); err != nil {
			return figures, err
		}
		err = e2e.Until(ctx, 5*time.Minute, "the collector to be ready", func() error {
			_, err := d.Web().Get(ctx, "/-/ready")
			return err
		})
		if err != nil {
			return figures, fmt.Errorf("%w; it said:\n%s", err, d.Collector().Tail(20))
		}
		took := time.Since(began)
		u, err := e2e.UsageOf(d.CollectorPid())
		if err != nil {
			return figures, err
		}
		waited, err := waitedOf(d.CollectorPid())
		if err != nil {
			return figures, err
		}
		series, err := w.counter(ctx, "prometheus_tsdb_head_series")
		if err != nil {
			return figures, err
		}
		figures = append(figures, figure{fmt.Sprintf("restart after kill -9, run %d: ready after", n+1),
			fmt.Sprintf("%.1f s, %.1f CPU s, its threads waited %.1f s for a core, RSS peak %s (%.0f series, log %s)",
				took.Seconds(), u.CPU.Seconds(), waited.Seconds(), mib(u.PeakRSS), series, mib(wal)), "≤ 20 s"})
		if series < restartSeries {
			return figures, fmt.Errorf("%.0f series are there, want the %d that were acknowledged", series, restartSeries)
		}
	}
	const site = "s00"
	n, err := d.Web().Scalar(ctx, fmt.Sprintf(`sum(count_over_time(fengsui_icmp_loss_ratio{site=%q}[1h]))`, site))
	if want := float64(restartChecks * restartRounds); err != nil || n != want {
		return figures, fmt.Errorf("%v samples of a measurement at %s, want %v: %v", n, site, want, err)
	}
	return figures, nil
}

// waitedOf is how long the threads of a process were ready to run while others
// had the cores: what a busy machine adds to a start.
func waitedOf(pid int) (sum time.Duration, err error) {
	paths, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil {
		return 0, err
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // a thread that ended
		}
		var ran, waited time.Duration
		if _, err := fmt.Sscan(string(text), &ran, &waited); err != nil {
			return 0, fmt.Errorf("read %s: %w", path, err)
		}
		sum += waited
	}
	return sum, nil
}
