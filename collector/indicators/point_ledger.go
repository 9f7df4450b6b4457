package indicators

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"fengsui/collector/state"
	"fengsui/configs"
)

// A PointLedger keeps the rounds of points and how their states changed, in
// tables point_rounds, point_transitions and point_declared.
type PointLedger struct{ DB *state.DB }

// A PointRound is a round of a point as the ledger keeps it.
type PointRound struct {
	From, To time.Time
	Rating
}

// A roundKey is a round of a point.
type roundKey struct {
	point configs.Node
	began int64 // Unix ns
}

type kept struct {
	version  int
	verdict  Verdict
	criteria string
}

// Enter writes the ratings of rounds that are over, by their beginnings, where
// they differ from the newest versions that are kept, and what that changes in
// the states of their points, in one transaction. It returns how many rounds
// changed. Rounds that overlap others of another length, from before the
// settings changed, stay as they are: no time counts twice.
func (l PointLedger) Enter(ctx context.Context, d *configs.District, rounds map[time.Time]map[int]Rating, now time.Time) (changed int, err error) {
	e := &entering{d: d, now: now.UnixNano(), since: map[configs.Node]time.Time{}}
	if err := l.differing(ctx, e, rounds); err != nil {
		return 0, fmt.Errorf("compare rounds of points with the ledger: %w", err)
	}
	err = l.DB.Write(ctx, func(tx *sql.Tx) error {
		e.tx = tx
		return e.enter()
	})
	if err != nil {
		return 0, fmt.Errorf("enter rounds of points into the ledger: %w", err)
	}
	return len(e.rows), nil
}

// entering is one transaction of Enter.
type entering struct {
	d     *configs.District
	now   int64
	tx    *sql.Tx
	rows  []enteredRound
	since map[configs.Node]time.Time // by point that changed: from when on its states are told anew
}

type enteredRound struct {
	roundKey
	ends    int64
	version int
	verdict Verdict
	text    string // criteria
}

// differing finds the rounds whose rating is another than the newest kept.
func (l PointLedger) differing(ctx context.Context, e *entering, rounds map[time.Time]map[int]Rating) error {
	if len(rounds) == 0 {
		return nil
	}
	length := e.d.Indicators.PointRound
	first, last := int64(1)<<62, int64(0)
	for began := range rounds {
		first, last = min(first, began.UnixNano()), max(last, began.UnixNano())
	}
	old, foreign, err := l.window(ctx, first, last, int64(length))
	if err != nil {
		return err
	}
	for began, ratings := range rounds {
		for i, r := range ratings {
			row := enteredRound{roundKey: roundKey{configs.NodeOf("point", e.d.Points[i].ID), began.UnixNano()}, ends: began.Add(length).UnixNano(), verdict: r.Verdict}
			if slices.ContainsFunc(foreign[row.point], func(o [2]int64) bool { return o[0] < row.ends && o[1] > row.began }) {
				continue
			}
			text, err := json.Marshal(r.Criteria)
			if err != nil {
				return err
			}
			was := old[row.roundKey]
			if row.text = string(text); was.version > 0 && was.verdict == r.Verdict && was.criteria == row.text {
				continue
			}
			row.version = was.version + 1
			e.rows = append(e.rows, row)
			e.anew(row.point, began)
		}
	}
	return nil
}

func (e *entering) anew(point configs.Node, from time.Time) {
	if was, ok := e.since[point]; !ok || from.Before(was) {
		e.since[point] = from
	}
}

// window reads the newest versions of the rounds that began within a span, and
// the spans of those of another length that may reach into it.
func (l PointLedger) window(ctx context.Context, first, last, length int64) (map[roundKey]kept, map[configs.Node][][2]int64, error) {
	old, foreign := map[roundKey]kept{}, map[configs.Node][][2]int64{}
	const longest = int64(31 * 24 * time.Hour) // of a round, as the settings allow
	err := l.each(ctx, `SELECT point, began, ends, version, verdict, CASE WHEN began >= ?1 THEN criteria ELSE '' END FROM point_rounds
		WHERE began >= ?1 - ?4 AND began < ?2 + ?3 AND (began >= ?1 OR ends - began <> ?3) ORDER BY point, began, version`,
		func(scan func(...any) error) error {
			var k roundKey
			var ends int64
			var was kept
			if err := scan(&k.point, &k.began, &ends, &was.version, &was.verdict, &was.criteria); err != nil {
				return err
			}
			if ends-k.began != length {
				foreign[k.point] = append(foreign[k.point], [2]int64{k.began, ends})
			} else {
				old[k] = was
			}
			return nil
		}, first, last, length, longest)
	return old, foreign, err
}

func (l PointLedger) each(ctx context.Context, query string, f func(scan func(...any) error) error, args ...any) error {
	rows, err := l.DB.Read.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	return scanAll(rows, f)
}

func scanAll(rows *sql.Rows, f func(scan func(...any) error) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := f(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (e *entering) enter() error {
	for _, r := range e.rows {
		if _, err := e.tx.Exec("INSERT INTO point_rounds VALUES (?, ?, ?, ?, ?, ?, ?)", string(r.point), r.began, r.ends, r.version, e.now, string(r.verdict), r.text); err != nil {
			return err
		}
	}
	for i := range e.d.Points {
		if err := e.declare(&e.d.Points[i]); err != nil {
			return err
		}
	}
	for point, from := range e.since {
		if err := e.retell(point, from); err != nil {
			return fmt.Errorf("%s: %w", point, err)
		}
	}
	return nil
}

// declare notes what the inventory says of a point where that is new.
func (e *entering) declare(p *configs.Point) error {
	node := configs.NodeOf("point", p.ID)
	var was bool
	err := e.tx.QueryRow("SELECT started FROM point_declared WHERE point = ? ORDER BY made DESC LIMIT 1", string(node)).Scan(&was)
	if err != nil && !errors.Is(err, sql.ErrNoRows) || was == p.Started {
		return ignoreNoRows(err)
	}
	if _, err := e.tx.Exec("INSERT INTO point_declared VALUES (?, ?, ?)", string(node), e.now, p.Started); err != nil {
		return err
	}
	e.anew(node, time.Unix(0, e.now))
	return nil
}

func ignoreNoRows(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}
