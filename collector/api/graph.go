package api

import (
	"encoding/json"
	"net/http"
	"time"

	"fengsui/collector/graph"
	"fengsui/configs"
)

// graphNode is a node of /api/v1/fengsui/graph. Health is "good", "failing" or
// "unknown": of the node itself, whatever it hangs on.
type graphNode struct {
	Node    configs.Node   `json:"node"`
	Title   string         `json:"title"`
	Parents []configs.Node `json:"parents"`
	Health  string         `json:"health"`
	Since   *time.Time     `json:"since,omitempty"` // failing: since when
	Seen    *time.Time     `json:"seen,omitempty"`  // last seen good
	Sites   []string       `json:"sites,omitempty"` // failing: from where it is seen so
	Refuted bool           `json:"refuted,omitempty"`
}

var verdicts = map[graph.Verdict]string{graph.Unknown: "unknown", graph.Good: "good", graph.Failing: "failing"}

// graphAPI mounts the graph: every node with what it hangs on and how it is.
func graphAPI(mux *http.ServeMux, o *Options) {
	if o.Graph == nil {
		return
	}
	mux.Handle("/api/v1/fengsui/graph", only(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		g, h := o.Graph()
		nodes := []graphNode{}
		for _, name := range g.Nodes() {
			s := h[name]
			n := graphNode{Node: name, Title: g.Title(name), Parents: g.Parents(name), Health: verdicts[s.Verdict], Sites: s.Vantages, Refuted: s.Refuted}
			if !s.Since.IsZero() {
				n.Since = &s.Since
			}
			if !s.Seen.IsZero() {
				n.Seen = &s.Seen
			}
			nodes = append(nodes, n)
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"status": "success", "data": map[string]any{"nodes": nodes}}) // who asked may be gone
	}), http.MethodGet))
}
