package configs

import (
	"fmt"
	"maps"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

var comparing = cmp.Options{
	cmpopts.EquateEmpty(), // [] says the same as nothing
	cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }),
	cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
}

// minimal says only what has no default of what collector.hcl says.
const minimal = `
tier "town" {
  floor = "100Mbit/s"
  goal  = "1Gbit/s"
}
secret "snmp-core" {
  value = file("/etc/fengsui/snmp-core")
}
site "hub" {
  kind     = "hub"
  cir      = "1Gbit/s"
  hours    = "office"
  profiles = ["area"]
}
profile "area" {
  check "icmp" "portal-profile" {
    service   = "portal"
    elsewhere = "1h"
  }
}
unit "caizheng" {
  level = 1
  access "main" {
    prefixes = ["10.7.9.0/24"]
    site   = "hub"
    link   = "hub-qingfu"
    cir    = "100Mbit/s"
    opened = "2026-01-05"
  }
  access "second" {
    interface = "eth1"
  }
}
link "hub-qingfu" {
  between = ["hub", "qingfu"]
  tier    = "town"
  cir     = "100Mbit/s"
  circuit "telecom" {
    device    = "hub-core"
    interface = "GigabitEthernet0/0/3"
    cir       = "100Mbit/s"
  }
}
device "hub-core" {
  site    = "hub"
  address = "10.1.0.254"
  secret  = "snmp-core"
}
point "portal" {
  kind    = "W"
  service = "portal"
}
point "core" {
  kind   = "D"
  device = "hub-core"
}
point "town-line" {
  kind = "L"
  link = "hub-qingfu"
}
point "town-lan" {
  kind = "T"
  site = "qingfu"
}
indicators {
  quorum = ["portal"]
}
site "qingfu" {
  name   = "青福镇"
  kind   = "town"
  parent = "hub"
  check "icmp" "hub-gateway" {
    target = "10.1.0.1"
    link   = "hub-qingfu"
  }
  check "icmp" "portal-here" {
    service  = "portal"
    interval = "10m"
  }
  check "icmp" "core" {
    target = "10.1.0.254"
    device = "hub-core"
  }
  check "icmp" "finance" {
    target = "10.2.0.1"
    unit   = "caizheng"
  }
}
service "portal" {
  target = "10.9.0.1"
  grade  = 2
  layer  = "system"
}
service "exit-first" {
  target = "10.9.1.1"
}
service "exit-second" {
  target = "10.9.1.2"
}
check "icmp" "portal-ping" {
  service   = "portal"
  elsewhere = "5m"
  sites     = ["hub"]
  kinds     = ["town"]
  interval  = "5m"
}
alert "hub_dark" {
  expr      = "fengsui_known_site_state{site=\"hub\"} == 4"
  recovered = "fengsui_known_site_state{site=\"hub\"} < 4"
  summary {
    zh = "区级节点静默"
    en = "the hub is silent"
  }
  labels {
    area = "qingshan"
  }
  title {
    zh = "静默"
    en = "silent"
  }
  next_step {
    zh = "先查电源和上联光路"
    en = "look at its power and its uplink first"
  }
  annotations {
    next_step = "拨打 {{ $labels.site }} 的联系人"
  }
}
maintenance "power" {
  on       = ["site.qingfu"]
  from     = "2026-12-05 22:00"
  to       = "2026-12-06 06:00"
  approved = "区工信科局"
}
receiver "noc" {
  webhook {
    url = "http://127.0.0.1:9000/"
  }
}
`

// TestCollectorReference: the reference says what holds without it, and names
// every word that the decoder asks for.
func TestCollectorReference(t *testing.T) {
	t.Parallel()
	src, err := os.ReadFile("collector.hcl")
	if err != nil {
		t.Fatal(err)
	}
	l := newLoading("collector.hcl", testKinds, testParse)
	body := l.parse("collector.hcl", src)
	l.files([]*hclsyntax.Body{body})
	got, err := l.finish()
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range got.Warnings {
		if !strings.Contains(w.EN, "/etc/fengsui/snmp-core: no such file") { // a secret is the reader's own
			t.Errorf("it warns: %v", w)
		}
	}
	got.Warnings = nil
	want, err := loadSource("minimal.hcl", []byte(minimal), testKinds, testParse)
	if err != nil {
		t.Fatal(err)
	}
	want.Warnings = nil
	if diff := cmp.Diff(want, got, comparing); diff != "" {
		t.Errorf("a default stated in collector.hcl is not the default (-default +stated):\n%s", diff)
	}
	if diff := cmp.Diff(DefaultCollector(), got.Collector, comparing); diff != "" {
		t.Errorf("collector (-default +stated):\n%s", diff)
	}
	// A table needs its file beside it, so the reference shows one as a comment.
	for _, word := range []string{"table \"sites\" {", "  file  = ", "  sheet = "} {
		if !strings.Contains(string(src), "\n# "+word) {
			t.Errorf("the reference does not show %q in a comment", word)
		}
	}
	delete(l.vocabulary[""], "table {}")
	documented(t, body, l.vocabulary)
}

func TestAgentReference(t *testing.T) {
	t.Parallel()
	src, err := os.ReadFile("agent.hcl")
	if err != nil {
		t.Fatal(err)
	}
	r := newReading("agent.hcl")
	got, err := r.agent("agent.hcl", src, testKinds)
	if err != nil {
		t.Fatal(err)
	}
	got.Collectors = nil // [] says the same
	want := DefaultAgent()
	if diff := cmp.Diff(&want, got, comparing); diff != "" {
		t.Errorf("a default stated in agent.hcl is not the default (-default +stated):\n%s", diff)
	}
	documented(t, newReading("agent.hcl").parse("agent.hcl", src), r.vocabulary)
}

// documented compares the words of a reference with those asked for. A block
// that nothing asks for was refused before; a word nobody wrote is missing.
func documented(t *testing.T, body *hclsyntax.Body, vocabulary map[string]map[string]bool) {
	t.Helper()
	written := map[string]map[string]bool{}
	var walk func(path string, b *hclsyntax.Body)
	walk = func(path string, b *hclsyntax.Body) {
		if written[path] == nil {
			written[path] = map[string]bool{}
		}
		for name := range b.Attributes {
			written[path][name] = true
		}
		for _, in := range b.Blocks {
			written[path][in.Type+" {}"] = true
			inner := strings.TrimPrefix(path+"."+in.Type, ".")
			if in.Type == "check" {
				inner = in.Type
			}
			walk(inner, in.Body)
		}
	}
	walk("", body)
	total := 0
	for path, asked := range vocabulary {
		for _, word := range slices.Sorted(maps.Keys(asked)) {
			total++
			if !written[path][word] {
				t.Errorf("the reference does not name %q of %q", word, path)
			}
		}
	}
	if total < 10 {
		t.Errorf("%d words are known, want more: nothing was asked for", total)
	}
}

// TestShippedAlerts: every rule that ships loads without a word.
func TestShippedAlerts(t *testing.T) {
	t.Parallel()
	d, err := loadSource("empty.hcl", nil, testKinds, testParse)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"circuit_down page 5s", "clock_off ticket 5m0s", "identity_clone ticket 0s", "line_below_floor ticket 1m0s",
		"redundancy_lost ticket 30s", "resolver_silent page 5s", "site_silent page 0s", "spool_filling ticket 1m0s", "target_down page 5s"}
	var got []string
	for _, r := range d.Rules {
		got = append(got, fmt.Sprint(r.Name, " ", r.Severity, " ", r.For))
	}
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("rules are %v, want %v", got, want)
	}
	own := `
alert "site_silent" {
  expr     = "fengsui_known_site_state == 4"
  for      = "5m"
  severity = "ticket"
  summary {
    zh = "静默"
    en = "silent"
  }
}`
	d, err = loadSource("own.hcl", []byte(own), testKinds, testParse)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(d.Rules, func(r Rule) bool { return r.Name == "site_silent" })
	if len(d.Rules) != len(want) || d.Rules[at].SummaryEN != "silent" {
		t.Errorf("rules are %+v, want our own site_silent in the place of the shipped one", d.Rules)
	}
}
