package indicators

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"fengsui/checks"
	"fengsui/configs/calendar"
)

// roundOf is the beginning of the round of points that holds a moment. Rounds
// are counted from a midnight of the district, so those of whole days are days.
func roundOf(t time.Time, length time.Duration) time.Time {
	first := time.Date(2000, 1, 1, 0, 0, 0, 0, calendar.Zone)
	since := t.Sub(first)
	n := since / length
	if since < 0 && since%length != 0 {
		n--
	}
	return first.Add(n * length)
}

// A pointReader gathers the evidence of points from the history: seen series
// of family 6, so late data is in it, and from the record of transitions the
// reasons, which no series has.
type pointReader struct {
	plan     *pointPlan
	length   int64 // ms, of a round
	from, to int64 // ms
	reasons  *reasons
	rounds   map[int64]pointSights // by index since from
	looked   map[looker]map[int64]bool
	paired   map[looker][]int64 // looks of dual checks that decided something
}

// readPoints returns what was seen from one beginning of a round on until a
// time, by the beginnings of rounds. A round of which nothing was seen is not
// in it.
func readPoints(ctx context.Context, q storage.Queryable, db *sql.DB, plan *pointPlan, from, until time.Time) (map[time.Time]pointSights, error) {
	r := &pointReader{plan: plan, length: plan.s.PointRound.Milliseconds(), from: from.UnixMilli(), to: until.UnixMilli(),
		reasons: &reasons{ctx: ctx, db: db, from: from.UnixNano(), to: until.UnixNano(), told: map[face][]told{}},
		rounds:  map[int64]pointSights{}, looked: map[looker]map[int64]bool{}, paired: map[looker][]int64{}}
	if r.to <= r.from || len(plan.uses)+len(plan.records) == 0 {
		return nil, nil
	}
	querier, err := q.Querier(r.from, r.to-1)
	if err != nil {
		return nil, fmt.Errorf("read the history of the points from %s on: %w", from.Format(time.RFC3339), err)
	}
	defer querier.Close()
	for _, s := range []struct {
		name string
		more *labels.Matcher
		of   func(looker) bool
		each func(looker, labels.Labels, chunkenc.Iterator) error
	}{
		{"fengsui_check_state", labels.MustNewMatcher(labels.MatchRegexp, "family", "6|pair"), func(l looker) bool { return plan.uses[l] != nil }, r.state},
		{"fengsui_dns_records", labels.MustNewMatcher(labels.MatchEqual, "type", "AAAA"), func(l looker) bool { return plan.records[l] != nil }, r.records},
	} {
		err := each(ctx, querier, s.name, func(l labels.Labels, it chunkenc.Iterator) error {
			from := looker{l.Get("site"), l.Get("check")}
			if !s.of(from) {
				return nil
			}
			return s.each(from, l, it)
		}, s.more)
		if err != nil {
			return nil, fmt.Errorf("read %s of the points from %s on: %w", s.name, from.Format(time.RFC3339), err)
		}
	}
	r.absent()
	all := map[time.Time]pointSights{}
	for i, sights := range r.rounds {
		plan.quorums(sights)
		all[from.Add(time.Duration(i)*plan.s.PointRound)] = sights
	}
	return all, nil
}

// state takes the states of a check.
func (r *pointReader) state(from looker, l labels.Labels, it chunkenc.Iterator) error {
	if l.Get("family") != checks.V6.String() {
		for r.plan.dual[from] && it.Next() != chunkenc.ValNone {
			if t, v := it.At(); v <= float64(checks.Down) {
				r.paired[from] = append(r.paired[from], t)
			}
		}
		return nil
	}
	if r.looked[from] == nil {
		r.looked[from] = map[int64]bool{}
	}
	for it.Next() != chunkenc.ValNone {
		t, v := it.At()
		state := checks.State(v)
		if math.IsNaN(v) || !state.Valid() {
			continue
		}
		code, err := "", error(nil)
		if state != checks.Up {
			if code, err = r.reasons.at(face{from, checks.V6}, t, state); err != nil {
				return err
			}
		}
		if r.plan.dual[from] {
			r.looked[from][t] = true
		}
		for _, a := range r.plan.uses[from] {
			r.take(a, meets(a.criterion, state, code, r.plan.dual[from]), from, t, code)
		}
	}
	return nil
}

// records takes how many AAAA records were in the answers to a check.
func (r *pointReader) records(from looker, l labels.Labels, it chunkenc.Iterator) error {
	n, err := strconv.Atoi(l.Get("family"))
	if err != nil {
		return nil // no family that has rows
	}
	for it.Next() != chunkenc.ValNone {
		t, v := it.At()
		if math.IsNaN(v) {
			continue
		}
		code := ""
		if v == 0 {
			if code, err = r.reasons.any(face{from, checks.Family(n)}, t); err != nil {
				return err
			}
		}
		for _, a := range r.plan.records[from] {
			r.take(a, records(v, code), from, t, code)
		}
	}
	return nil
}

// absent finds the looks at a name over both families that had no address of
// IPv6 to look at: they have a verdict of the pair and none of family 6. A
// website fails V1 so, and nothing else; what has no such criterion, as a name
// server or a device, is not reached over IPv6.
func (r *pointReader) absent() {
	for from, times := range r.paired {
		for _, t := range times {
			if r.looked[from][t] {
				continue
			}
			for _, a := range r.plan.uses[from] {
				if slices.Contains(needAddress, a.criterion) {
					r.take(a, Failed, from, t, codeAbsent)
				}
			}
		}
	}
}

var needAddress = []string{criterionAAAA, criterionNS, criterionPing, criterionSNMP, criterionUpper, criterionLower}

func (r *pointReader) take(a aspect, seen Seen, from looker, ms int64, code string) {
	i := (ms - r.from) / r.length
	if r.rounds[i] == nil {
		r.rounds[i] = pointSights{}
	}
	s := r.rounds[i].of(a, from.site)
	l := Look{Site: from.site, Check: from.check, At: time.UnixMilli(ms).In(calendar.Zone), Code: code}
	if a.point == everywhere || r.plan.points[a.point].Kind == "T" {
		s.last(seen, l)
	} else {
		s.every(seen, l)
	}
}
