package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fengsui/agent/status"
	"fengsui/checks/lab"
)

// TestStatusOfADiskThatTakesNothing: the file is old because nobody could
// rewrite it. Whoever asks is told how old, and why the agent may be well.
func TestStatusOfADiskThatTakesNothing(t *testing.T) {
	if !lab.AloneWithDisks(t) {
		return
	}
	data := filepath.Join(t.TempDir(), "data")
	lab.Disk(t, data, 1<<20)
	f := &status.File{Site: "qingfu", SiteName: "青福镇", Boot: "of another boot", Written: time.Now().Add(-26 * time.Hour)}
	if err := f.Write(data); err != nil {
		t.Fatal(err)
	}
	told := func(what, zh, en string) {
		t.Helper()
		for lang, want := range map[string]string{"zh": zh, "en": en} {
			code, out, err := try("", "status", "--data", data, "--lang", lang)
			if code != 1 || !strings.Contains(out, "26") || strings.Contains(out, data) != (want != "") || !strings.Contains(out, want) {
				t.Errorf("%s: code %d, %q, %q; want 1, the age, and %q", what, code, out, err, want)
			}
		}
	}
	told("a disk that is well", "", "")
	free := lab.Fill(t, data)
	told("a full disk", "已满", "is full")
	free()
	lab.ReadOnly(t, data, true)
	told("a read-only disk", "只读", "is read-only")
}
