package history

import (
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// counterByName passes collectors on to a registry and keeps the one counter
// with this name, so that its value can be read.
type counterByName struct {
	prometheus.Registerer
	name string

	mu    sync.Mutex
	found prometheus.Collector
}

// Register notes the counter when it comes by.
func (c *counterByName) Register(m prometheus.Collector) error {
	c.note(m)
	return c.Registerer.Register(m)
}

// MustRegister notes the counter when it comes by.
func (c *counterByName) MustRegister(ms ...prometheus.Collector) {
	for _, m := range ms {
		c.note(m)
	}
	c.Registerer.MustRegister(ms...)
}

func (c *counterByName) note(m prometheus.Collector) {
	ch := make(chan *prometheus.Desc)
	go func() {
		defer close(ch)
		m.Describe(ch)
	}()
	for d := range ch {
		if strings.Contains(d.String(), `fqName: "`+c.name+`"`) {
			c.mu.Lock()
			c.found = m
			c.mu.Unlock()
		}
	}
}

// value returns what the counter shows, 0 before it exists.
func (c *counterByName) value() float64 {
	c.mu.Lock()
	m := c.found
	c.mu.Unlock()
	if m == nil {
		return 0
	}
	ch := make(chan prometheus.Metric, 1)
	m.Collect(ch)
	var d dto.Metric
	if err := (<-ch).Write(&d); err != nil {
		return 0
	}
	return d.GetCounter().GetValue()
}
