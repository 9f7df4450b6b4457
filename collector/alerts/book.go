package alerts

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"fengsui/collector/state"
)

// recordAge is how long ended alerts and delivered notifications are kept:
// they are records.
const recordAge = 3 * 365 * 24 * time.Hour

// An entry is an alert in the book: pending, open, or ended and not yet told.
type entry struct {
	fingerprint model.Fingerprint
	rule        string
	labels      model.LabelSet
	annotations model.LabelSet
	active      time.Time // since when the condition holds
	started     time.Time // since when it fires; zero: pending
	ended       time.Time // zero: open
	notified    time.Time // last delivery that named it firing; zero: none
	receiver    string    // of that delivery
	seen        time.Time // pending: last written

	hold   hold // by what it is kept from being told
	placed bool // that was asked since it opened

	carried   bool      // its rule does not know of it: from before the start, or after a gap in the data
	confirmed bool      // an evaluation of this process found it active
	held      reason    // why it is open though it was not found active
	missing   time.Time // since when its series are missing
	flap      flap
}

// A book holds what is open, in memory and in SQL. Changes go to SQL first.
type book struct {
	db *state.DB

	mu      sync.Mutex // guards the maps and the fields of their entries
	open    map[model.Fingerprint]*entry
	pending map[model.Fingerprint]*entry
	untold  map[model.Fingerprint]*entry // ended, and nobody was told yet
}

func openBook(db *state.DB) (*book, error) {
	b := &book{
		db:      db,
		open:    map[model.Fingerprint]*entry{},
		pending: map[model.Fingerprint]*entry{},
		untold:  map[model.Fingerprint]*entry{},
	}
	if err := b.load(); err != nil {
		return nil, fmt.Errorf("read the alerts that were open: %w", err)
	}
	return b, nil
}

func (b *book) load() error {
	rows, err := b.db.Read.Query(`SELECT rule, labels, annotations, active, started, ended, notified, receiver, held_by, held_since, freed
		FROM alerts WHERE ended IS NULL OR told IS NULL ORDER BY id`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		e := &entry{held: reason{code: "unjudged"}, carried: true}
		var lbls, notes string
		var active, started int64
		var ended, notified, since, freed sql.NullInt64
		var by string
		if err := rows.Scan(&e.rule, &lbls, &notes, &active, &started, &ended, &notified, &e.receiver, &by, &since, &freed); err != nil {
			return err
		}
		if err := errors.Join(json.Unmarshal([]byte(lbls), &e.labels), json.Unmarshal([]byte(notes), &e.annotations)); err != nil {
			return fmt.Errorf("alert of rule %s: %w", e.rule, err)
		}
		e.fingerprint, e.hold = e.labels.Fingerprint(), holdOf(by, since, freed)
		e.active, e.started = time.Unix(0, active).UTC(), time.Unix(0, started).UTC()
		if notified.Valid {
			e.notified = time.Unix(0, notified.Int64).UTC()
		}
		if ended.Valid {
			e.ended = time.Unix(0, ended.Int64).UTC()
			b.untold[e.fingerprint] = e
		} else {
			b.open[e.fingerprint] = e
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return b.loadPending()
}

func (b *book) loadPending() error {
	rows, err := b.db.Read.Query(`SELECT rule, labels, active, seen FROM pending`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		e := &entry{carried: true}
		var lbls string
		var active, seen int64
		if err := rows.Scan(&e.rule, &lbls, &active, &seen); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(lbls), &e.labels); err != nil {
			return fmt.Errorf("pending alert of rule %s: %w", e.rule, err)
		}
		e.fingerprint = e.labels.Fingerprint()
		e.active, e.seen = time.Unix(0, active).UTC(), time.Unix(0, seen).UTC()
		b.pending[e.fingerprint] = e
	}
	return rows.Err()
}

// A change is what one evaluation of a rule does to the book.
type change struct {
	opened     []*entry
	ended      []*entry // copies, with ended and the annotations that say why
	pending    []*entry // new, or seen again
	notPending []*entry
}

func (c change) empty() bool {
	return len(c.opened)+len(c.ended)+len(c.pending)+len(c.notPending) == 0
}

// apply writes a change, first to SQL and then to memory. With told, nobody
// has to be told of ends.
func (b *book) apply(ctx context.Context, c change, told bool) error {
	if c.empty() {
		return nil
	}
	if err := b.db.Write(ctx, func(tx *sql.Tx) error { return c.write(tx, told) }); err != nil {
		return fmt.Errorf("write alerts: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range c.ended {
		if open := b.open[e.fingerprint]; open != nil { // notified while this was decided
			e.notified, e.receiver, e.hold = open.notified, open.receiver, open.hold
		}
		delete(b.open, e.fingerprint)
		if !told {
			b.untold[e.fingerprint] = e
		}
	}
	for _, e := range c.opened {
		b.open[e.fingerprint] = e
		delete(b.untold, e.fingerprint)
		delete(b.pending, e.fingerprint)
	}
	for _, e := range c.pending {
		b.pending[e.fingerprint] = e
	}
	for _, e := range c.notPending {
		delete(b.pending, e.fingerprint)
	}
	return nil
}

func (c change) write(tx *sql.Tx, told bool) error {
	for _, e := range c.ended {
		notes, err := json.Marshal(e.annotations)
		if err != nil {
			return err
		}
		at := sql.NullInt64{Int64: e.ended.UnixNano(), Valid: told}
		if _, err := tx.Exec(`UPDATE alerts SET ended = ?, annotations = ?, told = ? WHERE fingerprint = ? AND ended IS NULL`,
			e.ended.UnixNano(), string(notes), at, e.fingerprint.String()); err != nil {
			return err
		}
	}
	for _, e := range c.opened {
		lbls, err := json.Marshal(e.labels)
		if err != nil {
			return err
		}
		notes, err := json.Marshal(e.annotations)
		if err != nil {
			return err
		}
		// It is open again: nobody needs to hear of its earlier end any more.
		if _, err := tx.Exec(`UPDATE alerts SET told = ? WHERE fingerprint = ? AND ended IS NOT NULL AND told IS NULL`,
			e.started.UnixNano(), e.fingerprint.String()); err != nil {
			return err
		}
		notified := sql.NullInt64{Int64: e.notified.UnixNano(), Valid: !e.notified.IsZero()}
		by, since, freed := e.hold.columns()
		if _, err := tx.Exec(`INSERT INTO alerts (fingerprint, rule, labels, annotations, active, started, notified, receiver, held_by, held_since, freed)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, e.fingerprint.String(), e.rule, string(lbls), string(notes),
			e.active.UnixNano(), e.started.UnixNano(), notified, e.receiver, by, since, freed); err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM pending WHERE fingerprint = ?`, e.fingerprint.String()); err != nil {
			return err
		}
	}
	for _, e := range c.pending {
		lbls, err := json.Marshal(e.labels)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO pending (fingerprint, rule, labels, active, seen) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (fingerprint) DO UPDATE SET active = excluded.active, seen = excluded.seen`,
			e.fingerprint.String(), e.rule, string(lbls), e.active.UnixNano(), e.seen.UnixNano()); err != nil {
			return err
		}
	}
	for _, e := range c.notPending {
		if _, err := tx.Exec(`DELETE FROM pending WHERE fingerprint = ?`, e.fingerprint.String()); err != nil {
			return err
		}
	}
	return nil
}

// told writes that the ends of these alerts were dealt with.
func (b *book) told(ctx context.Context, at time.Time, fps []model.Fingerprint) error {
	b.mu.Lock()
	var due []model.Fingerprint
	for _, fp := range fps {
		if b.untold[fp] != nil {
			due = append(due, fp)
		}
	}
	b.mu.Unlock()
	if len(due) == 0 {
		return nil
	}
	err := b.db.Write(ctx, func(tx *sql.Tx) error {
		for _, fp := range due {
			if _, err := tx.Exec(`UPDATE alerts SET told = ? WHERE fingerprint = ? AND ended IS NOT NULL AND told IS NULL`,
				at.UnixNano(), fp.String()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write which ends were told: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, fp := range due {
		delete(b.untold, fp)
	}
	return nil
}

// prune drops records that are old enough.
func prune(db *state.DB, now time.Time) error {
	before := now.Add(-recordAge).UnixNano()
	return db.Write(context.Background(), func(tx *sql.Tx) error {
		if _, err := tx.Exec(`DELETE FROM alerts WHERE ended < ? AND told IS NOT NULL`, before); err != nil {
			return err
		}
		_, err := tx.Exec(`DELETE FROM outbox WHERE done < ?`, before)
		return err
	})
}

// carries says whether some entries of a rule are unknown to it.
func (b *book) carries(rule string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, list := range []map[model.Fingerprint]*entry{b.open, b.pending} {
		for _, e := range list {
			if e.rule == rule && e.carried {
				return true
			}
		}
	}
	return false
}

func toLabels(s model.LabelSet) labels.Labels {
	b := labels.NewScratchBuilder(len(s))
	for name, value := range s {
		b.Add(string(name), string(value))
	}
	b.Sort()
	return b.Labels()
}

func toLabelSet(l labels.Labels) model.LabelSet {
	s := make(model.LabelSet, l.Len())
	l.Range(func(l labels.Label) { s[model.LabelName(l.Name)] = model.LabelValue(l.Value) })
	return s
}
