// Package dns checks that a name server answers a question as wanted: over the
// address family asked, with EDNS, with TCP where an answer is too large.
package dns

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/net/idna"

	"fengsui/checks"
)

// Kind is the kind "dns".
var Kind = checks.Kind{
	Name:   "dns",
	Doc:    "ask a name server for a name: answer, records, EDNS, truncation to TCP; silence, refusal and lies told apart",
	RowKey: "type",
	Measurements: []checks.Measurement{
		{Name: "lookup_seconds", Unit: "seconds", Type: "gauge", Doc: "from the question until its whole answer, the change to TCP included, lost tries not"},
		{Name: "tries", Unit: "", Type: "gauge", Doc: "questions that were sent until one was answered"},
		{Name: "records", Unit: "", Type: "gauge", Doc: "records of the wanted type in the answer"},
		{Name: "ttl_seconds", Unit: "seconds", Type: "gauge", Doc: "the shortest time to live among them"},
		{Name: "answer_bytes", Unit: "bytes", Type: "gauge", Doc: "size of the whole answer"},
	},
	Reasons: append([]checks.Declaration{
		reasonTimedOut, reasonForeign, reasonNotDNS, reasonRcode, reasonRewritten, reasonEmpty, reasonSomeEmpty, reasonUnwanted, reasonTruncated, reasonNotAuthoritative,
	}, checks.ConnectReasons...),
	New: func() checks.Check {
		return &check{Type: []string{"A"}, Rcode: "NOERROR", Transport: "udp", Recursion: true}
	},
}

// FindingEDNS is judged at every answer: whether the server took the EDNS
// option (RFC 6891), without which large answers need TCP or are cut.
const FindingEDNS = "edns"

type check struct {
	Name          string   `option:"name" doc:"name that is asked for; of type PTR an address, too"`
	Type          []string `option:"type" doc:"types of record that are asked for, each must be there: A, AAAA, NS, SOA, CNAME, MX, TXT, SRV, PTR, CAA, DS, DNSKEY"`
	Want          []string `option:"want" doc:"what the records must be: addresses that must all be there, prefixes that may hold further ones; other types as text; empty: anything"`
	Rcode         string   `option:"rcode" doc:"answer code that is wanted; NXDOMAIN for a name that must not exist" choices:"NOERROR,NXDOMAIN"`
	Transport     string   `option:"transport" doc:"udp, with TCP when an answer is cut, or tcp alone" choices:"udp,tcp"`
	Recursion     bool     `option:"recursion" doc:"ask the server to resolve; false asks for what it holds itself"`
	Authoritative bool     `option:"authoritative" doc:"the answer must be authoritative"`

	question string // canonical: ASCII, lower case, with the last dot
	types    []uint16
	want     wanted
}

// The types that can be asked for; their text form is the one of RFC 1035
// section 5 and its like.
var types = []uint16{
	dns.TypeA, dns.TypeAAAA, dns.TypeNS, dns.TypeSOA, dns.TypeCNAME, dns.TypeMX, dns.TypeTXT, dns.TypeSRV,
	dns.TypePTR, dns.TypeCAA, dns.TypeDS, dns.TypeDNSKEY,
}

// Cost is a question and an answer for each type, in the packets of UDP, or
// over a TCP connection each.
func (c *check) Cost() (requests, bytes int) {
	each := 100 + 300
	if c.Transport == "tcp" {
		each += 7 * 72
	}
	return len(c.Type), len(c.Type) * each
}

// names keeps what a bureau writes, such as 青山区.政务.cn, and the underscores
// of service names.
var names = idna.New(idna.MapForLookup(), idna.StrictDomainName(false), idna.BidiRule())

// Bind reads the options that depend on each other.
func (c *check) Bind(string) error {
	if err := c.bindTypes(); err != nil {
		return err
	}
	if c.Name == "" {
		return errors.New(`option "name" is missing, want the name to ask for, as in "portal.example"`)
	}
	if a, err := netip.ParseAddr(c.Name); err == nil {
		if len(c.types) != 1 || c.types[0] != dns.TypePTR {
			return fmt.Errorf(`option "name" is the address %s, which only type "PTR" asks for`, a)
		}
		c.question, err = dns.ReverseAddr(a.Unmap().String())
		if err != nil {
			return fmt.Errorf(`option "name" is %q: %w`, c.Name, err)
		}
	} else if c.Name == "." {
		c.question = "."
	} else {
		ascii, err := names.ToASCII(c.Name)
		if err != nil {
			return fmt.Errorf(`option "name" is %q, want a name: %w`, c.Name, err)
		}
		if err := checks.CheckHost(ascii); err != nil {
			return fmt.Errorf(`option "name": %w`, err)
		}
		c.question = dns.CanonicalName(ascii)
	}
	var err error
	if c.want, err = readWanted(c.Want, c.types); err != nil {
		return err
	}
	if c.Rcode == "NXDOMAIN" && len(c.Want) > 0 {
		return errors.New(`option "want" names records, and a name that must not exist (rcode "NXDOMAIN") has none`)
	}
	return nil
}

func (c *check) bindTypes() error {
	c.types = nil
	seen := map[uint16]bool{}
	for _, text := range c.Type {
		t, ok := dns.StringToType[text]
		known := false
		for _, k := range types {
			known = known || ok && k == t
		}
		switch {
		case !known:
			return fmt.Errorf(`option "type" holds %q, want one of A, AAAA, NS, SOA, CNAME, MX, TXT, SRV, PTR, CAA, DS, DNSKEY`, text)
		case seen[t]:
			return fmt.Errorf(`option "type" holds %q twice`, text)
		}
		seen[t] = true
		c.types = append(c.types, t)
	}
	if len(c.types) == 0 {
		return errors.New(`option "type" is empty, want the types to ask for, as in "A"`)
	}
	return nil
}

// Host takes a name server: a name or an address, with a port when it is not 53.
func (c *check) Host(target string) (string, error) {
	host, _, err := split(target)
	return host, err
}

// Lasts is one try that was given any time at all for each type.
func (c *check) Lasts() time.Duration { return time.Duration(len(c.types)) * checks.MinWait }

func split(target string) (host string, port uint16, err error) {
	if checks.CheckHost(target) == nil {
		return target, 53, nil
	}
	return checks.HostPort(target, "a name server, as in 192.0.2.53, 2001:db8::53, ns1.example or [2001:db8::53]:5353")
}

// Probe asks one address of the server for each type, one after the other: a
// server is never asked two things at once by one site.
func (c *check) Probe(ctx context.Context, at checks.Endpoint, o *checks.Observation) checks.Reason {
	_, port, err := split(at.Target)
	if err != nil {
		return checks.ReasonLocal.With(at.Target, at.Addr.String(), err.Error())
	}
	var answers []*answer
	for i, t := range c.types {
		a, why := c.ask(ctx, at, port, t, len(c.types)-i)
		if !why.IsZero() {
			return why
		}
		a.note(o)
		answers = append(answers, a)
	}
	return c.judge(at, answers, o)
}
