package api

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"fengsui/checks"
	"fengsui/collector/posture"
)

// fetch returns a page's status, header and text.
func fetch(t testing.TB, url string, change ...func(*http.Request)) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range change {
		c(req)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

// rows returns the text of every table row and list item of a page, in
// order, with spaces folded.
func rows(t testing.TB, page string) []string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && (n.Data == "tr" || n.Data == "li" || n.Data == "p" || n.Data == "dd") {
			all = append(all, text(n))
		}
	}
	return all
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// want checks that rows occur in this order.
func want(t testing.TB, got []string, rows ...string) {
	t.Helper()
	i := 0
	for _, row := range rows {
		for i < len(got) && got[i] != row {
			i++
		}
		if i == len(got) {
			t.Errorf("row %q is missing, or not in its place, in\n%s", row, strings.Join(got, "\n"))
			return
		}
	}
}

func TestPlainChinese(t *testing.T) {
	t.Parallel()
	base := sample().serve(t)
	resp, page := fetch(t, base+"/plain")
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("status %s, type %s; want 200 and HTML", resp.Status, resp.Header.Get("Content-Type"))
	}
	want(t, rows(t, page),
		"✕ 中断 1", "□ 静默 2", "▲ 劣化 1", "? 无法判断 0", "◇ 下班 1", "○ 未开通 2", "✓ 正常 1",
		"紧急 青福镇（qingfu） 静默 site_silent 青福镇失联：45 秒内没有收到任何消息 影响：2 处：兴胜社区（xingsheng）、财政所（cz） 归并：另有 1 条告警由此引起，不再单独通知 依据：最近一次消息 2026-11-23 14:00:13 下一步：致电站点确认是否停电；有电则查上联线路，再查探针 11-23 14:00:58 已持续 2 分 29 秒",
		"紧急 兴胜社区 静默 site_silent 兴胜社区失联：45 秒内没有收到任何消息 由 青福镇 的故障引起，已并入该告警，不另行通知 11-23 14:00:52 已持续 2 分 35 秒",
		"紧急 区政府门户网站 IPv6 中断 target_down 区政府门户网站 IPv6 中断：2 个观测点不通 下一步：核对 AAAA 记录和 IPv6 路由 尚未送达任何接收人 11-23 14:00:52 已持续 2 分 35 秒",
		"工单 万青路街道 · oa check_down 万青路街道的 oa 中断 暂时无法重新判定：该对象的数据缺失 11-23 11:03:27 已持续 3 小时 0 分",
		"▲ 劣化 青山区工信科局 区级节点 (hub) ▲ 1 ✓ 2 ICMP 方式 raw · 探针 0.1.0 联系于 3 秒前",
		"✓ 正常 gateway icmp 198.18.0.1 v4 ✓ v6 ✓ 8 秒前",
		"▲ 劣化 portal http https://portal.qingshan.example/ v4 ✓ v6 ✕ portal.qingshan.example 有 AAAA 记录，但 IPv6 不通（timeout），IPv4 正常（应为：两者都通，或撤下 AAAA 记录） 12 秒前 开始于 11-23 11:03:27",
		"□ 静默 ├ 青福镇 镇（街道） (qingfu) □ 1 … 1 站点失联，以下为失联前所见 ICMP 方式 unprivileged · 探针 0.1.0 联系于 3 分 14 秒前",
		"… 未判定 gateway icmp 198.18.4.1 v4 … v6 … 最后所见：正常 3 分 20 秒前",
		"□ 静默 oa http https://oa.qingshan.example/ v4 □ 最后所见：正常 4 分 20 秒前",
		"□ 静默 │ ├ 兴胜社区 社区（村） (xingsheng) □ 1 站点失联，以下为失联前所见 联系于 3 分 20 秒前",
		"□ 静默 oa http https://oa.qingshan.example/ 最后所见：中断，192.0.2.7:443 拒绝了连接（应为：接受） 4 分 20 秒前",
		"✓ 正常 │ └ 石拐社区 社区（村） (shiguai) ✓ 1 联系于 8 秒前",
		"✕ 中断 └ 万青路街道 镇（街道） (wanqing) ✕ 1 ? 1 … 1 ○ 2 – 1 ✓ 1 本站无 IPv6；本机无法发送 ICMP；本机时钟慢 1 分 35 秒（结果时间不受影响，请校时）；探针缓存已用 75%，自 11-23 11:03:27 起积压，按此速度还可存 1 小时 0 分；ping_group_range 不含本用户；近 7 天有 12 条结果在站点丢失；拒收 3 条结果：时间不可能 探针 0.1.0 联系于 11 秒前",
		"✕ 中断 oa tcp oa.qingshan.example:443 v4 ✕ 192.0.2.7:443 拒绝了连接（应为：接受） 14 秒前 开始于 11-23 11:03:27",
		"○ 未开通 print tcp 198.18.5.9:9100 还没有结果",
		"○ 未开通 archive tcp 198.18.5.8:445 从未成功过：198.18.5.8:445 拒绝了连接（应为：接受） 40 秒前",
		"– 待登记 vpn tcp 192.0.2.1:443 目标地址待登记，不探测",
		"… 未判定 daily http portal https://portal.qingshan.example/ 最后所见：正常 5 小时 0 分前",
		"◇ 下班 ├ 百合社区 社区（村） (baihe) ◇ 1 不在开放时间（下班），静默属正常，以下为此前所见 联系于 2 小时 0 分前",
		"◇ 下班 oa http https://oa.qingshan.example/ v4 ◇ 最后所见：正常 2 小时 0 分前",
		"○ 未开通 ├ 民主社区 社区（村） (minzhu) 尚未登记探针",
		"○ 未开通 └ 五一社区 社区（村） (wuyi) 探针已登记，等待首次联系",
		"自 11-22 12:03:27 起接收并判定", "2 秒前", "182.0 GiB / 共 480.0 GiB",
	)
	if !strings.Contains(page, "2026-11-23 14:03:27") {
		t.Error("the page does not tell its own time")
	}
}

func TestPlainEnglish(t *testing.T) {
	t.Parallel()
	base := sample().serve(t)
	_, page := fetch(t, base+"/plain?lang=en")
	want(t, rows(t, page),
		"✕ down 1", "□ silent 2",
		"page 青福镇 (qingfu) silent site_silent qingfu is silent: nothing came for 45 s Reach: 2: 兴胜社区 (xingsheng), 财政所 (cz) Held: 1 further alerts are caused by it and not told apart Evidence: last heard 2026-11-23 14:00:13 Next: ask the site whether it has power; if so look at its uplink, then at its agent 11-23 14:00:58 for 2 min 29 s",
		"▲ degraded 青山区工信科局 hub (hub) ▲ 1 ✓ 2 ICMP raw · agent 0.1.0 heard 3 s ago",
		"□ silent oa http https://oa.qingshan.example/ last seen down: 192.0.2.7:443 refused the connection, want it accepted 4 min 20 s ago",
		"listening and judging since 11-22 12:03:27",
	)
	for _, r := range page {
		if r >= '\u3000' && r <= '\u303f' || r >= '\uff00' && r <= '\uffef' {
			t.Errorf("the English page has the Chinese mark %q", r)
			break
		}
	}
}

// TestPlainNeedsNothing: no script, nothing from elsewhere, a policy that
// forbids both and allows the one style sheet.
func TestPlainNeedsNothing(t *testing.T) {
	t.Parallel()
	resp, page := fetch(t, sample().serve(t)+"/plain")
	for _, no := range []string{"<script", "<link", "<img", "<iframe", "@import", "url(", "http://", " on"} {
		if no == " on" { // event attributes; the word alone is text
			no = " onclick"
		}
		if strings.Contains(page, no) {
			t.Errorf("the page has %q, want a page that needs nothing", no)
		}
	}
	_, rest, _ := strings.Cut(page, "<style>")
	style, _, _ := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(style))
	policy := resp.Header.Get("Content-Security-Policy")
	if wanted := "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(policy, wanted) || !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("the policy is %q, want default-src 'none' and %s of the sheet as it is sent", policy, wanted)
	}
	if strings.Contains(page, "style=") {
		t.Error("an element has a style of its own, which the policy forbids")
	}
	if !strings.Contains(page, `<meta http-equiv="refresh" content="10">`) {
		t.Error("the page does not reload itself")
	}
}

// TestPlainEscapes: names come from files, reasons from foreign servers.
func TestPlainEscapes(t *testing.T) {
	t.Parallel()
	evil := `<script>alert("1")</script>"'><img src=x onerror=alert(1)>`
	d := sample()
	s := &d.snap.Sites[0]
	s.Name, s.ID, s.Kind = evil, evil, evil
	s.Checks[0].ID, s.Checks[0].Target, s.Checks[0].Address, s.Checks[0].Kind = evil, evil, "javascript:alert(1)", evil
	s.Checks[1].Families[0].Reason = checks.Reason{Code: evil, State: checks.Degraded, Args: []checks.Arg{{Name: evil, Value: evil}}}
	d.open[0].SummaryZH, d.open[0].Rule, d.open[0].Severity, d.open[0].HeldZH = evil, evil, evil, evil
	d.open[0].TitleZH, d.open[0].NextZH, d.open[0].NextEN, d.open[0].TitleEN = evil, evil, evil, evil
	d.open[0].Labels = map[string]string{"site": evil, "check": evil, "name": evil, "node": evil}
	d.agents[evil] = AgentInfo{Version: evil, ICMPMode: evil, NoteZH: evil}
	d.health.Failed, d.lost = errors.New(evil), errors.New(evil)
	base := d.serve(t)
	for _, query := range []string{"", "?lang=%22%3E%3Cscript%3E", "?show=%22%3E%3Cscript%3E", "?lang=en&show=all"} {
		_, page := fetch(t, base+"/plain"+query)
		root, err := html.Parse(strings.NewReader(page))
		if err != nil {
			t.Fatal(err)
		}
		for n := range root.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			if n.Data == "script" || n.Data == "img" {
				t.Errorf("%s: the page has an element %s", query, n.Data)
			}
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "href" && !strings.HasPrefix(a.Val, "/plain?") && !strings.HasPrefix(a.Val, "#site-") {
					t.Errorf("%s: element %s has %s=%q", query, n.Data, a.Key, a.Val)
				}
			}
		}
	}
}

// TestPlainIsNeverGreenWhenBlind: while nothing is judged, after a failure,
// and for sites that are cut off, nothing says up.
func TestPlainIsNeverGreenWhenBlind(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*desk)
		banner string
		empty  string // what an empty list of alerts says
	}{
		{"not judging", func(d *desk) {
			d.snap.Judging, d.snap.JudgingIn = false, 31*time.Second
			for i := range d.snap.Sites {
				s := &d.snap.Sites[i]
				s.Standing = posture.Unjudged
				for j := range s.Checks {
					for k := range s.Checks[j].Families {
						s.Checks[j].Families[k].Standing = posture.Unjudged
					}
				}
			}
		}, "采集中心刚开始接收，31 秒后开始判定；在此之前没有消息的站点显示为“未判定”，不会告警", "尚未判定，无法确认没有告警"},
		{"failed", func(d *desk) { d.health.Failed = errors.New("no space left on device") },
			"采集中心故障：新数据已不再入库，以下均为故障前所见，不代表现状。no space left on device", "尚未判定，无法确认没有告警"},
		{"all cut off", func(d *desk) {
			for i := range d.snap.Sites {
				d.snap.Sites[i].Standing, d.snap.Sites[i].State = posture.Known, checks.Silent
			}
		}, "", "没有未恢复的告警"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := sample()
			d.open = nil
			tt.change(d)
			_, page := fetch(t, d.serve(t)+"/plain")
			if got := rows(t, page); tt.banner != "" {
				want(t, got, tt.banner, "✓ 正常 0", tt.empty)
			}
			if strings.Contains(page, `class="badge up"`) || strings.Contains(page, `class="chip up"`) || strings.Contains(page, `<li class="up"`) {
				t.Error("something on the page is green")
			}
		})
	}
}

func TestPlainBanners(t *testing.T) {
	t.Parallel()
	d := sample()
	d.health.DiskLow, d.health.DiskFree, d.health.RulesBlind, d.lost = true, 3<<29, errors.New("too old"), errors.New("locked")
	d.health.LastCommit = time.Time{}
	d.health.AuthorityEnds = time.Date(2027, 1, 31, 12, 0, 0, 0, time.UTC)
	d.open = nil
	_, page := fetch(t, d.serve(t)+"/plain?lang=en")
	want(t, rows(t, page),
		"Rules do not see the latest states and alerts may be missing: too old",
		"The data disk is filling: 1.5 GiB of 480.0 GiB free; make room soon",
		"The authority's certificate ends on 2027-01-31, and with it every agent's trust: renew it with the same key (put the new one in the place of ca_cert, or delete ca/ca.pem in the data directory when it is the built-in one) and restart; no agent has to be enrolled again",
		"The agents' self-tests cannot be read: locked",
		"not judged yet: no saying that there are none",
		"nothing was stored since the start")
}

// TestPlainShowsTrouble: with many checks those that are up are left out and
// counted, never those that are not.
func TestPlainShowsTrouble(t *testing.T) {
	t.Parallel()
	d := sample()
	hub := &d.snap.Sites[0]
	for range showAllUpTo {
		hub.Checks = append(hub.Checks, upCheck("more", "tcp", "more", "198.18.0.9:1", time.Second))
	}
	base := d.serve(t)
	_, page := fetch(t, base+"/plain")
	if n := strings.Count(page, ">more <"); n != 0 {
		t.Errorf("%d checks that are up are listed, want none", n)
	}
	want(t, rows(t, page), "▲ 劣化 青山区工信科局 区级节点 (hub) ▲ 1 ✓ 152 ICMP 方式 raw · 探针 0.1.0 联系于 3 秒前",
		"□ 静默 oa http https://oa.qingshan.example/ v4 □ 最后所见：正常 4 分 20 秒前", "○ 未开通 print tcp 198.18.5.9:9100 还没有结果")
	if !strings.Contains(page, "正常或下班的 155 项未列出") || !strings.Contains(page, `href="/plain?show=all"`) {
		t.Error("the page does not say how many it leaves out, or how to see them")
	}
	if _, page = fetch(t, base+"/plain?show=all"); strings.Count(page, ">more <") != showAllUpTo {
		t.Errorf("show=all lists %d of %d", strings.Count(page, ">more <"), showAllUpTo)
	}
}

// TestTree: every site is listed once, whatever its parents are.
func TestTree(t *testing.T) {
	t.Parallel()
	d := sample()
	site := func(id, parent string) posture.Site { return posture.Site{ID: id, Parent: parent} }
	d.snap.Sites = []posture.Site{site("a", "b"), site("b", "a"), site("c", "c"), site("d", "gone"), site("e", "d"), site("f", "e"), site("g", "d")}
	d.open = nil
	_, page := fetch(t, d.serve(t)+"/plain")
	var got []string
	for _, r := range rows(t, page) {
		if name, ok := strings.CutPrefix(r, "○ 未开通 "); ok && strings.Contains(name, "(") {
			got = append(got, strings.TrimSuffix(name, " 尚未登记探针"))
		}
	}
	if text := strings.Join(got, ", "); text != "d (d), ├ e (e), │ └ f (f), └ g (g), a (a), └ b (b), c (c)" {
		t.Errorf("the tree is %s", text)
	}
}

func TestSiteState(t *testing.T) {
	t.Parallel()
	up := upCheck("a", "tcp", "a", "", 0)
	of := func(s checks.State) posture.Check { return check("b", "tcp", "b", "", face(checks.Pair, s, 0)) }
	none := posture.Check{ID: "c"}
	unjudged := upCheck("d", "tcp", "d", "", 0)
	unjudged.Families[0].Standing = posture.Unjudged
	doubtful := of(checks.Down)
	doubtful.Families[0].Standing = posture.Unjudged
	tests := []struct {
		name string
		list []posture.Check
		want string
	}{
		{"one not judged yet, up before", []posture.Check{up, unjudged}, "up"},
		{"one not judged yet, down before", []posture.Check{up, doubtful}, "unjudged"},
		{"one down, one not judged yet", []posture.Check{of(checks.Down), doubtful}, "down"},
		{"no checks: the agent speaks", nil, "up"},
		{"all up", []posture.Check{up}, "up"},
		{"one down", []posture.Check{up, of(checks.Degraded), of(checks.Down), of(checks.Unable)}, "down"},
		{"one degraded", []posture.Check{up, of(checks.Unable), of(checks.Degraded)}, "degraded"},
		{"one unable", []posture.Check{up, of(checks.Unable)}, "unable"},
		{"one silent while the site speaks", []posture.Check{up, of(checks.Silent)}, "unable"},
		{"one unopened", []posture.Check{up, none}, "up"},
		{"none ever opened", []posture.Check{none}, "unopened"},
		{"none judged", []posture.Check{none, unjudged}, "unjudged"},
	}
	for _, tt := range tests {
		s := posture.Site{Standing: posture.Known, State: checks.Up, Checks: tt.list}
		if got := siteState(&s); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestSizeAndDuration(t *testing.T) {
	t.Parallel()
	for n, want := range map[uint64]string{0: "0 B", 1023: "1023 B", 1536: "1.5 KiB", 5 << 40: "5.0 TiB", 1 << 63: "8192.0 PiB"} {
		if got := size(n); got != want {
			t.Errorf("size(%d) is %s, want %s", n, got, want)
		}
	}
	zh, en := view{lang: "zh"}, view{lang: "en"}
	for d, want := range map[time.Duration][2]string{
		-time.Second: {"0 秒", "0 s"}, 59 * time.Second: {"59 秒", "59 s"}, 60 * time.Second: {"1 分 0 秒", "1 min 0 s"},
		47 * time.Hour: {"47 小时 0 分", "47 h 0 min"}, 75 * time.Hour: {"3 天 3 小时", "3 d 3 h"},
	} {
		if z, e := zh.duration(d), en.duration(d); z != want[0] || e != want[1] {
			t.Errorf("%v is %q and %q, want %q", d, z, e, want)
		}
	}
}
