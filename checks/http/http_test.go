package http

import (
	"context"
	"math"
	"net"
	nethttp "net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fengsui/checks"
	"fengsui/checks/lab"
)

func spec(t *testing.T, target string, options ...string) checks.Spec {
	t.Helper()
	m := map[string][]string{}
	for _, o := range options {
		name, value, _ := strings.Cut(o, "=")
		m[name] = append(m[name], value)
	}
	s, err := checks.NewSpec(&Kind, target, m)
	if err != nil {
		t.Fatal(err)
	}
	s.Check.(*check).roots = ca().pool
	return s
}

// values returns a row's measurements by name, without what was not measured.
func values(r checks.Result) map[string]float64 {
	got := map[string]float64{}
	for _, row := range r.Rows {
		for i, v := range row.Values {
			if !math.IsNaN(v) {
				got[Kind.Measurements[i].Name] = v
			}
		}
	}
	return got
}

// names answers for one name with both families.
type names map[string]string

func (n names) LookupNetIP(_ context.Context, network, _ string) ([]netip.Addr, error) {
	if n[network] == "" {
		return nil, nil
	}
	return []netip.Addr{netip.MustParseAddr(n[network])}, nil
}

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npage"

// TestAnswers: what a plain server does, and what is said about it, over both
// families.
func TestAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		handle  func(net.Conn)
		options []string
		state   checks.State
		code    string
		body    float64 // bytes; -1: not measured
	}{
		{"page", says(ok), nil, checks.Up, "", 4},
		{"head", says("HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n"), []string{"method=HEAD"}, checks.Up, "", 0},
		{"no length", says("HTTP/1.0 200 OK\r\n\r\npage until the end"), nil, checks.Up, "", 18},
		{"chunked", says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npage\r\n0\r\n\r\n"), nil, checks.Up, "", 4},
		{"early hints", says("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + ok), nil, checks.Up, "", 4},
		{"redirect", says("HTTP/1.1 302 Found\r\nLocation: http://elsewhere.example/\r\nContent-Length: 0\r\n\r\n"), nil, checks.Up, "", 0},
		{"match", says(ok), []string{"match=^p.ge$"}, checks.Up, "", 4},
		{"no match", says(ok), []string{"match=登录"}, checks.Degraded, "body_unmatched", 4},
		{"GBK page", says("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n\xc7\xe0\xc9\xbd\xc7\xf8"), []string{"match=青山"}, checks.Degraded, "body_unmatched", 6},
		{"forbidden", says("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"), nil, checks.Degraded, "status_unwanted", 0},
		{"wanted 403", says("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"), []string{"status=403"}, checks.Up, "", 0},
		{"200 for a wanted 401", says(ok), []string{"status=401", "status=500-599"}, checks.Degraded, "status_unwanted", 4},
		{"bad gateway", says("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"), nil, checks.Down, "server_error", 0},
		{"page cut short", says("HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\npage"), nil, checks.Degraded, "body_incomplete", 4},
		{"error page cut short", says("HTTP/1.1 500 Oops\r\nContent-Length: 4000\r\n\r\npage"), nil, checks.Down, "server_error", 4},
		{"body drips", drips("HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n"), []string{"timeout"}, checks.Degraded, "body_incomplete", math.Inf(1)},
		{"headers drip", drips("HTTP/1.1 200 OK\r\nX-Long: "), []string{"timeout"}, checks.Down, "no_answer", -1},
		{"never answers", waits, []string{"timeout"}, checks.Down, "no_answer", -1},
		{"hangs up", says(""), nil, checks.Down, "no_answer", -1},
		{"hangs up in the headers", says("HTTP/1.1 200 OK\r\nX: "), nil, checks.Down, "no_answer", -1},
		{"resets", resets, nil, checks.Down, "reset", -1},
		{"another protocol", says("SSH-2.0-OpenSSH_9.9\r\n\r\n"), nil, checks.Down, "not_http", -1},
		{"endless headers", endless("HTTP/1.1 200 OK\r\n", "X: "+strings.Repeat("y", 1000)+"\r\n"), nil, checks.Down, "not_http", -1},
		{"endless hints", endless("", "HTTP/1.1 103 Early Hints\r\n\r\n"), nil, checks.Down, "not_http", -1},
		{"endless page", endless("HTTP/1.1 200 OK\r\n\r\n", strings.Repeat("x", 4096)), []string{"max_body=65536"}, checks.Up, "", 65536},
		{"endless page to match", endless("HTTP/1.1 200 OK\r\n\r\n", "xxxx"), []string{"max_body=65536", "match=y"}, checks.Degraded, "body_unmatched", 65536},
		{"no body wanted", endless("HTTP/1.1 200 OK\r\n\r\n", "xxxx"), []string{"max_body=0"}, checks.Up, "", 0},
		{"endless chunks of one byte", endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"), []string{"max_body=4096"}, checks.Up, "", 4096},
	}
	for _, tt := range tests {
		for _, host := range []string{"127.0.0.1", "::1"} {
			t.Run(tt.name+" "+host, func(t *testing.T) {
				t.Parallel()
				l := listen(t, host)
				speak(t, l, tt.handle)
				options, timeout := tt.options, 30*time.Second
				if len(options) > 0 && options[0] == "timeout" {
					options, timeout = nil, time.Second
				}
				s := spec(t, "http://"+l.Addr().String()+"/login?a=b", options...)
				s.Timeout = timeout
				r := checks.Run(t.Context(), s, checks.Env{})
				if r.Pair.State != tt.state || r.Pair.Reason.Code != tt.code {
					t.Errorf("got %v %v, want %v %s", r.Pair.State, r.Pair.Reason, tt.state, tt.code)
				}
				got := values(r)
				body, measured := got["body_bytes"]
				if tt.body >= 0 != measured || measured && body != tt.body && !math.IsInf(tt.body, 1) {
					t.Errorf("got %v bytes of body (measured %v), want %v", body, measured, tt.body)
				}
				_, whole := got["duration_seconds"]
				if wanted := tt.body >= 0 && !strings.Contains(tt.name, "cut short") && !strings.Contains(tt.name, "drip"); whole != wanted {
					t.Errorf("got a duration %v, want %v: only of a whole page", whole, wanted)
				}
			})
		}
	}
}

// TestPhases: each phase is measured on its own, and the request is what a
// browser would send to that host.
func TestPhases(t *testing.T) {
	t.Parallel()
	const pause = 60 * time.Millisecond
	l := listen(t, "127.0.0.1")
	var got atomic.Pointer[nethttp.Request]
	serve(t, l, nil, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		got.Store(r)
		time.Sleep(pause)
		w.WriteHeader(nethttp.StatusOK)
		w.(nethttp.Flusher).Flush()
		time.Sleep(pause)
		w.Write([]byte("page"))
	})
	_, port, _ := net.SplitHostPort(l.Addr().String())
	s := spec(t, "http://portal.example:"+port+"/a%20b?c=d#e", "header=X-Probe: 烽燧")
	r := checks.Run(t.Context(), s, checks.Env{Resolver: names{"ip4": "127.0.0.1"}})
	v := values(r)
	if v["first_byte_seconds"] < pause.Seconds() || v["duration_seconds"] < v["connect_seconds"]+v["first_byte_seconds"]+pause.Seconds() || !(v["connect_seconds"] > 0) {
		t.Errorf("got %v, want a first byte after %v and the whole after as much again", v, pause)
	}
	if v["status_code"] != 200 || v["body_bytes"] != 4 {
		t.Errorf("got %v, want status 200 and 4 bytes", v)
	}
	q := got.Load()
	if q.Host != "portal.example:"+port || q.RequestURI != "/a%20b?c=d" || q.Header.Get("X-Probe") != "烽燧" || q.UserAgent() != "fengsui-agent" || !q.Close {
		t.Errorf("got Host %q, %q, %v; want the URL's own host and path, our header, and a connection that closes", q.Host, q.RequestURI, q.Header)
	}
}

// TestNoOtherHost: neither a redirect nor a proxy of the environment makes the
// check talk to a host that it was not told to probe.
func TestNoOtherHost(t *testing.T) {
	elsewhere := listen(t, "127.0.0.1")
	var visits atomic.Int32
	serve(t, elsewhere, nil, func(nethttp.ResponseWriter, *nethttp.Request) { visits.Add(1) })
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"} {
		t.Setenv(name, "http://"+elsewhere.Addr().String())
	}
	t.Setenv("NO_PROXY", "")
	l := listen(t, "127.0.0.1")
	serve(t, l, nil, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		nethttp.Redirect(w, r, "http://"+elsewhere.Addr().String()+"/", nethttp.StatusFound)
	})
	_, port, _ := net.SplitHostPort(l.Addr().String())
	r := checks.Run(t.Context(), spec(t, "http://portal.example:"+port), checks.Env{Resolver: names{"ip4": "127.0.0.1"}})
	if r.Pair.State != checks.Up || values(r)["status_code"] != 302 || visits.Load() != 0 {
		t.Errorf("got %v %v and %d visits elsewhere, want up, 302 and none", r.Pair, values(r), visits.Load())
	}
}

func TestPair(t *testing.T) {
	t.Parallel()
	both := names{"ip4": "127.0.0.1", "ip6": "::1"}
	page, broken := answers(200, "page"), answers(503, "")
	for _, tt := range []struct {
		name   string
		v4, v6 nethttp.HandlerFunc // nil: nobody listens
		names  names
		state  checks.State
		code   string
	}{
		{"both", page, page, both, checks.Up, ""},
		{"v6 dead", page, nil, both, checks.Degraded, "aaaa_dead"},
		{"v6 broken", page, broken, both, checks.Degraded, "aaaa_dead"},
		{"v6 degraded", page, answers(404, ""), both, checks.Degraded, "status_unwanted"},
		{"v4 dead", nil, page, both, checks.Degraded, "v4_dead"},
		{"both dead", nil, broken, both, checks.Down, "both_dead"},
		{"no AAAA", page, nil, names{"ip4": "127.0.0.1"}, checks.Up, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ports := lab.Ports(t, "127.0.0.1", "::1")
			_, port, _ := net.SplitHostPort(ports[0].String())
			for i, h := range []nethttp.HandlerFunc{tt.v4, tt.v6} {
				if h != nil {
					serve(t, ports[i].Listen(t), nil, h)
				}
			}
			r := checks.Run(t.Context(), spec(t, "http://portal.example:"+port), checks.Env{Resolver: tt.names})
			if r.Pair.State != tt.state || r.Pair.Reason.Code != tt.code {
				t.Errorf("got %v %v, want %v %s", r.Pair.State, r.Pair.Reason, tt.state, tt.code)
			}
		})
	}
}

// TestDeadEnds: the reasons of the way to a server are those of tcp.
func TestDeadEnds(t *testing.T) {
	t.Parallel()
	if !lab.Alone(t) {
		return
	}
	run := func(ctx context.Context, address string, timeout time.Duration, want string) {
		t.Helper()
		s := spec(t, "http://"+net.JoinHostPort(address, "80"))
		s.Timeout = timeout
		if r := checks.Run(ctx, s, checks.Env{}); r.Pair.Reason.Code != want {
			t.Errorf("%s: got %v %v, want %s", address, r.Pair.State, r.Pair.Reason, want)
		}
	}
	for _, d := range lab.DeadEnds(t) {
		run(t.Context(), d.Address, 10*time.Second, d.Code)
	}
	run(t.Context(), lab.SilentV4, 400*time.Millisecond, "timed_out")
	run(t.Context(), lab.SilentV6, 20*time.Millisecond, "no_time")
	run(t.Context(), "127.0.0.1", 10*time.Second, "refused")
	stopping, stop := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, stop)
	run(stopping, lab.SilentV4, time.Minute, "stopped")
	restore := lab.NoFiles(t)
	run(t.Context(), "127.0.0.1", time.Second, "local_error")
	restore()
}

// TestStopWhileReading: a program that stops does not wait for a slow page.
func TestStopWhileReading(t *testing.T) {
	t.Parallel()
	for name, handle := range map[string]func(net.Conn){
		"answer": waits, "headers": drips("HTTP/1.1 200 OK\r\nX: "), "body": drips("HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n"),
	} {
		l := listen(t, "127.0.0.1")
		speak(t, l, handle)
		s := spec(t, "http://"+l.Addr().String())
		s.Timeout = time.Minute
		stopping, stop := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, stop)
		if r := checks.Run(stopping, s, checks.Env{}); r.Pair.Reason.Code != "stopped" || r.Duration > 30*time.Second {
			t.Errorf("%s: got %v after %v, want stopped at once", name, r.Pair.Reason, r.Duration)
		}
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	for option, want := range map[string]string{
		"status=2xx":                 `holds "2xx", want a status from 100 to 599`,
		"status=600":                 `holds "600"`,
		"status=399-200":             `holds "399-200"`,
		"status=":                    `holds ""`,
		"match=(":                    `want a regular expression (RE2)`,
		"header=no colon":            `want "Name: value"`,
		"header=A b: c":              `want "Name: value"`,
		"header=A: b\r\nC: d":        `want "Name: value"`,
		"header=Host: other.example": `which the check sets by itself`,
		"method=POST":                `want one of: GET, HEAD`,
		"max_body=99999999999":       `want`,
	} {
		name, value, _ := strings.Cut(option, "=")
		_, err := checks.NewSpec(&Kind, "http://portal.example", map[string][]string{name: {value}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error with %q", option, err, want)
		}
	}
	if _, err := checks.NewSpec(&Kind, "http://portal.example", map[string][]string{"method": {"HEAD"}, "match": {"x"}}); err == nil {
		t.Error("a match without a body: taken, want an error")
	}
	if _, err := checks.NewSpec(&Kind, "http://portal.example", map[string][]string{"status": {}}); err == nil {
		t.Error("no status at all: taken, want an error")
	}
}

func TestTargets(t *testing.T) {
	t.Parallel()
	for target, want := range map[string][2]string{ // what is resolved, and the Host header
		"http://portal.example":             {"portal.example", "portal.example"},
		"https://portal.example:8443/x":     {"portal.example", "portal.example:8443"},
		"http://192.0.2.1/":                 {"192.0.2.1", "192.0.2.1"},
		"http://[2001:db8::1]:8080/":        {"2001:db8::1", "[2001:db8::1]:8080"},
		"http://[fe80::1%25eth0]/":          {"fe80::1%eth0", "[fe80::1]"},
		"HTTP://Portal.Example/UPPER?q=青#f": {"Portal.Example", "Portal.Example"},
	} {
		p, err := parse(target)
		if err != nil || p.host != want[0] || p.hostHeader() != want[1] {
			t.Errorf("%s: got %q and %q, %v; want %q", target, p.host, p.hostHeader(), err, want)
		}
	}
	for _, bad := range []string{
		"", "portal.example", "ftp://portal.example", "http://", "http:portal", "http://:80", "http://portal:0", "http://portal:99999",
		"http://user:secret@portal.example/", "http://a b/", "http://[::1", "http://224.0.0.1/", "http://青山区.政务.cn/", "http://portal:/",
	} {
		_, err := checks.NewSpec(&Kind, bad, nil)
		if err == nil || !strings.Contains(err.Error(), "check http: target ") {
			t.Errorf("%q: got %v, want an error that names the target", bad, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: the error shows the password: %v", bad, err)
		}
	}
}
