package icmp

import (
	"bytes"
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"

	"fengsui/checks/lab"
)

// A script says how a host of the test answers a request: how many copies of
// the reply, and how late.
type script func(seq int) (copies int, late time.Duration)

// respond answers echo requests to an address of this namespace as a script
// says, in the kernel's place, which the namespace has told to keep silent.
func respond(t *testing.T, address string, s script) {
	t.Helper()
	a := netip.MustParseAddr(address)
	network, reply := "ip4:icmp", icmp.Type(ipv4.ICMPTypeEchoReply)
	request, proto := icmp.Type(ipv4.ICMPTypeEcho), 1
	if a.Is6() {
		network, reply = "ip6:ipv6-icmp", ipv6.ICMPTypeEchoReply
		request, proto = ipv6.ICMPTypeEchoRequest, 58
	}
	c, err := icmp.ListenPacket(network, address)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { c.Close(); <-done })
	go func() {
		defer close(done)
		buf := make([]byte, 2048)
		requests := map[string]int{}
		for {
			n, from, err := c.ReadFrom(buf)
			if err != nil {
				return
			}
			m, err := icmp.ParseMessage(proto, buf[:n])
			if err != nil || m.Type != request {
				continue
			}
			echo := m.Body.(*icmp.Echo)
			seq := echo.Seq
			if bytes.Count(echo.Data[10:], []byte{0}) == len(echo.Data)-10 {
				// The engine's: its numbers go on from burst to burst, a cookie
				// tells which one it is.
				cookie := string(echo.Data[:8])
				seq = requests[cookie]
				requests[cookie]++
			}
			copies, late := s(seq)
			wire, err := (&icmp.Message{Type: reply, Body: m.Body}).Marshal(nil)
			if err != nil {
				t.Error(err)
			}
			send := func(to net.Addr) {
				for range copies {
					c.WriteTo(wire, to)
				}
			}
			if late == 0 {
				send(from)
			} else {
				time.AfterFunc(late, func() { send(from) })
			}
		}
	}()
}

// silence tells the kernel of this namespace to answer no echo request.
func silence(t *testing.T) {
	lab.Sysctl(t, "net.ipv4.icmp_echo_ignore_all", "1")
	lab.Sysctl(t, "net.ipv6.icmp.echo_ignore_all", "1")
}

// The scripts.
func all(int) (int, time.Duration)          { return 1, 0 }
func none(int) (int, time.Duration)         { return 0, 0 }
func twice(int) (int, time.Duration)        { return 2, 0 }
func evenOnly(seq int) (int, time.Duration) { return 1 - seq%2, 0 }
func lastLost(seq int) (int, time.Duration) { return map[bool]int{true: 0, false: 1}[seq == 4], 0 }
func slowly(int) (int, time.Duration)       { return 1, 50 * time.Millisecond }
