package alerts

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/common/model"

	"fengsui/configs"
)

// Reload takes another configuration: all of it, or none and an error that
// tells every mistake. What is open or pending goes on; nobody is notified
// again of what they were told.
func (a *Alerts) Reload(list []configs.Rule, receivers []configs.Receiver, route configs.Route) error {
	a.turn.Lock()
	defer a.turn.Unlock()
	runs, err := a.compile(list)
	if err != nil {
		return fmt.Errorf("load the alert rules: %w", err)
	}
	next, err := a.compileSender(receivers, route)
	if err != nil {
		return fmt.Errorf("load the alert route: %w", err)
	}
	old := map[string]*ruleRun{}
	for _, r := range a.rules {
		old[r.conf.Name] = r
	}
	for _, r := range runs {
		if was := old[r.conf.Name]; was != nil {
			r.group.CopyState(was.group)
		}
	}
	a.mu.Lock()
	a.rules = runs
	last := a.sender
	a.sender = next
	a.mu.Unlock()
	if a.restored {
		last.stop(configs.DefaultWebhookTimeout)
		a.startSender()
	}
	a.Trigger()
	return nil
}

// startSender hands the book to the provider and starts to send.
func (a *Alerts) startSender() {
	var open, untold []*entry
	a.book.mu.Lock()
	for _, e := range a.book.untold {
		untold = append(untold, e)
	}
	for _, e := range a.book.open {
		open = append(open, e)
	}
	a.book.mu.Unlock()
	a.put(context.Background(), untold, open)
	if err := a.sender.adopt(); err != nil {
		a.fail(fmt.Errorf("prepare the notification log: %w", err))
		return
	}
	a.sender.start()
}

// tellable says whether people may hear of an entry. What was open before
// the start and was neither notified nor found active since is old news.
func (e *entry) tellable() bool {
	return !e.ended.IsZero() || e.confirmed || !e.notified.IsZero()
}

// alertOf makes Alertmanager's alert of an entry. An open one has no end: it
// never ends by a timeout.
func (a *Alerts) alertOf(e *entry, updated time.Time) *alert.Alert {
	return &alert.Alert{
		Alert: model.Alert{
			Labels:       e.labels,
			Annotations:  e.annotations,
			StartsAt:     e.started,
			EndsAt:       e.ended,
			GeneratorURL: a.page(),
		},
		UpdatedAt: updated,
	}
}

// put hands entries to the provider.
func (a *Alerts) put(ctx context.Context, lists ...[]*entry) {
	now := time.Now() // the dispatcher compares with the same clock
	var alerts []*alert.Alert
	a.book.mu.Lock()
	for _, list := range lists {
		for _, e := range list {
			if e.tellable() {
				alerts = append(alerts, a.alertOf(e, now))
			}
		}
	}
	a.book.mu.Unlock()
	if len(alerts) == 0 {
		return
	}
	if err := a.provider.Put(ctx, alerts...); err != nil {
		a.fail(fmt.Errorf("hand alerts to the dispatcher: %w", err))
	}
}

// page is where people look at alerts.
func (a *Alerts) page() string {
	if a.o.ExternalURL == "" {
		return ""
	}
	return a.external.JoinPath("plain").String()
}
