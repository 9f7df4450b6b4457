package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"fengsui/collector/posture"
	"fengsui/configs"
)

// unfinished is a district of which many sites have no agent yet.
func unfinished(n int) *desk {
	d := sample()
	district := &configs.District{Units: []configs.Unit{{ID: "gongxin", Name: "区工信科局", Budget: "yes"}}}
	for i := range n {
		id := fmt.Sprintf("new%02d", i)
		district.Sites = append(district.Sites, configs.Site{ID: id, Owner: "gongxin"})
		d.snap.Sites = append(d.snap.Sites, posture.Site{ID: id, Name: fmt.Sprintf("第%02d村", i), Kind: "community"})
	}
	d.o.District = func() *configs.District { return district }
	return d
}

// TestPlainTasks: what is to be done stands on the page by owner, the first
// twenty in full, the rest folded.
func TestPlainTasks(t *testing.T) {
	t.Parallel()
	_, page := fetch(t, unfinished(25).serve(t)+"/plain")
	got := rows(t, page)
	want(t, got, "25", "5",
		"区工信科局 站点 第00村（new00）尚未登记探针 在采集中心执行 fengsui-collector code new00，携带一次性登记码到现场安装探针",
		"区工信科局 站点 第24村（new24）尚未登记探针 在采集中心执行 fengsui-collector code new24，携带一次性登记码到现场安装探针",
		"未指定责任单位 万青路街道（wanqing）到 archive 从未成功（1 项检查） 在 /plain 查看站点 万青路街道 的说明，核对地址和端口，请线路或系统管理方放行；不需要的检查从配置中删去")
	before, folded, found := strings.Cut(page, "<details>")
	if !found || !strings.Contains(before, "（new19）") || strings.Contains(before, "（new20）") || !strings.Contains(folded, "其余 10 项") {
		t.Error("want twenty tasks in full and the other ten folded")
	}
	if _, page := fetch(t, unfinished(5).serve(t)+"/plain?lang=en"); strings.Contains(page, "<details>") || !strings.Contains(page, "run fengsui-collector code new04 at the collector") {
		t.Error("want the few tasks in full, in English")
	}
	failed := unfinished(5)
	failed.health.Failed = errors.New("disk I/O error")
	if _, page := fetch(t, failed.serve(t)+"/plain"); strings.Contains(page, "未开通任务") {
		t.Error("a page of the past says what is to be done")
	}
	d := sample()
	d.snap.Sites, d.open = d.snap.Sites[:1], nil
	d.o.District = func() *configs.District { return &configs.District{} }
	if _, page := fetch(t, d.serve(t)+"/plain"); strings.Contains(page, "未开通任务") {
		t.Error("a page without tasks has a block of them")
	}
}

// TestTasksAPI: the list, whole or of one owner or kind.
func TestTasksAPI(t *testing.T) {
	t.Parallel()
	base := unfinished(3).serve(t) + "/api/v1/fengsui/tasks"
	for query, want := range map[string]string{
		"":                     "8: gongxin 3,  5",
		"?owner=gongxin":       "3: gongxin 3",
		"?owner=":              "5:  5",
		"?owner=nobody":        "0:",
		"?kind=enrol":          "4: gongxin 3,  1",
		"?kind=never_up&owner": "2:  2",
	} {
		resp, body := fetch(t, base+query)
		var got struct {
			Data struct {
				Total  int
				Owners []struct {
					Owner string
					Count int
				}
				Tasks []struct {
					Kind, Subject string
					WhatEN        string `json:"what_en"`
					NextZH        string `json:"next_zh"`
				}
			}
		}
		if err := json.Unmarshal([]byte(body), &got); err != nil || resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %s %v: %s", query, resp.Status, err, body)
			continue
		}
		var owners []string
		for _, o := range got.Data.Owners {
			owners = append(owners, fmt.Sprint(" ", o.Owner, " ", o.Count))
		}
		if text := fmt.Sprint(got.Data.Total, ":", strings.Join(owners, ",")); text != want {
			t.Errorf("%s: got %q, want %q", query, text, want)
		}
		if len(got.Data.Tasks) != got.Data.Total || slices.ContainsFunc(got.Data.Tasks, func(t struct {
			Kind, Subject string
			WhatEN        string `json:"what_en"`
			NextZH        string `json:"next_zh"`
		}) bool {
			return t.WhatEN == "" || t.NextZH == "" || !strings.HasPrefix(t.Subject, "s")
		}) {
			t.Errorf("%s: got %s, want every task with its words and subject", query, body)
		}
	}
	if resp, body := fetch(t, base+"?kind=all"); resp.StatusCode != http.StatusBadRequest || !strings.Contains(body, "want one of [enrol ") {
		t.Errorf("a kind that is none: got %s %s, want 400 and the kinds", resp.Status, body)
	}
}
