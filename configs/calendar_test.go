package configs

import (
	"strings"
	"testing"
	"time"

	"fengsui/configs/calendar"
)

// TestPublished2026 holds the shipped year against what was published of it:
// 19 holidays on weekdays, 6 weekend days that are worked (domain 2.1c).
func TestPublished2026(t *testing.T) {
	t.Parallel()
	c := PublishedCalendar()
	off, on, working := 0, 0, 0
	for d := (calendar.Date{Year: 2026, Month: 1, Day: 1}); d.Year == 2026; d = d.AddDays(1) {
		worked, known := c.Working(d)
		if !known {
			t.Fatalf("%s is not known", d)
		}
		weekday := d.At(0).Weekday()
		weekend := weekday == time.Saturday || weekday == time.Sunday
		switch {
		case worked && weekend:
			on++
		case !worked && !weekend:
			off++
		}
		if worked {
			working++
		}
	}
	if off != 19 || on != 6 || working != 261-19+6 {
		t.Errorf("%d weekdays are off, %d weekend days worked, %d days worked in all; want 19, 6 and 248", off, on, working)
	}
	for day, want := range map[string]bool{
		"2026-01-01": false, "2026-01-04": true, "2026-02-14": true, "2026-02-16": false, "2026-02-24": true, "2026-02-28": true,
		"2026-04-06": false, "2026-05-05": false, "2026-05-09": true, "2026-06-19": false, "2026-09-20": true, "2026-09-25": false,
		"2026-10-07": false, "2026-10-08": true, "2026-10-10": true, "2026-10-11": false, "2026-11-24": true,
	} {
		at, err := time.ParseInLocation(time.DateOnly, day, calendar.Zone)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := c.Working(calendar.DateOf(at)); got != want {
			t.Errorf("%s: worked is %t, want %t", day, got, want)
		}
	}
}

// TestCalendarOfDistrict: its own years join the shipped ones, and one of
// them takes the place of the shipped.
func TestCalendarOfDistrict(t *testing.T) {
	t.Parallel()
	d, err := loadSource("x.hcl", []byte(`
calendar "2026" {
  source   = "另一份通知"
  holidays = ["2026-03-02"]
  workdays = []
}
calendar "2027" {
  source   = "通知"
  holidays = ["2027-01-01/2027-01-03"]
  workdays = ["2027-01-09"]
}`), testKinds, testParse)
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[calendar.Date]bool{
		{Year: 2026, Month: 3, Day: 2}: false, {Year: 2026, Month: 10, Day: 1}: true,
		{Year: 2027, Month: 1, Day: 1}: false, {Year: 2027, Month: 1, Day: 9}: true, {Year: 2027, Month: 1, Day: 10}: false,
	} {
		if got, known := d.Calendar.Working(day); got != want || !known {
			t.Errorf("%s: worked is %t, known %t, want %t", day, got, known, want)
		}
	}
	if _, known := d.Calendar.Working(calendar.Date{Year: 2028, Month: 1, Day: 1}); known {
		t.Error("2028 is known, and nobody said anything of it")
	}
}

// TestCalendarProblems: from November on the next year is wanted.
func TestCalendarProblems(t *testing.T) {
	t.Parallel()
	d := &District{Calendar: PublishedCalendar()}
	for now, want := range map[string]string{
		"2026-01-01T00:00:00+08:00": "warning 2027",
		"2026-10-31T23:59:59+08:00": "warning 2027",
		"2026-11-01T00:00:00+08:00": "error 2027",
		"2026-12-31T23:59:59+08:00": "error 2027",
		"2026-12-31T16:00:00Z":      "error 2027, warning 2028", // midnight in the district
		"2025-06-01T00:00:00+08:00": "error 2025",
	} {
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range d.CalendarProblems("etc", at) {
			level := "error"
			if p.Warning {
				level = "warning"
			}
			year, _, _ := strings.Cut(strings.TrimPrefix(p.EN, "there is no calendar of "), ",")
			got = append(got, level+" "+year)
		}
		if s := strings.Join(got, ", "); s != want {
			t.Errorf("%s: %s, want %s", now, s, want)
		}
	}
}
