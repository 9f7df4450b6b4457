package configs

import (
	"embed"
	"strconv"
	"strings"
	"time"

	"fengsui/configs/calendar"
	"fengsui/configs/words"
)

// published are the years whose notice ships. A district that describes such
// a year itself has its own instead.
//
//go:embed calendar/*.hcl
var published embed.FS

// PublishedCalendar is what every district knows without a calendar block.
func PublishedCalendar() *calendar.Calendar {
	l := newLoading("(shipped) calendar", nil, nil)
	l.publishedYears()
	if len(l.problems) > 0 {
		panic("BUG: shipped calendar: " + l.problems[0].EN)
	}
	return l.calendar
}

// publishedYears adds the years that ship and that the district has not.
func (l *loading) publishedYears() {
	entries, err := published.ReadDir("calendar")
	if err != nil {
		panic("BUG: no shipped calendar: " + err.Error())
	}
	for _, e := range entries {
		src, err := published.ReadFile("calendar/" + e.Name())
		if err != nil {
			panic("BUG: shipped calendar: " + err.Error())
		}
		if _, own := l.names["calendar"][strings.TrimSuffix(e.Name(), ".hcl")]; own {
			continue
		}
		if body := l.parse("(shipped) calendar/"+e.Name(), src); body != nil {
			l.top(body).each("calendar", `calendar "2027"`, l.calendarBlock)
		}
	}
}

// maxHolidays bounds one range of days: the longest that was ever published
// is 9 days, so a longer one has a mistyped month.
const maxHolidays = 16

func (l *loading) calendarBlock(b *block) {
	number, err := strconv.Atoi(b.labels[0])
	if err != nil || number < 2000 || number > 2199 || len(b.labels[0]) != 4 {
		l.problem(b.at, phrase(words.CalendarYear, quote(b.labels[0])))
		number = 0
	}
	year := calendar.Year{Holidays: map[calendar.Date]bool{}, Workdays: map[calendar.Date]bool{}}
	must(b, "source", &year.Source, wantLine(200), words.WantNotice)
	var off, on []days
	must(b, "holidays", &off, listOf(1, wantDays(number)), words.WantDays)
	must(b, "workdays", &on, listOf(0, wantDays(number)), words.WantDays)
	b.done()
	l.addDays(b, "holidays", off, year.Holidays, nil)
	l.addDays(b, "workdays", on, year.Workdays, year.Holidays)
	if number != 0 && l.add("calendar", b) {
		l.calendar.Years[number] = year
	}
}

// addDays notes the days of a list, each once in all of a year. Days that are
// worked although they are off otherwise can only be of a weekend.
func (l *loading) addDays(b *block, word string, list []days, into, off map[calendar.Date]bool) {
	for i, d := range list {
		at := b.where(word)
		if items := b.value(word).list; i < len(items) {
			at = items[i].at
		}
		for day := d.first; ; day = day.AddDays(1) {
			weekday := day.At(0).Weekday()
			switch {
			case into[day] || off[day]:
				l.problem(at, phrase(words.CalendarTwice, day.String()))
			case off != nil && weekday != time.Saturday && weekday != time.Sunday:
				l.problem(at, phrase(words.CalendarNoWeekend, day.String(), phrase(words.Weekday+strconv.Itoa(int(weekday)))))
			}
			into[day] = true
			if day == d.last {
				break
			}
		}
	}
}

// days are a day, or the days from one to another.
type days struct{ first, last calendar.Date }

// wantDays is "2027-02-05" or "2027-02-05/2027-02-11", within a year.
func wantDays(year int) want[days] {
	return func(l literal) (days, *wrong) {
		if l.kind != 't' {
			return days{}, wants(words.WantDays)
		}
		from, to, isRange := strings.Cut(l.text, "/")
		if !isRange {
			to = from
		}
		first, err := time.ParseInLocation(time.DateOnly, from, calendar.Zone)
		last, err2 := time.ParseInLocation(time.DateOnly, to, calendar.Zone)
		switch n := int(last.Sub(first) / day); {
		case err != nil || err2 != nil:
			return days{}, wants(words.WantDays)
		case n < 0:
			return days{}, wants(words.WantDaysOrder)
		case n >= maxHolidays:
			return days{}, wants(words.WantDaysFew, strconv.Itoa(maxHolidays))
		case year != 0 && (first.Year() != year || last.Year() != year):
			return days{}, wants(words.WantDaysOf, strconv.Itoa(year))
		}
		return days{calendar.DateOf(first), calendar.DateOf(last)}, nil
	}
}

// CalendarProblems says which years a configuration has no notice for at a moment: this one, and
// the next, which is an error from November on, when its notice is published,
// and a warning in the months before. It is no mistake for [Load]: a collector
// that is started again in November still has to watch the district.
func (d *District) CalendarProblems(dir string, now time.Time) []Problem {
	today := calendar.DateOf(now)
	var found []Problem
	for _, year := range []int{today.Year, today.Year + 1} {
		if d.Calendar.Known(calendar.Date{Year: year}) {
			continue
		}
		s := phrase(words.CalendarMissing, strconv.Itoa(year))
		found = append(found, Problem{
			File: dir, ZH: s.in("zh"), EN: s.in("en"),
			Warning: year > today.Year && today.Month < time.November,
		})
	}
	return found
}
