package e2e_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"fengsui/collector/e2e"
)

// TestKilledInMemory: an agent that keeps its results in memory is killed again
// and again, once while the collector is away. What the disk does not know of
// is never given out again: whatever the collector holds it holds once, as one
// sample, and what is missing between is told as lost.
func TestKilledInMemory(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	d := district(t, 20*time.Second)
	must(t, d.Configure("sites.hcl", site("qingfu", listener(t), 3)))
	must(t, d.StartCollector(ctx))
	a, err := d.Enrol(ctx, "qingfu", quick+"\nspool {\n  where = \"memory\"\n  checkpoint = \"10s\"\n}", d.Listen)
	must(t, err)
	must(t, a.Start())
	more(t, d, a, 12)
	for n := range 3 {
		if n == 1 {
			d.Collector().Kill()
			time.Sleep(3 * time.Second) // results that nobody will ever see
		}
		a.Process().Kill()
		if n == 1 {
			must(t, d.StartCollector(ctx))
		}
		must(t, a.Start())
		more(t, d, a, 12)
		if out := a.Process().Output(); !strings.Contains(out, "did not stop cleanly") {
			t.Errorf("start %d after a kill says nothing of it:\n%s", n, out)
		}
	}
	must(t, a.Process().Stop(patience))
	must(t, a.Start())
	more(t, d, a, 3)
	if out := a.Process().Output(); strings.Contains(out, "damaged") {
		t.Errorf("the start after a clean stop speaks of damage:\n%s", out)
	}
	must(t, a.Process().Stop(patience))
	heldOnce(t, d, a)
}

// heldOnce wants what the collector holds of a site to be held once, to be as many
// samples of different times, and to miss nothing that was not told as lost.
func heldOnce(t *testing.T, d *e2e.District, a *e2e.Agent) {
	t.Helper()
	books, err := d.Books(t.Context())
	must(t, err)
	held, holes := books.Holes(a.Site)
	if books.Refused != 0 || holes != uint64(books.Lost) {
		t.Errorf("%d results refused, %d missing, %d told as lost: want none refused and nothing missing untold", books.Refused, holes, books.Lost)
	}
	series, err := d.Web().Query(t.Context(), fmt.Sprintf(`fengsui_check_state{site=%q,family="pair"}[1h]`, a.Site))
	must(t, err)
	samples := 0
	for _, s := range series {
		samples += len(s.Points)
	}
	if uint64(samples) != held {
		t.Errorf("the collector holds %d results in %d samples, want one each", held, samples)
	}
	storedTwice(t, t.Context(), d)
}
