package all_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"fengsui/checks"
	"fengsui/checks/all"
)

var word = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)

// TestKindsAreSound is the law for every kind in the list: what a page, a rule
// or a person reads of it is there and is written alike.
func TestKindsAreSound(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, k := range all.Kinds() {
		if seen[k.Name] || !word.MatchString(k.Name) {
			t.Errorf("kind %q: want a name of its own in small letters", k.Name)
		}
		seen[k.Name] = true
		if all.Find(k.Name) != k {
			t.Errorf("kind %s: Find does not find it", k.Name)
		}
		if r := []rune(k.Doc); len(r) == 0 || unicode.IsUpper(r[0]) || strings.HasSuffix(k.Doc, ".") || strings.Contains(k.Doc, "\n") {
			t.Errorf("kind %s: doc %q, want one line, no capital, no period", k.Name, k.Doc)
		}
		for _, m := range k.Measurements {
			soundMeasurement(t, k, m)
		}
		for _, d := range k.Reasons {
			soundReason(t, k, d)
		}
		for _, o := range checks.Options(k.New()) {
			if !word.MatchString(o.Name) || o.Doc == "" {
				t.Errorf("kind %s: option %q with doc %q, want a name in small letters and a doc", k.Name, o.Name, o.Doc)
			}
			// A text or list that is empty by default means "not set".
			if slices.Equal(o.Default, []string{""}) || len(o.Default) == 0 {
				continue
			}
			if err := checks.Set(k.New(), o.Name, o.Default...); err != nil {
				t.Errorf("kind %s: its own default is refused: %v", k.Name, err)
			}
		}
		_, wants := k.New().(checks.Confidant)
		if has := slices.ContainsFunc(checks.Options(k.New()), func(o checks.Option) bool { return o.Name == checks.SecretOption }); has != wants {
			t.Errorf("kind %s: has option %s: %v, is told a secret: %v; want both or neither", k.Name, checks.SecretOption, has, wants)
		}
		if k.New() == k.New() {
			t.Errorf("kind %s: New returns one check twice, want a fresh one", k.Name)
		}
	}
	if !slices.IsSortedFunc(all.Kinds(), func(a, b *checks.Kind) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("the kinds are not in the order of their names")
	}
	if all.Find("nosuch") != nil {
		t.Error("Find finds a kind that is not there")
	}
	checks.NewCatalogue(all.Kinds()) // panics when two reasons share a code
}

// Base units, as Prometheus names them, and what a plain count may end in.
// Bits per second are what lines are bought and judged in.
var units = map[string]bool{"seconds": true, "bytes": true, "ratio": true, "bits_per_second": true, "per_second": true, "": true}

func soundMeasurement(t *testing.T, k *checks.Kind, m checks.Measurement) {
	t.Helper()
	switch {
	case !word.MatchString(m.Name) || strings.HasPrefix(m.Name, k.Name+"_"):
		t.Errorf("%s: measurement %q, want small letters without the kind's name", k.Name, m.Name)
	case !units[m.Unit]:
		t.Errorf("%s: measurement %s in %q, want a base unit", k.Name, m.Name, m.Unit)
	case m.Unit != "" && !strings.HasSuffix(strings.TrimSuffix(m.Name, "_total"), "_"+m.Unit):
		t.Errorf("%s: measurement %s, want a name that ends in _%s", k.Name, m.Name, m.Unit)
	case m.Unit == "" && regexp.MustCompile(`_(seconds|bytes|ratio|ms|millis|percent|kb|mb|minutes|hours)$`).MatchString(m.Name):
		t.Errorf("%s: measurement %s is a plain count by its unit and not by its name", k.Name, m.Name)
	case m.Type != "gauge" && m.Type != "counter":
		t.Errorf("%s: measurement %s of type %q, want gauge or counter", k.Name, m.Name, m.Type)
	case (m.Type == "counter") != strings.HasSuffix(m.Name, "_total"):
		t.Errorf("%s: measurement %s of type %s, want _total on counters and on nothing else", k.Name, m.Name, m.Type)
	case regexp.MustCompile(`_(count|sum|bucket|info)$`).MatchString(m.Name):
		t.Errorf("%s: measurement %s ends like a histogram's or info series", k.Name, m.Name)
	case m.Doc == "" || strings.HasSuffix(m.Doc, "."):
		t.Errorf("%s: measurement %s with doc %q, want one line without a period", k.Name, m.Name, m.Doc)
	}
}

func soundReason(t *testing.T, k *checks.Kind, d checks.Declaration) {
	t.Helper()
	if !word.MatchString(d.Code) || len(d.Code) > 32 {
		t.Errorf("%s: reason %q, want small letters, at most 32", k.Name, d.Code)
	}
	if d.State == checks.Up || d.State == checks.Silent || !d.State.Valid() {
		t.Errorf("%s: reason %s means %v, want degraded, down or unable", k.Name, d.Code, d.State)
	}
	braces := regexp.MustCompile(`\{([^}]*)\}`)
	for lang, sentence := range map[string]string{"zh": d.ZH, "en": d.EN} {
		named := map[string]bool{}
		for _, m := range braces.FindAllStringSubmatch(sentence, -1) {
			named[m[1]] = true
			if !slices.Contains(d.Args, m[1]) {
				t.Errorf("%s: reason %s (%s) names {%s}, which is no argument", k.Name, d.Code, lang, m[1])
			}
		}
		for _, a := range d.Args {
			if !named[a] {
				t.Errorf("%s: reason %s (%s) does not say {%s}", k.Name, d.Code, lang, a)
			}
		}
		if strings.Contains(sentence, "\n") || strings.HasSuffix(sentence, "。") || strings.HasSuffix(sentence, ".") {
			t.Errorf("%s: reason %s (%s): want one sentence without a full stop", k.Name, d.Code, lang)
		}
	}
	if !strings.ContainsFunc(d.ZH, func(r rune) bool { return unicode.Is(unicode.Han, r) }) || strings.ContainsFunc(d.EN, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		t.Errorf("%s: reason %s: want Chinese in zh and none in en", k.Name, d.Code)
	}
}
