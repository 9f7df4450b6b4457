package lab

import (
	"crypto"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// A zone is signed by a key of its own: the island of trust of one lab.
type zone struct {
	name    string // qingshan.test.
	key     *dns.DNSKEY
	private crypto.Signer
	serial  uint32
	hosts   map[string][]netip.Addr // below the zone, and "ns", its server
}

// ttl of all records, in seconds: what changes is seen within it.
const ttl = 1

func newZone(name string, hosts map[string][]netip.Addr) (*zone, error) {
	z := &zone{name: name, hosts: hosts}
	z.key = &dns.DNSKEY{Hdr: z.header(name, dns.TypeDNSKEY), Flags: dns.ZONE | dns.SEP, Protocol: 3, Algorithm: dns.ECDSAP256SHA256}
	private, err := z.key.Generate(256)
	if err != nil {
		return nil, fmt.Errorf("make the key of %s: %w", name, err)
	}
	z.private = private.(crypto.Signer)
	return z, nil
}

func (z *zone) header(name string, kind uint16) dns.RR_Header {
	return dns.RR_Header{Name: name, Rrtype: kind, Class: dns.ClassINET, Ttl: ttl}
}

// anchor is what a resolver is told to trust.
func (z *zone) anchor() string { return strings.ReplaceAll(z.key.ToDS(dns.SHA256).String(), "\t", " ") }

// text is the signed zone as a name server reads it. Every name has a proof of
// what it lacks (NSEC), so that also what is not there can be believed.
func (z *zone) text(now time.Time) (string, error) {
	z.serial++
	names := map[string][]dns.RR{
		z.name: {
			&dns.SOA{Hdr: z.header(z.name, dns.TypeSOA), Ns: "ns." + z.name, Mbox: "noc." + z.name, Serial: z.serial, Refresh: 60, Retry: 60, Expire: 3600, Minttl: ttl},
			&dns.NS{Hdr: z.header(z.name, dns.TypeNS), Ns: "ns." + z.name},
			z.key,
		},
	}
	for host, addresses := range z.hosts {
		name := host + "." + z.name
		for _, a := range addresses {
			if a.Is4() {
				names[name] = append(names[name], &dns.A{Hdr: z.header(name, dns.TypeA), A: a.AsSlice()})
			} else {
				names[name] = append(names[name], &dns.AAAA{Hdr: z.header(name, dns.TypeAAAA), AAAA: a.AsSlice()})
			}
		}
	}
	var order []string
	for name := range names {
		order = append(order, name)
	}
	slices.SortFunc(order, func(a, b string) int { // canonical (RFC 4034 6.1): the apex, then its names, all of one label more
		if a == z.name || b == z.name {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
	var out strings.Builder
	for i, name := range order {
		sets := map[uint16][]dns.RR{}
		for _, rr := range names[name] {
			sets[rr.Header().Rrtype] = append(sets[rr.Header().Rrtype], rr)
		}
		kinds := []uint16{dns.TypeNSEC, dns.TypeRRSIG}
		for kind := range sets {
			kinds = append(kinds, kind)
		}
		slices.Sort(kinds)
		sets[dns.TypeNSEC] = []dns.RR{&dns.NSEC{Hdr: z.header(name, dns.TypeNSEC), NextDomain: order[(i+1)%len(order)], TypeBitMap: kinds}}
		for _, kind := range kinds {
			if kind == dns.TypeRRSIG {
				continue
			}
			sig := &dns.RRSIG{
				Hdr: z.header(name, dns.TypeRRSIG), Algorithm: z.key.Algorithm, KeyTag: z.key.KeyTag(), SignerName: z.name,
				Inception: uint32(now.Add(-time.Hour).Unix()), Expiration: uint32(now.Add(24 * time.Hour).Unix()),
			}
			if err := sig.Sign(z.private, sets[kind]); err != nil {
				return "", fmt.Errorf("sign %s of %s: %w", dns.TypeToString[kind], name, err)
			}
			for _, rr := range append(sets[kind], sig) {
				out.WriteString(rr.String() + "\n")
			}
		}
	}
	return out.String(), nil
}
