// Package alerts judges the district's alert rules and tells people.
//
// Rules are PromQL over known series. A loop of our own evaluates Prometheus's
// rule groups, every few seconds and at once when a known state has changed.
// What they find is kept in the book (SQL tables alerts and pending) and
// handed to Alertmanager's parts, assembled here in process: provider,
// inhibitor, dispatcher, silences, notification log. Every change of the
// notification log and of silences reaches SQL in the same moment, and every
// notification is a row of the outbox: the intent before, the outcome after.
//
// So a restart, however long it takes, changes nothing for people. Nothing is
// evaluated before the known states are judged again; an open alert keeps its
// start, its fingerprint and its place in the notification log; one that
// ended meanwhile is told once as resolved.
//
// An alert ends by evidence only: when its rule was evaluated without error
// and the series behind it say otherwise. Missing data and failing rules keep
// it open, and so do vantages that turn silent or unable where the rule says
// how a recovery is seen; the reason is shown.
package alerts

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"sync"
	"time"

	"github.com/prometheus/alertmanager/eventrecorder"
	"github.com/prometheus/alertmanager/nflog"
	"github.com/prometheus/alertmanager/provider/mem"
	"github.com/prometheus/alertmanager/silence"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/storage"

	"fengsui/collector/graph"
	"fengsui/collector/state"
	"fengsui/configs"
)

// Options says what Open needs. DB, Queryable and Judging are required.
type Options struct {
	DB        *state.DB
	Queryable storage.Queryable

	// Judging says whether the known states are judged: no rule is evaluated
	// before it returns true.
	Judging func() bool

	// Judged says whether there is an opinion on a check again, or on a site
	// when check is empty. While there is none, missing series prove nothing:
	// a daily check is silent for a day after a restart. nil: always.
	Judged func(site, check string) bool

	// Graph returns the graph of the district, Look also the health of its
	// nodes now. nil: every alert is told by itself.
	Graph func() *graph.Graph
	Look  func() (*graph.Graph, graph.Health)
	// Linger returns how long what hung on a cause stays held after its end;
	// nil: the default of the configuration.
	Linger func() time.Duration
	// Facts looks once, when a notification is made, and tells of each of its
	// alerts what is known of what its labels name. nil: the labels say it.
	Facts func() func(labels map[string]string) Facts

	// Whom tells whom to call about what an alert's labels name, one text each,
	// and ends with ctx. It is asked at every attempt to deliver a notification;
	// what it tells is sent and kept nowhere. nil: nobody is named.
	Whom func(ctx context.Context, labels map[string]string) ([][2]string, error)

	ExternalURL  string           // where people reach the pages, for links; may be empty
	Now          func() time.Time // nil: time.Now
	Registerer   prometheus.Registerer
	Logger       *slog.Logger
	EvalInterval time.Duration     // 0: configs.DefaultEvery
	At           func(step string) // called at the named crash points, for tests; may be nil
}

// Alerts is the alerting of a collector. Reload gives it rules, Run works.
type Alerts struct {
	o        Options
	external *url.URL
	engine   *promql.Engine
	metrics  *metrics
	ruleRuns *rules.Metrics

	book     *book
	outbox   *outbox
	nflog    *nflog.Log
	silences *silence.Silences
	trigger  chan struct{}
	failed   chan error // first error after which nothing may be promised

	// turn is held by an evaluation or a reload: one at a time.
	turn     sync.Mutex
	restored bool // the first full evaluation is done, and the dispatcher runs

	placing sync.Mutex // one look at the graph at a time
	placed  time.Time  // the last one; guarded by placing

	mu       sync.Mutex // guards what follows; held for moments only
	rules    []*ruleRun // in the order of the configuration
	sender   *sender    // what the route says; never nil
	provider *mem.Alerts
}

// Open reads what is open and what was told from the state database. Nothing
// runs before Run.
func Open(o Options) (*Alerts, error) {
	if o.DB == nil || o.Queryable == nil || o.Judging == nil {
		return nil, errors.New("BUG: alerts need a state database, a queryable and Judging")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Registerer == nil {
		o.Registerer = prometheus.NewRegistry()
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	if o.Judged == nil {
		o.Judged = func(string, string) bool { return true }
	}
	if o.Linger == nil {
		o.Linger = func() time.Duration { return configs.DefaultAlerting().Linger }
	}
	if o.EvalInterval <= 0 {
		o.EvalInterval = configs.DefaultEvery
	}
	if o.At == nil {
		o.At = func(string) {}
	}
	external, err := url.Parse(o.ExternalURL)
	if err != nil {
		return nil, fmt.Errorf("read the external URL: %w", err)
	}
	a := &Alerts{
		o: o, external: external,
		engine:  newEngine(o.Logger),
		trigger: make(chan struct{}, 1),
		failed:  make(chan error, 1),
	}
	a.ruleRuns = rules.NewGroupMetrics(o.Registerer)
	if a.book, err = openBook(o.DB); err != nil {
		return nil, err
	}
	if a.outbox, err = openOutbox(o.DB, o.Now()); err != nil {
		return nil, err
	}
	if err := a.openLogs(); err != nil {
		return nil, err
	}
	a.metrics = newMetrics(o.Registerer, a)
	a.sender = newSender(a, configs.Route{}, nil)
	return a, nil
}

// Trigger asks for an evaluation at once: a known state has changed. It never
// blocks.
func (a *Alerts) Trigger() {
	select {
	case a.trigger <- struct{}{}:
	default:
	}
}

// Silences are the silences in force; every change of them is in SQL when
// their methods return.
func (a *Alerts) Silences() *silence.Silences { return a.silences }

// fail ends Run: what SQL refused once may not be promised to anybody.
func (a *Alerts) fail(err error) {
	select {
	case a.failed <- err:
	default:
	}
}

const (
	// minSpacing bounds how often triggers evaluate the rules.
	minSpacing = 200 * time.Millisecond
	// providerGC is how often ended alerts leave the provider.
	providerGC = 5 * time.Minute
	// stopGrace is what notifications in flight get to finish at the end.
	stopGrace = 2 * time.Second
)

// Run evaluates and notifies until ctx ends, and returns when everything that
// it started has ended. It is called once. An error is final: SQL refused a
// write.
func (a *Alerts) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	provider, err := mem.NewAlerts(ctx, providerGC, 0, nil, a.o.Logger, eventrecorder.NopRecorder(), a.o.Registerer, nil)
	if err != nil {
		return fmt.Errorf("make the alert provider: %w", err)
	}
	a.mu.Lock()
	a.provider = provider
	a.mu.Unlock()
	defer a.stop()

	tick := time.NewTicker(a.o.EvalInterval)
	defer tick.Stop()
	for {
		a.evaluate(ctx)
		evaluated := time.Now()
		select {
		case <-ctx.Done():
			return nil
		case err := <-a.failed:
			return err
		case <-tick.C:
		case <-a.trigger:
			// A storm of changes is one evaluation.
			if !pause(ctx, minSpacing-time.Since(evaluated)) {
				return nil
			}
			a.hurry()
		}
	}
}

// pause waits for d and says whether ctx still lives.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// stop ends the dispatcher and waits for notifications in flight.
func (a *Alerts) stop() {
	a.turn.Lock()
	defer a.turn.Unlock()
	a.sender.stop(stopGrace)
	a.provider.Close()
}
