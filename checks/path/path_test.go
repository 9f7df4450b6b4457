package path

import (
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"

	"fengsui/checks"
	"fengsui/checks/lab"
)

func spec(t *testing.T, target string, options map[string][]string) checks.Spec {
	t.Helper()
	s, err := checks.NewSpec(&Kind, target, options)
	if err != nil {
		t.Fatal(err)
	}
	s.Timeout = 8 * time.Second
	return s
}

// TestEveryReason shows what takes no router; checks/all/verdicts.txt has the rest.
func TestEveryReason(t *testing.T) {
	t.Parallel()
	if !lab.Alone(t) {
		return
	}
	for _, d := range lab.DeadEnds(t) {
		if r := checks.Run(t.Context(), spec(t, d.Address, nil), checks.Env{}); r.Pair.Reason.Code != d.Code {
			t.Errorf("%s %s: got %v, want %s", d.Name, d.Address, r.Pair, d.Code)
		}
	}
	stopping, stop := context.WithCancel(t.Context())
	time.AfterFunc(300*time.Millisecond, stop)
	if r := checks.Run(stopping, spec(t, lab.SilentV4, nil), checks.Env{}); r.Pair.Reason.Code != "stopped" {
		t.Errorf("stopped: got %v", r.Pair)
	}
	restore := lab.NoFiles(t)
	for _, method := range []string{"icmp", "udp", "tcp"} {
		s := spec(t, "127.0.0.1:9", map[string][]string{"method": {method}})
		if r := checks.Run(t.Context(), s, checks.Env{}); r.Pair.Reason.Code != "local_error" {
			t.Errorf("%s without files: got %v, want local_error", method, r.Pair)
		}
	}
	restore()
}

// TestLiesAboutSize: a packet too big that names a size which cannot be ends
// the search all the same, and is no black hole.
func TestLiesAboutSize(t *testing.T) {
	t.Parallel()
	if !lab.Alone(t) {
		return
	}
	lab.Sysctl(t, "net.ipv4.icmp_echo_ignore_all", "1")
	for name, tt := range map[string]struct {
		mtu  uint16 // that is named
		pass int    // bytes that pass
		want Limit
	}{
		"none":           {0, 1000, Limit{MTU: 1000}},
		"sixty-eight":    {68, 1000, Limit{MTU: 1000}},
		"more than sent": {9000, 1000, Limit{MTU: 1000}},
		"true":           {1000, 1000, Limit{MTU: 1000}},
		"too much":       {1200, 1000, Limit{MTU: 1000}},
		"too little":     {900, 1000, Limit{MTU: 900}}, // believed: it passes
	} {
		t.Run(name, func(t *testing.T) {
			narrow(t, "127.0.8.1", tt.pass, tt.mtu)
			got, why := MTU(t.Context(), checks.Endpoint{Target: "t", Addr: netip.MustParseAddr("127.0.8.1")}, 1500)
			if !why.IsZero() || got.MTU != tt.want.MTU || got.Hole || got.By.String() != "127.0.8.1" {
				t.Errorf("got %+v %v, want %+v told by 127.0.8.1", got, why, tt.want)
			}
		})
	}
}

// narrow answers echo requests to an address as a router would in front of a
// link that carries packets of so many bytes, and says another size.
func narrow(t *testing.T, address string, pass int, says uint16) {
	t.Helper()
	c, err := icmp.ListenPacket("ip4:icmp", address)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { c.Close(); <-done })
	go func() {
		defer close(done)
		for buf := make([]byte, 2000); ; {
			n, from, err := c.ReadFrom(buf)
			if err != nil {
				return
			}
			m, err := icmp.ParseMessage(1, buf[:n])
			if err != nil || m.Type != ipv4.ICMPTypeEcho {
				continue
			}
			out := icmp.Message{Type: ipv4.ICMPTypeEchoReply, Body: m.Body}
			if n+20 > pass {
				quoted := make([]byte, 24, 24+n) // RFC 1191: unused, MTU, and the packet
				binary.BigEndian.PutUint16(quoted[2:], says)
				quoted[4], quoted[12], quoted[13] = 0x45, 64, 1
				binary.BigEndian.PutUint16(quoted[6:], uint16(20+n))
				copy(quoted[16:], from.(*net.IPAddr).IP.To4())
				copy(quoted[20:], net.ParseIP(address).To4())
				out = icmp.Message{Type: ipv4.ICMPTypeDestinationUnreachable, Code: 4, Body: &icmp.RawBody{Data: append(quoted, buf[:min(n, 500)]...)}}
			}
			if wire, err := out.Marshal(nil); err == nil {
				c.WriteTo(wire, from)
			}
		}
	}()
}

func TestTargets(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]string{"192.0.2.1": "192.0.2.1", "2001:db8::1": "2001:db8::1", "portal.example:443": "portal.example", "[2001:db8::1]:443": "2001:db8::1"} {
		if got, err := Kind.New().Host(target); got != want || err != nil {
			t.Errorf("%s: got %q, %v; want %q", target, got, err, want)
		}
	}
	for _, bad := range []string{"", "portal:0", "a b", "http://portal", "224.0.0.1"} {
		if _, err := checks.NewSpec(&Kind, bad, nil); err == nil || !strings.Contains(err.Error(), "check path: ") {
			t.Errorf("%q: got %v, want an error", bad, err)
		}
	}
	for _, options := range []map[string][]string{
		{"method": {"tcp"}}, {"mtu": {"100"}}, {"first_hops": {"gateway"}}, {"method": {"pigeon"}}, {"max_hops": {"0"}},
	} {
		if _, err := checks.NewSpec(&Kind, "192.0.2.1", options); err == nil {
			t.Errorf("%v: taken, want an error", options)
		}
	}
}

// TestChanges: where routers share the load, several stand at a hop in turn;
// each is news once.
func TestChanges(t *testing.T) {
	t.Parallel()
	way := func(hops ...string) (r Route) {
		for i, h := range hops {
			hop := Hop{TTL: i + 1}
			if h != "" {
				hop.Addr = netip.MustParseAddr(h)
			}
			r.Hops = append(r.Hops, hop)
		}
		return r
	}
	var target netip.Addr
	for name, tt := range map[string]struct {
		ways     []Route
		declared []string
		want     []checks.Outcome
	}{
		"the first":           {[]Route{way("10.0.0.1")}, nil, []checks.Outcome{checks.Unknown}},
		"the same":            {[]Route{way("10.0.0.1"), way("10.0.0.1")}, nil, []checks.Outcome{checks.Unknown, checks.Pass}},
		"another":             {[]Route{way("10.0.0.1"), way("10.0.0.2"), way("10.0.0.2")}, nil, []checks.Outcome{checks.Unknown, checks.Fail, checks.Pass}},
		"to and fro":          {[]Route{way("10.0.0.1"), way("10.0.0.2"), way("10.0.0.1"), way("10.0.0.2")}, nil, []checks.Outcome{checks.Unknown, checks.Fail, checks.Pass, checks.Pass}},
		"one that is silent":  {[]Route{way("10.0.0.1", "10.0.0.2"), way("", "10.0.0.2")}, nil, []checks.Outcome{checks.Unknown, checks.Pass}},
		"declared":            {[]Route{way("10.0.0.1", "10.0.0.2")}, []string{"10.0.0.1", "*"}, []checks.Outcome{checks.Pass}},
		"declared another":    {[]Route{way("10.0.0.1"), way("10.0.0.1")}, []string{"10.0.0.9"}, []checks.Outcome{checks.Fail, checks.Fail}},
		"declared for IPv4":   {[]Route{way("fd00::1")}, []string{"10.0.0.9"}, []checks.Outcome{checks.Pass}},
		"change behind those": {[]Route{way("10.0.0.1", "10.0.0.2"), way("10.0.0.1", "10.0.0.3")}, []string{"10.0.0.1"}, []checks.Outcome{checks.Pass, checks.Pass}},
	} {
		m := memories{known: map[netip.Addr]*memory{}}
		for i, r := range tt.ways {
			if got := m.compare(target, tt.declared, r)[0]; got.Outcome != tt.want[i] {
				t.Errorf("%s, look %d: got %v (%s), want %v", name, i+1, got.Outcome, got.Evidence, tt.want[i])
			}
		}
	}
}
