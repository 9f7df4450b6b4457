package posture

import (
	"math"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"

	"fengsui/checks"
)

// A series is one known series as it was written last.
type series struct {
	labels labels.Labels
	has    bool // written, and not ended by a marker
	lastT  int64
}

// known is what was written of a check's family or of a site: its state and
// its age, always together.
type known struct {
	state, age series
	value      checks.State
}

// differs says whether a judgement is not what was written.
func (k *known) differs(j judgement) bool {
	switch j.how {
	case absent:
		return k.state.has
	case judged:
		return !k.state.has || k.value != j.state
	}
	return false
}

// A writing gathers samples at one time of the collector.
type writing struct {
	t       int64
	newest  int64 // time of a sample
	samples []Sample
	changed bool // a state is another one, began or ended
	sites   []siteChange
}

// A siteChange is that a site is silent or heard, and was not so before or not
// known to be.
type siteChange struct {
	id     string
	silent bool
	at     time.Time // of the last contact
}

func (w *writing) put(s *series, v float64) {
	s.lastT = max(w.t, s.lastT+1)
	s.has = true
	w.newest = max(w.newest, s.lastT)
	w.samples = append(w.samples, Sample{Labels: s.labels, T: s.lastT, V: v})
}

// end writes the staleness marker: what it was is no longer known.
func (w *writing) end(s *series) {
	if s.has {
		w.put(s, math.Float64frombits(value.StaleNaN))
		s.has = false
	}
}

// known writes a judgement where it differs from what was written, or in any
// case when all is due.
func (w *writing) known(k *known, j judgement, age time.Duration, all bool) {
	switch {
	case k.differs(j):
		w.changed = true
	case !all:
		return
	}
	switch j.how {
	case absent:
		w.end(&k.state)
		w.end(&k.age)
	case judged:
		k.value = j.state
		w.put(&k.state, float64(j.state))
		w.put(&k.age, age.Seconds())
	}
}

// relabel gives a series its labels; the old one, if other, is ended.
func (p *Posture) relabel(s *series, to labels.Labels) {
	if labels.Equal(s.labels, to) {
		return
	}
	if s.has {
		p.retired = append(p.retired, *s)
	}
	*s = series{labels: to}
}

func (p *Posture) relabelCheck(c *check) {
	for i := range c.known {
		if !c.cur.faces[i].exists {
			continue
		}
		k := &c.known[i]
		if !k.state.labels.IsEmpty() && k.state.labels.Get("kind") == c.kind && k.state.labels.Get("target") == c.target {
			continue
		}
		text := []string{"site", c.site, "check", c.check, "kind", c.kind, "target", c.target, "family", families[i].String()}
		p.relabel(&k.state, labels.FromStrings(append(text, model.MetricNameLabel, "fengsui_known_state")...))
		p.relabel(&k.age, labels.FromStrings(append(text, model.MetricNameLabel, "fengsui_known_age_seconds")...))
		p.relabel(&c.downs[i].series, labels.FromStrings(append(text, model.MetricNameLabel, "fengsui_known_down_looks")...))
	}
}

func (p *Posture) relabelSite(s *site) {
	if s.known.state.labels.IsEmpty() {
		s.known.state.labels = labels.FromStrings(model.MetricNameLabel, "fengsui_known_site_state", "site", s.id)
		s.known.age.labels = labels.FromStrings(model.MetricNameLabel, "fengsui_known_site_age_seconds", "site", s.id)
		s.offset.labels = labels.FromStrings(model.MetricNameLabel, "fengsui_known_clock_offset_seconds", "site", s.id)
		s.filled.labels = labels.FromStrings(model.MetricNameLabel, "fengsui_known_spool_ratio", "site", s.id)
		s.oldest.labels = labels.FromStrings(model.MetricNameLabel, "fengsui_known_spool_oldest_seconds", "site", s.id)
	}
}

// age is how old the newest result of a check is.
func (p *Posture) age(c *check, up time.Duration) time.Duration {
	pair := &c.cur.faces[0]
	if pair.heard {
		return up - pair.live
	}
	return max(0, p.clock.wall.Sub(time.Unix(0, pair.at)))
}

func (p *Posture) siteAge(s *site, up time.Duration) time.Duration {
	if s.heard {
		return up - s.contact
	}
	return max(0, p.clock.wall.Sub(s.last))
}
