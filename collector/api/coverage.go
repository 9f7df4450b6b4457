package api

import (
	"net/http"
	"time"

	"fengsui/collector/indicators"
	"fengsui/configs/calendar"
	"fengsui/configs/words"
)

// coverageAnswer is how far the network reaches now: domain N06, N07 and A75.
type coverageAnswer struct {
	At       time.Time       `json:"at"`
	Judging  bool            `json:"judging"`
	Towns    coverageShare   `json:"towns"`
	Villages coverageShare   `json:"villages"` // those that want a line
	Through  coverageThrough `json:"hierarchy"`
	Offices  []officeReach   `json:"office_system"`
}

type coverageShare struct {
	Sites     int           `json:"sites"`
	Connected int           `json:"connected"`
	Ratio     *float64      `json:"ratio"` // null: there is no site to count
	Missing   []missingSite `json:"missing"`
}

type coverageThrough struct {
	Sites   int           `json:"sites"`
	Through int           `json:"through"`
	Broken  []missingSite `json:"broken"`
	Unknown []missingSite `json:"unknown"`
}

type officeReach struct {
	Service string         `json:"service"`
	Name    string         `json:"name"`
	Sites   int            `json:"sites"`
	Reached int            `json:"reached"`
	Counts  map[string]int `json:"not_reached"` // by why
	Missing []missingSite  `json:"missing"`
}

type missingSite struct {
	Site  string `json:"site"`
	Why   string `json:"why"`
	WhyZH string `json:"why_zh"`
	WhyEN string `json:"why_en"`
	At    string `json:"at,omitempty"` // hierarchy: the site of its chain that it is for
}

func coverageAPI(mux *http.ServeMux, o *Options) {
	if o.Coverage == nil {
		return
	}
	mux.Handle("/api/v1/fengsui/coverage", only(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		c := o.Coverage()
		a := coverageAnswer{At: c.At.In(calendar.Zone), Judging: c.Judging, Towns: shareOf(c.Towns), Villages: shareOf(c.Villages),
			Through: coverageThrough{c.Through.Of, c.Through.Through, missingSites(c.Through.Broken), missingSites(c.Through.Unknown)}, Offices: []officeReach{}}
		for _, r := range c.Offices {
			reach := officeReach{Service: r.Service, Name: r.Name, Sites: r.Of, Reached: r.Reached, Counts: map[string]int{}, Missing: missingSites(r.Missing)}
			for _, m := range r.Missing {
				reach.Counts[string(m.Why)]++
			}
			a.Offices = append(a.Offices, reach)
		}
		answer(w, a)
	}), http.MethodGet))
}

func shareOf(s indicators.Share) coverageShare {
	out := coverageShare{Sites: s.Of, Connected: s.Connected, Missing: missingSites(s.Missing)}
	if r, ok := s.Ratio(); ok {
		out.Ratio = &r
	}
	return out
}

func missingSites(all []indicators.Missing) []missingSite {
	out := []missingSite{}
	for _, m := range all {
		s := missingSite{Site: m.Site, Why: string(m.Why), At: m.At}
		s.WhyZH, s.WhyEN = bilingual(words.CoverageWhy + s.Why)
		out = append(out, s)
	}
	return out
}
