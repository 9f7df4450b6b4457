package all_test

import (
	"testing"

	"fengsui/checks/lab"
)

// TestTimesAgree: check_ntp_time judges offsets and servers as we do.
func TestTimesAgree(t *testing.T) {
	t.Parallel()
	lab.NeedRoot(t)
	for name, tt := range map[string]struct {
		world string
		pair  string // ours
		k01   string
		exit  int // of check_ntp_time with one second allowed
	}{
		"chronyd":       {"chronyd", "up", "pass", 0},
		"half a second": {"ntp offset=500ms", "up", "pass", 0},
		"three seconds": {"ntp offset=3s", "up", "fail", 2},
		"no server":     {"-", "down refused", "", 2},
		// check_ntp_time warns of no time that can be trusted, and we say that the
		// server is of no use.
		"not in sync": {"ntp leap=3", "down ntp_unsynchronised", "fail", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.check("ntp", server4.String())
			if tt.world != "-" {
				w.arrange([]string{tt.world})
			}
			w.look()
			if got, _ := w.last.finding("K01"); w.last.Pair != tt.pair || got.Outcome != tt.k01 {
				t.Errorf("we say %s, K01 %s; want %s, %s", w.last.Pair, got.Outcome, tt.pair, tt.k01)
			}
			if said, exit := w.ask("check_ntp_time", "-H", server4.String(), "-w", "1", "-c", "1", "-t", "5"); exit != tt.exit {
				t.Errorf("check_ntp_time ends with %d, want %d: %s", exit, tt.exit, said)
			}
		})
	}
}
