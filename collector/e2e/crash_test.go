package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"fengsui/collector/e2e"
)

// crashPoints are the moments at which a power cut could lose or double
// something, by the program that passes them.
var crashPoints = []struct {
	point     string
	collector bool
}{
	{"spool_write", false},
	{"spool_sync", false},
	{"spool_rename", false},
	{"after_append", true},
	{"after_wal_sync", true},
	{"after_sql_commit", true},
	{"before_answer", true},
}

// TestCrashPoints kills each program once at each of its points.
func TestCrashPoints(t *testing.T) {
	t.Parallel()
	for _, tt := range crashPoints {
		t.Run(tt.point, func(t *testing.T) {
			t.Parallel()
			d := district(t, 20*time.Second)
			must(t, d.Configure("sites.hcl", site("qingfu", listener(t), 3)))
			crash := fmt.Sprintf("FENGSUI_CRASH=%s:%d", tt.point, 4)
			var env []string
			if tt.collector {
				env = []string{crash}
			}
			must(t, d.StartCollector(t.Context(), env...))
			a := enrol(t, d, "qingfu")
			env = nil
			if !tt.collector {
				env = []string{crash}
			}
			must(t, a.Start(env...))
			if tt.collector {
				died(t, d.Collector())
				must(t, d.StartCollector(t.Context()))
			} else {
				died(t, a.Process())
				must(t, a.Start())
			}
			books, err := d.Books(t.Context())
			must(t, err)
			held, _ := books.Holes("qingfu")
			results(t, d, "qingfu", held+12)
			drained(t, d, a)
			reconcile(t, d, a)
			if books, err := d.Books(t.Context()); err != nil || books.Lost != 0 && tt.point != "spool_write" {
				t.Errorf("got %d results lost, %v; want none", books.Lost, err)
			}
		})
	}
}

// died waits for a process to have killed itself at its crash point.
func died(t *testing.T, p *e2e.Process) {
	t.Helper()
	select {
	case <-p.Exited():
		if err := p.Err(); err == nil || err.Error() != "signal: killed" {
			t.Fatalf("got the end %v, want it killed at its crash point; it said:\n%s", err, p.Output())
		}
	case <-time.After(patience):
		t.Fatalf("the crash point was not passed within %v; it said:\n%s", patience, p.Output())
	}
}

// TestSoakRandomCrashes kills agent or collector at random moments, 200 times.
func TestSoakRandomCrashes(t *testing.T) {
	if os.Getenv("FENGSUI_SOAK") == "" {
		t.Skip("runs by make soak")
	}
	const kills = 200
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	d := district(t, 20*time.Second)
	must(t, d.Configure("sites.hcl", site("qingfu", listener(t), 10)))
	must(t, d.StartCollector(t.Context()))
	a := enrol(t, d, "qingfu")
	must(t, a.Start())
	for n := range kills {
		time.Sleep(time.Duration(random.IntN(2500)) * time.Millisecond)
		if random.IntN(2) == 0 {
			d.Collector().Kill()
			must(t, d.LaunchCollector())
		} else {
			a.Process().Kill()
			must(t, a.Start())
		}
		if n%20 == 19 {
			must(t, d.Ready(t.Context()))
			books, err := d.Books(t.Context())
			must(t, err)
			held, _ := books.Holes("qingfu")
			t.Logf("%d kills, %d results held", n+1, held)
			results(t, d, "qingfu", held+1)
		}
	}
	must(t, d.Ready(t.Context()))
	drained(t, d, a)
	reconcile(t, d, a)
}
