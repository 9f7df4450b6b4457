//go:build linux

package lab

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// TestDistrict: from the farthest community everything is reached over both
// families by its real daemon; then each fault that a test can make is seen
// there, and is gone after its end.
func TestDistrict(t *testing.T) {
	t.Parallel()
	began := time.Now()
	d := NewDistrict(t)
	t.Logf("up after %v", time.Since(began))
	far := d.Place("qingfu-1")
	roots := x509.NewCertPool()
	pem, err := os.ReadFile(d.CA)
	if err != nil || !roots.AppendCertsFromPEM(pem) {
		t.Fatalf("read the authority: %v", err)
	}

	page := func(host string, a netip.Addr) error {
		c := &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{
			DisableKeepAlives: true,
			TLSClientConfig:   &tls.Config{RootCAs: roots},
			DialContext: func(ctx context.Context, network, _ string) (c net.Conn, err error) {
				return far.Dial(ctx, network, netip.AddrPortFrom(a, 443).String())
			},
		}}
		resp, err := c.Get("https://" + host + "." + Zone + "/")
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err == nil && !strings.HasPrefix(string(body), host+"."+Zone) {
			err = fmt.Errorf("got %q, want the page of %s", body, host)
		}
		return err
	}
	ask := func(server netip.Addr, name string, kind uint16) (*dns.Msg, error) {
		c, err := far.Dial(t.Context(), "udp", netip.AddrPortFrom(server, 53).String())
		if err != nil {
			return nil, err
		}
		defer c.Close()
		q := new(dns.Msg).SetQuestion(name+".", kind).SetEdns0(1232, true)
		a, _, err := (&dns.Client{Timeout: 2 * time.Second}).ExchangeWithConn(q, &dns.Conn{Conn: c})
		return a, err
	}

	for _, host := range []string{"portal", "cloud"} {
		v4, v6 := d.Addresses(host)
		for _, a := range []netip.Addr{v4, v6} {
			if err := page(host, a); err != nil {
				t.Errorf("the page of %s at %s: %v", host, a, err)
			}
		}
	}
	v4, v6 := d.Addresses("names")
	for _, server := range []netip.Addr{v4, v6} {
		for _, q := range []struct {
			name    string
			kind    uint16
			rcode   int
			answers int
		}{
			{"portal." + Zone, dns.TypeA, dns.RcodeSuccess, 2}, // with the signature
			{"portal." + Zone, dns.TypeAAAA, dns.RcodeSuccess, 2},
			{"portal." + Zone, dns.TypeTXT, dns.RcodeSuccess, 0},
			{"no-such-name." + Zone, dns.TypeA, dns.RcodeNameError, 0},
		} {
			a, err := ask(server, q.name, q.kind)
			if err != nil {
				t.Errorf("ask %s for %s: %v", server, q.name, err)
			} else if a.Rcode != q.rcode || len(a.Answer) != q.answers || !a.AuthenticatedData {
				t.Errorf("ask %s for %s: got %v, want %s and %d records, validated", server, q.name, a, dns.RcodeToString[q.rcode], q.answers)
			}
		}
	}
	for _, s := range d.Sites {
		if err := speaks(t, d, s); err != nil {
			t.Errorf("snmpd of %s: %v", s.ID, err)
		}
	}

	p4, p6 := d.Addresses("portal")
	must := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	fails := func(what string, err error) {
		t.Helper()
		if err == nil {
			t.Errorf("%s: it is reached, want it not", what)
		}
	}
	must("withdraw", d.Withdraw6("portal"))
	fails("v6 of the portal without its address", page("portal", p6))
	must("v4 of the portal meanwhile", page("portal", p4))
	must("restore", d.Restore6("portal"))
	must("v6 of the portal again", page("portal", p6))

	forbidden := netip.PrefixFrom(p4, 32)
	must("prohibit", d.Prohibit("qingfu", forbidden))
	fails("the portal behind a prohibit route", page("portal", p4))
	must("allow", d.Allow("qingfu", forbidden))
	must("the portal again", page("portal", p4))

	d.StopResolver()
	_, err = ask(v4, "portal."+Zone, dns.TypeA)
	fails("the resolver that was stopped", err)
	must("start the resolver", d.Start("unbound"))
	_, err = ask(v4, "portal."+Zone, dns.TypeA)
	must("the resolver again", err)

	must("withdraw the AAAA", d.SetName("portal", p4))
	for until := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		a, err := ask(v4, "portal."+Zone, dns.TypeAAAA)
		if err == nil && a.Rcode == dns.RcodeSuccess && len(a.Answer) == 0 && a.AuthenticatedData {
			break
		}
		if time.Now().After(until) {
			t.Fatalf("the AAAA of the portal: got %v, %v, want none, validated", a, err)
		}
	}

	began = time.Now()
	d.Close()
	t.Logf("gone after %v", time.Since(began))
}

// speaks asks a router for its uptime by SNMP, from the hub.
func speaks(t *testing.T, d *District, s Site) error {
	get, err := sysUpTime()
	if err != nil {
		return err
	}
	for _, family := range []int{0, 1} {
		a := s.address(1)[family].Addr()
		c, err := d.Place("hub").Dial(t.Context(), "udp", netip.AddrPortFrom(a, 161).String())
		if err != nil {
			return err
		}
		defer c.Close()
		if _, err := c.Write(get); err != nil {
			return err
		}
		c.SetReadDeadline(time.Now().Add(5 * time.Second))
		if _, err := c.Read(make([]byte, 1500)); err != nil {
			return fmt.Errorf("at %s: %w", a, err)
		}
	}
	return nil
}
