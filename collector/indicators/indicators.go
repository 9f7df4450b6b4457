package indicators

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/prometheus/storage"

	"fengsui/collector/history"
	"fengsui/collector/origins"
	"fengsui/collector/state"
	"fengsui/configs"
	"fengsui/configs/calendar"
)

// Options of the indicators. All are required but Append and Coverage.
type Options struct {
	DB        *state.DB
	Queryable storage.Queryable
	Origins   *origins.Origins
	District  func() *configs.District                      // the one at work
	Append    func(context.Context, []history.Sample) error // of what is known now
	Coverage  func() Coverage                               // of now, for its gauge; nil: none
	Now       func() time.Time
	Logger    *slog.Logger
}

// Indicators rates rounds as they end and days again that late data changed.
type Indicators struct {
	o      Options
	ledger Ledger
	rated  time.Time         // end of the last round that was rated
	by     *configs.District // and by which inventory
	points PointLedger
}

// New returns indicators that rate nothing before [Indicators.Run].
func New(o Options) *Indicators {
	return &Indicators{o: o, ledger: Ledger{o.DB}, points: PointLedger{o.DB}}
}

// settle is how long after its end a round is first rated: by then agents have
// pushed what they saw in it.
const settle = time.Minute

// Run rates until ctx ends. What could not be read or entered is said and
// tried again with the next round: nothing is acknowledged here.
func (i *Indicators) Run(ctx context.Context) error {
	for {
		if err := i.Step(ctx); err != nil && ctx.Err() == nil {
			i.o.Logger.Error("the indicators were not rated; it is tried again within a minute", "error", err)
		}
		select {
		case <-time.After(min(i.o.District().Indicators.Round, time.Minute)): // a series without a sample for 5 minutes is gone
		case <-ctx.Done():
			return nil
		}
	}
}

// Step rates the days that ingest marked when another round has ended or the
// inventory is another, and tells what is known now.
func (i *Indicators) Step(ctx context.Context) error {
	d, now := i.o.District(), i.o.Now()
	until := now.Add(-min(settle, d.Indicators.Round))
	if round := until.Truncate(d.Indicators.Round); !round.Equal(i.rated) || d != i.by {
		if err := i.rateMarked(ctx, d, until, now); err != nil {
			return err
		}
		i.rated, i.by = round, d
	}
	return i.tell(ctx, now)
}

func (i *Indicators) rateMarked(ctx context.Context, d *configs.District, until, now time.Time) error {
	if err := i.mark(ctx, calendar.DateOf(until)); err != nil {
		return fmt.Errorf("note the days to rate: %w", err)
	}
	if d != i.by {
		for _, of := range []*configs.District{i.by, d} {
			if err := i.markMaintained(ctx, of, now); err != nil {
				return fmt.Errorf("note the days of maintenances: %w", err)
			}
		}
	}
	days, err := i.marked(ctx)
	if err != nil {
		return fmt.Errorf("read the days to rate: %w", err)
	}
	for _, date := range days {
		if err := i.rateAgain(ctx, d, date, until, now); err != nil {
			return err
		}
	}
	return nil
}

// mark takes the days that ingest noted and the present one into tables of our
// own, one for each indicator: what ingest notes from now on is another mark,
// and a crash before the day is entered loses none. A day that ended is rated
// once more after it.
func (i *Indicators) mark(ctx context.Context, today calendar.Date) error {
	return i.o.DB.Write(ctx, func(tx *sql.Tx) error {
		for _, q := range []string{
			"INSERT OR IGNORE INTO access_rerate SELECT DISTINCT day FROM dirty",
			"INSERT INTO point_rerate SELECT DISTINCT day, 1 FROM dirty WHERE true ON CONFLICT (day) DO UPDATE SET marks = marks + 1", "DELETE FROM dirty",
		} {
			if _, err := tx.Exec(q); err != nil {
				return err
			}
		}
		_, err := tx.Exec("INSERT OR IGNORE INTO access_rerate VALUES (?)", today.String())
		return err
	})
}

func (i *Indicators) marked(ctx context.Context) ([]calendar.Date, error) {
	rows, err := i.o.DB.Read.QueryContext(ctx, "SELECT day FROM access_rerate ORDER BY day DESC")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var days []calendar.Date
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		t, err := time.ParseInLocation(time.DateOnly, text, calendar.Zone)
		if err != nil {
			return nil, err
		}
		days = append(days, calendar.DateOf(t))
	}
	return days, rows.Err()
}

// rateAgain rates a day and enters it. A day is done when all of its rounds
// are; late data changes none that closed, and none of which the history has
// begun to drop what was seen.
func (i *Indicators) rateAgain(ctx context.Context, d *configs.District, date calendar.Date, until, now time.Time) error {
	ends := date.At(24 * time.Hour)
	kept := d.Collector.Retention <= 0 || date.At(0).After(now.Add(-d.Collector.Retention))
	if kept && now.Before(ends.Add(d.Indicators.Closes)) {
		terms, err := i.terms(ctx, d, date, now)
		if err != nil {
			return err
		}
		n := int(min(24*time.Hour, until.Sub(date.At(0))) / terms.Round)
		over := span{date.At(0), terms.Round, n}
		e, err := i.evidence(ctx, d, over)
		if err != nil {
			return err
		}
		excused, err := maintained(d, over)
		if err != nil {
			return err
		}
		if _, err := i.ledger.Enter(ctx, terms, date, judge(d, e, excused), now); err != nil {
			return err
		}
	}
	if until.Before(ends) {
		return nil
	}
	return i.o.DB.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec("DELETE FROM access_rerate WHERE day = ?", date.String())
		return err
	})
}

// terms are by what a day is counted from now on: the list as it is on the day
// itself, and later the list as it was then, unless there was none that gave a
// rate.
func (i *Indicators) terms(ctx context.Context, d *configs.District, date calendar.Date, now time.Time) (*Terms, error) {
	was, err := i.ledger.Terms(ctx, date, now)
	if err != nil {
		return nil, err
	}
	if was == nil || now.Before(date.At(24*time.Hour+settle)) || len(was.denominator().Unset) > 0 || len(was.denominator().Units) == 0 {
		return termsOf(d, date), nil
	}
	return was, nil
}

// evidence reads what was seen in a span by agents that were heard from where
// they should be. Those that were cut off longer than a month have nothing
// to say about it.
func (i *Indicators) evidence(ctx context.Context, d *configs.District, over span) (map[configs.Node][]Evidence, error) {
	const month = 31 * 24 * time.Hour
	stays, err := i.o.Origins.Stays(ctx, over.from.Add(-month), over.from.Add(24*time.Hour+month))
	if err != nil {
		return nil, err
	}
	return evidence(ctx, i.o.Queryable, d, stays, over)
}
