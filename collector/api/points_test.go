package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"fengsui/collector/indicators"
	"fengsui/configs"
	"fengsui/configs/calendar"
	"fengsui/configs/words"
)

// pointSummaries answer with what a test set, for what was asked for.
type pointSummaries struct {
	indicators.PointSummary
	err error
}

func (s pointSummaries) Points(_ context.Context, date calendar.Date, known time.Time, id string) (indicators.PointSummary, error) {
	s.Day, s.Known = date, known
	if id != "" && id != "portal" {
		s.PointSummary.Points = nil
	}
	return s.PointSummary, s.err
}

func TestPoints(t *testing.T) {
	t.Parallel()
	day := calendar.Date{Year: 2026, Month: 11, Day: 23}
	criteria := []indicators.Criterion{
		{ID: "V2", Mandatory: true, Verdict: indicators.Unmet, Passed: []string{"hub"}, Failed: []string{"s1", "s2"},
			Example: &indicators.Look{Site: "s1", Check: "portal", At: day.At(8 * time.Hour), Code: "timed_out"}},
		{ID: "V3", Mandatory: true, Verdict: indicators.NotJudged},
	}
	change := indicators.ToldTransition{Transition: indicators.Transition{At: day.At(0).AddDate(0, 0, -1), From: indicators.PointPending, To: indicators.PointDone},
		Made: day.At(2 * time.Minute), Evidence: criteria[:1]}
	whole := indicators.PointSummary{Provisional: true, Points: []indicators.PointReport{
		{Point: configs.Point{ID: "portal", Name: "门户", Kind: "W", Node: "service.portal"}, State: indicators.PointDone, Since: day.At(0).AddDate(0, 0, -1),
			Running:   &indicators.PointRound{From: day.At(0), To: day.At(24 * time.Hour), Rating: indicators.Rating{Verdict: indicators.Unmet, Criteria: criteria}},
			NotJudged: []string{"V3"}, History: []indicators.ToldTransition{change}},
		{Point: configs.Point{ID: "core", Name: "核心", Kind: "D", Node: "device.core", Core: true}, State: indicators.PointIdle},
	}, Milestones: []indicators.Milestone{{Year: 2021, Of: 1, Done: 1, Assessed: true}, {Year: 2022, Of: 1, Assessed: true}, {Year: 2023}}}
	const asked = "?day=2026-11-23&known=2026-11-23T18:00:00%2B08:00"
	const criterion = `"id":"V2","mandatory":true,"verdict":"fail","passed":["hub"],"failed":["s1","s2"],` +
		`"example":{"site":"s1","check":"portal","at":"2026-11-23T08:00:00+08:00","code":"timed_out"}`
	const history = `"history":[{"at":"2026-11-22T00:00:00+08:00","from":"pending","to":"done","withdrawn":false,"known_since":"2026-11-23T00:02:00+08:00"`
	for _, c := range []struct {
		name, query string
		answers     pointSummaries
		status      int
		want        []string
	}{
		{"all points", asked, pointSummaries{PointSummary: whole}, http.StatusOK, []string{
			`{"data":{"day":"2026-11-23","known":"2026-11-23T18:00:00+08:00","provisional":true,"total":2,"done":1,"kinds":[` +
				`{"kind":"W","kind_zh":"网站","kind_en":"website","total":1,"states":{"done":1}},{"kind":"D","kind_zh":"核心设备","kind_en":"core device","total":1,"states":{"not_started":1}}],`,
			`{"year":2021,"goal_zh":"完成政务网站站群系统IPv6改造","goal_en":"all government websites","points":1,"done":1,"state":"met","state_zh":"已完成","state_en":"met"}`,
			`"state":"not_met"`, `{"year":2023,"goal_zh":"——","goal_en":"——","points":0,"done":0,"state":"not_assessed","state_zh":"不考核","state_en":"not assessed"}`,
			`{"point":"portal","name":"门户","kind":"W","node":"service.portal","core":false,"state":"done","state_zh":"已完成","state_en":"done","since":"2026-11-22T00:00:00+08:00",` +
				`"running":{"from":"2026-11-23T00:00:00+08:00","to":"2026-11-24T00:00:00+08:00","verdict":"fail","verdict_zh":"不通过","verdict_en":"failed","criteria":[{` + criterion +
				`,"name_zh":"每个 IPv6 地址都能访问","name_en":"reached at every IPv6 address","verdict_zh":"不通过","verdict_en":"failed"}`,
			`"verdict":"not_judged"`, `"mandatory_not_judged":["V3"],` + history + `}]}`,
			`"core":true,"state":"not_started","state_zh":"未启动","state_en":"not started","mandatory_not_judged":[],"history":[]}]},"status":"success"}`,
		}},
		{"one point with the evidence of its changes", asked + "&point=portal", pointSummaries{PointSummary: whole}, http.StatusOK, []string{history + `,"evidence":[{` + criterion}},
		{"no such point", "?point=x", pointSummaries{PointSummary: whole}, http.StatusNotFound, nil},
		{"no day", "?day=23.11.2026", pointSummaries{}, http.StatusBadRequest, nil},
		{"a day that nobody can count", "?day=9999-01-01", pointSummaries{}, http.StatusBadRequest, nil},
		{"a moment that nobody can count", "?known=9999-01-01T00:00:00Z", pointSummaries{}, http.StatusBadRequest, nil},
		{"no moment", "?known=yesterday", pointSummaries{}, http.StatusBadRequest, nil},
		{"no ledger", asked, pointSummaries{err: errors.New("the row is damaged")}, http.StatusInternalServerError, nil},
	} {
		d := &desk{o: Options{Points: c.answers}}
		resp, body := fetch(t, d.serve(t)+"/api/v1/fengsui/points"+c.query)
		if resp.StatusCode != c.status || !json.Valid([]byte(body)) {
			t.Errorf("%s: got %s %s, want %d and JSON", c.name, resp.Status, body, c.status)
		}
		for _, want := range c.want {
			if !strings.Contains(body, want) {
				t.Errorf("%s: got %s, want in it %s", c.name, body, want)
			}
		}
	}
}

// TestPointsHaveWords: every state, kind and verdict of a point has its words.
func TestPointsHaveWords(t *testing.T) {
	t.Parallel()
	var keys []string
	for _, s := range indicators.PointStates {
		keys = append(keys, words.PointState+string(s))
	}
	for _, k := range configs.PointKinds {
		keys = append(keys, words.PointKind+k)
		for _, id := range indicators.CriteriaOf(k) {
			keys = append(keys, words.PointCriterion+id)
		}
	}
	for _, v := range []indicators.Verdict{indicators.Passed, indicators.Unmet, indicators.Undecided, indicators.NotJudged, indicators.NotApplicable} {
		keys = append(keys, words.PointVerdict+string(v))
	}
	for _, key := range keys {
		if !words.Known(key) {
			t.Errorf("%s has no words", key)
		}
	}
}
