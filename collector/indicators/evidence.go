package indicators

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"fengsui/checks"
	"fengsui/collector/origins"
	"fengsui/configs"
	"fengsui/configs/calendar"
)

// carry is for how long a known state of a site holds without a sample: it is
// written once a minute.
const carry = 90 * time.Second

// A reader gathers the evidence of a day from the history: seen series, so
// late data is in it, and the known states of sites for contact.
type reader struct {
	d       *configs.District
	stays   map[string][]origins.Stay
	began   int64 // ms
	round   int64 // ms
	n       int   // rounds
	by      map[configs.Node][]Evidence
	uses    map[source][]use      // what a check's states are evidence of
	quality map[source][]*samples // what an icmp check's rows are evidence of
	contact map[string][]configs.Node
	doors   map[configs.Node]*door // of access points with an agent
	alive   []bool                 // that the collector was at work, by round
	vain    map[configs.Node][]vain
}

// A vain round is one in which the collector listened to a silent site, and
// its agent was probing.
type vain struct{ silent, probing bool }

type source struct{ site, check string }

// A use is a place in the evidence: slot -1 is the gateway.
type use struct {
	node configs.Node
	slot int
}

// samples are the quality of an access point by round.
type samples struct {
	node configs.Node
	loss [][]float64
	rtt  [][]float64
}

// A span is so many rounds of a length, from a moment on.
type span struct {
	from  time.Time
	round time.Duration
	n     int
}

// evidence reads what was seen of all access points on the rounds of a span.
// stays are the addresses from which agents were heard, by site.
func evidence(ctx context.Context, q storage.Queryable, d *configs.District, stays map[string][]origins.Stay, over span) (map[configs.Node][]Evidence, error) {
	r := &reader{d: d, stays: stays, began: over.from.UnixMilli(), round: over.round.Milliseconds(), n: max(0, over.n),
		by: map[configs.Node][]Evidence{}, uses: map[source][]use{}, quality: map[source][]*samples{}, contact: map[string][]configs.Node{},
		doors: map[configs.Node]*door{}, vain: map[configs.Node][]vain{}}
	r.alive = make([]bool, r.n)
	qualities := r.plan()
	if r.n == 0 {
		return r.by, nil
	}
	querier, err := q.Querier(r.began-carry.Milliseconds(), r.began+int64(r.n)*r.round-1)
	if err != nil {
		return nil, fmt.Errorf("read the history from %s on: %w", over.from.In(calendar.Zone).Format(time.DateTime), err)
	}
	defer querier.Close()
	for _, s := range []struct {
		name string
		each func(labels.Labels, chunkenc.Iterator) error
	}{
		{"fengsui_check_state", r.state},
		{"fengsui_known_site_state", r.known},
		{"fengsui_icmp_loss_ratio", r.rows(func(s *samples) [][]float64 { return s.loss })},
		{"fengsui_icmp_rtt_seconds", r.rows(func(s *samples) [][]float64 { return s.rtt })},
	} {
		if err := each(ctx, querier, s.name, s.each); err != nil {
			return nil, fmt.Errorf("read %s from %s on: %w", s.name, over.from.In(calendar.Zone).Format(time.DateTime), err)
		}
	}
	for _, s := range qualities {
		for i := range r.n {
			if e := &r.by[s.node][i]; len(s.loss[i]) > 0 && len(s.rtt[i]) > 0 {
				e.Quality, e.Loss, e.RTT = true, mean(s.loss[i]), percentile95(s.rtt[i])
			}
		}
	}
	for node, of := range r.by {
		for i := range of {
			of[i].Blind = !r.alive[i]
			if len(of[i].Quorum) > 0 && of[i].Quorum[0] == Unseen && r.vain[node][i] == (vain{true, true}) {
				of[i].Quorum[0] = Failed
			}
		}
	}
	return r.by, nil
}

// each calls f with every series of a name that matches more.
func each(ctx context.Context, q storage.Querier, name string, f func(labels.Labels, chunkenc.Iterator) error, more ...*labels.Matcher) error {
	set := q.Select(ctx, false, nil, append(more, labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, name))...)
	var it chunkenc.Iterator
	for set.Next() {
		s := set.At()
		it = s.Iterator(it)
		if err := f(s.Labels(), it); err != nil {
			return err
		}
		if err := it.Err(); err != nil {
			return err
		}
	}
	return set.Err()
}

// plan says which checks are evidence of what, as the inventory has it now.
func (r *reader) plan() []*samples {
	var all []*samples
	quorum := map[configs.Node]int{}
	for i, id := range r.d.Indicators.Quorum {
		quorum[configs.NodeOf("service", id)] = i + 1 // 0 is the collector
	}
	for i := range r.d.Units {
		for k := range r.d.Units[i].Access {
			a := &r.d.Units[i].Access[k]
			node := a.Node()
			r.by[node] = make([]Evidence, r.n)
			site := r.d.Site(a.Site)
			if site == nil {
				continue
			}
			for n := range r.by[node] {
				r.by[node][n].Quorum = make([]Seen, 1+len(r.d.Indicators.Quorum))
			}
			r.vain[node] = make([]vain, r.n)
			r.contact[site.ID] = append(r.contact[site.ID], node)
			r.doors[node] = newDoor(r.stays[site.ID], extranet(r.d, a), r.d.Indicators.Extranet)
			own := slices.ContainsFunc(site.Checks, func(c configs.Check) bool { return c.Access == node })
			s := &samples{node: node, loss: make([][]float64, r.n), rtt: make([][]float64, r.n)}
			for _, c := range site.Checks {
				if own && c.Access != node || !own && c.Access != "" {
					continue
				}
				from := source{site.ID, c.ID}
				slot, isQuorum := quorum[c.Subject]
				if isQuorum {
					r.uses[from] = append(r.uses[from], use{node, slot})
				}
				if c.Kind == "icmp" && (isQuorum || c.Subject.Kind() == "site") {
					r.quality[from] = append(r.quality[from], s)
				}
			}
			all = append(all, s)
		}
	}
	for i := range r.d.Sites {
		if s := &r.d.Sites[i]; s.Kind == "hub" {
			for _, c := range s.Checks {
				if _, is := r.by[c.Subject]; is {
					from := source{s.ID, c.ID}
					r.uses[from] = append(r.uses[from], use{c.Subject, -1})
				}
			}
		}
	}
	return all
}

// state takes the states of a check. Of what it looked at in a round one
// success is enough; unable says nothing.
func (r *reader) state(l labels.Labels, it chunkenc.Iterator) error {
	uses := r.uses[source{l.Get("site"), l.Get("check")}]
	if len(uses) == 0 || l.Get("family") != checks.Pair.String() {
		return nil
	}
	for it.Next() != chunkenc.ValNone {
		t, v := it.At()
		i, ok := r.at(t)
		if !ok {
			continue
		}
		seen := Unseen
		switch v {
		case float64(checks.Up), float64(checks.Degraded):
			seen = Reached
		case float64(checks.Down):
			seen = Failed
		}
		for _, u := range uses {
			e := &r.by[u.node][i]
			switch {
			case u.slot < 0: // the hub's own look
				e.Gateway = max(e.Gateway, seen)
			case r.doors[u.node].open(time.UnixMilli(t)):
				r.vain[u.node][i].probing = true
				e.Quorum[u.slot] = max(e.Quorum[u.slot], seen)
			case seen != Unseen:
				e.Outside = true
			}
		}
	}
	return nil
}

// known takes the known states of a site: while it is up, the collector is
// reached. A state holds until the next, and no longer than carry. That there
// is one at all, of any site, shows the collector at work.
func (r *reader) known(l labels.Labels, it chunkenc.Iterator) error {
	nodes := r.contact[l.Get("site")]
	mark := func(from, to int64, state float64) { // the rounds that [from, to) touches
		for i := max(0, from-r.began) / r.round; i < int64(r.n) && r.began+i*r.round < to; i++ {
			r.alive[i] = true
			if state != float64(checks.Up) {
				for _, node := range nodes {
					r.vain[node][i].silent = state == float64(checks.Silent)
				}
				continue
			}
			at := time.UnixMilli(max(from, r.began+i*r.round))
			for _, node := range nodes {
				if e := &r.by[node][i]; r.doors[node].open(at) {
					e.Quorum[0] = Reached
				} else {
					e.Outside = true
				}
			}
		}
	}
	any, state, since := false, 0.0, int64(0)
	for it.Next() != chunkenc.ValNone {
		t, v := it.At()
		if any {
			mark(since, min(t, since+carry.Milliseconds()), state)
		}
		any, state, since = true, v, t
	}
	if any {
		mark(since, since+carry.Milliseconds(), state)
	}
	return nil
}

func (r *reader) rows(of func(*samples) [][]float64) func(labels.Labels, chunkenc.Iterator) error {
	return func(l labels.Labels, it chunkenc.Iterator) error {
		to := r.quality[source{l.Get("site"), l.Get("check")}]
		if len(to) == 0 {
			return nil
		}
		for it.Next() != chunkenc.ValNone {
			t, v := it.At()
			i, ok := r.at(t)
			if !ok || math.IsNaN(v) {
				continue
			}
			for _, s := range to {
				if r.doors[s.node].open(time.UnixMilli(t)) {
					of(s)[i] = append(of(s)[i], v)
				}
			}
		}
		return nil
	}
}

// at is the round of a moment; ok is false outside those that are read.
func (r *reader) at(ms int64) (int64, bool) {
	i := (ms - r.began) / r.round
	return i, ms >= r.began && i < int64(r.n)
}

func mean(of []float64) float64 {
	sum := 0.0
	for _, v := range of {
		sum += v
	}
	return sum / float64(len(of))
}

// percentile95 is the nearest rank.
func percentile95(of []float64) float64 {
	slices.Sort(of)
	return of[(len(of)*95+99)/100-1]
}
