package api

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"fengsui/collector/outages"
	"fengsui/collector/posture"
)

// Outages are when sites were not heard, and why; [outages.Outages] is one.
type Outages interface {
	Latest(ctx context.Context) (map[string]outages.Outage, error)
	List(ctx context.Context, site string, since time.Time, limit int) ([]outages.Outage, error)
}

// showOutage is for how long after its end the page names a site's last one.
const showOutage = 7 * 24 * time.Hour

// outage says when a site was last not heard, or since when it is not.
func (v *view) outage(s *posture.Site, o outages.Outage, known bool, now time.Time) string {
	switch {
	case !known, !o.Ended.IsZero() && now.Sub(o.Ended) > showOutage:
		return ""
	case !o.Ended.IsZero():
		return v.T("outage", clock(o.Began), o.ClassName(v.lang), v.duration(o.Ended.Sub(o.Began)), o.Why(v.lang, clock))
	case !cutOff(s), s.OffDuty: // what it was will be known soon; or the badge says it
		return ""
	}
	return v.T("outage_lasts", clock(o.Began), o.ClassName(v.lang), o.Why(v.lang, clock))
}

// outagesAPI mounts the record of outages.
func outagesAPI(mux *http.ServeMux, o *Options) {
	if o.Outages == nil {
		return
	}
	mux.Handle("/api/v1/fengsui/outages", only(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		since, limit := time.Time{}, outages.Most
		var err error
		if text := q.Get("since"); text != "" {
			if since, err = time.Parse(time.RFC3339, text); err != nil {
				problem(w, http.StatusBadRequest, "bad_data", fmt.Sprintf("since is %.64q, want a time such as 2026-11-23T08:00:00+08:00", text))
				return
			}
		}
		if text := q.Get("limit"); text != "" {
			if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > outages.Most {
				problem(w, http.StatusBadRequest, "bad_data", fmt.Sprintf("limit is %.64q, want a number from 1 to %d", text, outages.Most))
				return
			}
		}
		all, err := o.Outages.List(r.Context(), q.Get("site"), since, limit)
		if err != nil {
			problem(w, http.StatusInternalServerError, "internal", err.Error())
			return
		}
		type row struct {
			outages.Outage
			ClassZH string  `json:"class_zh"`
			ClassEN string  `json:"class_en"`
			WhyZH   string  `json:"why_zh"`
			WhyEN   string  `json:"why_en"`
			Seconds float64 `json:"seconds"` // of its length, until now while it lasts
		}
		rows := make([]row, 0, len(all))
		for _, x := range all {
			until := x.Ended
			if until.IsZero() {
				until = o.Now()
			}
			rows = append(rows, row{x, x.ClassName("zh"), x.ClassName("en"), x.Why("zh", clock), x.Why("en", clock), until.Sub(x.Began).Seconds()})
		}
		answer(w, rows)
	}), http.MethodGet))
}
