package api

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"fengsui/collector/graph"
	"fengsui/configs"
)

func TestGraph(t *testing.T) {
	t.Parallel()
	g, err := graph.New(&configs.District{
		Sites:    []configs.Site{{ID: "hub", Name: "区枢纽", Kind: "hub"}, {ID: "qingfu", Kind: "town", Parent: "hub"}},
		Services: []configs.Service{{ID: "portal", DependsOn: []configs.Node{"site.hub"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	d := sample()
	d.o.Graph = func() (*graph.Graph, graph.Health) {
		at := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
		return g, graph.Health{"site.hub": {Verdict: graph.Good, Seen: at},
			"service.portal": {Verdict: graph.Failing, Since: at, Vantages: []string{"qingfu"}}}
	}
	resp, body := fetch(t, d.serve(t)+"/api/v1/fengsui/graph")
	want := `{"data":{"nodes":[` +
		`{"node":"site.hub","title":"区枢纽","parents":[],"health":"good","seen":"2026-11-24T08:00:00Z"},` +
		`{"node":"site.qingfu","title":"site.qingfu","parents":["site.hub"],"health":"unknown"},` +
		`{"node":"service.portal","title":"service.portal","parents":["site.hub"],"health":"failing","since":"2026-11-24T08:00:00Z","sites":["qingfu"]}` +
		`]},"status":"success"}`
	if resp.StatusCode != http.StatusOK || strings.TrimSpace(body) != want {
		t.Errorf("%s %s, want 200 with %s", resp.Status, body, want)
	}
}
