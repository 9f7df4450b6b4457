package icmp

import (
	"net/netip"
	"testing"
	"time"

	"golang.org/x/net/icmp"

	"fengsui/checks"
	"fengsui/checks/lab"
)

// TestEveryRequestFromItsSource: the last request too, which only asks why
// nobody answered the others.
func TestEveryRequestFromItsSource(t *testing.T) {
	t.Parallel()
	if !lab.Alone(t) {
		return
	}
	Mode() // finds it by requests of its own
	silence(t)
	c, err := icmp.ListenPacket("ip4:icmp", "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s, err := checks.NewSpec(&Kind, "127.0.0.1", map[string][]string{"count": {"2"}, "gap": {"10ms"}, "wait": {"200ms"}})
	if err != nil {
		t.Fatal(err)
	}
	s.Sources = []netip.Addr{netip.MustParseAddr("127.0.0.42")}
	if r := checks.Run(t.Context(), s, checks.Env{}); r.Pair.Reason.Code != "no_reply" {
		t.Fatalf("got %v, want no reply", r.Pair)
	}
	// All were sent before the run was over.
	buf := make([]byte, 1500)
	for n := range 3 {
		c.SetReadDeadline(time.Now().Add(5 * time.Second))
		_, from, err := c.ReadFrom(buf)
		if err != nil {
			t.Fatalf("request %d: %v", n+1, err)
		}
		if from.String() != "127.0.0.42" {
			t.Errorf("request %d came from %s, want 127.0.0.42", n+1, from)
		}
	}
}
