package configs

import (
	"bufio"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
)

// TestInvalid: each file of testdata/invalid holds one mistake, on a line that
// ends in a comment "# WANT what is said" ("# WANT^": on the line above), and
// loading it reports exactly that, there.
func TestInvalid(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/invalid/*.hcl")
	if err != nil || len(files) < 50 {
		t.Fatalf("%d files, %v, want all of testdata/invalid", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".hcl"), func(t *testing.T) {
			t.Parallel()
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			line, want := wanted(t, string(src))
			d, err := loadSource(filepath.Base(file), src, testKinds, testParse)
			var m *Mistakes
			if !errors.As(err, &m) || d != nil {
				t.Fatalf("loaded as %+v, %v, want an error", d, err)
			}
			if len(m.Problems) != 1 {
				t.Fatalf("%d problems, want one:\n%v", len(m.Problems), err)
			}
			p := m.Problems[0]
			if p.Line != line || !strings.Contains(p.EN, want) {
				t.Errorf("got line %d: %s\nwant line %d: … %s …", p.Line, p.EN, line, want)
			}
			if !strings.ContainsFunc(p.ZH, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
				t.Errorf("no Chinese sentence: %q", p.ZH)
			}
			if p.To > len(p.Text) || p.From >= p.To && p.From != len(p.Text) {
				t.Errorf("marked %d to %d of %q, want something", p.From, p.To, p.Text)
			}
		})
	}
}

func wanted(t *testing.T, src string) (line int, want string) {
	t.Helper()
	s := bufio.NewScanner(strings.NewReader(src))
	for n := 1; s.Scan(); n++ {
		if _, want, ok := strings.Cut(s.Text(), "# WANT "); ok {
			return n, want
		}
		if _, want, ok := strings.Cut(s.Text(), "# WANT^ "); ok {
			return n - 1, want
		}
	}
	t.Fatal("no comment # WANT")
	return 0, ""
}
