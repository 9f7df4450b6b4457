package configs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fengsui/checks"
)

// write makes a directory of files.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestCompile: a district in several files, in the order that the alphabet
// gives them, becomes one inventory.
func TestCompile(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]string{
		"a-checks.hcl": `
check "http" "portal" {
  service  = "portal"
  sites    = ["hub"]
  kinds    = ["town", "hub"]
  interval = "5s"
  want_v6  = true
  status   = ["200", "302"]
  method   = "HEAD"
  follow   = true
}
check "icmp" "records" {
  target = "192.0.2.7"
  kinds  = ["town"]
}
`,
		"b-sites.hcl": "\uFEFFsite \"qingfu\" {\r\n  name = \"青福镇\"\r\n  kind = \"town\"\r\n  parent = \"hub\"\r\n" +
			"  check \"icmp\" \"gateway\" {\r\n    target = \"10.1.0.1\"\r\n    interval = \"10s\"\r\n    timeout = \"3s\"\r\n    family = \"v4\"\r\n" +
			"    count = 5\r\n    loss_degraded = \"20%\"\r\n  }\r\n}\r\n",
		"c-sites.hcl": `
site "hub" {
  kind = "hub"
}
service "portal" {
  name   = "区政府门户"
  target = "https://portal.gov.cn/"
  owner  = "工信科局"
}
receiver "noc" {
  webhook {
    url = "https://127.0.0.1:9000/hook?x=1"
  }
  send_resolved = false
}
`,
		".hidden.hcl": "this is an editor's",
		"notes.txt":   "so is this",
	})
	d, err := Load(dir, testKinds, testParse)
	if err != nil {
		t.Fatal(err)
	}
	portal := Check{ID: "portal", Kind: "http", Target: "https://portal.gov.cn/", TargetName: "portal",
		Interval: 5 * time.Second, Timeout: 5 * time.Second, WantV6: true,
		Options: map[string][]string{"status": {"200", "302"}, "method": {"HEAD"}, "follow": {"true"}}}
	first, second := portal, portal
	first.Number, second.Number = 1, 2
	want := []Site{
		{ID: "hub", Name: "hub", Kind: "hub", Checks: []Check{first}},
		{ID: "qingfu", Name: "青福镇", Kind: "town", Parent: "hub",
			Checks: []Check{
				{Number: 1, ID: "gateway", Kind: "icmp", Target: "10.1.0.1", TargetName: "gateway", Interval: 10 * time.Second,
					Timeout: 3 * time.Second, Family: checks.V4, Options: map[string][]string{"count": {"5"}, "loss_degraded": {"20%"}}},
				second,
			},
			Pending: []Check{{ID: "records", Kind: "icmp", Target: "192.0.2.7", TargetName: "records", Interval: time.Minute, Timeout: 10 * time.Second}}},
	}
	if diff := cmp.Diff(want, d.Sites); diff != "" {
		t.Errorf("sites (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Service{{"portal", "区政府门户", "https://portal.gov.cn/", "工信科局"}}, d.Services); diff != "" {
		t.Errorf("services (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Receiver{{"noc", "https://127.0.0.1:9000/hook?x=1", 10 * time.Second, false}}, d.Receivers); diff != "" {
		t.Errorf("receivers (-want +got):\n%s", diff)
	}
	if d.Route.Receiver != "noc" {
		t.Errorf("the route goes to %q, want the only receiver", d.Route.Receiver)
	}
	if len(d.Warnings) != 1 || !strings.Contains(d.Warnings[0].EN, `the target of check "icmp" "records", "192.0.2.7", is reserved for documentation`) ||
		d.Warnings[0].Line != 13 || filepath.Base(d.Warnings[0].File) != "a-checks.hcl" || !d.Warnings[0].Warning {
		t.Errorf("warnings are %+v, want one about the documentation address in a-checks.hcl:13", d.Warnings)
	}
	if s := d.Site("qingfu"); s == nil || s.Name != "青福镇" || d.Site("nowhere") != nil {
		t.Errorf("Site finds %+v and %v", s, d.Site("nowhere"))
	}
	spec, err := d.Sites[1].Checks[0].Spec(testKinds[0])
	if err != nil || spec.Timeout != 3*time.Second || spec.Family != checks.V4 || spec.Check.(*ping).Count != 5 || spec.Check.(*ping).Loss != 0.2 {
		t.Errorf("spec is %+v, %v", spec, err)
	}
}

func TestPlaceholder(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"192.0.2.1": true, "198.51.100.255": true, "203.0.113.9": true, "198.18.0.1": true, "198.19.255.255": true,
		"2001:db8::1": true, "3fff::1": true, "::ffff:192.0.2.1": true, "portal.example": true, "a.b.EXAMPLE.": true,
		"192.0.3.1": false, "198.17.0.1": false, "198.20.0.0": false, "127.0.0.1": false, "::1": false, "10.0.0.1": false,
		"2001:db9::1": false, "portal.gov.cn": false, "example.com": false, "myexample": false, "": false,
	} {
		if got := placeholder(host); got != want {
			t.Errorf("placeholder(%q) = %t, want %t", host, got, want)
		}
	}
}

// TestPendingIsNeverAssigned: whatever way a documentation address comes in.
func TestPendingIsNeverAssigned(t *testing.T) {
	t.Parallel()
	d, err := loadSource("x.hcl", []byte(`
site "a" {
  kind = "hub"
  check "icmp" "own" {
    target = "2001:db8::1"
  }
  check "http" "of-service" {
    service = "portal"
  }
  check "icmp" "loopback" {
    target = "::1"
  }
}
service "portal" {
  target = "https://198.51.100.7:8443/x"
}
`), testKinds, testParse)
	if err != nil {
		t.Fatal(err)
	}
	if s := d.Sites[0]; len(s.Checks) != 1 || s.Checks[0].ID != "loopback" || s.Checks[0].Number != 1 || len(s.Pending) != 2 {
		t.Errorf("checks %+v, pending %+v; want loopback alone to be assigned", s.Checks, s.Pending)
	}
}

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

// TestTargetBesideOptions: a wrong option hides no wrong target, nor the other
// way round.
func TestTargetBesideOptions(t *testing.T) {
	t.Parallel()
	_, err := loadSource("x.hcl", []byte(`site "a" {
  kind = "hub"
  check "icmp" "x" {
    target = "10.0.0.1/8"
    count  = 0
    family = "v5"
  }
}
`), testKinds, testParse)
	var m *Mistakes
	if !errors.As(err, &m) || len(m.Problems) != 3 {
		t.Errorf("mistakes are %v, want those of lines 4, 5 and 6", err)
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

// TestWithoutParser: a caller that evaluates no rules need not hand one in.
func TestWithoutParser(t *testing.T) {
	t.Parallel()
	if _, err := loadSource("x.hcl", nil, nil, nil); err != nil {
		t.Error(err)
	}
}

func TestDemo(t *testing.T) {
	t.Parallel()
	d, err := Load(write(t, map[string]string{"district.hcl": Demo(8001, 8002)}), demoKinds(), testParse)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, s := range d.Sites {
		var ids []string
		for _, c := range s.Checks {
			ids = append(ids, c.ID)
		}
		got[s.ID+" < "+s.Parent] = strings.Join(ids, " ")
	}
	want := map[string]string{
		"hub < ":            "gateway portal",
		"qingfu < hub":      "gateway portal-over-line portal-port portal-v6",
		"qingfu-1 < qingfu": "gateway portal-over-line portal-port portal-v6",
		"qingfu-2 < qingfu": "gateway portal-over-line portal-port portal-v6",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("checks (-want +got)\n%s", diff)
	}
	if hub := d.Site("hub"); len(hub.Pending) != 1 || len(d.Warnings) != 2 {
		t.Errorf("got %d pending checks and %d warnings, want one for the documentation address, and a warning of no receiver", len(hub.Pending), len(d.Warnings))
	}
}
