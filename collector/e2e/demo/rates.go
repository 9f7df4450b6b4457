package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"fengsui/configs/calendar"
)

// A round is 政务外网接入率 of one round, as the API tells it.
type round struct {
	Began   time.Time `json:"began"`
	Ended   time.Time `json:"ended"`
	Known   time.Time `json:"known"`
	Refused string    `json:"refused_en"`
	Of      int       `json:"units"`
	OK      int       `json:"ok_units"`
	E2      int       `json:"e2_units"`
	Missing []struct {
		Name    string `json:"name"`
		Outcome string `json:"outcome"`
		ZH      string `json:"outcome_zh"`
	} `json:"missing"`
}

// round asks for the round that had ended at a moment, as it is known now.
func (s *stage) round(ctx context.Context, at string) (round, error) {
	body, err := s.district.Web().Get(ctx, "/api/v1/fengsui/indicators?round="+url.QueryEscape(at))
	if err != nil {
		return round{}, err
	}
	var answer struct{ Data round }
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		return round{}, fmt.Errorf("read the answer of the indicators: %w: %s", err, body)
	}
	if answer.Data.Refused != "" {
		return round{}, fmt.Errorf("the round is refused: %s", answer.Data.Refused)
	}
	return answer.Data, nil
}

// missing says whether all that are missing have one outcome.
func (r round) missing(n int, outcome string) error {
	if len(r.Missing) != n {
		return fmt.Errorf("%d of %d units are missing in the round of %s, want %d", len(r.Missing), r.Of, r.Began.Format(time.TimeOnly), n)
	}
	for _, m := range r.Missing {
		if m.Outcome != outcome {
			return fmt.Errorf("%s is %s in the round of %s, want %s", m.Name, m.Outcome, r.Began.Format(time.TimeOnly), outcome)
		}
	}
	return nil
}

// String is a line of the stage: never the rate without its round and who is
// missing.
func (r round) String() string {
	names := make([]string, len(r.Missing))
	for i, m := range r.Missing {
		names[i] = m.Name + " " + m.ZH
	}
	line := fmt.Sprintf("%s–%s 政务外网接入率 access rate %d/%d = %.0f%%", clock(r.Began), clock(r.Ended),
		r.OK, r.Of, 100*float64(r.OK)/float64(max(1, r.Of)))
	if len(names) > 0 {
		line += "；缺：" + strings.Join(names, "、")
	}
	return line
}

// clock is the time of day in the district.
func clock(t time.Time) string { return t.In(calendar.Zone).Format(time.TimeOnly) }

// rate waits for a round after a moment whose missing units are so many and
// have one outcome, shows it, and returns its end.
func (s *stage) rate(ctx context.Context, after time.Time, missing int, outcome, zh, en string) (time.Time, error) {
	var r round
	err := s.until(ctx, 25*time.Second, "a round of the access rate", func() (err error) {
		if r, err = s.round(ctx, "now"); err != nil {
			return err
		}
		if r.Began.Before(after) {
			return fmt.Errorf("the newest round began at %s, want one after %s", r.Began.Format(time.TimeOnly), after.Format(time.TimeOnly))
		}
		return r.missing(missing, outcome)
	})
	if err != nil {
		return time.Time{}, err
	}
	s.say(zh, en)
	s.show(r.String())
	return r.Ended, s.points(ctx)
}

// points shows 政务网IPv6改造点数 as it stands now.
func (s *stage) points(ctx context.Context) error {
	body, err := s.district.Web().Get(ctx, "/api/v1/fengsui/points")
	if err != nil {
		return err
	}
	var answer struct {
		Data struct {
			Total  int `json:"total"`
			Done   int `json:"done"`
			Points []struct {
				Name    string `json:"name"`
				StateZH string `json:"state_zh"`
				StateEN string `json:"state_en"`
				Running struct {
					ZH string `json:"verdict_zh"`
					EN string `json:"verdict_en"`
				} `json:"running"`
			} `json:"points"`
		}
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		return fmt.Errorf("read the answer of the points: %w: %s", err, body)
	}
	if answer.Data.Total != 1 {
		return fmt.Errorf("the district has %d IPv6 points, want 1: %s", answer.Data.Total, body)
	}
	line := fmt.Sprintf("IPv6 改造点数 IPv6 points done %d/%d", answer.Data.Done, answer.Data.Total)
	for _, p := range answer.Data.Points {
		line += fmt.Sprintf("；%s：%s %s，本轮 this round：%s %s", p.Name, p.StateZH, p.StateEN, p.Running.ZH, p.Running.EN)
	}
	s.show(line)
	return nil
}

// rateAgain waits until the backlog has changed a round of the dark, which
// nobody had data of, into one that failed.
func (s *stage) rateAgain(ctx context.Context, ended time.Time) error {
	var r round
	err := s.until(ctx, 25*time.Second, "the round of the dark to be rated again", func() (err error) {
		if r, err = s.round(ctx, ended.Format(time.RFC3339)); err != nil {
			return err
		}
		if !r.Ended.Equal(ended) {
			return fmt.Errorf("got the round until %s, want %s", r.Ended.Format(time.TimeOnly), ended.Format(time.TimeOnly))
		}
		return r.missing(len(behind), "fail")
	})
	if err != nil {
		return err
	}
	s.say("补传到齐后，断线时的一轮重新评定：由“无数据”变为“未接入”", "with the backlog in, the round of the dark is rated again: what was without data had failed")
	s.show(r.String())
	return nil
}
