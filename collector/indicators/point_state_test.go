package indicators

import (
	"testing"
	"time"

	"fengsui/configs"
	"fengsui/configs/calendar"
)

// events makes rounds, a day each: "+" passed, "-" failed, "." no data, "s" the
// inventory says that work has begun and "e" that it has not.
func events(text string) (all []event) {
	at := time.Date(2026, 10, 1, 0, 0, 0, 0, calendar.Zone)
	for _, mark := range text {
		switch mark {
		case 's', 'e':
			all = append(all, event{at: at, started: mark == 's'})
			continue
		}
		all = append(all, event{at: at, verdict: map[rune]Verdict{'+': Passed, '-': Unmet, '.': Undecided}[mark]})
		at = at.AddDate(0, 0, 1)
	}
	return all
}

func TestStatesOfAPoint(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, rounds    string
		promote, revert int
		want            PointState
		changes         int
	}{
		{"nothing", "", 7, 3, PointIdle, 0},
		{"it fails and nobody has begun", "---", 7, 3, PointIdle, 0},
		{"begun", "s", 7, 3, PointUnderway, 1},
		{"begun, and it fails", "s--", 7, 3, PointUnderway, 1},
		{"the inventory takes it back", "se", 7, 3, PointIdle, 2},
		{"it passes though nobody said that it has begun", "-+", 7, 3, PointPending, 1},
		{"a day too few", "++++++", 7, 3, PointPending, 1},
		{"seven days", "+++++++", 7, 3, PointDone, 2},
		{"at once, where one round is asked for", "+", 1, 3, PointDone, 1},
		{"a day that fails begins the count anew", "++++++-++++++", 7, 3, PointPending, 3},
		{"it passed once and fails", "+-", 7, 3, PointUnderway, 2},
		{"days without data do not interrupt", "+++....++++", 7, 3, PointDone, 2},
		{"days without data do not promote", "++++++......", 7, 3, PointPending, 1},
		{"days without data do not revert", "+++++++--.....", 7, 3, PointDone, 2},
		{"nor do they excuse", "+++++++--...-", 7, 3, PointReverted, 3},
		{"two days do not revert", "+++++++--+--", 7, 3, PointDone, 2},
		{"three do", "+++++++---", 7, 3, PointReverted, 3},
		{"one does, where one is asked for", "+++++++-", 7, 1, PointReverted, 3},
		{"six days bring it not back", "+++++++---++++++", 7, 3, PointReverted, 3},
		{"seven do", "+++++++---+++++++", 7, 3, PointDone, 4},
	} {
		s := configs.DefaultIndicators()
		s.PromoteAfter, s.RevertAfter = c.promote, c.revert
		told := retell(nil, events(c.rounds), time.Time{}, &s)
		state, _ := stateAt(told, time.Date(2027, 1, 1, 0, 0, 0, 0, calendar.Zone))
		if state != c.want || len(told) != c.changes {
			t.Errorf("%s: %q comes to %s by %+v, want %s by %d changes", c.name, c.rounds, state, told, c.want, c.changes)
		}
		// Told round by round it is the same.
		var steps []Transition
		all := events(c.rounds)
		for i, e := range all {
			steps = retell(steps, all[:i+1], e.at, &s)
		}
		if len(steps) != len(told) || len(told) > 0 && steps[len(steps)-1] != told[len(told)-1] {
			t.Errorf("%s: told step by step %+v, at once %+v", c.name, steps, told)
		}
	}
}

// TestSettingsLeaveThePastAlone: other settings judge what comes, and not what
// was told.
func TestSettingsLeaveThePastAlone(t *testing.T) {
	t.Parallel()
	s := configs.DefaultIndicators()
	all := events("+++++")
	told := retell(nil, all, time.Time{}, &s)
	s.PromoteAfter = 3
	all = events("++++++")
	got := retell(told, all, all[5].at, &s)
	if len(got) != 2 || got[1].To != PointDone || !got[1].At.Equal(all[5].at) {
		t.Errorf("got %+v, want done from the sixth round on, the first under the new settings", got)
	}
}

func TestRoundsOfPoints(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 13, 37, 11, 0, calendar.Zone)
	for length, want := range map[time.Duration]time.Time{
		24 * time.Hour:  time.Date(2026, 11, 23, 0, 0, 0, 0, calendar.Zone),
		time.Hour:       time.Date(2026, 11, 23, 13, 0, 0, 0, calendar.Zone),
		5 * time.Second: time.Date(2026, 11, 23, 13, 37, 10, 0, calendar.Zone),
	} {
		if got := roundOf(at, length); !got.Equal(want) {
			t.Errorf("rounds of %v: got %s, want %s", length, got, want)
		}
	}
	if got := roundOf(time.Date(1999, 12, 31, 23, 0, 0, 0, calendar.Zone), 24*time.Hour); got.Day() != 31 {
		t.Errorf("before the first round: got %s, want the day before", got)
	}
}
