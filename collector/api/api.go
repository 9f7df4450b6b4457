// Package api is the web listener: the Prometheus HTTP API behind an
// allow-list, /plain, the collector's own metrics, its health and readiness.
//
// Until there is a login the listener binds a loopback address, and every
// request must name a host that is ours: a page of another site, whose name
// was made to point here (DNS rebinding), reads nothing.
package api

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/storage"

	"fengsui/checks"
	"fengsui/collector/alerts"
	"fengsui/collector/graph"
	"fengsui/collector/indicators"
	"fengsui/collector/posture"
	"fengsui/configs"
)

// Options of the web listener. Posture, Queryable and Health are required.
type Options struct {
	Queryable  storage.SampleAndChunkQueryable
	Rules      Rules                                               // nil: none
	Posture    interface{ Snapshot() posture.Snapshot }            // for /plain
	Alerts     func() []alerts.OpenAlert                           // open ones, oldest first; nil: none
	Facts      func() func(map[string]string) alerts.Facts         // one look for all alerts, by their labels; nil: the labels say it
	Agents     func(context.Context) (map[string]AgentInfo, error) // by site; nil: none
	Outages    Outages                                             // nil: none
	Indicators Indicators                                          // nil: none
	Points     Points                                              // nil: none
	Coverage   func() indicators.Coverage                          // of now; nil: none
	District   func() *configs.District                            // of now, for the set-up tasks; nil: none are shown
	Graph      func() (*graph.Graph, graph.Health)                 // with the health of its nodes now; nil: none
	Health     func() Health
	Kinds      []*checks.Kind // for metadata and reasons

	Engine       promql.QueryEngine // nil: one of its own, with the limits below
	QueryTimeout time.Duration      // 30 s
	QuerySamples int                // 50 million
	Queries      int                // at once; 16

	Hosts      []string // names and addresses, beside the loopback ones, that requests may come by
	Gatherer   prometheus.Gatherer
	Registerer prometheus.Registerer
	Version    string
	Revision   string
	Now        func() time.Time
	Logger     *slog.Logger
}

// Rules are what the API shows of alerting; [alerts.Alerts] is one.
type Rules interface {
	RuleGroups() []*rules.Group
	AlertingRules() []*rules.AlertingRule
}

// Health is how the collector itself is.
type Health struct {
	Started    time.Time
	LastCommit time.Time // of results; zero: none since the start
	Failed     error     // why nothing is acknowledged any more; nil when it works
	RulesBlind error     // why rules do not see the latest states; nil when they do
	NotReady   []string  // sentences that say what is not open yet; empty when ready
	DiskFree   uint64    // bytes
	DiskTotal  uint64    // bytes; 0 when unknown
	DiskLow    bool

	AuthorityEnds time.Time // when the authority's certificate ends, if that is soon; zero: it is not
}

// AgentInfo is what an agent said about itself at its last Hello or push.
type AgentInfo struct {
	Version    string
	ICMPMode   string
	IPv4, IPv6 bool
	NoteZH     string
	NoteEN     string
	Clone      time.Time // since when it is two machines that are not heard; zero: it is one
	WentBack   time.Time // when its numbering last went back, in the last week; zero: it did not
	Expired    time.Time // when its certificate ended; zero: it is good
	Asks       time.Time // since when it asks to renew that; zero: it does not
	Replaced   time.Time // when it took the place, in the last week, of one that had
	Unpushed   uint64    // so many results in its spool
	Missing    []Missing // in the last week, the newest first
}

// Missing are results of an agent that are not in the history: lost at the
// site, or refused for a reason.
type Missing struct {
	Code  string // of the refusal; "lost": the agent said that they never come
	Count uint64
}

// bodyLimit bounds the form of a POST query.
const bodyLimit = 1 << 20

// New returns the handler of the web listener.
func New(o Options) http.Handler {
	if o.QueryTimeout <= 0 {
		o.QueryTimeout = 30 * time.Second
	}
	if o.QuerySamples <= 0 {
		o.QuerySamples = 50_000_000
	}
	if o.Queries <= 0 {
		o.Queries = 16
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	mux := http.NewServeMux()
	prometheusAPI(mux, &o)
	graphAPI(mux, &o)
	operations(mux, &o)
	outagesAPI(mux, &o)
	tasksAPI(mux, &o)
	if o.Indicators != nil {
		mux.Handle("/api/v1/fengsui/indicators", only(accessRate(&o), http.MethodGet))
		mux.Handle("/api/v1/fengsui/indicators/evidence", only(accessEvidence(&o), http.MethodGet))
	}
	pointsAPI(mux, &o)
	coverageAPI(mux, &o)
	page := newPlain(&o)
	mux.Handle("/plain", only(page, http.MethodGet, http.MethodHead))
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/plain", http.StatusFound)
	})
	mux.HandleFunc("/", notFound)
	return guard(mux, o.Hosts)
}

func notFound(w http.ResponseWriter, r *http.Request) {
	problem(w, http.StatusNotFound, "not_found", "there is nothing at "+r.URL.Path+"; people look at /plain, programs at /api/v1/query and its neighbours")
}
