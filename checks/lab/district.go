//go:build linux

package lab

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"
)

// A District is a small district on one machine:
//
//	city ── hub ┬─ qingfu ┬─ qingfu-1
//	            │         └─ qingfu-2
//	            ├─ wanqing ── wanqing-1
//	            └─ qingfu-3, a community of qingfu on a VPN line of its own
//
// Each site has a router, which speaks SNMP, and behind it the host of its
// agent, a place of the site's name. In the hub's network are the hosts
// collector, portal (nginx) and names (nsd and unbound), in the city's cloud
// (nginx). All speak IPv4 and IPv6.
type District struct {
	*Network
	Sites []Site // those above before those below
	CA    string // file with the authority of the portal's and the cloud's certificates

	dir     string
	zone    *zone
	hosts   map[string]host
	daemons map[string]*Daemon
}

// A Site of the district.
type Site struct {
	ID, Name, Kind string
	Parent         string // that it belongs to
	Up             string // to which its line goes

	number int
}

// Zone is the domain of the district's names: portal.qingshan.test.
const Zone = "qingshan.test"

// Community is what the routers want to hear by SNMP v2c.
const Community = "qingshan"

// Router is the place of a site's router.
func (s Site) Router() string { return s.ID + "-router" }

// Line is the name of a site's line: of its upper and its lower end.
func (s Site) Line() string { return s.Up + "-" + s.ID }

// Interface is the name of a router's interface that goes to another site.
func Interface(to string) string { return "to-" + to }

// address is that of host h of the site's own network, with its prefix length.
func (s Site) address(h int) [2]netip.Prefix {
	return pairOf(fmt.Sprintf("10.66.%d.%d/24", s.number, h), fmt.Sprintf("fd66:0:0:%x::%x/64", s.number, h))
}

// line is the address of an end (1: upper, 2: lower) of the site's line.
func (s Site) line(end int) [2]netip.Prefix {
	return pairOf(fmt.Sprintf("10.67.%d.%d/24", s.number, end), fmt.Sprintf("fd67:0:0:%x::%x/64", s.number, end))
}

func pairOf(v4, v6 string) [2]netip.Prefix {
	return [2]netip.Prefix{netip.MustParsePrefix(v4), netip.MustParsePrefix(v6)}
}

// A host is a place in a site's network.
type host struct {
	site      string
	addresses [2]netip.Prefix
}

var sites = []Site{
	{ID: "city", Name: "市政务外网", Kind: "city"},
	{ID: "hub", Name: "青山区大数据中心", Kind: "hub", Up: "city"},
	{ID: "qingfu", Name: "青福镇", Kind: "town", Up: "hub"},
	{ID: "wanqing", Name: "万青路街道", Kind: "town", Up: "hub"},
	{ID: "qingfu-1", Name: "青福第一社区", Kind: "community", Up: "qingfu"},
	{ID: "qingfu-2", Name: "青福第二社区", Kind: "community", Up: "qingfu"},
	{ID: "wanqing-1", Name: "振华社区", Kind: "community", Up: "wanqing"},
	{ID: "qingfu-3", Name: "青福第三社区", Kind: "community", Up: "hub", Parent: "qingfu"},
}

// NewDistrict gives a test a district that ends with it. What the daemons said
// is shown when it failed.
func NewDistrict(t testing.TB) *District {
	t.Helper()
	NeedDaemons(t)
	d, err := OpenDistrict(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		d.Close()
		if t.Failed() {
			t.Log(d.Logs())
		}
	})
	return d
}

// OpenDistrict makes a district with its files below dir, and waits until all
// its daemons do their work.
func OpenDistrict(dir string) (d *District, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	n, err := NewNetwork()
	if err != nil {
		return nil, err
	}
	d = &District{Network: n, dir: dir, hosts: map[string]host{}, daemons: map[string]*Daemon{}}
	defer func() {
		if err != nil {
			d.Close()
		}
	}()
	for i, s := range sites {
		s.number = i + 1
		if s.Parent == "" {
			s.Parent = s.Up
		}
		d.Sites = append(d.Sites, s)
	}
	for _, s := range d.Sites {
		d.hosts[s.ID] = host{s.ID, s.address(10)}
	}
	hub, city := d.Site("hub"), d.Site("city")
	d.hosts["collector"] = host{"hub", hub.address(20)}
	d.hosts["portal"] = host{"hub", hub.address(30)}
	d.hosts["names"] = host{"hub", hub.address(53)}
	d.hosts["cloud"] = host{"city", city.address(30)}
	if err := d.join(); err != nil {
		return nil, err
	}
	return d, d.serve()
}

// Site returns a site by its id; a mistyped one is a mistake of the test.
func (d *District) Site(id string) Site {
	i := slices.IndexFunc(d.Sites, func(s Site) bool { return s.ID == id })
	if i < 0 {
		panic(fmt.Sprintf("the lab has no site %q", id))
	}
	return d.Sites[i]
}

// Addresses are those of a host, of its site's gateway for a router: IPv4 and
// IPv6.
func (d *District) Addresses(place string) (v4, v6 netip.Addr) {
	if h, ok := d.hosts[place]; ok {
		return h.addresses[0].Addr(), h.addresses[1].Addr()
	}
	s := d.Site(strings.TrimSuffix(place, "-router"))
	return s.address(1)[0].Addr(), s.address(1)[1].Addr()
}

// join makes the places, their networks, the lines and the routes.
func (d *District) join() error {
	for _, s := range d.Sites {
		if err := d.Add(s.Router()); err != nil {
			return err
		}
	}
	for name := range d.hosts {
		if err := d.Add(name); err != nil {
			return err
		}
	}
	var work errgroup.Group
	for _, s := range d.Sites {
		var hosts []End
		for name, h := range d.hosts {
			if h.site == s.ID {
				hosts = append(hosts, End{name, "eth0", h.addresses[:]})
			}
		}
		work.Go(func() error {
			gateway := s.address(1)
			return d.LAN(End{s.Router(), "lan", gateway[:]}, hosts...)
		})
	}
	for _, s := range d.Sites {
		if s.Up != "" {
			upper, lower := s.line(1), s.line(2)
			work.Go(func() error {
				return d.Line(s.Line(), End{d.Site(s.Up).Router(), Interface(s.ID), upper[:]}, End{s.Router(), Interface(s.Up), lower[:]})
			})
		}
	}
	if err := work.Wait(); err != nil {
		return err
	}
	return d.route()
}

// route gives each router its static routes: upwards to everything, downwards
// to each network that lies below.
func (d *District) route() error {
	lines := map[string][]string{}
	for _, s := range d.Sites {
		if s.Up == "" {
			continue
		}
		for family := range 2 {
			upper := s.line(1)[family].Addr()
			lines[s.ID] = append(lines[s.ID], route(all(upper), upper))
		}
		for below := s; below.Up != ""; below = d.Site(below.Up) {
			for family := range 2 {
				via := below.line(2)[family].Addr()
				at := lines[below.Up]
				at = append(at, route(s.address(0)[family].Masked(), via))
				if below.ID != s.ID { // the line itself is the upper router's own
					at = append(at, route(s.line(0)[family].Masked(), via))
				}
				lines[below.Up] = at
			}
		}
	}
	for site, lines := range lines {
		if err := d.Place(d.Site(site).Router()).IP(lines...); err != nil {
			return err
		}
	}
	return nil
}

// Close ends the district and everything that was started in it.
func (d *District) Close() {
	for _, daemon := range d.daemons {
		daemon.Stop()
	}
	d.Network.Close()
}

// Logs is what every daemon said.
func (d *District) Logs() string {
	var b strings.Builder
	for name, daemon := range d.daemons {
		fmt.Fprintf(&b, "-- %s:\n%s\n", name, daemon.Log())
	}
	return b.String()
}

// folder makes a folder for the files of one daemon.
func (d *District) folder(name string) (string, error) {
	dir := filepath.Join(d.dir, name)
	return dir, os.MkdirAll(dir, 0o700)
}

// Prohibit makes a site's router answer that a destination is forbidden, until
// Allow.
func (d *District) Prohibit(site string, to netip.Prefix) error {
	return d.Place(d.Site(site).Router()).IP("route add prohibit " + to.String() + " metric 1")
}

// Allow takes a Prohibit back.
func (d *District) Allow(site string, to netip.Prefix) error {
	return d.Place(d.Site(site).Router()).IP("route delete prohibit " + to.String() + " metric 1")
}

// Withdraw6 takes the IPv6 address of a host away, whose name still leads to
// it, until Restore6.
func (d *District) Withdraw6(host string) error {
	return d.Place(host).IP("address delete " + d.hosts[host].addresses[1].String() + " dev eth0")
}

// Restore6 gives the address back, and with it the way out.
func (d *District) Restore6(host string) error {
	h := d.hosts[host]
	gateway := d.Site(h.site).address(1)[1].Addr()
	p := d.Place(host)
	return errors.Join(
		p.IP(addressAdd(h.addresses[1], "eth0")),
		p.IP(strings.Replace(route(all(gateway), gateway), "add", "replace", 1)))
}
