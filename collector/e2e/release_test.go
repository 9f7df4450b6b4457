package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fengsui/collector/e2e"
)

// TestReleases: the programs of the release before and those of now speak with
// each other both ways, and each goes on with the files of the other. A town
// is upgraded months after its collector, and nothing is lost by it.
func TestReleases(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	before := release(t)
	d := district(t, 20*time.Second)
	target := listener(t)
	var sites strings.Builder
	for _, id := range []string{"qingfu", "hexi", "dongguan"} {
		sites.WriteString(site(id, target, 3))
	}
	must(t, d.Configure("sites.hcl", sites.String()))

	d.Bin = before
	must(t, d.StartCollector(ctx))
	old := enrol(t, d, "qingfu")
	d.Agents = bin
	young := enrol(t, d, "hexi")
	for _, a := range []*e2e.Agent{old, young} {
		must(t, a.Start())
		results(t, d, a.Site, 10)
	}

	d.Collector().Kill()
	d.Bin, d.Agents = bin, before
	must(t, d.StartCollector(ctx))
	late := enrol(t, d, "dongguan")
	must(t, late.Start())
	agents := []*e2e.Agent{old, young, late}
	for _, a := range agents {
		more(t, d, a, 10)
	}

	must(t, old.Process().Stop(patience))
	old.Install(bin)
	must(t, old.Start())
	more(t, d, old, 10)
	for _, a := range agents {
		drained(t, d, a)
	}
	for _, a := range agents {
		reconcile(t, d, a)
	}
}

// more waits until the collector holds n more results of an agent's site.
func more(t *testing.T, d *e2e.District, a *e2e.Agent, n uint64) {
	t.Helper()
	books, err := d.Books(t.Context())
	must(t, err)
	held, _ := books.Holes(a.Site)
	results(t, d, a.Site, held+n)
}

// release builds the programs of the newest release, or before there is one
// those of the commit that froze the wire, and returns their folder.
func release(t *testing.T) string {
	t.Helper()
	root := filepath.Join("..", "..")
	git := func(args ...string) (string, error) {
		out, err := exec.CommandContext(t.Context(), "git", append([]string{"-C", root}, args...)...).Output()
		return strings.TrimSpace(string(out)), err
	}
	// A copy of the sources without their history, or inside another's.
	if prefix, err := git("rev-parse", "--show-prefix"); err != nil || prefix != "" {
		t.Skip("there is no git history here to build the release before from")
	}
	ref, err := git("describe", "--tags", "--match", "v*", "--abbrev=0", "HEAD")
	if err != nil {
		ref, err = git("log", "--first-parent", "-m", "--diff-filter=A", "--format=%H", "-1", "--", "collector/wire/testdata/frozen.txt")
	}
	if head, headErr := git("rev-parse", "HEAD"); err != nil || headErr != nil || ref == "" || ref == head {
		t.Skip("the git history here does not reach back to the release before")
	}
	t.Logf("the release before is %s", ref)
	dir := t.TempDir()
	tree, out := filepath.Join(dir, "tree.tar"), filepath.Join(dir, "bin")
	if _, err := git("archive", "--output", tree, ref); err != nil {
		t.Fatalf("unpack %s: %v", ref, err)
	}
	source := filepath.Join(dir, "source")
	must(t, os.Mkdir(source, 0o755))
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w -X main.version="+ref, "-o", out+"/",
		"./agent/cmd/fengsui-agent", "./collector/cmd/fengsui-collector")
	build.Dir, build.Env = source, append(os.Environ(), "CGO_ENABLED=0")
	for _, cmd := range []*exec.Cmd{exec.CommandContext(t.Context(), "tar", "-xf", tree, "-C", source), build} {
		if said, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("build %s: %s: %v\n%s", ref, cmd, err, said)
		}
	}
	return out
}
