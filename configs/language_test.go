package configs

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fengsui/checks"
	"fengsui/checks/all"
	"fengsui/configs/calendar"
)

// many is a district in few lines.
const many = `
variable "net" {
  default = "10.1"
}
variable "towns" {
  default = { qingfu = { name = "青福镇", n = 1 }, xingsheng = { name = "兴胜镇", n = 2 } }
}
variables {
  net = "10.7"
}

tier "town" {
  floor = "100Mbit/s"
  goal  = "1Gbit/s"
}

site "hub" {
  kind     = "hub"
  gateways = ["10.7.0.1"]
}
site "town" {
  for_each = var.towns
  id       = each.key
  name     = each.value.name
  kind     = "town"
  parent   = "hub"
  gateways = ["${var.net}.${each.value.n}.1"]
  hours    = "winter"
  profiles = ["town"]
}
hours "winter" {
  days = "all"
  season {
    from = "11-01"
    to   = "02-28"
    open = "09:00"
  }
}
profile "town" {
  check "icmp" "gateway" {
    target = site.gateway
  }
  check "http" "portal" {
    access    = true
    service   = "portal"
    interval  = "5m"
    elsewhere = "1h"
  }
}
link "hub" {
  for_each = var.towns
  between  = ["hub", each.key]
  tier     = "town"
  circuit "telecom" {
    device    = "core"
    interface = "ge-0/0/${each.value.n}"
  }
  circuit "vpn" {
    device    = "core"
    interface = "tun${each.value.n}"
    access    = "vpn"
  }
}
device "core" {
  site    = "hub"
  address = "10.7.0.254"
  secret  = "core"
}
secret "core" {
  value = file("SECRET")
}
unit "caizheng" {
  name   = "财政局"
  budget = "yes"
  level  = 1
  access "main" {
    site     = "qingfu"
    sources  = ["10.7.9.9"]
    prefixes = ["10.7.9.0/24"]
    gateways = ["10.7.9.1"]
  }
}
service "portal" {
  target     = "http://portal.gov.cn/"
  owner      = "caizheng"
  addresses  = ["10.9.0.1"]
  depends_on = ["service.dns", "site.hub"]
  anchors    = ["hub", "xingsheng"]
}
service "dns" {
  target   = "10.7.0.53"
  resolver = true
}
check "http" "portal-ping" {
  service   = "portal"
  kinds     = ["hub", "town"]
  interval  = "1m"
  elsewhere = "1h"
}
indicators {
  gateway_check = "1m"
}
receiver "noc" {
  webhook { url = "http://127.0.0.1:9/" }
}
`

// TestLanguage: what stands for many becomes many, with its own values.
func TestLanguage(t *testing.T) {
	t.Parallel()
	secret := filepath.Join(t.TempDir(), "core")
	if err := os.WriteFile(secret, []byte("public\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := loadSource("many.hcl", []byte(strings.Replace(many, "SECRET", secret, 1)), all.Kinds(), testParse)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Warnings) > 0 {
		t.Errorf("it warns: %v", d.Warnings)
	}
	town := d.Site("qingfu")
	if town == nil || town.Name != "青福镇" || !slices.Equal(town.Gateways, []netip.Addr{netip.MustParseAddr("10.7.1.1")}) {
		t.Fatalf("qingfu is %+v, want 青福镇 with the gateway 10.7.1.1", town)
	}
	if got := town.Hours.Spans; len(got) != 2 || got[0].Open != 9*time.Hour || got[0].From != (calendar.MonthDay{Month: 11, Day: 1}) || got[0].WorkingOnly || got[1].Open != 8*time.Hour+30*time.Minute {
		t.Errorf("hours of qingfu are %+v, want the season first and then the year", got)
	}
	type seen struct {
		ID, Target          string
		Subject, Access     Node
		Interval, Suspicion time.Duration
	}
	list := func(site string) (all []seen) {
		for _, c := range d.Site(site).Checks {
			all = append(all, seen{c.ID, c.Target, c.Subject, c.Access, c.Interval, c.Suspicion})
		}
		return all
	}
	const portal = "http://portal.gov.cn/"
	if diff := cmp.Diff([]seen{
		{"gateway", "10.7.1.1", "", "", time.Minute, 0},
		{"portal-caizheng-main", portal, "service.portal", "access.caizheng/main", time.Hour, time.Minute},
		{"portal-ping", portal, "service.portal", "", time.Hour, time.Minute},
	}, list("qingfu")); diff != "" {
		t.Errorf("checks of qingfu (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]seen{
		{"gateway", "10.7.2.1", "", "", time.Minute, 0},
		{"portal-ping", portal, "service.portal", "", time.Minute, 0},
	}, list("xingsheng")); diff != "" {
		t.Errorf("checks of xingsheng, an anchor (-want +got):\n%s", diff)
	}
	hub := []seen{
		{"gateway-caizheng-main", "10.7.9.1", "access.caizheng/main", "", time.Minute, 0},
		{"portal-ping", portal, "service.portal", "", time.Minute, 0},
	}
	if slices.ContainsFunc(all.Kinds(), func(k *checks.Kind) bool { return k.Name == "snmp" }) {
		for _, c := range []string{"hub-qingfu/telecom", "hub-qingfu/vpn", "hub-xingsheng/telecom", "hub-xingsheng/vpn"} {
			hub = append(hub, seen{"circuit-" + strings.Replace(c, "/", "-", 1), "10.7.0.254", NodeOf("circuit", c), "", time.Minute, 0})
		}
		slices.SortFunc(hub, func(a, b seen) int { return strings.Compare(a.ID, b.ID) })
		for _, c := range d.Site("hub").Checks {
			_, floor := c.Options["floor"]
			if want := c.ID == "circuit-hub-qingfu-telecom" || c.ID == "circuit-hub-xingsheng-telecom"; floor != want {
				t.Errorf("check %s: a floor is %v, want %v: what a tunnel claims is no evidence", c.ID, floor, want)
			}
		}
	}
	if diff := cmp.Diff(hub, list("hub")); diff != "" {
		t.Errorf("checks of the hub (-want +got):\n%s", diff)
	}
	if got := d.Secrets; len(got) != 1 || got[0] != (Secret{"core", "public"}) {
		t.Errorf("secrets are %d, want the one of the file without its line end", len(got))
	}
	if got := d.Services[1].DependsOn; !slices.Equal(got, []Node{"service.dns", "site.hub"}) {
		t.Errorf("the portal depends on %v", got)
	}
	if len(d.Links) != 2 || d.Links[0].Between != [2]string{"hub", "qingfu"} || d.Links[0].Circuits[1].Node() != "circuit.hub-qingfu/vpn" {
		t.Errorf("links are %+v", d.Links)
	}
}

// TestAnchors: of the sites that look at a service, one of each kind from the
// hub down does so often, the same at every load, and services spread.
func TestAnchors(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("site \"hub\" {\n  kind = \"hub\"\n}\n")
	for _, kind := range []string{"town", "community"} {
		for n := range 10 {
			b.WriteString("site \"" + kind + string(rune('0'+n)) + "\" {\n  kind = \"" + kind + "\"\n}\n")
		}
	}
	for n := range 20 {
		s := string(rune('a' + n))
		b.WriteString("service \"" + s + "\" {\n  target = \"10.0.0.1\"\n}\ncheck \"icmp\" \"" + s + "\" {\n  service = \"" + s +
			"\"\n  kinds = [\"hub\", \"town\", \"community\"]\n  elsewhere = \"1h\"\n}\n")
	}
	d, err := loadSource("x.hcl", []byte(b.String()), testKinds, testParse)
	if err != nil {
		t.Fatal(err)
	}
	anchors := map[string][]string{} // kinds by service
	sites := map[string]bool{}
	for _, s := range d.Sites {
		for _, c := range s.Checks {
			if c.Interval == time.Minute {
				anchors[c.TargetName] = append(anchors[c.TargetName], s.Kind)
				sites[s.ID] = true
			}
		}
	}
	for service, kinds := range anchors {
		slices.Sort(kinds)
		if !slices.Equal(kinds, []string{"community", "hub", "town"}) {
			t.Errorf("service %s has anchors of kinds %v, want one of each", service, kinds)
		}
	}
	if len(anchors) != 20 || len(sites) < 12 {
		t.Errorf("%d services have their anchors at %d sites, want 20 spread over more than a dozen", len(anchors), len(sites))
	}
}

// TestNetworksThatOverlap are named once each, with both sites.
func TestNetworksThatOverlap(t *testing.T) {
	t.Parallel()
	site := func(id, gateway string, prefixes ...string) string {
		return "site \"" + id + "\" {\n  kind = \"town\"\n  gateways = [\"" + gateway + "\"]\n  prefixes = [\"" + strings.Join(prefixes, `", "`) + "\"]\n}\n"
	}
	d, err := loadSource("x.hcl", []byte(site("a", "10.1.0.1", "10.1.0.0/16", "fd00:1::/32")+site("b", "10.2.0.1", "10.2.0.0/16", "10.1.9.0/24")+
		site("c", "10.1.0.1", "10.3.0.0/16")+site("d", "10.4.0.1", "fd00:1:7::/48")), testKinds, testParse)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range d.Warnings {
		if w.Line > 0 {
			got = append(got, w.EN)
		}
	}
	want := []string{
		`site "b" has 10.1.9.0/24, which overlaps site "a" with 10.1.0.0/16: an address does not tell them apart`,
		`site "c" has the gateway of site "a", 10.1.0.1: one of them may be a copy`,
		`site "d" has fd00:1:7::/48, which overlaps site "a" with fd00:1::/32: an address does not tell them apart`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

// TestAccessWithoutPrefix: from where an agent has to be heard is nowhere told.
func TestAccessWithoutPrefix(t *testing.T) {
	t.Parallel()
	const told = `prefixes = ["10.1.0.0/16"]`
	for _, c := range []struct {
		name, site, access string
		want               int
	}{
		{"nowhere", "", `site = "a"`, 1},
		{"at the site", told, `site = "a"`, 0},
		{"at the access point", "", "site = \"a\"\n" + told, 0},
		{"as seen", "", "site = \"a\"\nseen = [\"10.1.0.0/16\"]", 0},
		{"no agent", "", "", 0},
	} {
		d, err := loadSource("x.hcl", []byte("site \"a\" {\n kind = \"town\"\n"+c.site+"\n}\nunit \"u\" {\n access \"main\" {\n"+c.access+"\n}\n}\n"), testKinds, testParse)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, w := range d.Warnings {
			if strings.Contains(w.EN, `neither access point u/main nor site "a" names prefixes`) {
				n++
			}
		}
		if n != c.want {
			t.Errorf("%s: %d warnings, want %d", c.name, n, c.want)
		}
	}
}

// TestWarningsOfMany: a line that stands for many warns of two of them and
// counts the rest, each once, however many sites run it.
func TestWarningsOfMany(t *testing.T) {
	t.Parallel()
	d, err := loadSource("x.hcl", []byte(`
variable "names" {
  default = ["a", "b", "c", "d", "e"]
}
site "town" {
  for_each = var.names
  kind     = "town"
  profiles = ["town"]
}
profile "town" {
  check "icmp" "x" {
    for_each = var.names
    id       = each.key
    target   = "${each.key}.example"
  }
}
`), testKinds, testParse)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range d.Warnings {
		if w.Line > 0 {
			got = append(got, w.ZH)
		}
	}
	want := []string{
		`check "icmp" "a" 的目标 "a.example" 是示例地址，视为待登记：不会探测`,
		`check "icmp" "b" 的目标 "b.example" 是示例地址，视为待登记：不会探测（此处同样的还有 3 项）`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}
