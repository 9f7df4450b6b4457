package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"fengsui/collector/indicators"
	"fengsui/collector/origins"
	"fengsui/configs"
	"fengsui/configs/calendar"
)

// summaries answer with what a test set, for the day that was asked for.
type summaries struct {
	indicators.Summary
	err error
}

func (s summaries) Day(_ context.Context, date calendar.Date, known time.Time) (indicators.Summary, error) {
	s.Summary.Day, s.Known = date, known
	return s.Summary, s.err
}

func (s summaries) Month(_ context.Context, year int, month time.Month, known time.Time) (indicators.MonthSummary, error) {
	return indicators.MonthSummary{First: calendar.Date{Year: year, Month: month, Day: 2}, Last: calendar.Date{Year: year, Month: month, Day: 23}, Days: 16,
		Known: known, Provisional: true, Denominator: s.Denominator, Refused: s.Refused, Connected: 1,
		Units: []indicators.UnitMonth{{Unit: "caizheng", Name: "财政局", Counted: 16, Connected: 16, OK: true}, {Unit: "minzheng", Name: "民政局", Counted: 16, Connected: 9}}}, s.err
}

func (s summaries) Evidence(_ context.Context, access configs.Node, date calendar.Date, from time.Time) (indicators.AccessEvidence, bool, error) {
	if access != "access.minzheng/main" {
		return indicators.AccessEvidence{}, false, nil
	}
	return indicators.AccessEvidence{Access: access, Site: "zhengwu", Round: 5 * time.Minute, Quorum: []string{"collector", "portal"},
		Prefixes: []netip.Prefix{netip.MustParsePrefix("10.66.1.0/24")},
		Stays:    []origins.Stay{{Source: netip.MustParseAddr("198.51.100.7"), Dest: netip.MustParseAddr("10.66.0.1"), Began: from, Ended: from.Add(time.Hour)}}, Counts: []bool{false},
		Rounds: []indicators.RoundEvidence{{Began: from, Round: indicators.Round{Outcome: indicators.OK, Grade: indicators.E3},
			Seen: indicators.Evidence{Quorum: []indicators.Seen{indicators.Reached, indicators.Failed}, Quality: true, Loss: 0, RTT: 0.004}}}}, true, s.err
}

func (s summaries) Round(_ context.Context, at, known time.Time) (indicators.RoundSummary, error) {
	return indicators.RoundSummary{Began: at.Add(-5 * time.Minute), Ended: at, Known: known, Denominator: s.Denominator, Refused: s.Refused, OK: 1, E2: 1,
		Units: []indicators.UnitRound{{Unit: "caizheng", Name: "财政局", Round: indicators.Round{Outcome: indicators.OK, Grade: indicators.E2}},
			{Unit: "minzheng", Name: "民政局", Round: indicators.Round{Outside: true}}}}, s.err
}

// TestKnownIsNeverAhead: who asks how a day is known in a year is told how it is
// known now, which is provisional.
func TestKnownIsNeverAhead(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	for asked, want := range map[string]time.Time{"2027-11-23T18:00:00%2B08:00": now, "2026-11-22T18:00:00%2B08:00": time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)} {
		r := httptest.NewRequest(http.MethodGet, "/?known="+asked, nil)
		if _, known, ok := dayAndKnown(httptest.NewRecorder(), r, now); !ok || !known.Equal(want) {
			t.Errorf("known %s: got %s, want %s", asked, known, want)
		}
	}
}

func TestAccessRate(t *testing.T) {
	t.Parallel()
	day := calendar.Date{Year: 2026, Month: 11, Day: 23}
	whole := indicators.Summary{
		From: day.At(8*time.Hour + 30*time.Minute), To: day.At(17*time.Hour + 30*time.Minute), Provisional: true,
		Denominator: indicators.Denominator{Version: "abc", Units: []string{"caizheng", "minzheng"}},
		Rates:       indicators.Rates{Of: 2, Declared: 2, Measured: 1, MeasuredWithoutExclusion: 1, WithEvidence: 2},
		Missing: []indicators.UnitDay{{Unit: "minzheng", Name: "民政局", State: indicators.Interrupted, Declared: true,
			Points: []indicators.PointDay{{Access: "access.minzheng/main", Required: true, Day: indicators.Day{OK: 42, E2: 42, E3: 40, Fail: 66}}}}},
	}
	refused := indicators.Summary{Refused: &indicators.Refusal{Code: "no_units"}, Denominator: indicators.Denominator{Version: "abc", Unset: []string{"caizheng"}}}
	const asked = "?day=2026-11-23&known=2026-11-23T18:00:00%2B08:00"
	for _, c := range []struct {
		name, query string
		answers     summaries
		status      int
		want        string
	}{
		{"a rate", asked, summaries{Summary: whole}, http.StatusOK, `{"data":{"day":"2026-11-23","from":"2026-11-23T08:30:00+08:00","to":"2026-11-23T17:30:00+08:00",` +
			`"known":"2026-11-23T18:00:00+08:00","provisional":true,"denominator_version":"abc",` +
			`"rates":{"units":2,"declared_ratio":1,"measured_ratio":0.5,"measured_without_exclusion_ratio":0.5,"evidence_ratio":1},` +
			`"missing":[{"unit":"minzheng","name":"民政局","state":"interrupted","state_zh":"中断","state_en":"interrupted","declared":true,"indirect":false,` +
			`"access_points":[{"access":"access.minzheng/main","required":true,"ok_rounds":42,"e2_rounds":42,"e3_rounds":40,"fail_rounds":66,"no_data_rounds":0,"excluded_rounds":0}]}]},"status":"success"}`},
		{"no rate", asked, summaries{Summary: refused}, http.StatusOK, `{"data":{"day":"2026-11-23","known":"2026-11-23T18:00:00+08:00","provisional":false,` +
			`"denominator_version":"abc","units_unset":["caizheng"],"refused_zh":"不能计算接入率：没有计入分母的财政预算单位；请在单位中填写 budget 和 level",` +
			`"refused_en":"there is no access rate: no unit is a budget unit of the levels that count: set budget and level","missing":[]},"status":"success"}`},
		{"a month", "?month=2026-11&known=2026-11-23T18:00:00%2B08:00", summaries{Summary: whole}, http.StatusOK, `{"data":{"month":"2026-11","known":"2026-11-23T18:00:00+08:00",` +
			`"first_day":"2026-11-02","last_day":"2026-11-23","days":16,"provisional":true,"denominator_version":"abc","measured_ratio":0.5,` +
			`"units":[{"unit":"caizheng","name":"财政局","counted_days":16,"connected_days":16,"connected":true},{"unit":"minzheng","name":"民政局","counted_days":16,"connected_days":9,"connected":false}]},"status":"success"}`},
		{"a round", "?round=now&known=2026-11-23T18:00:00%2B08:00", summaries{Summary: whole}, http.StatusOK, `{"data":{"began":"2026-11-23T17:55:00+08:00","ended":"2026-11-23T18:00:00+08:00",` +
			`"known":"2026-11-23T18:00:00+08:00","denominator_version":"abc","units":2,"ok_units":1,"e2_units":1,"e3_units":0,` +
			`"missing":[{"unit":"minzheng","name":"民政局","outcome":"no_data","outcome_zh":"无数据","outcome_en":"no data","outside":true}]},"status":"success"}`},
		{"no round", "?round=last", summaries{}, http.StatusBadRequest, ""},
		{"no month", "?month=11", summaries{}, http.StatusBadRequest, ""},
		{"evidence", "/evidence?access=minzheng/main&day=2026-11-23&from=08:30", summaries{Summary: whole}, http.StatusOK, `{"data":{"access":"minzheng/main","site":"zhengwu","round_seconds":300,` +
			`"quorum":["collector","portal"],"prefixes":["10.66.1.0/24"],"heard_from":[{"source":"198.51.100.7","collector":"10.66.0.1","from":"2026-11-23T08:30:00+08:00","to":"2026-11-23T09:30:00+08:00","counts":false}],` +
			`"rounds":[{"began":"2026-11-23T08:30:00+08:00","outcome":"ok","outcome_zh":"接入","outcome_en":"connected","grade":3,"gateway":"unseen","quorum":["reached","failed"],"loss_ratio":0,"rtt_p95_seconds":0.004}]},"status":"success"}`},
		{"evidence of nothing", "/evidence?access=minzheng/other", summaries{}, http.StatusNotFound, ""},
		{"evidence from nowhere", "/evidence?access=minzheng/main&from=half", summaries{}, http.StatusBadRequest, ""},
		{"evidence without history", "/evidence?access=minzheng/main&from=08:30", summaries{err: errors.New("the disk failed")}, http.StatusInternalServerError, ""},
		{"no day", "?day=23.11.2026", summaries{}, http.StatusBadRequest, ""},
		{"a year that nobody counts", "?day=9999-01-01", summaries{}, http.StatusBadRequest, ""},
		{"a month that nobody counts", "?month=0001-01", summaries{}, http.StatusBadRequest, ""},
		{"a round that nobody counts", "?round=9999-01-01T00:00:00Z", summaries{}, http.StatusBadRequest, ""},
		{"no moment", "?known=yesterday", summaries{}, http.StatusBadRequest, ""},
		{"no ledger", asked, summaries{err: errors.New("the row is damaged")}, http.StatusInternalServerError, ""},
	} {
		d := &desk{o: Options{Indicators: c.answers, Now: func() time.Time { return day.AddDays(8).At(0) }}}
		resp, body := fetch(t, d.serve(t)+"/api/v1/fengsui/indicators"+c.query)
		if resp.StatusCode != c.status || c.want != "" && body != c.want+"\n" {
			t.Errorf("%s: got %s %s, want %d %s", c.name, resp.Status, body, c.status, c.want)
		}
		if !json.Valid([]byte(body)) {
			t.Errorf("%s: got %q, want JSON", c.name, body)
		}
	}
}
