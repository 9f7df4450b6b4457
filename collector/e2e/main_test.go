package e2e_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"fengsui/collector"
	"fengsui/collector/e2e"
)

// bin holds the programs with their crash points, built once.
var bin string

// binVariable tells a test that is re-executed where the programs are.
const binVariable = "FENGSUI_E2E_BIN"

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (int, error) {
	if bin = os.Getenv(binVariable); bin != "" { // re-executed
		return m.Run(), nil
	}
	dir, err := os.MkdirTemp("", "fengsui-e2e-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	bin = dir
	// The same flags as make build, so that the cache serves both.
	cmd := exec.Command("go", "build", "-trimpath", "-tags", "crashpoints", "-ldflags", "-s -w", "-o", dir+"/",
		"fengsui/agent/cmd/fengsui-agent", "fengsui/collector/cmd/fengsui-collector")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("build the programs with crash points: %w\n%s", err, out)
	}
	return m.Run(), nil
}

// patience bounds every wait; a loaded machine is slow, not wrong.
const patience = 60 * time.Second

// district prepares a district that ends with the test.
func district(t *testing.T, silence time.Duration) *e2e.District {
	t.Helper()
	d, err := e2e.NewDistrict(bin, t.TempDir(), silence)
	if err != nil {
		t.Fatal(err)
	}
	closes(t, d)
	return d
}

// closes ends the district with the test; of one that failed it shows what the
// processes said.
func closes(t *testing.T, d *e2e.District) {
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(d.LastWords())
		}
		d.Close()
	})
}

// must ends the test on an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func until(t *testing.T, what string, ask func() error) {
	t.Helper()
	must(t, e2e.Until(t.Context(), patience, what, ask))
}

// enrol makes and starts nothing: it enrols an agent straight at the collector.
func enrol(t *testing.T, d *e2e.District, site string) *e2e.Agent {
	t.Helper()
	a, err := d.Enrol(t.Context(), site, `push {
  idle = "1s"
  busy = "1s"
}`, d.Listen)
	must(t, err)
	return a
}

// listener answers TCP and HTTP on loopback until the test ends.
func listener(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	s := &http.Server{Handler: http.NotFoundHandler(), ReadHeaderTimeout: patience}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return l.Addr().String()
}

// site is the configuration of one site with n tcp checks, one a second.
func site(id, target string, n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "site %q {\n  name = \"青福镇\"\n  kind = \"town\"\n", id)
	for i := range n {
		fmt.Fprintf(&b, "  check \"tcp\" \"c%d\" {\n    target   = %q\n    interval = \"1s\"\n    timeout  = \"900ms\"\n  }\n", i, target)
	}
	b.WriteString("}\n")
	return b.String()
}

// reconcile holds the collector's books against the spool of a stopped agent:
// every result is held once, and every series has just the times that the
// agent's own disk tells. There is no hole but what the agent itself reported:
// a kill in the middle of a write tears the batch that was being written, and
// the spool says so instead of using its numbers again.
func reconcile(t *testing.T, d *e2e.District, a *e2e.Agent) {
	t.Helper()
	ctx := t.Context()
	made, err := a.Spooled()
	must(t, err)
	if len(made) == 0 {
		t.Fatal("the agent's spool is empty: nothing would be compared")
	}
	books, err := d.Books(ctx)
	must(t, err)
	if books.Refused != 0 {
		t.Errorf("got %d results refused, want none", books.Refused)
	}
	held, holes := books.Holes(a.Site)
	if holes != uint64(books.Lost) || held != uint64(len(made)) {
		t.Errorf("the collector holds %d results with %d missing between them and %d told as lost, want the %d of the spool and nothing missing untold",
			held, holes, books.Lost, len(made))
	}
	want, checks := map[string][]int64{}, checksOf(t, d, a.Site)
	for _, m := range made {
		at, err := books.Time(a.Site, m.Boot, m.Result.BootNs)
		must(t, err)
		check := checks[m.Result.Check-1]
		want[check] = append(want[check], at)
	}
	for check, times := range want {
		slices.Sort(times)
		series, err := d.Web().Query(ctx, fmt.Sprintf(`fengsui_check_state{site=%q,check=%q,family="pair"}[1h]`, a.Site, check))
		must(t, err)
		if len(series) != 1 {
			t.Errorf("check %s: got %d series, want 1", check, len(series))
			continue
		}
		var got []int64
		for _, p := range series[0].Points {
			got = append(got, p.At.UnixMilli())
		}
		if !slices.Equal(got, times) {
			t.Errorf("check %s: got %d samples, want %d, each at its own time once:\n got %v\nwant %v", check, len(got), len(times), got, times)
		}
	}
	storedTwice(t, ctx, d)
}

// checksOf are the names of a site's checks by the inventory on disk: the
// check of number n stands at n-1.
func checksOf(t *testing.T, d *e2e.District, site string) []string {
	t.Helper()
	inventory, err := collector.Load(d.Config())
	must(t, err)
	var names []string
	for _, c := range inventory.Site(site).Checks {
		names = append(names, c.ID)
	}
	return names
}

// storedTwice wants the counter of commits that stored twice at zero.
func storedTwice(t *testing.T, ctx context.Context, d *e2e.District) {
	t.Helper()
	metrics, err := d.Web().Get(ctx, "/metrics")
	must(t, err)
	if !strings.Contains(metrics, "\nfengsui_ingest_batches_stored_twice_total 0\n") {
		t.Error("fengsui_ingest_batches_stored_twice_total is not there or not zero")
	}
}

// results waits until the collector holds at least n results of a site.
func results(t *testing.T, d *e2e.District, site string, n uint64) {
	t.Helper()
	until(t, fmt.Sprintf("%d results of %s", n, site), func() error {
		books, err := d.Books(t.Context())
		if err != nil {
			return err
		}
		if held, _ := books.Holes(site); held < n {
			return fmt.Errorf("the collector holds %d", held)
		}
		return nil
	})
}

// drained stops the agent cleanly and waits until the collector holds
// everything of its spool.
func drained(t *testing.T, d *e2e.District, a *e2e.Agent) {
	t.Helper()
	must(t, a.Process().Stop(patience))
	made, err := a.Spooled()
	must(t, err)
	books, err := d.Books(t.Context())
	must(t, err)
	held, _ := books.Holes(a.Site)
	if held == uint64(len(made)) {
		return
	}
	// What the last push of a clean stop did not carry goes with the next start.
	// One result more shows that the process has begun and can be stopped.
	must(t, a.Start())
	results(t, d, a.Site, max(held, uint64(len(made)))+1)
	must(t, a.Process().Stop(patience))
	made, err = a.Spooled()
	must(t, err)
	results(t, d, a.Site, uint64(len(made)))
}
