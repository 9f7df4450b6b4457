package graph_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fengsui/collector"
)

// TestLoadRefusesCircles: what can only be reached through itself is refused
// when the files are read, with every place that has a part in it, and marked
// where it is most easily opened.
func TestLoadRefusesCircles(t *testing.T) {
	t.Parallel()
	const district = `site "hub" {
  kind = "hub"
}
site "town" {
  kind   = "town"
  parent = "hub"
}
device "router" {
  site    = "town"
  address = "10.1.0.1"
  secret  = "core"
}
secret "core" {
  value = file("/nonexistent/core")
}
service "portal" {
  target     = "10.9.0.1:443"
  depends_on = ["site.town"]
}
service "dns" {
  target   = "10.9.0.53:53"
  resolver = true
}
`
	link := func(more, circuit string) string {
		return "link \"hub-town\" {\n  between = [\"hub\", \"town\"]\n" + more + "  circuit \"telecom\" {\n" + circuit + "  }\n}\n"
	}
	for _, c := range []struct {
		name, links string
		want        []string // nothing: it is taken
	}{
		{"no circle", link("", ""), nil},
		{"a line may end in a device at its far end", link("", "    device = \"router\"\n    interface = \"ge1\"\n"), nil},
		{"a line needs a service behind it", link("  depends_on = [\"service.portal\"]\n", ""),
			[]string{"a.hcl:18:16: error", "link.hub-town (b.hcl:1)", "service.portal (a.hcl:16)", "site.town (a.hcl:4)", "只有经过自身才能到达"}},
		{"a line needs its own end", link("  depends_on = [\"site.town\"]\n", ""),
			[]string{"b.hcl:3:16: error", "site.town (a.hcl:4) → link.hub-town (b.hcl:1) → site.town"}},
		{"a line needs what stands behind it", link("  depends_on = [\"device.router\"]\n", ""),
			[]string{"b.hcl:3:16: error", "device.router (a.hcl:8)"}},
		{"a site needs its own device", link("", "") + "site \"far\" {\n  kind = \"community\"\n  parent = \"town\"\n  depends_on = [\"device.there\"]\n}\ndevice \"there\" {\n  site = \"far\"\n  address = \"10.1.9.1\"\n}\n",
			[]string{"b.hcl:9:16: error", "site.far (b.hcl:6)", "device.there (b.hcl:11)"}},
		{"an access point of a unit that its site needs", link("", "") + "site \"far\" {\n  kind = \"community\"\n  parent = \"town\"\n  depends_on = [\"unit.office\"]\n}\nunit \"office\" {\n  access \"main\" {\n    site = \"far\"\n  }\n}\n",
			[]string{"b.hcl:9:16: error", "site.far (b.hcl:6)", "unit.office (b.hcl:11)", "access.office/main (b.hcl:12)"}},
		{"two resolvers back one another", link("  depends_on = [\"service.dns\", \"service.second\"]\n", "") + "service \"second\" {\n  target = \"10.9.0.54:53\"\n  resolver = true\n  depends_on = [\"site.town\"]\n}\n", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for name, text := range map[string]string{"a.hcl": district, "b.hcl": c.links} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			_, err := collector.Load(dir)
			if len(c.want) == 0 {
				if err != nil {
					t.Errorf("%v, want it taken", err)
				}
				return
			}
			if err == nil {
				t.Fatal("it was taken, want it refused")
			}
			for _, want := range c.want {
				if said := strings.ReplaceAll(err.Error(), dir+"/", ""); !strings.Contains(said, want) {
					t.Errorf("%s\nlacks %q", said, want)
				}
			}
		})
	}
}
