package icmp

import (
	"net/netip"
	"sync"
	"time"

	"fengsui/checks"
)

// crowdFrom is from how many targets of checks on the engine serves them: below it the
// sockets and goroutines of pro-bing cost little.
const crowdFrom = 10

// targets are those that this process looks at again and again.
var targets crowd

type crowd struct {
	mu    sync.Mutex
	until map[looked]time.Time // when a target is no longer one, unless it is looked at again
	sweep time.Time
}

type looked struct {
	by   *check
	at   netip.Addr
	from checks.Source
}

// many notes a look at a target and says whether there are many of them. Single
// looks by hand do not count.
func (c *crowd) many(by *check, at checks.Endpoint, now time.Time) bool {
	if at.Every == 0 {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.until == nil || now.After(c.sweep) {
		left := map[looked]time.Time{}
		for k, until := range c.until {
			if until.After(now) {
				left[k] = until
			}
		}
		c.until, c.sweep = left, now.Add(time.Minute)
	}
	c.until[looked{by, at.Addr, at.From}] = now.Add(3 * at.Every)
	return len(c.until) >= crowdFrom
}
