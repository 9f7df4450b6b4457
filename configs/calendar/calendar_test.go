package calendar

import (
	"testing"
	"time"
)

// TestHours: summer and winter hours of an office, winter over the turn of
// the year, on working days only.
func TestHours(t *testing.T) {
	t.Parallel()
	c := &Calendar{Years: map[int]Year{2026: {
		Holidays: map[Date]bool{{2026, time.October, 1}: true},
		Workdays: map[Date]bool{{2026, time.October, 10}: true},
	}}}
	h := Hours{Name: "office", Spans: []Span{
		{WorkingOnly: true, From: MonthDay{time.May, 1}, To: MonthDay{time.September, 30}, Open: 8*time.Hour + 30*time.Minute, Close: 18 * time.Hour},
		{WorkingOnly: true, From: MonthDay{time.October, 1}, To: MonthDay{time.April, 30}, Open: 9 * time.Hour, Close: 17*time.Hour + 30*time.Minute},
	}}
	for at, want := range map[string]bool{
		"2026-09-30T08:30:00+08:00": true,  // summer, its first minute
		"2026-09-30T17:59:59+08:00": true,  // and its last
		"2026-09-30T18:00:00+08:00": false, // not the moment of closing
		"2026-10-01T10:00:00+08:00": false, // a holiday
		"2026-10-02T08:30:00+08:00": false, // winter opens later
		"2026-10-02T09:00:00+08:00": true,
		"2026-10-10T09:00:00+08:00": true,  // a Saturday that is worked
		"2026-10-11T09:00:00+08:00": false, // a Sunday that is not
		"2026-12-31T17:29:00+08:00": true,
		"2027-01-01T17:29:00+08:00": true, // nobody knows 2027: by the weekday
		"2027-04-30T09:00:00+08:00": true,
		"2027-05-03T08:30:00+08:00": true, // summer again
		"2026-10-02T01:00:00Z":      true, // 09:00 in the district
		"2026-10-02T00:59:59Z":      false,
	} {
		moment, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := h.Open(c, moment); got != want {
			t.Errorf("%s: open is %t, want %t", at, got, want)
		}
	}
	if !(Hours{}).Open(c, time.Now()) || !(Hours{}).Always() {
		t.Error("hours without a span are not always open")
	}
	if d := (Date{2026, time.December, 31}).AddDays(1); d != (Date{2027, time.January, 1}) || d.String() != "2027-01-01" {
		t.Errorf("the day after 2026-12-31 is %s", d)
	}
}
