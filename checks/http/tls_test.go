package http

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	nethttp "net/http"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fengsui/checks"
	"fengsui/checks/lab"
	hello "fengsui/checks/tls"
)

const portal = "portal.example"

// TestCertificates: whether a page is reachable is decided without trust; what
// is wrong with its certificate is said beside that.
func TestCertificates(t *testing.T) {
	t.Parallel()
	dated := func(days int, h nethttp.HandlerFunc) nethttp.HandlerFunc { // a server whose clock is off
		return func(w nethttp.ResponseWriter, r *nethttp.Request) {
			w.Header().Set("Date", time.Now().AddDate(0, 0, days).UTC().Format(nethttp.TimeFormat))
			h(w, r)
		}
	}
	undated := func(h nethttp.HandlerFunc) nethttp.HandlerFunc {
		return func(w nethttp.ResponseWriter, r *nethttp.Request) { w.Header()["Date"] = nil; h(w, r) }
	}
	page := answers(200, "page")
	legacy := &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10, CipherSuites: []uint16{tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA}}
	rsaKeys := &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}}
	tests := []struct {
		name     string
		cert     tls.Certificate
		config   *tls.Config
		handler  nethttp.HandlerFunc
		roots    *x509.CertPool
		state    checks.State
		code     string
		findings string // rule=outcome of those that did not pass, in order
	}{
		{"good", issue(t, portal, -1, 90, false), nil, page, ca().pool, checks.Up, "", ""},
		{"TLS 1.2", issue(t, portal, -1, 90, false), &tls.Config{MaxVersion: tls.VersionTLS12}, page, ca().pool, checks.Up, "", ""},
		{"expired", issue(t, portal, -90, -1, false), nil, page, ca().pool, checks.Degraded, "cert_expired", ""},
		{"expired, no Date", issue(t, portal, -90, -1, false), nil, undated(page), ca().pool, checks.Degraded, "cert_expired", ""},
		{"expired and broken", issue(t, portal, -90, -1, false), nil, answers(500, ""), ca().pool, checks.Down, "server_error", ""},
		{"not yet", issue(t, portal, 1, 90, false), nil, page, ca().pool, checks.Degraded, "cert_not_yet", ""},
		{"expired by our clock only", issue(t, portal, -90, -1, false), nil, dated(-30, page), ca().pool, checks.Up, "", "cert_dates=unknown"},
		{"not yet by our clock only", issue(t, portal, 1, 90, false), nil, dated(30, page), ca().pool, checks.Up, "", "cert_dates=unknown"},
		{"expired by the server's clock only", issue(t, portal, -90, 1, false), nil, dated(30, page), ca().pool, checks.Up, "", "cert_dates=unknown"},
		{"untrusted", issue(t, portal, -1, 90, false), nil, page, x509.NewCertPool(), checks.Up, "", "cert_untrusted=fail"},
		{"untrusted and expired", issue(t, portal, -90, -1, false), nil, page, x509.NewCertPool(), checks.Degraded, "cert_expired", "cert_untrusted=fail"},
		{"another name", issue(t, "other.example", -1, 90, false), nil, page, ca().pool, checks.Up, "", "cert_name=fail"},
		{"TLS 1.0, RSA keys, 3DES", issue(t, portal, -1, 90, true), legacy, page, ca().pool, checks.Up, "", "tls_legacy=fail"},
		{"TLS 1.2, RSA keys", issue(t, portal, -1, 90, true), rsaKeys, page, ca().pool, checks.Up, "", "tls_legacy=fail"},
	}
	for _, tt := range tests {
		for _, host := range []string{"127.0.0.1", "::1"} {
			t.Run(tt.name+" "+host, func(t *testing.T) {
				t.Parallel()
				config := &tls.Config{}
				if tt.config != nil {
					config = tt.config.Clone()
				}
				config.Certificates = []tls.Certificate{tt.cert}
				var sni atomic.Value
				config.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) { sni.Store(h.ServerName); return nil, nil }
				l := listen(t, host)
				serve(t, l, config, tt.handler)
				_, port, _ := net.SplitHostPort(l.Addr().String())
				s := spec(t, "https://"+portal+":"+port+"/")
				s.Check.(*check).roots = tt.roots
				s.Timeout = 30 * time.Second
				s.Family = map[string]checks.Family{"127.0.0.1": checks.V4, "::1": checks.V6}[host]
				r := checks.Run(t.Context(), s, checks.Env{Resolver: names{"ip4": "127.0.0.1", "ip6": "::1"}})
				if r.Pair.State != tt.state || r.Pair.Reason.Code != tt.code {
					t.Errorf("got %v %v, want %v %s", r.Pair.State, r.Pair.Reason, tt.state, tt.code)
				}
				var findings, judged []string
				for _, f := range r.Findings {
					judged = append(judged, f.Rule)
					if f.Outcome != checks.Pass {
						findings = append(findings, f.Rule+"="+f.Outcome.String())
					}
					if f.Evidence == "" {
						t.Errorf("got %s %v without evidence", f.Rule, f.Outcome)
					}
				}
				// Each is judged every time: a finding that failed ends only by a pass.
				slices.Sort(judged)
				want := []string{FindingDates, FindingName, FindingUntrusted, FindingWeakCert, FindingLegacyTLS}
				if strings.HasSuffix(tt.name, "no Date") {
					want = want[1:]
				}
				if !slices.Equal(judged, want) {
					t.Errorf("judged %v, want %v", judged, want)
				}
				if got := strings.Join(findings, " "); got != tt.findings {
					t.Errorf("got findings %v, want %q", r.Findings, tt.findings)
				}
				v := values(r)
				leaf, _ := x509.ParseCertificate(tt.cert.Certificate[0])
				left, ok := v["certificate_expires_in_seconds"]
				if !ok || !(v["tls_seconds"] > 0) || left-time.Until(leaf.NotAfter).Seconds() < 0 || left-time.Until(leaf.NotAfter).Seconds() > 3600 {
					t.Errorf("got %v, want a handshake time and what is left until %v", v, leaf.NotAfter)
				}
				if sni.Load() != portal {
					t.Errorf("got server name %v, want %s", sni.Load(), portal)
				}
			})
		}
	}
}

// TestClocksAgree: clocks a few minutes apart are both right, so a certificate
// that expired between them has expired.
func TestClocksAgree(t *testing.T) {
	t.Parallel()
	cert := issue(t, portal, -90, -1, false)
	leaf, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	for behind, want := range map[time.Duration]string{5 * time.Minute: "cert_expired", 20 * time.Minute: ""} {
		now := leaf.NotAfter.Add(time.Minute)
		a := &answer{status: 200, host: portal, date: now.Add(-behind), tls: &tls.ConnectionState{Version: tls.VersionTLS13, PeerCertificates: []*x509.Certificate{leaf}}}
		got := (&check{roots: ca().pool}).judgeTLS(checks.Endpoint{Target: "t"}, a, now, checks.NewObservation(&Kind))
		if got.Code != want {
			t.Errorf("the server's clock is %v behind: got %v, want %q", behind, got, want)
		}
	}
}

// TestHandshakes: what a failed handshake says about the server, and what only
// about this program.
func TestHandshakes(t *testing.T) {
	t.Parallel()
	good := issue(t, portal, -1, 90, false)
	wantsClient := func(version uint16) func(*testing.T, net.Listener) {
		return func(t *testing.T, l net.Listener) {
			serve(t, l, &tls.Config{Certificates: []tls.Certificate{good}, ClientAuth: tls.RequireAnyClientCert, MaxVersion: version}, answers(200, ""))
		}
	}
	raw := func(handle func(net.Conn)) func(*testing.T, net.Listener) {
		return func(t *testing.T, l net.Listener) {
			go func() {
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					go func() { defer c.Close(); c.Read(make([]byte, 4096)); handle(c) }()
				}
			}()
		}
	}
	alert := func(code byte) func(*testing.T, net.Listener) {
		return raw(func(c net.Conn) { c.Write([]byte{21, 3, 1, 0, 2, 2, code}); waits(c) })
	}
	garbage := tls.Certificate{Certificate: [][]byte{good.Certificate[0][:100]}, PrivateKey: good.PrivateKey}
	tests := []struct {
		name    string
		server  func(*testing.T, net.Listener)
		timeout time.Duration
		state   checks.State
		code    string
	}{
		{"plain http on the port", func(t *testing.T, l net.Listener) { serve(t, l, nil, answers(200, "")) }, 0, checks.Down, "tls_failed"},
		{"hangs up", raw(func(net.Conn) {}), 0, checks.Down, "tls_failed"},
		{"resets", raw(resets), 0, checks.Down, "reset"},
		{"says nothing", raw(waits), time.Second, checks.Down, "tls_failed"},
		{"drips", raw(drips("\x16\x03\x03\x40\x00")), time.Second, checks.Down, "tls_failed"},
		{"internal error", alert(80), 0, checks.Down, "tls_failed"},
		{"no such name", alert(112), 0, checks.Down, "tls_failed"},
		{"nothing in common", alert(40), 0, checks.Unable, "tls_not_spoken"},
		{"no common version", alert(70), 0, checks.Unable, "tls_not_spoken"},
		{"SSL 3.0 only", raw(func(c net.Conn) {
			c.Write(append([]byte{22, 3, 0, 0, 42, 2, 0, 0, 38, 3, 0}, make([]byte, 36)...))
			waits(c)
		}), 0, checks.Unable, "tls_not_spoken"},
		{"a certificate that does not parse", func(t *testing.T, l net.Listener) {
			serve(t, l, &tls.Config{Certificates: []tls.Certificate{garbage}}, answers(200, ""))
		}, 0, checks.Unable, "tls_not_spoken"},
		{"wants a client certificate, TLS 1.2", wantsClient(tls.VersionTLS12), 0, checks.Unable, "tls_not_spoken"},
		{"wants a client certificate, TLS 1.3", wantsClient(tls.VersionTLS13), 0, checks.Unable, "tls_not_spoken"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := listen(t, "127.0.0.1")
			tt.server(t, l)
			s := spec(t, "https://"+l.Addr().String())
			s.Timeout = 30 * time.Second
			if tt.timeout > 0 {
				s.Timeout = tt.timeout
			}
			r := checks.Run(t.Context(), s, checks.Env{})
			if r.Pair.State != tt.state || r.Pair.Reason.Code != tt.code {
				t.Errorf("got %v %v, want %v %s", r.Pair.State, r.Pair.Reason, tt.state, tt.code)
			}
		})
	}
}

// TestHelloFitsASegment: a hello of more than one segment is dropped by old
// walls, and a path of 1280 bytes leaves 1220 for TCP over IPv6.
func TestHelloFitsASegment(t *testing.T) {
	t.Parallel()
	client, server := net.Pipe()
	defer client.Close()
	go tls.Client(client, hello.Config(strings.Repeat("a", 60)+".example")).Handshake()
	hello := make([]byte, 1<<14)
	n, err := io.ReadAtLeast(server, hello, 5)
	server.Close()
	if err != nil || n > 1220 {
		t.Errorf("got a hello of %d bytes, %v; want at most 1220", n, err)
	}
}

// TestNoRootsIsUnknown: a machine without root certificates cannot say that a
// chain is not trusted.
func TestNoRootsIsUnknown(t *testing.T) {
	t.Parallel()
	if !lab.Alone(t) {
		return
	}
	os.Setenv("SSL_CERT_FILE", "/dev/null") // of this process alone
	os.Setenv("SSL_CERT_DIR", t.TempDir())
	l := listen(t, "127.0.0.1")
	serve(t, l, &tls.Config{Certificates: []tls.Certificate{issue(t, portal, -1, 90, false)}}, answers(200, ""))
	s := spec(t, "https://"+l.Addr().String())
	s.Check.(*check).roots = nil
	r := checks.Run(t.Context(), s, checks.Env{})
	i := slices.IndexFunc(r.Findings, func(f checks.Finding) bool { return f.Rule == FindingUntrusted })
	if i < 0 || r.Findings[i].Outcome != checks.Unknown {
		t.Errorf("got %v, want cert_untrusted unknown", r.Findings)
	}
}
