package configs

import (
	"strconv"
	"time"

	"fengsui/configs/calendar"
	"fengsui/configs/words"
)

// officeHours are the hours "office" of a district that describes none.
var officeHours = calendar.Hours{Name: "office", Spans: []calendar.Span{{WorkingOnly: true, Open: 8*time.Hour + 30*time.Minute, Close: 17*time.Hour + 30*time.Minute}}}

// hoursBlock reads when places are open: what the seasons say goes before
// what holds all year.
func (l *loading) hoursBlock(b *block) {
	h := calendar.Hours{Name: b.labels[0]}
	year := calendar.Span{WorkingOnly: true, Open: officeHours.Spans[0].Open, Close: officeHours.Spans[0].Close}
	l.span(b, &year)
	b.each("season", "season", func(in *block) {
		s := year
		must(in, "from", &s.From, wantMonthDay, words.WantMonthDay)
		must(in, "to", &s.To, wantMonthDay, words.WantMonthDay)
		l.span(in, &s)
		in.done()
		h.Spans = append(h.Spans, s)
	})
	h.Spans = append(h.Spans, year)
	b.done()
	if l.add("hours", b) {
		l.hours[h.Name] = h
	}
}

func (l *loading) span(b *block, s *calendar.Span) {
	days := ""
	if read(b, "days", &days, oneOf("working", "all")) {
		s.WorkingOnly = days == "working"
	}
	read(b, "open", &s.Open, wantTimeOfDay)
	read(b, "close", &s.Close, wantTimeOfDay)
	if s.Close <= s.Open {
		l.problem(b.where("close"), phrase(words.ConfigCloseEarly, timeOfDay(s.Close), timeOfDay(s.Open)))
	}
}

// wantTimeOfDay is a time since midnight: 08:30, at most 24:00.
func wantTimeOfDay(l literal) (time.Duration, *wrong) {
	if l.kind == 't' && l.text == "24:00" {
		return day, nil
	}
	if l.kind == 't' && len(l.text) == len("15:04") {
		if t, err := time.Parse("15:04", l.text); err == nil {
			return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
		}
	}
	return 0, wants(words.WantTimeOfDay)
}

func timeOfDay(d time.Duration) string {
	two := func(n int) string { return strconv.Itoa(n/10) + strconv.Itoa(n%10) }
	return two(int(d/time.Hour)) + ":" + two(int(d%time.Hour/time.Minute))
}

// wantMonthDay is a day of every year: 05-01.
func wantMonthDay(l literal) (calendar.MonthDay, *wrong) {
	if l.kind == 't' && len(l.text) == len("01-02") {
		if t, err := time.Parse("2006-01-02", "2024-"+l.text); err == nil { // a leap year has them all
			return calendar.MonthDay{Month: t.Month(), Day: t.Day()}, nil
		}
	}
	return calendar.MonthDay{}, wants(words.WantMonthDay)
}
