package configs

import (
	"strings"
	"testing"

	"fengsui/checks/all"
)

// TestLoadLimits: a plan above a limit is refused where its service or site
// stands, with the number and what to raise; one that just meets it is not.
func TestLoadLimits(t *testing.T) {
	t.Parallel()
	district := func(load, interval string) string {
		return load + `
site "hub" {
  name = "区级节点"
  kind = "hub"
}
site "town" {
  kind   = "town"
  parent = "hub"
}
service "portal" {
  name   = "门户网站"
  target = "https://portal.gov.cn/"
}
check "http" "portal" {
  service  = "portal"
  kinds    = ["hub", "town"]
  interval = "` + interval + `"
}
`
	}
	for _, c := range []struct {
		name, load, interval string
		want                 []string
	}{
		{"just meets it", "", "24s", nil},
		{"above it", "", "23s", []string{"x.hcl:10:1: error: the planned load is too high: the service 门户网站 (portal) would get 10.4 requests a minute in steady state, from 2 sites, want at most 10",
			"raise requests_per_minute in the block load", "平稳时每分钟将收到 10.4 次请求，来自 2 个站点（应不超过 10 次）", "在 load 块中调高 requests_per_minute"}},
		{"raised", "load {\n requests_per_minute = 11\n}\n", "23s", nil},
		{"a line", "load {\n line = \"49kbps\"\n}\n", "24s", []string{"x.hcl:5:1: error: the planned load is too high: the checks of site 区级节点 (hub) would take 49.2 kbit/s of its line in steady state, want at most 49.0 kbit/s",
			"x.hcl:9:1", "raise line in the block load", "（应不超过 49.0 kbit/s）"}},
		{"a line raised", "load {\n line = \"50kbps\"\n}\n", "24s", nil},
		{"twice", "load {\n}\nload {\n}\n", "24s", []string{"x.hcl:3:1: error: load is described twice"}},
		{"none", "load {\n requests_per_minute = 0\n}\n", "24s", []string{"x.hcl:2:24: error: requests_per_minute is 0, want"}},
		{"other mistakes come first", "load {\n requests = 3\n}\n", "1s", []string{"x.hcl:2:2: error", "requests_per_minute"}},
	} {
		_, err := loadSource("x.hcl", []byte(district(c.load, c.interval)), all.Kinds(), testParse)
		if len(c.want) == 0 {
			if err != nil {
				t.Errorf("%s: %v, want it taken", c.name, err)
			}
			continue
		}
		if err == nil {
			t.Errorf("%s: it was taken, want it refused", c.name)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v\nlacks %q", c.name, err, want)
			}
		}
		if c.name == "other mistakes come first" && strings.Contains(err.Error(), "planned load") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
