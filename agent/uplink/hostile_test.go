package uplink_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"

	"fengsui/agent/collectortest"
	"fengsui/agent/identity"
	"fengsui/agent/line"
	"fengsui/agent/uplink"
	"fengsui/checks/lab"
	"fengsui/collector/wire"
)

// answering returns where a server gives every request one answer.
func answering(t *testing.T, status int, header ...string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Add(header[i], header[i+1])
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// speaking returns where every connection is met by do.
func speaking(t *testing.T, do func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { c.Close() })
			go do(c)
		}
	}()
	return l.Addr().String()
}

// sayHello makes one call and returns how it is judged.
func sayHello(t *testing.T, pin identity.Pin, collector string, change func(*line.Dialer)) (uplink.Problem, error) {
	t.Helper()
	d, err := line.NewDialer([]string{collector})
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(d)
	}
	l := d.Open((&identity.Trust{Pin: pin}).ClientConfig(nil))
	defer l.Close()
	_, err = l.Client().Hello(t.Context(), connect.NewRequest(&wire.HelloRequest{Contact: &wire.Contact{Instance: []byte("me")}}))
	return uplink.Judge(err), err
}

// TestProxies: each way in which a proxy fails has its class, from a real
// listener, and its sentence says what was seen and never the password.
func TestProxies(t *testing.T) {
	t.Parallel()
	c := collectortest.Start(t, "127.0.0.1:0", nil)
	const password = "correct-horse"
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	longFile := filepath.Join(t.TempDir(), "long")
	if err := os.WriteFile(longFile, []byte(password+"\n"+password), 0o600); err != nil {
		t.Fatal(err)
	}
	strict := collectortest.StartProxy(t, "qingfu", "another").Addr
	for name, row := range map[string]struct {
		proxy line.Proxy
		class uplink.Class
		want  string
	}{
		"refuses connections": {line.Proxy{Address: lab.Closed(t, "127.0.0.1")}, uplink.ClassProxyDown, "refused"},
		"its name is unknown": {line.Proxy{Address: "proxy.test:3128"}, uplink.ClassProxyDown, "proxy.test"},
		"wants a user":        {line.Proxy{Address: strict}, uplink.ClassProxyAuth, `it takes ["Basic"] and no user is set`},
		"wants another password": {line.Proxy{Address: strict, User: "qingfu", PasswordFile: file},
			uplink.ClassProxyAuth, `was shown Basic for user "qingfu"`},
		"wants Kerberos": {line.Proxy{Address: answering(t, 407, "Proxy-Authenticate", "Negotiate", "Proxy-Authenticate", "NTLM x"), User: "qingfu"},
			uplink.ClassProxyAuth, `it takes ["Negotiate" "NTLM"]`},
		"no password file": {line.Proxy{Address: strict, User: "qingfu", PasswordFile: file + "x"}, uplink.ClassProxyPassword, "no such file"},
		"two lines":        {line.Proxy{Address: strict, User: "qingfu", PasswordFile: longFile}, uplink.ClassProxyPassword, "want one line"},
		"forbids":          {line.Proxy{Address: answering(t, 403)}, uplink.ClassProxyDenied, "403 Forbidden"},
		"limits":           {line.Proxy{Address: answering(t, 429)}, uplink.ClassProxyDenied, "429"},
		"bad gateway":      {line.Proxy{Address: answering(t, 502)}, uplink.ClassProxyGateway, "502 Bad Gateway"},
		"gateway timeout":  {line.Proxy{Address: answering(t, 504)}, uplink.ClassProxyGateway, "504"},
		"a web server":     {line.Proxy{Address: answering(t, 405)}, uplink.ClassProxyNone, "405"},
		"a portal":         {line.Proxy{Address: answering(t, 302, "Location", "http://portal.test/")}, uplink.ClassProxyNone, "302"},
		"hangs up":         {line.Proxy{Address: speaking(t, func(c net.Conn) { c.Close() })}, uplink.ClassProxyNone, "want an HTTP answer"},
		"speaks SSH": {line.Proxy{Address: speaking(t, func(c net.Conn) { c.Write([]byte("SSH-2.0-OpenSSH_9.9\r\n")) })},
			uplink.ClassProxyNone, "want an HTTP answer"},
		"never ends its header": {line.Proxy{Address: speaking(t, func(c net.Conn) {
			c.Write([]byte("HTTP/1.1 200 OK\r\n"))
			for {
				if _, err := c.Write([]byte("A: " + strings.Repeat("x", 1000) + "\r\n")); err != nil {
					return
				}
			}
		})}, uplink.ClassProxyNone, "want an HTTP answer"},
		"talks on": {line.Proxy{Address: speaking(t, func(c net.Conn) { c.Write([]byte("HTTP/1.1 200 OK\r\n\r\nhello")) })},
			uplink.ClassProxyNone, "went on talking"},
		"hangs": {line.Proxy{Address: speaking(t, func(net.Conn) {}), Wait: 20 * time.Millisecond}, uplink.ClassProxySilent, "timeout"},
		"hangs in mid-answer": {line.Proxy{Address: speaking(t, func(c net.Conn) { c.Write([]byte("HTTP/1.1 200")) }), Wait: 20 * time.Millisecond},
			uplink.ClassProxySilent, "timeout"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := sayHello(t, c.Authority.Pin(), c.Addr, func(d *line.Dialer) {
				d.Proxy, d.Resolver = &row.proxy, deadResolver{}
			})
			if p.Class != row.class || p.Next != uplink.Again {
				t.Errorf("class %s, next %s, want %s and again: %v", p.Class, p.Next, row.class, err)
			}
			if !strings.Contains(p.EN, row.want) || !strings.Contains(p.ZH, row.want) || !strings.Contains(p.EN, row.proxy.Address) {
				t.Errorf("the sentences are %q and %q, want %q and the proxy's address in both", p.EN, p.ZH, row.want)
			}
			if strings.Contains(p.EN+p.ZH, password) {
				t.Errorf("the password is shown: %q", p.EN)
			}
		})
	}
}

// TestInspected: a box that opens TLS is named by the issuer that it shows,
// and told from another collector and from any other server.
func TestInspected(t *testing.T) {
	t.Parallel()
	c := collectortest.Start(t, "127.0.0.1:0", nil)
	ours, box := pkix.Name{CommonName: "Fengsui collector CA"}, pkix.Name{CommonName: "上网行为管理 CA", Organization: []string{"Wall Ltd"}}
	for name, row := range map[string]struct {
		issuer, subject pkix.Name
		names           []string
		class           uplink.Class
		want            string
	}{
		"a box":                       {box, pkix.Name{CommonName: "collector.fengsui"}, []string{"collector.fengsui"}, uplink.ClassTLSInspected, "Wall Ltd"},
		"an old box":                  {box, pkix.Name{CommonName: "collector.fengsui"}, nil, uplink.ClassTLSInspected, "上网行为管理 CA"},
		"a box with a wildcard":       {box, pkix.Name{}, []string{"*.fengsui"}, uplink.ClassTLSInspected, "上网行为管理 CA"},
		"another district's":          {ours, pkix.Name{CommonName: "collector.fengsui"}, []string{"collector.fengsui"}, uplink.ClassTLSPin, "Fengsui collector CA"},
		"another server, another CA":  {box, pkix.Name{CommonName: "portal.test"}, []string{"portal.test"}, uplink.ClassTLSPin, "portal.test"},
		"a server without any name":   {box, pkix.Name{}, nil, uplink.ClassTLSPin, "上网行为管理 CA"},
		"an issuer that floods a log": {pkix.Name{CommonName: strings.Repeat("x\n", 500)}, pkix.Name{}, []string{"collector.fengsui"}, uplink.ClassTLSInspected, `x\n`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{issued(t, row.issuer, row.subject, row.names)}})
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			go func() {
				for {
					in, err := l.Accept()
					if err != nil {
						return
					}
					in.(*tls.Conn).HandshakeContext(t.Context())
					in.Close()
				}
			}()
			p, err := sayHello(t, c.Authority.Pin(), l.Addr().String(), nil)
			if p.Class != row.class || p.Next != uplink.Elsewhere || !strings.Contains(p.EN, row.want) || !strings.Contains(p.ZH, row.want) {
				t.Errorf("class %s, next %s, %q, %q; want %s, elsewhere and %q: %v", p.Class, p.Next, p.EN, p.ZH, row.class, row.want, err)
			}
			if len(p.EN) > 1000 {
				t.Errorf("the sentence has %d bytes", len(p.EN))
			}
		})
	}
}

// issued returns a certificate of an authority that is made for it.
func issued(t *testing.T, issuer, subject pkix.Name, names []string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ca := &x509.Certificate{Subject: issuer}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: subject, DNSNames: names, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, ca, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

type deadResolver struct{}

func (deadResolver) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	return nil, &net.DNSError{Err: "server misbehaving", Name: host}
}

// TestDeliveryThroughProxy: an uplink keeps contact by a proxy that comes and
// goes with its password.
func TestDeliveryThroughProxy(t *testing.T) {
	t.Parallel()
	r := newRig(t, collectortest.Start(t, "127.0.0.1:0", nil))
	file := filepath.Join(t.TempDir(), "password")
	r.o.Proxy = &line.Proxy{Address: collectortest.StartProxy(t, "qingfu", "secret").Addr, User: "qingfu", PasswordFile: file}
	r.add("a", 10)
	r.start()
	collectortest.Until(t, "the lack of a password to be told", func() error {
		if p := r.up.State().Problem; p == nil || p.Class != uplink.ClassProxyPassword {
			return fmt.Errorf("problem %+v", p)
		}
		return nil
	})
	if err := os.WriteFile(file, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.stored(10)
	r.acked()
}

// TestWays: what a line meets before a collector answers has its class, from a
// real listener.
func TestWays(t *testing.T) {
	t.Parallel()
	c := collectortest.Start(t, "127.0.0.1:0", nil)
	old := &tls.Config{Certificates: []tls.Certificate{c.Authority.Server(nil)}, MaxVersion: tls.VersionTLS12}
	named := &tls.Config{Certificates: []tls.Certificate{c.Authority.Server(func(c *x509.Certificate) { c.DNSNames = []string{"other.test"} })}}
	shake := func(config *tls.Config) func(net.Conn) {
		return func(c net.Conn) { tls.Server(c, config).HandshakeContext(context.Background()) }
	}
	for name, row := range map[string]struct {
		at    string
		class uplink.Class
		next  uplink.Next
	}{
		"the resolver is dead":     {"collector.test:7443", uplink.ClassDNS, uplink.Again},
		"nobody listens":           {lab.Closed(t, "127.0.0.1"), uplink.ClassRefused, uplink.Again},
		"hangs up":                 {speaking(t, func(c net.Conn) { c.Close() }), uplink.ClassCut, uplink.Again},
		"a portal in clear":        {speaking(t, func(c net.Conn) { c.Write([]byte("HTTP/1.1 302 Found\r\n\r\n")) }), uplink.ClassTLSNone, uplink.Elsewhere},
		"TLS of yesterday":         {speaking(t, shake(old)), uplink.ClassTLSOther, uplink.Elsewhere},
		"another name of our CA's": {speaking(t, shake(named)), uplink.ClassTLSName, uplink.Elsewhere},
		"another collector":        {collectortest.Start(t, "[::1]:0", nil).Addr, uplink.ClassTLSPin, uplink.Elsewhere},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := sayHello(t, c.Authority.Pin(), row.at, func(d *line.Dialer) { d.Resolver = deadResolver{} })
			if p.Class != row.class || p.Next != row.next || !strings.Contains(p.EN, row.at) {
				t.Errorf("class %s, next %s, %q, want %s, %s and the address: %v", p.Class, p.Next, p.EN, row.class, row.next, err)
			}
		})
	}
}

// TestDeadEnds: every way in which an address is out of reach, over both
// families, is told; with a collector at the last address of the list none of
// them silences the site.
func TestDeadEnds(t *testing.T) {
	t.Parallel()
	if !lab.Alone(t) {
		return
	}
	c := collectortest.Start(t, "[::1]:0", nil)
	addresses := []string{}
	for _, end := range lab.DeadEnds(t) {
		at := net.JoinHostPort(end.Address, "7443")
		addresses = append(addresses, at)
		if p, err := sayHello(t, c.Authority.Pin(), at, nil); p.Class != uplink.ClassUnreachable || !strings.Contains(p.EN, at) {
			t.Errorf("%s %s: class %s, %q, want %s: %v", end.Name, at, p.Class, p.EN, uplink.ClassUnreachable, err)
		}
	}
	addresses = append(addresses, "collector.test:7443", c.Addr)
	d, err := line.NewDialer(addresses)
	if err != nil {
		t.Fatal(err)
	}
	d.Resolver = deadResolver{}
	l := d.Open((&identity.Trust{Pin: c.Authority.Pin()}).ClientConfig(nil))
	defer l.Close()
	_, err = l.Client().Hello(t.Context(), connect.NewRequest(&wire.HelloRequest{Contact: &wire.Contact{Instance: []byte("me")}}))
	if err != nil || d.Good() != c.Addr {
		t.Errorf("with %d dead addresses before it the collector at %s was not reached, but %q: %v", len(addresses)-1, c.Addr, d.Good(), err)
	}
}
