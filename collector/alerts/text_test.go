package alerts

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/prometheus/alertmanager/template"
	"github.com/prometheus/common/model"

	"fengsui/configs"
)

var update = flag.Bool("update", false, "write the golden files anew")

// told makes what a notification says of an entry.
func told(e *entry) template.Alert {
	al := template.Alert{Status: "firing", StartsAt: e.started, EndsAt: e.ended, Fingerprint: e.fingerprint.String(),
		Labels: template.KV{}, Annotations: template.KV{}}
	if !e.ended.IsZero() {
		al.Status = "resolved"
	}
	for k, v := range e.labels {
		al.Labels[string(k)] = string(v)
	}
	for k, v := range e.annotations {
		al.Annotations[string(k)] = string(v)
	}
	return al
}

// townFacts is what a collector may know.
func townFacts(l map[string]string) Facts {
	switch {
	case l["site"] == "qingfu":
		return Facts{Where: [2]string{"青福镇（qingfu）", "青福镇 (qingfu)"}, Reached: true,
			Reach:    [][2]string{{"兴胜社区（xingsheng）", "兴胜社区 (xingsheng)"}, {"河西社区（hexi）", "河西社区 (hexi)"}},
			Evidence: [2]string{"最近一次消息 2026-11-24 03:11:20", "last heard 2026-11-24 03:11:20"}}
	case l["node"] == "circuit.hub-qingfu/telecom":
		return Facts{Where: [2]string{"区—青福（hub-qingfu/telecom）", "区—青福 (hub-qingfu/telecom)"}, Reached: true,
			Evidence: [2]string{"区级节点 03:12:00：端口 GE0/0/3 断开", "区级节点 at 03:12:00: port GE0/0/3 is down"}}
	}
	return Facts{}
}

// TestTexts holds every text of every shipped rule, as a duty officer reads it.
func TestTexts(t *testing.T) {
	t.Parallel()
	rules := shipped(t)
	var b strings.Builder
	bubble(t, func(t *testing.T, r *rig) {
		r.rules, r.route = rules, configs.Route{}
		show := func() {
			r.site(4, "qingfu")
			r.known.set(1, model.MetricNameLabel, "fengsui_known_identity_clone", "site", "qingfu")
			r.known.set(-28800, model.MetricNameLabel, "fengsui_known_clock_offset_seconds", "site", "qingfu")
			r.known.set(0.875, model.MetricNameLabel, "fengsui_known_spool_ratio", "site", "qingfu")
			r.see(
				sight{"hub", "portal", "service.portal", [3]int{1, 0, 2}}, sight{"a", "portal", "service.portal", [3]int{1, 0, 2}},
				sight{"hub", "dns", "service.dns", [3]int{2, 2, 2}},
				sight{"hub", "oa", "service.oa", [3]int{2, 2, -1}},
				sight{"hub", "c1", "circuit.hub-qingfu/telecom", [3]int{2, -1, -1}},
				sight{"hub", "c2", "circuit.hub-hexi/telecom", [3]int{2, -1, -1}}, sight{"hub", "c3", "circuit.hub-hexi/unicom", [3]int{0, -1, -1}},
				sight{"hub", "c4", "circuit.hub-baihe/telecom", [3]int{1, -1, -1}})
		}
		show()
		r.start()
		for range 12 {
			time.Sleep(30 * time.Second)
			show()
		}
		synctest.Wait()
		entries := make([]*entry, 0)
		for _, e := range r.a.book.open {
			entries = append(entries, e)
		}
		slices.SortFunc(entries, func(x, y *entry) int {
			return cmp.Or(cmp.Compare(x.rule, y.rule), cmp.Compare(x.labels.String(), y.labels.String()))
		})
		start := time.Date(2026, 11, 23, 19, 12, 5, 0, time.UTC) // 03:12:05 in the district
		for _, e := range entries {
			firing := *e
			firing.started = start
			over := firing.end(start.Add(8*time.Minute+5*time.Second), reason{code: "ended"})
			tell := telling{facts: townFacts, held: map[string]int{}, times: func(string) int { return 3 }, now: start.Add(75 * time.Second)}
			if e.labels["site"] == "qingfu" {
				tell.held[e.fingerprint.String()] = 3
			}
			for _, x := range []*entry{&firing, over} {
				d := &template.Data{Alerts: template.Alerts{told(x)}}
				fmt.Fprintf(&b, "# %s, %s\n", x.rule, d.Alerts[0].Status)
				for _, lang := range []string{"zh", "en"} {
					sms := tell.sms(d, lang)
					if n := units(sms); n > smsLimit {
						t.Errorf("%s: the short message %q has %d units, want at most %d", x.rule, sms, n, smsLimit)
					}
					fmt.Fprintf(&b, "%s\n%s\n\n", tell.text(d, lang), sms)
				}
			}
		}
		for _, rule := range rules {
			if !strings.Contains(b.String(), "# "+rule.Name+",") {
				t.Errorf("rule %s has no text here, want one of every rule", rule.Name)
			}
		}
	})
	const path = "testdata/texts.golden"
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("the texts are others than in %s (-want +got); if they are meant, run go test -update and read them\n%s", path, diff)
	}
}

// TestSMSNeverCuts: whatever the names say, a short message tells what, where,
// since when and how much depends on it.
func TestSMSNeverCuts(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 23, 19, 12, 5, 0, time.UTC)
	long := strings.Repeat("很长的名字🔥", 20)
	al := template.Alert{Status: "firing", StartsAt: start, Labels: template.KV{"alertname": "x"},
		Annotations: template.KV{"title_zh": "断" + long, "title_en": "cut " + long}}
	over := al
	over.Status, over.EndsAt = "resolved", start.Add(47*time.Hour+59*time.Minute)
	tell := telling{now: start, times: func(string) int { return 0 }, facts: func(map[string]string) Facts {
		return Facts{Where: [2]string{"青福镇" + long, "Qingfu " + long}, Reach: make([][2]string, 12345)}
	}}
	for _, c := range []struct {
		lang   string
		alerts template.Alerts
		want   []string
	}{
		{"zh", template.Alerts{al}, []string{"青福镇", "断", "11-24 03:12", "影响12345处"}},
		{"en", template.Alerts{al}, []string{"Qingfu", "cut", "11-24 03:12", "reach 12345"}},
		{"zh", template.Alerts{over}, []string{"解除", "青福镇", "断", "11-24 03:12", "47 小时 59 分"}},
		{"en", template.Alerts{over}, []string{"OVER", "Qingfu", "cut", "11-24 03:12"}},
		{"zh", template.Alerts{over, al, al}, []string{"告警", "青福镇", "断", "11-24 03:12", "影响12345处"}},
	} {
		got := tell.sms(&template.Data{Alerts: c.alerts}, c.lang)
		if units(got) > smsLimit {
			t.Errorf("%q has %d units, want at most %d", got, units(got), smsLimit)
		}
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%q lacks %q", got, want)
			}
		}
	}
}
