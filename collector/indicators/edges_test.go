package indicators

import (
	"testing"

	"fengsui/configs"
	"fengsui/configs/calendar"
)

func TestEdgesOfARound(t *testing.T) {
	t.Parallel()
	s := configs.DefaultIndicators()
	for _, c := range []struct {
		name string
		in   Evidence
		want Round
	}{
		{"nothing seen", Evidence{Quorum: []Seen{0, 0, 0}}, Round{}},
		{"the gateway does not answer, the agent reaches one of three", Evidence{Gateway: Failed, Quorum: []Seen{Reached, Unseen, Unseen}}, Round{}},
		{"the gateway does not answer, the agent is silent", Evidence{Gateway: Failed, Quorum: []Seen{0, 0, 0}}, Round{Outcome: Fail}},
		{"one of three failed", Evidence{Quorum: []Seen{Unseen, Failed, Unseen}}, Round{}},
		{"the collector was not at work, and the agent reached another", Evidence{Quorum: []Seen{Unseen, Reached, Unseen}, Blind: true}, Round{Outcome: Excluded}},
		{"the collector was not at work, and nothing was reached", Evidence{Quorum: []Seen{0, 0, 0}, Blind: true}, Round{}},
		{"heard from elsewhere, the hub reaches its gateway", Evidence{Gateway: Reached, Quorum: []Seen{0, 0, 0}, Outside: true}, Round{Outcome: OK, Grade: E1, Outside: true}},
		{"heard from elsewhere alone", Evidence{Quorum: []Seen{0, 0, 0}, Outside: true}, Round{Outside: true}},
		{"heard from elsewhere for a while", Evidence{Quorum: []Seen{Reached, Reached, 0}, Outside: true}, Round{Outcome: OK, Grade: E2}},
		{"no agent", Evidence{Gateway: Reached}, Round{Outcome: OK, Grade: E1}},
	} {
		if got := rate(c.in, false, &s); got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestEdgesOfAMonth(t *testing.T) {
	t.Parallel()
	s := configs.DefaultIndicators().MonthOK
	days := []bool{false, true, true, true, true, true, true, true, true, true}
	if !month(days, s) {
		t.Error("nine of ten days and the last of them: got not connected")
	}
	days[0], days[9] = true, false
	if month(days, s) {
		t.Error("nine of ten days and not the last of them: got connected")
	}
	if month(nil, s) {
		t.Error("no day that counts: got connected")
	}
}

// TestBoundsAreExact: 95 % of any number of rounds that has such a share.
func TestBoundsAreExact(t *testing.T) {
	t.Parallel()
	s := termsOf(district(), calendar.Date{Year: 2026, Month: 11, Day: 23})
	for n := 20; n <= 20_000; n += 20 {
		if !s.connected(n/20*19, n/20, 0) || s.connected(n/20*19-1, n/20+1, 0) {
			t.Fatalf("of %d rounds: 95 %% and a round less are not told apart", n)
		}
	}
}
