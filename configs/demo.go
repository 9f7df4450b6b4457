package configs

import (
	_ "embed" // of the demo's files
	"strconv"
	"strings"
	"time"
)

// The demo's files; addresses in double braces are put in.
var (
	//go:embed demo/collector.hcl.tmpl
	demoCollector string
	//go:embed demo/district.hcl.tmpl
	demoDistrict string
	//go:embed demo/agent.hcl.tmpl
	demoAgent string
)

// DemoAddresses are what the demo's district needs to know of the listeners
// that were started for it. Addresses are host:port, v6 in brackets.
type DemoAddresses struct {
	Data             string // absolute: the collector's data directory
	Listen, Web      string // of the collector; Web on loopback
	Webhook          string // URL
	Portal4, Portal6 string // the portal's HTTP, as the hub reaches it
	Line4, Line6     string // the same through the town's line

	SiteSilence time.Duration // 0: 6s, three of DemoAgent's idle intervals
	GroupWait   time.Duration // 0: 4s
}

// Demo returns the demo's district as files for [Load], text by file name:
// district.hcl holds sites, services and checks and needs only the addresses of
// Portal and Line, collector.hcl the rest.
func Demo(a DemoAddresses) map[string]string {
	if a.SiteSilence == 0 {
		a.SiteSilence = 6 * time.Second
	}
	if a.GroupWait == 0 {
		a.GroupWait = 4 * time.Second
	}
	replace := strings.NewReplacer(
		"{{Data}}", escape(a.Data), "{{Listen}}", a.Listen, "{{Web}}", a.Web, "{{Webhook}}", a.Webhook,
		"{{Portal4}}", a.Portal4, "{{Portal6}}", a.Portal6, "{{Line4}}", a.Line4, "{{Line6}}", a.Line6,
		"{{SiteSilence}}", span(a.SiteSilence), "{{GroupWait}}", span(a.GroupWait),
	)
	return map[string]string{
		"collector.hcl": replace.Replace(demoCollector),
		"district.hcl":  replace.Replace(demoDistrict),
	}
}

// DemoAgent returns the text of agent.hcl of an agent of the demo.
func DemoAgent(data string, collectors ...string) string {
	return strings.NewReplacer("{{Data}}", escape(data), "{{Collectors}}", quoted(collectors)).Replace(demoAgent)
}

// escape makes a path fit between the quotes of an HCL text.
func escape(s string) string {
	s = strings.NewReplacer("${", "$${", "%{", "%%{").Replace(s)
	quoted := strconv.Quote(s)
	return quoted[1 : len(quoted)-1]
}
