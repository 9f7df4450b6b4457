package indicators

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"fengsui/collector/state"
	"fengsui/configs"
	"fengsui/configs/calendar"
)

// A Ledger keeps the rounds of every access point and day, in table
// access_days, and by which terms they are counted, in access_day_terms.
type Ledger struct{ DB *state.DB }

// Enter writes the rounds of a day where they differ from the newest version
// that is kept, as one version more. A day that only went on lengthens its
// version: a round that was told before never changes within one.
func (l Ledger) Enter(ctx context.Context, terms *Terms, date calendar.Date, rounds Rounds, now time.Time) (changed int, err error) {
	err = l.DB.Write(ctx, func(tx *sql.Tx) error {
		changed = 0
		if err := enterTerms(tx, terms, date, now); err != nil {
			return err
		}
		for access, of := range rounds {
			did, err := enterRounds(tx, terms, date, access, of, now)
			if err != nil {
				return err
			}
			if did {
				changed++
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("enter the rounds of %s into the ledger: %w", date, err)
	}
	return changed, nil
}

func enterRounds(tx *sql.Tx, terms *Terms, date calendar.Date, access configs.Node, of []Round, now time.Time) (changed bool, err error) {
	packed, day := pack(of), terms.day(of, len(of))
	var version int
	var old []byte
	err = tx.QueryRow("SELECT version, rounds FROM access_days WHERE access = ? AND day = ? ORDER BY version DESC LIMIT 1",
		string(access), date.String()).Scan(&version, &old)
	switch {
	case err != nil && !errors.Is(err, sql.ErrNoRows):
		return false, err
	case err == nil && bytes.Equal(old, packed):
		return false, nil
	case version > 0 && bytes.HasPrefix(packed, old):
		_, err = tx.Exec(`UPDATE access_days SET rounds = ?, ok = ?, fail = ?, no_data = ?, excluded = ?
			WHERE access = ? AND day = ? AND version = ?`, packed, day.OK, day.Fail, day.NoData, day.Excluded,
			string(access), date.String(), version)
	default:
		_, err = tx.Exec("INSERT INTO access_days VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", string(access), date.String(),
			version+1, now.UnixNano(), packed, day.OK, day.Fail, day.NoData, day.Excluded)
	}
	return err == nil, err
}

func enterTerms(tx *sql.Tx, terms *Terms, date calendar.Date, now time.Time) error {
	hash, encoded, err := terms.encode()
	if err != nil {
		return err
	}
	var newest string
	err = tx.QueryRow("SELECT hash FROM access_day_terms WHERE day = ? ORDER BY made DESC LIMIT 1", date.String()).Scan(&newest)
	if err != nil && !errors.Is(err, sql.ErrNoRows) || newest == hash {
		return err
	}
	if _, err := tx.Exec("INSERT OR IGNORE INTO access_terms VALUES (?, ?)", hash, string(encoded)); err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO access_day_terms VALUES (?, ?, ?)", date.String(), now.UnixNano(), hash)
	return err
}

// Terms returns by which terms a day was counted, as it was known at a moment;
// nil when it was not rated then.
func (l Ledger) Terms(ctx context.Context, date calendar.Date, known time.Time) (*Terms, error) {
	var encoded []byte
	err := l.DB.Read.QueryRowContext(ctx, `SELECT terms FROM access_terms JOIN access_day_terms USING (hash)
		WHERE day = ? AND made <= ? ORDER BY made DESC LIMIT 1`, date.String(), known.UnixNano()).Scan(&encoded)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	t := &Terms{}
	if err == nil {
		err = json.Unmarshal(encoded, t)
	}
	if err == nil && t.Round <= 0 {
		err = fmt.Errorf("the length of a round is %s, want more than 0s: the row is damaged, restore it from a backup", t.Round)
	}
	if err != nil {
		return nil, fmt.Errorf("read the terms of %s from the ledger: %w", date, err)
	}
	return t, nil
}

// First returns the first day that was ever rated; "" when none was.
func (l Ledger) First(ctx context.Context) (string, error) {
	var day string
	if err := l.DB.Read.QueryRowContext(ctx, "SELECT coalesce(min(day), '') FROM access_day_terms").Scan(&day); err != nil {
		return "", fmt.Errorf("read the first day of the ledger: %w", err)
	}
	return day, nil
}

// Day returns the rounds of a day as they were known at a moment. A version
// grew after it was made, so rounds that had not ended then are cut off.
func (l Ledger) Day(ctx context.Context, date calendar.Date, known time.Time, round time.Duration) (Rounds, error) {
	all, err := l.day(ctx, date, known)
	if err != nil {
		return nil, fmt.Errorf("read the rounds of %s from the ledger: %w", date, err)
	}
	rated := int(max(0, known.Sub(date.At(0))-min(settle, round)) / round)
	for access, of := range all {
		all[access] = of[:min(len(of), rated)]
	}
	return all, nil
}

func (l Ledger) day(ctx context.Context, date calendar.Date, known time.Time) (Rounds, error) {
	rows, err := l.DB.Read.QueryContext(ctx, `SELECT access, rounds FROM access_days
		WHERE day = ? AND made <= ? ORDER BY access, version`, date.String(), known.UnixNano())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := Rounds{}
	for rows.Next() {
		var access string
		var packed []byte
		if err := rows.Scan(&access, &packed); err != nil {
			return nil, err
		}
		if all[configs.Node(access)], err = unpack(packed); err != nil {
			return nil, fmt.Errorf("%s: %w", access, err)
		}
	}
	return all, rows.Err()
}
