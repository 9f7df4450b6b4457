// Package tls checks what a port speaks: every version of TLS and TLCP, weak
// suites, and its certificates, by the criteria T01 to T14 of the catalogue.
// Whether it can be reached is decided without trust.
package tls

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"time"

	"fengsui/checks"
)

// Kind is the kind "tls".
var Kind = checks.Kind{
	Name: "tls",
	Doc:  "versions, suites and certificates of a port, 国密 TLCP too (T01 to T14)",
	Measurements: []checks.Measurement{
		{Name: "handshake_seconds", Unit: "seconds", Type: "gauge", Doc: "of the usual handshake, without connecting"},
		{Name: "connect_seconds", Unit: "seconds", Type: "gauge", Doc: "TCP connect"},
		{Name: "certificate_expires_in_seconds", Unit: "seconds", Type: "gauge", Doc: "until the first certificate of the chain expires, by this machine's clock; negative once it has"},
		{Name: "connections", Unit: "", Type: "gauge", Doc: "connections that the run made to the address"},
	},
	Reasons: append([]checks.Declaration{
		reasonNotTLS, reasonBroken, reasonNothingShared, reasonTLCPOnly, reasonExpired, reasonNotYet,
	}, checks.ConnectReasons...),
	New: func() checks.Check {
		return &check{Scan: true, ExpireWarn: 30 * 24 * time.Hour}
	},
}

type check struct {
	ServerName string        `option:"server_name" doc:"name that is asked for and that the certificate has to be for; empty: the target's"`
	Scan       bool          `option:"scan" doc:"ask for every version and group of suites; false: one handshake, for the certificate"`
	Trust      string        `option:"trust" doc:"file on the agent's machine with the root certificates that count, as PEM; empty: those of the system"`
	ExpireWarn time.Duration `option:"expire_warn" doc:"a certificate that ends within it fails T06" max:"8760h"`
	RequireSM  string        `option:"require_sm" doc:"TLCP or TLS 1.3 with SM suites has to be offered (T12, T14); empty: neither" choices:",tlcp,tls13"`
}

// Host takes host:port.
func (c *check) Host(target string) (string, error) {
	host, _, err := split(target)
	return host, err
}

func split(target string) (host string, port uint16, err error) {
	return checks.HostPort(target, "host:port, as in portal.example:443 or [2001:db8::1]:443")
}

// own reads the declared roots, which lie on the agent's disk. It returns why
// it cannot.
func (c *check) own() (roots *x509.CertPool, why string) {
	if c.Trust == "" {
		return nil, ""
	}
	pem, err := os.ReadFile(c.Trust)
	if err != nil {
		return nil, err.Error()
	}
	roots = x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, c.Trust + " holds no certificate, want PEM"
	}
	return roots, ""
}

// Connections of a whole run: the usual handshake, five versions, two groups of
// suites, TLCP, and the SM suites of TLS 1.3. One more where crypto/tls cannot
// read the certificates.
const wholeRun = 10

// Cost is a run's connections, with chains of three certificates.
func (c *check) Cost() (requests, bytes int) {
	if !c.Scan {
		return 1, 6 << 10
	}
	return wholeRun, 6<<10 + (wholeRun-1)*1500
}

// gap keeps a run below ten connections a second.
const gap = 100 * time.Millisecond

// Lasts is the usual handshake and the gaps.
func (c *check) Lasts() time.Duration {
	if !c.Scan {
		return checks.MinWait
	}
	return checks.MinWait + wholeRun*gap
}

// A scan is one run against one address.
type scan struct {
	*check
	ctx   context.Context
	at    checks.Endpoint
	port  uint16
	name  string
	conns int

	usual     *tls.ConnectionState // nil: crypto/tls and the server did not agree
	usualErr  error
	usualTook time.Duration

	chain    []certificate
	versions map[uint16]verdict // by our own hellos
	weak     verdict
	exchange verdict
	tlcp     verdict
	pair     []certificate // signing and encryption of TLCP
	sm       verdict
}

// A verdict is what came of one question.
type verdict struct {
	taken bool
	known bool   // false: no answer that says anything
	suite uint16 // taken
	seen  string // in words, where it was not taken
}

// Probe asks what there is to ask and judges it.
func (c *check) Probe(ctx context.Context, at checks.Endpoint, o *checks.Observation) checks.Reason {
	host, port, err := split(at.Target)
	if err != nil {
		return checks.ReasonLocal.With(at.Target, at.Addr.String(), err.Error())
	}
	s := &scan{check: c, ctx: ctx, at: at, port: port, name: c.ServerName, versions: map[uint16]verdict{}}
	if s.name == "" {
		s.name = host
	}
	defer func() { o.Set("connections", float64(s.conns)) }()
	if why := s.handshake(o); !why.IsZero() {
		return why
	}
	if c.Scan || s.usual == nil {
		s.ask()
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return checks.ReasonStopped.With(at.Target)
	}
	return s.judge(o, time.Now())
}

// handshake is the one that a usual client makes. A reason means that nothing
// more can be asked.
func (s *scan) handshake(o *checks.Observation) checks.Reason {
	conn, took, why := checks.Connect(s.ctx, s.at, s.port)
	if !why.IsZero() {
		return why
	}
	defer conn.Close()
	s.conns++
	o.Seconds("connect_seconds", took)
	defer s.bound(conn)()
	client := tls.Client(conn, Config(s.name))
	began := time.Now()
	err := client.Handshake()
	s.usualTook = time.Since(began)
	address := s.at.Addr.String()
	timedOut, stopped := checks.Cut(s.ctx, err)
	var record tls.RecordHeaderError
	switch {
	case err == nil:
		o.Seconds("handshake_seconds", s.usualTook)
		state := client.ConnectionState()
		s.usual = &state
		for _, cert := range state.PeerCertificates {
			if c, err := parse(cert.Raw); err == nil {
				s.chain = append(s.chain, c)
			}
		}
	case stopped:
		return checks.ReasonStopped.With(s.at.Target)
	case errors.As(err, &record):
		o.Find("T01", checks.Fail, "the port speaks no TLS: "+words(record.RecordHeader[:]))
		return reasonNotTLS.With(s.at.Target, address, words(record.RecordHeader[:]))
	case timedOut:
		o.Find("T01", checks.Unknown, "no answer to a hello")
		return reasonBroken.With(s.at.Target, address, "timed out after "+checks.Round(s.usualTook))
	}
	s.usualErr = err
	return checks.Reason{}
}

// bound ends what waits on a connection at the deadline and when the program
// stops.
func (s *scan) bound(conn net.Conn) (release func() bool) {
	if deadline, ok := s.ctx.Deadline(); ok {
		conn.SetDeadline(deadline.Add(-margin))
	}
	return context.AfterFunc(s.ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
}

// margin is kept of the deadline to say what was seen.
const margin = 50 * time.Millisecond

// patience is how long one question waits for an answer: a server that never
// answers a strange hello must not use up the run.
const patience = 2 * time.Second

// ask puts every question by a hello of its own.
func (s *scan) ask() {
	usual := hello{suites: everyOlder, groups: usualGroups, schemes: usualSchemes}
	highest := uint16(0)
	for _, v := range []uint16{tls12, tls11, tls10, ssl30} {
		h := usual
		h.version = v
		// Where crypto/tls read no certificates, they lie open here.
		s.versions[v] = s.question(h, s.usual == nil && len(s.chain) == 0, &s.chain)
		if s.versions[v].taken && highest == 0 {
			highest = v
		}
	}
	s.versions[tls13] = s.question(hello{version: tls13, suites: suites13, groups: usualGroups, schemes: usualSchemes}, false, nil)
	group := usual
	if group.version = highest; highest == 0 {
		group.version = tls12
	}
	group.suites = weakSuites
	s.weak = s.question(group, false, nil)
	group.suites = oldExchange
	s.exchange = s.question(group, false, nil)
	s.tlcp = s.question(hello{version: tlcp11, suites: tlcpSuites}, true, &s.pair)
	s.sm = s.question(hello{version: tls13, suites: smSuites, groups: smGroups, schemes: smSchemes}, false, nil)
}

// question sends a hello over a connection of its own and says whether the
// server takes it. A group of suites may be taken with a lower version.
func (s *scan) question(h hello, chain bool, into *[]certificate) verdict {
	h.name = s.name
	timer := time.NewTimer(gap)
	defer timer.Stop()
	select {
	case <-s.ctx.Done():
		return verdict{seen: "the time was up"}
	case <-timer.C:
	}
	conn, _, why := checks.Connect(s.ctx, s.at, s.port)
	if !why.IsZero() {
		return verdict{seen: "no connection: " + why.Code}
	}
	defer conn.Close()
	s.conns++
	defer s.bound(conn)()
	if until := time.Now().Add(patience); s.later(until) {
		conn.SetDeadline(until)
	}
	if _, err := conn.Write(h.marshal()); err != nil {
		return verdict{seen: checks.Plain(err)}
	}
	a, err := read(conn, chain)
	if into != nil && len(a.chain) > 0 {
		*into = nil
		for _, der := range a.chain {
			c, err := parse(der)
			if err != nil {
				break
			}
			*into = append(*into, c)
		}
	}
	return s.weigh(h, a, err)
}

// later says whether the run goes on beyond a time.
func (s *scan) later(t time.Time) bool {
	deadline, ok := s.ctx.Deadline()
	return !ok || deadline.Add(-margin).After(t)
}

func (s *scan) weigh(h hello, a answer, err error) verdict {
	v := verdict{known: true}
	timedOut, _ := checks.Cut(s.ctx, err)
	switch {
	case a.version != 0 && offers(h, a):
		v.taken, v.suite = true, a.suite
	case a.version != 0:
		v.seen = "answered with " + versionName(a.version)
	case a.alert >= 0:
		v.seen = "refused: " + tls.AlertError(a.alert).Error()
	case len(a.said) > 0:
		v.seen = "no TLS: " + words(a.said)
	case timedOut:
		v.known, v.seen = false, "no answer"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		v.seen = "connection closed"
	case err != nil:
		v.seen = checks.Plain(err)
	}
	return v
}

// offers says whether an answer takes what a hello offered. A server that takes
// one of a group of suites with a lower version only has it all the same.
func offers(h hello, a answer) bool {
	if !slices.Contains(h.suites, a.suite) {
		return false
	}
	group := h.version <= tls12 && h.version != tlcp11 && len(h.suites) != len(everyOlder)
	return a.version == h.version || group && a.version >= ssl30 && a.version < h.version
}

// words shows the first bytes of what is no TLS.
func words(b []byte) string {
	if len(b) > 64 {
		b = b[:64]
	}
	return fmt.Sprintf("%q", b)
}

// fingerprint is how a person names a certificate.
func (c certificate) fingerprint() string {
	sum := sha256.Sum256(c.raw)
	return fmt.Sprintf("%x", sum[:8])
}
