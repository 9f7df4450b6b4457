package tcp

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"fengsui/checks"
	"fengsui/checks/lab"
)

func spec(t *testing.T, target string, options map[string][]string) checks.Spec {
	t.Helper()
	s, err := checks.NewSpec(&Kind, target, options)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// serve accepts connections at a port of host and gives each to handle.
func serve(t *testing.T, host string, handle func(net.Conn)) net.Listener {
	t.Helper()
	return accept(t, lab.Ports(t, host)[0], handle)
}

func accept(t *testing.T, port *lab.Port, handle func(net.Conn)) net.Listener {
	t.Helper()
	l := port.Listen(t)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go handle(c)
		}
	}()
	return l
}

// The servers.
func keep(c net.Conn) { // until the other side closes
	defer c.Close()
	c.Read(make([]byte, 1))
}
func hangUp(c net.Conn) { c.Close() }
func reset(c net.Conn) {
	c.(*net.TCPConn).SetLinger(0)
	c.Close()
}
func chatter(c net.Conn) {
	defer c.Close()
	for {
		if _, err := c.Write(make([]byte, 4096)); err != nil {
			return
		}
	}
}

func TestListeners(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		handle func(net.Conn)
		hold   string
		state  checks.State
		code   string
	}{
		{"kept", keep, "0s", checks.Up, ""},
		{"kept and held", keep, "150ms", checks.Up, ""},
		{"chatter", chatter, "10s", checks.Up, ""}, // alive is alive: no need to swallow it all
		{"hung up", hangUp, "0s", checks.Up, ""},
		{"hung up and held", hangUp, "5s", checks.Degraded, "closed_early"},
		{"reset and held", reset, "5s", checks.Down, "reset"},
	}
	for _, tt := range tests {
		for _, host := range []string{"127.0.0.1", "::1"} {
			t.Run(tt.name+" "+host, func(t *testing.T) {
				t.Parallel()
				l := serve(t, host, tt.handle)
				s := spec(t, l.Addr().String(), map[string][]string{"hold": {tt.hold}})
				s.Timeout = 30 * time.Second
				r := checks.Run(t.Context(), s, checks.Env{})
				got := r.Pair.Reason.Code
				if r.Pair.State != tt.state || got != tt.code {
					t.Errorf("got %v %s, want %v %s", r.Pair.State, got, tt.state, tt.code)
				}
				// A reset may overtake the end of the connect: no time then.
				if tt.code != "reset" && (len(r.Rows) != 1 || !(r.Rows[0].Values[0] > 0)) {
					t.Errorf("got rows %v, want a connect time above 0", r.Rows)
				}
			})
		}
	}
	for _, host := range []string{"127.0.0.1", "::1"} {
		r := checks.Run(t.Context(), spec(t, lab.Closed(t, host), nil), checks.Env{})
		if r.Pair.State != checks.Down || r.Pair.Reason.Code != "refused" || len(r.Rows) != 0 {
			t.Errorf("%s: got %v with rows %v, want down refused without any", host, r.Pair, r.Rows)
		}
	}
}

// names answers for one name with both families.
type names map[string]string

func (n names) LookupNetIP(_ context.Context, network, _ string) ([]netip.Addr, error) {
	if n[network] == "" {
		return nil, nil
	}
	return []netip.Addr{netip.MustParseAddr(n[network])}, nil
}

func TestPair(t *testing.T) {
	t.Parallel()
	both := names{"ip4": "127.0.0.1", "ip6": "::1"}
	for _, tt := range []struct {
		name   string
		listen []string
		names  names
		env    checks.Env
		state  checks.State
		code   string
	}{
		{"both", []string{"127.0.0.1", "::1"}, both, checks.Env{}, checks.Up, ""},
		{"v6 dead", []string{"127.0.0.1"}, both, checks.Env{}, checks.Degraded, "aaaa_dead"},
		{"v4 dead", []string{"::1"}, both, checks.Env{}, checks.Degraded, "v4_dead"},
		{"both dead", nil, both, checks.Env{}, checks.Down, "both_dead"},
		{"no AAAA", []string{"127.0.0.1"}, names{"ip4": "127.0.0.1"}, checks.Env{}, checks.Up, ""},
		{"no A", []string{"::1"}, names{"ip6": "::1"}, checks.Env{}, checks.Up, ""},
		{"neither", nil, names{}, checks.Env{}, checks.Down, "name_unknown"},
		{"no IPv6 here", []string{"127.0.0.1"}, names{"ip4": "127.0.0.1", "ip6": "2001:db8::1"}, checks.Env{NoV6: true}, checks.Up, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			hosts := []string{"127.0.0.1", "::1"}
			ports := lab.Ports(t, hosts...)
			_, port, _ := net.SplitHostPort(ports[0].String())
			for i, host := range hosts {
				if slices.Contains(tt.listen, host) {
					accept(t, ports[i], keep)
				}
			}
			env := tt.env
			env.Resolver = tt.names
			r := checks.Run(t.Context(), spec(t, "portal.example:"+port, nil), env)
			if r.Pair.State != tt.state || r.Pair.Reason.Code != tt.code {
				t.Errorf("got %v %v, want %v %s", r.Pair.State, r.Pair.Reason, tt.state, tt.code)
			}
		})
	}
}

// TestEveryReason produces, from a real network, each reason that the kind
// declares and no listener above has shown.
func TestEveryReason(t *testing.T) {
	t.Parallel()
	if !lab.Alone(t) {
		return
	}
	seen := map[string]bool{ // by checks/all/verdicts.txt
		"prohibited": true, "starttls_failed": true, "answer_unmatched": true, "open_unwanted": true, "witness_silent": true,
	}
	run := func(ctx context.Context, address string, timeout time.Duration, want string, options map[string][]string) {
		t.Helper()
		target := address
		if _, err := netip.ParseAddr(address); err == nil {
			target = net.JoinHostPort(address, "80")
		}
		s := spec(t, target, options)
		s.Timeout = timeout
		r := checks.Run(ctx, s, checks.Env{})
		if r.Pair.Reason.Code != want {
			t.Errorf("%s: got %v %v, want %s", target, r.Pair.State, r.Pair.Reason, want)
		}
		if want == "stopped" && r.Duration > 10*time.Second {
			t.Errorf("%s: stopped after %v, want at once", target, r.Duration)
		}
		seen[r.Pair.Reason.Code] = true
	}
	for _, d := range lab.DeadEnds(t) {
		run(t.Context(), d.Address, 10*time.Second, d.Code, nil)
	}
	hold := func(d string) map[string][]string { return map[string][]string{"hold": {d}} }
	for _, silent := range []string{lab.SilentV4, lab.SilentV6} {
		run(t.Context(), silent, 400*time.Millisecond, "timed_out", nil)
		run(t.Context(), silent, 20*time.Millisecond, "no_time", nil)
	}
	stopping, stop := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, stop)
	run(stopping, lab.SilentV4, time.Minute, "stopped", nil)
	stopping, stop = context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, stop)
	run(stopping, serve(t, "127.0.0.1", keep).Addr().String(), time.Minute, "stopped", hold("20s"))
	run(t.Context(), serve(t, "127.0.0.1", keep).Addr().String(), time.Second, "no_time", hold("20s"))
	run(t.Context(), lab.Closed(t, "127.0.0.1"), time.Second, "refused", nil)
	run(t.Context(), serve(t, "127.0.0.1", reset).Addr().String(), 30*time.Second, "reset", hold("20s"))
	run(t.Context(), serve(t, "127.0.0.1", hangUp).Addr().String(), 30*time.Second, "closed_early", hold("20s"))
	restore := lab.NoFiles(t)
	run(t.Context(), "127.0.0.1", time.Second, "local_error", nil)
	restore()
	for _, d := range Kind.Reasons {
		if !seen[d.Code] {
			t.Errorf("reason %s is declared and no row produces it", d.Code)
		}
	}
}

func TestTargets(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]string{
		"192.0.2.1:443": "192.0.2.1", "[2001:db8::1]:443": "2001:db8::1", "portal.example:8080": "portal.example",
		"[fe80::1%eth0]:22": "fe80::1%eth0",
	} {
		if got, err := Kind.New().Host(target); got != want || err != nil {
			t.Errorf("%s: got %q, %v; want %q", target, got, err, want)
		}
	}
	for _, bad := range []string{"", "portal", "portal:", "portal:http", "portal:0", "portal:65536", ":80", "2001:db8::1:80", "[fe80::1]:22", "http://portal:80", "a b:80", "青山区.政务.cn:80"} {
		if _, err := checks.NewSpec(&Kind, bad, nil); err == nil || !strings.Contains(err.Error(), "check tcp: target ") {
			t.Errorf("%q: got %v, want an error that names the target", bad, err)
		}
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	for _, options := range []map[string][]string{
		{"send": {`\q`}}, {"match": {"("}}, {"starttls": {"http"}}, {"expect": {"ajar"}}, {"witness": {"80"}},
		{"expect": {"closed"}, "hold": {"1s"}}, {"expect": {"closed"}, "match": {"x"}}, {"witness": {"70000"}, "expect": {"closed"}},
	} {
		if _, err := checks.NewSpec(&Kind, "portal.example:80", options); err == nil || !strings.Contains(err.Error(), "check tcp: ") {
			t.Errorf("%v: got %v, want an error", options, err)
		}
	}
	for text, want := range map[string]string{`PING\r\n`: "PING\r\n", `a"b\x00`: "a\"b\x00", "plain": "plain", "青\n": "青\n"} {
		s, err := checks.NewSpec(&Kind, "portal.example:80", map[string][]string{"send": {text}})
		if err != nil || s.Check.(*check).send != want {
			t.Errorf("%s: got %q, %v; want %q", text, s.Check.(*check).send, err, want)
		}
	}
}

// FuzzTalk: a server may say anything.
func FuzzTalk(f *testing.F) {
	f.Add([]byte("220-a\r\n220 b\r\n250 STARTTLS\r\n220 go\r\n"))
	f.Add([]byte("* OK\r\n* BYE\r\na1 OK\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for name, start := range starts {
			c := &script{Reader: bytes.NewReader(b)}
			if err := start(newTalk(c)); err == nil && c.said == 0 {
				t.Errorf("%s: done, and nothing was said", name)
			}
		}
	})
}

// A script is a connection that says what it holds.
type script struct {
	*bytes.Reader
	net.Conn
	said int
}

func (s *script) Read(b []byte) (int, error)  { return s.Reader.Read(b) }
func (s *script) Write(b []byte) (int, error) { s.said += len(b); return len(b), nil }
