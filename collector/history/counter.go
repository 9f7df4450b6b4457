package history

import (
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// byName passes collectors on to a registry, remembers them, and keeps those
// whose names are wanted, so that their values can be read.
type byName struct {
	prometheus.Registerer

	mu    sync.Mutex
	all   []prometheus.Collector
	found map[string]prometheus.Collector // nil until it comes by
}

// Register notes the collector.
func (n *byName) Register(c prometheus.Collector) error {
	n.note(c)
	return n.Registerer.Register(c)
}

// MustRegister notes the collectors.
func (n *byName) MustRegister(cs ...prometheus.Collector) {
	for _, c := range cs {
		n.note(c)
	}
	n.Registerer.MustRegister(cs...)
}

func (n *byName) note(c prometheus.Collector) {
	descriptions := make(chan *prometheus.Desc)
	go func() {
		defer close(descriptions)
		c.Describe(descriptions)
	}()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.all = append(n.all, c)
	for d := range descriptions {
		for name := range n.found {
			if strings.Contains(d.String(), `fqName: "`+name+`"`) {
				n.found[name] = c
			}
		}
	}
}

// unregister takes back all that was registered.
func (n *byName) unregister() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range n.all {
		n.Unregister(c)
	}
}

// valueOf returns what a counter shows.
func valueOf(counter prometheus.Collector) float64 {
	shown := make(chan prometheus.Metric, 1)
	counter.Collect(shown)
	var d dto.Metric
	if err := (<-shown).Write(&d); err != nil {
		return 0
	}
	return d.GetCounter().GetValue()
}
