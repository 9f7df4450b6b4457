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
type witness struct {
	series []labels.Labels // those with a value now
	bound  bool            // the rule reads series at all
	judged func(site, check string) bool
}

// witness asks for all series that the rule's expression reads.
func (a *Alerts) witness(ctx context.Context, r *ruleRun, now time.Time) (witness, error) {
	w := witness{bound: len(r.selectors) > 0, judged: a.o.Judged}
	for _, selector := range r.selectors {
		v, err := a.query(ctx, selector, now)
		if err != nil {
			return witness{}, fmt.Errorf("look for the series of %s: %w", selector, err)
		}
		for _, s := range v {
			if !math.IsNaN(s.F) {
				w.series = append(w.series, s.Metric)
			}
		}
	}
	return w, nil
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
	case !w.bound || w.speaksOf(subject):
		e.missing = time.Time{}
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

// speaksOf says whether some series that has a value is about the subject:
// it shares a label with it and contradicts none. Where no series has any of
// the subject's labels (an aggregate, a rewritten label), each one is.
func (w witness) speaksOf(subject map[string]string) bool {
	related := false
	for _, s := range w.series {
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
	return !related && len(w.series) > 0
}
