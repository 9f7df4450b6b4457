package indicators

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"fengsui/configs"
	"fengsui/configs/calendar"
)

// RunPoints rates rounds of points as they end, and days again that late data
// changed, and writes the gauges, until ctx ends. What could not be read or
// entered is said and tried again: nothing is acknowledged here.
func (i *Indicators) RunPoints(ctx context.Context) error {
	due := time.Now()
	for {
		s := &i.o.District().Indicators
		every := min(s.PointRound, s.Round)
		if !time.Now().Before(due) {
			due = time.Now().Add(every)
			if err := i.StepPoints(ctx); err != nil && ctx.Err() == nil {
				i.o.Logger.Error("the rounds of IPv6 points were not rated; they are tried again with the next one", "error", err)
			}
		}
		if err := i.pointGauges(ctx); err != nil && ctx.Err() == nil {
			i.o.Logger.Warn("the gauges of IPv6 points were not written; they are tried again in a minute", "error", err)
		}
		select {
		case <-time.After(min(every, gaugeEvery)):
		case <-ctx.Done():
			return nil
		}
	}
}

// StepPoints rates the rounds of points that have ended and are not rated, and
// those of days that ingest marked.
func (i *Indicators) StepPoints(ctx context.Context) error {
	d, now := i.o.District(), i.o.Now()
	until := now.Add(-min(settle, d.Indicators.PointRound))
	err := i.o.DB.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec("INSERT OR IGNORE INTO point_rerate VALUES (?, 1)", calendar.DateOf(until).String())
		return err
	})
	if err != nil {
		return fmt.Errorf("note the day whose points are to be rated: %w", err)
	}
	days, err := i.markedPoints(ctx)
	if err != nil {
		return fmt.Errorf("read the days whose points are to be rated: %w", err)
	}
	if _, err := i.points.Enter(ctx, d, nil, now); err != nil { // what the inventory says is new
		return err
	}
	plan := planPoints(d)
	for _, m := range days {
		done, err := i.ratePoints(ctx, d, plan, m.day, until, now)
		if err != nil {
			return err
		}
		if !done {
			continue
		}
		err = i.o.DB.Write(ctx, func(tx *sql.Tx) error {
			_, err := tx.Exec("DELETE FROM point_rerate WHERE day = ? AND marks = ?", m.day.String(), m.marks)
			return err
		})
		if err != nil {
			return fmt.Errorf("note that the points of %s are rated: %w", m.day, err)
		}
	}
	return nil
}

// A mark says that a day's points are to be rated again, and how often that
// was noted: ingest notes more while a day is read.
type mark struct {
	day   calendar.Date
	marks int
}

func (i *Indicators) markedPoints(ctx context.Context) ([]mark, error) {
	var all []mark
	err := i.points.each(ctx, "SELECT day, marks FROM point_rerate ORDER BY day", func(scan func(...any) error) error {
		var text string
		var m mark
		if err := scan(&text, &m.marks); err != nil {
			return err
		}
		t, err := time.ParseInLocation(time.DateOnly, text, calendar.Zone)
		m.day = calendar.DateOf(t)
		all = append(all, m)
		return err
	})
	return all, err
}

// atOnce is how many rounds are read together: rounds of a second make 86,400
// of a day.
const atOnce = 720

// ratePoints rates the rounds of a day that have ended and enters them. The
// day is done when all rounds are that hold some of it; late data changes none
// that closed, and none of which the history has begun to drop what was seen:
// what is left of it would tell another story.
func (i *Indicators) ratePoints(ctx context.Context, d *configs.District, plan *pointPlan, date calendar.Date, until, now time.Time) (done bool, err error) {
	length := d.Indicators.PointRound
	from, ends := roundOf(date.At(0), length), roundOf(date.At(24*time.Hour-1), length).Add(length)
	over := roundOf(until, length) // what began before this has ended
	if over.After(ends) {
		over = ends
	}
	open := now.Before(date.At(24 * time.Hour).Add(d.Indicators.Closes))
	if kept := d.Collector.Retention; kept > 0 {
		open = open && from.After(now.Add(-kept))
	}
	for ; open && from.Before(over); from = from.Add(atOnce * length) {
		to := from.Add(atOnce * length)
		if to.After(over) {
			to = over
		}
		seen, err := readPoints(ctx, i.o.Queryable, i.o.DB.Read, plan, from, to)
		if err != nil {
			return false, err
		}
		ratings := map[time.Time]map[int]Rating{}
		for began, sights := range seen {
			ratings[began] = plan.rate(sights)
		}
		if len(ratings) == 0 {
			continue
		}
		if _, err := i.points.Enter(ctx, d, ratings, now); err != nil {
			return false, err
		}
	}
	return !over.Before(ends), nil
}
