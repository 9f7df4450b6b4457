package ingest

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"google.golang.org/protobuf/encoding/protowire"

	"fengsui/checks"
	"fengsui/collector/history"
	"fengsui/collector/wire"
)

// A kind is a checks.Kind with the names of its series.
type kind struct {
	*checks.Kind
	series  []string // fengsui_<kind>_<measurement>
	maxRows int
}

func newKind(k *checks.Kind) *kind {
	all := &kind{Kind: k, maxRows: wire.RowsOfResult(k.RowKey)}
	for _, m := range k.Measurements {
		all.series = append(all.series, "fengsui_"+k.Name+"_"+m.Name)
	}
	return all
}

// A dictionary translates a wire.KindNames: an agent may know other
// measurements than the collector does.
type dictionary struct {
	kind         *kind // nil: not known here
	name         string
	measurements []int // index into the kind's, -1: not known here
}

// Bounds of what agents can make us remember; each of their releases has one
// dictionary per kind, of some hundred bytes.
const (
	maxDictionaries = 4096
	maxDictionary   = 4096 // bytes
)

func (i *Ingest) dictionary(encoded []byte) *dictionary {
	if d, ok := i.dictionaries[string(encoded)]; ok {
		return d
	}
	d := &dictionary{}
	var names []string
	err := fields(encoded, func(f field) error {
		switch {
		case f.is(1, protowire.BytesType):
			d.name = string(f.bytes)
		case f.is(2, protowire.BytesType):
			if len(names) < maxValuesOfRow {
				names = append(names, string(f.bytes))
			}
		}
		return nil
	})
	if k := i.kinds[d.name]; k != nil && err == nil {
		d.kind = k
		for _, name := range names {
			d.measurements = append(d.measurements, slices.IndexFunc(k.Measurements, func(m checks.Measurement) bool { return m.Name == name }))
		}
	}
	if len(encoded) > maxDictionary {
		return d // no honest one: it costs its sender time and us no memory
	}
	if len(i.dictionaries) >= maxDictionaries {
		clear(i.dictionaries)
	}
	i.dictionaries[string(encoded)] = d
	return d
}

// A revision keeps the series of an assignment's checks, so that a sample
// costs neither its labels nor a look-up by them.
type revision struct {
	id     []byte
	checks map[uint32]*check
	used   time.Time
}

// revision returns nil for a revision that was never published here.
func (i *Ingest) revision(of []byte) (*revision, error) {
	if r, ok := i.revisions[string(of)]; ok {
		return r, nil
	}
	var known bool
	if err := i.o.DB.Read.QueryRow("SELECT count(*) FROM revisions WHERE revision = ?", of).Scan(&known); err != nil {
		return nil, fmt.Errorf("look up revision %x: %w", of, err)
	}
	if !known {
		return nil, nil
	}
	r := &revision{id: slices.Clone(of), checks: map[uint32]*check{}}
	i.revisions[string(of)] = r
	return r, nil
}

// A check is one check of a revision with its series, made as they are met.
type check struct {
	Check
	kind     *kind // nil: not known here
	states   [3]history.Series
	duration history.Series
	rows     []*rowSeries
	byKey    [3]map[string]*rowSeries // by family; only when there are many
}

type rowSeries struct {
	face   int
	key    string
	values []history.Series // by measurement
}

// check returns nil when the revision has no check of that number.
func (i *Ingest) check(r *revision, number uint32) (*check, error) {
	if c, ok := r.checks[number]; ok {
		return c, nil
	}
	labels, ok, err := i.o.Check(r.id, number)
	if err != nil || !ok {
		return nil, err
	}
	c := &check{Check: labels, kind: i.kinds[labels.Kind]}
	for face, f := range families {
		c.states[face] = c.series("fengsui_check_state", f, "", "")
	}
	c.duration = c.series("fengsui_check_duration_seconds", checks.Pair, "", "")
	r.checks[number] = c
	return c, nil
}

// families by face, which is how verdicts and series are indexed.
var families = [3]checks.Family{checks.Pair, checks.V4, checks.V6}

// face returns the index of a family on the wire.
func face(family uint32) (int, bool) {
	switch checks.Family(family) {
	case checks.Pair:
		return 0, family == 0
	case checks.V4:
		return 1, family == 4
	case checks.V6:
		return 2, family == 6
	}
	return 0, false
}

func (c *check) series(name string, f checks.Family, rowKey, key string) history.Series {
	b := labels.NewBuilder(labels.FromStrings(
		model.MetricNameLabel, name, "site", c.Site, "check", c.Check.Check, "kind", c.Kind, "target", c.Target, "family", f.String()))
	if rowKey != "" {
		b.Set(rowKey, key)
	}
	return history.NewSeries(b.Labels())
}

// manyRows is from where on a map finds a row sooner than a look through all.
const manyRows = 12

// row returns the series of a row. Rows come in the same order each time, so
// that the n-th row of the result is mostly the n-th that is known.
func (c *check) row(n, face int, key []byte) *rowSeries {
	if n < len(c.rows) && c.rows[n].face == face && c.rows[n].key == string(key) {
		return c.rows[n]
	}
	if c.byKey[face] != nil {
		if r := c.byKey[face][string(key)]; r != nil {
			return r
		}
	} else {
		for _, r := range c.rows {
			if r.face == face && r.key == string(key) {
				return r
			}
		}
	}
	r := &rowSeries{face: face, key: string(key), values: make([]history.Series, len(c.kind.series))}
	c.rows = append(c.rows, r)
	switch {
	case len(c.rows) == manyRows:
		for f := range c.byKey {
			c.byKey[f] = map[string]*rowSeries{}
		}
		for _, r := range c.rows {
			c.byKey[r.face][r.key] = r
		}
	case len(c.rows) > manyRows:
		c.byKey[face][r.key] = r
	}
	return r
}

// forget drops a row whose series the site may not have: an agent that makes
// up keys must not fill our memory with them.
func (c *check) forget(r *rowSeries) {
	if n := len(c.rows) - 1; c.rows[n] == r {
		c.rows[n] = nil
		c.rows = c.rows[:n]
	} else {
		c.rows = slices.DeleteFunc(c.rows, func(x *rowSeries) bool { return x == r })
	}
	if c.byKey[r.face] != nil {
		delete(c.byKey[r.face], r.key)
	}
}

// value returns the series of one measurement of a row.
func (c *check) value(r *rowSeries, m int) *history.Series {
	s := &r.values[m]
	if s.IsZero() {
		rowKey := ""
		if r.key != "" {
			rowKey = c.kind.RowKey
		}
		*s = c.series(c.kind.series[m], families[r.face], rowKey, r.key)
	}
	return s
}

func (c *check) String() string { return c.Site + "/" + strconv.Quote(c.Check.Check) }
