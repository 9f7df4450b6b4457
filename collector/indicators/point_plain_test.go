package indicators

import (
	"slices"

	"fengsui/checks"
)

// plainPoint rates a point's day in the words of domain 2.2 from the looks of
// that day, with nothing of this package.
func plainPoint(point string, looks []simLook) string {
	yes, no := map[string]map[string]bool{}, map[string]map[string]bool{}
	say := func(what, site string, ok bool) {
		m := no
		if ok {
			m = yes
		}
		if m[what] == nil {
			m[what] = map[string]bool{}
		}
		m[what][site] = true
	}
	agree := func(what string, need int) string {
		good, bad := 0, len(no[what])
		for site := range yes[what] {
			if !no[what][site] { // one failure of a day is enough
				good++
			}
		}
		switch {
		case good >= need && good > bad:
			return "pass"
		case bad >= 2 && bad >= good, bad == 1 && good == 0:
			return "fail"
		}
		return "no_data"
	}
	newest, elsewhere := map[string]simLook{}, map[string]map[string]simLook{"dns": {}, "portal": {}}
	for _, l := range looks {
		if of, ok := elsewhere[l.check]; ok && l.state != checks.Unable && !l.noName && !l.at.Before(of[l.site].at) {
			of[l.site] = l
		}
		unable := l.state == checks.Unable
		switch {
		case point == "portal" && l.check == "portal" && l.noName:
			say("AAAA", l.site, false)
		case point == l.check && !unable && !l.noName:
			say("reached", l.site, l.state != checks.Down)
			say("AAAA", l.site, true)
		case point == "town" && l.site == "s1" && !l.noName:
			if o := newest["here"]; (!unable || l.code == "no_family_here") && (o.at.IsZero() || !l.at.Before(o.at)) {
				newest["here"] = l
			}
			if o := newest[l.check]; !unable && (o.at.IsZero() || !l.at.Before(o.at)) {
				newest[l.check] = l
			}
		}
	}
	if point != "town" {
		need := map[string]int{"portal": 2, "dns": 2}[point]
		all := []string{agree("reached", max(1, need))}
		if point == "portal" {
			all = append(all, agree("AAAA", need))
		}
		return together(all)
	}
	here := "no_data"
	if l := newest["here"]; !l.at.IsZero() {
		here = map[bool]string{true: "fail", false: "pass"}[l.state == checks.Unable]
	}
	quorum, good, bad := "no_data", 0, 0
	for _, check := range []string{"dns", "portal"} {
		dead, alive := 0, 0
		for _, l := range elsewhere[check] {
			if l.state == checks.Down {
				dead++
			} else {
				alive++
			}
		}
		if l := newest[check]; l.state == checks.Down && dead >= 2 && dead >= alive {
			continue // it is the service's fault
		}
		if l := newest[check]; !l.at.IsZero() && l.state == checks.Down {
			bad++
		} else if !l.at.IsZero() {
			good++
		}
	}
	if good == 2 {
		quorum = "pass"
	} else if bad > 0 {
		quorum = "fail"
	}
	return together([]string{here, quorum})
}

func together(all []string) string {
	switch {
	case slices.Contains(all, "fail"):
		return "fail"
	case slices.Contains(all, "no_data"):
		return "no_data"
	}
	return "pass"
}

// plainState follows a point over its days.
func plainState(days []string, started bool) string {
	state, run := "not_started", 0 // run: days that passed, or, negative, that failed
	for _, day := range days {
		switch day {
		case "pass":
			run = max(run, 0) + 1
			if run >= 7 {
				state = "done"
			} else if state == "not_started" || state == "underway" {
				state = "pending"
			}
		case "fail":
			run = min(run, 0) - 1
			if state == "pending" {
				state = "underway"
			}
			if state == "done" && run <= -3 {
				state = "reverted"
			}
		}
	}
	if state == "not_started" && started {
		return "underway"
	}
	return state
}
