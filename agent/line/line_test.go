package line_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"connectrpc.com/connect"

	"fengsui/agent/collectortest"
	"fengsui/agent/identity"
	"fengsui/agent/line"
	"fengsui/collector/wire"
)

// open opens a line to collectors that show the authority of c.
func open(t *testing.T, c *collectortest.Collector, d *line.Dialer) *line.Line {
	t.Helper()
	trust := &identity.Trust{Pin: c.Authority.Pin()}
	l := d.Open(trust.ClientConfig(c.Identity(t).TLS()))
	t.Cleanup(l.Close)
	return l
}

func dialer(t *testing.T, addresses ...string) *line.Dialer {
	t.Helper()
	d, err := line.NewDialer(addresses)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func hello(ctx context.Context, l *line.Line) error {
	_, err := l.Client().Hello(ctx, connect.NewRequest(&wire.HelloRequest{Contact: &wire.Contact{Instance: []byte("me")}}))
	return err
}

func TestProtocols(t *testing.T) {
	t.Parallel()
	for proto, change := range map[string]func(*tls.Config){
		"HTTP/2.0": nil,
		"HTTP/1.1": func(c *tls.Config) { c.NextProtos = []string{"http/1.1"} },
	} {
		for _, listen := range []string{"127.0.0.1:0", "[::1]:0"} {
			c := collectortest.Start(t, listen, change)
			d := dialer(t, c.Addr)
			l := open(t, c, d)
			var ready atomic.Int32
			note := &line.Call{Ready: func() { ready.Add(1) }}
			for range 3 {
				if err := hello(line.With(t.Context(), note), l); err != nil {
					t.Fatalf("%s at %s: %v", proto, listen, err)
				}
			}
			if got := c.Seen().Protocols; got[proto] != 3 {
				t.Errorf("%s at %s: the server saw %v, want 3 calls", proto, listen, got)
			}
			if ready.Load() != 3 || note.Bytes.Load() == 0 {
				t.Errorf("%s: Ready ran %d times and %d bytes were noted, want 3 and some", proto, ready.Load(), note.Bytes.Load())
			}
			if d.Good() != c.Addr {
				t.Errorf("%s: the address that answered is %q, want %q", proto, d.Good(), c.Addr)
			}
			if chain := l.Chain(); len(chain) != 2 {
				t.Errorf("%s: %d certificates were noted, want 2", proto, len(chain))
			}
			l.Close()
			if err := hello(t.Context(), l); err == nil {
				t.Errorf("%s: a closed line still works", proto)
			}
		}
	}
}

// names is a resolver of a few names that counts what it is asked.
type names struct {
	asked atomic.Int32
	dead  atomic.Bool
	known map[string][]netip.Addr
}

func (n *names) LookupNetIP(_ context.Context, network, host string) ([]netip.Addr, error) {
	n.asked.Add(1)
	if a, ok := n.known[host]; ok && !n.dead.Load() {
		return a, nil
	}
	return nil, &net.DNSError{Err: "server misbehaving", Name: host}
}

func TestAddressesInTurn(t *testing.T) {
	t.Parallel()
	c := collectortest.Start(t, "127.0.0.1:0", nil)
	_, port, _ := net.SplitHostPort(c.Addr)
	both := []netip.Addr{netip.MustParseAddr("::1"), netip.MustParseAddr("127.0.0.1")} // nobody listens at ::1
	for name, addresses := range map[string][]string{
		"a refused one first":        {"127.0.0.1:1", c.Addr},
		"the other family first":     {"[::1]:1", c.Addr},
		"a name that is unknown":     {"nowhere.test:" + port, c.Addr},
		"a name, one family answers": {"collector.test:" + port},
		"v4-mapped":                  {"[::ffff:127.0.0.1]:" + port},
	} {
		d := dialer(t, addresses...)
		d.Resolver = &names{known: map[string][]netip.Addr{"collector.test": both}}
		for range 2 {
			if err := hello(t.Context(), open(t, c, d)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if d.Good() != c.Addr {
			t.Errorf("%s: the good address is %q, want %q", name, d.Good(), c.Addr)
		}
	}
}

// TestNoDNS: a dead resolver never silences a site whose collector is a
// literal address, nor one whose name was known before.
func TestNoDNS(t *testing.T) {
	t.Parallel()
	c := collectortest.Start(t, "127.0.0.1:0", nil)
	d := dialer(t, c.Addr)
	r := &names{}
	d.Resolver = r
	if err := hello(t.Context(), open(t, c, d)); err != nil || r.asked.Load() != 0 {
		t.Errorf("a literal address: %v, the resolver was asked %d times, want none", err, r.asked.Load())
	}

	_, port, _ := net.SplitHostPort(c.Addr)
	d = dialer(t, "collector.test:"+port)
	r = &names{known: map[string][]netip.Addr{"collector.test": {netip.MustParseAddr("127.0.0.1")}}}
	d.Resolver = r
	if err := hello(t.Context(), open(t, c, d)); err != nil {
		t.Fatal(err)
	}
	r.dead.Store(true)
	d.Next() // what answered is given up, so the name is asked for again
	if err := hello(t.Context(), open(t, c, d)); err != nil {
		t.Errorf("a known name with a dead resolver: %v", err)
	}
}

// TestLastGoodFirst: a connection begins where the last one ended well.
func TestLastGoodFirst(t *testing.T) {
	t.Parallel()
	var met atomic.Int32
	portal, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer portal.Close()
	go func() {
		for {
			conn, err := portal.Accept()
			if err != nil {
				return
			}
			met.Add(1)
			conn.Write([]byte("HTTP/1.1 302 Found\r\n\r\n"))
			conn.Close()
		}
	}()
	c := collectortest.Start(t, "127.0.0.1:0", nil)
	d := dialer(t, portal.Addr().String(), c.Addr)
	for range 3 {
		if err := hello(t.Context(), open(t, c, d)); err != nil {
			t.Fatal(err)
		}
	}
	if met.Load() != 1 {
		t.Errorf("the bad address was tried %d times in three contacts, want once", met.Load())
	}
}

// TestNext: what answers but is not what we want is tried last.
func TestNext(t *testing.T) {
	t.Parallel()
	a, b := collectortest.Start(t, "127.0.0.1:0", nil), collectortest.Start(t, "127.0.0.1:0", nil)
	_ = b
	d := dialer(t, a.Addr, b.Addr)
	if err := hello(t.Context(), open(t, a, d)); err != nil {
		t.Fatal(err)
	}
	d.Next()
	err := hello(t.Context(), open(t, b, d))
	if err != nil || d.Good() != b.Addr {
		t.Errorf("after Next: %v at %q, want %q", err, d.Good(), b.Addr)
	}
}

// TestErrorOfTheFurthest: of several failures the most telling comes first.
func TestErrorOfTheFurthest(t *testing.T) {
	t.Parallel()
	c, other := collectortest.Start(t, "127.0.0.1:0", nil), collectortest.Start(t, "127.0.0.1:0", nil)
	d := dialer(t, "nowhere.test:7443", "127.0.0.1:1", other.Addr)
	d.Resolver = &names{}
	err := hello(t.Context(), open(t, c, d))
	e, ok := errors.AsType[*line.Error](err)
	if !ok || e.Stage != line.Shaking || e.Address != other.Addr {
		t.Fatalf("got %v, want an Error of the handshake with %s first", err, other.Addr)
	}
	for _, want := range []string{"nowhere.test:7443", "127.0.0.1:1", "sha256:"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not tell of %s", err, want)
		}
	}
}

// TestForeign: answers that are not a collector's are told apart.
func TestForeign(t *testing.T) {
	t.Parallel()
	a := collectortest.NewAuthority(t)
	for status, kind := range map[int]string{404: "text/html", 502: "text/plain; charset=utf-8", 200: "text/html", 302: "text/html", 503: ""} {
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.Header().Set("Location", "https://portal.test/")
			w.WriteHeader(status)
			w.Write([]byte("<html>please log in</html>"))
		}))
		s.TLS = &tls.Config{Certificates: []tls.Certificate{a.Server(nil)}}
		s.StartTLS()
		d := dialer(t, s.Listener.Addr().String())
		trust := &identity.Trust{Pin: a.Pin()}
		l := d.Open(trust.ClientConfig(nil))
		err := hello(t.Context(), l)
		if f, ok := errors.AsType[*line.Foreign](err); !ok || f.Status != status {
			t.Errorf("status %d of %q: got %v, want a Foreign", status, kind, err)
		}
		l.Close()
		s.Close()
	}
}

// TestSilentWall: a peer that accepts and never speaks hangs nobody, and
// closing the line ends a call at once.
func TestSilentWall(t *testing.T) {
	t.Parallel()
	wall, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer wall.Close()
	accepted := make(chan net.Conn, 8)
	go func() {
		for {
			conn, err := wall.Accept()
			if err != nil {
				return
			}
			accepted <- conn
		}
	}()
	c := collectortest.Start(t, "127.0.0.1:0", nil)

	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := hello(ctx, open(t, c, dialer(t, wall.Addr().String()))); err == nil {
		t.Error("a silent wall said Hello")
	}
	(<-accepted).Close()

	l := open(t, c, dialer(t, wall.Addr().String()))
	done := make(chan error, 1)
	go func() { done <- hello(t.Context(), l) }()
	defer (<-accepted).Close()
	l.Close()
	if err := <-done; err == nil {
		t.Error("a closed line said Hello")
	}
}

// TestCloseFreesConnections: what the other side closes is not kept.
func TestCloseFreesConnections(t *testing.T) {
	t.Parallel()
	c := collectortest.Start(t, "127.0.0.1:0", func(c *tls.Config) { c.NextProtos = []string{"http/1.1"} })
	l := open(t, c, dialer(t, c.Addr))
	for range 5 {
		if err := hello(t.Context(), l); err != nil {
			t.Fatal(err)
		}
		l.CloseIdle()
	}
	collectortest.Until(t, "closed connections to be let go", func() error {
		if n := l.Open(); n > 1 {
			return errors.New("more than one is kept")
		}
		return nil
	})
}
