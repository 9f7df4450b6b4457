package ingest

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"fengsui/checks"
	"fengsui/collector/history"
	"fengsui/collector/posture"
	"fengsui/collector/wire"
)

// store appends the samples of a batch's results and gathers what they say.
func (g *group) store(a *agent, j *job, b *batch, rev *revision) {
	i, d := g.i, b.body
	rev.used = j.received
	s := storing{
		g: g, a: a, j: j, b: b, rev: rev,
		boot:     a.boots[id(d.boot)],
		earliest: j.received.Add(-i.o.OutOfOrder).UnixNano(),
		latest:   j.received.Add(future).UnixNano(),
	}
	for _, encoded := range d.kinds {
		s.kinds = append(s.kinds, i.dictionary(encoded))
	}
	b.outcome = wire.BatchAnswer_DECIDED // unless any result is stored
	byTime := func(x, y int) int { return cmp.Compare(d.results[x].bootNs, d.results[y].bootNs) }
	order := i.order[:0]
	for n := range d.results {
		order = append(order, n)
	}
	if !slices.IsSortedFunc(order, byTime) {
		slices.SortStableFunc(order, byTime)
	}
	i.order = order
	for _, n := range order {
		s.seq = b.span.first + uint64(n)
		if s.result(&d.results[n]) {
			b.outcome = wire.BatchAnswer_STORED
		}
		if g.err == nil && g.app != nil && g.app.Len() >= maxValues {
			g.err = g.flush()
		}
		if g.err != nil {
			return
		}
	}
	i.metrics.results.Add(float64(len(order)))
}

// storing is the work on one batch.
type storing struct {
	g     *group
	a     *agent
	j     *job
	b     *batch
	rev   *revision
	boot  *boot // nil: never heard of
	kinds []*dictionary

	earliest, latest int64 // bounds of a result's time, in Unix ns

	seq uint64 // of the result at work
}

// refuse counts the result that is at work as refused, wholly or in part.
func (s *storing) refuse(code, format string, args ...any) {
	s.g.refuse(s.a, s.j, s.b.epoch, span{s.seq, s.seq}, code, fmt.Sprintf(format, args...))
}

// result stores one result and says whether it did. What is wrong with a part
// of it costs that part: the verdict is what matters most.
func (s *storing) result(r *result) bool {
	c, err := s.g.i.check(s.rev, r.check)
	if err != nil {
		s.g.err = fmt.Errorf("look up check number %d of site %s: %w", r.check, s.a.site, err)
		return false
	}
	if c == nil || c.Site != s.a.site {
		s.refuse(codeCheck, "check number %d of revision %.8x, of site %s", r.check, s.rev.id, s.a.site)
		return false
	}
	if int(r.kind) >= len(s.kinds) || c.kind == nil || s.kinds[r.kind].kind != c.kind {
		seen := "none"
		if int(r.kind) < len(s.kinds) {
			seen = s.kinds[r.kind].name
		}
		s.refuse(codeKind, "check %s is of kind %s, its result is of kind %q", c, c.Kind, clean([]byte(seen), maxWord))
		return false
	}
	ns, ok := s.time(r)
	if !ok {
		s.refuse(codeClock, "check %s at %s, want between %s and %s", c, time.Unix(0, ns).UTC().Format(time.RFC3339), time.Unix(0, s.earliest).UTC().Format(time.RFC3339), time.Unix(0, s.latest).UTC().Format(time.RFC3339))
		return false
	}
	if !r.verdicts[0].present {
		s.refuse(codeBroken, "check %s has no verdict", c) // never up for want of one
		return false
	}
	for _, v := range r.verdicts {
		if v.present && (v.state < 0 || v.state > int32(checks.Unable)) {
			s.refuse(codeValue, "check %s has state %d, want 0 to 3", c, v.state)
			return false
		}
	}
	ms := ns / int64(time.Millisecond)
	if !s.append(c, &c.states[0], ms, float64(r.verdicts[0].state)) {
		return false
	}
	for f := 1; f < len(r.verdicts); f++ {
		if r.verdicts[f].present {
			s.append(c, &c.states[f], ms, float64(r.verdicts[f].state))
		}
	}
	s.append(c, &c.duration, ms, float64(r.durationNs)/float64(time.Second))
	s.rows(c, r, ms)
	s.observe(c, r, ns)
	s.g.markDirty(c.Site, ms)
	return true
}

// time returns when a result was made, in Unix ns, and whether that is
// possible: by the anchor of its boot, and by the agent's wall clock only for
// a boot of which nothing was ever heard.
func (s *storing) time(r *result) (int64, bool) {
	ns := r.wallNs
	if offset, ok := s.boot.offset(r.bootNs); ok {
		if r.bootNs < 0 || r.bootNs > math.MaxInt64/4 {
			return r.bootNs, false
		}
		ns = r.bootNs + offset
	}
	return ns, s.earliest <= ns && ns <= s.latest
}

// append adds one sample. It says whether the verdict may go on: a full site
// loses series, a sample that the TSDB refuses loses its result.
func (s *storing) append(c *check, to *history.Series, ms int64, v float64) bool {
	err := s.g.appender().Append(to, ms, v)
	switch {
	case err == nil:
		return true
	case errors.Is(err, history.ErrSeriesLimit):
		s.refuse(codeSeries, "check %s: %v", c, err)
		return true
	case errors.Is(err, history.ErrValue):
		s.refuse(codeValue, "check %s: %v", c, err)
		return true
	}
	s.refuse(codeSample, "check %s: %v", c, err)
	return false
}

func (s *storing) rows(c *check, r *result, ms int64) {
	d := s.b.body
	measurements := s.kinds[r.kind].measurements
	for n, w := range d.rows[r.rows.from:r.rows.to] {
		if n == c.kind.maxRows {
			s.refuse(codeRows, "check %s has %d rows, at most %d are taken", c, r.rows.to-r.rows.from, c.kind.maxRows)
			return
		}
		face, ok := face(w.family)
		if !ok || w.broken {
			s.refuse(codeRows, "check %s has a row of family %d whose names and values do not match, or no such family", c, w.family)
			continue
		}
		if len(w.key) > wire.MaxKey || len(w.key) > 0 && c.kind.RowKey == "" || !utf8.Valid(w.key) {
			s.refuse(codeKey, "check %s has a row with the key %s of %d bytes, want UTF-8 of at most %d bytes, and none where the kind declares none", c, clean(w.key, maxWord), len(w.key), wire.MaxKey)
			continue
		}
		var known *rowSeries
		full := false
		for _, v := range d.values[w.values.from:w.values.to] {
			if int(v.name) >= len(measurements) || measurements[v.name] < 0 {
				s.refuse(codeMeasurement, "check %s has the measurement number %d of kind %s, which is not known here", c, v.name, c.Kind)
				continue
			}
			if math.IsNaN(v.value) || math.IsInf(v.value, 0) {
				s.refuse(codeValue, "check %s has %s = %v, want a finite number", c, c.kind.series[measurements[v.name]], v.value)
				continue
			}
			if known == nil {
				known = c.row(n, face, w.key)
			}
			to := c.value(known, measurements[v.name])
			s.append(c, to, ms, v.value)
			full = full || to.Unknown()
		}
		if full {
			c.forget(known)
		}
	}
}

// observe gathers what the posture has to know: the pair first, then the
// families, all of one time.
func (s *storing) observe(c *check, r *result, ns int64) {
	d := s.b.body
	at := time.Unix(0, ns)
	for f, v := range r.verdicts {
		if !v.present {
			continue
		}
		o := posture.Observed{
			Site: c.Site, Check: c.Check.Check, Kind: c.Kind, Target: c.Target, Interval: c.Interval,
			Family: families[f], State: checks.State(v.state), At: at,
		}
		if len(v.code) > 0 {
			o.Reason.Code, o.Reason.State = s.g.i.code(v.code), o.State
			for _, a := range d.args[v.args.from:v.args.to] {
				o.Reason.Args = append(o.Reason.Args, checks.Arg{Name: s.g.i.code(a.name), Value: clean(a.value, maxArg)})
			}
		}
		if f == 0 && r.findings.to > r.findings.from {
			o.Findings = s.findings(c, d.findings[r.findings.from:r.findings.to])
		}
		s.g.i.observed = append(s.g.i.observed, o)
	}
}

func (s *storing) findings(c *check, all []finding) []checks.Finding {
	found := make([]checks.Finding, 0, len(all))
	for _, f := range all {
		at, ok := face(f.family)
		if !ok || len(f.rule) == 0 || len(f.rule) > maxWord || !utf8.Valid(f.rule) || f.outcome > uint32(checks.Waived) {
			s.refuse(codeFindings, "check %s has a finding of rule %q, family %d, outcome %d", c, clean(f.rule, maxWord), f.family, f.outcome)
			continue
		}
		found = append(found, checks.Finding{
			Rule: string(f.rule), Family: families[at], Outcome: checks.Outcome(f.outcome), Evidence: clean(f.evidence, maxEvidence),
		})
	}
	return found
}

// Bounds of foreign text, in bytes.
const (
	maxArg      = 256
	maxEvidence = 1024
	maxCodes    = 4096 // texts remembered
)

// code returns a short foreign text, the same string each time.
func (i *Ingest) code(b []byte) string {
	if s, ok := i.codes[string(b)]; ok {
		return s
	}
	s := clean(b, maxWord)
	if len(b) > maxWord {
		return s // no honest one: it is not worth its memory
	}
	if len(i.codes) >= maxCodes {
		clear(i.codes)
	}
	i.codes[strings.Clone(string(b))] = s
	return s
}

// clean makes foreign text safe to keep and to show: UTF-8, one line, bounded.
func clean(b []byte, limit int) string {
	if len(b) > limit {
		b = b[:limit]
		for len(b) > 0 && !utf8.RuneStart(b[len(b)-1]) {
			b = b[:len(b)-1]
		}
		if n := len(b); n > 0 && b[n-1] >= utf8.RuneSelf {
			b = b[:n-1] // the first byte of the character that was cut
		}
	}
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(string(b), "\uFFFD"))
}

func word(s string) string { return clean([]byte(s), maxWord) }
