//go:build linux

package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"fengsui/checks/lab"
	"fengsui/collector/e2e"
	"fengsui/collector/outages"
)

// A watch is a duty officer of the lab: everything that was told, and the
// network in which it happened.
type watch struct {
	t      *testing.T
	net    *lab.District
	d      *e2e.District
	agents map[string]*e2e.Agent
	told   int // notifications before the fault at hand
}

// A fault is something that happens in the lab, and what has to be told of it.
type fault struct {
	name string
	run  func(*watch)
}

// lead leads one district through fault after fault. Each has one cause and
// has to be one alert that names it, and one recovery; nothing else is told,
// and nothing is left behind for the next.
func lead(t *testing.T, faults ...fault) {
	t.Helper()
	net, d, agents := inLab(t, "")
	w := &watch{t: t, net: net, d: d, agents: agents}
	w.well("at the start")
	if got := w.alerts(); len(got) > 0 {
		t.Fatalf("the start of a healthy district told of %q", got)
	}
	for _, f := range faults {
		if !t.Run(f.name, func(t *testing.T) {
			w.t, w.told = t, len(d.Hook.Got())
			f.run(w)
		}) {
			return // what comes after would tell of what is left
		}
	}
}

// TestLabServices: what people use fails, with all lines up.
func TestLabServices(t *testing.T) {
	t.Parallel()
	lead(t, fault{"v6 withdrawn", v6Withdrawn}, fault{"resolver stopped", resolverStopped})
}

// TestLabLines: lines fail.
func TestLabLines(t *testing.T) {
	t.Parallel()
	lead(t, fault{"uplink of the hub cut", uplinkCut}, fault{"reload and restart in a fault", restartInAFault}, fault{"a fibre that flaps", flap})
}

// TestLabSilence: a site is not heard, and why is known when it is back.
func TestLabSilence(t *testing.T) {
	t.Parallel()
	lead(t, fault{"power cut", powerCut}, fault{"shut down", shutDown}, fault{"firewall", firewall})
}

// well waits until all is up and heard.
func (w *watch) well(when string) {
	w.t.Helper()
	until(w.t, "everything to be up "+when, func() error {
		for _, q := range []struct {
			expr string
			n    float64
		}{
			{`count(fengsui_known_state{check=~"portal|portal-ping|names|cloud"} == 0)`, float64(len(w.net.Sites) * 4 * 3)},
			{`count(fengsui_known_state{kind="snmp"} == 0)`, 6 * 2}, // by the pair and by IPv4
			{`count(fengsui_known_site_state == 0)`, float64(len(w.net.Sites))},
			{`count(fengsui_known_state != 0) or vector(0)`, 0},
		} {
			got, err := w.d.Web().Scalar(w.t.Context(), q.expr)
			if err != nil {
				return err
			}
			if got != q.n {
				return fmt.Errorf("%s is %v, want %v", q.expr, got, q.n)
			}
		}
		return nil
	})
}

// alerts are what was told since the fault: "firing target_down service.portal 6".
func (w *watch) alerts() []string {
	var all []string
	for _, n := range w.d.Hook.Got()[w.told:] {
		for _, a := range n.Alerts {
			all = append(all, strings.TrimSpace(strings.Join([]string{a.Status, a.Labels["alertname"], a.Labels["node"], a.Labels["family"]}, " ")))
		}
	}
	return all
}

// fires waits for the first alert of the fault, and returns its text.
func (w *watch) fires(since time.Time, alert string) e2e.Notification {
	w.t.Helper()
	until(w.t, "the alert "+alert, func() error {
		if got := w.alerts(); !slices.Contains(got, "firing "+alert) {
			return fmt.Errorf("told of %q", got)
		}
		return nil
	})
	w.t.Logf("%s: told after %.0f s", alert, time.Since(since).Seconds())
	for _, n := range w.d.Hook.Got()[w.told:] {
		if n.Status == "firing" {
			return n
		}
	}
	panic("unreachable")
}

// over waits until the alert has ended and all is well, and wants nothing told
// but its beginning and its end.
func (w *watch) over(alert string) {
	w.t.Helper()
	until(w.t, "the end of "+alert, func() error {
		if got := w.alerts(); !slices.Contains(got, "resolved "+alert) {
			return fmt.Errorf("told of %q", got)
		}
		return nil
	})
	w.well("after it")
	evaluated(w.t, w.d, time.Now().Add(8*time.Second)) // longer than any rule waits
	if got, want := w.alerts(), []string{"firing " + alert, "resolved " + alert}; !slices.Equal(got, want) {
		w.t.Errorf("told of %q, want %q", got, want)
	}
}

// says wants words in the Chinese text of a notification.
func (w *watch) says(n e2e.Notification, words ...string) {
	w.t.Helper()
	for _, word := range words {
		if !strings.Contains(n.TextZH, word) {
			w.t.Errorf("the alert does not say %q:\n%s", word, n.TextZH)
		}
	}
}

// count wants an expression to count so many series by and by.
func (w *watch) count(what, expr string, want float64) {
	w.t.Helper()
	until(w.t, what, func() error {
		got, err := w.d.Web().Scalar(w.t.Context(), "count("+expr+") or vector(0)")
		if err == nil && got != want {
			err = fmt.Errorf("%v of %s, want %v", got, expr, want)
		}
		return err
	})
}

// v6Withdrawn: one alert of the service over IPv6, with IPv4 untouched.
func v6Withdrawn(w *watch) {
	began := time.Now()
	must(w.t, w.net.Withdraw6("portal"))
	n := w.fires(began, "target_down service.portal 6")
	w.says(n, "区政府门户", "IPv6")
	w.count("IPv4 of the portal up everywhere", `fengsui_known_state{check="portal",family="4"} == 0`, float64(len(w.net.Sites)))
	must(w.t, w.net.Restore6("portal"))
	w.over("target_down service.portal 6")
}

// resolverStopped: one alert of the resolver with its reach. What has declared
// addresses stays up, what has none cannot be judged, and no service is blamed.
func resolverStopped(w *watch) {
	began := time.Now()
	w.net.StopResolver()
	n := w.fires(began, "resolver_silent service.names pair")
	w.says(n, "区域名解析", "区政府门户", "市统一政务云")
	w.count("the portal up by its declared address", `fengsui_known_state{check="portal",family="pair"} == 0`, float64(len(w.net.Sites)))
	w.count("the cloud not judged", `fengsui_known_state{check="cloud",family="pair"} == 3`, float64(len(w.net.Sites)))
	must(w.t, w.net.Start("unbound"))
	w.over("resolver_silent service.names pair")
}

// uplinkCut: the hub's line to the city is cut. Everybody loses the cloud and
// the city is silent; one alert names the line, and no unit is blamed.
func uplinkCut(w *watch) {
	began := time.Now()
	must(w.t, w.net.Cut("city-hub"))
	n := w.fires(began, "circuit_down circuit.city-hub/telecom")
	w.says(n, "市政务外网", "市统一政务云")
	var r struct {
		Data struct {
			Of      int `json:"units"`
			Missing []struct{ Unit, Outcome string }
		}
	}
	until(w.t, "a round in which nobody is blamed", func() error {
		text, err := w.d.Web().Get(w.t.Context(), "/api/v1/fengsui/indicators?round=now")
		if err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(text), &r); err != nil {
			return err
		}
		excluded := 0
		for _, m := range r.Data.Missing {
			if m.Outcome == "excluded" {
				excluded++
			}
			if m.Outcome == "fail" {
				return fmt.Errorf("%s is blamed: %s", m.Unit, text)
			}
		}
		if excluded != 7 { // the eighth is looked at by the hub alone, which reaches it
			return fmt.Errorf("%d units are excluded, want 7: %s", excluded, text)
		}
		return nil
	})
	must(w.t, w.net.Mend("city-hub"))
	w.over("circuit_down circuit.city-hub/telecom")
}

// restartInAFault: the configuration is read again and the collector is
// started again while a line is cut.
func restartInAFault(w *watch) {
	const alert = "circuit_down circuit.hub-wanqing/telecom"
	began := time.Now()
	must(w.t, w.net.Cut("hub-wanqing"))
	n := w.fires(began, alert)
	w.says(n, "万青路街道", "振华社区")
	must(w.t, w.d.Configure("more.hcl", `service "late" { target = "https://portal.`+lab.Zone+`/" }`))
	must(w.t, w.d.Collector().Signal(syscall.SIGHUP))
	evaluated(w.t, w.d, time.Now().Add(8*time.Second))
	must(w.t, w.d.Collector().Stop(patience))
	must(w.t, w.d.StartCollector(w.t.Context()))
	evaluated(w.t, w.d, time.Now().Add(15*time.Second)) // the sites behind are silent to it again
	if got, want := w.alerts(), []string{"firing " + alert}; !slices.Equal(got, want) {
		w.t.Errorf("after a reload and a restart: told of %q, want %q", got, want)
	}
	must(w.t, w.net.Mend("hub-wanqing"))
	w.over(alert)
}

// flap: a fibre comes and goes. Its first end is told at once; after that it is
// one open alert for as long as it flaps, and the end comes when it stays.
func flap(w *watch) {
	const alert = "circuit_down circuit.hub-qingfu/telecom"
	began := time.Now()
	must(w.t, w.net.Cut("hub-qingfu"))
	w.fires(began, alert)
	for range 4 {
		must(w.t, w.net.Mend("hub-qingfu"))
		w.count("the fibre seen to be back", `fengsui_known_state{target="hub-qingfu/telecom",family="pair"} == 0`, 1)
		must(w.t, w.net.Cut("hub-qingfu"))
		w.count("the fibre seen to be gone", `fengsui_known_state{target="hub-qingfu/telecom",family="pair"} == 2`, 1)
	}
	must(w.t, w.net.Mend("hub-qingfu"))
	w.well("when the fibre stays")
	firing, resolved := "firing "+alert, "resolved "+alert
	until(w.t, "the last end", func() error {
		if got := w.alerts(); got[len(got)-1] != resolved {
			return fmt.Errorf("told of %q", got)
		}
		return nil
	})
	evaluated(w.t, w.d, time.Now().Add(20*time.Second)) // longer than it is held down
	got := w.alerts()
	if !slices.Equal(got, []string{firing, resolved}) && !slices.Equal(got, []string{firing, resolved, firing, resolved}) {
		w.t.Errorf("told of %q, want its beginning and end, and at most once more", got)
	}
	w.t.Logf("told of %q", got)
}

// powerCut: the machine of the town's agent goes without a word and comes back
// with another boot: 停电. Its line is up, so what lies behind it is not lost.
func powerCut(w *watch) {
	w.townOff(func(a *e2e.Agent) { a.Process().Kill() }, func() { must(w.t, w.net.Place("qingfu").Boot(w.t.TempDir())) })
	w.classified("qingfu", outages.Power)
}

// shutDown: the agent says goodbye before it goes: 关机.
func shutDown(w *watch) {
	w.townOff(func(a *e2e.Agent) { must(w.t, a.Process().Stop(patience)) }, func() {})
	w.classified("qingfu", outages.Shutdown)
}

func (w *watch) townOff(off func(*e2e.Agent), meanwhile func()) {
	w.t.Helper()
	agent := w.agents["qingfu"]
	began := time.Now()
	off(agent)
	n := w.fires(began, "site_silent site.qingfu")
	if strings.Contains(n.TextZH, "青福第一社区") {
		w.t.Errorf("the alert of an agent that is off names a community that is heard:\n%s", n.TextZH)
	}
	meanwhile()
	must(w.t, agent.Start("SSL_CERT_FILE="+w.net.CA))
	w.over("site_silent site.qingfu")
}

// firewall: a wall lets nothing through to the collector. The agent reaches all
// else, and goes on: 防火墙.
func firewall(w *watch) {
	v4, v6 := w.net.Addresses("collector")
	wall := []netip.Prefix{netip.PrefixFrom(v4, 32), netip.PrefixFrom(v6, 128)}
	began := time.Now()
	for _, to := range wall {
		must(w.t, w.net.Prohibit("wanqing-1", to))
	}
	w.fires(began, "site_silent site.wanqing-1")
	evaluated(w.t, w.d, began.Add(3*silence+2*step)) // the edges of an outage tell nothing, and it has to have a middle
	for _, to := range wall {
		must(w.t, w.net.Allow("wanqing-1", to))
	}
	w.over("site_silent site.wanqing-1")
	w.classified("wanqing-1", outages.Firewall)
}

// classified wants the last outage of a site to be of a class.
func (w *watch) classified(site string, class string) {
	w.t.Helper()
	until(w.t, "the outage's class", func() error {
		text, err := w.d.Web().Get(w.t.Context(), "/api/v1/fengsui/outages?site="+site)
		if err != nil {
			return err
		}
		var answer struct{ Data []outages.Outage }
		if err := json.Unmarshal([]byte(text), &answer); err != nil {
			return err
		}
		if len(answer.Data) == 0 || answer.Data[0].Class != class || answer.Data[0].Ended.IsZero() {
			return fmt.Errorf("the record is %s, want the last one over and %s", text, class)
		}
		return nil
	})
}
