package main

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestListFitsTheCode: a mutant whose guard was rewritten proves nothing any
// more. That each test goes red is what make mutants shows.
func TestListFitsTheCode(t *testing.T) {
	t.Parallel()
	const root = "../../.."
	all, err := Read(root, "checks/all/mutants/mutants.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		if _, err := parser.ParseFile(token.NewFileSet(), m.File, m.mutated, 0); err != nil {
			t.Errorf("%s: the mutant is no Go: %v", m.Name, err)
		}
		files, err := filepath.Glob(filepath.Join(root, m.Package, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		name, _, _ := strings.Cut(m.Test, "/")
		found := false
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			found = found || strings.Contains(string(text), "func "+name+"(t *testing.T)")
		}
		if !found {
			t.Errorf("%s: package %s has no test %s", m.Name, m.Package, name)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ list, want string }{
		"a guard that is gone":  {"# x\ncode.go\n- gone\nred ./p T\n", "is 0 times"},
		"a guard that is twice": {"# x\ncode.go\n- b\nred ./p T\n", "is 2 times"},
		"no guard":              {"# x\ncode.go\nred ./p T\n", "want it once"},
		"no name":               {"code.go\n- a\nred ./p T\n", "wants a name"},
		"no test":               {"# x\ncode.go\n- a\n", "wants a name and a test"},
		"half a test":           {"# x\ncode.go\n- a\nred ./p\n", "want red, a package and a test"},
		"no file":               {"# x\nnone.go\n- a\nred ./p T\n", "no such file"},
	} {
		dir := t.TempDir()
		for file, text := range map[string]string{"code.go": "a\nb\nb\n", "list": tt.list} {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Read(dir, "list"); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want an error that says %q", name, err, tt.want)
		}
	}
}
