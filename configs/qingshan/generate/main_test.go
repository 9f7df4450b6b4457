package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fengsui/checks/all"
	"fengsui/configs"
)

// TestGenerated: what is committed is what the tables say.
func TestGenerated(t *testing.T) {
	t.Parallel()
	files, err := generate("..")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s differs from its table, run go generate ./configs/qingshan/generate (-want +got)\n%s", name, diff)
		}
	}
	written, err := filepath.Glob("../*.hcl")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range written {
		if _, ok := files[filepath.Base(path)]; !ok && filepath.Base(path) != "district.hcl" {
			t.Errorf("%s comes from no table", path)
		}
	}
}

// TestQingshan: the shipped district is whole, sends nothing to anybody until
// it is filled in, and would load no service with more than 10 requests a
// minute then.
func TestQingshan(t *testing.T) {
	t.Parallel()
	d, err := configs.Load("..", all.Kinds(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if d.Load != configs.DefaultLoadLimits() {
		t.Errorf("its load may be %+v, want the limits as they are: %+v", d.Load, configs.DefaultLoadLimits())
	}
	kinds := map[string]int{}
	for _, s := range d.Sites {
		kinds[s.Kind]++
		if len(s.Checks) > 0 {
			t.Errorf("site %s is assigned %d checks, want none before anything is registered", s.ID, len(s.Checks))
		}
		if s.Kind != "city" && !slices.ContainsFunc(s.Pending, func(c configs.Check) bool { return c.TargetName == "xietong-bangong" }) {
			t.Errorf("site %s does not look at the office system (A75), want every site", s.ID)
		}
	}
	if want := map[string]int{"city": 1, "hub": 1, "town": 11, "community": 78}; !maps.Equal(kinds, want) {
		t.Errorf("%d sites of kinds %v, want 91 of %v", len(d.Sites), kinds, want)
	}
	for _, u := range d.Units {
		if u.Budget != "unset" {
			t.Errorf("unit %s has budget %q, which the plan does not say", u.ID, u.Budget)
		}
	}
	if len(d.Units) != 42 || len(d.Links) != 90 {
		t.Errorf("%d units and %d links, want 42 and 90", len(d.Units), len(d.Links))
	}
	sections := map[string]bool{}
	for _, s := range d.Services {
		sections[s.Section] = true
		if !s.Pending {
			t.Errorf("service %s has a target that somebody may answer at", s.ID)
		}
	}
	for _, want := range strings.Fields(marked) {
		if !sections[want] {
			t.Errorf("no service of %s, want each that the plan has us watch", want)
		}
	}
	plan, err := d.PlannedLoad(all.Kinds())
	if err != nil {
		t.Fatal(err)
	}
	if len(plan.Services) != len(d.Services) {
		t.Errorf("%d of %d services are looked at, want all", len(plan.Services), len(d.Services))
	}
	for _, s := range plan.Services {
		if s.PerMinute > 10 {
			t.Errorf("service %s would have %.1f requests a minute, want at most 10", s.ID, s.PerMinute)
		}
	}
	for _, w := range d.Warnings {
		if w.File != "" && !strings.Contains(w.EN, "to be registered") && !strings.Contains(w.EN, "nobody polls it") && !strings.Contains(w.EN, "receiver") {
			t.Errorf("it warns: %s: %s", w.Place(), w.EN)
		}
	}
}

// marked are the rows of the plan that are services to watch. A63, A66, A67
// and A84 are fed by us and not looked at.
const marked = `A01 A02 A03 A04 A05 A06 A07 A08 A09 A10 A12 A17 A18 A19 A20 A21 A22 A23 A24 A25 A26 A27 A28 A29 A30
A31 A32 A33 A34 A35 A36 A37 A38 A39 A41 A42 A43 A44 A45 A46 A47 A48 A49 A50 A51 A52 A53 A54 A55 A56 A57 A58 A59
A61 A62 A64 A65 A68 A69 A70 A71 A72 A73 A74 A75 A76 A77 A78 A79 A80 A81 A82 A83 A88`
