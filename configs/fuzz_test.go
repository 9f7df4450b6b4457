package configs

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"fengsui/checks"
)

// FuzzLoad: whatever a file holds, it is either a district that holds
// together, or mistakes that can be shown.
func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"*.hcl", "alerts/*.hcl", "testdata/*/*.hcl"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatal(pattern, err)
		}
		for _, file := range files {
			src, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(src)
		}
	}
	f.Add([]byte("\uFEFFsite \"a\" {\r\n  kind = \"hub\"\r\n}\r\n"))
	f.Add([]byte("site \"\xc7\xe0\" {}"))
	f.Add([]byte("a = <<X\n${\"%{if}\"}\nX\n"))
	kinds := map[string]*checks.Kind{}
	for _, k := range demoKinds() {
		kinds[k.Name] = k
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		if len(src) > maxFile {
			return // refused before it is parsed
		}
		if a, err := newReading("x").agent("x", src, testKinds); err != nil {
			shown(t, err)
		} else if a.MaxConcurrent < 1 || len(a.AllowPrefixes) == 0 || a.Busy > a.Idle {
			t.Errorf("the agent is %+v", a)
		}
		d, err := loadSource("x.hcl", src, demoKinds(), testParse)
		if err != nil {
			if d != nil {
				t.Error("both a district and mistakes")
			}
			shown(t, err)
			return
		}
		for _, s := range d.Sites {
			if s.Parent != "" && d.Site(s.Parent) == nil {
				t.Errorf("site %s has the parent %s, which is none", s.ID, s.Parent)
			}
			for i, c := range s.Checks {
				if c.Number != uint32(i+1) || c.Timeout > c.Interval || c.Target == "" {
					t.Errorf("check %+v", c)
				}
				if _, err := c.Spec(kinds[c.Kind]); err != nil {
					t.Errorf("check %+v: %v", c, err)
				}
			}
		}
	})
}

// FuzzPack: whatever a file holds, it is either a pack that is read back
// equal when it is written, or mistakes that can be shown.
func FuzzPack(f *testing.F) {
	pin := "sha256:" + strings.Repeat("0f", 32)
	for _, p := range []Pack{
		{District: "青山区", Collectors: []string{"10.0.0.5:7443", "[fd00::5]:7443"}, Pin: pin},
		{District: `a"\\${b}%{if}$${`, Collectors: []string{"collector.test:1"}, Pin: pin},
	} {
		f.Add(p.Text())
	}
	f.Add([]byte("\uFEFFdistrict = \"a\"\r\ncollectors = [1]\r\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		if len(src) > maxPack {
			return // refused before it is parsed
		}
		p, err := newReading("x").pack("x", src)
		if err != nil {
			shown(t, err)
			return
		}
		if p.District == "" || len(p.Collectors) == 0 || len(p.Collectors) > maxAddresses || len(p.Pin) != len(pin) {
			t.Errorf("the pack is %+v", p)
		}
		again, err := newReading("x").pack("x", p.Text())
		if err != nil {
			t.Fatalf("%+v was written as\n%s\nand read as %v", p, p.Text(), err)
		}
		if diff := cmp.Diff(p, again); diff != "" {
			t.Errorf("read back (-before +after):\n%s", diff)
		}
	})
}

func shown(t *testing.T, err error) {
	t.Helper()
	var m *Mistakes
	if !errors.As(err, &m) || len(m.Problems) == 0 || err.Error() == "" {
		t.Fatalf("error is %#v, want Mistakes", err)
	}
	for _, p := range append(m.Problems, m.Warnings...) {
		if p.ZH == "" || p.EN == "" || !utf8.ValidString(p.ZH+p.EN) || p.From < 0 || p.From > p.To || p.To > len(p.Text) {
			t.Errorf("problem %+v", p)
		}
	}
	if err := Write(io.Discard, m.Problems, true, 1); err != nil {
		t.Error(err)
	}
}
