//go:build linux

package e2e_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"fengsui/checks/lab"
)

// A panel of a dashboard of Grafana, as far as we judge it.
type panel struct {
	ID      int
	Title   string
	Type    string
	GridPos struct{ X, Y, W, H int }
	Targets []struct {
		Expr         string
		LegendFormat string
		Datasource   struct{ UID string }
	}
}

// dashboard reads one of the shipped dashboards.
func dashboard(t *testing.T, path string) []panel {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	var d struct{ Panels []panel }
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatalf("read %s: %v", path, err)
	}
	return d.Panels
}

// dashboards are the files of the shipped ones.
func dashboards(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../../dashboards/grafana/*.json")
	must(t, err)
	if len(files) < 3 {
		t.Fatalf("%d dashboards, want overview, site and collector", len(files))
	}
	return files
}

// TestDashboardsLayout: a panel has its own id and its own place.
func TestDashboardsLayout(t *testing.T) {
	t.Parallel()
	for _, file := range dashboards(t) {
		taken := map[[2]int]string{}
		ids := map[int]bool{}
		for _, p := range dashboard(t, file) {
			if ids[p.ID] {
				t.Errorf("%s: panel %q has the id %d of another one", file, p.Title, p.ID)
			}
			ids[p.ID] = true
			for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
				for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
					if other := taken[[2]int{x, y}]; other != "" || x >= 24 {
						t.Fatalf("%s: panel %q stands on %q, or outside", file, p.Title, other)
					}
					taken[[2]int{x, y}] = p.Title
				}
			}
		}
	}
}

var (
	legend   = regexp.MustCompile(`{{ *([a-z_]+) *}}`)
	variable = regexp.MustCompile(`\$[a-z_]+`)
)

// TestDashboardsShowData asks a running collector every query of every shipped
// dashboard: none fails, no panel is empty, and every legend names labels that
// are there.
func TestDashboardsShowData(t *testing.T) {
	t.Parallel()
	// Every interval of the lab is of seconds, and it has lines, units and points.
	_, d, agents := inLab(t, `
check "tcp" "portal-port" {
  target   = "portal.`+lab.Zone+`:443"
  kinds    = ["town"]
  interval = "2s"
}
`)
	results(t, d, "qingfu", 3)
	agents["wanqing-1"].Process().Kill() // somebody is told of it

	values := strings.NewReplacer("$site", "qingfu", "$__rate_interval", "1m", "$__range", "1h")
	for _, file := range dashboards(t) {
		for _, p := range dashboard(t, file) {
			for _, q := range p.Targets {
				if q.Datasource.UID != "fengsui" {
					t.Errorf("%s: panel %q asks the data source %q, want the provisioned one", file, p.Title, q.Datasource.UID)
				}
			}
			if len(p.Targets) == 0 {
				continue
			}
			until(t, fmt.Sprintf("%s: panel %q", file, p.Title), func() error {
				filled := false
				for _, q := range p.Targets {
					expr := values.Replace(q.Expr)
					if left := variable.FindString(expr); left != "" {
						t.Fatalf("%s: panel %q asks %s, and the test knows no value of %s", file, p.Title, expr, left)
					}
					series, err := d.Web().Query(t.Context(), expr)
					if err != nil {
						return err
					}
					for _, s := range series {
						filled = true
						for _, m := range legend.FindAllStringSubmatch(q.LegendFormat, -1) {
							if _, ok := s.Metric[m[1]]; !ok {
								t.Fatalf("%s: panel %q: its legend shows %s, which a series of %s has not: %v", file, p.Title, m[1], expr, s.Metric)
							}
						}
					}
				}
				if !filled {
					return fmt.Errorf("it is empty: %v", p.Targets)
				}
				return nil
			})
		}
	}
}
