//go:build linux

package lab

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// pair is two places joined by the line "l", over both families.
func pair(t *testing.T) *Network {
	t.Helper()
	NeedRoot(t)
	n, err := NewNetwork()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Close)
	for _, err := range []error{
		n.Add("a", "b"),
		n.Line("l", End{"a", "to-b", prefixes("10.1.0.1/24", "fd01::1/64")}, End{"b", "to-a", prefixes("10.1.0.2/24", "fd01::2/64")}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return n
}

func prefixes(texts ...string) (all []netip.Prefix) {
	for _, text := range texts {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}

// exchange sends a datagram from a to b and back and says how long it took.
func exchange(t *testing.T, n *Network, host string) (time.Duration, error) {
	t.Helper()
	var to net.PacketConn
	if err := n.Place("b").Do(func() (err error) {
		to, err = net.ListenPacket("udp", net.JoinHostPort(host, "0"))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	go func() {
		for buf := make([]byte, 100); ; {
			n, from, err := to.ReadFrom(buf)
			if err != nil {
				return
			}
			to.WriteTo(buf[:n], from)
		}
	}()
	c, err := n.Place("a").Dial(t.Context(), "udp", to.LocalAddr().String())
	if err != nil {
		return 0, err
	}
	defer c.Close()
	buf := make([]byte, 100)
	for began := time.Now(); ; {
		if _, err := c.Write([]byte("hello")); err != nil {
			return 0, err
		}
		// A switch that has just got its carrier may lose one, as real ones do.
		c.SetReadDeadline(time.Now().Add(time.Second))
		m, err := c.Read(buf)
		took := time.Since(began)
		if err == nil && string(buf[:m]) == "hello" {
			return took, nil
		}
		if took > patience {
			return 0, fmt.Errorf("got %q, %v, want hello", buf[:m], err)
		}
	}
}

// carrier waits until the interfaces of both ends say state.
func carrier(t *testing.T, n *Network, state string) {
	t.Helper()
	for end, dev := range map[string]string{"a": "to-b", "b": "to-a"} {
		for until := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
			out, err := n.Place(end).Run("ip", "-o", "link", "show", dev)
			if err == nil && strings.Contains(out, "state "+state+" ") {
				break
			}
			if time.Now().After(until) {
				t.Fatalf("got %q, %v, want %s of %s in state %s", out, err, dev, end, state)
			}
		}
	}
}

// TestCutTakesTheCarrier: of both ends, and mending restores everything: the
// addresses are still there.
func TestCutTakesTheCarrier(t *testing.T) {
	t.Parallel()
	n := pair(t)
	for range 2 {
		carrier(t, n, "UP")
		for _, host := range []string{"10.1.0.2", "fd01::2"} {
			if _, err := exchange(t, n, host); err != nil {
				t.Errorf("over the line to %s: %v", host, err)
			}
		}
		if err := n.Cut("l"); err != nil {
			t.Fatal(err)
		}
		carrier(t, n, "DOWN")
		if err := n.Mend("l"); err != nil {
			t.Fatal(err)
		}
	}
}

// TestShapedLineDelays: what goes over it takes at least the delays of both
// ways, and a plain line again does not lose.
func TestShapedLineDelays(t *testing.T) {
	t.Parallel()
	n := pair(t)
	const there, back = 30 * time.Millisecond, 50 * time.Millisecond
	f, err := n.Shape("l", Shape{Delay: there}, Shape{Delay: back}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"10.1.0.2", "fd01::2"} {
		took, err := exchange(t, n, host)
		if err != nil || took < there+back {
			t.Errorf("over the shaped line to %s: %v, %v, want at least %v", host, took, err, there+back)
		}
	}
	if a, b := f.Passages(); a.Passed < 2 || b.Passed < 2 {
		t.Errorf("got %+v and %+v, want packets of both ways through the forwarder", a, b)
	}
	if _, err := n.Shape("l", Shape{Loss: 1}, Shape{}, 1); err != nil { // in place of the first
		t.Fatal(err)
	}
	if err := n.Unshape("l"); err != nil {
		t.Fatal(err)
	}
	if _, err := exchange(t, n, "10.1.0.2"); err != nil {
		t.Errorf("over the plain line again: %v", err)
	}
}
