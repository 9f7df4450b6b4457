// Package calendar says which days are worked and which hours are open, in
// the district's time: the weekly pattern, and the published exceptions of
// each year (holidays, and weekend days that are worked instead, 调休).
package calendar

import (
	"fmt"
	"time"
)

// Zone is the district's time: UTC+8 all year.
var Zone = time.FixedZone("Asia/Shanghai", 8*60*60)

// A Date is a civil day in Zone.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf is the day of a moment.
func DateOf(t time.Time) Date {
	y, m, d := t.In(Zone).Date()
	return Date{y, m, d}
}

// At is the moment of a day at a time since midnight.
func (d Date) At(since time.Duration) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, Zone).Add(since)
}

// AddDays is the day n days later.
func (d Date) AddDays(n int) Date {
	return DateOf(time.Date(d.Year, d.Month, d.Day+n, 12, 0, 0, 0, Zone))
}

// String is the day as the ledger writes it: 2026-11-23.
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day) }

// A Year is what a government notice says of one year.
type Year struct {
	Holidays map[Date]bool // days off, also those that fall on a weekend
	Workdays map[Date]bool // weekend days that are worked
	Source   string        // the notice
}

// A Calendar knows the years of which there is a notice. It is not changed
// after it was made.
type Calendar struct{ Years map[int]Year }

// Known says whether there is a notice for a day's year.
func (c *Calendar) Known(d Date) bool {
	_, ok := c.Years[d.Year]
	return ok
}

// Working says whether a day is worked. In a year without a notice it goes by
// the weekday alone, and known is false: whatever is computed from it says so.
func (c *Calendar) Working(d Date) (working, known bool) {
	y, known := c.Years[d.Year]
	switch {
	case y.Holidays[d]:
		return false, true
	case y.Workdays[d]:
		return true, true
	}
	weekday := d.At(0).Weekday()
	return weekday != time.Saturday && weekday != time.Sunday, known
}

// Hours are when a place is open. The zero Hours are open always.
type Hours struct {
	Name  string
	Spans []Span // the first that holds on a day decides, none: closed
}

// A Span is the hours of a part of the year.
type Span struct {
	WorkingOnly bool          // holds on working days only
	From, To    MonthDay      // both inclusive, over the turn of the year where To is before From; zero: all year
	Open, Close time.Duration // since midnight; Close is after Open
}

// A MonthDay is a day of every year.
type MonthDay struct {
	Month time.Month
	Day   int
}

// Always says whether they are open at every moment.
func (h Hours) Always() bool { return len(h.Spans) == 0 }

// On returns the opening hours of a day; ok is false when it is closed.
func (h Hours) On(c *Calendar, d Date) (open, shut time.Duration, ok bool) {
	if h.Always() {
		return 0, 24 * time.Hour, true
	}
	for _, s := range h.Spans {
		if !s.holds(d) {
			continue
		}
		if working, _ := c.Working(d); s.WorkingOnly && !working {
			continue
		}
		return s.Open, s.Close, true
	}
	return 0, 0, false
}

// Open says whether a moment is within the hours.
func (h Hours) Open(c *Calendar, t time.Time) bool {
	d := DateOf(t)
	open, shut, ok := h.On(c, d)
	since := t.Sub(d.At(0))
	return ok && open <= since && since < shut
}

func (s Span) holds(d Date) bool {
	if s.From == (MonthDay{}) {
		return true
	}
	day := MonthDay{d.Month, d.Day}
	if s.From.compare(s.To) <= 0 {
		return s.From.compare(day) <= 0 && day.compare(s.To) <= 0
	}
	return s.From.compare(day) <= 0 || day.compare(s.To) <= 0
}

func (m MonthDay) compare(o MonthDay) int {
	if m.Month != o.Month {
		return int(m.Month) - int(o.Month)
	}
	return m.Day - o.Day
}
