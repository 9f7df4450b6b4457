package alerts

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunks"

	"fengsui/collector/graph"
	"fengsui/collector/state"
	"fengsui/configs"
)

// silentRule is the rule that must not be wrong.
func silentRule() configs.Rule {
	return configs.Rule{
		Name: "site_silent", Expr: "fengsui_known_site_state == 4", Every: 5 * time.Second, Severity: "page",
		SummaryZH: "站点 {{ $labels.site }} 失联", SummaryEN: "site {{ $labels.site }} is silent",
	}
}

func testRoute() configs.Route {
	return configs.Route{Receiver: "noc", GroupBy: []string{"alertname"}, GroupWait: 5 * time.Second,
		GroupInterval: 30 * time.Second, RepeatInterval: 12 * time.Hour}
}

// known is a storage of series in memory, written at the test's own time.
type known struct {
	mu     sync.Mutex
	series map[string][]chunks.Sample // by the text of the labels
	labels map[string]labels.Labels
	err    error // of every query, when set
	asked  int   // queries
}

func (k *known) set(v float64, pairs ...string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	l := labels.FromStrings(pairs...)
	if k.series == nil {
		k.series, k.labels = map[string][]chunks.Sample{}, map[string]labels.Labels{}
	}
	list := append(k.series[l.String()], forSample{time.Now().UnixMilli(), v})
	k.series[l.String()] = list[max(0, len(list)-20):]
	k.labels[l.String()] = l
}

func (k *known) fail(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.err = err
}

func (k *known) queries() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.asked
}

func (k *known) Querier(mint, maxt int64) (storage.Querier, error) {
	return knownQuerier{k: k, mint: mint, maxt: maxt}, nil
}

type knownQuerier struct {
	forState   // for LabelNames and the like
	k          *known
	mint, maxt int64
}

func (q knownQuerier) Select(_ context.Context, _ bool, _ *storage.SelectHints, ms ...*labels.Matcher) storage.SeriesSet {
	q.k.mu.Lock()
	defer q.k.mu.Unlock()
	q.k.asked++
	if q.k.err != nil {
		return storage.ErrSeriesSet(q.k.err)
	}
	set := &seriesList{at: -1}
	for _, key := range slices.Sorted(maps.Keys(q.k.series)) {
		l := q.k.labels[key]
		if !slices.ContainsFunc(ms, func(m *labels.Matcher) bool { return !m.Matches(l.Get(m.Name)) }) {
			var in []chunks.Sample
			for _, s := range q.k.series[key] {
				if s.T() >= q.mint && s.T() <= q.maxt {
					in = append(in, s)
				}
			}
			if len(in) > 0 {
				set.series = append(set.series, storage.NewListSeries(l, in))
			}
		}
	}
	return set
}

// A hook is a webhook receiver on loopback. It lives outside of synctest
// bubbles, where a connection would stop the time.
type hook struct {
	url string

	mu     sync.Mutex
	status int // 0: 200
	got    []Message
	keys   []string // Idempotency-Key
	failed int      // requests answered with another status
}

func newHook(t *testing.T) *hook {
	t.Helper()
	h := &hook{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("read a notification: %v", err)
		}
		var m Message
		if err := json.Unmarshal(body, &m); err != nil {
			t.Errorf("decode a notification: %v: %s", err, body)
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.status != 0 {
			h.failed++
			w.WriteHeader(h.status)
			_, _ = w.Write([]byte("cannot send " + m.TextEN)) // as gateways quote what they refuse
			return
		}
		h.got = append(h.got, m)
		h.keys = append(h.keys, r.Header.Get("Idempotency-Key"))
	}))
	t.Cleanup(s.Close)
	h.url = s.URL
	return h
}

func (h *hook) answer(status int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.status = status
}

func (h *hook) failures() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.failed
}

// lines tells what arrived: "firing a b", "resolved a".
func (h *hook) lines() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	lines := []string{}
	for _, m := range h.got {
		line := m.Status
		var sites []string
		for _, a := range m.Alerts {
			s := a.Labels["site"]
			if a.Status != m.Status {
				s += "(" + a.Status + ")"
			}
			sites = append(sites, s)
		}
		slices.Sort(sites)
		for _, s := range sites {
			line += " " + s
		}
		lines = append(lines, line)
	}
	return lines
}

func (h *hook) want(t *testing.T, when string, lines ...string) {
	t.Helper()
	if got := h.lines(); !slices.Equal(got, lines) {
		t.Errorf("%s: notifications %q, want %q", when, got, lines)
	}
}

// A rig is an alerting that can be stopped, killed and started again. It is
// used within a synctest bubble.
type rig struct {
	t       *testing.T
	path    string
	known   *known
	hook    *hook
	rules   []configs.Rule
	route   configs.Route
	judging bool
	judged  func(site, check string) bool
	at      func(string)
	mum     bool          // the receiver does not want ends
	every   time.Duration // of evaluations; 0: the default
	graph   func() *graph.Graph
	look    func() (*graph.Graph, graph.Health)
	linger  func() time.Duration
	facts   func() func(labels map[string]string) Facts
	whom    func(ctx context.Context, labels map[string]string) ([][2]string, error)
	log     io.Writer            // nil: of the test
	metrics *prometheus.Registry // of the last start

	mu   sync.Mutex
	db   *state.DB
	a    *Alerts
	done chan error
	stop func()
}

func newRig(t *testing.T, h *hook) *rig {
	r := &rig{t: t, path: filepath.Join(t.TempDir(), "state.db"), known: &known{}, hook: h,
		rules: []configs.Rule{silentRule()}, route: testRoute(), judging: true}
	return r
}

func (r *rig) receivers() []configs.Receiver {
	return []configs.Receiver{{Name: "noc", WebhookURL: r.hook.url, Timeout: 10 * time.Second, SendResolved: !r.mum}}
}

func (r *rig) start() {
	r.t.Helper()
	db, err := state.Open(r.path)
	if err != nil {
		r.t.Fatal(err)
	}
	r.metrics = prometheus.NewRegistry()
	log, level := r.log, slog.LevelDebug
	if log == nil {
		log, level = r.t.Output(), logLevel()
	}
	a, err := Open(Options{DB: db, Queryable: r.known, Judging: func() bool { r.mu.Lock(); defer r.mu.Unlock(); return r.judging },
		Judged: r.judged, Graph: r.graph, Look: r.look, Linger: r.linger, Facts: r.facts, Whom: r.whom, ExternalURL: "http://127.0.0.1:7480", At: r.at, EvalInterval: r.every,
		Logger: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: level})), Registerer: r.metrics})
	if err != nil {
		r.t.Fatal(err)
	}
	if err := a.Reload(r.rules, r.receivers(), r.route); err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(r.t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	r.db, r.a, r.done = db, a, done
	r.stop = func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Errorf("Run: %v", err)
		}
		if err := db.Close(); err != nil {
			r.t.Error(err)
		}
		r.stop = func() {}
	}
}

func logLevel() slog.Level {
	if os.Getenv("ALERTS_DEBUG") != "" {
		return slog.LevelDebug
	}
	return slog.LevelWarn
}

// restart stops, waits and starts again.
func (r *rig) restart(after time.Duration) {
	r.t.Helper()
	r.stop()
	time.Sleep(after)
	r.start()
}

func (r *rig) judge(yes bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.judging = yes
}

// site says what is known of a site from now on, for as long as run runs.
func (r *rig) site(state float64, ids ...string) {
	for _, id := range ids {
		r.known.set(state, model.MetricNameLabel, "fengsui_known_site_state", "site", id)
	}
}

// run lets time pass, and repeats the sites' known states every minute and at
// once, as the posture does.
func (r *rig) run(d time.Duration, sites map[string]float64) {
	for end := time.Now().Add(d); ; {
		for id, state := range sites {
			r.site(state, id)
		}
		r.a.Trigger()
		step := min(time.Minute, time.Until(end))
		if step <= 0 {
			break
		}
		time.Sleep(step)
	}
	synctest.Wait()
}

// open lists the sites of open alerts, with "held" where they are.
func (r *rig) open() []string {
	names := []string{}
	for _, o := range r.a.Open() {
		name := o.Labels["site"]
		if o.HeldEN != "" {
			name += " held"
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (r *rig) wantOpen(when string, sites ...string) {
	r.t.Helper()
	if got := r.open(); !slices.Equal(got, append([]string{}, sites...)) {
		r.t.Errorf("%s: open alerts %q, want %q", when, got, sites)
	}
}

// count counts rows.
func (r *rig) count(query string, args ...any) int {
	r.t.Helper()
	var n int
	if err := r.db.Read.QueryRow(query, args...).Scan(&n); err != nil {
		r.t.Fatalf("%s: %v", query, err)
	}
	return n
}

// copyState copies a database with its log, as a kill would leave it.
func copyState(t *testing.T, from string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "killed.db")
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(from + suffix)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err == nil {
			err = os.WriteFile(to+suffix, b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// bubble runs a test in a synctest bubble with a rig that is stopped at its
// end.
func bubble(t *testing.T, f func(t *testing.T, r *rig)) {
	t.Helper()
	h := newHook(t)
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, h)
		defer func() {
			if r.stop != nil {
				r.stop()
			}
		}()
		f(t, r)
	})
}

func states(state float64, ids ...string) map[string]float64 {
	m := map[string]float64{}
	for _, id := range ids {
		m[id] = state
	}
	return m
}
