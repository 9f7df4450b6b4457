package path

import "net/netip"

// leastMTU is what every link of IPv6 carries (RFC 8200 section 5), and so
// what a way is not asked to be narrower than.
const leastMTU = 1280

// A Limit is how large an IP packet a way takes.
type Limit struct {
	MTU  int        // bytes of the largest that passes; 0: the target answers no request at all
	By   netip.Addr // who said that larger ones are too big; not valid: this machine, or nobody
	Hole bool       // larger ones vanish, and nobody says so
	Last string     // of a hole: the last hop that answered large packets, or unknown
}

// least is the IP packet of a request that has nothing to spare.
const least = 64
