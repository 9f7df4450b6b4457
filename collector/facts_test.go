package collector

import (
	"testing"
	"time"

	"fengsui/checks"
	"fengsui/collector/alerts"
	"fengsui/collector/graph"
	"fengsui/collector/posture"
	"fengsui/configs"

	"github.com/google/go-cmp/cmp"
)

func TestFacts(t *testing.T) {
	t.Parallel()
	at := func(s int) time.Time { return time.Date(2026, 11, 23, 19, 12, s, 0, time.UTC) }
	saw := func(f checks.Family, s checks.State, sec int, code string) posture.Face {
		return posture.Face{Family: f, Standing: posture.Known, State: s, Seen: s, At: at(sec), Reason: checks.Reason{Code: code, State: s}}
	}
	check := []configs.Check{{ID: "portal", Subject: "service.portal"}, {ID: "other", Subject: "service.other"}}
	d := &configs.District{
		Sites: []configs.Site{{ID: "hub", Name: "青山区", Kind: "hub", Checks: check}, {ID: "qingfu", Name: "青福镇", Kind: "town", Parent: "hub", Checks: check},
			{ID: "xingsheng", Name: "兴胜社区", Kind: "community", Parent: "qingfu"}, {ID: "shiguai", Kind: "community", Parent: "qingfu"},
			{ID: "vpn", Name: "石拐社区", Kind: "community", Parent: "qingfu"}},
		Units: []configs.Unit{{ID: "cz", Name: "财政所", Access: []configs.AccessPoint{{ID: "main", Unit: "cz", Site: "qingfu", Required: true}}}},
		Links: []configs.Link{{ID: "hub-qingfu", Name: "区—青福", Between: [2]string{"hub", "qingfu"}, Circuits: []configs.Circuit{{ID: "telecom", Link: "hub-qingfu"}}},
			{ID: "hub-vpn", Name: "区—石拐", Between: [2]string{"hub", "vpn"}}},
		Services: []configs.Service{{ID: "portal", Name: "门户"}, {ID: "other", Name: "其他", DependsOn: []configs.Node{"service.portal"}}},
	}
	g, err := graph.New(d)
	if err != nil {
		t.Fatal(err)
	}
	snap := posture.Snapshot{Sites: []posture.Site{
		{ID: "hub", Checks: []posture.Check{
			{ID: "portal", Families: []posture.Face{saw(checks.Pair, checks.Degraded, 3, "half"), saw(checks.V6, checks.Down, 3, "refused")}},
			{ID: "other", Families: []posture.Face{saw(checks.Pair, checks.Down, 9, "of_another")}},
		}},
		{ID: "qingfu", Last: at(20), Checks: []posture.Check{
			{ID: "portal", Families: []posture.Face{saw(checks.Pair, checks.Degraded, 5, "half"), saw(checks.V6, checks.Down, 5, "timeout"), saw(checks.V4, checks.Up, 6, "")}},
		}},
	}}
	snap.At = at(0)
	full := func(id string, filled float64) posture.Site {
		return posture.Site{ID: id, Last: at(20), Spool: posture.Spool{Filled: filled, Oldest: snap.At.Add(-3 * time.Hour)}}
	}
	snap.Sites = append(snap.Sites, full("shiguai", 0.75), full("vpn", 0.995), full("xingsheng", 0.4))
	for _, c := range []struct {
		name   string
		labels map[string]string
		want   alerts.Facts
	}{
		{"a service over v6", map[string]string{"node": "service.portal", "name": "门户", "family": "6"},
			alerts.Facts{Where: [2]string{"门户（portal）", "门户 (portal)"},
				Evidence: [2]string{"青福镇（qingfu） 2026-11-24 03:12:05：timeout", "青福镇 (qingfu) at 2026-11-24 03:12:05: timeout"}}},
		{"nobody saw v4 bad", map[string]string{"node": "service.portal", "name": "门户", "family": "4"},
			alerts.Facts{Where: [2]string{"门户（portal）", "门户 (portal)"}}},
		{"a site", map[string]string{"site": "qingfu"},
			alerts.Facts{Where: [2]string{"青福镇（qingfu）", "青福镇 (qingfu)"}, Evidence: [2]string{"最近一次消息 2026-11-24 03:12:20", "last heard 2026-11-24 03:12:20"}}},
		{"a spool that fills", map[string]string{"site": "shiguai"},
			alerts.Facts{Where: [2]string{"shiguai", "shiguai"}, Evidence: [2]string{
				"最近一次消息 2026-11-24 03:12:20；探针缓存已用 75%，自 2026-11-24 00:12:00 起积压，按此速度还可存 1 小时 0 分",
				"last heard 2026-11-24 03:12:20; its spool is 75% full, filling since 2026-11-24 00:12:00; at that rate the rest lasts 1 h 0 min"}}},
		{"a spool that is full", map[string]string{"site": "vpn"},
			alerts.Facts{Where: [2]string{"石拐社区（vpn）", "石拐社区 (vpn)"}, Evidence: [2]string{
				"最近一次消息 2026-11-24 03:12:20；探针缓存已用 99%，最早的结果正在丢失",
				"last heard 2026-11-24 03:12:20; its spool is 99% full, the oldest results are being lost"}}},
		{"a spool that has room", map[string]string{"site": "xingsheng"},
			alerts.Facts{Where: [2]string{"兴胜社区（xingsheng）", "兴胜社区 (xingsheng)"}, Evidence: [2]string{"最近一次消息 2026-11-24 03:12:20", "last heard 2026-11-24 03:12:20"}}},
		{"a site that is gone", map[string]string{"site": "hexi"}, alerts.Facts{Where: [2]string{"hexi", "hexi"}}},
		{"a town's cut: what lies behind it, but not who has a line of its own", map[string]string{"site": "qingfu", "node": "site.qingfu"},
			alerts.Facts{Where: [2]string{"青福镇（qingfu）", "青福镇 (qingfu)"}, Evidence: [2]string{"最近一次消息 2026-11-24 03:12:20", "last heard 2026-11-24 03:12:20"},
				Reached: true, Reach: [][2]string{{"shiguai", "shiguai"}, {"兴胜社区（xingsheng）", "兴胜社区 (xingsheng)"}, {"财政所（cz）", "财政所 (cz)"}}}},
		{"its line", map[string]string{"node": "circuit.hub-qingfu/telecom", "name": "区—青福"},
			alerts.Facts{Where: [2]string{"区—青福（hub-qingfu/telecom）", "区—青福 (hub-qingfu/telecom)"},
				Reached: true, Reach: [][2]string{{"青福镇（qingfu）", "青福镇 (qingfu)"}, {"shiguai", "shiguai"}, {"兴胜社区（xingsheng）", "兴胜社区 (xingsheng)"}, {"财政所（cz）", "财政所 (cz)"}}}},
		{"a service over both families", map[string]string{"node": "service.portal", "name": "门户", "family": "pair"},
			alerts.Facts{Where: [2]string{"门户（portal）", "门户 (portal)"},
				Evidence: [2]string{"青福镇（qingfu） 2026-11-24 03:12:05：half", "青福镇 (qingfu) at 2026-11-24 03:12:05: half"},
				Reached:  true, Reach: [][2]string{{"其他（other）", "其他 (other)"}}}},
		{"what nothing hangs on", map[string]string{"node": "service.other", "name": "其他"},
			alerts.Facts{Where: [2]string{"其他（other）", "其他 (other)"}, Reached: true,
				Evidence: [2]string{"青山区（hub） 2026-11-24 03:12:09：of_another", "青山区 (hub) at 2026-11-24 03:12:09: of_another"}}},
		{"nothing", map[string]string{}, alerts.Facts{}},
	} {
		if diff := cmp.Diff(c.want, (knowledge{d: d, g: g, snap: snap}).facts(c.labels)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", c.name, diff)
		}
	}
}
