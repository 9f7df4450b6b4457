// Package gate is the door for agents: one TLS port for enrolment and for all
// calls of enrolled agents.
//
// Who calls is judged at every call, from the certificate and the register,
// before a byte of the call's body is read: a connection that was good once
// proves nothing later, and nothing in a request says for which site it is.
package gate

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"connectrpc.com/connect"
	"github.com/prometheus/client_golang/prometheus"

	"fengsui/collector/assignments"
	"fengsui/collector/identity"
	"fengsui/collector/state"
	"fengsui/collector/wire"
)

// Ingest takes what agents bring. Its errors are refusals ([wire.NewRefusal])
// or internal. received is the collector's time at which the call arrived.
type Ingest interface {
	Hello(ctx context.Context, c identity.Caller, r *wire.HelloRequest, received time.Time) (*wire.HelloResponse, error)
	Push(ctx context.Context, c identity.Caller, r *wire.PushRequest, received time.Time) (*wire.PushResponse, error)
	Goodbye(ctx context.Context, c identity.Caller, r *wire.GoodbyeRequest, received time.Time) error
}

// Options are what a gate needs.
type Options struct {
	DB          *state.DB // for the collector's id and generation
	Authority   *identity.Authority
	Registry    *identity.Registry
	Ingest      Ingest
	Assignments *assignments.Assignments
	Contact     func(site string, at time.Time)                          // told of every poll; nil: nobody is
	Heard       func(site string, source, dest netip.Addr, at time.Time) // told of every call with a certificate in force, and its two ends; nil: nobody is
	Drained     func(site string, until time.Time)                       // told when all that an agent saw before is in; nil: nobody is
	SiteName    func(site string) (name string, known bool)              // for Hello; nil: Ingest fills it
	Names       []string                                                 // names and addresses in the server's certificate
	Registerer  prometheus.Registerer                                    // nil: not measured
	Logger      *slog.Logger                                             // nil: silent
	Now         func() time.Time                                         // nil: time.Now
}

// Bounds of what is done at once, and of how long it may take.
const (
	maxConnections = 4096
	maxCalls       = 512 // of enrolled agents; a long poll is one
	maxOfAgent     = 6   // of one agent: Hello, push, poll, goodbye and what a cut line left behind; idle connections too
	maxStrangers   = 16  // enrolments and previews

	headerTimeout = 10 * time.Second  // TLS handshake and request line
	bodyTimeout   = 60 * time.Second  // a push of 256 KiB needs 35 kbit/s
	callTimeout   = 120 * time.Second // all of a call, a long poll or a slow disk included
	idleTimeout   = 120 * time.Second // agents push every 15 s

	judgeEvery  = time.Second      // who waits in a long poll or holds an idle connection is judged again
	longestPoll = 50 * time.Second // walls cut flows that are idle for 60 s
)

// A Gate is the door. It is open until Stop.
type Gate struct {
	o           Options
	handler     http.Handler
	certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)
	metrics     *metrics
	log         *quiet
	bodyTimeout time.Duration

	stop     sync.Once
	stopping chan struct{}

	mu        sync.Mutex
	calls     int
	strangers int
	ofAgent   map[[16]byte]int
	idle      map[net.Conn]time.Time // all connections, and since when no call is at work on one; zero: one is
}

// New returns a gate whose server certificate was made just now.
func New(o Options) (*Gate, error) {
	if o.DB == nil || o.Authority == nil || o.Registry == nil || o.Ingest == nil || o.Assignments == nil {
		return nil, errors.New("BUG: the gate wants a database, an authority, a registry, an ingest and assignments")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Contact == nil {
		o.Contact = func(string, time.Time) {}
	}
	if o.Heard == nil {
		o.Heard = func(string, netip.Addr, netip.Addr, time.Time) {}
	}
	if o.Drained == nil {
		o.Drained = func(string, time.Time) {}
	}
	certificate, err := o.Authority.ServerCertificates(o.Names)
	if err != nil {
		return nil, err
	}
	g := &Gate{
		o: o, certificate: certificate, metrics: newMetrics(o.Registerer), log: &quiet{logger: o.Logger},
		bodyTimeout: bodyTimeout,
		stopping:    make(chan struct{}), ofAgent: map[[16]byte]int{}, idle: map[net.Conn]time.Time{},
	}
	path, h := wire.NewCollectorHandler(&calls{g}, append(wire.HandlerOptions(),
		connect.WithRecover(g.recovered))...)
	mux := http.NewServeMux()
	mux.Handle(path, g.admit(wire.LimitBody(h)))
	g.handler = g.watch(mux)
	return g, nil
}

// Handler serves the calls of agents. It wants TLS below it.
func (g *Gate) Handler() http.Handler { return g.handler }

// TLSConfig asks every client for its certificate and takes any or none: it
// is judged per call, where the answer can name the reason.
func (g *Gate) TLSConfig() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		ClientAuth:     tls.RequestClientCert,
		GetCertificate: g.certificate,
		NextProtos:     []string{"h2", "http/1.1"},
	}
}

// Server returns a server with the gate's handler, TLS and bounds, for
// ServeTLS(listener, "", ""). [Gate.Run] belongs beside it.
func (g *Gate) Server() *http.Server {
	return &http.Server{
		Handler:           g.handler,
		TLSConfig:         g.TLSConfig(),
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    16 << 10,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: 2 * maxOfAgent, SendPingTimeout: 30 * time.Second, PingTimeout: 15 * time.Second},
		ErrorLog:          slog.NewLogLogger(g.o.Logger.Handler(), slog.LevelDebug), // what scanners do to a TLS port
		ConnState:         g.connection,
	}
}

// Stop refuses new calls and ends long polls. Calls at work go on: whoever
// serves waits for them with [http.Server.Shutdown].
func (g *Gate) Stop() { g.stop.Do(func() { close(g.stopping) }) }
