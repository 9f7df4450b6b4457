package tasks_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fengsui/checks"
	"fengsui/collector/posture"
	"fengsui/collector/tasks"
	"fengsui/configs"
	"fengsui/configs/words"
)

var now = time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)

// site is one that spoke, of which some checks have stood so.
func site(id, name string, list ...posture.Check) posture.Site {
	return posture.Site{ID: id, Name: name, Enrolled: true, Standing: posture.Known, Last: now, Checks: list}
}

func check(id, target string, standing posture.Standing) posture.Check {
	c := posture.Check{ID: id, Kind: "tcp", Target: target, Standing: standing}
	if standing != posture.Pending {
		c.Families = []posture.Face{{Family: checks.Pair, Standing: standing}}
	}
	return c
}

// TestOf: each thing that is missing is one task, with who has to do it.
func TestOf(t *testing.T) {
	t.Parallel()
	d := &configs.District{
		Units: []configs.Unit{{ID: "caizheng", Name: "区财政局", Budget: "yes"}, {ID: "gongxin", Name: "区工信科局", Budget: "unset"}},
		Sites: []configs.Site{
			{ID: "hub", Owner: "gongxin"}, {ID: "minzhu"}, {ID: "qingfu", Owner: "gongxin"}, {ID: "wuyi", Owner: "gongxin"},
		},
	}
	snap := posture.Snapshot{At: now, Sites: []posture.Site{site("hub", "区级节点"), site("minzhu", ""), site("qingfu", "青福镇"), site("wuyi", "五一社区")}}
	const unset = "区工信科局: 单位 区工信科局（gongxin）是否为财政预算单位未填写，接入率暂时无法计算"
	for name, tt := range map[string]struct {
		change func(*configs.District, *posture.Snapshot)
		want   []string
	}{
		"all is there": {func(d *configs.District, _ *posture.Snapshot) { d.Units[1].Budget = "no" }, nil},
		"a unit unset": {func(*configs.District, *posture.Snapshot) {}, []string{unset}},
		"no agent": {func(_ *configs.District, s *posture.Snapshot) {
			s.Sites[2] = posture.Site{ID: "qingfu", Name: "青福镇", Checks: []posture.Check{check("a", "portal", posture.Unopened)}}
		}, []string{"区工信科局: 站点 青福镇（qingfu）尚未登记探针", unset}},
		"an agent that never spoke, nobody's": {func(_ *configs.District, s *posture.Snapshot) {
			s.Sites[1] = posture.Site{ID: "minzhu", Name: "民主社区", Enrolled: true, Checks: []posture.Check{check("a", "portal", posture.Unopened)}}
		}, []string{unset, "未指定责任单位: 站点 民主社区（minzhu）的探针已登记，但从未联系采集中心"}},
		"twenty checks of one target": {func(d *configs.District, s *posture.Snapshot) {
			d.Services = []configs.Service{{ID: "portal", Name: "区政府门户网站"}}
			for i := range 20 {
				s.Sites[3].Checks = append(s.Sites[3].Checks, check(fmt.Sprint(i), "portal", posture.Unopened))
			}
			s.Sites[3].Checks = append(s.Sites[3].Checks, check("oa", "oa", posture.Unopened), check("ok", "up", posture.Known), check("later", "later", posture.Unjudged))
		}, []string{"区工信科局: 五一社区（wuyi）到 oa 从未成功（1 项检查）", "区工信科局: 五一社区（wuyi）到 区政府门户网站 从未成功（20 项检查）", unset}},
		"addresses": {func(d *configs.District, s *posture.Snapshot) {
			d.Services = []configs.Service{{ID: "oa", Name: "办公系统", Owner: "caizheng", Pending: true}, {ID: "cloud", Pending: true, Status: "planned"}, {ID: "mail", Owner: "省信息中心", Pending: true}}
			d.Devices = []configs.Device{{ID: "core", Name: "核心交换机", Site: "hub", Pending: true}}
			d.Units[0].Access = []configs.AccessPoint{{ID: "main", Unit: "caizheng", Confirmation: "2026-7", Pending: true}}
			for i := range d.Sites {
				d.Sites[i].Pending = []configs.Check{{ID: "oa", Subject: "service.oa"}, {ID: "cloud", Subject: "service.cloud"}, {ID: "gateway", Subject: d.Sites[i].Node()}, {ID: "gateway6", Subject: d.Sites[i].Node()}}
				s.Sites[i].Checks = []posture.Check{check("oa", "oa", posture.Pending), check("cloud", "cloud", posture.Pending)}
			}
			s.Sites[3].Checks = append(s.Sites[3].Checks, check("gateway", "gateway", posture.Pending), check("gateway6", "gateway6", posture.Pending))
		}, []string{
			"区工信科局: 核心交换机（device.core）的地址待登记，尚未探测", "区工信科局: 五一社区（site.wuyi）的地址待登记，尚未探测", unset,
			"区财政局: 区财政局（access.caizheng/main）的地址待登记，尚未探测", "区财政局: 办公系统（service.oa）的地址待登记，尚未探测",
			"省信息中心: mail（service.mail）的地址待登记，尚未探测",
		}},
		"an address that two sites wait for": {func(d *configs.District, s *posture.Snapshot) {
			for _, i := range []int{0, 3} {
				d.Sites[i].Pending = []configs.Check{{ID: "exit", Subject: "link.exit"}, {ID: "printer"}}
				s.Sites[i].Checks = []posture.Check{check("exit", "exit", posture.Pending), check("printer", "printer", posture.Pending)}
			}
		}, []string{"区工信科局: exit（exit）的地址待登记，尚未探测", "区工信科局: printer（printer）的地址待登记，尚未探测", "区工信科局: printer（printer）的地址待登记，尚未探测", unset}},
		"on paper, and unseen": {func(d *configs.District, _ *posture.Snapshot) {
			d.Units[0].Access = []configs.AccessPoint{{ID: "main", Unit: "caizheng"}, {ID: "hall", Unit: "caizheng", Confirmation: "2026-7"}}
			d.Links = []configs.Link{
				{ID: "hub-qingfu", Name: "青福镇专线", Between: [2]string{"hub", "qingfu"}, Circuits: []configs.Circuit{{ID: "telecom"}, {ID: "unicom", Device: "core"}}},
				{ID: "hub-wuyi", Between: [2]string{"hub", "wuyi"}, Circuits: []configs.Circuit{{ID: "telecom"}, {ID: "unicom", Device: "core", Interface: "ge0"}}},
			}
		}, []string{unset, "区工信科局: 线路 青福镇专线（hub-qingfu）没有任何设备接口被采集，看不到其状态和带宽", "区财政局: 区财政局 的接入点 main 没有《节点单位网络开通确认单》编号"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, snap := *d, snap
			d.Units, d.Sites, snap.Sites = slices.Clone(d.Units), slices.Clone(d.Sites), slices.Clone(snap.Sites)
			tt.change(&d, &snap)
			var got []string
			for _, task := range tasks.Of(&d, snap) {
				got = append(got, task.Who("zh")+": "+task.What("zh"))
				for _, lang := range []string{"zh", "en"} {
					if text := task.What(lang) + task.Next(lang); strings.Contains(text, "%!") || !words.Known(words.TaskNext+task.Kind) || !slices.Contains(tasks.Kinds, task.Kind) {
						t.Errorf("%s in %s: %s", task.Kind, lang, text)
					}
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
		})
	}
}

// TestCounts: tasks by owner; who is not named comes last.
func TestCounts(t *testing.T) {
	t.Parallel()
	d := &configs.District{Sites: []configs.Site{{ID: "a", Owner: "省信息中心"}, {ID: "b"}, {ID: "c", Owner: "省信息中心"}}}
	all := tasks.Of(d, posture.Snapshot{Sites: []posture.Site{{ID: "a"}, {ID: "b"}, {ID: "c"}}})
	var got []string
	for _, c := range tasks.Counts(all) {
		got = append(got, fmt.Sprint(c.Who("en"), " ", c.N))
	}
	if want := []string{"省信息中心 2", "no unit in charge named 1"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
