package indicators

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"fengsui/configs"
)

// A ToldTransition is a transition as the ledger tells it.
type ToldTransition struct {
	Transition
	Withdrawn bool // it is not so after all
	Made      time.Time
	Evidence  []Criterion // of the round that changed it; empty where the inventory spoke
}

// Transitions returns what was known at a moment of how the states of points
// changed, oldest knowledge first, by point.
func (l PointLedger) Transitions(ctx context.Context, known time.Time) (map[configs.Node][]ToldTransition, error) {
	all := map[configs.Node][]ToldTransition{}
	err := l.each(ctx, "SELECT point, made, evidence, at, from_, to_, withdrawn FROM point_transitions WHERE made <= ? ORDER BY point, id",
		func(scan func(...any) error) (err error) {
			var point configs.Node
			var t ToldTransition
			var made int64
			var evidence string
			t.Transition, t.Withdrawn, err = scanTransition(func(more ...any) error {
				return scan(append([]any{&point, &made, &evidence}, more...)...)
			})
			if err != nil {
				return err
			}
			t.Made = timeOf(made)
			if t.Evidence, err = criteriaOf(evidence); err != nil {
				return fmt.Errorf("%s: %w", point, err)
			}
			all[point] = append(all[point], t)
			return nil
		}, known.UnixNano())
	if err != nil {
		return nil, fmt.Errorf("read the transitions of points from the ledger: %w", err)
	}
	return all, nil
}

// states returns the transitions that were known at a moment to hold, by point.
func (l PointLedger) states(ctx context.Context, known time.Time) (map[configs.Node][]Transition, error) {
	all := map[configs.Node][]Transition{}
	err := l.each(ctx, "SELECT point, at, from_, to_, withdrawn FROM point_transitions WHERE made <= ? ORDER BY point, id",
		func(scan func(...any) error) error {
			var point configs.Node
			t, withdrawn, err := scanTransition(func(more ...any) error { return scan(append([]any{&point}, more...)...) })
			all[point] = replay(all[point], t, withdrawn)
			return err
		}, known.UnixNano())
	if err != nil {
		return nil, fmt.Errorf("read the states of points from the ledger: %w", err)
	}
	return all, nil
}

// holds are the transitions that hold after all rows, by their time.
func holds(rows []ToldTransition) (told []Transition) {
	for _, t := range rows {
		told = replay(told, t.Transition, t.Withdrawn)
	}
	return told
}

// Last returns the last round of a point that began within [from, to), as it
// was known at a moment; nil when there is none.
func (l PointLedger) Last(ctx context.Context, point configs.Node, from, to, known time.Time) (*PointRound, error) {
	var began, ends int64
	var r PointRound
	var text string
	err := l.DB.Read.QueryRowContext(ctx, `SELECT began, ends, verdict, criteria FROM point_rounds
		WHERE point = ? AND began >= ? AND began < ? AND made <= ? ORDER BY began DESC, version DESC LIMIT 1`,
		string(point), from.UnixNano(), to.UnixNano(), known.UnixNano()).Scan(&began, &ends, &r.Verdict, &text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err == nil {
		r.From, r.To = timeOf(began), timeOf(ends)
		r.Criteria, err = criteriaOf(text)
	}
	if err != nil {
		return nil, fmt.Errorf("read the last round of %s from the ledger: %w", point, err)
	}
	return &r, nil
}

func criteriaOf(text string) (all []Criterion, err error) {
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return nil, fmt.Errorf("the ledger's criteria are no JSON array of them: the row is damaged, restore it from a backup: %w", err)
	}
	return all, nil
}
