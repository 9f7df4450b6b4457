//go:build linux

package lab

import (
	_ "embed" // of the district
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"
	"time"
)

//go:embed district.hcl.tmpl
var inventory string

// HCL is the district as a collector takes it: sites with their lines,
// circuits and routers, the resolver, two services and what tells of them,
// units with their access points, an IPv6 point, and both indicators in rounds
// of seconds. Every check runs every step.
func (d *District) HCL(step time.Duration) (string, error) {
	secret := filepath.Join(d.dir, "community")
	if err := os.WriteFile(secret, []byte(Community), 0o600); err != nil {
		return "", err
	}
	address := func(place string, family int) string {
		v4, v6 := d.Addresses(place)
		if family == 6 {
			return v6.String()
		}
		return v4.String()
	}
	text := template.Must(template.New("district").Funcs(template.FuncMap{
		"address":   address,
		"interface": Interface,
		"network": func(site string) string {
			a := d.Site(site).address(0)
			return fmt.Sprintf("[%q, %q]", a[0].Masked(), a[1].Masked())
		},
	}).Parse(inventory))
	var b strings.Builder
	err := text.Execute(&b, map[string]any{
		"Sites": d.Sites, "Zone": Zone, "Secret": secret,
		"Step": step, "Timeout": step - step/20, "Round": 2 * step,
	})
	return b.String(), err
}
