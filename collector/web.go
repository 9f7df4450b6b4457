package collector

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

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
	a.District, b.District, a.Addresses, b.Addresses = "", "", nil, nil // a pack is made from what is on disk
	return fmt.Sprint(a) == fmt.Sprint(b)
}

// check tells ingest what a result of a revision is about.
func (c *Collector) check(revision []byte, number uint32) (ingest.Check, bool, error) {
	l, ok, err := c.assignments.Labels(context.Background(), revision, number)
	return ingest.Check{Site: l.Site, Check: l.Check, Kind: l.Kind, Target: l.Target, Interval: l.Interval}, ok, err
}

// web is what people and dashboards see.
func (c *Collector) web() http.Handler {
	s := c.District().Collector
	var hosts []string // a proxy in front of the loopback address keeps the name
	if u, err := url.Parse(s.ExternalURL); err == nil && u.Host != "" {
		hosts = []string{u.Host}
	}
	return api.New(api.Options{
		Hosts:     hosts,
		Queryable: c.history, Rules: c.alerts, Posture: c.posture, Alerts: c.alerts.Open, Facts: c.facts, Agents: api.Agents(c.db, time.Now),
		Outages: c.outages, District: c.District,
		Graph:      c.look,
		Indicators: c.indicators, Points: c.indicators, Coverage: c.coverage, Health: c.health, Kinds: all.Kinds(), QueryTimeout: s.QueryTimeout, QuerySamples: s.QuerySamples,
		Gatherer: c.metrics, Registerer: c.metrics, Version: c.o.Version, Logger: c.o.Logger,
	})
}

// blind says why rules do not see what is known; nil when all of them do.
func (c *Collector) blind() error {
	var why []string
	if err := c.posture.Refused(); err != nil {
		why = append(why, err.Error())
	}
	for _, r := range c.alerts.Broken() {
		why = append(why, r.Rule+": "+r.Err)
	}
	if why == nil {
		return nil
	}
	return errors.New(strings.Join(why, "; "))
}

// health is how the collector itself is, for the page and for readiness.
func (c *Collector) health() api.Health {
	h := api.Health{Started: c.began, LastCommit: c.posture.Stored(), RulesBlind: c.blind(), AuthorityEnds: c.authorityEnds()}
	settings := c.District().Collector
	if disk, err := spaceOf(settings.Data); err == nil {
		h.DiskFree, h.DiskTotal, h.DiskLow = disk.free, disk.total, disk.low(settings)
	}
	return h
}
