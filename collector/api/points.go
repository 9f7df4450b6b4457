package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"fengsui/collector/indicators"
	"fengsui/configs"
	"fengsui/configs/calendar"
	"fengsui/configs/words"
)

// Points are what the API shows of IPv6 points; [indicators.Indicators] is one.
type Points interface {
	Points(ctx context.Context, date calendar.Date, known time.Time, id string) (indicators.PointSummary, error)
}

// pointsAnswer is 政务网IPv6改造点数 at the end of a day. Its number is Done.
type pointsAnswer struct {
	Day         string           `json:"day"`
	Known       time.Time        `json:"known"`
	Provisional bool             `json:"provisional"`
	Total       int              `json:"total"`
	Done        int              `json:"done"`
	Kinds       []pointKind      `json:"kinds"`
	Milestones  []pointMilestone `json:"milestones"`
	Points      []pointRow       `json:"points"`
}

type pointKind struct {
	Kind   string         `json:"kind"`
	KindZH string         `json:"kind_zh"`
	KindEN string         `json:"kind_en"`
	Total  int            `json:"total"`
	States map[string]int `json:"states"`
}

type pointMilestone struct {
	Year    int    `json:"year"`
	Goal    string `json:"goal_zh"`
	GoalEN  string `json:"goal_en"`
	Points  int    `json:"points"`
	Done    int    `json:"done"`
	State   string `json:"state"` // met, not_met, not_assessed, no_points
	StateZH string `json:"state_zh"`
	StateEN string `json:"state_en"`
}

type pointRow struct {
	Point    string        `json:"point"`
	Name     string        `json:"name"`
	Kind     string        `json:"kind"`
	Node     configs.Node  `json:"node"`
	Core     bool          `json:"core"`
	State    string        `json:"state"`
	StateZH  string        `json:"state_zh"`
	StateEN  string        `json:"state_en"`
	Since    *time.Time    `json:"since,omitempty"`
	Evidence string        `json:"evidence,omitempty"` // where the inventory says that the tick-list lies
	Round    *pointRound   `json:"round,omitempty"`    // the last of the day that is over
	Running  *pointRound   `json:"running,omitempty"`  // today's as it stands; it counts when it is over
	Open     []string      `json:"mandatory_not_judged"`
	History  []pointChange `json:"history"`
}

type pointRound struct {
	From      time.Time        `json:"from"`
	To        time.Time        `json:"to"`
	Verdict   string           `json:"verdict"`
	VerdictZH string           `json:"verdict_zh"`
	VerdictEN string           `json:"verdict_en"`
	Criteria  []pointCriterion `json:"criteria"`
}

type pointCriterion struct {
	indicators.Criterion
	NameZH    string `json:"name_zh"`
	NameEN    string `json:"name_en"`
	VerdictZH string `json:"verdict_zh"`
	VerdictEN string `json:"verdict_en"`
}

// pointChange is one row of the ledger: a change, or that an earlier one is
// withdrawn.
type pointChange struct {
	At        time.Time              `json:"at"`
	From      string                 `json:"from"`
	To        string                 `json:"to"`
	Withdrawn bool                   `json:"withdrawn"`
	Known     time.Time              `json:"known_since"`
	Evidence  []indicators.Criterion `json:"evidence,omitempty"` // where one point is asked for
}

// openPoints is how many newest changes of each point are told where all
// points are asked for.
const openPoints = 10

// Points take their turns: today's verdict reads the day's history.
const pointsAtOnce = 2

// pointsAPI mounts the points: ?day=2026-11-23, today when it is left out,
// &known=TIME (RFC 3339) for how that day was known then, &point=ID for one of
// them with its whole history.
func pointsAPI(mux *http.ServeMux, o *Options) {
	if o.Points == nil {
		return
	}
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		date, known, ok := dayAndKnown(w, r, o.Now())
		if !ok {
			return
		}
		id := r.URL.Query().Get("point")
		s, err := o.Points.Points(r.Context(), date, known, id)
		if err != nil {
			o.Logger.Error("the IPv6 points could not be told", "day", date, "error", err)
			problem(w, http.StatusInternalServerError, "internal", err.Error())
			return
		}
		if id != "" && len(s.Points) == 0 {
			problem(w, http.StatusNotFound, "not_found", "the inventory has no point of the name that was given")
			return
		}
		answer(w, pointsOf(s, id != ""))
	})
	mux.Handle("/api/v1/fengsui/points", only(bounded(h, make(chan struct{}, pointsAtOnce), o.QueryTimeout, queueFor), http.MethodGet))
}

// dayAndKnown reads which day is asked for, today when none is, and as known
// when: zero when that is left out.
func dayAndKnown(w http.ResponseWriter, r *http.Request, now time.Time) (date calendar.Date, known time.Time, ok bool) {
	date = calendar.DateOf(now)
	if text := r.URL.Query().Get("day"); text != "" {
		t, err := time.ParseInLocation(time.DateOnly, text, calendar.Zone)
		if err != nil || !countable(t) {
			problem(w, http.StatusBadRequest, "bad_data", "day is a date like 2026-11-23, not what was given")
			return date, known, false
		}
		date = calendar.DateOf(t)
	}
	if text := r.URL.Query().Get("known"); text != "" {
		t, err := time.Parse(time.RFC3339, text)
		if err != nil || !countable(t) {
			problem(w, http.StatusBadRequest, "bad_data", "known is a moment like 2026-11-23T18:00:00+08:00, not what was given")
			return date, known, false
		}
		if known = t; known.After(now) {
			known = now // nobody knows what is to come, nor that it is final
		}
	}
	return date, known, true
}

// countable says whether the ledger can count a time in nanoseconds.
func countable(t time.Time) bool { return t.Year() >= 1700 && t.Year() < 2200 }

func pointsOf(s indicators.PointSummary, whole bool) pointsAnswer {
	a := pointsAnswer{Day: s.Day.String(), Known: s.Known.In(calendar.Zone), Provisional: s.Provisional, Total: len(s.Points),
		Done: s.Count("", indicators.PointDone), Kinds: []pointKind{}, Milestones: []pointMilestone{}, Points: []pointRow{}}
	for _, kind := range configs.PointKinds {
		k := pointKind{Kind: kind, States: map[string]int{}}
		k.KindZH, k.KindEN = bilingual(words.PointKind + kind)
		for _, state := range indicators.PointStates {
			if n := s.Count(kind, state); n > 0 {
				k.States[string(state)] = n
				k.Total += n
			}
		}
		if k.Total > 0 {
			a.Kinds = append(a.Kinds, k)
		}
	}
	for _, m := range s.Milestones {
		a.Milestones = append(a.Milestones, milestoneOf(m))
	}
	for i := range s.Points {
		a.Points = append(a.Points, pointOf(&s.Points[i], whole))
	}
	return a
}

func bilingual(key string) (zh, en string) { return words.Text(key, "zh"), words.Text(key, "en") }

func milestoneOf(m indicators.Milestone) pointMilestone {
	out := pointMilestone{Year: m.Year, Points: m.Of, Done: m.Done}
	goal := strconv.Itoa(m.Year)
	switch {
	case !m.Assessed:
		goal, out.State = "none", "not_assessed"
	case m.Of == 0:
		out.State = "no_points"
	case m.Met():
		out.State = "met"
	default:
		out.State = "not_met"
	}
	out.Goal, out.GoalEN = bilingual(words.PointMilestone + goal)
	out.StateZH, out.StateEN = bilingual(words.PointMilestone + out.State)
	return out
}

func pointOf(p *indicators.PointReport, whole bool) pointRow {
	row := pointRow{Point: p.ID, Name: p.Name, Kind: p.Kind, Node: p.Node, Core: p.Core, State: string(p.State), Evidence: p.Evidence,
		Round: roundOf(p.Round), Running: roundOf(p.Running), Open: p.NotJudged, History: []pointChange{}}
	row.StateZH, row.StateEN = bilingual(words.PointState + row.State)
	if !p.Since.IsZero() {
		row.Since = &p.Since
	}
	if row.Open == nil {
		row.Open = []string{}
	}
	rows := p.History
	if !whole {
		rows = rows[max(0, len(rows)-openPoints):]
	}
	for _, t := range rows {
		c := pointChange{At: t.At, From: string(t.From), To: string(t.To), Withdrawn: t.Withdrawn, Known: t.Made}
		if whole {
			c.Evidence = t.Evidence
		}
		row.History = append(row.History, c)
	}
	return row
}

func roundOf(r *indicators.PointRound) *pointRound {
	if r == nil {
		return nil
	}
	out := &pointRound{From: r.From, To: r.To, Verdict: string(r.Verdict), Criteria: []pointCriterion{}}
	out.VerdictZH, out.VerdictEN = bilingual(words.PointVerdict + out.Verdict)
	for _, c := range r.Criteria {
		k := pointCriterion{Criterion: c}
		k.NameZH, k.NameEN = bilingual(words.PointCriterion + c.ID)
		k.VerdictZH, k.VerdictEN = bilingual(words.PointVerdict + string(c.Verdict))
		out.Criteria = append(out.Criteria, k)
	}
	return out
}
