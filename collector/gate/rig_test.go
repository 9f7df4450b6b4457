package gate

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"fengsui/checks"
	"fengsui/collector/assignments"
	"fengsui/collector/identity"
	"fengsui/collector/state"
	"fengsui/collector/wire"
	"fengsui/configs"
)

var start = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// A rig is a gate behind a real listener, with a register, two sites and a
// clock that the test moves.
type rig struct {
	t           *testing.T
	dir         string
	gate        *Gate
	authority   *identity.Authority
	registry    *identity.Registry
	assignments *assignments.Assignments
	ingest      *ingest
	url         string
	log         *lockedBuffer

	mu       sync.Mutex
	now      time.Time
	sites    map[string]string
	contacts []string
	heard    []string
}

func newRig(t *testing.T, change func(*Gate)) *rig {
	t.Helper()
	dir := t.TempDir()
	r := &rig{t: t, dir: dir, now: start, sites: map[string]string{"hub": "区信息中心", "qingfu": "青福镇"}, ingest: &ingest{}, log: &lockedBuffer{}}
	db, err := state.Open(filepath.Join(dir, "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	if r.authority, err = identity.OpenAuthority(filepath.Join(dir, "ca"), r.clock); err != nil {
		t.Fatal(err)
	}
	r.registry = identity.NewRegistry(identity.Options{DB: db, Authority: r.authority, Site: r.site, Now: r.clock})
	r.assignments = assignments.New(db)
	r.publish("first")
	r.gate, err = New(Options{
		DB: db, Authority: r.authority, Registry: r.registry, Ingest: r.ingest, Assignments: r.assignments,
		Contact: func(site string, _ time.Time) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.contacts = append(r.contacts, site)
		},
		Heard: func(site string, source, dest netip.Addr, _ time.Time) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.heard = append(r.heard, site+" "+source.String()+" "+dest.String())
		},
		SiteName:   r.site,
		Registerer: prometheus.NewRegistry(), Logger: slog.New(slog.NewTextHandler(r.log, nil)), Now: r.clock,
	})
	if err != nil {
		t.Fatal(err)
	}
	change(r.gate)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.url = "https://" + l.Addr().String()
	s := r.gate.Server()
	served := make(chan error, 1)
	go func() { served <- s.ServeTLS(l, "", "") }()
	swept := make(chan error, 1)
	sweeping, endSweep := context.WithCancel(context.Background())
	go func() { swept <- r.gate.Run(sweeping) }()
	t.Cleanup(func() {
		endSweep()
		<-swept
		r.gate.Stop()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("shut down: %v, want no call left", err)
			s.Close()
		}
		<-served
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		if r.gate.calls != 0 || r.gate.strangers != 0 || len(r.gate.ofAgent) != 0 {
			t.Errorf("at the end %d calls, %d strangers, %d agents have places, want none", r.gate.calls, r.gate.strangers, len(r.gate.ofAgent))
		}
	})
	return r
}

func asItIs(*Gate) {}

func (r *rig) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

func (r *rig) move(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
}

func (r *rig) site(id string) (string, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	name, ok := r.sites[id]
	return name, ok
}

// publish gives every site one check with this target and a secret of its own.
func (r *rig) publish(target string) {
	r.t.Helper()
	d := &configs.District{}
	for _, id := range []string{"hub", "qingfu"} {
		d.Sites = append(d.Sites, configs.Site{ID: id, Checks: []configs.Check{{
			Number: 1, ID: "c", Target: target + "." + id, Options: map[string][]string{checks.SecretOption: {"of-" + id}},
		}}})
		d.Secrets = append(d.Secrets, configs.Secret{Name: "of-" + id, Value: "value of " + id})
	}
	if err := r.assignments.Publish(context.Background(), d); err != nil {
		r.t.Fatal(err)
	}
}

// enrol returns a certificate in force for a site.
func (r *rig) enrol(site string) *tls.Certificate {
	r.t.Helper()
	code, err := r.registry.NewCode(r.t.Context(), site, time.Hour)
	if err != nil {
		r.t.Fatal(err)
	}
	key, request := newRequest(r.t)
	e, err := r.registry.Enrol(r.t.Context(), code, request, netip.MustParseAddr("192.0.2.1"))
	if err != nil {
		r.t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{e.Certificate}, PrivateKey: key}
}

func newRequest(t *testing.T) (*ecdsa.PrivateKey, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	request, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		t.Fatal(err)
	}
	return key, request
}

// http returns a client that shows a certificate, or none, over one protocol.
func (r *rig) http(cert *tls.Certificate, h2 bool) *http.Client {
	roots := x509.NewCertPool()
	roots.AddCert(r.authority.Certificate())
	c := &tls.Config{RootCAs: roots, ServerName: identity.ServerName, Time: r.clock}
	if cert != nil {
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return cert, nil }
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(!h2)
	protocols.SetHTTP2(h2)
	t := &http.Transport{TLSClientConfig: c, Protocols: protocols, ForceAttemptHTTP2: h2}
	r.t.Cleanup(t.CloseIdleConnections)
	return &http.Client{Transport: t}
}

func (r *rig) client(cert *tls.Certificate, h2 bool) wire.CollectorClient {
	return wire.NewCollectorClient(r.http(cert, h2), r.url, wire.ClientOptions()...)
}

func (r *rig) count(code string) float64 {
	return testutil.ToFloat64(r.gate.metrics.refused.WithLabelValues(code))
}

// calls4 are the calls of an enrolled agent.
var calls4 = map[string]func(context.Context, wire.CollectorClient) error{
	"hello": func(ctx context.Context, c wire.CollectorClient) error {
		_, err := c.Hello(ctx, connect.NewRequest(&wire.HelloRequest{}))
		return err
	},
	"push": func(ctx context.Context, c wire.CollectorClient) error {
		_, err := c.Push(ctx, connect.NewRequest(&wire.PushRequest{}))
		return err
	},
	"poll": func(ctx context.Context, c wire.CollectorClient) error {
		_, err := c.Poll(ctx, connect.NewRequest(&wire.PollRequest{}))
		return err
	},
	"goodbye": func(ctx context.Context, c wire.CollectorClient) error {
		_, err := c.Goodbye(ctx, connect.NewRequest(&wire.GoodbyeRequest{Reason: "stop"}))
		return err
	},
}

// ingest notes who called, and does what the test wants in the call.
type ingest struct {
	mu      sync.Mutex
	callers []identity.Caller
	during  func(ctx context.Context) error // nil: nothing
}

// does sets what is done in the calls from now on.
func (i *ingest) does(during func(ctx context.Context) error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.during = during
}

func (i *ingest) call(ctx context.Context, c identity.Caller) error {
	i.mu.Lock()
	i.callers = append(i.callers, c)
	during := i.during
	i.mu.Unlock()
	if during != nil {
		return during(ctx)
	}
	return nil
}

func (i *ingest) Hello(ctx context.Context, c identity.Caller, _ *wire.HelloRequest, _ time.Time) (*wire.HelloResponse, error) {
	return &wire.HelloResponse{}, i.call(ctx, c)
}

func (i *ingest) Push(ctx context.Context, c identity.Caller, _ *wire.PushRequest, _ time.Time) (*wire.PushResponse, error) {
	return &wire.PushResponse{}, i.call(ctx, c)
}

func (i *ingest) Goodbye(ctx context.Context, c identity.Caller, _ *wire.GoodbyeRequest, _ time.Time) error {
	return i.call(ctx, c)
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
