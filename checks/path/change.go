package path

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"fengsui/checks"
)

// memories are the ways that a check has seen, by address of its target.
type memories struct {
	mu    sync.Mutex
	known map[netip.Addr]*memory
}

// A memory is what stood at each hop in former runs: where routers share the
// load, several do in turn, and none of them is news for long.
type memory struct{ hops [][]netip.Addr }

const (
	mostKnown   = 8   // of a hop: the oldest is forgotten
	mostTargets = 100 // addresses that a name had
)

// compare judges a way by what is declared and by what was seen before. A hop
// that does not answer is no change. A change is told once: the next run knows
// it.
func (m *memories) compare(target netip.Addr, declared []string, r Route) []checks.Finding {
	m.mu.Lock()
	defer m.mu.Unlock()
	old := m.known[target]
	if old == nil || len(m.known) > mostTargets {
		if len(m.known) > mostTargets {
			clear(m.known)
		}
		old = &memory{}
		m.known[target] = old
	}
	first := len(old.hops) == 0
	var news []string
	for i, h := range r.Hops {
		if i == len(old.hops) {
			old.hops = append(old.hops, nil)
		}
		if !h.Addr.IsValid() || slices.Contains(old.hops[i], h.Addr) {
			continue
		}
		if before := old.hops[i]; len(before) > 0 {
			news = append(news, fmt.Sprintf("hop %d was %s, is %s", h.TTL, before[len(before)-1], h.Addr))
		}
		old.hops[i] = append(old.hops[i], h.Addr)
		if len(old.hops[i]) > mostKnown {
			old.hops[i] = old.hops[i][1:]
		}
	}
	var wrong []string
	for i, want := range declared {
		if i < len(r.Hops) && want != "*" && r.Hops[i].Addr.IsValid() && r.Hops[i].Addr != netip.MustParseAddr(want).Unmap() && r.Hops[i].Addr.Is4() == netip.MustParseAddr(want).Unmap().Is4() {
			wrong = append(wrong, fmt.Sprintf("hop %d is %s, declared is %s", i+1, r.Hops[i].Addr, want))
		}
	}
	f := checks.Finding{Rule: findingChange, Outcome: checks.Pass, Evidence: "the hops are those of before"}
	switch {
	case len(wrong) > 0:
		f.Outcome, f.Evidence = checks.Fail, strings.Join(wrong, "; ")
	case len(news) > 0 && len(declared) == 0:
		f.Outcome, f.Evidence = checks.Fail, strings.Join(news, "; ")
	case len(declared) > 0:
		f.Evidence = "the first hops are those declared"
	case first:
		f.Outcome, f.Evidence = checks.Unknown, "the first look: there is nothing to compare with"
	}
	return []checks.Finding{f}
}
