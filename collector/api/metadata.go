package api

import (
	"net/http"
	"slices"
	"strconv"

	"fengsui/checks"
)

// meta is one entry of /api/v1/metadata.
type meta struct {
	Type string `json:"type"`
	Help string `json:"help"`
	Unit string `json:"unit"`
}

// ownSeries are the series that no kind declares.
var ownSeries = map[string]meta{
	"fengsui_check_state":                {"gauge", "state of a check as it was seen, at the agent's time: 0 up, 1 degraded, 2 down, 3 unable", ""},
	"fengsui_check_duration_seconds":     {"gauge", "how long a run of a check took, both families together", "seconds"},
	"fengsui_known_state":                {"gauge", "state of a check as it is known, at the collector's time: 0 up, 1 degraded, 2 down, 3 unable, 4 silent", ""},
	"fengsui_known_age_seconds":          {"gauge", "age of the newest result of a check", "seconds"},
	"fengsui_known_site_state":           {"gauge", "whether anything comes from a site: 0 up, 4 silent", ""},
	"fengsui_known_identity_clone":       {"gauge", "1 while two machines have the identity of a site's agent and nothing of either is taken; only where that ever was", ""},
	"fengsui_known_site_age_seconds":     {"gauge", "time since anything came from a site", "seconds"},
	"fengsui_site_info":                  {"gauge", "1; its labels are the site's name, kind and parent", ""},
	"fengsui_target_info":                {"gauge", "1 for each check of something in the inventory; node, kind, name, tier, role and link say of what", ""},
	"fengsui_access_rate_ratio":          {"gauge", "政务外网接入率 of the day so far, as it was known then: declared, measured, measured_without_exclusion, evidence", "ratio"},
	"fengsui_access_round_ratio":         {"gauge", "share of units connected in the round that had ended, by the least grade, 1 to 3", "ratio"},
	"fengsui_access_units":               {"gauge", "units of the denominator of the access rate", ""},
	"fengsui_ipv6_points":                {"gauge", "IPv6 points of a kind in a state, as it was known then", ""},
	"fengsui_ipv6_point_state":           {"gauge", "state of an IPv6 point, as it was known then: 0 not started, 1 under way, 2 to be verified, 3 done, 4 reverted", ""},
	"fengsui_site_coverage_ratio":        {"gauge", "share of sites that are connected, as it was known then: towns, and villages that want a line", "ratio"},
	"fengsui_known_site_off_duty":        {"gauge", "1 when the hours of a site explain that it is silent", ""},
	"fengsui_known_down_looks":           {"gauge", "how many of the newest five live results of a check were down; only where any was", ""},
	"fengsui_known_clock_offset_seconds": {"gauge", "by how much the wall clock of a site's machine is ahead of the collector's time", "seconds"},
	"fengsui_known_spool_ratio":          {"gauge", "share of what the spool of a site's agent may hold that the collector lacks, 0 to 1; only of agents that say it", ""},
	"fengsui_known_spool_oldest_seconds": {"gauge", "age of the oldest result that waits there, 0 when none does", "seconds"},
}

// metadata answers what the series mean; Prometheus's own handler asks scrape
// targets, of which there are none. It takes metric and limit.
func metadata(kinds []*checks.Kind) http.Handler {
	all := map[string][]meta{}
	for name, m := range ownSeries {
		all[name] = []meta{m}
	}
	for _, k := range kinds {
		for _, m := range k.Measurements {
			all["fengsui_"+k.Name+"_"+m.Name] = []meta{{m.Type, m.Doc, m.Unit}}
		}
	}
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		limit := len(names)
		if s := r.FormValue("limit"); s != "" {
			n, err := strconv.Atoi(s)
			if err != nil {
				problem(w, http.StatusBadRequest, "bad_data", "limit is "+strconv.Quote(s)+", want a number")
				return
			}
			if n >= 0 {
				limit = n
			}
		}
		metric := r.FormValue("metric")
		some := map[string][]meta{}
		for _, name := range names {
			if len(some) < limit && (metric == "" || metric == name) {
				some[name] = all[name]
			}
		}
		answer(w, some)
	})
}
