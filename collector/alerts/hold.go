package alerts

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/prometheus/common/model"

	"fengsui/configs"
)

// A hold keeps an alert from being told: its cause is told in its place. The
// zero hold holds nothing.
type hold struct {
	by     configs.Node // the cause, or what is suspected to be it
	since  time.Time
	freed  time.Time         // since when the cause is over; zero: it is not
	under  model.Fingerprint // the alert that is told in its place; 0: none yet
	waits  bool              // only until the node is judged, or its alert is open
	missed bool              // a flush went by: who becomes free now must not wait for the next
}

// holds says whether the alert is kept back.
func (h hold) holds() bool { return h.by != "" }

// reason tells people by what the alert is held.
func (h hold) reason(title func(configs.Node) string) reason {
	switch {
	case !h.holds():
		return reason{}
	case h.waits:
		return reason{code: "cause_suspected", arg: title(h.by)}
	case !h.freed.IsZero():
		return reason{code: "cause_over", arg: title(h.by)}
	}
	return reason{code: "caused", arg: title(h.by)}
}

// kept says whether two holds are the same in SQL: whom an alert only waits
// for is found again by who starts anew.
func (h hold) kept(o hold) bool {
	if h.waits {
		h = hold{}
	}
	if o.waits {
		o = hold{}
	}
	return h.by == o.by && h.since.Equal(o.since) && h.freed.Equal(o.freed)
}

// columns are the hold as SQL keeps it.
func (h hold) columns() (by string, since, freed sql.NullInt64) {
	if h.by == "" || h.waits {
		return "", since, freed
	}
	return string(h.by), sql.NullInt64{Int64: h.since.UnixNano(), Valid: true},
		sql.NullInt64{Int64: h.freed.UnixNano(), Valid: !h.freed.IsZero()}
}

func holdOf(by string, since, freed sql.NullInt64) hold {
	h := hold{by: configs.Node(by)}
	if since.Valid {
		h.since = time.Unix(0, since.Int64).UTC()
	}
	if freed.Valid {
		h.freed = time.Unix(0, freed.Int64).UTC()
	}
	return h
}

// keep writes holds, first to SQL and then to memory.
func (b *book) keep(ctx context.Context, holds map[model.Fingerprint]hold) error {
	b.mu.Lock()
	write := map[model.Fingerprint]hold{}
	for fp, h := range holds {
		if e := b.open[fp]; e != nil && !e.hold.kept(h) {
			write[fp] = h
		}
	}
	b.mu.Unlock()
	if len(write) > 0 {
		if err := b.db.Write(ctx, func(tx *sql.Tx) error {
			for fp, h := range write {
				by, since, freed := h.columns()
				if _, err := tx.Exec(`UPDATE alerts SET held_by = ?, held_since = ?, freed = ? WHERE fingerprint = ? AND ended IS NULL`,
					by, since, freed, fp.String()); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return fmt.Errorf("write by what alerts are held: %w", err)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for fp, h := range holds {
		if e := b.open[fp]; e != nil {
			h.missed = e.hold.missed // a flush may have gone by meanwhile
			e.hold, e.placed = h, true
		}
	}
	return nil
}
