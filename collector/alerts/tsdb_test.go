package alerts

import (
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb"

	"fengsui/collector/state"
	"fengsui/configs"
)

// The whole way on real time, a real TSDB, a real webhook: silent, restart,
// back.
func TestOnARealTSDB(t *testing.T) {
	t.Parallel()
	h := newHook(t)
	db, err := tsdb.Open(t.TempDir(), slog.New(slog.DiscardHandler), nil, tsdb.DefaultOptions(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	append := func(state float64, site string) {
		t.Helper()
		app := db.Appender(t.Context())
		if _, err := app.Append(0, labels.FromStrings(model.MetricNameLabel, "fengsui_known_site_state", "site", site), time.Now().UnixMilli(), state); err != nil {
			t.Fatal(err)
		}
		if err := app.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "state.db")
	rule := silentRule()
	rule.Every = 20 * time.Millisecond
	route := testRoute()
	route.GroupWait, route.GroupInterval = 50*time.Millisecond, 50*time.Millisecond
	start := func() (*Alerts, func()) {
		t.Helper()
		sql, err := state.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		a, err := Open(Options{DB: sql, Queryable: db, Judging: func() bool { return true }, EvalInterval: 20 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Reload([]configs.Rule{rule}, []configs.Receiver{{Name: "noc", WebhookURL: h.url, SendResolved: true}}, route); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- a.Run(ctx) }()
		return a, func() {
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
			sql.Close()
		}
	}
	until := func(what string, ok func() bool) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("waited 20 s for %s; notifications %q", what, h.lines())
			}
		}
	}
	a, stop := start()
	append(0, "hub")
	append(4, "c1")
	a.Trigger()
	until("the alert", func() bool { return slices.Equal(h.lines(), []string{"firing c1"}) })
	if g := a.RuleGroups(); len(g) != 1 || len(a.AlertingRules()) != 1 || len(a.AlertingRules()[0].ActiveAlerts()) != 1 {
		t.Errorf("the API sees groups %v, want one with an active alert", g)
	} else if g[0].GetLastEvaluation().IsZero() {
		t.Error("the API says that the rule was never evaluated")
	}
	until("the delivery in the book", func() bool { return !a.Open()[0].Notified.IsZero() })
	stop()

	a, stop = start()
	defer stop()
	until("the alert found active again", func() bool { o := a.Open(); return len(o) == 1 && o[0].HeldEN == "" })
	append(0, "c1")
	a.Trigger()
	until("the end", func() bool { return slices.Equal(h.lines(), []string{"firing c1", "resolved c1"}) })
}
