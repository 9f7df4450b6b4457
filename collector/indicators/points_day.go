package indicators

import (
	"context"
	"fmt"
	"slices"
	"time"

	"fengsui/configs"
	"fengsui/configs/calendar"
)

// A PointSummary is 政务网IPv6改造点数 at the end of a day: how far each point
// had come by then, as it was known at a moment.
type PointSummary struct {
	Day         calendar.Date
	Known       time.Time
	Provisional bool // 暂定: late data may still change it
	Points      []PointReport
	Milestones  []Milestone
}

// A PointReport is a point in it.
type PointReport struct {
	configs.Point
	State     PointState
	Since     time.Time // beginning of the round that brought the state; zero: it never had another
	Round     *PointRound
	Running   *PointRound      // today's, as it stands: it counts when it is over; nil on other days
	NotJudged []string         // mandatory criteria that no check looks at yet
	History   []ToldTransition // all that was told, the oldest first
}

// A Milestone is what the plan wants of a year (domain 1.1, I04).
type Milestone struct {
	Year     int
	Of, Done int  // points that it is about, and those of them that are done
	Assessed bool // false: the plan wants nothing of that year, 不考核
}

// Met says whether all points of a milestone are done. One that is about no
// point is not met: nobody registered what it wants.
func (m Milestone) Met() bool { return m.Of > 0 && m.Done == m.Of }

// Count is how many points of a kind ("": of any) are in a state.
func (s PointSummary) Count(kind string, state PointState) (n int) {
	for i := range s.Points {
		if p := &s.Points[i]; (kind == "" || p.Kind == kind) && p.State == state {
			n++
		}
	}
	return n
}

// Points sums up the points at the end of a day as that was known at a moment;
// the zero moment is now. The points are those of the inventory of today. With
// an id it is of that point alone.
func (i *Indicators) Points(ctx context.Context, date calendar.Date, known time.Time, id string) (PointSummary, error) {
	d, now := i.o.District(), i.o.Now()
	running := known.IsZero() && date == calendar.DateOf(now)
	if known.IsZero() {
		known = now
	}
	ends := date.At(24 * time.Hour)
	s := PointSummary{Day: date, Known: known, Provisional: known.Before(ends.Add(d.Indicators.Closes))}
	rows, err := i.points.Transitions(ctx, known)
	if err != nil {
		return s, err
	}
	plan := planPoints(d)
	var live map[int]Rating
	if running {
		if live, err = i.live(ctx, plan, now); err != nil {
			return s, err
		}
	}
	for n := range d.Points {
		p := PointReport{Point: d.Points[n]}
		node := configs.NodeOf("point", p.ID)
		p.History = rows[node]
		p.State, p.Since = stateAt(holds(p.History), ends)
		if id == "" || id == p.ID { // the others are counted for the milestones alone
			if p.Round, err = i.points.Last(ctx, node, date.At(0), ends, known); err != nil {
				return s, err
			}
			if running {
				p.Running = plan.running(n, live, now)
			}
			p.NotJudged = plan.notJudged(n)
		}
		s.Points = append(s.Points, p)
	}
	s.Milestones = milestones(s.Points, date.Year)
	if id != "" {
		s.Points = slices.DeleteFunc(s.Points, func(p PointReport) bool { return p.ID != id })
	}
	return s, nil
}

// live rates the round that is not over as it stands.
func (i *Indicators) live(ctx context.Context, plan *pointPlan, now time.Time) (map[int]Rating, error) {
	from := roundOf(now, plan.s.PointRound)
	seen, err := readPoints(ctx, i.o.Queryable, i.o.DB.Read, plan, from, now)
	if err != nil {
		return nil, fmt.Errorf("rate the round of points that is not over: %w", err)
	}
	return plan.rate(seen[from]), nil
}

func (p *pointPlan) running(n int, live map[int]Rating, now time.Time) *PointRound {
	from := roundOf(now, p.s.PointRound)
	r := &PointRound{From: from, To: from.Add(p.s.PointRound), Rating: judgePoint(p.scopes[n], nil)}
	if seen, ok := live[n]; ok {
		r.Rating = seen
	}
	return r
}

// notJudged are the mandatory criteria of a point that no check looks at.
func (p *pointPlan) notJudged(n int) (ids []string) {
	for _, c := range judgePoint(p.scopes[n], nil).Criteria {
		if c.Mandatory && c.Verdict == NotJudged {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// milestones of the plan: 2021 all websites, 2022 all core devices and servers,
// and nothing (——) of any other year.
func milestones(points []PointReport, year int) []Milestone {
	all := []Milestone{{Year: 2021, Assessed: true}, {Year: 2022, Assessed: true}, {Year: 2023}}
	if year > 2023 {
		all = append(all, Milestone{Year: year})
	}
	for i := range points {
		p := &points[i]
		of := -1
		switch {
		case p.Kind == "W":
			of = 0
		case p.Core && (p.Kind == "D" || p.Kind == "S"):
			of = 1
		}
		if of < 0 {
			continue
		}
		all[of].Of++
		if p.State == PointDone {
			all[of].Done++
		}
	}
	return all
}
