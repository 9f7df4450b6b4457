package diagnose

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"fengsui/checks"
	"fengsui/checks/path"
)

// A Segment is where a fault lies, and so whose it is.
type Segment string

// The segments, from the machine itself outwards.
const (
	Machine     Segment = "machine"     // 本机
	LAN         Segment = "lan"         // 本地局域网
	Line        Segment = "line"        // 镇街线路
	Core        Segment = "core"        // 区核心或以上
	Service     Segment = "service"     // 该系统
	DNS         Segment = "dns"         // DNS
	IPv6        Segment = "ipv6"        // IPv6
	Certificate Segment = "certificate" // 证书
	None        Segment = "none"        // nothing wrong from here: not ours
	Unknown     Segment = "unknown"     // what was seen does not say
)

// A Verdict is the one sentence at the end: the segment, and why it is that one,
// by a sentence of configs/words or by the reason of the service's check.
type Verdict struct {
	Segment Segment
	Because string // key behind diagnose.because.
	Args    []any
	Reason  checks.Reason // zero: by the key
}

func because(s Segment, key string, args ...any) Verdict {
	return Verdict{Segment: s, Because: key, Args: args}
}

// local are reasons that say something about this machine only.
var local = []string{checks.ReasonNoRoute.Code, checks.ReasonProhibited.Code, checks.ReasonLocal.Code, "source_missing", "source_lacks_family", "icmp_no_permission"}

// certificates are reasons about a certificate.
var certificates = []string{"cert_expired", "cert_not_yet", "certificate_expired", "certificate_not_yet"}

// application are reasons of a service that was reached.
var application = []string{"server_error", "status_unwanted", "body_unmatched", "body_incomplete", "header_unmatched", "redirects_endless", "not_http",
	"tls_failed", "no_answer", "not_tls", "handshake_broken", "refused", "reset", "closed_early", "answer_unmatched", "starttls_failed", "ntp_unsynchronised"}

// family are reasons of the pair that say that IPv6 alone is at fault.
var family = []string{"aaaa_dead", "v6_mtu_blackhole"}

// judge draws the verdict, from the machine itself outwards: what is nearer
// explains what is behind it.
func (r *Report) judge() Verdict {
	if !r.Own.V4 && !r.Own.V6 {
		return because(Machine, "no_address")
	}
	why := r.Service.Pair.Reason
	cause := why
	if v := r.Service.V4; why.Code == "both_dead" && v != nil {
		cause = v.Reason
	}
	if why.Code == "v4_dead" && r.Service.V4 != nil {
		cause = r.Service.V4.Reason
	}
	switch {
	case slices.Contains(local, cause.Code):
		return Verdict{Segment: Machine, Reason: cause}
	case r.Service.Pair.State == checks.Up:
		return r.slow()
	case slices.Contains(family, why.Code):
		return r.ipv6(why)
	case slices.Contains(certificates, cause.Code):
		return Verdict{Segment: Certificate, Reason: cause}
	}
	if !r.reached() {
		if nearer := r.broken(); nearer.Segment != "" {
			return nearer
		}
	}
	switch {
	case cause.Code == "resolver_silent" || cause.Code == "name_unknown" || cause.Code == "no_address":
		return Verdict{Segment: DNS, Reason: cause}
	case slices.Contains(application, cause.Code) || r.reached():
		return Verdict{Segment: Service, Reason: cause}
	}
	return Verdict{Segment: Unknown, Reason: cause}
}

// reached says whether a way leads to the service.
func (r *Report) reached() bool {
	return slices.ContainsFunc(r.Ways, func(w Way) bool { return w.Route.Reached })
}

// broken says where the way to the service is cut; the zero Verdict means that
// nothing nearer than the service is.
func (r *Report) broken() Verdict {
	gateway := r.gatewayAnswers()
	hub := r.Hub != nil && r.Hub.Reason.IsZero()
	last, at := r.farthest()
	switch {
	case !gateway && last == 0 && !hub:
		return because(LAN, "gateway_silent", r.gatewayNames())
	case hub && len(r.Ways) > 0:
		return because(Core, "behind_hub", r.Hub.At.Addr(), last, at)
	case r.Hub != nil && !hub:
		return because(Line, "hub_silent", r.Hub.At.Addr(), last, at)
	}
	return Verdict{}
}

func (r *Report) gatewayAnswers() bool {
	return slices.ContainsFunc(r.Gateways, func(g Gateway) bool { return g.Verdict.State == checks.Up || g.Verdict.State == checks.Degraded })
}

func (r *Report) gatewayNames() string {
	if len(r.Gateways) == 0 {
		return "none"
	}
	return r.Gateways[0].Addr.String()
}

// farthest is the last hop that answered, over any family; this machine itself,
// which says that nobody is there, is none.
func (r *Report) farthest() (hop int, at string) {
	at = "-"
	for _, w := range r.Ways {
		for _, h := range w.Route.Hops {
			if h.Addr.IsValid() && h.TTL > hop && !slices.Contains(r.Own.Sources, h.Addr) {
				hop, at = h.TTL, h.Addr.String()
			}
		}
	}
	return hop, at
}

// ipv6 says how far IPv6 goes.
func (r *Report) ipv6(why checks.Reason) Verdict {
	for _, w := range r.Ways {
		if !w.Addr.Is6() {
			continue
		}
		if w.MTU.Hole {
			return because(IPv6, "hole", w.MTU.MTU, w.MTU.Last)
		}
		last := "-"
		for _, h := range w.Route.Hops {
			if h.Addr.IsValid() {
				last = h.Addr.String()
			}
		}
		return because(IPv6, "dead", w.Addr, why.Arg("why"), last)
	}
	return Verdict{Segment: IPv6, Reason: why}
}

// Bounds of what counts as slow or lossy without a normal to compare with.
const (
	slowJump   = 30 * time.Millisecond // between two hops
	slowAnswer = time.Second           // of the server, beyond the way to it
	lossy      = 0.10                  // of the probes of a hop and of all behind it
)

// slow looks for what makes a service slow that works: loss or delay that
// begins at a hop and lasts to the end, or the server's own time.
func (r *Report) slow() Verdict {
	for _, w := range r.Ways {
		if hop, key, args := worse(w.Route); hop > 0 {
			return because(r.segmentOf(w, hop), key, append([]any{hop, w.Route.Hops[hop-1].Addr}, args...)...)
		}
	}
	if first, ok := r.measured("first_byte_seconds"); ok {
		if connect, _ := r.measured("connect_seconds"); first > 3*connect+slowAnswer {
			return because(Service, "answers_late", short(connect), short(first))
		}
	}
	for _, f := range r.Service.Findings {
		if f.Rule == checks.FindingV6Worse && f.Outcome == checks.Fail {
			return because(IPv6, "evidence", f.Evidence)
		}
	}
	return because(None, "evidence", r.fine())
}

// worse is the hop from which on everything is lossy or late, and how.
func worse(r path.Route) (hop int, key string, args []any) {
	for i, h := range r.Hops {
		if h.Received == 0 {
			continue
		}
		before := time.Duration(0)
		for _, b := range r.Hops[:i] {
			if b.Received > 0 && b.RTT > 0 {
				before = b.RTT
			}
		}
		lost, late := true, true
		for _, b := range r.Hops[i:] {
			if b.Sent > 0 && b.Received > 0 && float64(b.Sent-b.Received)/float64(b.Sent) < lossy {
				lost = false
			}
			if b.Received > 0 && b.RTT-before < slowJump {
				late = false
			}
		}
		switch {
		case late && h.RTT > 0:
			return h.TTL, "late", []any{short(before), short(h.RTT)}
		case lost && h.Sent > 0:
			return h.TTL, "lossy", []any{h.Received, h.Sent}
		}
	}
	return 0, "", nil
}

// segmentOf is whose the piece of a way is that ends at a hop: the first is the
// local network, as far as the way to the hub goes along it is the line, and
// behind that the core; the last piece is the service's own.
func (r *Report) segmentOf(w Way, hop int) Segment {
	switch {
	case hop == 1 && len(w.Route.Hops) > 1:
		return LAN
	case r.Hub == nil:
		return Unknown
	}
	// The hub itself may be an inner address of the router that the way passes.
	for i, h := range r.Hub.Way.Hops {
		if i+1 == hop && (h.Addr == w.Route.Hops[hop-1].Addr || i+1 == len(r.Hub.Way.Hops)) {
			if jump, _, _ := worse(r.Hub.Way); jump == hop {
				return Line
			}
		}
	}
	return Core
}

func (r *Report) measured(name string) (time.Duration, bool) {
	for i, m := range r.Kind.Measurements {
		if m.Name != name {
			continue
		}
		for _, row := range r.Service.Rows {
			if v := row.Values[i]; v > 0 {
				return time.Duration(v * float64(time.Second)), true
			}
		}
	}
	return 0, false
}

// fine are the figures that show that all is well from here.
func (r *Report) fine() string {
	var parts []string
	for _, w := range r.Ways {
		if n := len(w.Route.Hops); n > 0 && w.Route.Reached {
			parts = append(parts, fmt.Sprintf("%s (%d) %s", w.Addr, n, short(w.Route.Hops[n-1].RTT)))
		}
	}
	if first, ok := r.measured("first_byte_seconds"); ok {
		parts = append(parts, "first_byte "+short(first))
	}
	return strings.Join(parts, ", ")
}
