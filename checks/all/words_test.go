package all_test

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/miekg/dns"

	"fengsui/checks/lab"
)

// A word arranges one thing of a world.
type arrange func(w *world, args []string)

// vocabulary is every word of the third column.
var vocabulary = func() map[string]arrange {
	all := map[string]arrange{}
	for _, some := range []map[string]arrange{
		networkWords,
		httpWords,
		ntpWords,
		pathWords,
		tlsWords,
		tcpWords,
	} {
		maps.Copy(all, some)
	}
	return all
}()

// arrange does what clauses say, in their order.
func (w *world) arrange(clauses []string) {
	w.t.Helper()
	for _, clause := range clauses {
		words := strings.Fields(clause)
		do := vocabulary[words[0]]
		if do == nil {
			w.t.Fatalf("no world knows the word %q", words[0])
		}
		do(w, words[1:])
	}
}

// networkWords are about names, addresses, routes and lines. A family is v4 or
// v6; without one both are meant.
var networkWords = map[string]arrange{
	"look": func(w *world, _ []string) { w.look() }, // before what follows; the row ends with one more

	"no": func(w *world, args []string) { absent[strings.Join(args, " ")](w) },
	"second": func(w *world, args []string) {
		each(args, func(f string) { w.names[name] = append(w.names[name], other[f]) })
	},
	"gone": func(w *world, args []string) {
		each(args, func(f string) { w.ip("server", "address delete "+prefix(server[f])+" dev eth0") })
	},
	"dropped":       func(w *world, args []string) { w.refuseAt("far", "blackhole", args) },
	"unreachable":   func(w *world, args []string) { w.refuseAt("far", "unreachable", args) },
	"prohibited":    func(w *world, args []string) { w.refuseAt("far", "prohibit", args) },
	"prohibit-here": func(w *world, args []string) { w.refuseAt("agent", "prohibit", args) },
	"mended": func(w *world, args []string) {
		each(args, func(f string) { w.ip("far", "route delete "+server[f].String()+" metric 1") })
	},

	"delayed": func(w *world, args []string) {
		w.shape(args, func(s *lab.Shape, text string) (err error) { s.Delay, err = time.ParseDuration(text); return })
	},
	"lossy": func(w *world, args []string) {
		w.shape(args, func(s *lab.Shape, text string) error {
			n, err := strconv.Atoi(strings.TrimSuffix(text, "%"))
			s.Loss = float64(n) / 100
			return err
		})
	},
	// The trunk carries packets of so many bytes, and its routers say so.
	"narrow": func(w *world, args []string) {
		w.ip("near", "link set eth1 mtu "+args[0])
		w.ip("far", "link set eth1 mtu "+args[0])
	},
	"hole": func(w *world, args []string) {
		w.shape(args, func(s *lab.Shape, text string) (err error) { s.Most, err = strconv.Atoi(text); return })
	},
}

var (
	server = map[string]netip.Addr{"v4": server4, "v6": server6}
	other  = map[string]netip.Addr{"v4": other4, "v6": other6}
)

// absent is what a world can be without.
var absent = map[string]func(w *world){
	"A":        func(w *world) { w.names[name] = slices.DeleteFunc(w.names[name], netip.Addr.Is4) },
	"AAAA":     func(w *world) { w.names[name] = slices.DeleteFunc(w.names[name], netip.Addr.Is6) },
	"name":     func(w *world) { delete(w.names, name); w.knowsNothing() },
	"resolver": func(w *world) { delete(w.names, name); w.resolver(server4.String()) }, // nobody listens there
	"v4 here":  func(w *world) { w.ip("agent", "address delete "+prefix(agent4)+" dev eth0") },
	"v6 here":  func(w *world) { w.ip("agent", "address delete "+prefix(agent6)+" dev eth0") },
	"echo": func(w *world) {
		w.setting("server", "ipv4/icmp_echo_ignore_all", "1")
		w.setting("server", "ipv6/icmp/echo_ignore_all", "1")
	},
}

func each(families []string, do func(family string)) {
	if len(families) == 0 {
		families = []string{"v4", "v6"}
	}
	for _, f := range families {
		do(f)
	}
}

func prefix(a netip.Addr) string {
	if a.Is4() {
		return a.String() + "/24"
	}
	return a.String() + "/64"
}

// refuseAt lets a place answer for the server by a route of a kind.
func (w *world) refuseAt(place, kind string, families []string) {
	w.t.Helper()
	each(families, func(f string) { w.ip(place, "route add "+kind+" "+server[f].String()+" metric 1") })
}

// shape makes the trunk lossy, slow or narrow, both ways: [family] value.
func (w *world) shape(args []string, set func(s *lab.Shape, text string) error) {
	w.t.Helper()
	s := lab.Shape{}
	if len(args) == 2 {
		s.Family = map[string]int{"v4": 4, "v6": 6}[args[0]]
		args = args[1:]
	}
	w.must(set(&s, args[0]))
	// Whoever has to be found on the wire is found before anything is lost, and
	// what shapes the line is at work before anybody looks.
	w.knock(10 * time.Second)
	_, err := w.net.Shape("trunk", s, s, 1)
	w.must(err)
	if s.Loss < 1 {
		w.knock(2 * time.Second)
	}
}

// knock goes to the server and back over both families, or waits in vain.
func (w *world) knock(wait time.Duration) {
	w.t.Helper()
	for _, a := range []netip.Addr{server4, server6} {
		ctx, cancel := context.WithTimeout(w.t.Context(), wait)
		if c, err := w.place("agent").Dial(ctx, "tcp", net.JoinHostPort(a.String(), "9")); err == nil {
			c.Close()
		}
		cancel()
	}
}

// resolver is where the agent asks for names that its hosts file lacks.
func (w *world) resolver(at string) {
	w.t.Helper()
	path := filepath.Join(w.dir, "resolv.conf")
	w.must(os.WriteFile(path, []byte("nameserver "+at+"\noptions timeout:1 attempts:1\n"), 0o644))
	w.must(w.place("agent").Mount(path, "/etc/resolv.conf"))
}

// knowsNothing makes the server a resolver that has no such name.
func (w *world) knowsNothing() {
	w.t.Helper()
	c, err := w.place("server").ListenPacket("udp", net.JoinHostPort(server4.String(), "53"))
	w.must(err)
	s := &dns.Server{PacketConn: c, Handler: dns.HandlerFunc(func(out dns.ResponseWriter, question *dns.Msg) {
		_ = out.WriteMsg(new(dns.Msg).SetRcode(question, dns.RcodeNameError))
	})}
	go s.ActivateAndServe()
	w.t.Cleanup(func() { _ = s.Shutdown() })
	w.resolver(server4.String())
}

// setting sets a kernel setting of a place's network.
func (w *world) setting(place, name, value string) {
	w.t.Helper()
	w.must(w.place(place).Do(func() error { return os.WriteFile("/proc/sys/net/"+name, []byte(value), 0) }))
}

// at are the addresses that a word's server listens on: those of a family, or
// "other" for the second address of each.
func (w *world) at(args []string) (all []netip.Addr) {
	if len(args) == 0 {
		return []netip.Addr{server4, server6, other4, other6}
	}
	for _, a := range args {
		addr, ok := map[string]netip.Addr{"v4": server4, "v6": server6, "other4": other4, "other6": other6}[a]
		if !ok {
			w.t.Fatal(fmt.Errorf("the server has no address %q, want v4, v6, other4 or other6", a))
		}
		all = append(all, addr)
	}
	return all
}
