package collector

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"fengsui/checks/all"
	"fengsui/collector/api"
	"fengsui/collector/ingest"
	"fengsui/configs"
)

// sameAtStart says whether two settings differ in nothing that is read only
// when the collector starts.
func sameAtStart(a, b configs.Collector) bool {
	if !slices.Equal(a.Names, b.Names) {
		return false
	}
	a.Names, b.Names, a.LogLevel = nil, nil, b.LogLevel
	return fmt.Sprint(a) == fmt.Sprint(b)
}

// check tells ingest what a result of a revision is about.
func (c *Collector) check(revision []byte, number uint32) (ingest.Check, bool) {
	l, ok, err := c.assignments.Labels(context.Background(), revision, number)
	if err != nil {
		return ingest.Check{}, false
	}
	return ingest.Check{Site: l.Site, Check: l.Check, Kind: l.Kind, Target: l.Target, Interval: l.Interval}, ok
}

// web is what people and dashboards see.
func (c *Collector) web() http.Handler {
	s := c.District().Collector
	return api.New(api.Options{
		Queryable: c.history, Rules: c.alerts, Posture: c.posture, Alerts: c.alerts.Open, Agents: api.Agents(c.db),
		Health: c.health, Kinds: all.Kinds(), QueryTimeout: s.QueryTimeout, QuerySamples: s.QuerySamples,
		Gatherer: c.metrics, Registerer: c.metrics, Version: c.o.Version, Logger: c.o.Logger,
	})
}

// health is how the collector itself is, for the page and for readiness.
func (c *Collector) health() api.Health {
	h := api.Health{Started: c.began, RulesBlind: c.posture.Refused()}
	settings := c.District().Collector
	if disk, err := spaceOf(settings.Data); err == nil {
		h.DiskFree, h.DiskTotal, h.DiskLow = disk.free, disk.total, disk.low(settings)
	}
	return h
}
