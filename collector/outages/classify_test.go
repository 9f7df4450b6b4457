package outages

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fengsui/configs/words"
)

var (
	began = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC) // 10:00 of the district
	ended = began.Add(12 * time.Minute)
)

// TestClassify: what each evidence means, and that it can be said.
func TestClassify(t *testing.T) {
	t.Parallel()
	same := Evidence{Began: began, Ended: ended, Heard: true, SameAgent: true, SameBoot: true, SameInstance: true}
	with := func(change func(*Evidence)) Evidence {
		e := same
		change(&e)
		return e
	}
	booted := func(e *Evidence) { e.SameBoot, e.SameInstance, e.Booted = false, false, began.Add(5*time.Minute) }
	for name, tt := range map[string]struct {
		e           Evidence
		class, code string
	}{
		"lasts":                     {Evidence{Began: began}, Unknown, "lasts"},
		"lasts, after a goodbye":    {Evidence{Began: began, Goodbye: began}, Shutdown, "goodbye"},
		"lasts, out of hours":       {Evidence{Began: began, Excused: true}, OffHours, "closed"},
		"out of hours and booted":   {with(func(e *Evidence) { booted(e); e.Excused = true }), OffHours, "closed"},
		"not heard yet":             {Evidence{Began: began, Ended: ended}, Unknown, "not_heard"},
		"the same process":          {same, Line, "same_process"},
		"nothing seen, all is in":   {with(func(e *Evidence) { e.Expected = true }), Unknown, "stood_still"},
		"nothing seen so far":       {with(func(e *Evidence) { e.Expected, e.Backlog = true, true }), Line, "same_process"},
		"saw its own site only":     {with(func(e *Evidence) { e.Kept = 9 }), Line, "kept_probing"},
		"saw others fail":           {with(func(e *Evidence) { e.Kept, e.Looks, e.Reached = 9, 6, 1 }), Line, "others_lost"},
		"saw half of them":          {with(func(e *Evidence) { e.Kept, e.Looks, e.Reached = 9, 6, 3 }), Line, "others_lost"},
		"saw the others":            {with(func(e *Evidence) { e.Kept, e.Looks, e.Reached = 9, 6, 5 }), Firewall, "others_reached"},
		"booted":                    {with(booted), Power, "booted_at"},
		"booted, no anchor":         {with(func(e *Evidence) { booted(e); e.Booted = time.Time{} }), Power, "booted"},
		"booted before":             {with(func(e *Evidence) { booted(e); e.Booted = began.Add(-time.Hour) }), Unknown, "other_machine"},
		"booted as it fell silent":  {with(func(e *Evidence) { booted(e); e.Booted = began.Add(-bootSlack) }), Power, "booted_at"},
		"booted after":              {with(func(e *Evidence) { booted(e); e.Booted = ended.Add(time.Hour) }), Unknown, "other_machine"},
		"probed, then booted":       {with(func(e *Evidence) { booted(e); e.Kept, e.Looks = 9, 6 }), Line, "others_lost"},
		"goodbye and booted":        {with(func(e *Evidence) { booted(e); e.Goodbye = began }), Shutdown, "goodbye"},
		"a new process":             {with(func(e *Evidence) { e.SameInstance = false }), Program, "new_process"},
		"a new process, so far":     {with(func(e *Evidence) { e.SameInstance, e.Backlog = false, true }), Program, "new_process_so_far"},
		"a new process that probed": {with(func(e *Evidence) { e.SameInstance, e.Kept, e.Looks = false, 9, 6 }), Line, "others_lost"},
		"another agent":             {with(func(e *Evidence) { e.SameAgent = false }), Unknown, "other_agent"},
	} {
		v := Classify(tt.e)
		if v.Class != tt.class || v.Code != tt.code || !slices.Contains(Classes, v.Class) {
			t.Errorf("%s: got %s by %s, want %s by %s", name, v.Class, v.Code, tt.class, tt.code)
		}
		o := Outage{Class: v.Class, Code: v.Code, Args: v.Args}
		for _, lang := range []string{"zh", "en"} {
			why := o.Why(lang, func(t time.Time) string { return t.Format(time.TimeOnly) })
			if !words.Known(words.OutageWhy+v.Code) || strings.Contains(why, "%!") || strings.Contains(why, "2026-") || o.ClassName(lang) == words.OutageClass+v.Class {
				t.Errorf("%s: said in %s as %q, %q; want a whole sentence with clock times", name, lang, o.ClassName(lang), why)
			}
		}
	}
	if got := (Outage{Code: "others_reached", Args: []string{"5", "6"}}).Why("zh", nil); !strings.Contains(got, "6 次探测中 5 次可达") {
		t.Errorf("got %q, want 5 of 6 in Chinese order", got)
	}
}
