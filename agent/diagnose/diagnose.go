// Package diagnose looks at one service from this site, from the machine itself
// outwards, and says in which segment the fault lies and whose it is (体检).
package diagnose

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"fengsui/agent/selftest"
	"fengsui/checks"
	"fengsui/checks/icmp"
	"fengsui/checks/path"
)

// Limit is how long a diagnosis takes at most.
const Limit = 10 * time.Second

// budget of what is looked at; the rest of [Limit] is for saying what was seen.
const budget = 9 * time.Second

// An Order is what to look at.
type Order struct {
	Service checks.Spec
	Hub     []netip.AddrPort // where the collector is; none: not known
}

// A Report is what was seen, from the machine itself outwards.
type Report struct {
	Target   string
	Own      Own
	Gateways []Gateway
	Resolver *Resolver // nil: the target is an address
	Hub      *Hub      // nil: not known where it is
	Service  checks.Result
	Kind     *checks.Kind
	Ways     []Way // to the service, IPv4 first
	Took     time.Duration

	Verdict Verdict
}

// Own is this machine.
type Own struct {
	V4, V6  bool
	Sources []netip.Addr // by which it would speak to the service
}

// A Gateway is the first router of a family.
type Gateway struct {
	Addr    netip.Addr
	Device  string
	Verdict checks.Verdict
	RTT     time.Duration // 0: not measured
}

// Resolver is how the target's name was resolved.
type Resolver struct {
	Name  string
	Addrs []netip.Addr
	Took  time.Duration
	Err   error // nil: answered, perhaps with no address
}

// Hub is the collector, and the way to it.
type Hub struct {
	At      netip.AddrPort
	Connect time.Duration
	Reason  checks.Reason // zero: reached
	Way     path.Route
}

// A Way is the way to one address of the service.
type Way struct {
	Addr   netip.Addr
	Route  path.Route
	Reason checks.Reason // this machine could not look
	MTU    path.Limit
}

// Run looks at everything at once and judges it.
func Run(ctx context.Context, o Order) *Report {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, budget)
	defer cancel()
	facts := selftest.Run(ctx)
	r := &Report{Target: o.Service.Target, Kind: o.Service.Kind, Own: Own{V4: facts.V4, V6: facts.V6}}
	var work sync.WaitGroup
	work.Go(func() { r.Gateways = lookAtGateways(ctx) })
	work.Go(func() { r.Hub = lookAtHub(ctx, o.Hub) })
	work.Go(func() {
		s := o.Service
		s.Timeout = budget - 500*time.Millisecond
		r.Service = checks.Run(ctx, s, facts.Env())
	})
	work.Go(func() { r.Resolver, r.Ways = lookAtWays(ctx, o.Service) })
	work.Wait()
	for _, w := range r.Ways {
		if from := sourceFor(w.Addr); from.IsValid() && !slices.Contains(r.Own.Sources, from) {
			r.Own.Sources = append(r.Own.Sources, from)
		}
	}
	r.Took = time.Since(began)
	r.Verdict = r.judge()
	return r
}

// sourceFor is the address by which this machine speaks to another; the socket
// sends nothing.
func sourceFor(a netip.Addr) netip.Addr {
	c, err := net.Dial("udp", netip.AddrPortFrom(a, 9).String())
	if err != nil {
		return netip.Addr{}
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
}

func lookAtGateways(ctx context.Context) []Gateway {
	all := gateways()
	var work sync.WaitGroup
	for i := range all {
		work.Go(func() {
			g := &all[i]
			target := g.Addr
			if target.IsLinkLocalUnicast() && target.Is6() {
				target = target.WithZone(g.Device)
			}
			s, err := checks.NewSpec(&icmp.Kind, target.String(), map[string][]string{"count": {"3"}, "gap": {"100ms"}, "wait": {"1s"}})
			if err != nil {
				return
			}
			seen := checks.Run(ctx, s, checks.Env{})
			g.Verdict = seen.Pair
			for _, row := range seen.Rows {
				if row.Values[0] > 0 {
					g.RTT = time.Duration(row.Values[0] * float64(time.Second))
				}
			}
		})
	}
	work.Wait()
	return all
}

// lookAtHub connects to the first address of the collector that answers, or
// says why the first did not.
func lookAtHub(ctx context.Context, all []netip.AddrPort) *Hub {
	var first *Hub
	for _, at := range all {
		e := checks.Endpoint{Target: at.String(), Addr: at.Addr()}
		dial, cancel := context.WithTimeout(ctx, 3*time.Second)
		conn, took, why := checks.Connect(dial, e, at.Port())
		cancel()
		h := &Hub{At: at, Connect: took, Reason: why}
		if conn != nil {
			conn.Close()
		}
		if first == nil || why.IsZero() {
			first = h
		}
		if why.IsZero() {
			break
		}
	}
	if first != nil {
		first.Way, _ = path.Trace(ctx, checks.Endpoint{Target: first.At.String(), Addr: first.At.Addr()}, path.Options{Port: first.At.Port()})
	}
	return first
}

// lookAtWays resolves the service's name and traces the way to one address of
// each family.
func lookAtWays(ctx context.Context, s checks.Spec) (*Resolver, []Way) {
	host, err := s.Check.Host(s.Target)
	if err != nil {
		return nil, nil
	}
	var resolver *Resolver
	var addrs []netip.Addr
	if a, err := netip.ParseAddr(host); err == nil {
		addrs = []netip.Addr{a}
	} else {
		resolver = &Resolver{Name: host}
		began := time.Now()
		lookup, cancel := context.WithTimeout(ctx, 3*time.Second)
		resolver.Addrs, resolver.Err = net.DefaultResolver.LookupNetIP(lookup, "ip", host)
		cancel()
		resolver.Took = time.Since(began)
		var dns *net.DNSError
		if errors.As(resolver.Err, &dns) && dns.IsNotFound {
			resolver.Err = nil
		}
		addrs = resolver.Addrs
		if len(addrs) == 0 {
			addrs = s.Addresses
		}
	}
	var ways []Way
	for _, family := range []checks.Family{checks.V4, checks.V6} {
		for _, a := range addrs {
			if a = a.Unmap(); checks.FamilyOf(a) == family {
				ways = append(ways, Way{Addr: a})
				break
			}
		}
	}
	port := portOf(s.Target)
	var work sync.WaitGroup
	for i := range ways {
		work.Go(func() {
			w := &ways[i]
			at := checks.Endpoint{Target: s.Target, Host: host, Addr: w.Addr}
			if w.Route, w.Reason = path.Trace(ctx, at, path.Options{Port: port}); w.Reason.IsZero() && w.Route.Reached {
				w.MTU, _ = path.MTU(ctx, at, 1500)
			}
		})
	}
	work.Wait()
	return resolver, ways
}
