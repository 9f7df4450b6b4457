package api

import (
	"time"

	"fengsui/collector/indicators"
	"fengsui/configs/calendar"
	"fengsui/configs/words"
)

// monthAnswer is 政务外网接入率 of a month.
type monthAnswer struct {
	Month       string      `json:"month"`
	Known       time.Time   `json:"known"`
	First       string      `json:"first_day,omitempty"` // counted days
	Last        string      `json:"last_day,omitempty"`
	Days        int         `json:"days"`
	Provisional bool        `json:"provisional"`
	Denominator string      `json:"denominator_version,omitempty"`
	Unset       []string    `json:"units_unset,omitempty"`
	RefusedZH   string      `json:"refused_zh,omitempty"`
	RefusedEN   string      `json:"refused_en,omitempty"`
	Measured    *float64    `json:"measured_ratio,omitempty"`
	Units       []unitMonth `json:"units"`
}

type unitMonth struct {
	Unit      string `json:"unit"`
	Name      string `json:"name"`
	Counted   int    `json:"counted_days"`
	Connected int    `json:"connected_days"`
	OK        bool   `json:"connected"`
}

func monthOf(month string, m indicators.MonthSummary) monthAnswer {
	a := monthAnswer{Month: month, Known: m.Known.In(calendar.Zone), Days: m.Days, Provisional: m.Provisional,
		Denominator: m.Denominator.Version, Unset: m.Denominator.Unset, Units: []unitMonth{}}
	if m.Days > 0 {
		a.First, a.Last = m.First.String(), m.Last.String()
	}
	if m.Refused != nil {
		a.RefusedZH, a.RefusedEN = m.Refused.Text("zh"), m.Refused.Text("en")
		return a
	}
	ratio := float64(m.Connected) / float64(len(m.Denominator.Units))
	a.Measured = &ratio
	for _, u := range m.Units {
		a.Units = append(a.Units, unitMonth{u.Unit, u.Name, u.Counted, u.Connected, u.OK})
	}
	return a
}

// roundAnswer is 政务外网接入率 of one round.
type roundAnswer struct {
	Began       *time.Time   `json:"began,omitempty"`
	Ended       *time.Time   `json:"ended,omitempty"`
	Known       time.Time    `json:"known"`
	Denominator string       `json:"denominator_version"`
	RefusedZH   string       `json:"refused_zh,omitempty"`
	RefusedEN   string       `json:"refused_en,omitempty"`
	Of          int          `json:"units"`
	OK          int          `json:"ok_units"` // E1 or better
	E2          int          `json:"e2_units"`
	E3          int          `json:"e3_units"`
	Missing     []unitsRound `json:"missing"`
}

type unitsRound struct {
	Unit    string `json:"unit"`
	Name    string `json:"name"`
	Outcome string `json:"outcome"`
	ZH      string `json:"outcome_zh"`
	EN      string `json:"outcome_en"`
	Outside bool   `json:"outside,omitempty"`
}

func accessRoundOf(s indicators.RoundSummary) roundAnswer {
	a := roundAnswer{Known: s.Known.In(calendar.Zone), Denominator: s.Denominator.Version, Of: len(s.Units), OK: s.OK, E2: s.E2, E3: s.E3, Missing: []unitsRound{}}
	if !s.Began.IsZero() {
		a.Began, a.Ended = &s.Began, &s.Ended
	}
	if s.Refused != nil {
		a.RefusedZH, a.RefusedEN = s.Refused.Text("zh"), s.Refused.Text("en")
	}
	for _, u := range s.Units {
		if u.Outcome != indicators.OK {
			key := words.RoundOutcome + u.Outcome.String()
			a.Missing = append(a.Missing, unitsRound{u.Unit, u.Name, u.Outcome.String(), words.Text(key, "zh"), words.Text(key, "en"), u.Outside})
		}
	}
	return a
}

// evidenceAnswer is what an access point's rounds stand on.
type evidenceAnswer struct {
	Access   string          `json:"access"`
	Site     string          `json:"site,omitempty"`
	Round    float64         `json:"round_seconds"`
	Quorum   []string        `json:"quorum"` // what the agent looks at, in the order of the rounds' quorum
	Prefixes []string        `json:"prefixes"`
	Heard    []heardFrom     `json:"heard_from"`
	Rounds   []roundEvidence `json:"rounds"`
}

type heardFrom struct {
	Source string    `json:"source"`
	Dest   string    `json:"collector,omitempty"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Counts bool      `json:"counts"` // an address of its extranet
}

type roundEvidence struct {
	Began   time.Time `json:"began"`
	Outcome string    `json:"outcome"`
	ZH      string    `json:"outcome_zh"`
	EN      string    `json:"outcome_en"`
	Grade   int       `json:"grade"`
	Gateway string    `json:"gateway"`
	Quorum  []string  `json:"quorum,omitempty"`
	Loss    *float64  `json:"loss_ratio,omitempty"`
	RTT     *float64  `json:"rtt_p95_seconds,omitempty"`
	Outside bool      `json:"outside,omitempty"`
	Blind   bool      `json:"collector_down,omitempty"`
	Work    string    `json:"maintenance,omitempty"`
}

func evidenceOf(e indicators.AccessEvidence) evidenceAnswer {
	a := evidenceAnswer{Access: e.Access.ID(), Site: e.Site, Round: e.Round.Seconds(), Quorum: e.Quorum,
		Prefixes: []string{}, Heard: []heardFrom{}, Rounds: []roundEvidence{}}
	for _, p := range e.Prefixes {
		a.Prefixes = append(a.Prefixes, p.String())
	}
	for i, s := range e.Stays {
		h := heardFrom{Source: s.Source.String(), From: s.Began.In(calendar.Zone), To: s.Ended.In(calendar.Zone), Counts: e.Counts[i]}
		if s.Dest.IsValid() {
			h.Dest = s.Dest.String()
		}
		a.Heard = append(a.Heard, h)
	}
	for _, r := range e.Rounds {
		key := words.RoundOutcome + r.Round.Outcome.String()
		of := roundEvidence{Began: r.Began, Outcome: r.Round.Outcome.String(), ZH: words.Text(key, "zh"), EN: words.Text(key, "en"),
			Grade: int(r.Round.Grade), Gateway: r.Seen.Gateway.String(), Outside: r.Seen.Outside, Blind: r.Seen.Blind, Work: r.Maintenance}
		for _, q := range r.Seen.Quorum {
			of.Quorum = append(of.Quorum, q.String())
		}
		if r.Seen.Quality {
			of.Loss, of.RTT = &r.Seen.Loss, &r.Seen.RTT
		}
		a.Rounds = append(a.Rounds, of)
	}
	return a
}
