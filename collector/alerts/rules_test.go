package alerts

import (
	"bytes"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/alertmanager/nflog/nflogpb"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/rules"
	"google.golang.org/protobuf/encoding/protodelim"

	"fengsui/configs"
)

func TestParseExpr(t *testing.T) {
	t.Parallel()
	for expr, want := range map[string][]string{
		`fengsui_known_site_state == 4`:                         {"fengsui_known_site_state"},
		`max_over_time(a[5m]) > 1 and on (site) b unless a`:     {"a", "b"},
		`{__name__="a", site="x"} > 0`:                          {"a"},
		`{__name__=~"fengsui_.+"} > 0`:                          {""},
		`count({site="x"}) > 0`:                                 {""},
		`vector(1)`:                                             nil,
		`absent(a) or max_over_time((b or c)[1h:1m] offset 1m)`: {"a", "b", "c"},
	} {
		got, err := ParseExpr(expr)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %q, %v; want %q", expr, got, err, want)
		}
	}
	for expr, want := range map[string]string{
		`sum(`:      "1:5",
		`a[5m]`:     "range vector, want an instant vector",
		`"text"`:    "string, want an instant vector",
		`1`:         "scalar, want an instant vector",
		``:          "no expression",
		`foo(a)`:    "foo",
		"\xff\xfe":  "",
		`a == 4 ==`: "unexpected end",
	} {
		if _, err := ParseExpr(expr); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got the error %v, want one that has %q", expr, err, want)
		}
	}
}

// What ends an alert, and what keeps it.
func TestWitness(t *testing.T) {
	t.Parallel()
	series := func(pairs ...string) labels.Labels { return labels.FromStrings(pairs...) }
	for _, c := range []struct {
		name   string
		expr   string
		alert  []string
		series []labels.Labels
		after  time.Duration // since its series are missing
		code   string
		over   bool
	}{
		{"its series has another value", "a == 4", []string{"site", "x"}, []labels.Labels{series("site", "x")}, 0, "ended", true},
		{"no series at all", "a == 4", []string{"site", "x"}, nil, time.Hour, "no_data", false},
		{"others only, for a moment", "a == 4", []string{"site", "x"}, []labels.Labels{series("site", "y")}, 0, "missing", false},
		{"others only, for long", "a == 4", []string{"site", "x"}, []labels.Labels{series("site", "y")}, missingFor, "gone", true},
		{"an aggregate", "sum(a) > 4", nil, []labels.Labels{series("site", "y")}, 0, "ended", true},
		{"an aggregate by label", "sum by (site) (a) > 4", []string{"site", "x"}, []labels.Labels{series("site", "x", "check", "c")}, 0, "ended", true},
		{"another series without its labels", "a == 4 and on () b", []string{"site", "x"}, []labels.Labels{series("site", "y"), series("job", "z")}, 0, "missing", false},
		{"a label that the rule made", "label_replace(a, 'k', '$1', 'site', '(.*)')", []string{"k", "x"}, []labels.Labels{series("site", "x")}, 0, "ended", true},
		{"a rule without series", "vector(1) > 0", nil, nil, 0, "ended", true},
		{"the rule's labels were changed", "a == 4", []string{"site", "x", "severity", "info"}, []labels.Labels{series("site", "x")}, 0, "rule_changed", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := &Alerts{external: mustURL(t), ruleRuns: rules.NewGroupMetrics(nil)}
			_, selectors, err := parseExpr(c.expr)
			if err != nil {
				t.Fatal(err)
			}
			a.o.EvalInterval, a.o.Logger = time.Second, slog.New(slog.DiscardHandler)
			r, err := a.compileRule(configs.Rule{Name: "r", Expr: c.expr, Severity: "page"})
			if err != nil {
				t.Fatal(err)
			}
			now := time.Unix(1_800_000_000, 0)
			l := map[string]string{"alertname": "r", "severity": "page"}
			for i := 0; i < len(c.alert); i += 2 {
				l[c.alert[i]] = c.alert[i+1]
			}
			e := &entry{rule: "r", labels: toLabelSet(labels.FromMap(l))}
			if c.after > 0 {
				e.missing = now.Add(-c.after)
			}
			why, over := witness{series: c.series, bound: len(selectors) > 0, judged: func(string, string) bool { return true }}.judge(r, e, now)
			if why.code != c.code || over != c.over {
				t.Errorf("got %s, over %t; want %s, over %t", why.code, over, c.code, c.over)
			}
			if zh, en := why.text("zh"), why.text("en"); zh == en || strings.Contains(zh+en, "%!") {
				t.Errorf("the reason says %q and %q", zh, en)
			}
		})
	}
}

// With a word for its recovery, an alert ends when that finds its subject.
func TestWitnessOfRecovery(t *testing.T) {
	t.Parallel()
	series := func(pairs ...string) labels.Labels { return labels.FromStrings(pairs...) }
	info := func(node, name string) labels.Labels {
		return series("site", "hub", "check", "c", "kind", "service", "node", node, "name", name)
	}
	state := series("site", "hub", "check", "c", "kind", "tcp", "family", "pair")
	now := time.Unix(1_800_000_000, 0)
	for _, c := range []struct {
		name         string
		series, well []labels.Labels
		missing      time.Duration
		code         string
		over         bool
	}{
		{"seen to be well", []labels.Labels{state, info("service.x", "x")}, []labels.Labels{series("node", "service.x", "family", "pair")}, 0, "ended", true},
		{"unseen", []labels.Labels{state, info("service.x", "x")}, nil, missingFor, "unseen", false},
		{"another is well", []labels.Labels{state, info("service.x", "x")}, []labels.Labels{series("node", "service.y", "family", "pair")}, 0, "unseen", false},
		{"its other family is well", []labels.Labels{state, info("service.x", "x")}, []labels.Labels{series("node", "service.x", "family", "4")}, 0, "unseen", false},
		{"out of the inventory for a moment", []labels.Labels{state, info("service.y", "y")}, nil, 0, "missing", false},
		{"out of the inventory", []labels.Labels{state, info("service.y", "y")}, nil, missingFor, "gone", true},
		{"the last of its kind out of the inventory", []labels.Labels{state}, nil, missingFor, "gone", true},
		{"renamed", []labels.Labels{state, info("service.x", "z")}, nil, missingFor, "gone", true},
		{"no series at all", nil, nil, missingFor, "no_data", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := &Alerts{external: mustURL(t), ruleRuns: rules.NewGroupMetrics(nil)}
			a.o.EvalInterval, a.o.Logger = time.Second, slog.New(slog.DiscardHandler)
			r, err := a.compileRule(configs.Rule{Name: "r", Expr: "a == 2", Recovered: "a <= 1 and on (site, check) fengsui_target_info"})
			if err != nil {
				t.Fatal(err)
			}
			e := &entry{rule: "r", missing: now.Add(-c.missing),
				labels: toLabelSet(series("alertname", "r", "node", "service.x", "name", "x", "kind", "tcp", "family", "pair"))}
			why, over := witness{series: c.series, well: c.well, bound: true, judged: func(string, string) bool { return true }}.judge(r, e, now)
			if why.code != c.code || over != c.over {
				t.Errorf("got %s, over %t; want %s, over %t", why.code, over, c.code, c.over)
			}
		})
	}
}

// Our name of an alert in the notification log is Alertmanager's: what it
// logged is what the book finds.
func TestHashIsTheLogs(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, r *rig) {
		opened(t, r)
		b, err := r.a.nflog.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		r.a.book.mu.Lock()
		defer r.a.book.mu.Unlock()
		for _, e := range r.a.book.open {
			if got := firing(t, b); !slices.Equal(got, []uint64{hash(e.labels)}) {
				t.Errorf("the log names %x, want %x", got, hash(e.labels))
			}
		}
	})
}

func mustURL(t *testing.T) *url.URL {
	t.Helper()
	u, err := url.Parse("http://127.0.0.1:7480")
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// firing decodes which alerts the one entry of a log names.
func firing(t *testing.T, log []byte) []uint64 {
	t.Helper()
	var e nflogpb.MeshEntry
	if err := protodelim.UnmarshalFrom(bytes.NewReader(log), &e); err != nil {
		t.Fatal(err)
	}
	return e.Entry.FiringAlerts
}
