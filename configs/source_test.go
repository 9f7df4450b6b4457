package configs

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSources: what is wrong with files themselves.
func TestSources(t *testing.T) {
	t.Parallel()
	hub := "site \"hub\" {\n  kind = \"hub\"\n}\n"
	many := map[string]string{}
	for i := range maxFiles + 1 {
		many[fmt.Sprintf("f%03d.hcl", i)] = ""
	}
	fill := strings.Repeat("#", 1<<20-1) + "\n"
	heavy := map[string]string{}
	for i := range 17 {
		heavy[fmt.Sprintf("f%03d.hcl", i)] = fill
	}
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  string
		line  int
	}{
		{"none", map[string]string{"x.txt": hub}, "has no *.hcl file", 0},
		{"too many", many, "has 201 *.hcl files, want at most 200", 0},
		{"too large", map[string]string{"x.hcl": fill + fill}, "the file is larger than 1MiB", 0},
		{"too large together", heavy, "are larger than 16MiB together", 0},
		{"GBK", map[string]string{"x.hcl": hub + "site \"a\" {\n  kind = \"town\"\n  name = \"\xc7\xe0\xb8\xa3\xd5\xf2\"\n}\n"},
			"the file is not UTF-8 (the bytes here are C7 E0 B8 A3)", 6},
		{"UTF-16", map[string]string{"x.hcl": "\xff\xfes\x00i\x00t\x00e\x00"}, "the file is not UTF-8 (the bytes here are FF FE)", 1},
		{"NUL", map[string]string{"x.hcl": "site \"a\x00\" {\n  kind = \"hub\"\n}\n"}, "want a name of 1 to 63 characters", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := Load(write(t, tt.files), testKinds, testParse)
			var m *Mistakes
			if !errors.As(err, &m) {
				t.Fatalf("error is %v, want Mistakes", err)
			}
			if p := m.Problems[0]; !strings.Contains(p.EN, tt.want) || p.Line != tt.line {
				t.Errorf("got line %d: %s; want line %d: %s", p.Line, p.EN, tt.line, tt.want)
			}
		})
	}
	t.Run("missing", func(t *testing.T) {
		t.Parallel()
		if _, err := Load(filepath.Join(t.TempDir(), "nowhere"), testKinds, testParse); err == nil || !strings.Contains(err.Error(), "cannot be read: no such file or directory") {
			t.Errorf("error is %v", err)
		}
	})
	t.Run("pipe", func(t *testing.T) { // opening it would wait for ever
		t.Parallel()
		dir := t.TempDir()
		if err := syscall.Mkfifo(filepath.Join(dir, "x.hcl"), 0o600); err != nil {
			t.Skip(err)
		}
		if _, err := Load(dir, testKinds, testParse); err == nil || !strings.Contains(err.Error(), "this is no regular file") {
			t.Errorf("error is %v", err)
		}
	})
	t.Run("subdirectory", func(t *testing.T) {
		t.Parallel()
		d, err := Load(write(t, map[string]string{"x.hcl": hub, "sites/y.hcl": "nonsense"}), testKinds, testParse)
		if err != nil || len(d.Warnings) != 2 || !strings.Contains(d.Warnings[1].EN, "subdirectory are not read") {
			t.Errorf("%+v, %v; want warnings of no receiver and of the subdirectory", d, err)
		}
	})
	t.Run("no site", func(t *testing.T) {
		t.Parallel()
		d, err := Load(write(t, map[string]string{"x.hcl": ""}), testKinds, testParse)
		if err != nil || len(d.Warnings) != 2 || !strings.Contains(d.Warnings[0].EN+d.Warnings[1].EN, "no site is described") {
			t.Errorf("%+v, %v; want warnings of no receiver and no site", d, err)
		}
	})
}

// TestSyntaxErrorHidesNothing: other blocks, before and behind a syntax error,
// are still judged, and what they say of the broken one is not held against
// them.
func TestSyntaxErrorHidesNothing(t *testing.T) {
	t.Parallel()
	_, err := loadSource("x.hcl", []byte(`site "a" {
  kind = "towm"
}
site "b" {
  kind = "town
  parent = "a"
}
site "c" {
  kind   = "town"
  parent = "b"
  check "icmp" "x" { target = "10.0.0.1"
    count = 3 }
}
site "d" {
  kind   = "town"
  parent = "c"
  nmae   = "丁"
}
check "icmp" "y" {
  target = "10.0.0.1"
  sites  = ["a", "b", "c", "e"]
}
`), testKinds, testParse)
	var m *Mistakes
	if !errors.As(err, &m) {
		t.Fatal(err)
	}
	var lines []int
	for _, p := range m.Problems {
		lines = append(lines, p.Line)
	}
	if diff := cmp.Diff([]int{2, 5, 11, 17, 21}, lines); diff != "" {
		t.Errorf("lines with problems (-want +got):\n%s\n%v", diff, err)
	}
}

// TestBounds: whatever a source holds, it is judged, without a stack or a list
// that grows with it.
func TestBounds(t *testing.T) {
	t.Parallel()
	n := 16 << 10
	for name, src := range map[string]string{
		"parentheses*":   "a = " + strings.Repeat("(", n),
		"lists*":         "a = " + strings.Repeat("[", n),
		"objects*":       "a = " + strings.Repeat("{a=", n),
		"blocks":         strings.Repeat("a {\n", n),
		"closed blocks":  strings.Repeat("a {\n", n) + strings.Repeat("}\n", n),
		"mixed*":         "a = " + strings.Repeat("(]", n),
		"bangs*":         "a = " + strings.Repeat("!", n),
		"minuses*":       "a = " + strings.Repeat("-", n) + "1",
		"spread signs*":  "a = (\n" + strings.Repeat("-\n", n) + "1)",
		"conditionals*":  "a = " + strings.Repeat("b ? ", n),
		"else branches*": "a = " + strings.Repeat("b ? c : ", n/2) + "d",
		"templates*":     "a = " + strings.Repeat(`"${`, n/2),
		"template ifs*":  "a = \"" + strings.Repeat("%{if a}", n/2) + "\"",
		"heredocs":       "a = " + strings.Repeat("<<A\n${", n/2),
		"operators":      "a = 1" + strings.Repeat(" + 1", n),
		"indices*":       "a = b" + strings.Repeat("[0]", n),
		"attributes":     "a = b" + strings.Repeat(".c", n),
		"splats*":        "a = b" + strings.Repeat("[*]", n),
		"calls*":         "a = " + strings.Repeat("f(", n),
		"for*":           "a = " + strings.Repeat("[for b in ", n/4),
		"garbage lines":  strings.Repeat("=\n", n),
		"words":          strings.Repeat("a = 1\n", n/2),
		"equal blocks":   strings.Repeat("site \"a\" {\n}\n", n/6),
		"equal checks":   "site \"a\" {\nkind = \"hub\"\n" + strings.Repeat("check \"icmp\" \"a\" {\ntarget=\"10.0.0.1\"\n}\n", n/24) + "}\n",
		"unclosed heads": strings.Repeat("site \"a\" {\n(((\n", n/8),
		"numbers":        "a = 1e" + strings.Repeat("9", n),
		"quotes":         strings.Repeat("\"", n),
		"one long line":  "site \"a\" { kind = \"" + strings.Repeat("x", n) + "\" }",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := loadSource("x.hcl", []byte(src), testKinds, testParse)
			var m *Mistakes
			if !errors.As(err, &m) {
				t.Fatalf("error is %v, want Mistakes", err)
			}
			if deep := "nested more than 32 deep"; strings.HasSuffix(name, "*") && !strings.Contains(err.Error(), deep) {
				t.Errorf("error is %.300v, want: %s", err, deep)
			}
			if len(m.Problems) > maxProblems {
				t.Errorf("%d problems, want at most %d", len(m.Problems), maxProblems)
			}
			if text := err.Error(); len(text) > 1<<19 {
				t.Errorf("the text has %d bytes", len(text))
			}
		})
	}
}

// TestManyChecks: a few lines cannot ask for more checks than there is room for.
func TestManyChecks(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i := range 500 {
		fmt.Fprintf(&b, "site \"s%d\" {\n  kind = \"town\"\n}\ncheck \"icmp\" \"c%d\" {\n  target = \"10.0.0.1\"\n  kinds = [\"town\"]\n}\n", i, i)
	}
	_, err := loadSource("x.hcl", []byte(b.String()), testKinds, testParse)
	if err == nil || !strings.Contains(err.Error(), "too many check, want at most 50000") {
		t.Errorf("error is %.300v, want too many checks", err)
	}
}
