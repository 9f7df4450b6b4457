package words

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// TestBothLanguages: every key has both sentences, the Chinese one in
// Chinese, and both take the same arguments with the same verbs.
func TestBothLanguages(t *testing.T) {
	t.Parallel()
	for _, m := range all {
		for key, both := range m {
			zh, en := both[0], both[1]
			if strings.TrimSpace(zh) == "" || strings.TrimSpace(en) == "" {
				t.Errorf("%s: zh %q, en %q, want both", key, zh, en)
				continue
			}
			if latin := verb.ReplaceAllString(zh, ""); regexp.MustCompile(`[a-zA-Z]{3}`).MatchString(latin) && !strings.ContainsFunc(zh, isHan) {
				t.Errorf("%s: the Chinese sentence %q has no Chinese", key, zh)
			}
			if strings.ContainsFunc(en, isHan) {
				t.Errorf("%s: the English sentence %q has Chinese", key, en)
			}
			a, err := verbs(zh)
			b, err2 := verbs(en)
			if err != nil || err2 != nil {
				t.Errorf("%s: %v %v", key, err, err2)
				continue
			}
			// A language may leave an argument out only at an explicit index.
			for i := range max(len(a), len(b)) {
				va, vb := at(a, i), at(b, i)
				if va != vb && (va != "" && vb != "" || !strings.Contains(zh+en, "%[")) && !interchangeable(va, vb) {
					t.Errorf("%s: argument %d is %q in zh and %q in en, want the same", key, i+1, va, vb)
				}
			}
		}
	}
}

// TestKeysOnce: a key stands in one map only; a second would win silently.
func TestKeysOnce(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for i, m := range all {
		for key := range m {
			if j, ok := seen[key]; ok {
				t.Errorf("%s stands in map %d and in map %d of all", key, j, i)
			}
			seen[key] = i
		}
	}
}

// TestConstants: every constant of this package is a key with its sentences,
// or the prefix of such keys, which ends in a dot.
func TestConstants(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range parsed.Decls {
			d, ok := decl.(*ast.GenDecl)
			if !ok || d.Tok != token.CONST || strings.HasSuffix(file, "_test.go") {
				continue
			}
			ast.Inspect(d, func(n ast.Node) bool {
				lit, ok := n.(*ast.BasicLit)
				if !ok || lit.Kind != token.STRING {
					return true
				}
				key, err := strconv.Unquote(lit.Value)
				if err != nil {
					t.Fatal(err)
				}
				count++
				if strings.HasSuffix(key, ".") && len(Keys(key)) == 0 || !strings.HasSuffix(key, ".") && !Known(key) {
					t.Errorf("%s: the constant %q has no sentences", file, key)
				}
				return true
			})
		}
	}
	if count < 50 {
		t.Errorf("%d constants, want all", count)
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		key, lang string
		args      []any
		want      string
	}{
		{State + "silent", "zh", nil, "静默"},
		{State + "silent", "en", nil, "silent"},
		{State + "silent", "fr", nil, "silent"},
		{WantPercent, "en", nil, `a percentage such as "5%"`},
		{ConfigUnknownWord, "zh", []any{"parnt", "site", "name"}, "site 中没有“parnt”这个词，可用的有：name"},
		{"nothing.here", "zh", nil, "nothing.here"},
		{"nothing.here", "zh", []any{1}, "nothing.here [1]"},
	} {
		if got := Text(tt.key, tt.lang, tt.args...); got != tt.want {
			t.Errorf("Text(%s, %s) = %q, want %q", tt.key, tt.lang, got, tt.want)
		}
	}
	if !Known(State+"up") || Known("nothing.here") {
		t.Error("Known is wrong about state.up or nothing.here")
	}
	keys := Keys(State)
	slices.Sort(keys)
	if want := []string{"state.degraded", "state.down", "state.silent", "state.unable", "state.unopened", "state.up"}; !slices.Equal(keys, want) {
		t.Errorf("Keys(state.) = %v, want %v", keys, want)
	}
}

// TestVerbs: the reader of verbs that the test above relies on.
func TestVerbs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		want []string
		bad  bool
	}{
		{"plain 5%%", nil, false},
		{"%s and %d", []string{"s", "d"}, false},
		{"%[2]s before %[1]q", []string{"q", "s"}, false},
		{"%[1]s, %s", []string{"s", "s"}, false},
		{"%.1f%%", []string{"f"}, false},
		{"100% sure", nil, true},
		{"ends in %", nil, true},
	} {
		got, err := verbs(tt.text)
		if (err != nil) != tt.bad || err == nil && !slices.Equal(got, tt.want) {
			t.Errorf("verbs(%q) = %q, %v, want %q (error: %v)", tt.text, got, err, tt.want, tt.bad)
		}
	}
}

var verb = regexp.MustCompile(`%([+#]?[0-9.]*)(\[([0-9]+)\])?([a-zA-Z%]?)`)

// verbs returns the verb of each argument of a format.
func verbs(format string) ([]string, error) {
	var all []string
	next := 0
	for _, m := range verb.FindAllStringSubmatch(format, -1) {
		if m[4] == "%" {
			continue
		}
		if m[4] == "" || !strings.Contains("sdqvfxtgc", m[4]) {
			return nil, fmt.Errorf("%q has the verb %q", format, m[0])
		}
		if m[3] != "" {
			n, err := strconv.Atoi(m[3])
			if err != nil || n < 1 || n > 9 {
				return nil, fmt.Errorf("%q has the index %q", format, m[3])
			}
			next = n - 1
		}
		for len(all) <= next {
			all = append(all, "")
		}
		all[next] = m[4]
		next++
	}
	return all, nil
}

func at(all []string, i int) string {
	if i < len(all) {
		return all[i]
	}
	return ""
}

// interchangeable: one language quotes a text with its own marks, the other
// by the verb.
func interchangeable(a, b string) bool { return a == "s" && b == "q" || a == "q" && b == "s" }

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }
