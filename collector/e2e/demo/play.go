package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"fengsui/checks"
	"fengsui/collector/e2e"
	"fengsui/configs"
)

// Times of the demo: everything that takes minutes in a district takes
// seconds here.
const (
	silence  = 6 * time.Second // a site is silent after
	idle     = "2s"            // an agent pushes every
	interval = time.Second     // a check runs every
	darkness = 10 * time.Second
)

// Whom to call is kept by the collector alone, and comes as a table.
const (
	townPhone    = "0472-5550101"
	townContacts = "对象,职务,姓名,电话,时间\nsite.qingfu,网络管理员,王工," + townPhone + ",工作日\n"
)

// behind are the sites behind the town's line.
var behind = []string{"qingfu", "qingfu-1", "qingfu-2"}

// play tells the story from the first listener to the last proof.
func (s *stage) play(ctx context.Context, bin, dir string) error {
	if err := s.open(ctx, bin, dir); err != nil {
		return err
	}
	if err := s.watch(ctx); err != nil {
		return err
	}
	if _, err := s.rate(ctx, s.began, 0, "", "断线之前：", "before the cut:"); err != nil {
		return err
	}
	cut := time.Now()
	if err := s.goDark(ctx); err != nil {
		return err
	}
	if err := s.crash(ctx); err != nil {
		return err
	}
	dark, err := s.rate(ctx, cut, len(behind), "no_data", "断线期间：没有数据就不算接入", "in the dark: what is without data does not count as connected")
	if err != nil {
		return err
	}
	if wait := darkness - time.Since(cut); wait > 0 {
		time.Sleep(wait) // long enough for a backlog worth seeing
	}
	return s.mendAndProve(ctx, cut, dark)
}

// open starts listeners, collector and agents.
func (s *stage) open(ctx context.Context, bin, dir string) error {
	portal, err := s.serve()
	if err != nil {
		return err
	}
	d, err := e2e.NewDistrict(bin, dir, silence)
	if err != nil {
		return err
	}
	s.district = d
	listen, err := d.ListenPort()
	if err != nil {
		return err
	}
	uplink, err := s.relay(listen)
	if err != nil {
		return err
	}
	line, err := s.relay(portal)
	if err != nil {
		return err
	}
	if err := d.Configure("district.hcl", configs.Demo(portal, line)); err != nil {
		return err
	}
	if err := d.StartCollector(ctx); err != nil {
		return err
	}
	if err := d.ImportContacts(ctx, townContacts); err != nil {
		return err
	}
	s.say("中心已启动，态势页面：", "the collector is up; its page:")
	s.show(d.Web().Base + "/plain\n" + d.Web().Base + "/plain?lang=en")

	s.agents = map[string]*e2e.Agent{}
	for _, site := range append([]string{"hub"}, behind...) {
		to := fmt.Sprintf("127.0.0.1:%d", uplink)
		if site == "hub" {
			to = d.Listen
		}
		agent, err := d.Enrol(ctx, site, fmt.Sprintf("push {\n  idle = %q\n  busy = \"1s\"\n}", idle), to)
		if err != nil {
			return err
		}
		if err := agent.Start(); err != nil {
			return err
		}
		s.agents[site] = agent
	}
	s.say("四个站点用一次性注册码完成注册，探针已启动", "four sites enrolled, each with a one-time code; their agents run")
	return nil
}

// watch waits until everything is known and says what this machine lacks.
func (s *stage) watch(ctx context.Context) error {
	web := s.district.Web()
	err := s.until(ctx, 30*time.Second, "four sites to be up", func() error {
		portals := 7.0 // the portal once from the hub, twice from the three sites
		if s.hasV6 {
			portals += 3 // and by its IPv6 address
		}
		wants := []struct {
			what, expr string
			number     float64
		}{
			{"sites are up", `fengsui_known_site_state == 0`, 4},
			{"portal checks are up", `fengsui_known_state{family="pair",check=~"portal.*"} == 0`, portals},
			{"sites looked at their gateway", `fengsui_check_state{family="pair",check="gateway"}`, 4},
			{"sites without ::1 say unable", `fengsui_check_state{family="pair",check="portal-v6"} == 3`, 3},
		}
		if s.hasV6 {
			wants = wants[:3]
		}
		for _, w := range wants {
			got, err := web.Scalar(ctx, "count("+w.expr+") or vector(0)")
			if err != nil {
				return err
			}
			if got != w.number {
				return fmt.Errorf("%v %s, want %v", got, w.what, w.number)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.say("四个站点在线，检查结果经 mTLS 到达中心并落盘", "four sites are up; results arrive over mTLS and are on disk")
	states, err := web.Query(ctx, `fengsui_known_state{site="qingfu"}`)
	if err != nil {
		return err
	}
	s.show(table(states))
	if !s.hasV6 {
		s.say("本机没有 ::1：IPv6 一侧为“无法判断”，不算中断", "this machine has no ::1: the IPv6 half is unable, which is no failure")
	}
	// As seen: what never succeeded is not opened, and has no known state.
	unable, err := web.Query(ctx, `fengsui_check_state{check="gateway",family="pair"} == 3`)
	if err != nil {
		return err
	}
	if len(unable) > 0 {
		s.say("本机没有 ICMP 权限：icmp 检查为“无法判断”，不算中断", "this machine gives no ICMP rights: icmp checks are unable, which is no failure")
	}
	return nil
}

// goDark cuts the town's line and waits for the one alert of it: the town is
// the cause, its communities lie behind it, and it says whom to call.
func (s *stage) goDark(ctx context.Context) error {
	s.say("切断青福镇的线路：其后的探测与上报同时中断", "the town's line is cut: probes behind it and the uplink stop alike")
	cut := time.Now()
	before := len(s.district.Hook.Got())
	s.cut()
	var alert e2e.Notification
	err := s.until(ctx, 25*time.Second, "one notification of the town", func() error {
		got := s.district.Hook.Got()[before:]
		if len(got) == 0 {
			return fmt.Errorf("no notification yet")
		}
		alert = got[0]
		if sites := alert.Sites("firing"); !slices.Equal(sites, behind[:1]) {
			return fmt.Errorf("the first notification names %v, want %v", sites, behind[:1])
		}
		for _, want := range []string{"青福镇", "青福第一社区", "青福第二社区", townPhone} {
			if !strings.Contains(alert.TextZH, want) {
				return fmt.Errorf("the text of the alert does not say %s: %s", want, alert.TextZH)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.say(fmt.Sprintf("%.0f 秒后收到一条告警：一个原因，列出其后的社区和联系人（webhook 原文）：", alert.Received.Sub(cut).Seconds()),
		fmt.Sprintf("one alert after %.0f s: one cause, what lies behind it, whom to call; as the webhook received it:", alert.Received.Sub(cut).Seconds()))
	s.show(alert.TextZH)
	s.show(alert.TextEN)
	s.say("短信：", "as a text message:")
	s.show(alert.SMSZH)
	return nil
}

// crash kills an agent in the dark and starts it again.
func (s *stage) crash(ctx context.Context) error {
	agent := s.agents["qingfu-1"]
	agent.Process().Kill()
	s.say("断线期间强制杀死青福第一社区的探针（kill -9），随即重启", "in the dark the agent of a community is killed (kill -9) and started again")
	return agent.Start()
}

// mendAndProve mends the line and checks every promise.
func (s *stage) mendAndProve(ctx context.Context, cut, darkRound time.Time) error {
	web := s.district.Web()
	if err := s.mend(); err != nil {
		return err
	}
	mended := time.Now()
	s.say("线路恢复：先报最新结果，再补传积压", "the line is mended: live results first, the backlog behind")

	err := s.until(ctx, 25*time.Second, "the alert to end", func() error {
		last := s.district.Hook.Got()[len(s.district.Hook.Got())-1]
		if back := last.Sites("resolved"); !slices.Equal(back, behind[:1]) || last.Status != "resolved" {
			return fmt.Errorf("told last that %v are back, want %v and the group resolved", back, behind[:1])
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.say("线路恢复后告警自动解除，同样只通知一次", "the alert ends by itself, and that is told once as well")

	// Every site looked at the portal all through the dark and saw it fail; all
	// of that has to be there, at its own time, once.
	seen := map[string][]e2e.Point{}
	err = s.until(ctx, 25*time.Second, "the backlog", func() error {
		for _, site := range behind {
			series, err := web.Query(ctx, fmt.Sprintf(`fengsui_check_state{site=%q,check="portal-over-line",family="pair"}[2m]`, site))
			if err != nil {
				return err
			}
			if len(series) != 1 {
				return fmt.Errorf("%d series of portal-over-line at %s, want 1", len(series), site)
			}
			seen[site] = dark(series[0].Points, cut, mended)
			// An agent that was killed and restarted may miss a few runs.
			if want := int(mended.Sub(cut)/interval) - 2 - 3*boolInt(site == "qingfu-1"); len(seen[site]) < want {
				return fmt.Errorf("%d results of the dark from %s say down, want %d", len(seen[site]), site, want)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.say(fmt.Sprintf("积压已补齐：断线 %.0f 秒内的结果按各自的时间入库", mended.Sub(cut).Seconds()),
		fmt.Sprintf("the backlog is in: results of the %.0f s of darkness, each at its own time", mended.Sub(cut).Seconds()))
	for _, site := range behind {
		s.show(fmt.Sprintf("%-8s %2d 条 %s … %s", site, len(seen[site]),
			clock(seen[site][0].At), clock(seen[site][len(seen[site])-1].At)))
	}
	if err := s.rateAgain(ctx, darkRound); err != nil {
		return err
	}
	if _, err := s.rate(ctx, mended, 0, "", "恢复之后：", "and after it:"); err != nil {
		return err
	}
	if err := s.oneAlert(); err != nil {
		return err
	}
	return s.account(ctx)
}

// oneAlert wants of the whole story one alert, told twice: its beginning and
// its end. Neither the backlog nor the way back raised another one.
func (s *stage) oneAlert() error {
	got := s.district.Hook.Got()
	var statuses []string
	for _, n := range got {
		statuses = append(statuses, n.Status)
		for _, a := range n.Alerts {
			if site := a.Labels["site"]; site != behind[0] || !a.StartsAt.Equal(got[0].Alerts[0].StartsAt) {
				return fmt.Errorf("an alert of %s since %s was told, want the one of %s", site, a.StartsAt, behind[0])
			}
		}
	}
	if want := []string{"firing", "resolved"}; !slices.Equal(statuses, want) {
		return fmt.Errorf("notifications were %v, want %v", statuses, want)
	}
	s.say("整个过程只有一条告警、一条恢复：补传的旧数据没有引发告警", "one alert and one recovery in all: the backlog raised none")
	return nil
}

// account asks the collector's books: no hole, no double.
func (s *stage) account(ctx context.Context) error {
	var lines []string
	err := s.until(ctx, 20*time.Second, "every sequence to be held", func() error {
		books, err := s.district.Books(ctx)
		if err != nil {
			return err
		}
		lines = nil
		for _, site := range append([]string{"hub"}, behind...) {
			held, holes := books.Holes(site)
			if holes > 0 || held == 0 {
				return fmt.Errorf("of %s %d results are held with %d missing between them, want none missing", site, held, holes)
			}
			lines = append(lines, fmt.Sprintf("%-9s %4d 条结果，序号连续 — results in unbroken sequence", site, held))
		}
		if books.Lost != 0 || books.Refused != 0 {
			return fmt.Errorf("%d results were lost and %d refused, want none", books.Lost, books.Refused)
		}
		return nil
	})
	if err != nil {
		return err
	}
	metrics, err := s.district.Web().Get(ctx, "/metrics")
	if err != nil {
		return err
	}
	if !strings.Contains(metrics, "\nfengsui_ingest_batches_stored_twice_total 0\n") {
		return fmt.Errorf("the counter of batches stored twice is not there or not zero")
	}
	s.say("账目核对：序号连续无缺口，重复入库 0 次", "the books: sequences without a hole, nothing stored twice")
	s.show(strings.Join(lines, "\n"))
	return nil
}

// dark keeps what was made between two moments and saw the portal down.
func dark(points []e2e.Point, from, to time.Time) []e2e.Point {
	return slices.DeleteFunc(points, func(p e2e.Point) bool {
		return p.At.Before(from) || p.At.After(to) || p.Value != float64(checks.Down)
	})
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// table shows known states, a line each.
func table(all []e2e.Series) string {
	states := []string{"正常 up", "劣化 degraded", "中断 down", "无法判断 unable", "静默 silent"}
	var lines []string
	for _, s := range all {
		if len(s.Points) == 1 && int(s.Points[0].Value) < len(states) {
			family := map[string]string{"4": "IPv4", "6": "IPv6", "pair": "双栈 pair"}[s.Metric["family"]]
			lines = append(lines, fmt.Sprintf("%-17s %-8s %s", s.Metric["check"], states[int(s.Points[0].Value)], family))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
