package posture

import (
	"testing"
	"time"

	"fengsui/configs"
	"fengsui/configs/calendar"
)

// office is 08:30 to 18:00 on working days.
var office = calendar.Hours{Name: "office", Spans: []calendar.Span{{WorkingOnly: true, Open: 8*time.Hour + 30*time.Minute, Close: 18 * time.Hour}}}

func TestMissedFrom(t *testing.T) {
	t.Parallel()
	at := func(s string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04", s, calendar.Zone)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	holiday := calendar.Date{Year: 2026, Month: time.November, Day: 27}
	c := &calendar.Calendar{Years: map[int]calendar.Year{2026: {Holidays: map[calendar.Date]bool{holiday: true}}}}
	for _, x := range []struct {
		name       string
		grace      time.Duration
		last, want string
	}{
		{"cut in the morning", 15 * time.Minute, "2026-11-24 09:00", "2026-11-24 09:00"},
		{"somebody leaves early", 15 * time.Minute, "2026-11-24 17:50", "2026-11-25 08:45"},
		{"switched off at the end", 15 * time.Minute, "2026-11-24 18:00", "2026-11-25 08:45"},
		{"somebody leaves early, no grace", 0, "2026-11-24 17:50", "2026-11-24 17:50"},
		{"switched off at the end, no grace", 0, "2026-11-24 18:00", "2026-11-25 08:30"},
		{"somebody leaves half an hour early, an hour of grace", time.Hour, "2026-11-24 17:30", "2026-11-25 09:30"},
		{"at night", 15 * time.Minute, "2026-11-24 23:00", "2026-11-25 08:45"},
		{"before the hours", 15 * time.Minute, "2026-11-24 07:00", "2026-11-24 08:45"},
		{"before a holiday and a weekend", 15 * time.Minute, "2026-11-26 18:05", "2026-11-30 08:45"},
		{"on a Saturday", 15 * time.Minute, "2026-11-28 12:00", "2026-11-30 08:45"},
	} {
		if got := missedFrom(office, c, x.grace, at(x.last)); !got.Equal(at(x.want)) {
			t.Errorf("%s: missed from %s, want %s", x.name, got.In(calendar.Zone), x.want)
		}
	}
	if got := missedFrom(calendar.Hours{}, c, 0, at("2026-11-28 12:00")); !got.Equal(at("2026-11-28 12:00")) {
		t.Errorf("open always: missed from %s, want at once", got)
	}
	never := calendar.Hours{Spans: []calendar.Span{{From: calendar.MonthDay{Month: 1, Day: 1}, To: calendar.MonthDay{Month: 1, Day: 1}, Open: 0, Close: time.Hour}}}
	if got := missedFrom(never, c, 0, at("2026-11-24 12:00")); got.Sub(at("2026-11-24 12:00")) > 32*24*time.Hour {
		t.Errorf("hardly ever open: missed from %s, want within a month", got)
	}
}

// TestOffDuty: a site that is switched off at the end of its hours is shown
// and excused until it should be back, and a cut of the afternoon never is,
// however often the collector starts.
func TestOffDuty(t *testing.T) {
	for name, x := range map[string]struct {
		silentAt time.Duration // since midnight
		evening  float64
	}{
		"switched off": {18 * time.Hour, 1},
		"cut":          {15 * time.Hour, 0},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				b := open(t, t.TempDir(), Options{})
				defer func() { b.end() }()
				site := hub()
				site.Hours = office
				d := inventory(site)
				d.Calendar, d.Alerting = &calendar.Calendar{}, configs.DefaultAlerting()
				b.SetInventory(d)
				monday := calendar.DateOf(time.Now())
				for monday.At(0).Weekday() != time.Monday || monday.At(0).Before(time.Now()) {
					monday = monday.AddDays(1)
				}
				time.Sleep(time.Until(monday.At(x.silentAt)))
				b.run()
				b.Contact("hub", time.Now())
				b.wantOff("while it speaks", 0)
				time.Sleep(46 * time.Second)
				b.wantSite("silent", "silent")
				b.wantOff("silent", x.evening)
				time.Sleep(time.Until(monday.At(22 * time.Hour)))
				b.wantOff("at night", x.evening)
				if got := b.Snapshot().Sites[0].OffDuty; got != (x.evening == 1) {
					t.Errorf("the snapshot says off duty %t at night, want %t", got, x.evening == 1)
				}
				time.Sleep(time.Until(monday.AddDays(1).At(8*time.Hour + 44*time.Minute)))
				b.wantOff("before it must be back", x.evening)
				time.Sleep(2*time.Minute + time.Second)
				b.wantOff("it is not back", 0)
				d.Alerting.DutyGrace = time.Hour // a reload
				b.SetInventory(d)
				time.Sleep(time.Second)
				b.wantOff("given an hour", x.evening)
				b.increasing()
			})
		})
	}
}

func (b *bench) wantOff(when string, want float64) {
	b.t.Helper()
	got, has := b.last("fengsui_known_site_off_duty", "site", "hub")
	if !has || got != want {
		b.t.Errorf("%s: fengsui_known_site_off_duty is %v (there: %t), want %v", when, got, has, want)
	}
}
