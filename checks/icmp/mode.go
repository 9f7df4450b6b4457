package icmp

import (
	"context"
	"net/netip"
	"sync"
	"time"
)

// The ways to send an echo request, as [Mode] names them.
const (
	Unprivileged = "unprivileged" // datagram sockets, by net.ipv4.ping_group_range (both families)
	Raw          = "raw"          // raw sockets, by CAP_NET_RAW
	None         = "none"         // neither: every icmp check is unable
)

// Mode says how this process sends echo requests. It is found once, by probing
// 127.0.0.1; only none is looked at again, a minute later, so that granting
// the right needs no restart.
func Mode() string { return process.get(time.Now()) }

var process mode

type mode struct {
	sync.Mutex
	found string
	until time.Time // none is believed until then
}

func (m *mode) get(now time.Time) string {
	m.Lock()
	defer m.Unlock()
	if m.found == "" || m.found == None && now.After(m.until) {
		m.found, m.until = detect(), now.Add(time.Minute)
	}
	return m.found
}

// detect returns the first way over which 127.0.0.1 answers. Where it never
// answers (lo is down, echo is switched off) a way that at least opens a
// socket is taken, because that is what a missing right refuses.
func detect() string {
	opened := None
	for _, way := range []string{Unprivileged, Raw} {
		b := newBurst(netip.AddrFrom4([4]byte{127, 0, 0, 1}), way, settings{count: 1, interval: time.Second, wait: time.Second, size: minSize, ttl: 64})
		b.run(context.Background())
		switch {
		case len(b.rtts) > 0:
			return way
		case b.opened && opened == None:
			opened = way
		}
	}
	return opened
}
