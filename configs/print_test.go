package configs

import (
	"errors"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestPrinted: the text that is printed of a file full of mistakes.
func TestPrinted(t *testing.T) {
	t.Parallel()
	src, err := os.ReadFile("testdata/printed/mistakes.hcl")
	if err != nil {
		t.Fatal(err)
	}
	_, err = loadSource("mistakes.hcl", src, testKinds, testParse)
	if err == nil {
		t.Fatal("no mistake was found")
	}
	var m *Mistakes
	if !errors.As(err, &m) {
		t.Fatalf("the error is a %T, want Mistakes", err)
	}
	var b strings.Builder
	if err := Write(&b, append(m.Problems, m.Warnings...), false, 100); err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/printed/mistakes.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("printed (-want +got); go test -update writes it anew:\n%s", diff)
	}
}

// TestPrintedSafely: lines and what a terminal would act on stay bounded.
func TestPrintedSafely(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, src string
		want      []string
		avoid     string
	}{
		{"escape", "site \"hub\" {\n  kind = \"\u009b31m\"\n}\n", []string{"\uFFFD"}, "\u009b"},
		{"long before", "x = [" + strings.Repeat("1, ", 5000) + "\"end\"]", []string{"^"}, ""},
		{"long value", "site \"hub\" {\n  kind = \"" + strings.Repeat("长", 5000) + "\"\n}\n", []string{"^", "…"}, ""},
		{"empty file", "", nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := loadSource("x.hcl", []byte(tt.src), testKinds, testParse)
			if err == nil {
				if tt.want != nil {
					t.Fatal("no mistake was found")
				}
				return
			}
			var m *Mistakes
			if !errors.As(err, &m) {
				t.Fatal(err)
			}
			var b strings.Builder
			if err := Write(&b, m.Problems, true, 80); err != nil {
				t.Fatal(err)
			}
			for _, want := range tt.want {
				if !strings.Contains(b.String(), want) {
					t.Errorf("printed %q, want %q in it", b.String(), want)
				}
			}
			if tt.avoid != "" && strings.Contains(b.String(), tt.avoid) {
				t.Errorf("printed %q, want no %q", b.String(), tt.avoid)
			}
			for _, line := range strings.Split(b.String(), "\n") {
				if strings.Contains(line, " |") && Columns(uncolored.Replace(line)) > 80 {
					t.Errorf("a line of source has %d columns, want at most 80: %q", Columns(uncolored.Replace(line)), line)
				}
			}
		})
	}
}

var uncolored = strings.NewReplacer("\x1b[0m", "", "\x1b[1m", "", "\x1b[2m", "", "\x1b[31m", "", "\x1b[33m", "")

func TestNear(t *testing.T) {
	t.Parallel()
	known := []string{"target", "timeout", "interval", "family", "name"}
	for _, tt := range []struct{ name, want string }{
		{"targt", "target"}, {"tragte", "target"}, {"timout", "timeout"}, {"nmae", "name"},
		{"familiy", "family"}, {"colour", ""}, {"x", ""}, {strings.Repeat("t", 100), ""}, {"", ""},
	} {
		if got := near(tt.name, known); got != tt.want {
			t.Errorf("near(%q) = %q, want %q", tt.name, got, tt.want)
		}
	}
}
