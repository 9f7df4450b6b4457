package checks_test

import (
	"context"
	"net"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"fengsui/checks"
)

// nameServer answers A and AAAA questions with these codes from a real socket;
// a code of silence answers nothing. What is found is one address of its own.
func nameServer(t *testing.T, codes map[dnsmessage.Type]dnsmessage.RCode) *net.Resolver {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	go func() {
		buf := make([]byte, 2048)
		for {
			n, from, err := c.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil {
				continue
			}
			q := m.Questions[0]
			code, found := codes[q.Type]
			if code == silence {
				continue
			}
			m.Response, m.RecursionAvailable, m.RCode, m.Additionals = true, true, code, nil
			if code == dnsmessage.RCodeSuccess && found {
				r := dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 60}, Body: &dnsmessage.AResource{A: [4]byte{192, 0, 2, 1}}}
				if q.Type == dnsmessage.TypeAAAA {
					r.Body = &dnsmessage.AAAAResource{AAAA: [16]byte{0x20, 0x01, 0x0d, 0xb8, 15: 1}}
				}
				m.Answers = []dnsmessage.Resource{r}
			}
			if wire, err := m.Pack(); err == nil {
				c.WriteTo(wire, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", c.LocalAddr().String())
	}}
}

const silence dnsmessage.RCode = 255

// TestWhatAResolverSays: only a name server that says so makes a name unknown;
// one that fails, refuses or is silent says nothing about the target.
func TestWhatAResolverSays(t *testing.T) {
	t.Parallel()
	const a, aaaa = dnsmessage.TypeA, dnsmessage.TypeAAAA
	type codes = map[dnsmessage.Type]dnsmessage.RCode
	for _, tt := range []struct {
		name   string
		codes  codes
		state  checks.State
		code   string
		v4, v6 bool // a verdict over it
	}{
		{"both", codes{a: dnsmessage.RCodeSuccess, aaaa: dnsmessage.RCodeSuccess}, checks.Up, "", true, true},
		{"no AAAA", codes{a: dnsmessage.RCodeSuccess}, checks.Up, "", true, false},
		{"no A", codes{aaaa: dnsmessage.RCodeSuccess}, checks.Up, "", false, true},
		{"no record", codes{}, checks.Down, "name_unknown", false, false},
		{"no such name", codes{a: dnsmessage.RCodeNameError, aaaa: dnsmessage.RCodeNameError}, checks.Down, "name_unknown", false, false},
		{"fails", codes{a: dnsmessage.RCodeServerFailure, aaaa: dnsmessage.RCodeServerFailure}, checks.Unable, "resolver_silent", true, true},
		{"refuses", codes{a: dnsmessage.RCodeRefused, aaaa: dnsmessage.RCodeRefused}, checks.Unable, "resolver_silent", true, true},
		{"silent", codes{a: silence, aaaa: silence}, checks.Unable, "resolver_silent", true, true},
		{"fails on AAAA", codes{a: dnsmessage.RCodeSuccess, aaaa: dnsmessage.RCodeServerFailure}, checks.Up, "", true, true},
		{"no A, fails on AAAA", codes{aaaa: dnsmessage.RCodeServerFailure}, checks.Unable, "resolver_silent", false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := spec(func(context.Context, checks.Endpoint, *checks.Observation) checks.Reason { return checks.Reason{} })
			s.Target, s.Timeout = "portal.example.", 5*time.Second // a final dot: no search list
			if tt.name == "silent" {
				s.Timeout = 300 * time.Millisecond
			}
			r := checks.Run(t.Context(), s, checks.Env{Resolver: nameServer(t, tt.codes)})
			if r.Pair.State != tt.state || r.Pair.Reason.Code != tt.code || (r.V4 != nil) != tt.v4 || (r.V6 != nil) != tt.v6 {
				t.Errorf("got %v, IPv4 %v, IPv6 %v; want %v %s, and a verdict over them: %v, %v", r.Pair, r.V4, r.V6, tt.state, tt.code, tt.v4, tt.v6)
			}
		})
	}
}
