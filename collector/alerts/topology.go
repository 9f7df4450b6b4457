package alerts

import (
	"context"
	"slices"
	"time"

	"github.com/prometheus/common/model"

	"fengsui/collector/graph"
	"fengsui/configs"
)

// nodeLabel names the node that an alert is about.
const nodeLabel = "node"

// placeEvery is how old the holds may be that a flush goes by.
const placeEvery = time.Second

// place asks the graph of every open alert that nobody was told of where its
// cause lies, and holds those whose cause is told in their place. Groups in
// which one became free after their flush are flushed at once.
func (a *Alerts) place(ctx context.Context) error {
	a.placing.Lock()
	defer a.placing.Unlock()
	now := a.o.Now()
	p := placement{now: now, linger: a.o.Linger()}
	if a.o.Look != nil {
		p.g, p.h = a.o.Look()
	}
	holds := map[model.Fingerprint]hold{}
	a.book.mu.Lock()
	p.gather(a.book)
	for fp, e := range a.book.open {
		h := hold{}
		if p.g != nil && e.notified.IsZero() {
			h = p.hold(e)
		}
		holds[fp] = h
	}
	a.book.mu.Unlock()
	if err := a.book.keep(ctx, holds); err != nil {
		a.fail(err)
		return err
	}
	a.placed = now
	return nil
}

// flushFree flushes the groups of alerts that are free, but were held when
// their group was last flushed: they have waited long enough.
func (a *Alerts) flushFree() {
	var free []*entry
	a.book.mu.Lock()
	for _, e := range a.book.open {
		if e.hold.missed && !e.hold.holds() {
			e.hold.missed = false
			free = append(free, e)
		}
	}
	a.book.mu.Unlock()
	for _, e := range free {
		a.o.Logger.Info("alert is held no more and told", "rule", e.rule, "labels", e.labels.String())
		a.sender.flushNow(e.labels)
	}
}

// placeFor is place for a flush, unless that was done a moment ago for all of
// its alerts.
func (a *Alerts) placeFor(ctx context.Context, fps []model.Fingerprint) error {
	a.placing.Lock()
	fresh := a.o.Now().Sub(a.placed) < placeEvery
	a.placing.Unlock()
	a.book.mu.Lock()
	fresh = fresh && !slices.ContainsFunc(fps, func(fp model.Fingerprint) bool {
		e := a.book.open[fp]
		return e != nil && !e.placed
	})
	a.book.mu.Unlock()
	if fresh {
		return nil
	}
	return a.place(ctx)
}

// A placement is one look at the graph for all alerts.
type placement struct {
	now     time.Time
	linger  time.Duration // how long what hung on a cause stays held after its end
	g       *graph.Graph
	h       graph.Health
	told    map[configs.Node][]*entry // open alerts by the node that they are about
	pending map[configs.Node][]*entry
}

func (p *placement) gather(b *book) {
	p.told, p.pending = map[configs.Node][]*entry{}, map[configs.Node][]*entry{}
	if p.g == nil {
		return
	}
	for _, e := range b.open {
		if n, _ := p.subject(e); n != "" && e.tellable() {
			p.told[n] = append(p.told[n], e)
		}
	}
	for _, e := range b.pending {
		if n, _ := p.subject(e); n != "" {
			p.pending[n] = append(p.pending[n], e)
		}
	}
}

// subject is the node that an alert is about: what its label says, or the
// subject of the check that it names. It is seen from the site that it names.
func (p *placement) subject(e *entry) (n configs.Node, vantages []string) {
	site := string(e.labels["site"])
	n = configs.Node(e.labels[nodeLabel])
	if n == "" {
		n = p.g.Subject(site, string(e.labels["check"]))
	}
	if site != "" && n != configs.NodeOf("site", site) {
		return n, []string{site}
	}
	return n, p.h[n].Vantages
}

// hold says by what an alert is to be held now.
func (p *placement) hold(e *entry) hold {
	n, vantages := p.subject(e)
	if n == "" {
		return hold{}
	}
	c := p.g.Cause(n, vantages, p.h, e.active)
	switch was := e.hold; {
	case c.Node != "" && !c.Suspected:
		if h := p.under(e, n, c.Node); h.holds() {
			return h
		}
		return p.lingers(e)
	case was.holds() && !was.waits:
		return p.lingers(e)
	case c.Suspected && p.now.Before(e.started.Add(c.Settle)):
		return hold{by: c.Node, since: e.started, waits: true}
	}
	return hold{}
}

// under holds an alert by the highest cause of which somebody is told, going
// up from the one next to it. Where none of them has an alert that is at
// least as urgent, it waits for one no longer than the cause takes to be
// judged: what nobody is told of holds nothing back.
func (p *placement) under(e *entry, n, cause configs.Node) hold {
	chain := []configs.Node{}
	for up := cause; up != "" && up != n && !slices.Contains(chain, up); {
		chain = append(chain, up)
		c := p.g.Cause(up, p.h[up].Vantages, p.h, e.active)
		if c.Suspected {
			break
		}
		up = c.Node
	}
	for _, up := range slices.Backward(chain) {
		if by := p.tells(up, e); by != nil {
			h := hold{by: up, since: p.now, under: by.fingerprint}
			if e.hold.by == up && !e.hold.waits {
				h.since = e.hold.since
			}
			return h
		}
	}
	top := chain[len(chain)-1]
	settle := p.h[top].Settle()
	if slices.ContainsFunc(p.pending[top], func(o *entry) bool { return urgent(o, e) }) {
		settle = max(settle, graph.MaxSettle)
	}
	if p.now.Before(e.started.Add(settle)) {
		return hold{by: top, since: e.started, waits: true}
	}
	return hold{}
}

// tells returns an open alert about a node that is told in the place of
// another one; nil: none.
func (p *placement) tells(n configs.Node, e *entry) *entry {
	var best *entry
	for _, o := range p.told[n] {
		if o != e && urgent(o, e) && (best == nil || o.started.Before(best.started) || o.started.Equal(best.started) && o.fingerprint < best.fingerprint) {
			best = o
		}
	}
	return best
}

// urgent says whether an alert is at least as urgent as another: a page is
// never held by a ticket, which nobody reads at night.
func urgent(o, than *entry) bool {
	rank := func(e *entry) int {
		i := slices.Index(configs.Severities, string(e.labels[severityLabel]))
		if i < 0 {
			return len(configs.Severities)
		}
		return i
	}
	return rank(o) <= rank(than)
}

// lingers goes on with a hold whose cause is not failing any more: as long as
// nobody can say how the cause is and its alert is open, and for a while
// after its end.
func (p *placement) lingers(e *entry) hold {
	h := e.hold
	if !h.holds() || h.waits {
		return hold{}
	}
	if by := p.tells(h.by, e); by != nil && p.h[h.by].Verdict == graph.Unknown {
		h.freed, h.under = time.Time{}, by.fingerprint
		return h
	}
	h.under = 0
	if h.freed.IsZero() {
		h.freed = p.now
	}
	if p.now.Sub(h.freed) >= p.linger {
		return hold{}
	}
	return h
}
