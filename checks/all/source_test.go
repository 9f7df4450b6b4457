package all_test

import (
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"

	"fengsui/checks"
	"fengsui/checks/all"
	"fengsui/checks/lab"
)

// TestEveryKindLooksFromItsSource: an access point's evidence is worth nothing
// when a kind forgets from where it has to look. The listeners say who came.
func TestEveryKindLooksFromItsSource(t *testing.T) {
	t.Parallel()
	if !lab.Alone(t) {
		return
	}
	options := map[string]map[string][]string{
		"dns":  {"name": {"portal.example"}},
		"icmp": {"count": {"1"}},
		"snmp": {"interface": {"ge1"}, "secret": {"secret:core"}},
	}
	spec := func(k *checks.Kind, at netip.AddrPort) (checks.Spec, error) {
		target := at.String()
		switch k.Name {
		case "http":
			target = "http://" + target + "/"
		case "icmp":
			target = at.Addr().String()
		}
		s, err := checks.NewSpec(k, target, options[k.Name])
		s.Timeout = time.Second
		if c, ok := s.Check.(checks.Confidant); ok && c.SecretName() != "" {
			err = errors.Join(err, c.Confide("public"))
		}
		return s, err
	}
	for _, k := range all.Kinds() {
		for _, from := range []struct{ source, device, want string }{
			{"", "", "127.0.0.1"}, {"127.0.0.42", "", "127.0.0.42"}, {"", "lo", "127.0.0.1"},
		} {
			at, came, done := listen(t) // a new one each: what comes late goes nowhere
			s, err := spec(k, at)
			if err != nil {
				t.Fatalf("kind %s: %v; a kind whose target is not host:port, or that wants options, is named in this test", k.Name, err)
			}
			if s.Interface = from.device; from.source != "" {
				s.Sources = []netip.Addr{netip.MustParseAddr(from.source)}
			}
			r := checks.Run(t.Context(), s, checks.Env{})
			select {
			case a := <-came:
				if a.String() != from.want {
					t.Errorf("kind %s from %+v: the listener saw %s, want %s", k.Name, from, a, from.want)
				}
			case <-time.After(5 * time.Second):
				t.Errorf("kind %s from %+v: nobody came; the check says %v", k.Name, from, r.Pair)
			}
			done()
		}
		const missing = "192.0.2.42"
		s, err := spec(k, netip.MustParseAddrPort("127.0.0.1:9"))
		if err != nil {
			t.Fatal(err)
		}
		s.Sources = []netip.Addr{netip.MustParseAddr(missing)}
		if r := checks.Run(t.Context(), s, checks.Env{}); r.Pair.State != checks.Unable || r.Pair.Reason.Code != "source_missing" {
			t.Errorf("kind %s from %s, which is not here: got %v, want unable source_missing", k.Name, missing, r.Pair)
		}
	}
}

// listen tells of everybody who comes to one loopback address by TCP or UDP at
// one port, or by an echo request.
func listen(t *testing.T) (at netip.AddrPort, came chan netip.Addr, done func()) {
	t.Helper()
	came = make(chan netip.Addr, 1000)
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at = tcp.Addr().(*net.TCPAddr).AddrPort()
	udp, err := net.ListenPacket("udp", at.String()) // the namespace is ours alone
	if err != nil {
		t.Fatal(err)
	}
	echo, err := icmp.ListenPacket("ip4:icmp", "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	done = func() { _ = errors.Join(tcp.Close(), udp.Close(), echo.Close()) }
	t.Cleanup(done)
	go func() {
		for {
			c, err := tcp.Accept()
			if err != nil {
				return
			}
			came <- c.RemoteAddr().(*net.TCPAddr).AddrPort().Addr()
			c.Close()
		}
	}()
	go func() {
		buf := make([]byte, 1500)
		for {
			_, from, err := udp.ReadFrom(buf)
			if err != nil {
				return
			}
			came <- from.(*net.UDPAddr).AddrPort().Addr()
		}
	}()
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := echo.ReadFrom(buf)
			if err != nil {
				return
			}
			if m, err := icmp.ParseMessage(1, buf[:n]); err == nil && m.Type == ipv4.ICMPTypeEcho {
				came <- netip.MustParseAddr(strings.TrimSpace(from.String()))
			}
		}
	}()
	return at, came, done
}
