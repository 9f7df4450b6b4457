//go:build linux

package line_test

import (
	"context"
	"encoding/hex"
	"math/rand/v2"
	"net"
	"runtime"
	"strconv"
	"testing"
	"time"

	"connectrpc.com/connect"
	"golang.org/x/sys/unix"

	"fengsui/agent/collectortest"
	"fengsui/checks/lab"
	"fengsui/collector/wire"
)

// elsewhere returns what runs functions in a network namespace of their own,
// and the id of the thread that holds it.
func elsewhere(t *testing.T) (do func(func()), thread int) {
	t.Helper()
	work, ready := make(chan func()), make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread dies with its namespace
		err := unix.Unshare(unix.CLONE_NEWNET)
		thread = unix.Gettid()
		ready <- err
		for f := range work {
			f()
		}
	}()
	if err := <-ready; err != nil {
		lab.Skip(t, "unshare: %v", err)
	}
	t.Cleanup(func() { close(work) })
	return func(f func()) {
		done := make(chan struct{})
		work <- func() {
			defer close(done)
			f()
		}
		<-done
	}, thread
}

// TestPathMTU: the way to the collector carries packets of 1280 bytes, drops
// larger ones and sends no ICMP; both ends believe in 1500.
func TestPathMTU(t *testing.T) {
	t.Parallel()
	if !lab.Alone(t) {
		return
	}
	there, thread := elsewhere(t)
	lab.IP(t, "link add v0 mtu 1500 type veth peer name v1 mtu 1280")
	lab.IP(t, "link set v1 netns "+strconv.Itoa(thread))
	for _, line := range []string{
		"link set v0 gso_max_segs 1", // packets as they are on a wire
		"addr add 10.9.0.1/24 dev v0", "-6 addr add fd09::1/64 dev v0 nodad", "link set v0 up",
	} {
		lab.IP(t, line)
	}
	listeners := map[string]net.Listener{"10.9.0.2:0": nil, "[fd09::2]:0": nil}
	there(func() {
		for _, line := range []string{
			"addr add 10.9.0.2/24 dev v1", "-6 addr add fd09::2/64 dev v1 nodad", "link set v1 up",
			"route add 10.9.0.1/32 dev v1 advmss 1460", "-6 route add fd09::1/128 dev v1 advmss 1440",
		} {
			lab.IP(t, line)
		}
		for at := range listeners {
			l, err := net.Listen("tcp", at)
			if err != nil {
				t.Error(err)
			}
			listeners[at] = l
		}
	})
	if t.Failed() {
		return
	}
	noise := make([]byte, 100<<10)
	rand.NewChaCha8([32]byte{}).Read(noise)
	for at, l := range listeners {
		c := collectortest.StartOn(t, l, nil)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second) // a large packet never arrives
		_, err := open(t, c, dialer(t, c.Addr)).Client().Hello(ctx, connect.NewRequest(&wire.HelloRequest{
			Contact: &wire.Contact{Instance: []byte("me")}, Version: hex.EncodeToString(noise),
		}))
		cancel()
		if err != nil {
			t.Errorf("%s: %v", at, err)
		}
	}
}
