package e2e_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"fengsui/collector/e2e"
)

var instanceText = regexp.MustCompile(`(?m)^    ([0-9a-f]{12})  (\S+) `)

// instances are the processes of a site as agent list shows them: their ids
// by what it says of them.
func instances(t *testing.T, d *e2e.District, site string) map[string][]string {
	t.Helper()
	out, err := d.Run(t.Context(), "agent", "list", site)
	must(t, err)
	all := map[string][]string{}
	for _, m := range instanceText.FindAllStringSubmatch(out, -1) {
		all[m[2]] = append(all[m[2]], m[1])
	}
	return all
}

const cloned = "身份重复，数据被拒收"

// TestCopiedDataDirectory: a copy is started beside its original. Both are
// stopped, go on probing, and are shown; the one that is kept loses nothing.
func TestCopiedDataDirectory(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	d := district(t, 20*time.Second)
	must(t, d.Configure("sites.hcl", site("qingfu", listener(t), 3)))
	must(t, d.StartCollector(ctx))
	a := enrol(t, d, "qingfu")
	must(t, a.Start())
	results(t, d, "qingfu", 9)
	first := instances(t, d, "qingfu")["上报中"]
	b, err := d.Copy(a, "copy")
	must(t, err)
	must(t, b.Start())
	until(t, "the clone to be proved", func() error {
		if all := instances(t, d, "qingfu"); len(all[cloned]) != 2 || len(first) != 1 || !slices.Contains(all[cloned], first[0]) {
			return fmt.Errorf("agent list shows %v, want two machines, one of them %v", all, first)
		}
		return nil
	})
	page, err := d.Web().Get(ctx, "/plain")
	must(t, err)
	if !strings.Contains(page, "两台机器使用本站身份") {
		t.Error("/plain does not say at its site that there are two machines")
	}
	books, err := d.Books(ctx)
	must(t, err)
	before, _ := books.Holes("qingfu")
	must(t, d.Collector().Stop(patience))
	must(t, d.StartCollector(ctx)) // which must remember
	until(t, "the alert's series", func() error {
		v, err := d.Web().Scalar(ctx, `fengsui_known_identity_clone{site="qingfu"}`)
		if err == nil && v != 1 {
			err = fmt.Errorf("it is %v, want 1", v)
		}
		return err
	})
	books, err = d.Books(ctx)
	must(t, err)
	if now, _ := books.Holes("qingfu"); now != before {
		t.Errorf("the collector holds %d results, %d before: want nothing taken of a clone", now, before)
	}

	if out, err := d.Run(ctx, "agent", "keep", "qingfu", first[0]); err != nil || !strings.Contains(out, first[0]) {
		t.Fatalf("keep: %q, %v", out, err)
	}
	until(t, "the kept one to be heard", func() error {
		if all := instances(t, d, "qingfu"); !slices.Equal(all["上报中"], first) {
			return fmt.Errorf("agent list shows %v", all)
		}
		return nil
	})
	until(t, "something to wait at the other one", func() error {
		if m := waiting.FindStringSubmatch(b.Status(ctx)); m == nil || m[1] == "0" {
			return fmt.Errorf("its status says %q", m)
		}
		return nil
	})
	must(t, b.Process().Stop(patience))
	kept := map[string]bool{}
	until(t, "everything of the kept one to be stored", func() error {
		if a.Process() != nil {
			must(t, a.Process().Stop(patience))
		}
		made, err := a.Spooled()
		must(t, err)
		stored := samples(t, d, "qingfu")
		clear(kept)
		missing := 0
		for _, at := range times(t, d, a.Site, made) {
			kept[at] = true
			if !stored[at] {
				missing++
			}
		}
		if missing > 0 {
			must(t, a.Start())
			return fmt.Errorf("%d of %d results are missing", missing, len(made))
		}
		return nil
	})
	// What is stored beyond that is the other one's, of before the proof.
	made, err := b.Spooled()
	must(t, err)
	other := map[string]bool{}
	waits := 0
	stored := samples(t, d, "qingfu")
	for _, at := range times(t, d, a.Site, made) {
		other[at] = true
		if !stored[at] {
			waits++
		}
	}
	for at := range maps.Keys(stored) {
		if !kept[at] && !other[at] {
			t.Errorf("sample %s is stored, and neither machine's disk has it", at)
		}
	}
	if waits == 0 {
		t.Error("nothing waits in the other one's spool, want what it saw since the proof")
	}
	storedTwice(t, ctx, d)
}

// TestRolledBackImage: an older copy of the disk takes the place of the one
// that ran. It is no clone: it opens a new epoch and goes on.
func TestRolledBackImage(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	d := district(t, 20*time.Second)
	must(t, d.Configure("sites.hcl", site("qingfu", listener(t), 3)))
	must(t, d.StartCollector(ctx))
	a := enrol(t, d, "qingfu")
	must(t, a.Start())
	results(t, d, "qingfu", 9)
	image, err := d.Copy(a, "image")
	must(t, err)
	books, err := d.Books(ctx)
	must(t, err)
	held, _ := books.Holes("qingfu")
	results(t, d, "qingfu", held+12)
	a.Process().Kill()
	must(t, image.Start())
	results(t, d, "qingfu", held+36)
	page, err := d.Web().Get(ctx, "/plain")
	must(t, err)
	if !strings.Contains(page, "编号回退") {
		t.Error("/plain does not say at its site that the numbering went back")
	}
	if all := instances(t, d, "qingfu"); len(all[cloned]) != 0 || len(all["上报中"]) != 1 {
		t.Errorf("agent list shows %v, want one machine that speaks", all)
	}
	must(t, image.Process().Stop(patience))
	made, err := image.Spooled()
	must(t, err)
	stored := samples(t, d, "qingfu")
	for _, at := range times(t, d, a.Site, made) {
		if !stored[at] {
			t.Errorf("result %s of the image is not stored", at)
		}
	}
	storedTwice(t, ctx, d)
}

// samples are the checks and times of a site that are stored, each once.
func samples(t *testing.T, d *e2e.District, site string) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	series, err := d.Web().Query(t.Context(), fmt.Sprintf(`fengsui_check_state{site=%q,family="pair"}[1h]`, site))
	must(t, err)
	for _, s := range series {
		for _, p := range s.Points {
			all[fmt.Sprint(s.Metric["check"], " ", p.At.UnixMilli())] = true
		}
	}
	return all
}

// times are the checks and times of results, as samples writes them.
func times(t *testing.T, d *e2e.District, site string, made []e2e.Made) []string {
	t.Helper()
	books, err := d.Books(t.Context())
	must(t, err)
	var all []string
	for _, m := range made {
		at, err := books.Time(site, m.Boot, m.Result.BootNs)
		must(t, err)
		all = append(all, fmt.Sprintf("c%d %d", m.Result.Check-1, at))
	}
	return all
}
