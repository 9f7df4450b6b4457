package api

import (
	"context"
	"net/http"
	"time"

	"fengsui/collector/indicators"
	"fengsui/configs"
	"fengsui/configs/calendar"
	"fengsui/configs/words"
)

// Indicators are what the API shows of the district's indicators;
// [indicators.Indicators] is one.
type Indicators interface {
	Day(ctx context.Context, date calendar.Date, known time.Time) (indicators.Summary, error)
	Round(ctx context.Context, at, known time.Time) (indicators.RoundSummary, error)
	Month(ctx context.Context, year int, month time.Month, known time.Time) (indicators.MonthSummary, error)
	Evidence(ctx context.Context, access configs.Node, date calendar.Date, from time.Time) (indicators.AccessEvidence, bool, error)
}

// accessAnswer is 政务外网接入率 of a day. A rate is never told without the day,
// its hours, the version of its denominator and the units that are missing.
type accessAnswer struct {
	Day           string        `json:"day"`
	From          *time.Time    `json:"from,omitempty"` // the hours that count
	To            *time.Time    `json:"to,omitempty"`
	Known         time.Time     `json:"known"`
	Provisional   bool          `json:"provisional"`
	CalendarDoubt bool          `json:"calendar_unknown,omitempty"`
	Denominator   string        `json:"denominator_version"`
	Unset         []string      `json:"units_unset,omitempty"`
	RefusedZH     string        `json:"refused_zh,omitempty"` // why there is no rate
	RefusedEN     string        `json:"refused_en,omitempty"`
	Rates         *accessRates  `json:"rates,omitempty"`
	Missing       []missingUnit `json:"missing"`
}

type accessRates struct {
	Units            int     `json:"units"`
	Declared         float64 `json:"declared_ratio"`
	Measured         float64 `json:"measured_ratio"`
	WithoutExclusion float64 `json:"measured_without_exclusion_ratio"`
	Evidence         float64 `json:"evidence_ratio"`
}

type missingUnit struct {
	Unit     string         `json:"unit"`
	Name     string         `json:"name"`
	State    string         `json:"state"`
	StateZH  string         `json:"state_zh"`
	StateEN  string         `json:"state_en"`
	Declared bool           `json:"declared"`
	Indirect bool           `json:"indirect"` // seen by the hub alone
	Points   []missingPoint `json:"access_points"`
}

type missingPoint struct {
	Access     string `json:"access"`
	Required   bool   `json:"required"`
	Undeclared bool   `json:"prefix_undeclared,omitempty"` // no prefix says from where its agent has to be heard: nothing counts
	OK         int    `json:"ok_rounds"`
	E2         int    `json:"e2_rounds"`
	E3         int    `json:"e3_rounds"`
	Fail       int    `json:"fail_rounds"`
	NoData     int    `json:"no_data_rounds"`
	Excluded   int    `json:"excluded_rounds"`
	Outside    int    `json:"outside_rounds,omitempty"` // the agent was heard from elsewhere than its extranet
}

// accessRate answers ?day=2026-11-23, today when it is left out, or
// ?month=2026-11, or ?round=now or TIME for the round that had ended then, and
// &known=TIME (RFC 3339) for how that was known then.
func accessRate(o *Options) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		date, known, ok := dayAndKnown(w, r, o.Now())
		if !ok {
			return
		}
		if known.IsZero() {
			known = o.Now()
		}
		if text := r.URL.Query().Get("month"); text != "" {
			t, err := time.ParseInLocation("2006-01", text, calendar.Zone)
			if err != nil || !countable(t) {
				problem(w, http.StatusBadRequest, "bad_data", "month is one like 2026-11, not what was given")
				return
			}
			m, err := o.Indicators.Month(r.Context(), t.Year(), t.Month(), known)
			if err != nil {
				indicatorsFail(o, w, err)
				return
			}
			answer(w, monthOf(text, m))
			return
		}
		if text := r.URL.Query().Get("round"); text != "" {
			at, err := time.Parse(time.RFC3339, text)
			if text != "now" && (err != nil || !countable(at)) {
				problem(w, http.StatusBadRequest, "bad_data", "round is now or a moment like 2026-11-23T18:00:00+08:00, not what was given")
				return
			}
			if text == "now" {
				at = known
			}
			s, err := o.Indicators.Round(r.Context(), at, known)
			if err != nil {
				indicatorsFail(o, w, err)
				return
			}
			answer(w, accessRoundOf(s))
			return
		}
		s, err := o.Indicators.Day(r.Context(), date, known)
		if err != nil {
			indicatorsFail(o, w, err)
			return
		}
		answer(w, answerOf(s))
	})
}

// accessEvidence answers ?access=caizheng/main, with day as accessRate and
// &from=08:30 for where the rounds begin; by default the newest are told.
func accessEvidence(o *Options) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		date, _, ok := dayAndKnown(w, r, o.Now())
		if !ok {
			return
		}
		from := time.Time{}
		if text := r.URL.Query().Get("from"); text != "" {
			t, err := time.Parse("15:04", text)
			if err != nil {
				problem(w, http.StatusBadRequest, "bad_data", "from is a time of the day like 08:30, not what was given")
				return
			}
			from = date.At(time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute)
		}
		e, known, err := o.Indicators.Evidence(r.Context(), configs.NodeOf("access", r.URL.Query().Get("access")), date, from)
		switch {
		case err != nil:
			indicatorsFail(o, w, err)
		case !known:
			problem(w, http.StatusNotFound, "not_found", "access is a unit and its access point like caizheng/main, and the inventory has none like what was given")
		default:
			answer(w, evidenceOf(e))
		}
	})
}

func indicatorsFail(o *Options, w http.ResponseWriter, err error) {
	o.Logger.Error("an indicator could not be told", "error", err)
	problem(w, http.StatusInternalServerError, "internal", err.Error())
}

func answerOf(s indicators.Summary) accessAnswer {
	a := accessAnswer{Day: s.Day.String(), Known: s.Known.In(calendar.Zone), Provisional: s.Provisional,
		CalendarDoubt: s.CalendarDoubt, Denominator: s.Denominator.Version, Unset: s.Denominator.Unset, Missing: []missingUnit{}}
	if !s.From.IsZero() {
		a.From, a.To = &s.From, &s.To
	}
	if s.Refused != nil {
		a.RefusedZH, a.RefusedEN = s.Refused.Text("zh"), s.Refused.Text("en")
		return a
	}
	ratio := func(n int) float64 { return float64(n) / float64(s.Rates.Of) }
	a.Rates = &accessRates{s.Rates.Of, ratio(s.Rates.Declared), ratio(s.Rates.Measured),
		ratio(s.Rates.MeasuredWithoutExclusion), ratio(s.Rates.WithEvidence)}
	for _, u := range s.Missing {
		key := words.AccessState + string(u.State)
		m := missingUnit{Unit: u.Unit, Name: u.Name, State: string(u.State), StateZH: words.Text(key, "zh"), StateEN: words.Text(key, "en"),
			Declared: u.Declared, Indirect: u.Indirect, Points: []missingPoint{}}
		for _, p := range u.Points {
			d := p.Day
			m.Points = append(m.Points, missingPoint{string(p.Access), p.Required, p.Undeclared, d.OK, d.E2, d.E3, d.Fail, d.NoData, d.Excluded, d.Outside})
		}
		a.Missing = append(a.Missing, m)
	}
	return a
}
