package alerts

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/common/model"

	"fengsui/configs"
)

// shipped returns the rules that ship.
func shipped(t *testing.T) []configs.Rule {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "empty.hcl"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := configs.Load(dir, nil, ParseExpr)
	if err != nil {
		t.Fatal(err)
	}
	return d.Rules
}

// Known states; none is no series.
const up, degraded, down, unable, silent, none = 0, 1, 2, 3, 4, -1

// A sight is what one vantage sees of a subject: states of the pair, of IPv4
// and of IPv6.
type sight struct {
	site, check, node string
	states            [3]int
}

// titles are the names of the nodes in these tests.
var titles = map[string]string{
	"service.portal": "区政府门户网站", "service.oa": "办公系统", "service.dns": "区域名解析",
	"circuit.hub-qingfu/telecom": "区—青福", "circuit.hub-qingfu/unicom": "区—青福",
	"circuit.hub-hexi/telecom": "区—河西", "circuit.hub-hexi/unicom": "区—河西", "circuit.hub-baihe/telecom": "区—百合",
}

// looks writes how many of the last five looks were down.
func (r *rig) looks(n float64, s sight, family string) {
	r.known.set(n, model.MetricNameLabel, "fengsui_known_down_looks", "site", s.site, "check", s.check,
		"kind", "tcp", "target", configs.Node(s.node).ID(), "family", family)
}

// see writes known states as the posture does, after three looks.
func (r *rig) see(all ...sight) {
	for _, s := range all {
		for i, family := range []string{"pair", "4", "6"} {
			if s.states[i] >= 0 {
				r.known.set(float64(s.states[i]), model.MetricNameLabel, "fengsui_known_state", "site", s.site, "check", s.check,
					"kind", "tcp", "target", configs.Node(s.node).ID(), "family", family)
				if s.states[i] == down {
					r.looks(3, s, family)
				}
			}
		}
		info := []string{model.MetricNameLabel, "fengsui_target_info", "site", s.site, "check", s.check,
			"node", s.node, "kind", configs.Node(s.node).Kind(), "name", titles[s.node]}
		switch s.node {
		case "service.dns":
			info = append(info, "role", "resolver", "tier", "1")
		case "service.portal", "service.oa":
			info = append(info, "tier", "1")
		default:
			link, _, _ := strings.Cut(configs.Node(s.node).ID(), "/")
			info = append(info, "link", link, "tier", "town")
		}
		r.known.set(1, info...)
	}
}

// TestShippedRules: each rule fires for what it is made for, once, and for
// nothing else.
func TestShippedRules(t *testing.T) {
	t.Parallel()
	rules := shipped(t)
	portal := func(site string, pair, v4, v6 int) sight {
		return sight{site, "portal", "service.portal", [3]int{pair, v4, v6}}
	}
	line := func(circuit string, state int) sight {
		return sight{"hub", circuit, "circuit.hub-qingfu/" + circuit, [3]int{state, none, none}}
	}
	for _, c := range []struct {
		name  string
		seen  []sight
		extra func(r *rig)
		want  []string // rule, node or site, family
	}{
		{"all is well", []sight{portal("hub", up, up, up), portal("a", up, up, up)}, nil, nil},
		{"one vantage of three", []sight{portal("hub", down, down, down), portal("a", up, up, up), portal("b", up, up, up)}, nil, nil},
		{"two vantages of three", []sight{portal("hub", down, down, down), portal("a", down, down, down), portal("b", up, up, up)}, nil,
			[]string{"target_down service.portal pair"}},
		{"the only one with an opinion", []sight{portal("hub", down, down, down), portal("a", silent, silent, silent), portal("b", unable, unable, unable)}, nil,
			[]string{"target_down service.portal pair"}},
		{"the only one with an opinion, two looks of five", []sight{portal("hub", down, down, down), portal("a", silent, silent, silent)}, func(r *rig) {
			for _, family := range []string{"pair", "4", "6"} {
				r.looks(2, portal("hub", down, down, down), family)
			}
		}, nil},
		{"two vantages, one look each", []sight{portal("hub", down, down, none), portal("a", down, down, none), portal("b", up, up, none)}, func(r *rig) {
			for _, family := range []string{"pair", "4"} {
				r.looks(1, portal("hub", down, down, none), family)
				r.looks(1, portal("a", down, down, none), family)
			}
		}, []string{"target_down service.portal pair"}},
		{"nobody has an opinion", []sight{portal("hub", silent, silent, silent), portal("a", unable, unable, none)}, nil, nil},
		{"two checks of one vantage are one vantage", []sight{portal("hub", down, down, none), {"hub", "ping", "service.portal", [3]int{down, down, none}}, portal("a", up, up, none), portal("b", up, up, none)}, nil, nil},
		{"v6 withdrawn", []sight{portal("hub", degraded, up, down), portal("a", degraded, up, down)}, nil,
			[]string{"target_down service.portal 6"}},
		{"v4 withdrawn", []sight{portal("hub", degraded, down, up), portal("a", degraded, down, up)}, nil,
			[]string{"target_down service.portal 4"}},
		{"a literal address", []sight{portal("hub", down, down, none), portal("a", down, down, none)}, nil,
			[]string{"target_down service.portal pair"}},
		{"the resolver", []sight{{"hub", "dns", "service.dns", [3]int{down, down, down}}, {"a", "dns", "service.dns", [3]int{down, down, down}}, portal("hub", unable, unable, unable)}, nil,
			[]string{"resolver_silent service.dns pair"}},
		{"the only circuit", []sight{line("telecom", down)}, nil, []string{"circuit_down circuit.hub-qingfu/telecom "}},
		{"one of two circuits", []sight{line("telecom", down), line("unicom", up)}, nil, []string{"redundancy_lost circuit.hub-qingfu/telecom "}},
		{"both circuits", []sight{line("telecom", down), line("unicom", down)}, nil,
			[]string{"circuit_down circuit.hub-qingfu/telecom ", "circuit_down circuit.hub-qingfu/unicom "}},
		{"below its floor", []sight{line("telecom", degraded)}, nil, []string{"line_below_floor circuit.hub-qingfu/telecom "}},
		{"a circuit that nobody sees", []sight{line("telecom", silent), line("unicom", unable)}, nil, nil},
		{"a site", nil, func(r *rig) { r.site(silent, "qingfu") }, []string{"site_silent site.qingfu "}},
		{"a site off duty", nil, func(r *rig) {
			r.site(silent, "qingfu", "xingsheng")
			r.known.set(1, model.MetricNameLabel, "fengsui_known_site_off_duty", "site", "qingfu")
			r.known.set(0, model.MetricNameLabel, "fengsui_known_site_off_duty", "site", "xingsheng")
		}, []string{"site_silent site.xingsheng "}},
		{"a clock behind", nil, func(r *rig) {
			r.known.set(-28800, model.MetricNameLabel, "fengsui_known_clock_offset_seconds", "site", "qingfu")
			r.known.set(2, model.MetricNameLabel, "fengsui_known_clock_offset_seconds", "site", "hub")
		}, []string{"clock_off qingfu "}},
		{"a spool that fills", nil, func(r *rig) {
			r.known.set(0.81, model.MetricNameLabel, "fengsui_known_spool_ratio", "site", "qingfu")
			r.known.set(0.8, model.MetricNameLabel, "fengsui_known_spool_ratio", "site", "hub")
		}, []string{"spool_filling qingfu "}},
		{"a clone", nil, func(r *rig) { r.known.set(1, model.MetricNameLabel, "fengsui_known_identity_clone", "site", "qingfu") },
			[]string{"identity_clone qingfu "}},
		{"late data", nil, func(r *rig) {
			r.known.set(down, model.MetricNameLabel, "fengsui_check_state", "site", "hub", "check", "portal", "family", "pair")
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, r *rig) {
				r.rules, r.route = rules, configs.Route{}
				show := func() {
					r.see(c.seen...)
					if c.extra != nil {
						c.extra(r)
					}
				}
				show()
				r.start()
				for range 12 {
					time.Sleep(30 * time.Second)
					show()
				}
				time.Sleep(time.Second)
				synctest.Wait()
				var got []string
				for _, o := range r.a.Open() {
					subject := o.Labels["node"]
					if subject == "" {
						subject = o.Labels["site"]
					}
					got = append(got, o.Rule+" "+subject+" "+o.Labels["family"])
				}
				if slices.Sort(got); !slices.Equal(got, c.want) {
					t.Errorf("%s: open alerts %q, want %q", c.name, got, c.want)
				}
				if broken := r.a.Broken(); len(broken) > 0 {
					t.Errorf("rules fail: %v", broken)
				}
			})
		})
	}
}

// TestCutIsTold: a cut at intervals of 5 s is open within the time that leaves
// room to tell it within 30 s.
func TestCutIsTold(t *testing.T) {
	t.Parallel()
	rules := shipped(t)
	bubble(t, func(t *testing.T, r *rig) {
		r.rules, r.route = rules, configs.Route{}
		portal := func(state int) {
			for _, site := range []string{"hub", "a"} {
				r.see(sight{site, "portal", "service.portal", [3]int{state, state, -1}})
			}
			r.a.Trigger()
		}
		r.see(sight{"hub", "portal", "service.portal", [3]int{0, 0, -1}})
		r.start()
		portal(0)
		time.Sleep(time.Minute)
		portal(2)
		time.Sleep(11 * time.Second)
		synctest.Wait()
		if open := r.a.Open(); len(open) != 1 || open[0].SummaryZH != "区政府门户网站中断：2 个观测点不通" {
			t.Errorf("11 s after it was known: %+v, want target_down open", open)
		}
		portal(0)
		time.Sleep(6 * time.Second)
		synctest.Wait()
		if open := r.a.Open(); len(open) != 0 {
			t.Errorf("after it is back: %+v, want none open", open)
		}
	})
}
