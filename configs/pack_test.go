package configs

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var testPin = "sha256:" + strings.Repeat("0f", 32)

// TestPackReadBack: what is written is read back equal, also when an editor on
// another system saved it.
func TestPackReadBack(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"青山区", `区 "东" \u0041`, "a ${b} %{c} $${d} %%{e} $", "#1"} {
		want := &Pack{District: name, Collectors: []string{"10.0.0.5:7443", "[fd00::5]:7443", "collector.test:443"}, Pin: testPin}
		text := string(want.Text())
		for how, text := range map[string]string{"as written": text, "by Windows": "\uFEFF" + strings.ReplaceAll(text, "\n", "\r\n")} {
			path := filepath.Join(t.TempDir(), "fengsui-pack.txt")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := LoadPack(path)
			if err != nil {
				t.Errorf("%s %s: %v", name, how, err)
			} else if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s %s (-want +got):\n%s", name, how, diff)
			}
		}
		if how := "fengsui-agent enroll --pack"; strings.Count(text, how) != 2 {
			t.Errorf("the pack is\n%s\nwant %q in both languages", text, how)
		}
		for line := range strings.Lines(text) {
			if len([]rune(line)) > 100 {
				t.Errorf("the line %q is longer than a screen", line)
			}
		}
	}
}

// TestPackMistakes: every one at once, where it is.
func TestPackMistakes(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		text string
		want map[int]string // parts of what is said, by line
	}{
		{"", map[int]string{1: "the pack lacks district"}},
		{"district = 5\ncollectors = []\npin = \"sha256:0F\"\n", map[int]string{1: "want a text", 2: "at least one text", 3: "sha256: and 64 hex digits"}},
		{"district = \"a\"\ncollectors = [\"10.0.0.5\"]\npin = \"" + strings.ToUpper(testPin) + "\"\ncode = \"7K3M9PQ2XA\"\n",
			map[int]string{2: "want a host and a port", 3: "small letters", 4: `"code" is no word of the pack`}},
		{"district = \"a\\nb\"\ncollectors = [\"a:1\", \"a:1\"]\npin = null\nsite \"a\" {\n}\n",
			map[int]string{1: "one line of visible", 2: "every value once", 3: "null", 4: `"site" is no block`}},
		{"district = \"${a}\"\ncollectors = \"10.0.0.5:1\"\npin = [\"a\"]\ndistrict = \"b\"\n", map[int]string{1: "is the expression", 2: "a list of texts", 3: "a text in quotes", 4: "set twice"}},
		{"district = \"a\"\ncollectors = [" + strings.Repeat("\"a:1\", ", 17) + "]\npin = \"" + testPin + "\"\n", map[int]string{2: "at most 16"}},
		{"{\"site\": \"an identity\"}", map[int]string{1: "syntax"}},
		{"\x00\x01ELF", map[int]string{1: "syntax"}},
	} {
		_, err := newReading("x").pack("x", []byte(row.text))
		var m *Mistakes
		if !errors.As(err, &m) {
			t.Errorf("%q: error is %v, want Mistakes", row.text, err)
			continue
		}
		for line, want := range row.want {
			if !slices.ContainsFunc(m.Problems, func(p Problem) bool { return p.Line == line && strings.Contains(p.EN, want) }) {
				t.Errorf("%q: want line %d: … %s …, got\n%v", row.text, line, want, err)
			}
		}
	}
	dir := write(t, map[string]string{"large": strings.Repeat("#", maxPack) + "\n"})
	for path, want := range map[string]string{dir: "no regular file", filepath.Join(dir, "large"): "64KiB and no pack", filepath.Join(dir, "none"): "no such file"} {
		if _, err := LoadPack(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
}

// TestPackOfDistrict: it holds what the configuration says, and a
// configuration that does not say it is told what it lacks.
func TestPackOfDistrict(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ text, want string }{
		{`district = "青山区"`, "addresses at which agents reach this collector are not set"},
		{`addresses = ["10.0.0.5:7443"]`, "names its district"},
		{"district = \"青山区\"\naddresses = [\"10.0.0.5:7443\", \"192.0.2.5:7443\"]", "192.0.2.5:7443 in addresses is reserved for documentation"},
		{"district = \"青山区\"\naddresses = [\"fengsui.example:7443\"]", "reserved for documentation"},
		{"district = \"青山区\"\naddresses = [\"10.0.0.5:7443\", \"[fd00::5]:7443\"]", ""},
	} {
		d, err := loadSource("x.hcl", []byte("collector {\n"+row.text+"\n}\n"), testKinds, testParse)
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.Pack(testPin)
		if row.want != "" {
			if err == nil || got != nil || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "!") {
				t.Errorf("%s: %+v, %v, want %q", row.text, got, err, row.want)
			}
			continue
		}
		want := &Pack{District: "青山区", Collectors: []string{"10.0.0.5:7443", "[fd00::5]:7443"}, Pin: testPin}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got)\n%s", row.text, err, diff)
		}
	}
}
