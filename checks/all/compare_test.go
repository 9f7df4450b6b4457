package all_test

import (
	"fmt"
	"math"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"fengsui/checks"
	"fengsui/checks/lab"
)

// These tests hold our verdicts beside those of the tools that an expert would
// take out to see whether we are right: on the same targets, in one world.

// tool returns the path of a program that is compared with.
func tool(t *testing.T, name string) string {
	t.Helper()
	if plugin := "/usr/lib/nagios/plugins/" + name; strings.HasPrefix(name, "check_") {
		name = plugin
	}
	path, err := exec.LookPath(name)
	if err != nil {
		lab.Skip(t, "%s is missing; as root on Debian: .ci/daemons", name)
	}
	return path
}

// ask runs a tool beside the agent and returns what it printed; those that say
// by their exit what they saw are asked for it too.
func (w *world) ask(words ...string) (said string, exit int) {
	w.t.Helper()
	words[0] = tool(w.t, words[0])
	out, err := w.place("agent").Run(words...)
	if err != nil {
		exit = 1
		if e := regexp.MustCompile(`exit status (\d+)`).FindStringSubmatch(err.Error()); e != nil {
			exit, _ = strconv.Atoi(e[1])
		} else {
			w.t.Fatal(err)
		}
	}
	return out, exit
}

// check gives the world the check that looks in it.
func (w *world) check(kind, target string, options ...string) {
	w.t.Helper()
	w.order = row{kind: kind, check: append([]string{target}, options...)}.order(w.t)
}

// TestLossAgrees: fping and check_icmp lose as much as we do, of a line that
// loses nothing, some and everything.
func TestLossAgrees(t *testing.T) {
	t.Parallel()
	lab.NeedRoot(t)
	for _, lost := range []int{0, 20, 100} {
		for family, at := range map[checks.Family]string{checks.V4: server4.String(), checks.V6: server6.String()} {
			t.Run(fmt.Sprintf("%d%%/v%v", lost, family), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				n := 100
				if lost == 0 || lost == 100 {
					n = 10 // nothing is left to chance
				}
				w.check("icmp", at, "count="+strconv.Itoa(n), "gap=10ms", "wait=1s", "loss_degraded=100%")
				// Either way has half of it.
				half := 100 * (1 - math.Sqrt(1-float64(lost)/100))
				networkWords["lossy"](w, []string{fmt.Sprintf("%.0f%%", half)})
				ratio := math.Pow(1-math.Round(half)/100, 2)
				w.look()
				ours, _ := w.last.value(family, "", "loss_ratio")
				said, _ := w.ask("fping", "-q", "-C", strconv.Itoa(n), "-p", "10", "-t", "1000", at)
				theirs := fpingLoss(t, said)
				// Each saw other packets of the same line: they differ by chance,
				// and by no more than five deviations of n packets.
				bound := 5 * math.Sqrt(ratio*(1-ratio)/float64(n))
				for who, loss := range map[string]float64{"icmp": ours, "fping": theirs} {
					if math.Abs(loss-(1-ratio)) > bound {
						t.Errorf("%s lost %.3f of %d packets, want %.3f ± %.3f", who, loss, n, 1-ratio, bound)
					}
				}
				state, _, _ := strings.Cut(w.last.Pair, " ")
				_, exit := w.ask("check_icmp", "-H", at, "-w", "5000,99%", "-c", "5000,100%", "-n", "10", "-t", "3")
				if want := map[string]int{"up": 0, "down": 2}[state]; exit != want {
					t.Errorf("check_icmp ends with %d and we say %s, want %d", exit, state, want)
				}
			})
		}
	}
}

// fpingLoss reads the line "ADDRESS : 0.05 - 0.06 …" of fping -C.
func fpingLoss(t *testing.T, said string) float64 {
	t.Helper()
	_, list, ok := strings.Cut(said, " : ")
	if !ok {
		t.Fatalf("fping says %q, want a line of times", said)
	}
	all := strings.Fields(list)
	lost := 0
	for _, v := range all {
		if v == "-" {
			lost++
		}
	}
	return float64(lost) / float64(len(all))
}

// TestPortsAgree: open, closed and filtered are the same to nmap and check_tcp.
// Where they differ the reason stands beside the row.
func TestPortsAgree(t *testing.T) {
	t.Parallel()
	lab.NeedRoot(t)
	for _, tt := range []struct {
		world  []string
		pair   string // ours
		nmap   string
		plugin int
	}{
		{[]string{"listens 80"}, "up", "open", 0},
		{nil, "down refused", "closed", 2},
		{[]string{"dropped"}, "down timed_out", "filtered", 2},
		{[]string{"unreachable"}, "down unreachable", "filtered", 2}, // nmap calls everything filtered that an ICMP error answers
		{[]string{"prohibited v6"}, "down prohibited", "filtered", 2},
	} {
		for family, at := range map[string]string{"-4": server4.String(), "-6": server6.String()} {
			if family == "-4" && tt.pair == "down prohibited" {
				continue // TCP over IPv4 is not told, see the table
			}
			t.Run(strings.Join(append([]string{tt.pair}, family), "/"), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				target := at + ":80"
				if family == "-6" {
					target = "[" + at + "]:80"
				}
				w.check("tcp", target, "timeout=2s")
				w.arrange(tt.world)
				w.look()
				if w.last.Pair != tt.pair {
					t.Errorf("tcp says %s, want %s", w.last.Pair, tt.pair)
				}
				said, _ := w.ask("nmap", "-n", family, "-Pn", "-sT", "-p", "80", "--max-retries", "1", "-oG", "-", at)
				if got := regexp.MustCompile(`80/(\w+)/tcp`).FindStringSubmatch(said); got == nil || got[1] != tt.nmap {
					t.Errorf("nmap says %v, want %s:\n%s", got, tt.nmap, said)
				}
				if _, exit := w.ask("check_tcp", family, "-H", at, "-p", "80", "-t", "2"); exit != tt.plugin {
					t.Errorf("check_tcp ends with %d, want %d", exit, tt.plugin)
				}
			})
		}
	}
}
