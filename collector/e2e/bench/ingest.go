package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"fengsui/checks"
	"fengsui/checks/all"
	"fengsui/collector/e2e"
	"fengsui/collector/wire"
)

// The shape that the figure is stated for: 500 results of 4 values a push,
// 100,000 series of such values.
const (
	ingestSites  = 50
	ingestChecks = 500
	ingestValues = 4
	ingestRounds = 20 // pushes of a site at saturation: 2 million values in all
)

// ingest measures saturation (closed loop: every site pushes as soon as its
// last push is answered), then half of that rate (open loop: pushes leave on
// a clock, and their age counts from when they were due).
func ingest(ctx context.Context, e env) ([]figure, error) {
	d, sims, err := load(ctx, e, ingestSites, ingestChecks, time.Hour)
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
	// Bodies are made beforehand: a round every 10 s of the simulated past.
	const half = 10 // rounds at half rate
	batches := make([][]*wire.Batch, len(sims))
	for i, s := range sims {
		for round := range 1 + ingestRounds + half {
			at := s.BootNS() - int64(1+ingestRounds+half-round)*int64(10*time.Second)
			batches[i] = append(batches[i], s.Batch(s.Checks, kinds, ingestValues, at))
		}
	}
	// The first round makes the series; the steady state is what is stated.
	if err := pushAll(ctx, sims, batches, 0, 1); err != nil {
		return nil, err
	}
	before, err := e2e.UsageOf(d.CollectorPid())
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if err := pushAll(ctx, sims, batches, 1, 1+ingestRounds); err != nil {
		return nil, err
	}
	took := time.Since(began)
	after, err := e2e.UsageOf(d.CollectorPid())
	if err != nil {
		return nil, err
	}
	millions := float64(ingestSites*ingestChecks*ingestValues*ingestRounds) / 1e6
	rate := float64(ingestSites*ingestRounds) / took.Seconds()
	figures := []figure{
		{"ingest at saturation, collector CPU per million values", fmt.Sprintf("%.2f CPU s", (after.CPU-before.CPU).Seconds()/millions), "≤ 2 CPU s"},
		{"ingest at saturation, rate (for reading the rest)", fmt.Sprintf("%.0f values/s, %.1f pushes/s", millions*1e6/took.Seconds(), rate), "—"},
		{"ingest at saturation, collector RSS", mib(after.RSS), "—"},
	}
	p50, p99, err := openLoop(ctx, sims, batches, 1+ingestRounds, 1+ingestRounds+half, rate/2)
	if err != nil {
		return figures, err
	}
	figures = append(figures, figure{"ingest at half that rate, open loop, p99 of a push",
		fmt.Sprintf("%.0f ms (p50 %.0f ms)", p99.Seconds()*1e3, p50.Seconds()*1e3), "≤ 250 ms"})
	if up, err := d.Web().Scalar(ctx, `count(fengsui_known_site_state == 0)`); err != nil || up != ingestSites {
		return figures, fmt.Errorf("%v of %d sites are up at the end, want all: %v", up, ingestSites, err)
	}
	return figures, nil
}

// pushAll pushes rounds [from, to) of every site, each site on its own.
func pushAll(ctx context.Context, sims []*e2e.Sim, batches [][]*wire.Batch, from, to int) error {
	errs := make([]error, len(sims))
	var wg sync.WaitGroup
	for i, s := range sims {
		wg.Go(func() {
			for round := from; round < to && errs[i] == nil; round++ {
				errs[i] = push(ctx, s, batches[i][round])
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// push sends a batch and wants all of it stored.
func push(ctx context.Context, s *e2e.Sim, b *wire.Batch) error {
	answer, err := s.Push(ctx, b)
	if err != nil {
		return err
	}
	if len(answer.Refused) > 0 {
		return fmt.Errorf("push of %d results: %d refused with %q, want none", b.Count, len(answer.Refused), answer.Refused[0].Code)
	}
	if len(answer.Answers) != 1 || answer.Answers[0].Outcome != wire.BatchAnswer_STORED {
		return fmt.Errorf("push of %d results: got %v, want it stored", b.Count, answer.Answers)
	}
	return nil
}

// openLoop sends rounds [from, to) of all sites at a rate of pushes a second,
// whether or not earlier ones were answered, and returns quantiles of how long
// after its due moment a push was answered.
func openLoop(ctx context.Context, sims []*e2e.Sim, batches [][]*wire.Batch, from, to int, rate float64) (p50, p99 time.Duration, err error) {
	gap := time.Duration(float64(time.Second) / rate)
	var mu sync.Mutex
	var ages []time.Duration
	var wg sync.WaitGroup
	began := time.Now()
	n := 0
	for round := from; round < to; round++ {
		for i, s := range sims {
			due := began.Add(time.Duration(n) * gap)
			n++
			if wait := time.Until(due); wait > 0 {
				select {
				case <-time.After(wait):
				case <-ctx.Done():
					return 0, 0, ctx.Err()
				}
			}
			wg.Go(func() {
				e := push(ctx, s, batches[i][round])
				mu.Lock()
				defer mu.Unlock()
				ages = append(ages, time.Since(due))
				if e != nil && err == nil {
					err = e
				}
			})
		}
	}
	wg.Wait()
	slices.Sort(ages)
	return ages[len(ages)/2], ages[len(ages)*99/100], err
}
