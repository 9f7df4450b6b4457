package indicators

import (
	"slices"
	"testing"

	"fengsui/checks"
	"fengsui/checks/all"
	"fengsui/configs"
)

// sights makes what vantages saw of criteria: "V2:hub+ town- village?".
func sights(of map[string]string) map[string]map[string]Sight {
	seen := map[string]map[string]Sight{}
	for criterion, text := range of {
		seen[criterion] = map[string]Sight{}
		for i, mark := range text {
			seen[criterion][string(rune('a'+i))] = Sight{Seen: map[rune]Seen{'+': Reached, '-': Failed, '?': Unseen}[mark]}
		}
	}
	return seen
}

func TestVerdictOfAPoint(t *testing.T) {
	t.Parallel()
	both := map[string]int{"V1": 2, "V2": 2}
	for _, c := range []struct {
		name string
		s    scope
		seen map[string]string
		want Verdict
	}{
		{"two sites agree", scope{kind: "W", need: both}, map[string]string{"V1": "++", "V2": "++"}, Passed},
		{"one site is not enough", scope{kind: "W", need: both}, map[string]string{"V1": "++", "V2": "+?"}, Undecided},
		{"one is, where one is asked for", scope{kind: "W", need: map[string]int{"V1": 1, "V2": 1}}, map[string]string{"V1": "+", "V2": "+"}, Passed},
		{"nobody could look", scope{kind: "W", need: both}, map[string]string{"V1": "??", "V2": "??"}, Undecided},
		{"nothing was seen", scope{kind: "W", need: both}, nil, Undecided},
		{"two see it dead", scope{kind: "W", need: both}, map[string]string{"V1": "++", "V2": "--"}, Unmet},
		{"the only one that could look sees it dead", scope{kind: "W", need: both}, map[string]string{"V1": "++", "V2": "-?"}, Unmet},
		{"two could look and disagree", scope{kind: "W", need: both}, map[string]string{"V1": "++", "V2": "+-"}, Undecided},
		{"one site's own fault", scope{kind: "W", need: both}, map[string]string{"V1": "+++", "V2": "++-"}, Passed},
		{"as many see it dead as alive", scope{kind: "W", need: both}, map[string]string{"V1": "++++", "V2": "++--"}, Unmet},
		{"most see it alive", scope{kind: "W", need: both}, map[string]string{"V1": "+++++", "V2": "+++--"}, Passed},
		{"most see it alive, and too few", scope{kind: "W", need: map[string]int{"V1": 4, "V2": 4}}, map[string]string{"V1": "+++++", "V2": "+++--"}, Undecided},
		{"no AAAA record", scope{kind: "W", need: both}, map[string]string{"V1": "--"}, Unmet},
		{"nobody looks for AAAA", scope{kind: "W", need: map[string]int{"V2": 2}}, map[string]string{"V2": "++"}, Undecided},
		{"a server by address needs no AAAA", scope{kind: "S", need: map[string]int{"V2": 2}, address: true}, map[string]string{"V2": "++"}, Passed},
		{"a device that is only pinged", scope{kind: "D", need: map[string]int{"D1": 1}}, map[string]string{"D1": "+"}, Passed},
		{"a device that answers no ping", scope{kind: "D", need: map[string]int{"D1": 1, "D2": 1}}, map[string]string{"D1": "-", "D2": "+"}, Unmet},
		{"a device that nobody looks at", scope{kind: "D", need: map[string]int{}}, nil, Undecided},
		{"one end of a line", scope{kind: "L", need: map[string]int{"L1": 1, "L2": 1}}, map[string]string{"L1": "+"}, Undecided},
		{"a name server", scope{kind: "N", need: map[string]int{"R2": 2}}, map[string]string{"R2": "++"}, Passed},
		{"a site without IPv6", scope{kind: "T", need: map[string]int{"T1": 1, "T2": 1}}, map[string]string{"T1": "-", "T2": "?"}, Unmet},
	} {
		r := judgePoint(c.s, sights(c.seen))
		if r.Verdict != c.want {
			t.Errorf("%s: got %s, want %s; criteria %+v", c.name, r.Verdict, c.want, r.Criteria)
		}
		if len(r.Criteria) != len(requirements[c.s.kind]) {
			t.Errorf("%s: %d criteria are listed, want all %d", c.name, len(r.Criteria), len(requirements[c.s.kind]))
		}
		for _, k := range r.Criteria {
			i := slices.IndexFunc(requirements[c.s.kind], func(q requirement) bool { return q.id == k.ID })
			if !requirements[c.s.kind][i].judged && k.Verdict != NotJudged {
				t.Errorf("%s: %s is %s, want not_judged: no check looks at it", c.name, k.ID, k.Verdict)
			}
		}
	}
}

func TestLookAtAPoint(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		criterion string
		state     checks.State
		code      string
		dual      bool
		want      Seen
	}{
		{"V2", checks.Up, "", true, Reached},
		{"V2", checks.Down, "timed_out", true, Failed},
		{"V2", checks.Unable, "no_family_here", true, Unseen},
		{"V2", checks.Unable, "resolver_silent", true, Unseen},
		{"V2", checks.Down, "no_address", false, Unseen}, // that is V1's
		{"V2", checks.Degraded, "some_addresses_dead", true, Failed},
		{"V2", checks.Degraded, "status_unwanted", true, Failed},
		{"V2", checks.Degraded, "cert_expired", true, Reached},
		{"V2", checks.Degraded, "", true, Unseen}, // nobody knows of what
		{"V1", checks.Up, "", true, Reached},
		{"V1", checks.Down, "timed_out", true, Reached},
		{"V1", checks.Down, "no_address", false, Failed},
		{"V1", checks.Down, "", false, Unseen},
		{"V1", checks.Unable, "no_family_here", true, Unseen},
		{"R2", checks.Down, "lookup_timed_out", false, Failed},
		{"R2", checks.Down, "rcode_unwanted", false, Reached},
		{"R2", checks.Degraded, "type_missing", false, Reached},
		{"R2", checks.Degraded, "some_addresses_dead", false, Failed},
		{"D1", checks.Down, "no_reply", false, Failed},
		{"D1", checks.Degraded, "loss", false, Reached},
		{"D2", checks.Down, "interface_down", false, Reached}, // it answered
		{"D2", checks.Unable, "device_silent", false, Unseen},
		{"T1", checks.Unable, "no_family_here", true, Failed},
		{"T1", checks.Unable, "resolver_silent", true, Unseen},
		{"T1", checks.Down, "timed_out", true, Reached},
		{"T2/0", checks.Down, "timed_out", true, Failed},
		{"T2/0", checks.Degraded, "status_unwanted", true, Reached},
		{"T2/0", checks.Unable, "no_family_here", true, Unseen},
	} {
		if got := meets(c.criterion, c.state, c.code, c.dual); got != c.want {
			t.Errorf("%s of a look that is %s %s: got %d, want %d", c.criterion, c.state, c.code, got, c.want)
		}
	}
	for _, c := range []struct {
		n    float64
		code string
		want Seen
	}{{2, "", Reached}, {1, "records_unwanted", Reached}, {0, "type_missing", Failed}, {0, "no_record", Failed}, {0, "rcode_unwanted", Unseen}, {0, "", Unseen}} {
		if got := records(c.n, c.code); got != c.want {
			t.Errorf("%v AAAA records, %q: got %d, want %d", c.n, c.code, got, c.want)
		}
	}
}

// TestCodesOfPointsAreDeclared: a kind that renames a reason must not make
// points blind for it.
func TestCodesOfPointsAreDeclared(t *testing.T) {
	t.Parallel()
	catalogue := checks.NewCatalogue(all.Kinds())
	wanted := map[string]checks.State{codeNoFamily: checks.Unable, codeNoRecord: checks.Down, codeSomeDead: checks.Degraded,
		codeEmpty: checks.Down, codeNoType: checks.Degraded, codeRcode: checks.Down}
	for _, code := range reachedAlthough {
		wanted[code] = checks.Degraded
	}
	for code, state := range wanted {
		if d, ok := catalogue[code]; !ok || d.State != state {
			t.Errorf("the reason %s: declared %t, %s, want it to be %s", code, ok, d.State, state)
		}
	}
}

func TestQuorumOverV6(t *testing.T) {
	t.Parallel()
	s := configs.DefaultIndicators()
	for _, c := range []struct {
		name string
		need int
		in   []Seen
		want Seen
	}{
		{"both", 2, []Seen{Reached, Reached}, Reached},
		{"one of two", 2, []Seen{Reached, Failed}, Failed},
		{"one, and the other has no IPv6", 2, []Seen{Reached, Unseen}, Unseen},
		{"fewer services than the quorum needs with the collector", 2, []Seen{Reached}, Reached},
		{"one of three dead", 2, []Seen{Reached, Failed, Unseen}, Unseen},
		{"no quorum", 2, nil, Unseen},
	} {
		s.QuorumNeed = c.need
		if got := quorumOver(c.in, &s); got != c.want {
			t.Errorf("%s: got %d, want %d", c.name, got, c.want)
		}
	}
}
