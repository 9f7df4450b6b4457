package collectortest

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	"fengsui/agent/identity"
	"fengsui/collector/wire"
)

// Code is the enrolment code that the collector takes, once.
const Code = "7K3M9PQ2XA"

// A Collector keeps results in memory and counts every one of them.
type Collector struct {
	Authority *Authority
	Addr      string // host:port

	// Fault, when set, is asked before a call does its work ("before") and
	// after, just before the answer ("after"); an error is answered instead.
	// It may block. rpc is the name of the call.
	Fault func(ctx context.Context, rpc, when string) error

	mu         sync.Mutex
	shift      time.Duration // of the collector's clock
	restores   uint64        // generations before this one
	usedBy     string        // the public key that the code was used with
	present    *wire.Present
	renew      bool
	renewals   int
	instance   []byte
	hello      bool // a Hello is wanted before anything else
	held       map[string]bool
	assignment []byte
	secrets    []*wire.Secret
	changed    chan struct{}
	results    map[key]*Stored
	digests    map[key]uint64
	doubled    int
	anchors    []*wire.Anchor
	wentBack   bool
	hellos     []*wire.HelloRequest
	pushes     []*wire.PushRequest
	goodbyes   []*wire.GoodbyeRequest
	protocols  map[string]int
}

type key struct {
	epoch    string
	sequence uint64
}

// A Stored is a result with what its batch said.
type Stored struct {
	Epoch    []byte
	Sequence uint64
	Revision []byte
	Boot     []byte
	Kind     *wire.KindNames
	Result   *wire.Result
	Pushed   time.Time
}

// Start starts a collector on listen ("127.0.0.1:0", "[::1]:0"); change may
// alter its TLS configuration: NextProtos without h2 leaves HTTP/1.1 only.
func Start(t testing.TB, listen string, change func(*tls.Config)) *Collector {
	t.Helper()
	l, err := net.Listen("tcp", listen)
	if err != nil {
		t.Fatal(err)
	}
	return StartOn(t, l, change)
}

// StartOn starts a collector on a listener.
func StartOn(t testing.TB, l net.Listener, change func(*tls.Config)) *Collector {
	t.Helper()
	a := NewAuthority(t)
	c := &Collector{
		Authority: a, held: map[string]bool{}, changed: make(chan struct{}),
		results: map[key]*Stored{}, digests: map[key]uint64{}, protocols: map[string]int{},
	}
	c.Addr = c.serve(t, l, a.Server(nil), change)
	return c
}

func (c *Collector) serve(t testing.TB, l net.Listener, cert tls.Certificate, change func(*tls.Config)) string {
	t.Helper()
	config := &tls.Config{
		Certificates: []tls.Certificate{cert}, ClientAuth: tls.RequestClientCert, NextProtos: []string{"h2", "http/1.1"},
	}
	if change != nil {
		change(config)
	}
	mux := http.NewServeMux()
	mux.Handle(wire.NewCollectorHandler(handler{c}, wire.HandlerOptions()...))
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	for _, p := range config.NextProtos {
		if p == "h2" {
			protocols.SetHTTP2(true)
		}
	}
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c.mu.Lock()
			c.protocols[r.Proto]++
			c.mu.Unlock()
			wire.LimitBody(mux).ServeHTTP(w, r)
		}),
		Protocols: &protocols, TLSConfig: config, ErrorLog: log.New(io.Discard, "", 0),
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		server.ServeTLS(l, "", "")
	}()
	t.Cleanup(func() {
		server.Close()
		<-served
	})
	return l.Addr().String()
}

// Identity enrols an agent without a call.
func (c *Collector) Identity(t testing.TB) *identity.Identity {
	t.Helper()
	k, err := identity.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	request, err := k.Request()
	if err != nil {
		t.Fatal(err)
	}
	return &identity.Identity{
		Site: "qingfu", SiteName: "青福镇", Agent: make([]byte, 16), Pin: c.Authority.Pin(), Key: k,
		Certificate: c.Authority.Client(request), Collectors: []string{c.Addr},
	}
}

// Assign makes the collector hand out an assignment and returns its revision.
func (c *Collector) Assign(t testing.TB, a *wire.Assignment) []byte {
	t.Helper()
	encoded, err := proto.MarshalOptions{Deterministic: true}.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.assignment = encoded
	close(c.changed)
	c.changed = make(chan struct{})
	sum := sha256.Sum256(encoded)
	return sum[:]
}

// Confide makes the collector tell these secrets with every assignment.
func (c *Collector) Confide(secrets ...*wire.Secret) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.secrets = secrets
}

// Hold makes the collector not know a revision, or know it again.
func (c *Collector) Hold(revision []byte, hold bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held[string(revision)] = hold
}

// WantHello makes the collector forget who said Hello, as a restart does.
func (c *Collector) WantHello() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hello = true
}

// Supersede makes another instance the current one.
func (c *Collector) Supersede() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.instance = []byte("another instance")
}

// Present makes the site have an agent already.
func (c *Collector) Present(p *wire.Present) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.present = p
}

// WantRenewal makes polls ask for a renewal until there is one.
func (c *Collector) WantRenewal() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.renew = true
	close(c.changed)
	c.changed = make(chan struct{})
}

// Forget drops what was stored and begins a new generation, as a restore from
// an old backup does.
func (c *Collector) Forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.restores++
	clear(c.results)
	clear(c.digests)
}

// Shift moves the collector's clock.
func (c *Collector) Shift(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shift = d
}

// GoBack makes the collector believe that the next Hello's numbers went back.
func (c *Collector) GoBack() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wentBack = true
}

// Tell makes the collector tell an anchor at every answer.
func (c *Collector) Tell(a *wire.Anchor) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.anchors = append(c.anchors, a)
}

// Seen is what a collector has seen so far.
type Seen struct {
	Hellos    []*wire.HelloRequest
	Pushes    []*wire.PushRequest
	Goodbyes  []*wire.GoodbyeRequest
	Results   []*Stored // in no order
	Doubled   int       // results stored twice: always 0
	Protocols map[string]int
	Renewals  int
}

// Seen returns what the collector has seen so far.
func (c *Collector) Seen() Seen {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := Seen{
		Hellos:   append([]*wire.HelloRequest(nil), c.hellos...),
		Pushes:   append([]*wire.PushRequest(nil), c.pushes...),
		Goodbyes: append([]*wire.GoodbyeRequest(nil), c.goodbyes...),
		Doubled:  c.doubled, Protocols: map[string]int{}, Renewals: c.renewals,
	}
	for p, n := range c.protocols {
		s.Protocols[p] = n
	}
	for _, r := range c.results {
		s.Results = append(s.Results, r)
	}
	return s
}

// Until waits until ok returns nil, and fails the test when that does not
// happen within a generous bound.
func Until(t testing.TB, what string, ok func() error) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		err := ok()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("waiting for %s: %v", what, err)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// Holes returns the sequences of an epoch, from 1 to the highest, that are
// missing.
func (s Seen) Holes(epoch []byte) []uint64 {
	have := map[uint64]bool{}
	var most uint64
	for _, r := range s.Results {
		if string(r.Epoch) == string(epoch) {
			have[r.Sequence] = true
			most = max(most, r.Sequence)
		}
	}
	var missing []uint64
	for n := uint64(1); n <= most; n++ {
		if !have[n] {
			missing = append(missing, n)
		}
	}
	return missing
}

func (c *Collector) fault(ctx context.Context, rpc, when string) error {
	if c.Fault == nil {
		return nil
	}
	return c.Fault(ctx, rpc, when)
}

func (c *Collector) now() time.Time { return time.Now().Add(c.shift) }

// refuse makes a refusal as the collector's gate does.
func refuse(code string) error {
	return wire.NewRefusal(connect.CodeFailedPrecondition, code, "拒绝："+code, "refused: "+code)
}

// Refuse makes a refusal for Fault to answer.
func Refuse(code string) error { return refuse(code) }

func (c *Collector) timing(received time.Time) *wire.Timing {
	return &wire.Timing{
		ReceivedUnixNs: received.UnixNano(), AnsweredUnixNs: c.now().UnixNano(),
		Collector: []byte("test collector 1"), Generation: 1 + c.restores,
	}
}

func (c *Collector) lockedTiming(received time.Time) *wire.Timing {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.timing(received)
}

// known says whether the caller may do more than say Hello; c.mu is held.
func (c *Collector) known(contact *wire.Contact) error {
	switch {
	case c.hello || len(c.instance) == 0:
		return refuse(wire.CodeHelloFirst)
	case string(contact.GetInstance()) != string(c.instance):
		return refuse(wire.CodeSuperseded)
	}
	return nil
}
