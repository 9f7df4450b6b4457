package alerts

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/storage"

	"fengsui/configs"
)

// Labels and annotations that every alert carries.
const (
	severityLabel = "severity"
	summaryZH     = "summary_zh"
	summaryEN     = "summary_en"
	nextZH        = "next_zh" // what to do first
	nextEN        = "next_en"
	titleZH       = "title_zh" // what it is, in a few characters
	titleEN       = "title_en"
	endedZH       = "ended_zh" // on ended alerts: why
	endedEN       = "ended_en"
)

// A ruleRun is a rule in work: a Prometheus group of its own, so that each has
// its interval and its errors.
type ruleRun struct {
	conf      configs.Rule
	group     *rules.Group
	rule      *rules.AlertingRule
	selectors []string // the series that the expressions read, as PromQL
	joins     bool     // fengsui_target_info is among them: it says which node a check looks at

	due time.Time // touched within a turn only

	// Guarded by Alerts.mu.
	err      error
	errSince time.Time
}

// promQL parses without experimental functions: rules outlive releases.
var promQL = parser.NewParser(parser.Options{})

// ParseExpr parses PromQL for configs and returns the names of the series
// that it reads, each once; a selector without a name gives "". An error says
// where in the text it is.
func ParseExpr(expr string) (metricNames []string, err error) {
	_, selectors, err := parseExpr(expr)
	if err != nil {
		return nil, err
	}
	for _, s := range selectors {
		if name := metricName(s); !slices.Contains(metricNames, name) {
			metricNames = append(metricNames, name)
		}
	}
	return metricNames, nil
}

func parseExpr(expr string) (parser.Expr, []*parser.VectorSelector, error) {
	parsed, err := promQL.ParseExpr(expr)
	if err != nil {
		return nil, nil, err
	}
	if t := parsed.Type(); t != parser.ValueTypeVector {
		return nil, nil, fmt.Errorf("the expression gives a %s, want an instant vector", parser.DocumentedType(t))
	}
	var selectors []*parser.VectorSelector
	parser.Inspect(parsed, func(n parser.Node, _ []parser.Node) error {
		if s, ok := n.(*parser.VectorSelector); ok {
			selectors = append(selectors, s)
		}
		return nil
	})
	return parsed, selectors, nil
}

func metricName(s *parser.VectorSelector) string {
	if s.Name != "" {
		return s.Name
	}
	for _, m := range s.LabelMatchers {
		if m.Name == model.MetricNameLabel && m.Type == labels.MatchEqual {
			return m.Value
		}
	}
	return ""
}

// Bounds of one rule's query. Known series are few: more than this is a
// mistake in the rule, and it must not take the collector with it.
const (
	queryTimeout = 10 * time.Second
	querySamples = 5_000_000
)

func newEngine(logger *slog.Logger) *promql.Engine {
	return promql.NewEngine(promql.EngineOpts{
		Logger:               logger,
		MaxSamples:           querySamples,
		Timeout:              queryTimeout,
		EnableAtModifier:     true,
		EnableNegativeOffset: true,
		Parser:               promQL,
	})
}

// compile makes the groups of all rules; the error tells every mistake.
func (a *Alerts) compile(list []configs.Rule) ([]*ruleRun, error) {
	var runs []*ruleRun
	var errs []error
	names := map[string]bool{}
	for _, r := range list {
		if names[r.Name] {
			errs = append(errs, fmt.Errorf("rule %q: its name is used twice, want unique names", r.Name))
			continue
		}
		names[r.Name] = true
		run, err := a.compileRule(r)
		if err != nil {
			errs = append(errs, fmt.Errorf("rule %q: %w", r.Name, err))
			continue
		}
		runs = append(runs, run)
	}
	return runs, errors.Join(errs...)
}

func (a *Alerts) compileRule(r configs.Rule) (*ruleRun, error) {
	if r.Name == "" {
		return nil, errors.New("it has no name")
	}
	expr, selectors, err := parseExpr(r.Expr)
	if err != nil {
		return nil, fmt.Errorf("read its expression: %w", err)
	}
	if r.Recovered != "" {
		_, more, err := parseExpr(r.Recovered)
		if err != nil {
			return nil, fmt.Errorf("read when it has recovered: %w", err)
		}
		selectors = append(selectors, more...)
	}
	run := &ruleRun{conf: r}
	for _, s := range selectors {
		if text := s.String(); !slices.Contains(run.selectors, text) {
			run.selectors = append(run.selectors, text)
		}
		run.joins = run.joins || metricName(s) == "fengsui_target_info"
	}
	lbls := maps.Clone(r.Labels)
	if lbls == nil {
		lbls = map[string]string{}
	}
	if r.Severity != "" {
		lbls[severityLabel] = r.Severity
	}
	annotations := maps.Clone(r.Annotations)
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[summaryZH], annotations[summaryEN] = r.SummaryZH, r.SummaryEN
	if r.TitleZH != "" {
		annotations[titleZH], annotations[titleEN] = r.TitleZH, r.TitleEN
	}
	if r.NextZH != "" {
		annotations[nextZH], annotations[nextEN] = r.NextZH, r.NextEN
	}
	every := r.Every
	if every <= 0 {
		every = a.o.EvalInterval
	}
	run.conf.Every = every
	run.rule = rules.NewAlertingRule(r.Name, expr, r.For, 0, labels.FromMap(lbls), labels.FromMap(annotations),
		labels.EmptyLabels(), a.external.String(), false, a.o.Logger)
	run.group = rules.NewGroup(rules.GroupOptions{
		Name:     r.Name,
		Interval: every,
		Rules:    []rules.Rule{run.rule},
		Opts: &rules.ManagerOptions{
			ExternalURL:     a.external,
			QueryFunc:       a.query,
			NotifyFunc:      func(context.Context, string, ...*rules.Alert) {}, // the book does it
			Context:         context.Background(),
			AppendableV2:    discard{},
			Queryable:       forState{book: a.book, rule: r.Name, now: a.o.Now},
			Logger:          a.o.Logger,
			OutageTolerance: outageTolerance,
			Metrics:         a.ruleRuns,
		},
	})
	return run, nil
}

func (a *Alerts) query(ctx context.Context, expr string, at time.Time) (promql.Vector, error) {
	return rules.EngineQueryFunc(a.engine, a.o.Queryable)(ctx, expr, at)
}

// discard is where a group would write ALERTS and ALERTS_FOR_STATE: the book
// keeps what they are for.
type discard struct{}

func (discard) AppenderV2(context.Context) storage.AppenderV2 { return discard{} }

func (discard) Commit() error   { return nil }
func (discard) Rollback() error { return nil }

func (discard) Append(storage.SeriesRef, labels.Labels, int64, int64, float64, *histogram.Histogram, *histogram.FloatHistogram, storage.AppendV2Options) (storage.SeriesRef, error) {
	return 0, nil
}

// RuleGroups returns the groups in work, for the Prometheus API.
func (a *Alerts) RuleGroups() []*rules.Group {
	a.mu.Lock()
	defer a.mu.Unlock()
	groups := make([]*rules.Group, len(a.rules))
	for i, r := range a.rules {
		groups[i] = r.group
	}
	return groups
}

// AlertingRules returns the rules in work, for the Prometheus API.
func (a *Alerts) AlertingRules() []*rules.AlertingRule {
	a.mu.Lock()
	defer a.mu.Unlock()
	list := make([]*rules.AlertingRule, len(a.rules))
	for i, r := range a.rules {
		list[i] = r.rule
	}
	return list
}
