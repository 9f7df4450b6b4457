package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"fengsui/checks"
	"fengsui/checks/all"
	"fengsui/collector/backup"
	"fengsui/collector/e2e"
	"fengsui/collector/wire"
)

// The district that a backlog arrives in: that of the figures at rest, of
// which some sites were cut off.
const (
	backlogSites  = 89
	backlogCut    = 20
	backlogChecks = 20 // a minute, of 9 values: 12 samples each
)

// backlog measures what happens when the lines of 20 sites come back at once
// after 72 h: what it costs, and what it does to everybody's live results. The
// agents' uplinks are the real ones, each at the rate of its backlog.
func backlog(ctx context.Context, e env) (figures []figure, err error) {
	off := e.length(6*time.Hour, 72*time.Hour)
	d, sims, err := load(ctx, e, backlogSites, backlogChecks, off+2*time.Hour)
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
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	decks := make([]*deck, len(sims))
	contact := func(i int, off time.Duration) error {
		site := fmt.Sprintf("s%02d", i)
		decks[i] = newDeck(sims[i], kinds, site, off)
		dir := filepath.Join(d.Dir, "anchors", site)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		run, err := decks[i].uplink(d.Listen, dir)
		if err != nil {
			return err
		}
		wg.Go(func() { run(ctx) })
		return nil
	}
	rest := e.length(30*time.Second, 2*time.Minute)
	for i := backlogCut; i < backlogSites; i++ {
		if err := contact(i, 0); err != nil {
			return nil, err
		}
		if err := sleep(ctx, 15*time.Second/backlogSites); err != nil { // spread as agents are
			return nil, err
		}
	}
	w := watch{d: d}
	resting, err := w.during(func() error { return sleep(ctx, rest) })
	if err != nil {
		return nil, err
	}
	share := resting.cpu.Seconds() / resting.took.Seconds()
	diskBefore, err := diskUse(d.Data())
	if err != nil {
		return nil, err
	}

	flow, err := w.during(func() error {
		for i := range backlogCut {
			if err := contact(i, off); err != nil {
				return err
			}
		}
		return e2e.Until(ctx, 30*time.Minute, "the backlog to be acknowledged", func() error {
			for i, k := range decks[:backlogCut] {
				if !k.caughtUp() {
					return fmt.Errorf("site s%02d has some left", i)
				}
			}
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	var made int
	var bytes int64
	for _, k := range decks[:backlogCut] {
		made, bytes = made+k.held, bytes+k.sent()
	}
	diskFlow, err := diskUse(d.Data())
	if err != nil {
		return nil, err
	}
	what := fmt.Sprintf("backlog of %d sites × %v", backlogCut, off)
	add := func(of, measured, wanted string) {
		figures = append(figures, figure{what + ": " + of, measured, wanted})
	}
	samples := float64(made) * backlogSamples / 1e6
	add("what arrived", fmt.Sprintf("%d results, %.1f million samples, %.0f MiB compressed, in %.0f s", made, samples, float64(bytes)/(1<<20), flow.took.Seconds()), "—")
	add("delay of live pushes, the other 69 sites", quantiles(decks[backlogCut:], flow), "p99 ≤ 1 s")
	add("delay of live pushes, the 20 sites", quantiles(decks[:backlogCut], flow), "p99 ≤ 1 s")
	add("the same before it, 69 sites", quantiles(decks[backlogCut:], resting), "—")
	add("collector CPU", fmt.Sprintf("%.1f CPU s, %.2f a million samples; at rest %.1f %% of a core", flow.cpu.Seconds(), flow.cpu.Seconds()/samples, 100*share), "—")
	add("collector RSS, peak", fmt.Sprintf("%s (before: %s)", mib(flow.peak), mib(resting.peak)), "stated")

	// The library makes blocks of late samples when it makes one of the head,
	// every 2 h; a backup asks for the same at once.
	proc := d.Collector()
	late := make(chan span, 1)
	wg.Go(func() {
		late <- w.between(ctx, proc, "out-of-order compaction started", "out-of-order compaction completed")
	})
	compaction, err := w.during(func() error {
		_, release, err := backup.Ask(ctx, d.Data())
		if err != nil {
			return err
		}
		return release()
	})
	if err != nil {
		return figures, err
	}
	ooo := <-late
	if ooo.err != nil {
		return figures, ooo.err
	}
	triggered, err := w.counter(ctx, "prometheus_tsdb_compactions_triggered_total")
	if err != nil {
		return figures, err
	}
	merge, err := w.during(func() error {
		// The first one behind the backup has ended when the second one begins.
		for n := triggered; n < triggered+2; {
			if err := sleep(ctx, time.Second); err != nil {
				return err
			}
			if n, err = w.counter(ctx, "prometheus_tsdb_compactions_triggered_total"); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return figures, err
	}
	over := func(s span) float64 { return s.cpu.Seconds() - share*s.took.Seconds() }
	add("making blocks of it", fmt.Sprintf("%.1f CPU s in %.1f s", over(ooo), ooo.took.Seconds()), "stated")
	add("merging the blocks", fmt.Sprintf("%.1f CPU s within %.0f s", over(merge), merge.took.Seconds()), "stated")
	both := span{from: compaction.from, to: merge.to}
	add("delay of live pushes meanwhile, 89 sites", quantiles(decks, both), "p99 ≤ 1 s")
	add("collector RSS, peak, compaction included", mib(merge.peak), "stated")
	diskAfter, err := diskUse(d.Data())
	if err != nil {
		return figures, err
	}
	add("collector's disk before, with it, after compaction", fmt.Sprintf("%s, %s, %s", mib(diskBefore), mib(diskFlow), mib(diskAfter)), "—")
	cancel()
	wg.Wait()
	return figures, once(context.WithoutCancel(ctx), d, decks, off)
}

// backlogSamples is what a result of icmp becomes here: the states of the pair
// and of IPv4, its duration, and nine values.
const backlogSamples = 3 + 9

// once holds that each result that was acknowledged is stored once: at its own
// time, in the range that it belongs to.
func once(ctx context.Context, d *e2e.District, decks []*deck, off time.Duration) error {
	for i, k := range decks {
		for outcome, n := range k.stored {
			if outcome != wire.BatchAnswer_STORED {
				return fmt.Errorf("site s%02d: %d batches were %v, want all stored", i, n, outcome)
			}
		}
		site := fmt.Sprintf("s%02d", i)
		for _, series := range []string{
			fmt.Sprintf(`fengsui_check_state{site=%q,family="pair"}`, site), fmt.Sprintf(`fengsui_icmp_loss_ratio{site=%q}`, site),
		} {
			expr := fmt.Sprintf("sum(count_over_time(%s[%ds]))", series, int((off + time.Hour).Seconds()))
			if n, err := d.Web().Scalar(ctx, expr); err != nil || n != float64(k.results) {
				return fmt.Errorf("%s is %v, want %d, which were acknowledged: %v", expr, n, k.results, err)
			}
		}
	}
	return nil
}

// quantiles of the delays of pushes that were sent within a span.
func quantiles(decks []*deck, s span) string {
	var all []time.Duration
	for _, k := range decks {
		if k == nil {
			continue
		}
		k.mu.Lock()
		for _, d := range k.delays {
			if !d.at.Before(s.from) && d.at.Before(s.to) {
				all = append(all, d.took)
			}
		}
		k.mu.Unlock()
	}
	if len(all) == 0 {
		return "none"
	}
	slices.Sort(all)
	ms := func(d time.Duration) int64 { return d.Milliseconds() }
	return fmt.Sprintf("p50 %d, p99 %d, most %d ms (%d)", ms(all[len(all)/2]), ms(all[len(all)*99/100]), ms(all[len(all)-1]), len(all))
}

// A span is what a collector cost between two moments.
type span struct {
	from, to time.Time
	took     time.Duration
	cpu      time.Duration
	peak     int64 // bytes resident, since its start
	err      error
}

// watch reads the cost of a collector.
type watch struct{ d *e2e.District }

func (w watch) during(f func() error) (s span, err error) {
	before, err := e2e.UsageOf(w.d.CollectorPid())
	if err != nil {
		return s, err
	}
	s.from = time.Now()
	if err := f(); err != nil {
		return s, err
	}
	s.to = time.Now()
	s.took = s.to.Sub(s.from)
	after, err := e2e.UsageOf(w.d.CollectorPid())
	s.cpu, s.peak = after.CPU-before.CPU, after.PeakRSS
	return s, err
}

// between is the cost from one line of the log to another.
func (w watch) between(ctx context.Context, p *e2e.Process, from, to string) span {
	wait := func(line string) error {
		return e2e.Until(ctx, 10*time.Minute, "the collector to say "+line, func() error {
			if !strings.Contains(p.Output(), line) {
				return fmt.Errorf("it said:\n%s", p.Tail(5))
			}
			return nil
		})
	}
	if err := wait(from); err != nil {
		return span{err: err}
	}
	s, err := w.during(func() error { return wait(to) })
	s.err = err
	return s
}

func (w watch) counter(ctx context.Context, name string) (v float64, err error) {
	page, err := w.d.Web().Get(ctx, "/metrics")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(page) {
		if rest, ok := strings.CutPrefix(line, name+" "); ok {
			_, err := fmt.Sscan(rest, &v)
			return v, err
		}
	}
	return 0, fmt.Errorf("the collector shows no %s", name)
}

// diskUse is how many bytes the files below dir take.
func diskUse(dir string) (n int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return nil // gone meanwhile
		}
		n += info.Size()
		return nil
	})
	return n, err
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
