package configs

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"

	"fengsui/configs/words"
)

// A Pack is what every site of a district needs to enrol, in one file for all
// of them: nothing of it is a secret, and it is worth nothing without a
// one-time code.
type Pack struct {
	District   string   // its name
	Collectors []string // host:port, tried in turn
	Pin        string   // of the collector's authority: sha256: and 64 hex digits
}

// Bounds of a pack.
const (
	maxPack      = 64 << 10 // bytes; also notes of a person's own fit
	maxAddresses = 16
	maxDistrict  = 64 // characters
)

// LoadPack reads a pack as [Pack.Text] writes it. The error is a [*Mistakes].
func LoadPack(path string) (*Pack, error) {
	r := newReading(path)
	src, ok := r.readUpTo(path, maxPack, words.ConfigNoPack)
	if !ok {
		_, err := r.result()
		return nil, err
	}
	return r.pack(path, src)
}

func (r *reading) pack(path string, src []byte) (*Pack, error) {
	var p Pack
	if body := r.parse(path, src); body != nil {
		b := r.top(body)
		b.name = phrase(words.ConfigPack)
		must(b, "district", &p.District, wantLine(maxDistrict), words.WantDistrict)
		must(b, "collectors", &p.Collectors, upTo(maxAddresses, listOf(1, wantHostPort)), words.WantAddresses)
		must(b, "pin", &p.Pin, wantPin, words.WantPin)
		b.done()
	}
	if _, err := r.result(); err != nil {
		return nil, err
	}
	return &p, nil
}

var wantPin = matching(regexp.MustCompile(`^sha256:[0-9a-f]{64}$`), words.WantPin)

// upTo is a list of at most n elements.
func upTo[T any](n int, list want[[]T]) want[[]T] {
	return func(l literal) ([]T, *wrong) {
		if len(l.list) > n {
			return nil, wants(words.WantListUpTo, fmt.Sprint(n))
		}
		return list(l)
	}
}

// wantReachable is an address of this collector as other machines use it.
func wantReachable(l literal) (string, *wrong) {
	s, bad := wantHostPort(l)
	if bad != nil {
		return "", bad
	}
	host, _ := hostPort(l, 1)
	if a, err := netip.ParseAddr(host); err == nil && !reachable(a.Unmap()) || isLocalhost(host) {
		return "", wants(words.WantReachable)
	}
	return s, nil
}

// reachable says whether an address can mean the same host elsewhere.
func reachable(a netip.Addr) bool {
	return !a.IsUnspecified() && !a.IsLoopback() && !a.IsMulticast() && !a.IsLinkLocalUnicast() && a.Zone() == "" &&
		a != netip.AddrFrom4([4]byte{255, 255, 255, 255})
}

// isLocalhost says whether a name is every machine's own (RFC 6761 section 6.3).
func isLocalhost(host string) bool {
	host = strings.ToLower(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// Pack returns the pack of a district whose authority has a pin. The error is
// one sentence in both languages on what the configuration lacks for it.
func (d *District) Pack(pin string) (*Pack, error) {
	c := d.Collector
	if c.District == "" {
		return nil, lacking(words.PackNoDistrict)
	}
	if len(c.Addresses) == 0 {
		return nil, lacking(words.PackNoAddress)
	}
	for _, a := range c.Addresses {
		if host, _ := hostPort(literal{kind: 't', text: a}, 1); placeholder(host) {
			return nil, lacking(words.PackPlaceholder, a)
		}
	}
	return &Pack{District: c.District, Collectors: c.Addresses, Pin: pin}, nil
}

func lacking(key string, args ...any) error {
	return fmt.Errorf("%s / %s", words.Text(key, "zh", args...), words.Text(key, "en", args...))
}

// Text writes a pack, for people too. [LoadPack] reads the same back.
func (p *Pack) Text() []byte {
	var b strings.Builder
	head := words.Text(words.PackHead, "zh") + "\n\n" + words.Text(words.PackHead, "en")
	for line := range strings.SplitSeq(head, "\n") {
		b.WriteString(strings.TrimRight("# "+line, " ") + "\n")
	}
	field := func(key, word, value string) {
		fmt.Fprintf(&b, "\n# %s / %s\n%s = %s\n", words.Text(key, "zh"), words.Text(key, "en"), word, value)
	}
	addresses := make([]string, len(p.Collectors))
	for i, a := range p.Collectors {
		addresses[i] = written(a)
	}
	field(words.PackDistrict, "district", written(p.District))
	field(words.PackCollectors, "collectors", "["+strings.Join(addresses, ", ")+"]")
	field(words.PackPin, "pin", written(p.Pin))
	return []byte(b.String())
}

// written is a line of visible characters as HCL has it in quotes, where a
// brace behind $ or % would begin a template.
func written(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `${`, `\u0024{`, `%{`, `\u0025{`).Replace(s) + `"`
}
