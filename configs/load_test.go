package configs

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fengsui/checks"
)

// write makes a directory of files.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestCompile: a district in several files, in the order that the alphabet
// gives them, becomes one inventory.
func TestCompile(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]string{
		"a-checks.hcl": `
check "http" "portal" {
  service  = "portal"
  sites    = ["hub"]
  kinds    = ["town", "hub"]
  interval = "5s"
  want_v6  = true
  status   = ["200", "302"]
  method   = "HEAD"
  follow   = true
}
check "icmp" "records" {
  target = "192.0.2.7"
  kinds  = ["town"]
}
`,
		"b-sites.hcl": "\uFEFFsite \"qingfu\" {\r\n  name = \"青福镇\"\r\n  kind = \"town\"\r\n  parent = \"hub\"\r\n" +
			"  check \"icmp\" \"gateway\" {\r\n    target = \"10.1.0.1\"\r\n    interval = \"10s\"\r\n    timeout = \"3s\"\r\n    family = \"v4\"\r\n" +
			"    count = 5\r\n    loss_degraded = \"20%\"\r\n  }\r\n}\r\n",
		"c-sites.hcl": `
load {
  requests_per_minute = 48
}
site "hub" {
  kind = "hub"
}
service "portal" {
  name   = "区政府门户"
  target = "https://portal.gov.cn/"
  owner  = "工信科局"
}
receiver "noc" {
  webhook {
    url = "https://127.0.0.1:9000/hook?x=1"
  }
  send_resolved = false
}
`,
		".hidden.hcl": "this is an editor's",
		"notes.txt":   "so is this",
	})
	d, err := Load(dir, testKinds, testParse)
	if err != nil {
		t.Fatal(err)
	}
	portal := Check{ID: "portal", Kind: "http", Subject: "service.portal", Target: "https://portal.gov.cn/", TargetName: "portal",
		Interval: 5 * time.Second, Timeout: 5 * time.Second, WantV6: true,
		Options: map[string][]string{"status": {"200", "302"}, "method": {"HEAD"}, "follow": {"true"}}}
	first, second := portal, portal
	first.Number, second.Number = 1, 2
	want := []Site{
		{ID: "hub", Name: "hub", Kind: "hub", Access: "fiber", Checks: []Check{first}},
		{ID: "qingfu", Name: "青福镇", Kind: "town", Parent: "hub", Access: "fiber",
			Checks: []Check{
				{Number: 1, ID: "gateway", Kind: "icmp", Target: "10.1.0.1", TargetName: "gateway", Interval: 10 * time.Second,
					Timeout: 3 * time.Second, Family: checks.V4, Options: map[string][]string{"count": {"5"}, "loss_degraded": {"20%"}}},
				second,
			},
			Pending: []Check{{ID: "records", Kind: "icmp", Target: "192.0.2.7", TargetName: "records", Interval: time.Minute, Timeout: 10 * time.Second}}},
	}
	if diff := cmp.Diff(want, d.Sites); diff != "" {
		t.Errorf("sites (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Service{{ID: "portal", Name: "区政府门户", Target: "https://portal.gov.cn/", Owner: "工信科局", Tier: 3, Status: "live"}}, d.Services); diff != "" {
		t.Errorf("services (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Receiver{{"noc", "https://127.0.0.1:9000/hook?x=1", 10 * time.Second, false}}, d.Receivers); diff != "" {
		t.Errorf("receivers (-want +got):\n%s", diff)
	}
	if d.Route.Receiver != "noc" {
		t.Errorf("the route goes to %q, want the only receiver", d.Route.Receiver)
	}
	if len(d.Warnings) != 1 || !strings.Contains(d.Warnings[0].EN, `the target of check "icmp" "records", "192.0.2.7", is reserved for documentation`) ||
		d.Warnings[0].Line != 13 || filepath.Base(d.Warnings[0].File) != "a-checks.hcl" || !d.Warnings[0].Warning {
		t.Errorf("warnings are %+v, want one about the documentation address in a-checks.hcl:13", d.Warnings)
	}
	if s := d.Site("qingfu"); s == nil || s.Name != "青福镇" || d.Site("nowhere") != nil {
		t.Errorf("Site finds %+v and %v", s, d.Site("nowhere"))
	}
	spec, err := d.Sites[1].Checks[0].Spec(testKinds[0])
	if err != nil || spec.Timeout != 3*time.Second || spec.Family != checks.V4 || spec.Check.(*ping).Count != 5 || spec.Check.(*ping).Loss != 0.2 {
		t.Errorf("spec is %+v, %v", spec, err)
	}
}

func TestPlaceholder(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"192.0.2.1": true, "198.51.100.255": true, "203.0.113.9": true, "198.18.0.1": true, "198.19.255.255": true,
		"2001:db8::1": true, "3fff::1": true, "::ffff:192.0.2.1": true, "portal.example": true, "a.b.EXAMPLE.": true,
		"192.0.3.1": false, "198.17.0.1": false, "198.20.0.0": false, "127.0.0.1": false, "::1": false, "10.0.0.1": false,
		"2001:db9::1": false, "portal.gov.cn": false, "example.com": false, "myexample": false, "": false,
	} {
		if got := placeholder(host); got != want {
			t.Errorf("placeholder(%q) = %t, want %t", host, got, want)
		}
	}
}

// TestPendingIsNeverAssigned: whatever way a documentation address comes in.
func TestPendingIsNeverAssigned(t *testing.T) {
	t.Parallel()
	d, err := loadSource("x.hcl", []byte(`
site "a" {
  kind = "hub"
  check "icmp" "own" {
    target = "2001:db8::1"
  }
  check "http" "of-service" {
    service = "portal"
  }
  check "icmp" "loopback" {
    target = "::1"
  }
  check "http" "by-declared-address" {
    service = "records"
  }
}
service "portal" {
  target = "https://198.51.100.7:8443/x"
}
service "records" {
  target    = "https://records.gov.cn/"
  addresses = ["10.0.0.9", "2001:db8::9"]
}
`), testKinds, testParse)
	if err != nil {
		t.Fatal(err)
	}
	if s := d.Sites[0]; len(s.Checks) != 1 || s.Checks[0].ID != "loopback" || s.Checks[0].Number != 1 || len(s.Pending) != 3 {
		t.Errorf("checks %+v, pending %+v; want loopback alone to be assigned", s.Checks, s.Pending)
	}
	for _, s := range d.Services {
		if !s.Pending {
			t.Errorf("service %s is registered, want 待登记", s.ID)
		}
	}
}

// TestDeclaredAddress: a check of a service that looks at another part of the
// same host is at home at the declared address too, one of another host is not.
func TestDeclaredAddress(t *testing.T) {
	t.Parallel()
	d, err := loadSource("x.hcl", []byte(`
load {
  requests_per_minute = 48
}
site "a" {
  kind = "hub"
  check "http" "page" {
    service = "portal"
  }
  check "icmp" "ping" {
    service = "portal"
    target  = "portal.gov.cn"
  }
  check "icmp" "wall" {
    service = "portal"
    target  = "wall.gov.cn"
  }
}
service "portal" {
  target    = "https://portal.gov.cn/"
  addresses = ["10.0.0.9"]
}
`), testKinds, testParse)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, c := range d.Sites[0].Checks {
		got[c.ID] = len(c.Addresses)
	}
	if want := map[string]int{"page": 1, "ping": 1, "wall": 0}; !maps.Equal(got, want) {
		t.Errorf("declared addresses by check: %v, want %v", got, want)
	}
}

// TestTargetBesideOptions: a wrong option hides no wrong target, nor the other
// way round.
func TestTargetBesideOptions(t *testing.T) {
	t.Parallel()
	_, err := loadSource("x.hcl", []byte(`site "a" {
  kind = "hub"
  check "icmp" "x" {
    target = "10.0.0.1/8"
    count  = 0
    family = "v5"
  }
}
`), testKinds, testParse)
	var m *Mistakes
	if !errors.As(err, &m) || len(m.Problems) != 3 {
		t.Errorf("mistakes are %v, want those of lines 4, 5 and 6", err)
	}
}

// TestWithoutParser: a caller that evaluates no rules need not hand one in.
func TestWithoutParser(t *testing.T) {
	t.Parallel()
	if _, err := loadSource("x.hcl", nil, nil, nil); err != nil {
		t.Error(err)
	}
}

func TestDemo(t *testing.T) {
	t.Parallel()
	d, err := Load(write(t, map[string]string{"district.hcl": Demo(8001, 8002)}), demoKinds(), testParse)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, s := range d.Sites {
		var ids []string
		for _, c := range s.Checks {
			ids = append(ids, c.ID)
		}
		got[s.ID+" < "+s.Parent] = strings.Join(ids, " ")
	}
	want := map[string]string{
		"hub < ":            "gateway portal",
		"qingfu < hub":      "gateway portal-over-line portal-port portal-v6",
		"qingfu-1 < qingfu": "gateway portal-over-line portal-port portal-v6",
		"qingfu-2 < qingfu": "gateway portal-over-line portal-port portal-v6",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("checks (-want +got)\n%s", diff)
	}
	if hub := d.Site("hub"); len(hub.Pending) != 1 || len(d.Warnings) != 2 {
		t.Errorf("got %d pending checks and %d warnings, want one for the documentation address, and a warning of no receiver", len(hub.Pending), len(d.Warnings))
	}
}
