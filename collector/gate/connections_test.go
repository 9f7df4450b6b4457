package gate

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	"fengsui/collector/identity"
	"fengsui/collector/state"
	"fengsui/collector/wire"
)

// A line is a client whose connections the test watches at the agent's end.
type line struct {
	wire.CollectorClient
	http *http.Client

	mu    sync.Mutex
	conns []*conn
}

// A conn tells when the agent's end gives it up, which that does when TLS says
// that the collector has closed it.
type conn struct {
	net.Conn
	once  sync.Once
	ended chan struct{}
}

func (c *conn) Close() error {
	c.once.Do(func() { close(c.ended) })
	return c.Conn.Close()
}

func (r *rig) line(cert *tls.Certificate, h2 bool) *line {
	l := &line{http: r.http(cert, h2)}
	l.http.Transport.(*http.Transport).DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		watched := &conn{Conn: c, ended: make(chan struct{})}
		l.mu.Lock()
		defer l.mu.Unlock()
		l.conns = append(l.conns, watched)
		return watched, nil
	}
	l.CollectorClient = wire.NewCollectorClient(l.http, r.url, wire.ClientOptions()...)
	return l
}

// all are the connections that were made so far.
func (l *line) all() []*conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]*conn(nil), l.conns...)
}

// gone waits until every connection has ended.
func (l *line) gone(t *testing.T, who string) {
	t.Helper()
	for _, c := range l.all() {
		select {
		case <-c.ended:
		case <-time.After(20 * time.Second):
			t.Fatalf("%s: a connection is still open", who)
		}
	}
}

// stands makes another call, and wants it to go over the one connection.
func (l *line) stands(t *testing.T, who string) {
	t.Helper()
	if err := calls4["push"](t.Context(), l); err != nil {
		t.Errorf("%s: %v", who, err)
	}
	if n := len(l.all()); n != 1 {
		t.Errorf("%s: %d connections were made, want the first one to have stood", who, n)
	}
}

// pushed is a line with one connection, idle now.
func (r *rig) pushed(cert *tls.Certificate, h2 bool) *line {
	r.t.Helper()
	l := r.line(cert, h2)
	if err := calls4["push"](r.t.Context(), l); err != nil {
		r.t.Fatal(err)
	}
	return l
}

// calm waits until the server has seen every connection idle, which it does
// some time after the answer went out.
func (r *rig) calm() {
	r.t.Helper()
	for began := time.Now(); ; time.Sleep(time.Millisecond) {
		r.gate.mu.Lock()
		busy := 0
		for _, since := range r.gate.idle {
			if since.IsZero() {
				busy++
			}
		}
		r.gate.mu.Unlock()
		if busy == 0 {
			return
		}
		if time.Since(began) > 20*time.Second {
			r.t.Fatalf("%d connections are not idle", busy)
		}
	}
}

// TestConnectionsOfARevokedAgentEnd: what waits is answered with the reason,
// what is at work ends first, then every connection ends; those of others and
// of the site's next agent stand.
func TestConnectionsOfARevokedAgentEnd(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, want string
		end        func(*rig) // the right of qingfu's agent to speak
	}{
		{"revoked", wire.CodeRevoked, func(r *rig) {
			if err := r.registry.Revoke(r.t.Context(), "qingfu", "stolen"); err != nil {
				r.t.Fatal(err)
			}
		}},
		{"revoked by another process", wire.CodeRevoked, func(r *rig) {
			db, err := state.Open(filepath.Join(r.dir, "state.db"))
			if err != nil {
				r.t.Fatal(err)
			}
			beside := identity.NewRegistry(identity.Options{DB: db, Site: r.site, Now: r.clock})
			if err := beside.Revoke(r.t.Context(), "qingfu", "stolen"); err != nil {
				r.t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				r.t.Fatal(err)
			}
		}},
		{"replaced", wire.CodeReplaced, func(r *rig) { r.enrol("qingfu") }},
	} {
		for _, h2 := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/h2=%v", c.name, h2), func(t *testing.T) {
				t.Parallel()
				r := newRig(t, asItIs)
				cert := r.enrol("qingfu")
				quiet, other := r.pushed(cert, h2), r.pushed(r.enrol("hub"), h2)

				busy := r.line(cert, h2)
				inside, release := make(chan struct{}), make(chan struct{})
				r.ingest.does(func(context.Context) error {
					close(inside)
					<-release
					return nil
				})
				pushed, polled := make(chan error, 1), make(chan error, 1)
				go func() { pushed <- calls4["push"](t.Context(), busy) }()
				<-inside
				r.ingest.does(nil)
				go func() {
					_, err := busy.Poll(t.Context(), connect.NewRequest(&wire.PollRequest{Revision: r.assignments.Current("qingfu").Revision, WaitSeconds: 50}))
					polled <- err
				}()
				r.untilContacts(1)

				c.end(r)
				if err := <-polled; wire.RefusalOf(err).GetCode() != c.want {
					t.Errorf("the poll that waited: %v, want refusal %s", err, c.want)
				}
				quiet.gone(t, "the idle connection")
				if err := calls4["push"](t.Context(), quiet); wire.RefusalOf(err).GetCode() != c.want {
					t.Errorf("the next call: %v, want refusal %s", err, c.want)
				}
				close(release)
				if err := <-pushed; err != nil {
					t.Errorf("the push that was at work: %v, want its answer", err)
				}
				busy.gone(t, "the connection of the push and the poll")
				other.stands(t, "another agent")
				r.pushed(r.enrol("qingfu"), h2).stands(t, "the site's next agent")
				for _, want := range []string{"refused a call", "closed an idle connection", "code=" + c.want} {
					if !strings.Contains(r.log.String(), want) {
						t.Errorf("the log lacks %q:\n%s", want, r.log)
					}
				}
			})
		}
	}
}

// TestLastAnswerSaysSo: the answer that tells of the revocation tells of the
// connection's end too, so that the agent sends nothing more on it.
func TestLastAnswerSaysSo(t *testing.T) {
	t.Parallel()
	r := newRig(t, asItIs)
	cert := r.enrol("qingfu")
	body, err := proto.Marshal(&wire.PollRequest{Revision: r.assignments.Current("qingfu").Revision, WaitSeconds: 50})
	if err != nil {
		t.Fatal(err)
	}
	q, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.url+wire.CollectorPollProcedure, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Content-Type", "application/proto")
	revoked := make(chan error, 1)
	go func() {
		for r.polls() == 0 && t.Context().Err() == nil {
			time.Sleep(time.Millisecond)
		}
		revoked <- r.registry.Revoke(t.Context(), "qingfu", "stolen")
	}()
	answer, err := r.http(cert, false).Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if err := <-revoked; err != nil {
		t.Fatal(err)
	}
	if got := answer.Header.Get(wire.RefusalHeader); got != wire.CodeRevoked || !answer.Close {
		t.Errorf("refusal %q, close %v; want %s and the connection's end", got, answer.Close, wire.CodeRevoked)
	}
}

// TestIdleConnections: who may make a call keeps an idle connection, who may
// make none does not.
func TestIdleConnections(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for _, c := range []struct {
		name   string
		change func(r *rig, cert *tls.Certificate)
		stays  bool
	}{
		{"in force", func(*rig, *tls.Certificate) {}, true},
		{"expired, may ask for another", func(r *rig, _ *tls.Certificate) { r.move((365 + 10) * day) }, true},
		{"expired for too long", func(r *rig, _ *tls.Certificate) { r.move((365 + 100) * day) }, false},
		{"of a former certificate", func(r *rig, cert *tls.Certificate) {
			r.move(250 * day)
			key, request := newRequest(r.t)
			answer, err := r.client(cert, true).Renew(r.t.Context(), connect.NewRequest(&wire.RenewRequest{Request: request}))
			if err != nil {
				r.t.Fatal(err)
			}
			r.pushed(&tls.Certificate{Certificate: [][]byte{answer.Msg.Certificate}, PrivateKey: key}, true)
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, asItIs)
			last := r.pushed(r.enrol("hub"), true) // idle for longest: looked at last
			cert := r.enrol("qingfu")
			l, stranger := r.pushed(cert, true), r.line(nil, true)
			if _, err := stranger.Preview(t.Context(), connect.NewRequest(&wire.PreviewRequest{Code: "x"})); wire.RefusalOf(err).GetCode() != wire.CodeWrong {
				t.Fatal(err)
			}
			c.change(r, cert)
			if err := r.registry.Revoke(t.Context(), "hub", "so that the test sees a sweep"); err != nil {
				t.Fatal(err)
			}
			last.gone(t, "the revoked neighbour")
			if c.stays {
				standing(t, c.name, l)
			} else {
				l.gone(t, c.name)
			}
			standing(t, "somebody who enrols", stranger)
		})
	}
}

// standing wants the one connection of a line open.
func standing(t *testing.T, who string, l *line) {
	t.Helper()
	all := l.all()
	if len(all) != 1 {
		t.Fatalf("%s: %d connections, want one", who, len(all))
	}
	select {
	case <-all[0].ended:
		t.Errorf("%s: the connection was closed", who)
	default:
	}
}

// TestIdleConnectionsOfOneAgentAreFew: the newest ones stay.
func TestIdleConnectionsOfOneAgentAreFew(t *testing.T) {
	t.Parallel()
	r := newRig(t, asItIs)
	cert := r.enrol("qingfu")
	other := r.pushed(r.enrol("hub"), true)
	var all []*line
	for range maxOfAgent + 2 {
		all = append(all, r.pushed(cert, len(all)%2 == 0))
		r.calm() // so that the first is idle for longest
	}
	for _, l := range all[:2] {
		l.gone(t, "the oldest")
	}
	for _, l := range append(all[2:], other) {
		standing(t, "one of the newest, or another agent's", l)
	}
}
