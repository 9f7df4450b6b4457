package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/grafana/regexp"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
	apiv1 "github.com/prometheus/prometheus/web/api/v1"

	"github.com/prometheus/common/route"
)

// allowed is what of the Prometheus HTTP API is served, with its methods.
// Everything else (write, admin, read, config, flags, targets, otlp,
// federate …) is not there.
var allowed = map[string][]string{
	"/api/v1/query":               {http.MethodGet, http.MethodPost},
	"/api/v1/query_range":         {http.MethodGet, http.MethodPost},
	"/api/v1/series":              {http.MethodGet, http.MethodPost},
	"/api/v1/labels":              {http.MethodGet, http.MethodPost},
	"/api/v1/label/{name}/values": {http.MethodGet},
	"/api/v1/rules":               {http.MethodGet},
	"/api/v1/alerts":              {http.MethodGet},
	"/api/v1/status/buildinfo":    {http.MethodGet},
}

// prometheusAPI mounts the allowed part of Prometheus's own handlers.
func prometheusAPI(mux *http.ServeMux, o *Options) {
	engine := o.Engine
	if engine == nil {
		engine = promql.NewEngine(promql.EngineOpts{
			Logger: o.Logger, Reg: o.Registerer, MaxSamples: o.QuerySamples, Timeout: o.QueryTimeout,
			EnableAtModifier: true, EnableNegativeOffset: true, Parser: parser.NewParser(parser.Options{}),
			NoStepSubqueryIntervalFn: func(int64) int64 { return time.Minute.Milliseconds() },
		})
	}
	slots := make(chan struct{}, o.Queries)
	// Made when it is first asked: it writes an OpenAPI document of some 40 ms.
	handler := sync.OnceValue(func() http.Handler { return handlers(o, engine) })
	lazy := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler().ServeHTTP(w, r) })
	for path, methods := range allowed {
		mux.Handle(path, only(bounded(lazy, slots, o.QueryTimeout, queueFor), methods...))
	}
	mux.Handle("/api/v1/metadata", only(metadata(o.Kinds), http.MethodGet))
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		problem(w, http.StatusNotFound, "not_found", r.URL.Path+" is not served here: of the Prometheus HTTP API there are query, query_range, series, labels, label values, metadata, rules, alerts and status/buildinfo")
	})
}

// handlers are all of Prometheus's own, of which the allowed ones are mounted.
func handlers(o *Options, engine promql.QueryEngine) http.Handler {
	var ruleList Rules = noRules{}
	if o.Rules != nil {
		ruleList = o.Rules
	}
	api := apiv1.NewAPI(
		engine, o.Queryable, nil, noExemplars{},
		func(context.Context) apiv1.ScrapePoolsRetriever { return nil },
		func(context.Context) apiv1.TargetRetriever { return nil },
		func(context.Context) apiv1.AlertmanagerRetriever { return nil },
		func() config.Config { return config.Config{} },
		map[string]string{},
		apiv1.GlobalURLOptions{},
		func(f http.HandlerFunc) http.HandlerFunc { return f },
		noAdmin{}, "", false, // no admin
		false, 0, // no search
		o.Logger,
		func(context.Context) apiv1.RulesRetriever { return ruleList },
		0, 1, 0, // remote read, which is not mounted
		false,
		regexp.MustCompile(`^\b$`), // no origin: there is no cross-origin sharing
		func() (apiv1.RuntimeInfo, error) { return apiv1.RuntimeInfo{}, errors.New("not served") },
		&apiv1.PrometheusVersion{Version: o.Version, Revision: o.Revision, GoVersion: runtime.Version()},
		nil, nil,
		o.Gatherer, nil, nil,
		false, nil, false, false, false, // no write, no OTLP
		5*time.Minute, // the engine's look-back
		false, false, nil, nil,
		apiv1.OpenAPIOptions{IncludePaths: []string{"/nothing"}},
		parser.NewParser(parser.Options{}),
		false, o.QueryTimeout,
	)
	r := route.New().WithPrefix("/api/v1")
	api.Register(r)
	return r
}

// bounded lets a request run for at most the timeout, when a slot becomes
// free while it queues.
func bounded(next http.Handler, slots chan struct{}, timeout, queue time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), timeout)
		defer cancel()
		select {
		case slots <- struct{}{}:
			defer func() { <-slots }()
		default:
			wait := time.NewTimer(queue)
			defer wait.Stop()
			select {
			case slots <- struct{}{}:
				defer func() { <-slots }()
			case <-wait.C:
				w.Header().Set("Retry-After", strconv.Itoa(max(1, int(queue.Seconds()))))
				problem(w, http.StatusServiceUnavailable, "unavailable", "too many queries run at once: "+strconv.Itoa(cap(slots))+"; ask again later")
				return
			case <-ctx.Done():
				return
			}
		}
		r = r.WithContext(ctx)
		r.Body = http.MaxBytesReader(w, r.Body, bodyLimit)
		next.ServeHTTP(w, r)
	})
}

// queueFor is how long a request waits for its turn.
const queueFor = 5 * time.Second

type noRules struct{}

func (noRules) RuleGroups() []*rules.Group           { return nil }
func (noRules) AlertingRules() []*rules.AlertingRule { return nil }

type noExemplars struct{}

func (noExemplars) ExemplarQuerier(context.Context) (storage.ExemplarQuerier, error) {
	return noExemplars{}, nil
}
func (noExemplars) Select(int64, int64, ...[]*labels.Matcher) ([]exemplar.QueryResult, error) {
	return nil, nil
}

// noAdmin stands where the API wants a database to administer.
type noAdmin struct{}

var errNotServed = errors.New("not served")

func (noAdmin) CleanTombstones() error { return errNotServed }
func (noAdmin) Delete(context.Context, int64, int64, ...*labels.Matcher) error {
	return errNotServed
}
func (noAdmin) Snapshot(string, bool) error            { return errNotServed }
func (noAdmin) Stats(string, int) (*tsdb.Stats, error) { return nil, errNotServed }
func (noAdmin) BlockMetas() ([]tsdb.BlockMeta, error)  { return nil, errNotServed }
func (noAdmin) WALReplayStatus() (tsdb.WALReplayStatus, error) {
	return tsdb.WALReplayStatus{}, errNotServed
}

// answer writes data as the Prometheus API does.
func answer(w http.ResponseWriter, data any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(map[string]any{"status": "success", "data": data})
}
