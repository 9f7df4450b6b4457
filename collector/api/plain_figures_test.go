package api

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"fengsui/checks"
	"fengsui/collector/alerts"
	"fengsui/collector/indicators"
	"fengsui/collector/posture"
	"fengsui/configs"
	"fengsui/configs/calendar"
)

type somePoints struct {
	indicators.PointSummary
	err error
}

func (p somePoints) Points(_ context.Context, _ calendar.Date, known time.Time, _ string) (indicators.PointSummary, error) {
	if known.IsZero() {
		return indicators.PointSummary{}, errors.New("the page asked for today's looks, which cost a reading of the history each time")
	}
	return p.PointSummary, p.err
}

// TestPlainIndicators: figures stand with their time and with who is missing;
// there is none where there is none, and none at all when the page is blind.
func TestPlainIndicators(t *testing.T) {
	t.Parallel()
	day := calendar.Date{Year: 2026, Month: 11, Day: 23}
	whole := indicators.Summary{
		From: day.At(8*time.Hour + 30*time.Minute), To: day.At(14 * time.Hour), Provisional: true,
		Rates: indicators.Rates{Of: 2, Declared: 2, Measured: 1, MeasuredWithoutExclusion: 1, WithEvidence: 2},
	}
	show := func(change func(*desk), query string) []string {
		d := sample()
		d.o.Indicators = summaries{Summary: whole}
		d.o.Points = somePoints{PointSummary: indicators.PointSummary{Points: []indicators.PointReport{
			{Point: configs.Point{ID: "portal", Name: "区政府门户", Kind: "W"}, State: indicators.PointReverted},
			{Point: configs.Point{ID: "core", Name: "核心路由器", Kind: "D"}, State: indicators.PointDone, NotJudged: []string{"D3"}},
		}}}
		d.o.Coverage = func() indicators.Coverage {
			return indicators.Coverage{Judging: true, Towns: indicators.Share{Of: 10, Connected: 9}, Villages: indicators.Share{Of: 3, Connected: 3},
				Through: indicators.Chains{Of: 14, Through: 12}, Offices: []indicators.Reach{{Name: "协同办公", Of: 15, Reached: 13}}}
		}
		if change != nil {
			change(d)
		}
		_, body := fetch(t, d.serve(t)+"/plain"+query)
		return rows(t, body)
	}
	began := sample().snap.At.Add(-5 * time.Minute)
	at := func(t time.Time) string { return hour(t) }
	want(t, show(nil, ""),
		at(began)+"–"+at(began.Add(5*time.Minute))+" 一轮：1/2 = 50.0%，其中业务通 1，质量达标 0；缺：民政局 无数据",
		at(whole.From)+"–"+at(whole.To)+"：实测 1/2 = 50.0%，登记 2/2 = 100.0%，取证覆盖 2/2 = 100.0%，不作任何排除 1/2 = 50.0%（暂定）",
		"1/2 = 50.0%，网站 0/1，核心设备 1/1（其中 1 个尚有必备判据未评判，不宜上报为已完成）；缺：区政府门户 回退",
		"逐级贯通 12/14 个站点，镇街覆盖 9/10，有需求村社覆盖 3/3，协同办公可达 13/15")
	want(t, show(nil, "?lang=en"), "12/14 sites with their whole chain, towns 9/10, villages that want a line 3/3, 协同办公 reached from 13/15")
	want(t, show(func(d *desk) {
		d.o.Indicators = summaries{Summary: indicators.Summary{Refused: &indicators.Refusal{Code: "no_units"}}}
		d.o.Points = somePoints{err: errors.New("the disk failed")}
		d.o.Coverage = func() indicators.Coverage { return indicators.Coverage{} }
	}, ""), "不能计算接入率：没有计入分母的财政预算单位；请在单位中填写 budget 和 level", "读不到：the disk failed", "尚未判定")
	for _, row := range show(func(d *desk) { d.health.Failed = errors.New("the disk failed") }, "") {
		if strings.Contains(row, "50.0%") {
			t.Errorf("a collector that stores nothing tells %q as of now", row)
		}
	}
}

// TestPlainLinks: a line works while one of its circuits does; who is polled
// by nobody is counted apart and never up.
func TestPlainLinks(t *testing.T) {
	t.Parallel()
	d := sample()
	circuit := func(link, id string) configs.Circuit { return configs.Circuit{ID: id, Link: link, Device: "core"} }
	district := &configs.District{
		Tiers: []configs.Tier{{ID: "backbone", Name: "市到区", Floor: 1_000_000_000, Goal: 10_000_000_000}},
		Links: []configs.Link{
			{ID: "city-hub", Name: "市到区双链路", Between: [2]string{"city", "hub"}, Tier: "backbone", Circuits: []configs.Circuit{circuit("city-hub", "telecom"), circuit("city-hub", "unicom")}},
			{ID: "hub-qingfu", Name: "青福镇上联", Between: [2]string{"hub", "qingfu"}, Circuits: []configs.Circuit{circuit("hub-qingfu", "telecom")}},
			{ID: "hub-far", Name: "偏远村", Between: [2]string{"hub", "far"}, Circuits: []configs.Circuit{{ID: "radio", Link: "hub-far"}}},
		},
		Sites: []configs.Site{{ID: "hub", Name: "大数据中心", Kind: "hub"}},
	}
	site := posture.Site{ID: "hub", Name: "大数据中心", Kind: "hub", Enrolled: true, Standing: posture.Known, State: checks.Up}
	for id, state := range map[string]checks.State{"city-hub-telecom": checks.Up, "city-hub-unicom": checks.Down, "hub-qingfu-telecom": checks.Down} {
		site.Checks = append(site.Checks, check("circuit-"+id, "snmp", id, "10.1.0.254", face(checks.Pair, state, time.Second)))
		i := strings.LastIndex(id, "-")
		district.Sites[0].Checks = append(district.Sites[0].Checks, configs.Check{ID: "circuit-" + id, Kind: "snmp", Subject: configs.NodeOf("circuit", id[:i]+"/"+id[i+1:])})
	}
	d.snap.Sites = []posture.Site{site}
	d.o.District = func() *configs.District { return district }
	url := d.serve(t)
	_, body := fetch(t, url+"/plain?show=trouble")
	got := rows(t, body)
	want(t, got, "✕ 中断 1 – 无人轮询 1 ✓ 正常 1", "✕ 中断 青福镇上联 大数据中心 – qingfu (hub-qingfu)")
	for _, row := range got {
		if strings.HasPrefix(row, "✓ 正常 市到区双链路") || strings.HasPrefix(row, "✕ 中断 市到区双链路") {
			t.Errorf("a line that works by one of its circuits is in trouble: %s", row)
		}
	}
	_, body = fetch(t, url+"/plain?show=all")
	want(t, rows(t, body), "✓ 正常 市到区双链路 city – 大数据中心 (city-hub) 市到区：1 Gbit/s / 10 Gbit/s")
}

// TestCauseComesFirst: what another alert tells of stands right below it,
// however long before it began; what nobody tells of keeps its place.
func TestCauseComesFirst(t *testing.T) {
	t.Parallel()
	var got []string
	for _, a := range below([]alerts.OpenAlert{{Fingerprint: "a", Under: "c"}, {Fingerprint: "b", Under: "c"}, {Fingerprint: "d"},
		{Fingerprint: "c"}, {Fingerprint: "e", Under: "gone"}, {Fingerprint: ""}}) {
		got = append(got, a.Fingerprint)
	}
	if want := []string{"d", "c", "a", "b", "e", ""}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
