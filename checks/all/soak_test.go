package all_test

import (
	"context"
	"net"
	nethttp "net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"
	"github.com/miekg/dns"

	"fengsui/checks"
	"fengsui/checks/all"
	"fengsui/checks/lab"
)

// soakRuns is how often each kind runs where make soak sets FENGSUI_SOAK; a
// number above one is another one.
var soakRuns = func() int {
	if n, err := strconv.Atoi(os.Getenv("FENGSUI_SOAK")); err == nil && n > 1 {
		return n
	}
	return 100_000
}()

// TestSoak runs each kind a hundred thousand times and looks what is left: no
// goroutine, no file, no memory. A tenth of the runs fails, because what fails
// leaves other paths behind it.
func TestSoak(t *testing.T) {
	if os.Getenv("FENGSUI_SOAK") == "" {
		t.Skip("it takes minutes: make soak")
	}
	if !lab.AloneFor(t, time.Hour) {
		return
	}
	lab.Sysctl(t, "net.ipv4.ping_group_range", "0 2147483647")
	lab.Sysctl(t, "net.ipv4.ip_local_port_range", "1024 65535")
	lab.Sysctl(t, "net.ipv4.tcp_tw_reuse", "1")
	lab.Sysctl(t, "net.ipv4.icmp_ratemask", "0")
	web := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, _ *nethttp.Request) { w.Write([]byte("page")) }))
	defer web.Close()
	secure := httptest.NewTLSServer(web.Config.Handler)
	defer secure.Close()
	names := &dns.Server{Net: "udp", Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		if q.Question[0].Qtype == dns.TypeA {
			m.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 60}, A: net.IPv4(127, 0, 0, 1)}}
		}
		w.WriteMsg(m)
	})}
	var err error
	if names.PacketConn, err = net.ListenPacket("udp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	go names.ActivateAndServe()
	defer names.Shutdown()
	clock, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer clock.Close()
	go serveTime(clock, map[string]string{"stratum": "2", "offset": "0s", "leap": "0", "mode": "4", "short": "48"})
	device := serveSNMP(t)

	plain := web.Listener.Addr().String()
	for kind, tt := range map[string]struct {
		target  string
		bad     string // that fails at once
		options map[string][]string
		secret  string
		at      int // once
	}{
		"icmp": {"127.0.0.1", "203.0.113.1", map[string][]string{"count": {"1"}}, "", 2000},
		"tcp":  {plain, "127.0.0.1:9", nil, "", 20},
		"http": {"http://" + plain + "/", "http://127.0.0.1:9/", nil, "", 20},
		"tls":  {secure.Listener.Addr().String(), "127.0.0.1:9", map[string][]string{"scan": {"false"}}, "", 20},
		"dns":  {names.PacketConn.LocalAddr().String(), "127.0.0.1:9", map[string][]string{"name": {"portal.example"}}, "", 20},
		"ntp":  {clock.LocalAddr().String(), "127.0.0.1:9", nil, "", 20},
		"snmp": {device, "127.0.0.1:9", map[string][]string{"interface": {"ge1"}, "secret": {"secret:core@1"}}, "public", 20},
		"path": {"127.0.0.1", "203.0.113.1", map[string][]string{"queries": {"1"}}, "", 1000},
	} {
		t.Run(kind, func(t *testing.T) {
			k := all.Find(kind)
			spec := func(target string) checks.Spec {
				s, err := checks.NewSpec(k, target, tt.options)
				if err != nil {
					t.Fatal(err)
				}
				if tt.secret != "" {
					if err := s.Check.(checks.Confidant).Confide(tt.secret); err != nil {
						t.Fatal(err)
					}
				}
				s.Interval = time.Minute
				s.Timeout = 20 * time.Second
				return s
			}
			good, bad := spec(tt.target), spec(tt.bad)
			var ups atomic.Int64
			run := func(n int) {
				var work sync.WaitGroup
				var next atomic.Int64
				for range tt.at {
					work.Go(func() {
						for i := next.Add(1); i <= int64(n); i = next.Add(1) {
							s := good
							if i%10 == 0 {
								s = bad
							}
							if r := checks.Run(context.Background(), s, checks.Env{}); r.Pair.State == checks.Up {
								ups.Add(1)
							}
						}
					})
				}
				work.Wait()
			}
			run(soakRuns / 10) // pools fill, sockets that stay are opened
			before := left()
			began := time.Now()
			run(soakRuns)
			after := left()
			t.Logf("%d runs in %v: %v before, %v after, %d up", soakRuns, time.Since(began).Round(time.Second), before, after, ups.Load())
			if after.goroutines > before.goroutines+2 || after.files > before.files+2 || after.heap > before.heap+2<<20 {
				t.Errorf("%d runs: %v before, %v after; want no more", soakRuns, before, after)
			}
			if got := int(ups.Load()); got < soakRuns*9/10 {
				t.Errorf("%d of %d were up, want nine of ten", got, soakRuns*11/10)
			}
		})
	}
}

// A rest is what runs leave behind.
type rest struct {
	goroutines, files int
	heap              uint64
}

// left looks what is left when all has had time to end.
func left() (r rest) {
	for range 5 {
		time.Sleep(200 * time.Millisecond)
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	files, _ := os.ReadDir("/proc/self/fd")
	return rest{runtime.NumGoroutine(), len(files), m.HeapAlloc}
}

// serveSNMP is a device with one interface, that answers every GetBulk alike.
func serveSNMP(t *testing.T) string {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	go func() {
		decoder := &gosnmp.GoSNMP{Version: gosnmp.Version2c, Community: "public", MaxOids: 60}
		for b := make([]byte, 4096); ; {
			n, from, err := c.ReadFrom(b)
			if err != nil {
				return
			}
			q, err := decoder.SnmpDecodePacket(b[:n])
			if err != nil {
				continue
			}
			out := &gosnmp.SnmpPacket{Version: gosnmp.Version2c, Community: "public", PDUType: gosnmp.GetResponse, RequestID: q.RequestID}
			for _, v := range q.Variables {
				oid := strings.TrimPrefix(v.Name, ".")
				if q.PDUType == gosnmp.GetBulkRequest || q.PDUType == gosnmp.GetNextRequest {
					oid += ".1"
				}
				out.Variables = append(out.Variables, snmpValue(oid))
			}
			if wire, err := out.MarshalMsg(); err == nil {
				c.WriteTo(wire, from)
			}
		}
	}()
	return c.LocalAddr().String()
}

// snmpValue is what the device says of an object of IF-MIB.
func snmpValue(oid string) gosnmp.SnmpPDU {
	p := gosnmp.SnmpPDU{Name: "." + oid, Type: gosnmp.NoSuchInstance}
	for prefix, v := range map[string]any{
		"1.3.6.1.2.1.1.3.":         uint32(time.Now().UnixMilli() / 10 % (1 << 31)),
		"1.3.6.1.2.1.31.1.1.1.1.":  "ge1",
		"1.3.6.1.2.1.2.2.1.2.":     "ge1",
		"1.3.6.1.2.1.2.2.1.7.":     1,
		"1.3.6.1.2.1.2.2.1.8.":     1,
		"1.3.6.1.2.1.31.1.1.1.6.":  uint64(time.Now().UnixMilli()),
		"1.3.6.1.2.1.31.1.1.1.10.": uint64(time.Now().UnixMilli()),
		"1.3.6.1.2.1.31.1.1.1.15.": uint(1000),
		"1.3.6.1.2.1.31.1.1.1.18.": "uplink",
	} {
		if !strings.HasPrefix(oid, prefix) {
			continue
		}
		switch v := v.(type) {
		case string:
			p.Type, p.Value = gosnmp.OctetString, v
		case int:
			p.Type, p.Value = gosnmp.Integer, v
		case uint:
			p.Type, p.Value = gosnmp.Gauge32, v
		case uint32:
			p.Type, p.Value = gosnmp.TimeTicks, v
		case uint64:
			p.Type, p.Value = gosnmp.Counter64, v
		}
	}
	return p
}
