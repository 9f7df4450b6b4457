package configs

import (
	"testing"

	"fengsui/checks"
	"fengsui/checks/all"
)

// TestNoOptionShadowsAWord: the words of every check come first, so an option
// of the same name could never be set.
func TestNoOptionShadowsAWord(t *testing.T) {
	t.Parallel()
	l := newLoading("x", testKinds, nil)
	body := l.parse("x", []byte("check \"icmp\" \"x\" {\n  target = \"10.0.0.1\"\n  sites = [\"a\"]\n}\n"))
	l.body(l.top(body))
	for _, k := range all.Kinds() {
		for _, o := range checks.Options(k.New()) {
			if l.vocabulary["check"][o.Name] {
				t.Errorf("kind %s has an option %s, want another name: it is a word of every check", k.Name, o.Name)
			}
			if !labelPattern.MatchString(o.Name) {
				t.Errorf("kind %s has an option %q, want a name that HCL takes", k.Name, o.Name)
			}
		}
	}
	if len(l.vocabulary["check"]) < 8 {
		t.Errorf("the words of a check are %v, want all of them", l.vocabulary["check"])
	}
}

// TestShippedLoad: what ships loads with the kinds that ship.
func TestShippedLoad(t *testing.T) {
	t.Parallel()
	d, err := Load(write(t, map[string]string{"district.hcl": Demo(8001, 8002)}), all.Kinds(), testParse)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range d.Sites {
		for _, c := range s.Checks {
			if _, err := c.Spec(all.Find(c.Kind)); err != nil {
				t.Errorf("site %s, check %s: %v", s.ID, c.ID, err)
			}
		}
	}
	if _, err := LoadAgent("agent.hcl", all.Kinds()...); err != nil {
		t.Error(err)
	}
	if _, err := Load(write(t, map[string]string{"x.hcl": minimal}), all.Kinds(), testParse); err != nil {
		t.Error(err)
	}
}
