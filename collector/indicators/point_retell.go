package indicators

import (
	"slices"
	"time"

	"fengsui/configs"
	"fengsui/configs/calendar"
)

// retell adds what is new in a point's transitions from a time on, and what of
// them is not so after all.
func (e *entering) retell(point configs.Node, from time.Time) error {
	events, err := e.events(point)
	if err != nil {
		return err
	}
	rows, err := e.tx.Query("SELECT at, from_, to_, withdrawn FROM point_transitions WHERE point = ? ORDER BY id", string(point))
	if err != nil {
		return err
	}
	var was []Transition
	if err := scanAll(rows, func(scan func(...any) error) error {
		t, withdrawn, err := scanTransition(scan)
		was = replay(was, t, withdrawn)
		return err
	}); err != nil {
		return err
	}
	is := retell(was, events, from, &e.d.Indicators)
	for _, change := range []struct {
		of, without []Transition
		withdrawn   bool
	}{{was, is, true}, {is, was, false}} {
		for _, t := range change.of {
			if slices.Contains(change.without, t) {
				continue
			}
			if _, err := e.tx.Exec(`INSERT INTO point_transitions (point, at, from_, to_, withdrawn, made, evidence) VALUES (?1, ?2, ?3, ?4, ?5, ?6,
				coalesce((SELECT criteria FROM point_rounds WHERE point = ?1 AND began = ?2 ORDER BY version DESC LIMIT 1), '[]'))`,
				string(point), t.At.UnixNano(), string(t.From), string(t.To), change.withdrawn, e.now); err != nil {
				return err
			}
		}
	}
	return nil
}

// events are a point's rounds in their newest versions and what the inventory
// said, in the order of time.
func (e *entering) events(point configs.Node) (all []event, err error) {
	rows, err := e.tx.Query(`SELECT made, 0, '', started FROM point_declared WHERE point = ?1
		UNION ALL SELECT began, version, verdict, 0 FROM point_rounds WHERE point = ?1 ORDER BY 1, 2`, string(point))
	if err != nil {
		return nil, err
	}
	err = scanAll(rows, func(scan func(...any) error) error {
		var at, version int64
		var ev event
		err := scan(&at, &version, &ev.verdict, &ev.started)
		ev.at = timeOf(at)
		if version > 1 { // its first stands there
			all = all[:len(all)-1]
		}
		all = append(all, ev)
		return err
	})
	return all, err
}

// timeOf is a time of the ledger; equal ones compare equal.
func timeOf(ns int64) time.Time { return time.Unix(0, ns).In(calendar.Zone) }

func scanTransition(scan func(...any) error) (t Transition, withdrawn bool, err error) {
	var at int64
	err = scan(&at, &t.From, &t.To, &withdrawn)
	t.At = timeOf(at)
	return t, withdrawn, err
}

// replay takes one row of the ledger of transitions.
func replay(told []Transition, t Transition, withdrawn bool) []Transition {
	if withdrawn {
		return slices.DeleteFunc(told, func(o Transition) bool { return o == t })
	}
	told = append(told, t)
	slices.SortStableFunc(told, func(a, b Transition) int { return a.At.Compare(b.At) })
	return told
}
