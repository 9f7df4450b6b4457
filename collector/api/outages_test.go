package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"fengsui/collector/outages"
)

// diary is a record of outages that a test wrote.
type diary struct {
	all []outages.Outage
	err error
}

func (d *diary) Latest(context.Context) (map[string]outages.Outage, error) {
	latest := map[string]outages.Outage{}
	for _, o := range d.all {
		latest[o.Site] = o
	}
	return latest, d.err
}

func (d *diary) List(_ context.Context, site string, since time.Time, limit int) (some []outages.Outage, err error) {
	for _, o := range d.all {
		if (site == "" || o.Site == site) && (o.Ended.IsZero() || !o.Ended.Before(since)) && len(some) < limit {
			some = append(some, o)
		}
	}
	return some, d.err
}

func someOutages() *diary {
	return &diary{all: []outages.Outage{
		{ID: 1, Site: "hub", Began: now.Add(-time.Hour), Ended: now.Add(-48 * time.Minute), Class: outages.Line, Code: "others_lost", Args: []string{"50", "55"}, Guessed: outages.Line, Settled: true},
		{ID: 2, Site: "shiguai", Began: now.Add(-9 * 24 * time.Hour), Ended: now.Add(-8 * 24 * time.Hour), Class: outages.Power, Code: "booted"},
		{ID: 3, Site: "qingfu", Began: now.Add(-194 * time.Second), Class: outages.Shutdown, Code: "goodbye", Args: []string{now.Add(-195 * time.Second).UTC().Format(time.RFC3339)}},
		{ID: 4, Site: "xingsheng", Began: now.Add(-200 * time.Second), Class: outages.OffHours, Code: "closed"},
	}}
}

// TestPlainOutages: the row of a site says when it was last not heard and why;
// what is closed is shown as closed and counted apart.
func TestPlainOutages(t *testing.T) {
	t.Parallel()
	d := sample()
	d.o.Outages = someOutages()
	for i := range d.snap.Sites {
		s := &d.snap.Sites[i]
		s.OffDuty = s.OffDuty || s.ID == "xingsheng" || s.ID == "shiguai"
	}
	base := d.serve(t)
	_, page := fetch(t, base+"/plain")
	want(t, rows(t, page),
		"✕ 中断 1", "□ 静默 1", "▲ 劣化 1", "? 无法判断 0", "◇ 下班 2", "○ 未开通 2", "✓ 正常 1",
		"▲ 劣化 青山区工信科局 区级节点 (hub) ▲ 1 ✓ 2 ICMP 方式 raw · 探针 0.1.0 最近一次静默：11-23 13:03:27 起，线路，12 分 0 秒（期间探针照常探测，对本站点以外目标的 55 次探测中 50 次不可达） 联系于 3 秒前",
		"□ 静默 ├ 青福镇 镇（街道） (qingfu) □ 1 … 1 站点失联，以下为失联前所见 ICMP 方式 unprivileged · 探针 0.1.0 静默自 11-23 14:00:13 起：关机（断联前探针于 11-23 14:00:12 告知正常停止） 联系于 3 分 14 秒前",
		"◇ 下班 │ ├ 兴胜社区 社区（村） (xingsheng) ◇ 1 不在开放时间（下班），静默属正常，以下为此前所见 联系于 3 分 20 秒前",
		"✓ 正常 │ └ 石拐社区 社区（村） (shiguai) ✓ 1 联系于 8 秒前",
	)
	_, page = fetch(t, base+"/plain?lang=en")
	if !strings.Contains(page, "last silence: from 11-23 13:03:27, line, for 12 min 0 s (the agent kept probing, and 50 of 55 looks beyond its line failed)") || !strings.Contains(page, "out of hours") {
		t.Error("the English page does not say what the last silence was")
	}

	d = sample()
	d.o.Outages = &diary{err: errors.New("disk I/O error")}
	if _, page := fetch(t, d.serve(t)+"/plain"); !strings.Contains(page, "读不到站点静默的记录：disk I/O error") {
		t.Error("the page hides that the record cannot be read")
	}
}

// TestOutagesAPI: the list, and what it says to wrong questions.
func TestOutagesAPI(t *testing.T) {
	t.Parallel()
	d := sample()
	d.o.Outages, d.o.Now = someOutages(), func() time.Time { return now }
	base := d.serve(t) + "/api/v1/fengsui/outages"
	for query, ids := range map[string]string{
		"": "1 2 3 4", "?site=hub": "1", "?site=nobody": "", "?limit=2": "1 2", "?since=2026-11-20T00:00:00%2B08:00": "1 3 4",
	} {
		resp, body := fetch(t, base+query)
		var got struct {
			Status string
			Data   []struct {
				ID      int64
				WhyZH   string `json:"why_zh"`
				ClassEN string `json:"class_en"`
				Seconds float64
			}
		}
		if err := json.Unmarshal([]byte(body), &got); err != nil || resp.StatusCode != http.StatusOK || got.Status != "success" || got.Data == nil {
			t.Errorf("%s: %s %v: %s", query, resp.Status, err, body)
			continue
		}
		var list []string
		for _, o := range got.Data {
			list = append(list, string(rune('0'+o.ID)))
			if o.ID == 1 && (o.Seconds != 720 || o.ClassEN != "line" || !strings.Contains(o.WhyZH, "50 次不可达")) || o.ID == 3 && o.Seconds != 194 {
				t.Errorf("%s: got %+v", query, o)
			}
		}
		if strings.Join(list, " ") != ids {
			t.Errorf("%s: got outages %v, want %s", query, list, ids)
		}
	}
	for query, want := range map[string]string{
		"?limit=0": "a number from 1 to 1000", "?limit=all": "a number from 1 to 1000", "?since=yesterday": "a time such as",
	} {
		if resp, body := fetch(t, base+query); resp.StatusCode != http.StatusBadRequest || !strings.Contains(body, want) {
			t.Errorf("%s: got %s %s, want 400 and %q", query, resp.Status, body, want)
		}
	}
}
