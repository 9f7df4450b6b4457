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
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

var comparing = cmp.Options{
	cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }),
}

// minimal says only what has no default of what collector.hcl says.
const minimal = `
site "hub" {
  kind = "hub"
}
site "qingfu" {
  name   = "青福镇"
  kind   = "town"
  parent = "hub"
  check "icmp" "hub-gateway" {
    target = "10.1.0.1"
  }
  check "icmp" "portal-here" {
    service = "portal"
  }
}
service "portal" {
  target = "10.9.0.1"
}
check "icmp" "portal-ping" {
  service = "portal"
  sites   = ["hub"]
  kinds   = ["town"]
}
alert "hub_dark" {
  expr = "fengsui_known_site_state{site=\"hub\"} == 4"
  summary {
    zh = "区级节点静默"
    en = "the hub is silent"
  }
  labels {
    area = "qingshan"
  }
  annotations {
    next_step = "拨打 {{ $labels.site }} 的联系人"
  }
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
	l.body(l.top(body))
	got, err := l.finish()
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Warnings) > 0 {
		t.Errorf("warnings: %v", got.Warnings)
	}
	want, err := loadSource("minimal.hcl", []byte(minimal), testKinds, testParse)
	if err != nil {
		t.Fatal(err)
	}
	got.Collector.Names, got.Collector.Addresses = nil, nil // [] says the same
	if diff := cmp.Diff(want, got, comparing); diff != "" {
		t.Errorf("a default stated in collector.hcl is not the default (-default +stated):\n%s", diff)
	}
	if diff := cmp.Diff(DefaultCollector(), got.Collector); diff != "" {
		t.Errorf("collector (-default +stated):\n%s", diff)
	}
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
			walk(strings.TrimPrefix(path+"."+in.Type, "."), in.Body)
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
	want := []string{"identity_clone ticket 0s", "site_silent page 0s"}
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
