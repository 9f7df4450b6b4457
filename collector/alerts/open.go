package alerts

import (
	"cmp"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/prometheus/alertmanager/dispatch"
	"github.com/prometheus/alertmanager/featurecontrol"
	"github.com/prometheus/alertmanager/notify"

	"fengsui/configs"
)

// An OpenAlert is an open alert as pages show it.
type OpenAlert struct {
	Fingerprint string
	Rule        string
	Severity    string
	Labels      map[string]string // alertname and severity included
	TitleZH     string            // what, in a word; may be empty
	TitleEN     string
	SummaryZH   string
	SummaryEN   string
	NextZH      string // what to do first; may be empty
	NextEN      string
	Since       time.Time // it fires since then; a restart does not change it
	Notified    time.Time // last delivery that named it; zero: none yet
	Receiver    string    // of that delivery

	// HeldZH and HeldEN say why it is kept although it could not be judged at
	// the last evaluation; empty when it was found active.
	HeldZH, HeldEN string

	// FlapsZH and FlapsEN say that it is seen to be well and stays open because
	// it came again so soon; empty when it does not.
	FlapsZH, FlapsEN string

	// Cause is the node whose alert is told in its place, or that must be
	// judged first; "": it is told itself. CauseZH and CauseEN say so.
	Cause            configs.Node
	CauseZH, CauseEN string
	Under            string // fingerprint of the alert that is told in its place; may be empty
}

// Open returns the open alerts, oldest first.
func (a *Alerts) Open() []OpenAlert {
	title := a.titles()
	a.book.mu.Lock()
	defer a.book.mu.Unlock()
	list := make([]OpenAlert, 0, len(a.book.open))
	for _, e := range a.book.open {
		o := OpenAlert{
			Fingerprint: e.fingerprint.String(),
			Rule:        e.rule,
			Severity:    string(e.labels[severityLabel]),
			Labels:      map[string]string{},
			TitleZH:     string(e.annotations["title_zh"]),
			TitleEN:     string(e.annotations["title_en"]),
			SummaryZH:   string(e.annotations[summaryZH]),
			SummaryEN:   string(e.annotations[summaryEN]),
			NextZH:      string(e.annotations["next_zh"]),
			NextEN:      string(e.annotations["next_en"]),
			Since:       e.started,
			Notified:    e.notified,
			Receiver:    e.receiver,
			HeldZH:      e.held.text("zh"),
			HeldEN:      e.held.text("en"),
			Cause:       e.hold.by,
			CauseZH:     e.hold.reason(title).text("zh"),
			CauseEN:     e.hold.reason(title).text("en"),
		}
		if e.held.code == codeFlaps {
			o.FlapsZH, o.FlapsEN = o.HeldZH, o.HeldEN
			o.HeldZH, o.HeldEN = "", ""
		}
		if e.hold.under != 0 {
			o.Under = e.hold.under.String()
		}
		for name, value := range e.labels {
			o.Labels[string(name)] = string(value)
		}
		list = append(list, o)
	}
	slices.SortFunc(list, func(x, y OpenAlert) int {
		return cmp.Or(x.Since.Compare(y.Since), cmp.Compare(x.Rule, y.Rule), cmp.Compare(x.Fingerprint, y.Fingerprint))
	})
	return list
}

// A BrokenRule is a rule that cannot be evaluated: its alerts are kept as
// they are, and new ones are not seen.
type BrokenRule struct {
	Rule  string
	Err   string
	Since time.Time
}

// Broken returns the rules that failed at their last evaluation.
func (a *Alerts) Broken() []BrokenRule {
	a.mu.Lock()
	defer a.mu.Unlock()
	var list []BrokenRule
	for _, r := range a.rules {
		if r.err != nil {
			list = append(list, BrokenRule{r.conf.Name, r.err.Error(), r.errSince})
		}
	}
	return list
}

// An Undelivered is a notification that has not arrived yet.
type Undelivered struct {
	ID       string
	Receiver string
	Since    time.Time // when it was intended
	Attempts int
	Err      string // of the last attempt; empty before it ended
}

// Undelivered returns the notifications that have not arrived, oldest first.
func (a *Alerts) Undelivered() []Undelivered {
	a.outbox.mu.Lock()
	defer a.outbox.mu.Unlock()
	var list []Undelivered
	for _, l := range a.outbox.open {
		list = append(list, Undelivered{l.uid, l.receiver, l.intended, l.attempts, l.outcome})
	}
	slices.SortFunc(list, func(x, y Undelivered) int { return x.Since.Compare(y.Since) })
	return list
}

// metrics of alerting. Those of the parts keep their names of Prometheus and
// Alertmanager.
type metrics struct {
	failures      *prometheus.CounterVec
	notifications *prometheus.CounterVec
	notify        *notify.Metrics
	dispatch      *dispatch.DispatcherMetrics
}

func newMetrics(r prometheus.Registerer, a *Alerts) *metrics {
	f := promauto.With(r)
	gauge := func(name, help string, n func() int) {
		f.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return float64(n()) })
	}
	gauge("fengsui_alerts_open", "Open alerts.", func() int { return len(a.Open()) })
	gauge("fengsui_alerts_held", "Open alerts that are kept because they could not be judged.", func() int {
		n := 0
		for _, o := range a.Open() {
			if o.HeldEN != "" {
				n++
			}
		}
		return n
	})
	gauge("fengsui_alerts_caused", "Open alerts that are not told, because their cause is or is still looked for.", func() int {
		n := 0
		for _, o := range a.Open() {
			if o.Cause != "" {
				n++
			}
		}
		return n
	})
	gauge("fengsui_alerts_rules_broken", "Rules that failed at their last evaluation.", func() int { return len(a.Broken()) })
	gauge("fengsui_alerts_undelivered", "Notifications that have not arrived yet.", func() int { return len(a.Undelivered()) })
	return &metrics{
		failures: f.NewCounterVec(prometheus.CounterOpts{Name: "fengsui_alerts_rule_failures_total",
			Help: "Evaluations of a rule that failed; its alerts were kept as they were."}, []string{"rule"}),
		notifications: f.NewCounterVec(prometheus.CounterOpts{Name: "fengsui_alerts_notification_attempts_total",
			Help: "Attempts to deliver a notification, by outcome."}, []string{"receiver", "outcome"}),
		notify:   notify.NewMetrics(r, featurecontrol.NoopFlags{}),
		dispatch: dispatch.NewDispatcherMetrics(false, r, featurecontrol.NoopFlags{}),
	}
}
