package indicators

import (
	"database/sql"
	"net/netip"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"fengsui/checks"
	"fengsui/collector/history"
	"fengsui/collector/state"
	"fengsui/configs"
	"fengsui/configs/calendar"
)

// pointBench is an Indicators over a store of its own, at a time that a test
// sets.
type pointBench struct {
	*Indicators
	t   *testing.T
	h   *history.History
	db  *state.DB
	d   *configs.District
	now time.Time
}

func openPoints(t *testing.T, d *configs.District, now time.Time) *pointBench {
	t.Helper()
	db, err := state.Open(filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	b := &pointBench{t: t, h: openHistory(t), db: db, d: d, now: now}
	b.Indicators = New(Options{DB: db, Queryable: b.h, District: func() *configs.District { return b.d }, Now: func() time.Time { return b.now }})
	return b
}

func (b *pointBench) step() {
	b.t.Helper()
	if err := b.mark(b.t.Context(), calendar.DateOf(b.now)); err != nil {
		b.t.Fatal(err)
	}
	if err := b.StepPoints(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

// saw stores one look: of the pair, and over IPv6 unless the name had no
// address of it.
func (b *pointBench) saw(site, check string, at time.Time, s checks.State, code string, noName bool) {
	b.t.Helper()
	arrive(b.t, b.h, b.db, []simLook{{site: site, check: check, at: at, state: s, code: code, noName: noName}}, 0)
}

// answered stores how many AAAA records were in a name server's answer.
func (b *pointBench) answered(site, check string, at time.Time, n float64, code string) {
	b.t.Helper()
	err := b.h.AppendKnown(b.t.Context(), []history.Sample{{T: at.UnixMilli(), V: n, Labels: labels.FromStrings(
		"__name__", "fengsui_dns_records", "site", site, "check", check, "kind", "dns", "target", "dns", "family", "4", "type", "AAAA")}})
	if err != nil {
		b.t.Fatal(err)
	}
	err = b.db.Write(b.t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec("INSERT INTO transitions (site, check_, family, at, state, code, args) VALUES (?, ?, 4, ?, 2, ?, '[]')", site, check, at.UnixNano(), code)
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// criterion is what the last round of a point came to by one criterion.
func (b *pointBench) criterion(point, id string) Criterion {
	b.t.Helper()
	r, err := b.points.Last(b.t.Context(), configs.NodeOf("point", point), time.Time{}, b.now, b.now)
	if err != nil || r == nil {
		b.t.Fatalf("the last round of %s: %v, %v", point, r, err)
	}
	i := slices.IndexFunc(r.Criteria, func(c Criterion) bool { return c.ID == id })
	return r.Criteria[i]
}

var noon = calendar.Date{Year: 2026, Month: 11, Day: 23}.At(12 * time.Hour)

// TestWhoTellsOfAAAA: a look at a name tells that it has an AAAA record, unless
// an address is declared, which is looked at without one.
func TestWhoTellsOfAAAA(t *testing.T) {
	t.Parallel()
	d := pointDistrict()
	declared := []netip.Addr{netip.MustParseAddr("2001:db8::80")}
	for i := range d.Sites {
		d.Sites[i].Checks[0].Addresses = declared
	}
	b := openPoints(t, d, noon.Add(13*time.Hour))
	for i := range d.Sites {
		b.saw(d.Sites[i].ID, "portal", noon, checks.Up, "", false)
	}
	b.step()
	if c := b.criterion("portal", "V1"); c.Verdict != NotJudged {
		t.Errorf("looked at where the inventory says: V1 is %s, want not_judged", c.Verdict)
	}

	d = pointDistrict()
	for _, site := range []int{0, 1} {
		d.Sites[site].Checks = append(d.Sites[site].Checks, configs.Check{ID: "ask", Kind: "dns", Target: "192.0.2.53",
			Options: map[string][]string{"name": {"Portal.QS.test."}, "type": {"A", "AAAA"}}})
		d.Sites[site].Checks[0].Addresses = declared
	}
	d.Sites[2].Checks[0].Addresses, d.Sites[3].Checks[0].Addresses = declared, declared
	for _, c := range []struct {
		name string
		n    float64
		code string
		want Verdict
	}{{"a record", 1, "", Passed}, {"none", 0, "type_missing", Unmet}, {"a server that fails", 0, "rcode_unwanted", Undecided}} {
		b := openPoints(t, d, noon.Add(13*time.Hour))
		for _, site := range []string{"hub", "s1"} {
			b.saw(site, "portal", noon, checks.Up, "", false)
			b.answered(site, "ask", noon, c.n, c.code)
		}
		b.step()
		if got := b.criterion("portal", "V1"); got.Verdict != c.want {
			t.Errorf("%s: V1 is %+v, want %s", c.name, got, c.want)
		}
	}
}

// TestEvidenceOfARound: what a round came to names who saw it and one example.
func TestEvidenceOfARound(t *testing.T) {
	t.Parallel()
	b := openPoints(t, pointDistrict(), noon.Add(13*time.Hour))
	b.saw("hub", "portal", noon, checks.Up, "", false)
	b.saw("s1", "portal", noon.Add(2*time.Minute), checks.Down, "refused", false)
	b.saw("s1", "portal", noon.Add(time.Minute), checks.Down, "timed_out", false)
	b.saw("s2", "portal", noon.Add(3*time.Minute), checks.Down, "timed_out", false)
	b.saw("s3", "portal", noon, checks.Unable, "no_family_here", false)
	b.step()
	c := b.criterion("portal", "V2")
	if c.Verdict != Unmet || !slices.Equal(c.Passed, []string{"hub"}) || !slices.Equal(c.Failed, []string{"s1", "s2"}) || !slices.Equal(c.Unable, []string{"s3"}) ||
		c.Example == nil || c.Example.Site != "s1" || !c.Example.At.Equal(noon.Add(time.Minute)) || c.Example.Code != "timed_out" {
		t.Errorf("got %+v with %+v, want it failed by s1 and s2, s3 unable, first at 12:01 by a time-out", c, c.Example)
	}
}

// TestNoAddressOfIPv6: a name server or a device by name that has no AAAA record
// is not reached over IPv6; a website fails V1 alone.
func TestNoAddressOfIPv6(t *testing.T) {
	t.Parallel()
	d := pointDistrict()
	for i := range d.Sites {
		for k := range d.Sites[i].Checks {
			d.Sites[i].Checks[k].Target = "name.qs.test"
		}
	}
	d.Services[1].Target = "name.qs.test"
	b := openPoints(t, d, noon.Add(13*time.Hour))
	for _, site := range []string{"hub", "s1"} {
		for _, check := range []string{"portal", "dns"} {
			b.saw(site, check, noon, checks.Up, "", true)
		}
	}
	b.saw("hub", "core", noon, checks.Up, "", true)
	b.saw("hub", "line", noon, checks.Up, "", true)
	b.step()
	for _, c := range []struct {
		point, id string
		want      Verdict
	}{{"portal", "V1", Unmet}, {"portal", "V2", Undecided}, {"dns", "R2", Unmet}, {"core", "D1", Unmet}, {"line", "L1", Unmet}} {
		if got := b.criterion(c.point, c.id); got.Verdict != c.want || c.want == Unmet && got.Example.Code != codeAbsent {
			t.Errorf("%s of %s: got %+v, want %s by a missing record", c.id, c.point, got, c.want)
		}
	}
}

// TestPlanOfPoints: a check is evidence over IPv6 when it can look over it, and
// only one that looks at a name over both families can find it without a record.
func TestPlanOfPoints(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		check      configs.Check
		used, dual bool
	}{
		{"a name over both", configs.Check{Target: "https://portal.qs.test/"}, true, true},
		{"a name over IPv6", configs.Check{Target: "https://portal.qs.test/", Family: checks.V6}, true, false},
		{"a name over IPv4", configs.Check{Target: "https://portal.qs.test/", Family: checks.V4}, false, false},
		{"an address of IPv6", configs.Check{Target: "https://[2001:db8::1]:8443/"}, true, false},
		{"an address of IPv4", configs.Check{Target: "https://192.0.2.1/"}, false, false},
		{"another kind", configs.Check{Kind: "icmp", Target: "portal.qs.test"}, false, false},
	} {
		d := pointDistrict()
		if c.check.ID = "x"; c.check.Kind == "" {
			c.check.Kind = "http"
		}
		c.check.Subject = "service.portal"
		d.Indicators.Quorum = nil
		d.Sites[2].Checks = append(d.Sites[2].Checks, c.check)
		p := planPoints(d)
		if of := (looker{"s2", "x"}); len(p.uses[of]) > 0 != c.used || p.dual[of] != c.dual {
			t.Errorf("%s: used %v, dual %v, want %v and %v", c.name, p.uses[of], p.dual[of], c.used, c.dual)
		}
	}
}

// TestReasonOfALook: the reason is that of the newest transition before it, and
// none where the record says another state than was seen.
func TestReasonOfALook(t *testing.T) {
	t.Parallel()
	b := openPoints(t, pointDistrict(), noon)
	for at, code := range map[time.Duration]string{-time.Hour: "unreachable", 0: "timed_out", time.Minute: "refused"} {
		b.saw("hub", "portal", noon.Add(at), checks.Down, code, false)
	}
	r := &reasons{ctx: t.Context(), db: b.db.Read, from: noon.Add(-time.Minute).UnixNano(), to: noon.Add(time.Hour).UnixNano(), told: map[face][]told{}}
	of := face{looker{"hub", "portal"}, checks.V6}
	for _, c := range []struct {
		after time.Duration
		state checks.State
		want  string
	}{{-30 * time.Second, checks.Down, "unreachable"}, {0, checks.Down, "timed_out"}, {59 * time.Second, checks.Down, "timed_out"},
		{time.Minute, checks.Down, "refused"}, {2 * time.Minute, checks.Degraded, ""}} {
		if got, err := r.at(of, noon.Add(c.after).UnixMilli(), c.state); err != nil || got != c.want {
			t.Errorf("%v after noon, %s: got %q, %v, want %q", c.after, c.state, got, err, c.want)
		}
	}
	if got, err := r.at(face{looker{"s1", "portal"}, checks.V6}, noon.UnixMilli(), checks.Down); err != nil || got != "" {
		t.Errorf("a site without transitions: got %q, %v, want none", got, err)
	}
}

// TestBothEndsOfALine: each end speaks for itself where a check runs there.
func TestBothEndsOfALine(t *testing.T) {
	t.Parallel()
	d := pointDistrict()
	b := openPoints(t, d, noon.Add(13*time.Hour))
	b.saw("hub", "line", noon, checks.Up, "", false)
	b.step()
	for _, end := range []string{"L1", "L2"} {
		if c := b.criterion("line", end); c.Verdict != Passed {
			t.Errorf("only the hub looks across: %s is %s, want the answer to tell of both ends", end, c.Verdict)
		}
	}
	d.Sites[1].Checks = append(d.Sites[1].Checks, configs.Check{ID: "up", Kind: "icmp", Target: "2001:db8::1", Subject: "link.hub-s1"})
	b = openPoints(t, d, noon.Add(13*time.Hour))
	b.saw("hub", "line", noon, checks.Up, "", false)
	b.step()
	if c := b.criterion("line", "L2"); c.Verdict != Undecided {
		t.Errorf("the town looks across too and has not: L2 is %s, want no_data", c.Verdict)
	}
}

// TestWhoseFaultTheQuorumIs: what most sites do not reach at the end of a round
// is down itself; what one site alone does not reach is that site's.
func TestWhoseFaultTheQuorumIs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, early, late string // states of the portal from s1, s2 … by turns: + reached, - not
		want              Verdict
	}{
		{"all is well", "+++++", "+++++", Passed},
		{"the town alone", "+++++", "-++++", Unmet},
		{"two sites of five", "+++++", "--+++", Unmet},
		{"most", "+++++", "---++", Undecided},
		{"most, and those that came back", "---++", "-++++", Unmet},
		{"it came back for the town", "---++", "+--++", Passed},
	} {
		d := pointDistrict()
		d.Indicators.Quorum = []string{"portal"}
		d.Sites = append(d.Sites, configs.Site{ID: "s4", Kind: "town", Checks: d.Sites[3].Checks[:1]}, configs.Site{ID: "s5", Kind: "town", Checks: d.Sites[3].Checks[:1]})
		b := openPoints(t, d, noon.Add(13*time.Hour))
		for hour, looks := range []string{c.early, c.late} {
			for i, mark := range looks {
				s, code := checks.Up, ""
				if mark == '-' {
					s, code = checks.Down, "timed_out"
				}
				b.saw("s"+string(rune('1'+i)), "portal", noon.Add(time.Duration(hour)*time.Hour), s, code, false)
			}
		}
		b.step()
		if got := b.criterion("town", "T2"); got.Verdict != c.want {
			t.Errorf("%s: T2 is %+v, want %s", c.name, got, c.want)
		}
	}
}
