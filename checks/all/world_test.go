package all_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"fengsui/checks/lab"
)

// A world is a small network of its own for one row of the verdict table:
//
//	agent ──access── near ──trunk── far ──last── server
//
// with IPv4 and IPv6 everywhere. The name site.test has one address of each
// family, the server's, unless a word of the row says otherwise.
type world struct {
	t      *testing.T
	net    *lab.Network
	dir    string
	order  order
	names  map[string][]netip.Addr // what the agent's /etc/hosts says
	env    []string                // of the agent, beside this process's
	looker *looking                // nil before the first look
	last   Seen
}

// name is the target of most rows.
const name = "site.test"

// Addresses of the world. The other ones are of the server too, for names with
// several.
var (
	agent4, agent6   = netip.MustParseAddr("10.0.1.2"), netip.MustParseAddr("fd00:1::2")
	server4, server6 = netip.MustParseAddr("10.0.3.2"), netip.MustParseAddr("fd00:3::2")
	other4, other6   = netip.MustParseAddr("10.0.3.3"), netip.MustParseAddr("fd00:3::3")
)

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), names: map[string][]netip.Addr{name: {server4, server6}}}
	n, err := lab.NewNetwork()
	w.must(err)
	w.net = n
	t.Cleanup(n.Close)
	w.must(n.Add("agent", "near", "far", "server"))
	w.must(n.Line("access", w.end("agent", "eth0", "10.0.1.2/24", "fd00:1::2/64"), w.end("near", "eth0", "10.0.1.1/24", "fd00:1::1/64")))
	w.must(n.Line("trunk", w.end("near", "eth1", "10.0.2.1/24", "fd00:2::1/64"), w.end("far", "eth1", "10.0.2.2/24", "fd00:2::2/64")))
	w.must(n.Line("last", w.end("far", "eth0", "10.0.3.1/24", "fd00:3::1/64"),
		w.end("server", "eth0", "10.0.3.2/24", "fd00:3::2/64", "10.0.3.3/24", "fd00:3::3/64")))
	w.ip("agent", "route add default via 10.0.1.1", "route add default via fd00:1::1")
	w.ip("near", "route add 10.0.3.0/24 via 10.0.2.2", "route add fd00:3::/64 via fd00:2::2")
	w.ip("far", "route add 10.0.1.0/24 via 10.0.2.1", "route add fd00:1::/64 via fd00:2::1")
	w.ip("server", "route add default via 10.0.3.1", "route add default via fd00:3::1")
	return w
}

// end is one end of a line.
func (w *world) end(place, device string, addrs ...string) lab.End {
	e := lab.End{Place: place, Interface: device}
	for _, a := range addrs {
		e.Addresses = append(e.Addresses, netip.MustParsePrefix(a))
	}
	return e
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// ip runs lines of ip(8) in a place.
func (w *world) ip(place string, lines ...string) {
	w.t.Helper()
	w.must(w.net.Place(place).IP(lines...))
}

// place is where a word's servers listen and its programs run.
func (w *world) place(name string) *lab.Place { return w.net.Place(name) }

// A looking is the agent at work: a process of its own in the agent's place.
type looking struct {
	in  *json.Encoder
	out *json.Decoder
}

// look lets the check of the row look once.
func (w *world) look() {
	w.t.Helper()
	if w.looker == nil {
		w.looker = w.start()
	}
	w.must(w.looker.in.Encode(true))
	w.last = Seen{}
	w.must(w.looker.out.Decode(&w.last))
}

func (w *world) start() *looking {
	w.t.Helper()
	var hosts strings.Builder
	fmt.Fprintln(&hosts, "127.0.0.1 localhost")
	for name, addrs := range w.names {
		for _, a := range addrs {
			fmt.Fprintln(&hosts, a, name)
		}
	}
	path := filepath.Join(w.dir, "hosts")
	w.must(os.WriteFile(path, []byte(hosts.String()), 0o644))
	w.must(w.place("agent").Mount(path, "/etc/hosts"))

	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(os.Environ(), lookerVariable+"=1"), w.env...)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	in, err := cmd.StdinPipe()
	w.must(err)
	out, err := cmd.StdoutPipe()
	w.must(err)
	w.must(w.place("agent").Do(cmd.Start))
	w.t.Cleanup(func() {
		in.Close() // which ends it
		_, _ = io.Copy(io.Discard, out)
		_ = cmd.Wait()
	})
	l := &looking{json.NewEncoder(in), json.NewDecoder(out)}
	w.must(l.in.Encode(w.order))
	return l
}
