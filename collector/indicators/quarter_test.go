package indicators

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"fengsui/configs"
	"fengsui/configs/calendar"
)

// district is a hub, five sites and six units: the last has no agent, the
// first two access points, one of them by VPN, and one has none at all.
func district() *configs.District {
	d := &configs.District{Indicators: configs.DefaultIndicators(), Calendar: &calendar.Calendar{Years: map[int]calendar.Year{2026: {
		Holidays: map[calendar.Date]bool{}, Workdays: map[calendar.Date]bool{{Year: 2026, Month: 10, Day: 10}: true},
	}}}}
	for day := 1; day <= 7; day++ {
		d.Calendar.Years[2026].Holidays[calendar.Date{Year: 2026, Month: 10, Day: day}] = true
	}
	d.Indicators.Quorum = []string{"dns", "portal"}
	d.Services = []configs.Service{{ID: "dns"}, {ID: "portal"}}
	hub := configs.Site{ID: "hub", Kind: "hub"}
	for i := range 7 {
		u := configs.Unit{ID: fmt.Sprintf("u%d", i), Budget: "yes", Level: 1}
		points := 1
		if i == 0 {
			points = 2
		}
		if i == 6 {
			points = 0
		}
		for k := range points {
			a := configs.AccessPoint{ID: fmt.Sprintf("a%d", k), Unit: u.ID, Required: true, Confirmation: "开通1", AccessType: "fiber",
				Prefixes: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}
			if k == 1 {
				a.AccessType = "vpn"
			}
			if i != 5 {
				a.Site = "s" + u.ID + a.ID
				d.Sites = append(d.Sites, configs.Site{ID: a.Site, Kind: "town", Checks: []configs.Check{
					{ID: "dns", Kind: "dns", Subject: "service.dns"},
					{ID: "portal", Kind: "http", Subject: "service.portal"},
					{ID: "ping", Kind: "icmp", Subject: "site.hub"},
				}})
			}
			hub.Checks = append(hub.Checks, configs.Check{ID: "gw-" + u.ID + a.ID, Kind: "icmp", Subject: a.Node()})
			u.Access = append(u.Access, a)
		}
		d.Units = append(d.Units, u)
	}
	d.Sites = append(d.Sites, hub)
	return d
}

// simulate makes a day: outages of a site that its agent saw or slept
// through, faults of the hub, agents off at night, loss and delay.
func simulate(r *rand.Rand, d *configs.District) map[configs.Node][]Evidence {
	const n = 288
	day := map[configs.Node][]Evidence{}
	hubDown, hubUp := n, n
	if r.IntN(4) == 0 {
		hubDown = r.IntN(n)
		hubUp = hubDown + r.IntN(60)
	}
	for _, u := range d.Units {
		for _, a := range u.Access {
			from := r.IntN(n)
			until := from + []int{0, 0, 3, 6, 40, n}[r.IntN(6)]
			offFrom, offUntil := 216, n
			if r.IntN(6) == 0 {
				offFrom = 100 + r.IntN(120)
			}
			for i := range n {
				out := i >= from && i < until || i >= hubDown && i < hubUp && r.IntN(5) > 0
				e := Evidence{Gateway: Seen(r.IntN(2)) * Reached}
				if out && e.Gateway == Reached {
					e.Gateway = Failed
				}
				if a.Site != "" {
					e.Quorum = make([]Seen, 3)
				}
				if a.Site != "" && (i < offFrom || i >= offUntil) {
					for q := range e.Quorum {
						e.Quorum[q] = min(Seen(1+r.IntN(10)), Reached)
						if out {
							e.Quorum[q] = Failed
						}
					}
					if out {
						e.Quorum[0] = Unseen
					}
					e.Quality, e.Loss, e.RTT = r.IntN(9) > 0, float64(r.IntN(5))/100, float64(r.IntN(200))/1000
				}
				day[a.Node()] = append(day[a.Node()], e)
			}
		}
	}
	return day
}

// plainUnit rates a unit's day in the words of domain 2.1, in whole numbers
// and without anything of this package but the evidence and the settings.
func plainUnit(d *configs.District, u configs.Unit, date time.Time, day map[configs.Node][]Evidence) (state string, excluding bool, grades [3]int) {
	result := func(a configs.AccessPoint, i int) (string, int) {
		e := day[a.Node()][i]
		yes, no := 0, 0
		for _, q := range e.Quorum {
			if q == Reached {
				yes++
			}
			if q == Failed {
				no++
			}
		}
		if yes >= 2 {
			loss, ms := 0.01, 0.050
			if a.AccessType == "vpn" {
				loss, ms = 0.03, 0.150
			}
			if e.Quality && e.Loss <= loss && e.RTT <= ms {
				return "ok", 3
			}
			return "ok", 2
		}
		if e.Gateway == Reached {
			return "ok", 1
		}
		if e.Gateway == Failed && yes == 0 || no >= 2 {
			return "fail", 0
		}
		return "none", 0
	}
	hubFault := func(i int) bool {
		ok, fail := 0, 0
		for _, u := range d.Units {
			for _, a := range u.Access {
				switch r, _ := result(a, i); r {
				case "ok":
					ok++
				case "fail":
					fail++
				}
			}
		}
		return fail >= 2 && fail*2 >= ok+fail
	}
	if len(u.Access) == 0 {
		return "not_connected", false, grades
	}
	states := map[string]bool{}
	excluding = true
	for _, a := range u.Access {
		ok, fail, none, excluded := 0, 0, 0, 0
		for i := 102; i < 210; i++ { // 08:30 to 17:30
			r, grade := result(a, i)
			switch {
			case r == "ok":
				ok++
				for g := range grade {
					grades[g]++
				}
			case r == "none":
				none++
			case hubFault(i):
				excluded++
			default:
				fail++
			}
		}
		is := func(fail int) bool {
			return ok > 0 && ok*100 >= 95*(ok+fail) && none*100 <= 20*(ok+fail+none)
		}
		excluding = excluding && is(fail+excluded)
		switch {
		case ok+fail+none == 0:
			states["unsettled"] = true
		case is(fail):
			states["connected"] = true
		case ok == 0 && fail > 0:
			states["not_connected"] = true
		case fail == 0 || ok == 0:
			states["no_data"] = true
		default:
			states["interrupted"] = true
		}
	}
	for _, s := range []string{"interrupted", "not_connected", "no_data", "unsettled", "connected"} {
		if states[s] {
			return s, excluding, grades
		}
	}
	panic("BUG: a unit without a state")
}

func TestQuarterEqualsAPlainImplementation(t *testing.T) {
	t.Parallel()
	d := district()
	r := rand.New(rand.NewPCG(2026, 11))
	var months [3][]countedDay
	plain := map[string]map[int][]bool{}
	states := map[State]int{}
	for date := time.Date(2026, 10, 1, 12, 0, 0, 0, calendar.Zone); date.Year() == 2026; date = date.AddDate(0, 0, 1) {
		day := simulate(r, d)
		terms := termsOf(d, calendar.DateOf(date))
		units := terms.units(judge(d, day, nil), 288)
		weekend := date.Weekday() == time.Saturday || date.Weekday() == time.Sunday
		holiday := date.Month() == 10 && date.Day() <= 7 || weekend && !(date.Month() == 10 && date.Day() == 10)
		if !holiday {
			months[date.Month()-10] = append(months[date.Month()-10], countedDay{terms, units})
		}
		for i, u := range d.Units {
			got := units[i]
			if holiday {
				if got.State == Connected {
					t.Errorf("%s %s: connected on a day that does not count", date.Format(time.DateOnly), u.ID)
				}
				continue
			}
			state, excluding, grades := plainUnit(d, u, date, day)
			var g [3]int
			for _, p := range got.Points {
				g[0], g[1], g[2] = g[0]+p.Day.OK, g[1]+p.Day.E2, g[2]+p.Day.E3
			}
			if string(got.State) != state || got.WithoutExclusion != excluding || g != grades {
				t.Errorf("%s %s: got %s, %v without exclusion, rounds by grade %v, want %s, %v, %v", date.Format(time.DateOnly), u.ID, got.State, got.WithoutExclusion, g, state, excluding, grades)
			}
			states[got.State]++
			if plain[u.ID] == nil {
				plain[u.ID] = map[int][]bool{}
			}
			if state != "unsettled" {
				plain[u.ID][int(date.Month())-10] = append(plain[u.ID][int(date.Month())-10], state == "connected")
			}
		}
	}
	for m, days := range months {
		for _, u := range monthOf(days) {
			n, all := 0, plain[u.Unit][m]
			for _, ok := range all {
				if ok {
					n++
				}
			}
			want := UnitMonth{u.Unit, u.Name, len(all), n, n*10 >= len(all)*9 && n > 0 && all[len(all)-1]}
			if u != want {
				t.Errorf("month %d: got %+v, want %+v", m+10, u, want)
			}
		}
	}
	for _, s := range []State{Connected, NotConnected, Interrupted, Dataless} {
		if states[s] == 0 {
			t.Errorf("the simulated quarter has no unit that is %s: it shows nothing of it", s)
		}
	}
}

func TestEdgesOfADay(t *testing.T) {
	t.Parallel()
	s := termsOf(district(), calendar.Date{Year: 2026, Month: 11, Day: 23})
	for _, c := range []struct {
		name             string
		ok, fail, noData int
		want             bool
	}{
		{"95 % exactly", 19, 1, 0, true},
		{"a round less", 94, 6, 0, false},
		{"20 % without data exactly", 4, 0, 1, true},
		{"a round more without data", 79, 0, 21, false},
		{"nothing", 0, 0, 0, false},
		{"only failures", 0, 9, 0, false},
	} {
		if got := s.connected(c.ok, c.fail, c.noData); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func TestHubFaultBlamesNobody(t *testing.T) {
	t.Parallel()
	s := configs.DefaultIndicators()
	ok, fail, none := Round{OK, E2, false}, Round{Outcome: Fail}, Round{}
	ex := Round{Outcome: Excluded}
	for _, c := range []struct {
		name     string
		in, want []Round
	}{
		{"half fail", []Round{ok, fail, fail, ok}, []Round{ok, ex, ex, ok}},
		{"fewer fail", []Round{ok, fail, fail, ok, ok}, []Round{ok, fail, fail, ok, ok}},
		{"one alone fails", []Round{none, fail, none}, []Round{none, fail, none}},
		{"no data stays what it is", []Round{none, fail, fail}, []Round{none, ex, ex}},
	} {
		exclude(c.in, &s, nil)
		if fmt.Sprint(c.in) != fmt.Sprint(c.want) {
			t.Errorf("%s: got %v, want %v", c.name, c.in, c.want)
		}
	}
	alone := []Round{fail, fail, fail, fail, ok, ok}
	exclude(alone, &s, func(i int) bool { return i < 3 })
	if alone[3].Outcome != Fail {
		t.Errorf("approved work on three of six: the fourth that failed is %s, want its own failure held against it", alone[3].Outcome)
	}
	in := []Round{fail, ok, none, none}
	exclude(in, &s, func(i int) bool { return i < 3 })
	if in[0].Outcome != Excluded || in[1].Outcome != OK || in[2].Outcome != Excluded || in[3].Outcome != NoData {
		t.Errorf("approved maintenance of the first three: got %v, want what failed and what was dark excluded, and what was reached ok", in)
	}
}

func TestRateRefusesWhileUnitsAreUnset(t *testing.T) {
	t.Parallel()
	d := district()
	listed := func() Denominator {
		return termsOf(d, calendar.Date{Year: 2026, Month: 11, Day: 23}).denominator()
	}
	if r, err := rates(listed(), nil); err != nil || r.Of != 7 {
		t.Errorf("all units said: got %+v, %v, want a rate of 7", r, err)
	}
	before := listed().Version
	d.Units[3].Budget = "unset"
	if _, err := rates(listed(), nil); err == nil {
		t.Error("a unit of which nobody said whether it counts: got a rate, want a refusal")
	}
	d.Units[3].Budget = "no"
	if listed().Version == before {
		t.Error("another list of units has the same version of the denominator")
	}
}
