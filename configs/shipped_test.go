package configs

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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

// TestRunsFitTheirTimeout: what could never end in time is refused here, and
// is not unable at every run.
func TestRunsFitTheirTimeout(t *testing.T) {
	t.Parallel()
	for check, want := range map[string]string{
		`"icmp" "x" { target = "10.0.0.1" }`:                                  "",
		"\"icmp\" \"x\" {\n target = \"10.0.0.1\"\n interval = \"1s\"\n}":     "", // five requests just fit
		"\"icmp\" \"x\" {\n target = \"10.0.0.1\"\n timeout = \"500ms\"\n}":   "timeout is 500ms, want at least 920ms",
		"\"icmp\" \"x\" {\n target = \"10.0.0.1\"\n gap = \"3s\"\n}":          "timeout is 10s, want at least 12.12s",
		"\"tcp\" \"x\" {\n target = \"10.0.0.1:80\"\n timeout = \"100ms\"\n}": "",
		"\"tcp\" \"x\" {\n target = \"10.0.0.1:80\"\n hold = \"10s\"\n}":      "timeout is 10s, want at least 10.1s",
	} {
		_, err := loadSource("x.hcl", []byte("site \"a\" {\n kind = \"hub\"\n check "+check+"\n}\n"), all.Kinds(), testParse)
		if (err != nil) != (want != "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", check, err, want)
		}
	}
}

// TestReloadStartsAfresh: nothing of one load is left in the next, nor is the
// district changed that another goroutine still reads.
func TestReloadStartsAfresh(t *testing.T) {
	t.Parallel()
	load := func(src string) *District {
		d, err := loadSource("x.hcl", []byte(src), all.Kinds(), testParse)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	full, err := os.ReadFile("collector.hcl")
	if err != nil {
		t.Fatal(err)
	}
	little := "route {\n}\nreceiver \"noc\" {\n  webhook {\n    url = \"http://127.0.0.1/\"\n  }\n}\nsite \"hub\" {\n  kind = \"hub\"\n  check \"http\" \"x\" {\n    target = \"http://10.0.0.1/\"\n  }\n}\n"
	much := strings.NewReplacer("alertname", "site", "45s", "5m", `names = []`, `names = ["a.example"]`).Replace(string(full)) +
		"check \"http\" \"y\" {\n  target = \"http://10.0.0.1/\"\n  sites = [\"hub\"]\n  status = [\"404\"]\n  header = [\"A: b\"]\n}\n"
	first := load(little)
	kept := load(much)
	if diff := cmp.Diff(first, load(little), comparing); diff != "" {
		t.Errorf("another load in between changed what a file says (-before +after)\n%s", diff)
	}
	if diff := cmp.Diff(load(much), kept, comparing); diff != "" {
		t.Errorf("a later load changed an earlier district (-fresh +kept)\n%s", diff)
	}
	if kept.Collector.SiteSilence == first.Collector.SiteSilence || cmp.Equal(kept.Route, first.Route) || len(kept.Collector.Names) == 0 {
		t.Errorf("the two files say the same: %+v", kept)
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
