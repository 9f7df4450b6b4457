package indicators

import (
	"context"
	"slices"
	"time"

	"fengsui/configs"
	"fengsui/configs/calendar"
)

// A Summary is the access rate of a day, with everything that a rate is never
// shown without.
type Summary struct {
	Day           calendar.Date
	Known         time.Time // as of when
	From, To      time.Time // the counted hours so far, in whole rounds; zero when there are none
	CalendarDoubt bool      // no notice of its year is there: whether it counts goes by the weekday alone
	Provisional   bool      // 暂定: late data may still change it
	Denominator   Denominator
	Rates         Rates
	Refused       *Refusal  // why there is no rate; nil when there is one
	Missing       []UnitDay // units of the denominator that are not connected, with their states
}

// Day sums up a day as it was known at a moment. Of a day that goes on, the
// rounds so far count.
func (i *Indicators) Day(ctx context.Context, date calendar.Date, known time.Time) (Summary, error) {
	day, err := i.read(ctx, date, known)
	if err != nil {
		return Summary{}, err
	}
	t := day.terms
	s := Summary{Day: date, Known: known, CalendarDoubt: t.CalendarDoubt, Provisional: true, Denominator: t.denominator()}
	if !t.counts() {
		s.Refused = refuse("day_off", date.String())
		return s, nil
	}
	if day.ended <= t.From {
		s.Refused = refuse("not_yet", date.String(), date.At(time.Duration(t.From+1)*t.Round).Format(time.TimeOnly))
		return s, nil
	}
	s.From, s.To = date.At(time.Duration(t.From)*t.Round), date.At(time.Duration(min(t.To, day.ended))*t.Round)
	if s.Rates, s.Refused = rates(s.Denominator, day.units); s.Refused != nil {
		return s, nil
	}
	for _, u := range day.units {
		if s.Denominator.holds(u.Unit) && u.State != Connected {
			s.Missing = append(s.Missing, u)
		}
	}
	s.Provisional, err = i.provisional(ctx, t, s.Denominator, date, known)
	return s, err
}

// A ratedDay is a day as the ledger had it at a moment.
type ratedDay struct {
	terms *Terms
	ended int // rounds from midnight on that were rated
	units []UnitDay
}

func (i *Indicators) read(ctx context.Context, date calendar.Date, known time.Time) (ratedDay, error) {
	terms, rounds, err := i.rounds(ctx, date, known)
	if err != nil {
		return ratedDay{}, err
	}
	ended := longest(rounds)
	if !known.Before(date.At(24*time.Hour + settle)) {
		ended = int(24 * time.Hour / terms.Round)
	}
	return ratedDay{terms, ended, terms.units(rounds, ended)}, nil
}

// rounds are those of a day as the ledger had them at a moment. One that was
// never rated nobody looked at.
func (i *Indicators) rounds(ctx context.Context, date calendar.Date, known time.Time) (*Terms, Rounds, error) {
	terms, err := i.ledger.Terms(ctx, date, known)
	if err != nil {
		return nil, nil, err
	}
	if terms == nil {
		terms = termsOf(i.o.District(), date)
	}
	rounds, err := i.ledger.Day(ctx, date, known, terms.Round)
	return terms, rounds, err
}

// provisional says whether late data may still change a day: until its window
// has closed, or every agent that speaks for the denominator, and the hub's
// where it looks at gateways, has brought all that it saw then. What was known
// earlier was provisional then, too.
func (i *Indicators) provisional(ctx context.Context, t *Terms, n Denominator, date calendar.Date, known time.Time) (bool, error) {
	ends := date.At(time.Duration(t.To) * t.Round)
	if !known.Before(date.At(24 * time.Hour).Add(i.o.District().Indicators.Closes)) {
		return false, nil
	}
	until, err := i.o.Origins.DrainedUntil(ctx)
	if err != nil {
		return false, err
	}
	sites := gatewayLookers(i.o.District())
	for _, u := range t.Units {
		for _, a := range u.Access {
			if n.holds(u.ID) && a.Required && a.Site != "" {
				sites = append(sites, a.Site)
			}
		}
	}
	for _, site := range sites {
		if until[site].Before(ends) || known.Before(until[site]) {
			return true, nil
		}
	}
	return known.Before(ends.Add(settle)), nil
}

// gatewayLookers are the hubs that look at gateways of access points.
func gatewayLookers(d *configs.District) (sites []string) {
	for i := range d.Sites {
		s := &d.Sites[i]
		if s.Kind == "hub" && slices.ContainsFunc(s.Checks, func(c configs.Check) bool { return c.Subject.Kind() == "access" }) {
			sites = append(sites, s.ID)
		}
	}
	return sites
}

// A MonthSummary is the access rate of a month: of the units of its last
// counted day, how many were connected on enough of its days and on the last.
type MonthSummary struct {
	First, Last calendar.Date // counted days; zero when there are none
	Days        int           // counted days
	Known       time.Time
	Provisional bool // 暂定
	Denominator Denominator
	Connected   int         // units of the denominator
	Units       []UnitMonth // of the denominator
	Refused     *Refusal
}

// Month sums up the counted days of a month as known at a moment, from the
// first day on that was ever rated; later days that were not are without data.
func (i *Indicators) Month(ctx context.Context, year int, of time.Month, known time.Time) (MonthSummary, error) {
	m := MonthSummary{Known: known}
	first, err := i.ledger.First(ctx)
	if err != nil {
		return MonthSummary{}, err
	}
	var days []countedDay
	for date := (calendar.Date{Year: year, Month: of, Day: 1}); date.Month == of && date.At(0).Before(known); date = date.AddDays(1) {
		if first == "" || date.String() < first {
			continue
		}
		day, err := i.read(ctx, date, known)
		if err != nil {
			return MonthSummary{}, err
		}
		if !day.terms.counts() || day.ended <= day.terms.From {
			continue
		}
		days = append(days, countedDay{day.terms, day.units})
		if m.Days == 0 {
			m.First = date
		}
		m.Last, m.Days = date, m.Days+1
		m.Denominator = day.terms.denominator()
		if !m.Provisional {
			if m.Provisional, err = i.provisional(ctx, day.terms, m.Denominator, date, known); err != nil {
				return MonthSummary{}, err
			}
		}
	}
	if m.Days == 0 {
		m.Refused = refuse("month")
		return m, nil
	}
	if m.Refused = m.Denominator.refusal(); m.Refused != nil {
		return m, nil
	}
	m.Provisional = m.Provisional || known.Before(calendar.Date{Year: year, Month: of, Day: 1}.At(0).AddDate(0, 1, 0))
	for _, u := range monthOf(days) {
		if m.Denominator.holds(u.Unit) {
			m.Units = append(m.Units, u)
			if u.OK {
				m.Connected++
			}
		}
	}
	return m, nil
}
