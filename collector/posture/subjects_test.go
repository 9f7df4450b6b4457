package posture

import (
	"testing"
	"testing/synctest"
	"time"

	"fengsui/configs"
)

func TestTargetInfo(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := open(t, t.TempDir(), Options{})
		defer b.end()
		site := hub("dns", "line", "loose")
		site.Checks[0].Subject, site.Checks[0].TargetName = "service.hub", "hub" // a service called as the site is
		site.Checks[1].Subject, site.Checks[1].TargetName = "circuit.hub-qingfu/telecom", "hub-qingfu/telecom"
		d := inventory(site)
		d.Services = []configs.Service{{ID: "hub", Name: "区域名解析", Tier: 1, Resolver: true}}
		d.Links = []configs.Link{{ID: "hub-qingfu", Name: "区—青福", Tier: "town", Circuits: []configs.Circuit{{ID: "telecom", Link: "hub-qingfu"}}}}
		b.SetInventory(d)
		b.run()
		synctest.Wait()
		for _, want := range [][]string{
			{"check", "dns", "target", "hub", "node", "service.hub", "kind", "service", "name", "区域名解析", "tier", "1", "role", "resolver"},
			{"check", "line", "node", "circuit.hub-qingfu/telecom", "kind", "circuit", "name", "区—青福", "tier", "town", "link", "hub-qingfu"},
		} {
			if v, has := b.last("fengsui_target_info", want...); !has || v != 1 {
				t.Errorf("fengsui_target_info%v is %v (there: %t), want 1", want, v, has)
			}
		}
		if _, has := b.last("fengsui_target_info", "check", "loose"); has {
			t.Error("a check of nothing of the inventory has fengsui_target_info, want none")
		}
		d = inventory(hub("dns"))
		b.SetInventory(d)
		time.Sleep(time.Millisecond)
		for _, check := range []string{"dns", "line"} {
			if _, has := b.last("fengsui_target_info", "check", check); has {
				t.Errorf("fengsui_target_info of check %s stands, want a marker: it has no subject any more", check)
			}
		}
		b.increasing()
	})
}
