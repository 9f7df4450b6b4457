package all_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"fengsui/checks"
	"fengsui/checks/lab"
	"fengsui/checks/path"
)

// TestHopsAgree: mtr and we see the same hops, by each method and family.
func TestHopsAgree(t *testing.T) {
	t.Parallel()
	lab.NeedRoot(t)
	w := newWorld(t)
	w.arrange([]string{"listens 80"})
	// Addresses of far and near on the side of the agent.
	want := map[checks.Family][]string{checks.V4: {"10.0.1.1", "10.0.2.2", "10.0.3.2"}, checks.V6: {"fd00:1::1", "fd00:2::2", "fd00:3::2"}}
	for _, tt := range []struct {
		method string
		mtr    []string
	}{
		{"icmp", nil},
		{"udp", []string{"--udp"}},
		{"tcp", []string{"--tcp", "-P", "80"}},
	} {
		for family, at := range map[checks.Family]checks.Endpoint{checks.V4: {Addr: server4}, checks.V6: {Addr: server6}} {
			var ours []string
			w.must(w.place("agent").Do(func() error {
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				r, why := path.Trace(ctx, at, path.Options{Method: tt.method, Port: 80})
				if !why.IsZero() || !r.Reached {
					t.Errorf("%s over IPv%v: got %v, reached %v, want the way", tt.method, family, why, r.Reached)
				}
				for _, h := range r.Hops {
					ours = append(ours, h.Addr.String())
					if h.RTT <= 0 || h.Received == 0 {
						t.Errorf("%s over IPv%v: hop %d: %v after %v of %d, want an answer with its time", tt.method, family, h.TTL, h.Received, h.RTT, h.Sent)
					}
				}
				return nil
			}))
			said, _ := w.ask(append([]string{"mtr", "-" + family.String(), "-n", "-r", "-c", "2", "-i", "0.2", "-G", "1", at.Addr.String()}, tt.mtr...)...)
			var theirs []string
			for _, m := range regexp.MustCompile(`(?m)^\s*\d+\.\|-- (\S+)`).FindAllStringSubmatch(said, -1) {
				theirs = append(theirs, m[1])
			}
			if !slices.Equal(ours, want[family]) || !slices.Equal(theirs, want[family]) {
				t.Errorf("%s over IPv%v: we see %v, mtr %v, want %v\n%s", tt.method, family, ours, theirs, want[family], said)
			}
		}
	}
}

// TestHoleNamesTheLastHop: a firewall on the trunk drops what is larger than
// 1280 bytes over IPv6, and says nothing.
func TestHoleNamesTheLastHop(t *testing.T) {
	t.Parallel()
	lab.NeedRoot(t)
	w := newWorld(t)
	w.check("path", name, "mtu=1500", "timeout=10s")
	w.arrange([]string{"hole v6 1280"})
	w.look()
	if w.last.Pair != "degraded v6_mtu_blackhole" {
		t.Fatalf("got %s, want v6_mtu_blackhole", w.last.Pair)
	}
	mtu, _ := w.last.value(checks.V6, "", "mtu_bytes")
	if mtu < 1280-8 || mtu > 1280 {
		t.Errorf("got a path MTU of %v, want 1280 and not 8 bytes less", mtu)
	}
	if said := strings.Join(w.last.Sentences, "\n"); !strings.Contains(said, "{last fd00:1::1}") {
		t.Errorf("got %s, want near as the last hop that answers", said)
	}
}
