package configs

import (
	"embed"
	"strconv"
	"strings"
	"text/template"
	"time"
)

//go:embed demo/*.tmpl
var demoFiles embed.FS

var demoTemplates = template.Must(template.ParseFS(demoFiles, "demo/*.tmpl"))

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
	a.Data = escape(a.Data)
	return map[string]string{
		"collector.hcl": render("collector.hcl.tmpl", a),
		"district.hcl":  render("district.hcl.tmpl", a),
	}
}

// DemoAgent returns the text of agent.hcl of an agent of the demo.
func DemoAgent(data string, collectors ...string) string {
	return render("agent.hcl.tmpl", struct {
		Data       string
		Collectors []string
		Idle       time.Duration
	}{escape(data), collectors, 2 * time.Second})
}

// escape makes a path fit between the quotes of an HCL text.
func escape(s string) string {
	s = strings.NewReplacer("${", "$${", "%{", "%%{").Replace(s)
	quoted := strconv.Quote(s)
	return quoted[1 : len(quoted)-1]
}

func render(name string, data any) string {
	var b strings.Builder
	if err := demoTemplates.ExecuteTemplate(&b, name, data); err != nil {
		panic("BUG: " + err.Error())
	}
	return b.String()
}
