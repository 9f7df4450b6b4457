package alerts

import (
	"unicode/utf16"

	"github.com/prometheus/alertmanager/template"
	"github.com/prometheus/common/model"

	"fengsui/configs/calendar"
)

// smsLimit is a short message in UCS-2, in UTF-16 units.
const smsLimit = 70

// smsName bounds a name in a short message, in UTF-16 units: with it what,
// where, since and reach fit whatever they say.
const smsName = 16

// sms tells the most urgent alert of a notification in one short message: what,
// where, since when, and how much depends on it; of the others their number.
func (t telling) sms(data *template.Data, lang string) string {
	all := append(data.Alerts.Firing(), data.Alerts.Resolved()...)
	if len(all) == 0 {
		return ""
	}
	al := all[0]
	f := t.factsOf(al)
	where, what := clipUnits(f.Where[language(lang)], smsName), clipUnits(what(al, lang), smsName)
	since := al.StartsAt.In(calendar.Zone).Format("01-02 15:04")
	var tail string
	text := say(lang, "sms", where, what, since)
	if al.Status == string(model.AlertResolved) {
		text = say(lang, "sms_over", where, what, since, Lasting(al.EndsAt.Sub(al.StartsAt), lang))
	} else if f.Reached || len(f.Reach) > 0 {
		tail = say(lang, "sms_reach", len(f.Reach))
	}
	text = clipUnits(text, smsLimit-units(tail)) + tail
	if more := say(lang, "sms_more", len(all)-1); len(all) > 1 && units(text+more) <= smsLimit {
		text += more
	}
	return text
}

// units counts as a short message in UCS-2 does.
func units(s string) int { return len(utf16.Encode([]rune(s))) }

// clipUnits cuts a text to n UTF-16 units, between characters, and shows it.
func clipUnits(s string, n int) string {
	if units(s) <= n {
		return s
	}
	kept := 0
	for i, r := range s {
		if kept += utf16.RuneLen(r); kept > n-1 {
			return s[:i] + "…"
		}
	}
	return s
}
