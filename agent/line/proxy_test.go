package line_test

import (
	"crypto/tls"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"fengsui/agent/collectortest"
	"fengsui/agent/line"
)

func secret(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestThroughProxy: by a proxy all is as without it; names are left to it, so
// that no resolver of ours is asked.
func TestThroughProxy(t *testing.T) {
	t.Parallel()
	for proto, next := range map[string][]string{"HTTP/2.0": {"h2", "http/1.1"}, "HTTP/1.1": {"http/1.1"}} {
		for _, listen := range []string{"127.0.0.1:0", "[::1]:0"} {
			c := collectortest.Start(t, listen, func(c *tls.Config) { c.NextProtos = next })
			p := collectortest.StartProxy(t, "青福", "it's secret:")
			d := dialer(t, "127.0.0.1:1", c.Addr)
			d.Proxy = &line.Proxy{Address: p.Addr, User: "青福", PasswordFile: secret(t, "it's secret:\r\n")}
			for range 2 {
				if err := hello(t.Context(), open(t, c, d)); err != nil {
					t.Fatalf("%s at %s: %v", proto, listen, err)
				}
			}
			if got := c.Seen().Protocols; got[proto] != 2 {
				t.Errorf("the server saw %v, want 2 calls of %s", got, proto)
			}
			// The one that answered last is asked for first.
			if want := []string{"127.0.0.1:1", c.Addr, c.Addr}; !slices.Equal(p.Asked(), want) || d.Good() != c.Addr {
				t.Errorf("the proxy was asked for %v and %q answered, want %v", p.Asked(), d.Good(), want)
			}
		}
	}
	c, p, r := collectortest.Start(t, "127.0.0.1:0", nil), collectortest.StartProxy(t, "", ""), &names{}
	_, port, _ := net.SplitHostPort(c.Addr)
	d := dialer(t, "collector.test:"+port)
	d.Proxy, d.Resolver = &line.Proxy{Address: p.Addr}, r
	if err := hello(t.Context(), open(t, c, d)); err != nil || r.asked.Load() != 0 {
		t.Errorf("a name by the proxy: %v, and our resolver was asked %d times, want none", err, r.asked.Load())
	}
}
