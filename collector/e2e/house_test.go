package e2e_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestImportLaw holds the direction of the pipeline: checks ← configs ←
// {agent, collector}. A rule reads: files below `in` import of this module
// only `may`; and the reason.
func TestImportLaw(t *testing.T) {
	t.Parallel()
	rules := []struct {
		in     string
		may    []string // prefixes of this module's packages; "" is none
		reason string
	}{
		{"checks", []string{"checks"}, "checks are the bottom of the graph: a kind can be read on its own"},
		{"configs", []string{"checks", "configs"}, "the agent and the collector both read configuration; it knows neither"},
		{"agent", []string{"checks", "configs", "agent", "collector/wire"}, "the agent stays small and cannot write as another site: of the collector it knows the wire only"},
		{"dashboards", []string{"dashboards"}, "pages are data for the collector"},
		{"collector/wire", []string{"collector/wire"}, "the wire is the contract of both sides"},
	}
	for _, rule := range rules {
		imports(t, filepath.Join("../..", rule.in), func(file, path string) {
			own, ours := strings.CutPrefix(path, "fengsui/")
			if !ours {
				return
			}
			for _, may := range rule.may {
				if own == may || strings.HasPrefix(own, may+"/") {
					return
				}
			}
			t.Errorf("%s imports %s, want only %s: %s", file, path, strings.Join(rule.may, ", "), rule.reason)
		})
	}
}

// TestChecksRootIsStandardLibrary: the check model depends on nothing.
func TestChecksRootIsStandardLibrary(t *testing.T) {
	t.Parallel()
	out := deps(t, "fengsui/checks")
	for _, path := range out {
		if first, _, _ := strings.Cut(path, "/"); strings.Contains(first, ".") && !strings.HasPrefix(path, "vendor/") {
			t.Errorf("checks links %s, want the standard library only", path)
		}
	}
}

// TestKindsStayPlain: a kind imports its protocol library, never a
// configuration language, a metrics library or a logger.
func TestKindsStayPlain(t *testing.T) {
	t.Parallel()
	imports(t, "../../checks", func(file, path string) {
		for _, no := range []string{"github.com/hashicorp/hcl", "github.com/prometheus/client_golang", "github.com/prometheus/prometheus", "log/slog", "log"} {
			if path == no || strings.HasPrefix(path, no+"/") {
				t.Errorf("%s imports %s: a check logs nothing, exports nothing and reads no files of the operator", file, path)
			}
		}
	})
}

// TestAgentLinksNoServer: boxes of every kind run the agent, some with 16 MB
// of flash.
func TestAgentLinksNoServer(t *testing.T) {
	t.Parallel()
	heavy := []string{
		"github.com/prometheus/prometheus", "github.com/prometheus/alertmanager", "github.com/prometheus/client_golang",
		"modernc.org/sqlite", "fengsui/dashboards", "html/template", "github.com/xuri",
	}
	for _, path := range deps(t, "fengsui/agent/cmd/fengsui-agent") {
		if path == "database/sql" { // its driver package alone comes with google/uuid, and is small
			t.Error("fengsui-agent links database/sql: no SQL in the agent")
		}
		for _, no := range heavy {
			if path == no || strings.HasPrefix(path, no+"/") {
				t.Errorf("fengsui-agent links %s: no TSDB, SQL or UI in the agent", path)
			}
		}
	}
}

// TestProgramsLinkNoLab: what makes networks and starts other people's daemons
// as root is for tests, and not in anything that is shipped.
func TestProgramsLinkNoLab(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"fengsui/agent/cmd/fengsui-agent", "fengsui/collector/cmd/fengsui-collector"} {
		for _, path := range deps(t, program) {
			if path == "fengsui/checks/lab" || path == "fengsui/collector/e2e" {
				t.Errorf("%s links %s, want it in tests only", program, path)
			}
		}
	}
}

// imports calls f for every import of every file below dir, tests left out.
func imports(t *testing.T, dir string, f func(file, path string)) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return err
		}
		files++
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range parsed.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			f(file, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files == 0 {
		t.Fatalf("found no Go file below %s: the law looked at nothing", dir)
	}
}

// deps lists everything that a package links, for the platform of the agents.
func deps(t *testing.T, pkg string) []string {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", pkg)
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("list what %s links: %v", pkg, err)
	}
	return strings.Fields(string(out))
}
