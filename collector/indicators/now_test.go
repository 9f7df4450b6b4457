package indicators

import (
	"testing"

	"fengsui/configs"
)

// TestRoundOfAUnit: all required access points decide.
func TestRoundOfAUnit(t *testing.T) {
	t.Parallel()
	ok3, ok1, fail, none, excluded := Round{Outcome: OK, Grade: E3}, Round{Outcome: OK, Grade: E1}, Round{Outcome: Fail}, Round{}, Round{Outcome: Excluded}
	for _, c := range []struct {
		name string
		of   []Round // the first two are required
		want Round
	}{
		{"both", []Round{ok3, ok3}, ok3},
		{"the least grade", []Round{ok3, ok1}, ok1},
		{"one failed", []Round{fail, none}, fail},
		{"one without data", []Round{ok3, none}, none},
		{"one excluded, one without data", []Round{excluded, none}, none},
		{"one excluded", []Round{excluded, ok3}, excluded},
		{"one that is not required failed", []Round{ok3, ok3, fail}, ok3},
		{"not rated so far", []Round{ok3}, none},
	} {
		u, rounds := TermsUnit{}, Rounds{}
		for i := range 3 {
			node := configs.NodeOf("access", string(rune('a'+i)))
			u.Access = append(u.Access, TermsAccess{Node: node, Required: i < 2})
			if i < len(c.of) {
				rounds[node] = []Round{c.of[i]}
			}
		}
		if got := unitRound(u, rounds, 0); got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
	if got := unitRound(TermsUnit{}, nil, 0); got != fail {
		t.Errorf("no access point: got %+v, want it to have failed", got)
	}
}
