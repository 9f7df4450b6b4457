package collectortest

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
)

// A Proxy is an HTTP CONNECT proxy that resolves every name to loopback.
type Proxy struct {
	Addr string // host:port

	mu    sync.Mutex
	asked []string
}

// StartProxy starts a proxy that wants a user and password, unless the user is "".
func StartProxy(t testing.TB, user, password string) *Proxy {
	t.Helper()
	p := &Proxy{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			http.Error(w, "only CONNECT", http.StatusMethodNotAllowed)
			return
		}
		shown := http.Request{Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]}}
		if u, pw, _ := shown.BasicAuth(); user != "" && (u != user || pw != password) {
			w.Header().Set("Proxy-Authenticate", `Basic realm="test"`)
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		p.mu.Lock()
		p.asked = append(p.asked, r.Host)
		p.mu.Unlock()
		p.pass(w, r.Host)
	}))
	t.Cleanup(s.Close)
	p.Addr = s.Listener.Addr().String()
	return p
}

// Asked returns where the proxy was asked to connect to.
func (p *Proxy) Asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.asked)
}

func (p *Proxy) pass(w http.ResponseWriter, to string) {
	host, port, _ := net.SplitHostPort(to)
	if net.ParseIP(host) == nil {
		host = "127.0.0.1"
	}
	out, err := net.Dial("tcp", net.JoinHostPort(host, port))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer out.Close()
	in, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer in.Close()
	if _, err := io.WriteString(in, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	go func() {
		io.Copy(in, out)
		in.Close()
	}()
	io.Copy(out, in)
}
