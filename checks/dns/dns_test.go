package dns

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"fengsui/checks"
	"fengsui/checks/lab"
)

// A zone is what the honest server of the tests answers from.
const zone = `
portal.example.	300	IN	A	192.0.2.10
portal.example.	60	IN	A	192.0.2.11
portal.example.	300	IN	AAAA	2001:db8:10::1
www.example.	300	IN	CNAME	portal.example.
www.example.	300	IN	A	192.0.2.10
v4only.example.	300	IN	A	192.0.2.20
example.	3600	IN	SOA	ns1.example. admin.example. 2026112401 14400 3600 604800 3600
10.2.0.192.in-addr.arpa.	300	IN	PTR	portal.example.
`

// answers answers from the zone.
func answers(t testing.TB, q *dns.Msg) *dns.Msg {
	m := new(dns.Msg)
	m.SetReply(q)
	m.RecursionAvailable = true
	name := strings.ToLower(q.Question[0].Name)
	known := false
	parser := dns.NewZoneParser(strings.NewReader(zone), "", "")
	for rr, ok := parser.Next(); ok; rr, ok = parser.Next() {
		if rr.Header().Name != name {
			continue
		}
		known = true
		if rr.Header().Rrtype == q.Question[0].Qtype || rr.Header().Rrtype == dns.TypeCNAME {
			m.Answer = append(m.Answer, rr)
		}
	}
	if err := parser.Err(); err != nil {
		t.Error(err)
	}
	if !known {
		m.Rcode = dns.RcodeNameError
	}
	if q.IsEdns0() != nil {
		m.SetEdns0(ednsSize, false)
	}
	return m
}

// A server answers on UDP and, when tcp is set, on TCP of the same port.
type server struct {
	udp func(q *dns.Msg, w dns.ResponseWriter) // nil: silence
	tcp func(q *dns.Msg, w dns.ResponseWriter) // nil: nobody listens
}

func serve(t *testing.T, host string, s server) string {
	t.Helper()
	port, pc := bind(t, host)
	addr := pc[0].LocalAddr().String()
	if s.tcp != nil {
		run(t, &dns.Server{Listener: port[0].Listen(t), Handler: handler(s.tcp)})
	}
	if s.udp == nil {
		t.Cleanup(func() { pc[0].Close() })
		return addr
	}
	run(t, &dns.Server{PacketConn: pc[0], Handler: handler(s.udp)})
	return addr
}

// bind takes one port on all hosts, for UDP and TCP: what is not listened on
// stays closed. A question that is under way may hold the UDP port: then
// another one does.
func bind(t *testing.T, hosts ...string) ([]*lab.Port, []net.PacketConn) {
	t.Helper()
next:
	for range 20 {
		ports := lab.Ports(t, hosts...)
		var all []net.PacketConn
		for _, p := range ports {
			pc, err := net.ListenPacket("udp", p.String())
			if err != nil {
				for _, pc := range all {
					pc.Close()
				}
				continue next
			}
			all = append(all, pc)
		}
		return ports, all
	}
	t.Fatal("no port is free for UDP and TCP")
	return nil, nil
}

func run(t *testing.T, s *dns.Server) {
	up := make(chan struct{})
	s.NotifyStartedFunc = func() { close(up) }
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.ActivateAndServe()
	}()
	<-up
	t.Cleanup(func() {
		s.Shutdown()
		<-done
	})
}

func handler(f func(*dns.Msg, dns.ResponseWriter)) dns.HandlerFunc {
	return func(w dns.ResponseWriter, q *dns.Msg) { f(q, w) }
}

func TestServers(t *testing.T) {
	t.Parallel()
	honest := func(q *dns.Msg, w dns.ResponseWriter) { w.WriteMsg(answers(t, q)) }
	changed := func(change func(m *dns.Msg)) func(*dns.Msg, dns.ResponseWriter) {
		return func(q *dns.Msg, w dns.ResponseWriter) {
			m := answers(t, q)
			change(m)
			w.WriteMsg(m)
		}
	}
	rcode := func(code int) func(*dns.Msg, dns.ResponseWriter) {
		return changed(func(m *dns.Msg) { m.Rcode, m.Answer = code, nil })
	}
	raw := func(edit func(b []byte) []byte) func(*dns.Msg, dns.ResponseWriter) {
		return func(q *dns.Msg, w dns.ResponseWriter) {
			b, err := answers(t, q).Pack()
			if err != nil {
				t.Error(err)
			}
			w.Write(edit(b))
		}
	}
	cut := changed(func(m *dns.Msg) { m.Truncated, m.Answer = true, nil })
	otherQuestion := changed(func(m *dns.Msg) { m.Question[0].Name = "other.example." })
	ask := func(options ...string) map[string][]string {
		all := map[string][]string{"name": {"portal.example"}}
		for _, o := range options {
			name, value, _ := strings.Cut(o, "=")
			all[name] = strings.Split(value, " ")
		}
		return all
	}
	for _, tt := range []struct {
		name    string
		server  server
		options map[string][]string
		state   checks.State
		code    string
		says    string // part of the English sentence
	}{
		{"answer", server{udp: honest}, ask(), checks.Up, "", ""},
		{"both types", server{udp: honest}, ask("type=A AAAA"), checks.Up, "", ""},
		{"alias", server{udp: honest}, ask("name=www.example"), checks.Up, "", ""},
		{"upper case", server{udp: honest}, ask("name=Portal.EXAMPLE"), checks.Up, "", ""},
		{"Chinese name", server{udp: honest}, ask("name=青山区政务.网址"), checks.Down, "rcode_unwanted", "xn--"},
		{"reverse", server{udp: honest}, ask("name=192.0.2.10", "type=PTR", "want=portal.example"), checks.Up, "", ""},
		{"soa", server{udp: honest}, ask("name=example", "type=SOA"), checks.Up, "", ""},
		{"tcp alone", server{tcp: honest}, ask("transport=tcp"), checks.Up, "", ""},
		{"tcp alone, nobody listens", server{udp: honest}, ask("transport=tcp"), checks.Down, "refused", ""},
		{"cut, whole by TCP", server{udp: cut, tcp: honest}, ask(), checks.Up, "", ""},
		{"cut, TCP dead", server{udp: cut}, ask(), checks.Degraded, "tcp_dead", "refused"},
		{"cut, TCP closes", server{udp: cut, tcp: func(_ *dns.Msg, w dns.ResponseWriter) { w.Close() }}, ask(), checks.Degraded, "tcp_dead", "not_dns"},
		{"cut, TCP lies", server{udp: cut, tcp: otherQuestion}, ask(), checks.Degraded, "tcp_dead", "foreign_answer"},
		{"no such name", server{udp: honest}, ask("name=nobody.example"), checks.Down, "rcode_unwanted", "NXDOMAIN"},
		{"must not exist", server{udp: honest}, ask("name=nobody.example", "rcode=NXDOMAIN"), checks.Up, "", ""},
		{"rewritten", server{udp: honest}, ask("rcode=NXDOMAIN"), checks.Degraded, "nxdomain_rewritten", "192.0.2.10"},
		{"must not exist, fails", server{udp: rcode(dns.RcodeServerFailure)}, ask("rcode=NXDOMAIN"), checks.Down, "rcode_unwanted", "SERVFAIL"},
		{"servfail", server{udp: rcode(dns.RcodeServerFailure)}, ask(), checks.Down, "rcode_unwanted", "SERVFAIL"},
		{"refused", server{udp: rcode(dns.RcodeRefused)}, ask(), checks.Down, "rcode_unwanted", "REFUSED"},
		{"no record", server{udp: honest}, ask("type=MX"), checks.Down, "no_record", "portal.example MX"},
		{"no AAAA", server{udp: honest}, ask("name=v4only.example", "type=A AAAA"), checks.Degraded, "type_missing", "v4only.example AAAA"},
		{"wanted", server{udp: honest}, ask("want=192.0.2.10 192.0.2.11"), checks.Up, "", ""},
		{"wanted by prefix", server{udp: honest}, ask("want=192.0.2.0/24 2001:db8::/32", "type=A AAAA"), checks.Up, "", ""},
		{"one too many", server{udp: honest}, ask("want=192.0.2.10"), checks.Degraded, "records_unwanted", "192.0.2.10, 192.0.2.11"},
		{"one missing", server{udp: honest}, ask("want=192.0.2.0/24 192.0.2.12"), checks.Degraded, "records_unwanted", "192.0.2.12"},
		{"hijacked", server{udp: honest}, ask("want=198.51.100.0/24"), checks.Degraded, "records_unwanted", "want 198.51.100.0/24"},
		{"v6 hijacked", server{udp: honest}, ask("want=192.0.2.0/24 2001:db8:99::/48", "type=A AAAA"), checks.Degraded, "records_unwanted", "2001:db8:10::1"},
		{"nothing wanted of v6", server{udp: honest}, ask("want=192.0.2.0/24", "type=A AAAA"), checks.Up, "", ""},
		{"other text", server{udp: honest}, ask("name=192.0.2.10", "type=PTR", "want=www.example"), checks.Degraded, "records_unwanted", "portal.example"},
		{"not authoritative", server{udp: honest}, ask("authoritative=true"), checks.Degraded, "not_authoritative", ""},
		{"authoritative", server{udp: changed(func(m *dns.Msg) { m.Authoritative = true })}, ask("authoritative=true", "recursion=false"), checks.Up, "", ""},
		{"another question", server{udp: otherQuestion}, ask(), checks.Down, "foreign_answer", "other.example A"},
		{"another id", server{udp: changed(func(m *dns.Msg) { m.Id++ })}, ask(), checks.Down, "foreign_answer", "another id"},
		{"an echo", server{udp: func(q *dns.Msg, w dns.ResponseWriter) { w.WriteMsg(q) }}, ask(), checks.Down, "foreign_answer", "a question"},
		{"forged first", server{udp: func(q *dns.Msg, w dns.ResponseWriter) { otherQuestion(q, w); honest(q, w) }}, ask(), checks.Up, "", ""},
		{"cut at a record", server{udp: raw(func(b []byte) []byte { binary.BigEndian.PutUint16(b[6:], 60); return b })}, ask(), checks.Down, "not_dns", "60"},
		{"garbage", server{udp: raw(func(b []byte) []byte { return append(b[:12], 0xff, 0xff, 0xff) })}, ask(), checks.Down, "not_dns", ""},
		{"short", server{udp: raw(func(b []byte) []byte { return b[:5] })}, ask(), checks.Down, "not_dns", ""},
		{"no EDNS known", server{udp: func(q *dns.Msg, w dns.ResponseWriter) {
			if q.IsEdns0() != nil {
				rcode(dns.RcodeFormatError)(stripped(q), w)
				return
			}
			honest(q, w)
		}}, ask(), checks.Up, "", ""},
		{"format error always", server{udp: func(q *dns.Msg, w dns.ResponseWriter) { rcode(dns.RcodeFormatError)(stripped(q), w) }}, ask(), checks.Down, "rcode_unwanted", "FORMERR"},
		{"silence", server{}, ask(), checks.Down, "lookup_timed_out", "2 times"},
	} {
		for _, host := range []string{"127.0.0.1", "::1"} {
			t.Run(tt.name+" "+host, func(t *testing.T) {
				t.Parallel()
				s, err := checks.NewSpec(&Kind, serve(t, host, tt.server), tt.options)
				if err != nil {
					t.Fatal(err)
				}
				s.Timeout = 30 * time.Second
				if tt.state == checks.Down && (tt.code == "foreign_answer" || tt.code == "lookup_timed_out") {
					s.Timeout = 500 * time.Millisecond // nothing more is coming
				}
				r := checks.Run(t.Context(), s, checks.Env{})
				if r.Pair.State != tt.state || r.Pair.Reason.Code != tt.code {
					t.Fatalf("got %v %+v, want %v %s", r.Pair.State, r.Pair.Reason, tt.state, tt.code)
				}
				catalogue := checks.NewCatalogue([]*checks.Kind{&Kind})
				if text := catalogue.Render(r.Pair.Reason, "en"); !strings.Contains(text, tt.says) {
					t.Errorf("it says %q, want %q in it", text, tt.says)
				}
			})
		}
	}
}

// stripped is a question whose answer will not show EDNS.
func stripped(q *dns.Msg) *dns.Msg {
	c := q.Copy()
	c.Extra = nil
	return c
}

func TestRows(t *testing.T) {
	t.Parallel()
	addr := serve(t, "127.0.0.1", server{udp: func(q *dns.Msg, w dns.ResponseWriter) { w.WriteMsg(answers(t, q)) }})
	s, err := checks.NewSpec(&Kind, addr, map[string][]string{"name": {"portal.example"}, "type": {"A", "AAAA"}})
	if err != nil {
		t.Fatal(err)
	}
	r := checks.Run(t.Context(), s, checks.Env{})
	if len(r.Rows) != 2 || r.Rows[0].Key != "A" || r.Rows[1].Key != "AAAA" || r.Rows[0].Family != checks.V4 {
		t.Fatalf("got rows %+v, want one of A and one of AAAA, over IPv4", r.Rows)
	}
	for i, want := range [][]float64{{1, 2, 60}, {1, 1, 300}} {
		v := r.Rows[i].Values
		if !(v[0] > 0) || v[1] != want[0] || v[2] != want[1] || v[3] != want[2] || v[4] < 40 {
			t.Errorf("row %s holds %v, want tries, records and ttl %v and a time and a size above 0", r.Rows[i].Key, v, want)
		}
	}
	if len(r.Findings) != 1 || r.Findings[0].Rule != FindingEDNS || r.Findings[0].Outcome != checks.Pass {
		t.Errorf("got findings %+v, want edns passed", r.Findings)
	}
}

// TestLostQuestion: one datagram that was lost is no outage, and is counted.
func TestLostQuestion(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	addr := serve(t, "127.0.0.1", server{udp: func(q *dns.Msg, w dns.ResponseWriter) {
		if asked.Add(1) > 1 {
			w.WriteMsg(answers(t, q))
		}
	}})
	s, err := checks.NewSpec(&Kind, addr, map[string][]string{"name": {"portal.example"}})
	if err != nil {
		t.Fatal(err)
	}
	r := checks.Run(t.Context(), s, checks.Env{})
	if r.Pair.State != checks.Up || r.Rows[0].Values[1] != 2 {
		t.Errorf("got %v with rows %v, want up at the second try", r.Pair, r.Rows)
	}
}

// TestPair: a server that answers well over one family only is seen.
func TestPair(t *testing.T) {
	t.Parallel()
	ports, pc := bind(t, "127.0.0.1", "::1")
	run(t, &dns.Server{PacketConn: pc[0], Handler: handler(func(q *dns.Msg, w dns.ResponseWriter) { w.WriteMsg(answers(t, q)) })})
	run(t, &dns.Server{PacketConn: pc[1], Handler: handler(func(q *dns.Msg, w dns.ResponseWriter) {
		w.WriteMsg(new(dns.Msg).SetRcode(q, dns.RcodeRefused))
	})})
	_, port, err := net.SplitHostPort(ports[0].String())
	if err != nil {
		t.Fatal(err)
	}
	s, err := checks.NewSpec(&Kind, "ns1.example:"+port, map[string][]string{"name": {"portal.example"}})
	if err != nil {
		t.Fatal(err)
	}
	r := checks.Run(t.Context(), s, checks.Env{Resolver: loopback{}})
	if r.Pair.State != checks.Degraded || r.Pair.Reason.Code != "aaaa_dead" || r.V6.Reason.Arg("rcode") != "REFUSED" {
		t.Errorf("got %v, over IPv6 %v, want degraded v6_dead because of REFUSED", r.Pair, r.V6)
	}
}

type loopback struct{}

func (loopback) LookupNetIP(_ context.Context, network, _ string) ([]netip.Addr, error) {
	return []netip.Addr{map[string]netip.Addr{"ip4": netip.MustParseAddr("127.0.0.1"), "ip6": netip.MustParseAddr("::1")}[network]}, nil
}

func TestOptions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ target, options, want string }{
		{"192.0.2.53", "", `option "name" is missing`},
		{"192.0.2.53", "name=a..b", "labels"},
		{"192.0.2.53", "name=portal.example type=", `option "type" holds ""`},
		{"192.0.2.53", "name=portal.example type=ANY", `holds "ANY"`},
		{"192.0.2.53", "name=portal.example type=A,A", "twice"},
		{"192.0.2.53", "name=192.0.2.10", "only type"},
		{"192.0.2.53", "name=portal.example want=portal", `holds "portal", want an address`},
		{"192.0.2.53", "name=portal.example want=192.0.2.9/24", "want 192.0.2.0/24"},
		{"192.0.2.53", "name=portal.example type=A,MX want=192.0.2.1", "several types"},
		{"192.0.2.53", "name=portal.example rcode=NXDOMAIN want=192.0.2.1", "must not exist"},
		{"192.0.2.53:0", "name=portal.example", "port"},
		{"https://192.0.2.53/", "name=portal.example", "port"},
		{"a b", "name=portal.example", "name server"},
		{"2001:db8::53", "name=portal.example", ""},
		{"[2001:db8::53]:5353", "name=portal.example", ""},
		{"ns1.example", "name=.", ""},
		{"ns1.example", "name=_ldap._tcp.example type=SRV", ""},
		{"ns1.example", "name=青山区.政务.cn", ""},
	} {
		options := map[string][]string{}
		for _, o := range strings.Fields(tt.options) {
			name, value, _ := strings.Cut(o, "=")
			options[name] = strings.Split(value, ",")
		}
		_, err := checks.NewSpec(&Kind, tt.target, options)
		if got := fmt.Sprint(err); tt.want == "" && err != nil || !strings.Contains(got, tt.want) {
			t.Errorf("%s %s: got %v, want %q", tt.target, tt.options, err, tt.want)
		}
	}
}

// FuzzAnswer: whatever comes as an answer is read or refused.
func FuzzAnswer(f *testing.F) {
	c := &check{Name: "portal.example", Type: []string{"A"}, Want: []string{"192.0.2.0/24"}, Rcode: "NOERROR"}
	if err := c.Bind(""); err != nil {
		f.Fatal(err)
	}
	q := &query{check: c, qtype: dns.TypeA}
	asked := q.message(true)
	honest, err := answers(f, asked).Pack()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(honest)
	f.Add(honest[:12])
	f.Fuzz(func(t *testing.T, b []byte) {
		raw, head, err := read(&dns.Conn{Conn: stream{from: bytes.NewReader(slices.Concat(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b))}})
		if err != nil {
			return
		}
		msg, err := parse(raw, head)
		if err != nil || mismatch(asked, msg) != "" {
			return
		}
		a := &answer{question: "portal.example A", qtype: dns.TypeA, msg: msg, bytes: len(raw)}
		o := checks.NewObservation(&Kind)
		a.note(o)
		c.judge(checks.Endpoint{Target: "192.0.2.53", Addr: netip.MustParseAddr("192.0.2.53")}, []*answer{a}, o)
	})
}

// stream is a TCP connection that holds what somebody sent.
type stream struct {
	net.Conn
	from *bytes.Reader
}

func (s stream) Read(p []byte) (int, error) { return s.from.Read(p) }
