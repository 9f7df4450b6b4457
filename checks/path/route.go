package path

import (
	"net/netip"
	"slices"
	"time"

	"fengsui/checks/icmp/echo"
)

// A Route is a way as it was seen. Its last hop is the target when it was
// reached, and else who stopped it or the last that answered.
type Route struct {
	Hops    []Hop
	Reached bool
	Says    echo.Error // what stopped it; zero: nobody said anything
	Method  string     // that saw it: icmp, udp or tcp
}

// A Hop is a node on the way.
type Hop struct {
	TTL            int
	Addr           netip.Addr    // not valid: nobody answered
	RTT            time.Duration // median; negative: not measured
	Sent, Received int
}

// Options of a trace; zero values stand for the defaults.
type Options struct {
	Method  string // auto, icmp, udp or tcp
	Port    uint16 // of udp and tcp; udp without one takes that of traceroute
	MaxHops int    // 30
	Queries int    // 3
	Size    int    // bytes of the IP packets, of icmp only; 0: the least
}

func (o Options) whole() Options {
	if o.Method == "" {
		o.Method = "auto"
	}
	if o.MaxHops == 0 {
		o.MaxHops = 30
	}
	if o.Queries == 0 {
		o.Queries = 3
	}
	return o
}

// tracePort is where traceroute begins: a port that nobody listens on answers
// that it is unreachable, and so that the target is reached.
const tracePort = 33434

func unspecified(v6 bool) netip.Addr {
	if v6 {
		return netip.IPv6Unspecified()
	}
	return netip.IPv4Unspecified()
}

// An answer is what came of a probe: the reply of the target, or an ICMP error
// of somebody.
type answer struct {
	hop  int
	rtt  time.Duration // negative: not measured
	by   netip.Addr
	says echo.Error // zero: a reply
}

// A tally is what came of the probes of one hop.
type tally struct {
	sent int
	rtts []time.Duration
	by   netip.Addr
	came int
}

// A survey gathers the answers of a trace.
type survey struct {
	target  netip.Addr
	hops    []tally // by hop - 1
	end     int     // hop of the target, or of who stopped the way; 0: not found
	reached bool
	says    echo.Error
}

func newSurvey(target netip.Addr, most int) *survey {
	return &survey{target: target.WithZone(""), hops: make([]tally, most)}
}

// take adds an answer.
func (s *survey) take(a answer) {
	if a.hop < 1 || a.hop > len(s.hops) {
		return
	}
	h := &s.hops[a.hop-1]
	h.came++
	if a.rtt >= 0 {
		h.rtts = append(h.rtts, a.rtt)
	}
	if !h.by.IsValid() {
		h.by = a.by
	}
	if a.says.HopsUsedUp() {
		return
	}
	// A reply, or the target's own word (port unreachable), is its end; so is
	// whoever forbids to go on.
	reached := a.says.IsZero() || a.by.WithZone("") == s.target && !a.says.Prohibited() && !a.says.TooBig()
	if s.end == 0 || a.hop < s.end || a.hop == s.end && reached && !s.reached {
		s.end, s.reached, s.says = a.hop, reached, a.says
		if reached {
			s.says = echo.Error{}
		}
	}
}

// last is the farthest hop that answered.
func (s *survey) last() int {
	for i := len(s.hops) - 1; i >= 0; i-- {
		if s.hops[i].came > 0 {
			return i + 1
		}
	}
	return 0
}

func (s *survey) route(method string) Route {
	r := Route{Reached: s.reached, Says: s.says, Method: method}
	end := s.end
	if end == 0 {
		end = s.last()
	}
	for i, h := range s.hops[:end] {
		hop := Hop{TTL: i + 1, Addr: h.by, RTT: echo.Unmeasured, Sent: h.sent, Received: min(h.came, h.sent)}
		if len(h.rtts) > 0 {
			slices.Sort(h.rtts)
			hop.RTT = h.rtts[len(h.rtts)/2]
		}
		r.Hops = append(r.Hops, hop)
	}
	return r
}
