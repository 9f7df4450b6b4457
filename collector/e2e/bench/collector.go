package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"fengsui/checks"
	"fengsui/checks/all"
	"fengsui/collector/e2e"
)

// collector measures a district at rest: 89 agents of 20 checks a minute,
// pushing every 15 s, each with its long poll open.
func collector(ctx context.Context, e env) ([]figure, error) {
	const sites, perSite = 89, 20
	d, sims, err := load(ctx, e, sites, perSite, time.Hour)
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
	length := e.length(3*time.Minute, 30*time.Minute)
	ctx, cancel := context.WithTimeout(ctx, length)
	defer cancel()
	before, err := e2e.UsageOf(d.CollectorPid())
	if err != nil {
		return nil, err
	}
	errs, polls := make([]error, sites), make([]error, sites)
	var wg sync.WaitGroup
	for i, s := range sims {
		wg.Go(func() {
			for ctx.Err() == nil {
				if err := s.Wait(ctx); err != nil && ctx.Err() == nil {
					polls[i] = err // a poll less is a load less
					return
				}
			}
		})
		wg.Go(func() {
			// Spread over the interval as agents are.
			timer := time.NewTimer(time.Duration(i) * 15 * time.Second / sites)
			for quarter := 0; ; quarter++ {
				select {
				case <-ctx.Done():
					return
				case <-timer.C:
					timer.Reset(15 * time.Second)
				}
				part := s.Checks[quarter%4*perSite/4:][:perSite/4]
				if err := push(ctx, s, s.Batch(part, kinds, 4, s.BootNS())); err != nil && ctx.Err() == nil {
					errs[i] = err
					return
				}
			}
		})
	}
	wg.Wait()
	if err := errors.Join(append(errs, polls...)...); err != nil {
		return nil, err
	}
	after, err := e2e.UsageOf(d.CollectorPid())
	if err != nil {
		return nil, err
	}
	share := (after.CPU - before.CPU).Seconds() / length.Seconds() * 100
	return []figure{
		{fmt.Sprintf("collector, 89 agents of 20 checks a minute, after %v: RSS", length), fmt.Sprintf("%s (peak %s)", mib(after.RSS), mib(after.PeakRSS)), "≤ 150 MiB"},
		{fmt.Sprintf("collector, 89 agents of 20 checks a minute, over %v: CPU", length), fmt.Sprintf("%.1f %% of a core", share), "≤ 3 %"},
	}, nil
}
