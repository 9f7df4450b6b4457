package configs

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"fengsui/configs/sheet"
	"fengsui/configs/words"
)

// clean judges what stands in a cell of a column below a head, and writes it
// as the language does. What is refused gets a sentence whose first two
// arguments, head and content, the caller fills in.
func (c Column) clean(cell sheet.Cell, head string) (string, *said) {
	no := func(key string, args ...any) (string, *said) { s := phrase(key, args...); return "", &s }
	text := cell.Text
	trimmed := strings.TrimFunc(text, sheet.Space)
	switch {
	case trimmed == "":
		return "", nil
	case trimmed != text:
		return no(words.CellBlanks, quote(trimmed))
	}
	if _, is := c.Names[text]; is {
		return c.Names[text], nil
	}
	if wide := halfWidth(text); wide != text && (c.Shape != Free || wideDigits.MatchString(text)) {
		if c.Shape == Free {
			wide = wideDigits.ReplaceAllStringFunc(text, halfWidth)
		}
		return no(words.CellWide, quote(wide))
	}
	switch {
	case c.Shape == Day:
		return day8601(text)
	case cell.Day, c.Shape != Free && c.Shape != Line && c.Shape != List && asDate.MatchString(text):
		return no(words.CellDate)
	case c.Shape != Free && scientific.MatchString(text):
		return no(words.CellScience)
	}
	switch c.Shape {
	case Code:
		if digits.MatchString(text) && (len(text) == 8 || len(text) == 11) {
			return no(words.CellZeros, strconv.Itoa(len(text)))
		}
	case Phone:
		if !phone.MatchString(text) {
			return no(words.CellPhone)
		}
		if lostZero.MatchString(text) {
			return no(words.CellPhoneZero, quote("0"+text))
		}
	case Flag:
		yes, is := flags[text]
		if !is {
			return no(words.CellFlag)
		}
		return strconv.FormatBool(yes), nil
	case Count:
		if !digits.MatchString(text) {
			return no(words.CellCount)
		}
	case Rate:
		return megabits(text, strings.Contains(strings.ToLower(halfWidth(head)), "mbps"))
	case Thing:
		return no(words.CellThing, c.listed())
	}
	return text, nil
}

var wideDigits = regexp.MustCompile(`[０-９Ａ-Ｚａ-ｚ]+`)

// lostZero is a number of a trunk code without the zero: no other number has
// so many digits and begins so (1 a mobile or a service, 400 and 800 free ones).
var lostZero = regexp.MustCompile(`^([235-79]|4[1-9]|8[1-9])[0-9]{8,10}$`)

// listed are the names that a column of things is exported with.
func (c Column) listed() string {
	var all []string
	seen := map[string]bool{}
	for _, list := range [][]string{SiteKinds, AccessTypes, BudgetStates, {"1", "2"}} {
		for _, word := range list {
			if name := exported[word]; c.Names[name] == word && !seen[name] {
				all, seen[name] = append(all, name), true
			}
		}
	}
	return strings.Join(all, "、")
}

var looseRate = regexp.MustCompile(`^([0-9]+) ?(?i:(g|千兆|m|兆|k)(b|bps|b/s|bit/s)?)?$`)

// megabits reads a rate. A number alone is one of Mbit/s only where the head
// says so.
func megabits(text string, headSays bool) (string, *said) {
	if _, bad := wantRate(0, 1<<62)(literal{kind: 't', text: text}); bad == nil {
		return text, nil
	}
	m := looseRate.FindStringSubmatch(text)
	if m != nil && m[2] == "" && headSays {
		return m[1] + "Mbps", nil
	}
	cure := "100Mbps"
	if m != nil {
		unit := map[string]string{"g": "Gbps", "千兆": "Gbps", "k": "kbps"}[strings.ToLower(m[2])]
		if unit == "" {
			unit = "Mbps"
		}
		cure = m[1] + unit
	}
	s := phrase(words.CellRate, quote(cure))
	return "", &s
}

// day8601 reads a day in the ways in which its parts cannot be mistaken.
func day8601(text string) (string, *said) {
	for _, layout := range []string{time.DateOnly, "2006/1/2", "2006-1-2", "2006年1月2日"} {
		if d, err := time.Parse(layout, text); err == nil {
			return d.Format(time.DateOnly), nil
		}
	}
	s := phrase(words.CellDay)
	return "", &s
}
