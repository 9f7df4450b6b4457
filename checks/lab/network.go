//go:build linux

package lab

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// patience bounds every wait of the lab; a loaded machine is slow, not wrong.
const patience = 30 * time.Second

// A Network is places and the lines between them. All lines run through one
// more place, the fibre, where somebody digs: what happens to a line there
// leaves both routers as they were, and both see their carrier go.
type Network struct {
	places map[string]*Place
	fibre  *Place

	mu    sync.Mutex
	lines map[string]*line
}

// A line is two interfaces in two places, and in the fibre the other ends of
// both, in one bridge.
type line struct {
	name string
	ends [2]string // in the fibre, interfaces
	via  *Forwarder
}

// NewNetwork makes an empty network.
func NewNetwork() (*Network, error) {
	fibre, err := NewPlace("fibre")
	if err != nil {
		return nil, err
	}
	return &Network{places: map[string]*Place{}, fibre: fibre, lines: map[string]*line{}}, nil
}

// Add makes places.
func (n *Network) Add(names ...string) error {
	for _, name := range names {
		if n.places[name] != nil {
			return fmt.Errorf("there are two places %s in the lab", name)
		}
		p, err := NewPlace(name)
		if err != nil {
			return err
		}
		n.places[name] = p
	}
	return nil
}

// Place returns a place by its name; a mistyped one is a mistake of the test.
func (n *Network) Place(name string) *Place {
	if p := n.places[name]; p != nil {
		return p
	}
	panic(fmt.Sprintf("the lab has no place %q; it has %s", name, strings.Join(slices.Sorted(maps.Keys(n.places)), ", ")))
}

// An End is one end of a line or a cable: the interface of a place and its
// addresses with their prefix lengths.
type End struct {
	Place, Interface string
	Addresses        []netip.Prefix
}

// configure returns the lines of ip(8) that give the end its addresses and set
// it up.
func (e End) configure() []string {
	var lines []string
	for _, a := range e.Addresses {
		lines = append(lines, addressAdd(a, e.Interface))
	}
	return append(lines, "link set "+e.Interface+" up")
}

// Line lays a line between two places that can be cut and shaped.
func (n *Network) Line(name string, a, b End) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	i := len(n.lines)
	l := &line{name: name, ends: [2]string{fmt.Sprintf("l%da", i), fmt.Sprintf("l%db", i)}}
	bridge := fmt.Sprintf("l%d", i)
	lines := []string{"link add " + bridge + " type bridge mcast_snooping 0 forward_delay 0", "link set " + bridge + " up"}
	for j, end := range []End{a, b} {
		lines = append(lines,
			"link add "+l.ends[j]+" type veth peer name "+end.Interface+" netns "+n.Place(end.Place).Path(),
			"link set "+l.ends[j]+" master "+bridge+" up")
	}
	if err := n.fibre.IP(lines...); err != nil {
		return err
	}
	n.lines[name] = l
	return errors.Join(n.Place(a.Place).IP(a.configure()...), n.Place(b.Place).IP(b.configure()...))
}

// LAN plugs hosts into a switch of a place: its interface is the gateway.
func (n *Network) LAN(gateway End, hosts ...End) error {
	p := n.Place(gateway.Place)
	lines := []string{"link add " + gateway.Interface + " type bridge mcast_snooping 0 forward_delay 0"}
	for i, host := range hosts {
		port := fmt.Sprintf("%s-%d", gateway.Interface, i+1)
		lines = append(lines,
			"link add "+port+" type veth peer name "+host.Interface+" netns "+n.Place(host.Place).Path(),
			"link set "+port+" master "+gateway.Interface+" up")
	}
	if err := p.IP(append(lines, gateway.configure()...)...); err != nil {
		return err
	}
	for _, host := range hosts {
		lines := host.configure()
		for _, a := range gateway.Addresses {
			lines = append(lines, route(all(a.Addr()), a.Addr()))
		}
		if err := n.Place(host.Place).IP(lines...); err != nil {
			return err
		}
	}
	return nil
}

// addressAdd is the line of ip(8) for an address that can be used at once:
// looking for duplicates begins in a queue of the kernel's, even where it is
// switched off.
func addressAdd(a netip.Prefix, device string) string {
	line := "address add " + a.String() + " dev " + device
	if a.Addr().Is6() {
		line += " nodad"
	}
	return line
}

// route is the line of ip(8) for a static route.
func route(to netip.Prefix, via netip.Addr) string {
	return "route add " + to.String() + " via " + via.String()
}

// all is every address of the family of a.
func all(a netip.Addr) netip.Prefix {
	if a.Is4() {
		return netip.PrefixFrom(netip.IPv4Unspecified(), 0)
	}
	return netip.PrefixFrom(netip.IPv6Unspecified(), 0)
}

// Cut cuts a line: no packet passes and the interfaces at both ends lose their
// carrier.
func (n *Network) Cut(name string) error { return n.set(name, "down") }

// Mend mends a line that was cut.
func (n *Network) Mend(name string) error { return n.set(name, "up") }

func (n *Network) set(name, state string) error {
	l := n.line(name)
	return n.fibre.IP("link set "+l.ends[0]+" "+state, "link set "+l.ends[1]+" "+state)
}

func (n *Network) line(name string) *line {
	n.mu.Lock()
	defer n.mu.Unlock()
	if l := n.lines[name]; l != nil {
		return l
	}
	panic(fmt.Sprintf("the lab has no line %q; it has %s", name, strings.Join(slices.Sorted(maps.Keys(n.lines)), ", ")))
}

// Close ends all places.
func (n *Network) Close() {
	for _, l := range n.lines {
		if l.via != nil {
			l.via.Close()
		}
	}
	for _, p := range n.places {
		p.Close()
	}
	n.fibre.Close()
}
