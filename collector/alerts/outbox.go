package alerts

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/common/model"

	"fengsui/collector/state"

	"github.com/prometheus/alertmanager/nflog/nflogpb"
)

// The outbox has a row per notification. It is written before the first
// attempt and closed by the delivery; attempts that fail leave it open. There
// is one open row per receiver and group: other content closes it.

// A letter is an open row of the outbox.
type letter struct {
	id       int64
	uid      string // what the receiver sees, the same at every attempt
	receiver string
	groupKey string
	intended time.Time
	body     string
	entry    []byte // what the notification log will say once it is delivered
	attempts int
	outcome  string // of the last attempt; "" before any

	// uncertain: some attempt may have arrived though it did not succeed here
	// (no answer, or this process was killed), so the receiver must hear how
	// it went on.
	uncertain bool
}

type outbox struct {
	db *state.DB

	mu   sync.Mutex
	open map[[2]string]*letter // by receiver and group key
}

func openOutbox(db *state.DB, now time.Time) (*outbox, error) {
	o := &outbox{db: db, open: map[[2]string]*letter{}}
	if err := prune(db, now); err != nil {
		return nil, fmt.Errorf("drop old alerts and notifications: %w", err)
	}
	rows, err := db.Read.Query(`SELECT id, uid, receiver, group_key, intended, body, entry, attempts, outcome FROM outbox WHERE done IS NULL`)
	if err != nil {
		return nil, fmt.Errorf("read the outbox: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		l := &letter{uncertain: true}
		var intended int64
		if err := rows.Scan(&l.id, &l.uid, &l.receiver, &l.groupKey, &intended, &l.body, &l.entry, &l.attempts, &l.outcome); err != nil {
			return nil, fmt.Errorf("read the outbox: %w", err)
		}
		l.intended = time.Unix(0, intended).UTC()
		o.open[[2]string{l.receiver, l.groupKey}] = l
	}
	return o, rows.Err()
}

func (o *outbox) unfinished() []*letter {
	o.mu.Lock()
	defer o.mu.Unlock()
	all := make([]*letter, 0, len(o.open))
	for _, l := range o.open {
		all = append(all, l)
	}
	return all
}

// find returns the open row of a receiver and group, nil when there is none.
func (o *outbox) find(receiver, groupKey string) *letter {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.open[[2]string{receiver, groupKey}]
}

// doubtful says whether the open row of a receiver and group may have arrived.
func (o *outbox) doubtful(receiver, groupKey string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	l := o.open[[2]string{receiver, groupKey}]
	return l != nil && l.uncertain
}

// newUID makes the id of a notification.
func newUID() string {
	var b [16]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// intend writes the intent of a notification, and closes the open row of its
// receiver and group as superseded when there is one.
func (o *outbox) intend(l *letter) error {
	err := o.db.Write(context.Background(), func(tx *sql.Tx) error {
		if _, err := tx.Exec(`UPDATE outbox SET done = ?, outcome = 'superseded; last attempt: ' || outcome
			WHERE receiver = ? AND group_key = ? AND done IS NULL`, l.intended.UnixNano(), l.receiver, l.groupKey); err != nil {
			return err
		}
		res, err := tx.Exec(`INSERT INTO outbox (uid, receiver, group_key, intended, body, entry) VALUES (?, ?, ?, ?, ?, ?)`,
			l.uid, l.receiver, l.groupKey, l.intended.UnixNano(), l.body, l.entry)
		if err != nil {
			return err
		}
		l.id, err = res.LastInsertId()
		return err
	})
	if err != nil {
		return fmt.Errorf("write the intent of a notification: %w", err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.open[[2]string{l.receiver, l.groupKey}] = l
	return nil
}

// failed notes an attempt that failed. SQL hears of it only when the outcome
// is another one: a receiver that is down for days is one row, not a stream.
func (o *outbox) failed(l *letter, outcome string, uncertain bool) error {
	o.mu.Lock()
	l.uncertain = l.uncertain || uncertain
	same := l.outcome == outcome
	l.attempts++
	l.outcome = outcome
	attempts := l.attempts
	o.mu.Unlock()
	if same {
		return nil
	}
	err := o.db.Write(context.Background(), func(tx *sql.Tx) error {
		_, err := tx.Exec(`UPDATE outbox SET attempts = ?, outcome = ? WHERE id = ?`, attempts, outcome, l.id)
		return err
	})
	if err != nil {
		return fmt.Errorf("write the outcome of a notification: %w", err)
	}
	return nil
}

// finish closes a row, together with what else follows from its outcome.
func (o *outbox) finish(l *letter, now time.Time, outcome string, with func(*sql.Tx) error) error {
	o.mu.Lock()
	attempts := l.attempts
	o.mu.Unlock()
	err := o.db.Write(context.Background(), func(tx *sql.Tx) error {
		_, err := tx.Exec(`UPDATE outbox SET done = ?, attempts = ?, outcome = ? WHERE id = ?`, now.UnixNano(), attempts, outcome, l.id)
		if err != nil || with == nil {
			return err
		}
		return with(tx)
	})
	if err != nil {
		return fmt.Errorf("write the outcome of a notification: %w", err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.open[[2]string{l.receiver, l.groupKey}] == l {
		delete(o.open, [2]string{l.receiver, l.groupKey})
	}
	return nil
}

// delivered closes a row, and in the same transaction the notification log
// and the alerts that were named firing say so: a kill in between cannot make
// a second notification.
func (a *Alerts) delivered(l *letter, e *nflogpb.MeshEntry, firing []model.Fingerprint, now time.Time) error {
	err := a.outbox.finish(l, now, "delivered", func(tx *sql.Tx) error {
		var errs []error
		for _, fp := range firing {
			_, err := tx.Exec(`UPDATE alerts SET notified = ?, receiver = ? WHERE fingerprint = ? AND told IS NULL`,
				now.UnixNano(), l.receiver, fp.String())
			errs = append(errs, err)
		}
		return errors.Join(append(errs, putNflog(tx, e))...)
	})
	if err != nil {
		return err
	}
	a.book.mu.Lock()
	defer a.book.mu.Unlock()
	for _, fp := range firing {
		for _, list := range []map[model.Fingerprint]*entry{a.book.open, a.book.untold} {
			if e := list[fp]; e != nil {
				e.notified, e.receiver = now, l.receiver
			}
		}
	}
	return nil
}
