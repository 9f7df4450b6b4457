package indicators

import (
	"context"
	"database/sql"
	"fmt"

	"fengsui/checks"
)

// A face is what a check saw over one family.
type face struct {
	looker
	family checks.Family
}

type told struct {
	at    int64 // Unix ms
	state checks.State
	code  string
}

// reasons are the codes of what was seen within a span, from the record of
// transitions, read of each check when it is asked for.
type reasons struct {
	ctx      context.Context // of the one reading that they are made for
	db       *sql.DB
	from, to int64 // Unix ns
	told     map[face][]told
}

// at is the code of a look, "" where the record does not hold that state then.
func (r *reasons) at(f face, ms int64, state checks.State) (string, error) {
	t, err := r.find(f, ms)
	if err != nil || t.state != state {
		return "", err
	}
	return t.code, nil
}

// any is as at, of whatever state.
func (r *reasons) any(f face, ms int64) (string, error) {
	t, err := r.find(f, ms)
	return t.code, err
}

func (r *reasons) find(f face, ms int64) (told, error) {
	all, ok := r.told[f]
	if !ok {
		var err error
		if all, err = r.read(f); err != nil {
			return told{}, fmt.Errorf("read the transitions of check %s of site %s: %w", f.check, f.site, err)
		}
		r.told[f] = all
	}
	low, high := 0, len(all) // the first that came later
	for low < high {
		if mid := (low + high) / 2; all[mid].at <= ms {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if low == 0 {
		return told{}, nil
	}
	return all[low-1], nil
}

func (r *reasons) read(f face) ([]told, error) {
	rows, err := r.db.QueryContext(r.ctx, `SELECT at, state, code FROM transitions
		WHERE site = ?1 AND check_ = ?2 AND family = ?3 AND at < ?5 AND at >= coalesce(
			(SELECT at FROM transitions WHERE site = ?1 AND check_ = ?2 AND family = ?3 AND at <= ?4 ORDER BY at DESC LIMIT 1), 0)
		ORDER BY at, id`, f.site, f.check, f.family, r.from, r.to)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []told
	for rows.Next() {
		var t told
		if err := rows.Scan(&t.at, &t.state, &t.code); err != nil {
			return nil, err
		}
		t.at /= 1_000_000
		all = append(all, t)
	}
	return all, rows.Err()
}
