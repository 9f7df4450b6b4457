package e2e_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fengsui/collector/e2e"
)

// TestRestore: a backup is taken under load, agents go on, one of them as
// another process, the collector's disk is lost and restored. Everything is
// refilled, each sequence once and each sample once, and nobody is called.
func TestRestore(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	d := district(t, 20*time.Second)
	target := listener(t)
	must(t, d.Configure("sites.hcl", site("qingfu", target, 5)+site("hexi", target, 5)))
	must(t, d.StartCollector(ctx))
	var agents []*e2e.Agent
	for _, id := range []string{"qingfu", "hexi"} {
		a := enrol(t, d, id)
		must(t, a.Start())
		agents = append(agents, a)
	}
	for _, a := range agents {
		results(t, d, a.Site, 20)
	}
	code, err := d.Code(ctx, "hexi")
	must(t, err)
	dir := filepath.Join(d.Dir, "backup")
	out, err := d.Run(ctx, "backup", dir, "--with-secrets")
	must(t, err)
	if !strings.Contains(out, "the backup is whole") || strings.Contains(out, "ca.key") {
		t.Errorf("backup said %q, want it whole and nothing about a missing key", out)
	}
	until(t, "the staging to be gone", func() error {
		if _, err := os.Stat(filepath.Join(d.Data(), "backup.staging")); !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("backup.staging is there: %v", err)
		}
		return nil
	})

	held := map[string]uint64{}
	for _, a := range agents {
		books, err := d.Books(ctx)
		must(t, err)
		held[a.Site], _ = books.Holes(a.Site)
		results(t, d, a.Site, held[a.Site]+40)
	}
	must(t, agents[1].Process().Stop(patience)) // another instance from now on
	must(t, agents[1].Start())
	held1 := held["hexi"]
	results(t, d, "hexi", held1+50)

	d.Collector().Kill()
	if out, err := d.Run(ctx, "restore", dir); err == nil || !strings.Contains(out, "nothing is ever overwritten") {
		t.Fatalf("restore into a full data directory: %v, %s; want it refused", err, out)
	}
	must(t, os.RemoveAll(d.Data()))
	_, err = d.Run(ctx, "restore", dir)
	must(t, err)
	books, err := d.Books(ctx)
	must(t, err)
	if n, _ := books.Holes("hexi"); n == 0 || n >= held1+40 {
		t.Fatalf("the backup holds %d results of hexi, want some and fewer than were acknowledged later", n)
	}
	must(t, d.StartCollector(ctx))
	for _, a := range agents {
		results(t, d, a.Site, held[a.Site]+60)
	}
	judging(t, d)
	evaluated(t, d, time.Now())
	if got := d.Hook.Got(); len(got) != 0 {
		t.Errorf("the restore notified: %s", got[0].Raw)
	}
	if out, err := e2e.Run(ctx, code+"\n", filepath.Join(d.Bin, "fengsui-agent"), "enroll", "--yes", "--config", agents[1].Config, "--pin", mustPin(t, d)); err == nil {
		t.Errorf("a code from before the restore enrolled: %s", out)
	}
	for _, a := range agents {
		drained(t, d, a)
	}
	for _, a := range agents {
		reconcile(t, d, a)
	}
	if books, err := d.Books(ctx); err != nil || books.Lost != 0 {
		t.Errorf("%d results are booked as lost (%v), want none", books.Lost, err)
	}

	// A stopped collector is backed up too; without the key it says so.
	must(t, d.Collector().Stop(patience))
	out, err = d.Run(ctx, "backup", filepath.Join(d.Dir, "stopped"))
	must(t, err)
	if !strings.Contains(out, "keep a copy apart") {
		t.Errorf("backup said %q, want it to say that the key is not in it", out)
	}
}

func mustPin(t *testing.T, d *e2e.District) string {
	t.Helper()
	pin, err := d.Pin(t.Context())
	must(t, err)
	return pin
}
