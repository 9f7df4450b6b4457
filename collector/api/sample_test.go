package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/util/teststorage"

	"fengsui/checks"
	"fengsui/collector/alerts"
	"fengsui/collector/posture"
	"fengsui/configs/calendar"
)

// A desk is a web listener over data that a test sets.
type desk struct {
	snap   posture.Snapshot
	open   []alerts.OpenAlert
	agents map[string]AgentInfo
	lost   error // of agents
	health Health
	o      Options
}

func (d *desk) Snapshot() posture.Snapshot { return d.snap }

// serve starts the listener on loopback.
func (d *desk) serve(t testing.TB) string {
	t.Helper()
	if d.o.Queryable == nil {
		d.o.Queryable = emptyStorage(t)
	}
	d.o.Posture = d
	d.o.Alerts = func() []alerts.OpenAlert { return d.open }
	d.o.Facts = known
	d.o.Agents = func(context.Context) (map[string]AgentInfo, error) { return d.agents, d.lost }
	d.o.Health = func() Health { return d.health }
	if d.o.Kinds == nil {
		d.o.Kinds = []*checks.Kind{tcp}
	}
	d.o.Version = "0.1.0"
	s := httptest.NewServer(New(d.o))
	t.Cleanup(s.Close)
	return s.URL
}

// known is what the collector knows of the sample's alerts.
func known() func(map[string]string) alerts.Facts {
	return func(labels map[string]string) (f alerts.Facts) {
		if labels["node"] == "site.qingfu" {
			f = alerts.Facts{Where: [2]string{"青福镇（qingfu）", "青福镇 (qingfu)"}, Reached: true,
				Reach:    [][2]string{{"兴胜社区（xingsheng）", "兴胜社区 (xingsheng)"}, {"财政所（cz）", "财政所 (cz)"}},
				Evidence: [2]string{"最近一次消息 2026-11-23 14:00:13", "last heard 2026-11-23 14:00:13"}}
		}
		return f
	}
}

func emptyStorage(t testing.TB) storage.SampleAndChunkQueryable {
	s := teststorage.New(t)
	t.Cleanup(func() { s.Close() })
	return s
}

var refused = checks.Declaration{Code: "refused", State: checks.Down, Args: []string{"address"},
	ZH: "{address} 拒绝了连接（应为：接受）", EN: "{address} refused the connection, want it accepted"}

var tcp = &checks.Kind{Name: "tcp", Doc: "connect", Reasons: []checks.Declaration{refused},
	Measurements: []checks.Measurement{{Name: "connect_seconds", Unit: "seconds", Type: "gauge", Doc: "time to connect"}}}

var now = time.Date(2026, 11, 23, 14, 3, 27, 0, calendar.Zone)

// face is one family as known, or as seen where the standing says so.
func face(f checks.Family, s checks.State, age time.Duration) posture.Face {
	out := posture.Face{Family: f, Standing: posture.Known, State: s, Seen: s, At: now.Add(-age), Age: age, Since: now.Add(-3 * time.Hour)}
	if s == checks.Silent {
		out.Seen = checks.Up
	}
	return out
}

func with(r checks.Reason, f posture.Face) posture.Face {
	f.Reason, f.Seen = r, r.State
	return f
}

func check(id, kind, target, address string, families ...posture.Face) posture.Check {
	c := posture.Check{ID: id, Kind: kind, Target: target, Address: address, Interval: time.Minute, Families: families}
	if len(families) > 0 {
		c.Standing = families[0].Standing
	}
	return c
}

func upCheck(id, kind, target, address string, age time.Duration) posture.Check {
	return check(id, kind, target, address, face(checks.Pair, checks.Up, age), face(checks.V4, checks.Up, age), face(checks.V6, checks.Up, age))
}

// sample is a small district in which everything that can be shown happens.
func sample() *desk {
	v6dead := checks.Reason{Code: "aaaa_dead", State: checks.Degraded, Args: []checks.Arg{{Name: "target", Value: "portal.qingshan.example"}, {Name: "why", Value: "timeout"}}}
	site := func(id, name, kind, parent string, age time.Duration, list ...posture.Check) posture.Site {
		return posture.Site{ID: id, Name: name, Kind: kind, Parent: parent, Enrolled: true, Standing: posture.Known, State: checks.Up,
			Last: now.Add(-age), Age: age, Checks: list}
	}
	silent := site("qingfu", "青福镇", "town", "hub", 194*time.Second,
		upCheck("gateway", "icmp", "gateway", "198.18.4.1", 200*time.Second),
		check("oa", "http", "oa", "https://oa.qingshan.example/", face(checks.Pair, checks.Silent, 260*time.Second), face(checks.V4, checks.Silent, 260*time.Second)))
	silent.State = checks.Silent
	lost := site("xingsheng", "兴胜社区", "community", "qingfu", 200*time.Second,
		check("oa", "http", "oa", "https://oa.qingshan.example/", with(refused.With("192.0.2.7:443"), face(checks.Pair, checks.Silent, 260*time.Second))))
	lost.State = checks.Silent
	unopened := posture.Check{ID: "print", Kind: "tcp", Target: "print", Address: "198.18.5.9:9100", Interval: time.Minute}
	never := check("archive", "tcp", "archive", "198.18.5.8:445", with(refused.With("198.18.5.8:445"), face(checks.Pair, checks.Down, 40*time.Second)))
	never.Standing, never.Families[0].Standing = posture.Unopened, posture.Unopened
	pending := posture.Check{ID: "vpn", Kind: "tcp", Target: "vpn", Address: "192.0.2.1:443", Standing: posture.Pending}
	unjudged := check("daily", "http", "portal", "https://portal.qingshan.example/", face(checks.Pair, checks.Up, 5*time.Hour))
	unjudged.Standing, unjudged.Families[0].Standing = posture.Unjudged, posture.Unjudged
	slow := site("wanqing", "万青路街道", "town", "hub", 11*time.Second,
		upCheck("gateway", "icmp", "gateway", "198.18.5.1", 4*time.Second),
		check("oa", "tcp", "oa", "oa.qingshan.example:443",
			with(refused.With("192.0.2.7:443"), face(checks.Pair, checks.Down, 14*time.Second)), face(checks.V4, checks.Down, 14*time.Second)),
		check("v6only", "icmp", "v6only", "2001:db8::7",
			with(checks.Reason{Code: "no_family_here", State: checks.Unable, Args: []checks.Arg{{Name: "target", Value: "2001:db8::7"}, {Name: "family", Value: "6"}}}, face(checks.Pair, checks.Unable, 14*time.Second)), face(checks.V6, checks.Unable, 14*time.Second)),
		unopened, never, pending, unjudged)
	slow.Ahead = -95 * time.Second
	slow.Spool = posture.Spool{Filled: 0.75, Oldest: now.Add(-3 * time.Hour)}
	home := site("baihe", "百合社区", "community", "wanqing", 2*time.Hour,
		check("oa", "http", "oa", "https://oa.qingshan.example/", face(checks.Pair, checks.Silent, 2*time.Hour), face(checks.V4, checks.Silent, 2*time.Hour)))
	home.State, home.OffDuty = checks.Silent, true
	return &desk{
		snap: posture.Snapshot{At: now, Listening: now.Add(-26 * time.Hour), Judging: true, Sites: []posture.Site{
			site("hub", "青山区工信科局", "hub", "", 3*time.Second,
				upCheck("gateway", "icmp", "gateway", "198.18.0.1", 8*time.Second),
				check("portal", "http", "portal", "https://portal.qingshan.example/",
					with(v6dead, face(checks.Pair, checks.Degraded, 12*time.Second)), face(checks.V4, checks.Up, 12*time.Second), face(checks.V6, checks.Down, 12*time.Second)),
				upCheck("resolver", "tcp", "dns", "198.18.0.53:53", 31*time.Second)),
			silent, lost,
			site("shiguai", "石拐社区", "community", "qingfu", 8*time.Second, upCheck("gateway", "icmp", "gateway", "198.18.6.1", 20*time.Second)),
			slow, home,
			{ID: "minzhu", Name: "民主社区", Kind: "community", Parent: "wanqing"},
			{ID: "wuyi", Name: "五一社区", Kind: "community", Parent: "wanqing", Enrolled: true},
		}},
		open: []alerts.OpenAlert{
			{Fingerprint: "f1", Rule: "site_silent", Severity: "page", Labels: map[string]string{"site": "qingfu", "node": "site.qingfu"}, TitleZH: "静默", TitleEN: "silent",
				SummaryZH: "青福镇失联：45 秒内没有收到任何消息", SummaryEN: "qingfu is silent: nothing came for 45 s",
				NextZH: "致电站点确认是否停电；有电则查上联线路，再查探针", NextEN: "ask the site whether it has power; if so look at its uplink, then at its agent",
				Since: now.Add(-149 * time.Second), Notified: now.Add(-140 * time.Second)},
			{Fingerprint: "f2", Rule: "site_silent", Severity: "page", Labels: map[string]string{"site": "xingsheng", "node": "site.xingsheng"}, TitleZH: "静默", TitleEN: "silent",
				SummaryZH: "兴胜社区失联：45 秒内没有收到任何消息", SummaryEN: "xingsheng is silent: nothing came for 45 s",
				NextZH: "致电站点确认是否停电", NextEN: "ask the site whether it has power", Since: now.Add(-155 * time.Second),
				Cause: "site.qingfu", Under: "f1", CauseZH: "由 青福镇 的故障引起，已并入该告警，不另行通知", CauseEN: "caused by 青福镇, told with its alert"},
			{Fingerprint: "f3", Rule: "target_down", Severity: "page", Labels: map[string]string{"node": "service.portal", "name": "区政府门户网站", "family": "6"}, TitleZH: "IPv6 中断", TitleEN: "down over IPv6",
				SummaryZH: "区政府门户网站 IPv6 中断：2 个观测点不通", SummaryEN: "区政府门户网站 is down over IPv6: vantages that cannot reach it: 2",
				NextZH: "核对 AAAA 记录和 IPv6 路由", NextEN: "look at its AAAA record and IPv6 route", Since: now.Add(-155 * time.Second)},
			{Rule: "check_down", Severity: "ticket", Labels: map[string]string{"site": "wanqing", "check": "oa"}, SummaryZH: "万青路街道的 oa 中断", SummaryEN: "oa fails at wanqing", Since: now.Add(-3 * time.Hour), Notified: now.Add(-3 * time.Hour), HeldZH: "该对象的数据缺失", HeldEN: "the data of its subject is missing"},
		},
		agents: map[string]AgentInfo{
			"hub":     {Version: "0.1.0", ICMPMode: "raw", IPv4: true, IPv6: true},
			"qingfu":  {Version: "0.1.0", ICMPMode: "unprivileged", IPv4: true, IPv6: true},
			"wanqing": {Version: "0.1.0", ICMPMode: "none", IPv4: true, NoteZH: "ping_group_range 不含本用户", NoteEN: "ping_group_range excludes this user", Missing: []Missing{{"lost", 12}, {"clock", 3}}},
		},
		health: Health{Started: now.Add(-26 * time.Hour), LastCommit: now.Add(-2 * time.Second), DiskFree: 182 << 30, DiskTotal: 480 << 30},
	}
}

// TestPreview serves the sample for eyes: FENGSUI_PREVIEW=127.0.0.1:7489 go
// test -run Preview -timeout 1h ./collector/api. Scenes: /?scene=failed,
// starting, empty, big.
func TestPreview(t *testing.T) {
	address := os.Getenv("FENGSUI_PREVIEW")
	if address == "" {
		t.Skip("for eyes: FENGSUI_PREVIEW names no address to serve at")
	}
	scenes := map[string]http.Handler{}
	for _, name := range []string{"", "failed", "starting", "empty", "big"} {
		d := sample()
		switch name {
		case "failed":
			d.health.Failed = errors.New("fsync of wal/00000012: input/output error")
			d.health.DiskLow, d.health.DiskFree = true, 21<<30
		case "starting":
			d.snap.Judging, d.snap.JudgingIn = false, 31*time.Second
			d.open = nil
			for i := range d.snap.Sites {
				if d.snap.Sites[i].Standing == posture.Known {
					d.snap.Sites[i].Standing = posture.Unjudged
				}
			}
		case "empty":
			d.snap.Sites, d.open = nil, nil
		case "big":
			d.open = nil
			sites := d.snap.Sites[:1]
			for i := range 12 {
				town := d.snap.Sites[0]
				town.ID, town.Parent, town.Kind, town.Name = fmt.Sprint("t", i), "hub", "town", fmt.Sprintf("第%d街道", i)
				town.Checks = append([]posture.Check{}, town.Checks[0], town.Checks[2])
				sites = append(sites, town)
				for j := range 6 {
					c := town
					c.ID, c.Parent, c.Kind, c.Name = fmt.Sprint("c", i, j), town.ID, "community", fmt.Sprintf("第%d-%d社区居委会", i, j)
					sites = append(sites, c)
				}
			}
			d.snap.Sites = sites
		}
		d.serve(t)
		scenes[name] = New(d.o)
	}
	err := http.ListenAndServe(address, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scenes[r.URL.Query().Get("scene")].ServeHTTP(w, r)
	}))
	t.Fatal(err)
}
