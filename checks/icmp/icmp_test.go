package icmp

import (
	"context"
	"math"
	"net/netip"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"fengsui/checks"
	"fengsui/checks/lab"
)

// spec returns a quick burst: 5 requests 10 ms apart, replies for 3 s, so that
// a busy machine is not taken for a silent target.
func spec(t *testing.T, target string, more ...string) checks.Spec {
	t.Helper()
	options := map[string][]string{"gap": {"10ms"}, "wait": {"3s"}}
	for _, o := range more {
		name, value, _ := strings.Cut(o, "=")
		options[name] = []string{value}
	}
	s, err := checks.NewSpec(&Kind, target, options)
	if err != nil {
		t.Fatal(err)
	}
	s.Interval = time.Minute // not by hand
	return s
}

// everyWay opens a process to each way of sending: two kinds of socket, each by
// pro-bing and by the engine.
func everyWay(yield func(way string) bool) {
	for _, way := range []string{Unprivileged, Raw} {
		process.found = way
		for _, engine := range []bool{false, true} {
			targets = crowd{}
			name := way + " by pro-bing"
			if engine {
				name = way + " by the engine"
				for i := range crowdFrom {
					targets.many(nil, checks.Endpoint{Addr: netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), Every: time.Hour}, time.Now())
				}
			}
			if !yield(name) {
				return
			}
		}
	}
}

// values returns a row's measurements by name, without what was not measured.
func values(r checks.Result) map[string]float64 {
	got := map[string]float64{}
	for _, row := range r.Rows {
		for i, v := range row.Values {
			if !math.IsNaN(v) {
				got[Kind.Measurements[i].Name] = v
			}
		}
	}
	return got
}

// open makes both ways of this namespace usable.
func open(t *testing.T) {
	lab.Sysctl(t, "net.ipv4.ping_group_range", "0 2147483647")
}

// TestEveryReason produces each reason that the kind declares, over both
// families and both kinds of socket where it can, from a real network.
func TestEveryReason(t *testing.T) {
	t.Parallel()
	if !lab.Alone(t) {
		return
	}
	open(t)
	silence(t)
	deadEnds := lab.DeadEnds(t)
	for _, a := range []string{"fd00:1::1", "fd00:1::2", "fd00:1::3"} {
		lab.IP(t, "-6 addr add "+a+"/128 dev lo nodad")
	}
	respond(t, "127.0.1.1", all)
	respond(t, "fd00:1::1", all)
	respond(t, "127.0.1.2", evenOnly)
	respond(t, "fd00:1::2", evenOnly)
	respond(t, "127.0.1.3", none)
	respond(t, "127.0.1.4", lastLost)

	type row struct {
		name, address string
		state         checks.State
		code          string
	}
	tests := []row{
		{"all answered", "127.0.1.1", checks.Up, ""},
		{"all answered", "fd00:1::1", checks.Up, ""},
		{"one of five lost", "127.0.1.4", checks.Up, ""},
		{"two of five lost", "127.0.1.2", checks.Degraded, "loss"},
		{"two of five lost", "fd00:1::2", checks.Degraded, "loss"},
		{"silence", "127.0.1.3", checks.Down, "no_reply"},
		{"silence", "fd00:1::3", checks.Down, "no_reply"},
		{"silence on the wire", lab.SilentV4, checks.Down, "no_reply"},
		{"silence on the wire", lab.SilentV6, checks.Down, "no_reply"},
	}
	for _, d := range deadEnds {
		state := checks.Unable
		if d.Code == checks.ReasonUnreachable.Code {
			state = checks.Down
		}
		tests = append(tests, row{d.Name, d.Address, state, d.Code})
	}
	var mu sync.Mutex
	seen := map[string]bool{"prohibited": true, "packet_too_big": true} // they take a router: checks/all/verdicts.txt
	for way := range everyWay {
		var wg sync.WaitGroup
		for _, tt := range tests {
			wg.Go(func() {
				r := checks.Run(t.Context(), spec(t, tt.address), checks.Env{})
				if r.Pair.State != tt.state || r.Pair.Reason.Code != tt.code {
					t.Errorf("%s %s %s: got %v %s %v, want %v %s", way, tt.name, tt.address, r.Pair.State, r.Pair.Reason.Code, r.Pair.Reason.Args, tt.state, tt.code)
				}
				if r.Pair.State == checks.Unable && len(r.Rows) > 0 {
					t.Errorf("%s %s %s: got %v without a look, want no measurement, least of all 0%% loss", way, tt.name, tt.address, values(r))
				}
				mu.Lock()
				defer mu.Unlock()
				seen[r.Pair.Reason.Code] = true
			})
		}
		wg.Wait()
		short := spec(t, "127.0.1.1")
		short.Timeout = 90 * time.Millisecond
		want(t, seen, checks.Run(t.Context(), short, checks.Env{}), "no_time")
		stopping, stop := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, stop)
		want(t, seen, checks.Run(stopping, spec(t, "127.0.1.3", "wait=10s"), checks.Env{}), "stopped")
	}
	targets, one = crowd{}, newEngine() // sockets that are open stay so
	restore := lab.NoFiles(t)
	want(t, seen, checks.Run(t.Context(), spec(t, "127.0.1.1"), checks.Env{}), "local_error")
	restore()

	// Last, because there is no way back: a process without any right.
	lab.Sysctl(t, "net.ipv4.ping_group_range", "1 0")
	giveUpRights(t)
	targets, one = crowd{}, newEngine()                                                              // sockets that are open stay so
	want(t, seen, checks.Run(t.Context(), spec(t, "127.0.1.1"), checks.Env{}), "icmp_no_permission") // Mode still says raw
	process.found = None
	process.until = time.Now().Add(time.Hour)
	want(t, seen, checks.Run(t.Context(), spec(t, "127.0.1.1"), checks.Env{}), "icmp_no_permission")

	for _, d := range Kind.Reasons {
		if !seen[d.Code] {
			t.Errorf("reason %s is declared and no row produces it", d.Code)
		}
	}
}

func want(t *testing.T, seen map[string]bool, r checks.Result, code string) {
	t.Helper()
	if r.Pair.Reason.Code != code {
		t.Errorf("got %v %s %v, want %s", r.Pair.State, r.Pair.Reason.Code, r.Pair.Reason.Args, code)
	}
	seen[r.Pair.Reason.Code] = true
}

func giveUpRights(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		lab.Skip(t, "already without rights")
	}
	if err := syscall.Setgid(65534); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setuid(65534); err != nil {
		t.Fatal(err)
	}
}

func TestMeasurements(t *testing.T) {
	t.Parallel()
	if !lab.Alone(t) {
		return
	}
	open(t)
	silence(t)
	respond(t, "127.0.2.1", twice)
	respond(t, "127.0.2.2", slowly)
	respond(t, "127.0.2.3", evenOnly)
	respond(t, "127.0.2.4", none)
	for way := range everyWay {
		got := values(checks.Run(t.Context(), spec(t, "127.0.2.1"), checks.Env{}))
		// The last reply ends the burst, so its duplicate may not be read.
		if got["duplicate_packets"] < 4 || got["received_packets"] != 5 || got["loss_ratio"] != 0 {
			t.Errorf("%s, every reply twice: got %v, want 5 received, no loss, 4 or 5 duplicates", way, got)
		}
		got = values(checks.Run(t.Context(), spec(t, "127.0.2.2"), checks.Env{}))
		if got["rtt_seconds"] < 0.050 || got["rtt_min_seconds"] > got["rtt_seconds"] || got["rtt_max_seconds"] < got["rtt_seconds"] {
			t.Errorf("%s, replies 50 ms late: got %v, want round-trip times from 50 ms up and min <= mean <= max", way, got)
		}
		got = values(checks.Run(t.Context(), spec(t, "127.0.2.3", "wait=1s"), checks.Env{}))
		if got["sent_packets"] != 5 || got["received_packets"] != 3 || math.Abs(got["loss_ratio"]-0.4) > 1e-9 {
			t.Errorf("%s, odd requests lost: got %v, want 3 of 5 and a loss of 0.4", way, got)
		}
		got = values(checks.Run(t.Context(), spec(t, "127.0.2.4", "wait=1s"), checks.Env{}))
		if _, ok := got["rtt_seconds"]; ok || got["loss_ratio"] != 1 {
			t.Errorf("%s, silence: got %v, want a loss of 1 and no round-trip time", way, got)
		}
		got = values(checks.Run(t.Context(), spec(t, "127.0.2.2", "count=1"), checks.Env{}))
		if _, ok := got["jitter_seconds"]; ok || got["rtt_seconds"] == 0 {
			t.Errorf("%s, one request: got %v, want a round-trip time and no jitter", way, got)
		}
	}
}

// names answers for one name with both families.
type names map[string]string

func (n names) LookupNetIP(_ context.Context, network, _ string) ([]netip.Addr, error) {
	if n[network] == "" {
		return nil, nil
	}
	return []netip.Addr{netip.MustParseAddr(n[network])}, nil
}

func TestPair(t *testing.T) {
	t.Parallel()
	if !lab.Alone(t) {
		return
	}
	open(t)
	silence(t)
	lab.IP(t, "-6 addr add fd00:2::1/128 dev lo nodad")
	lab.IP(t, "-6 addr add fd00:2::2/128 dev lo nodad")
	respond(t, "127.0.3.1", all)
	respond(t, "fd00:2::1", all)
	var wg sync.WaitGroup
	for _, tt := range []struct {
		v4, v6 string
		state  checks.State
		code   string
	}{
		{"127.0.3.1", "fd00:2::1", checks.Up, ""},
		{"127.0.3.1", "fd00:2::2", checks.Degraded, "aaaa_dead"},
		{"127.0.3.2", "fd00:2::1", checks.Degraded, "v4_dead"},
		{"127.0.3.2", "fd00:2::2", checks.Down, "both_dead"},
		{"127.0.3.1", "2001:db8::1", checks.Up, ""}, // no IPv6 route here is our own affair
		{"127.0.3.1", "", checks.Up, ""},
	} {
		wg.Go(func() {
			r := checks.Run(t.Context(), spec(t, "gateway.example"), checks.Env{Resolver: names{"ip4": tt.v4, "ip6": tt.v6}})
			if r.Pair.State != tt.state || r.Pair.Reason.Code != tt.code {
				t.Errorf("%s and %s: got %v %s, want %v %s", tt.v4, tt.v6, r.Pair.State, r.Pair.Reason.Code, tt.state, tt.code)
			}
		})
	}
	wg.Wait()
}

func TestTargets(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "10.0.0.1:80", "http://portal", "224.0.0.1", "255.255.255.255", "::"} {
		if _, err := checks.NewSpec(&Kind, bad, nil); err == nil || !strings.Contains(err.Error(), "check icmp: ") {
			t.Errorf("target %q: got %v, want an error", bad, err)
		}
	}
}
