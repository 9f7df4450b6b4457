package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fengsui/collector/identity"
	"fengsui/configs"
)

// TestPack: the pack holds what the configuration says and the pin, nothing
// that is a secret, and replaces nothing but a pack.
func TestPack(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data, stick := filepath.Join(dir, "data"), filepath.Join(dir, "stick")
	settings := filepath.Join(dir, "etc")
	for _, d := range []string{data, stick, settings} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	describe := func(lines string) {
		t.Helper()
		text := fmt.Sprintf("collector {\n  data = %q\n%s\n}\nsite \"hub\" {\n  kind = \"hub\"\n}\n", data, lines)
		if err := os.WriteFile(filepath.Join(settings, "collector.hcl"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pack := func(to string) (code int, out, failed string) {
		var o, e strings.Builder
		code = run(t.Context(), []string{"pack", "-o", to, "--config", settings}, &o, &e)
		return code, o.String(), e.String()
	}
	path := filepath.Join(stick, packName)
	const whole = "district = \"青山区\"\naddresses = [\"10.0.0.5:7443\", \"[fd00::5]:7443\"]"
	describe(whole)
	if code, _, err := pack(path); code != 1 || !strings.Contains(err, "start the collector once before") {
		t.Errorf("before the first start: code %d, %q", code, err)
	}
	authority, err := identity.OpenAuthority(filepath.Join(data, "ca"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	for lines, want := range map[string]string{
		"": "names its district", `district = "青山区"`: "addresses = [", `addresses = ["0.0.0.0:7443"]`: "collector.hcl:3",
		"district = \"青山区\"\naddresses = [\"192.0.2.5:7443\"]": "reserved for documentation",
	} {
		describe(lines)
		if code, out, err := pack(path); code != 1 || out != "" || !strings.Contains(err, want) {
			t.Errorf("%q: code %d, %q, %q, want %q", lines, code, out, err, want)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(stick, "*")); len(left) > 0 {
		t.Errorf("the stick holds %q, want nothing", left)
	}
	describe(whole)
	for _, row := range []struct{ to, said string }{
		{path, "the pack is in " + path + "\n"},
		{stick, path + ", in the place of the one that was there"}, // a folder: by its own name
	} {
		code, out, failed := pack(row.to)
		for _, want := range []string{row.said, "青山区", "10.0.0.5:7443 [fd00::5]:7443", authority.Pin(), "enroll --pack " + packName} {
			if code != 0 || failed != "" || !strings.Contains(out, want) {
				t.Errorf("-o %s: code %d, %q, %q, want %q", row.to, code, out, failed, want)
			}
		}
		got, err := configs.LoadPack(path)
		if err != nil {
			t.Fatal(err)
		}
		if got.District != "青山区" || !slices.Equal(got.Collectors, []string{"10.0.0.5:7443", "[fd00::5]:7443"}) || got.Pin != authority.Pin() {
			t.Errorf("the pack is %+v", got)
		}
	}
	if text, err := os.ReadFile(path); err != nil || strings.Contains(string(text), "PRIVATE") || strings.Contains(string(text), data) {
		t.Errorf("the pack is\n%s, %v", text, err)
	}
	// Something else: also a pack that was damaged, which a person should see.
	for what, text := range map[string]string{"a report": "青山区十月报告\n", "half a pack": "district = \"青山区\"\n", "nothing": ""} {
		file := filepath.Join(stick, "other.txt")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		code, out, failed := pack(file)
		if now, err := os.ReadFile(file); code != 1 || out != "" || !strings.Contains(failed, "something else than a pack") || err != nil || string(now) != text {
			t.Errorf("%s: code %d, %q, %q, and it is %q now (%v), want it left alone", what, code, out, failed, now, err)
		}
	}
	link := filepath.Join(stick, "link.txt")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if code, _, failed := pack(link); code != 1 || !strings.Contains(failed, "no regular file") {
		t.Errorf("a link: code %d, %q", code, failed)
	}
	if left, _ := filepath.Glob(filepath.Join(stick, "*.new-*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}
