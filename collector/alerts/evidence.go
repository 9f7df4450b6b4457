package alerts

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"fengsui/configs/words"
)

// A reason says why an alert is kept or has ended: a key of words.Alert and
// its argument.
type reason struct{ code, arg string }

func (r reason) text(lang string) string {
	switch {
	case r.code == "":
		return ""
	case r.arg == "":
		return words.Text(words.Alert+r.code, lang)
	}
	return words.Text(words.Alert+r.code, lang, r.arg)
}

// A witness is what the series behind a rule have to say. PromQL drops what
// does not hold and what is not there alike; only the first ends an alert.
// And where all who looked at a subject have turned silent or unable, their
// series are there and say nothing of it: then "recovered" must find it well.
type witness struct {
	series []labels.Labels // those with a value now
	well   []labels.Labels // what "recovered" finds
	bound  bool            // the rule reads series at all
	judged func(site, check string) bool
}

// witness asks for all series that the rule's expressions read.
func (a *Alerts) witness(ctx context.Context, r *ruleRun, now time.Time) (witness, error) {
	w := witness{bound: len(r.selectors) > 0, judged: a.o.Judged}
	var err error
	for _, selector := range r.selectors {
		if w.series, err = a.found(ctx, selector, now, w.series); err != nil {
			return witness{}, fmt.Errorf("look for the series of %s: %w", selector, err)
		}
	}
	if r.conf.Recovered != "" {
		if w.well, err = a.found(ctx, r.conf.Recovered, now, nil); err != nil {
			return witness{}, fmt.Errorf("look for what has recovered: %w", err)
		}
	}
	return w, nil
}

// found appends the labels of what a query finds.
func (a *Alerts) found(ctx context.Context, query string, now time.Time, to []labels.Labels) ([]labels.Labels, error) {
	v, err := a.query(ctx, query, now)
	for _, s := range v {
		if !math.IsNaN(s.F) {
			to = append(to, s.Metric)
		}
	}
	return to, err
}

// judge says of an open alert that its rule did not find active whether it is
// over, and why it is or is kept.
func (w witness) judge(r *ruleRun, e *entry, now time.Time) (reason, bool) {
	subject := map[string]string{}
	for name, value := range e.labels {
		subject[string(name)] = string(value)
	}
	delete(subject, model.AlertNameLabel)
	changed := false
	r.rule.Labels().Range(func(l labels.Label) {
		// Labels with a template differ from alert to alert.
		changed = changed || subject[l.Name] != l.Value && !strings.Contains(l.Value, "{{")
		delete(subject, l.Name)
	})
	switch {
	case changed:
		return reason{code: "rule_changed", arg: e.rule}, true
	case r.conf.Recovered != "" && speakOf(w.well, subject):
		e.missing = time.Time{}
		return reason{code: "ended"}, true
	case !w.bound || w.knows(r, subject):
		e.missing = time.Time{}
		if r.conf.Recovered != "" {
			return reason{code: "unseen"}, false
		}
		return reason{code: "ended"}, true
	case len(w.series) == 0:
		e.missing = time.Time{}
		return reason{code: "no_data"}, false
	case !w.judged(subject["site"], subject["check"]):
		e.missing = time.Time{}
		return reason{code: "unjudged"}, false
	case e.missing.IsZero():
		e.missing = now
	}
	if now.Sub(e.missing) >= missingFor {
		return reason{code: "gone"}, true
	}
	return reason{code: "missing"}, false
}

// knows says whether some series that has a value is about the subject. What
// a node is called says fengsui_target_info alone: known states share no more
// than a family with it, and those of others do too.
func (w witness) knows(r *ruleRun, subject map[string]string) bool {
	node, ok := subject[nodeLabel]
	if !ok || !r.joins {
		return speakOf(w.series, subject)
	}
	for _, s := range w.series {
		agrees := s.Get(nodeLabel) == node
		s.Range(func(l labels.Label) {
			// kind is the node's there, and may be the check's here.
			if v, ok := subject[l.Name]; ok && l.Name != "kind" {
				agrees = agrees && v == l.Value
			}
		})
		if agrees {
			return true
		}
	}
	return false
}

// speakOf says whether some series is about the subject: it shares a label
// with it and contradicts none. Where no series has any of the subject's
// labels (an aggregate, a rewritten label), each one is.
func speakOf(series []labels.Labels, subject map[string]string) bool {
	related := false
	for _, s := range series {
		shared, agrees := false, true
		s.Range(func(l labels.Label) {
			if v, ok := subject[l.Name]; ok {
				shared = true
				agrees = agrees && v == l.Value
			}
		})
		if shared && agrees {
			return true
		}
		related = related || shared
	}
	return !related && len(series) > 0
}
