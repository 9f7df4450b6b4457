package assignments

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
)

// Labels returns a check by the revision and number that a result names, and
// false when there is no such revision or the revision has no such check.
//
// It reads a revision from SQL once and then keeps it, so that it costs a
// result nothing. An error says that SQL could not be asked: then nothing is
// known of the result, and it must not be decided.
func (a *Assignments) Labels(ctx context.Context, revision []byte, number uint32) (Check, bool, error) {
	a.mu.Lock()
	if e, ok := a.labels[string(revision)]; ok {
		a.clock++
		e.used = a.clock
		c, ok := e.checks[number]
		a.mu.Unlock()
		return c, ok, nil
	}
	a.mu.Unlock()
	var text []byte
	err := a.db.Read.QueryRowContext(ctx, "SELECT labels FROM revisions WHERE revision = ?", revision).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return Check{}, false, nil // not remembered: it may be published next
	}
	if err != nil {
		return Check{}, false, fmt.Errorf("look up revision %x: %w", revision, err)
	}
	var checks map[uint32]Check
	if err := json.Unmarshal(text, &checks); err != nil {
		return Check{}, false, fmt.Errorf("read the labels of revision %x: %w", revision, err)
	}
	a.mu.Lock()
	a.rememberLocked(revision, checks)
	a.mu.Unlock()
	c, ok := checks[number]
	return c, ok, nil
}

// rememberLocked keeps a revision in memory and drops the one used longest
// ago when there are too many.
func (a *Assignments) rememberLocked(revision []byte, checks map[uint32]Check) {
	a.clock++
	a.labels[string(revision)] = &entry{checks, a.clock}
	if len(a.labels) <= cached {
		return
	}
	var oldest string
	used := a.clock
	for r, e := range a.labels {
		if e.used < used {
			oldest, used = r, e.used
		}
	}
	delete(a.labels, oldest)
}
