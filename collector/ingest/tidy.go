package ingest

import (
	"context"
	"database/sql"
	"time"
)

const (
	tidyEvery  = 10 * time.Minute
	tidyAtOnce = 20_000    // rows deleted in one transaction
	idleAfter  = time.Hour // what is read again when needed leaves memory
)

// tidy drops what is too old: digests after Keep (their numbers stay held for
// ever), batches that wait for a revision and never came again, anchors of
// boots from which no result can come any more. A batch that waits is decided
// when it comes again after Hold; its row outlives that by Keep.
func (i *Ingest) tidy(now time.Time) error {
	err := i.o.DB.Write(context.Background(), func(tx *sql.Tx) error {
		_, err := tx.Exec(`DELETE FROM batches WHERE (agent, epoch, first) IN
			(SELECT agent, epoch, first FROM batches WHERE received < ? LIMIT ?)`, now.Add(-i.o.Keep).UnixNano(), tidyAtOnce)
		if err != nil {
			return err
		}
		if _, err := tx.Exec("DELETE FROM held WHERE since < ?", now.Add(-i.o.Hold-i.o.Keep).UnixNano()); err != nil {
			return err
		}
		old := now.Add(-2 * i.o.OutOfOrder).UnixNano()
		_, err = tx.Exec("DELETE FROM anchors WHERE made < ? AND boot NOT IN (SELECT boot FROM instances WHERE last >= ?)", old, old)
		return err
	})
	if err != nil {
		return err
	}
	for key, a := range i.agents {
		if now.Sub(a.last) > idleAfter {
			delete(i.agents, key)
		}
	}
	for key, r := range i.revisions {
		if now.Sub(r.used) > idleAfter {
			delete(i.revisions, key)
		}
	}
	return nil
}
