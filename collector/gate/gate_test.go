package gate

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"
	"crypto/rand"
	"google.golang.org/protobuf/proto"

	"fengsui/collector/identity"
	"fengsui/collector/wire"
)

// TestSiteComesFromTheCertificate: whatever A sends, it is A.
func TestSiteComesFromTheCertificate(t *testing.T) {
	t.Parallel()
	for _, h2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("h2=%v", h2), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, asItIs)
			a, b := r.enrol("qingfu"), r.enrol("hub")
			c := r.client(a, h2)
			for name, call := range calls4 {
				if err := call(t.Context(), c); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			ofB := r.assignments.Current("hub")
			got, err := c.Poll(t.Context(), connect.NewRequest(&wire.PollRequest{Revision: ofB.Revision}))
			if err != nil {
				t.Fatal(err)
			}
			if want := r.assignments.Current("qingfu"); !bytes.Equal(got.Msg.Assignment, want.Encoded) {
				t.Errorf("polled with B's revision: got %q, want A's assignment", got.Msg.Assignment)
			}
			if s := got.Msg.Secrets; len(s) != 1 || string(s[0].Value) != "value of qingfu" {
				t.Errorf("polled: %d secrets came, want A's alone", len(s))
			}
			hello, err := c.Hello(t.Context(), connect.NewRequest(&wire.HelloRequest{}))
			if err != nil {
				t.Fatal(err)
			}
			if hello.Msg.Site != "qingfu" || hello.Msg.SiteName != "青福镇" {
				t.Errorf("Hello answers site %q %q, want qingfu 青福镇", hello.Msg.Site, hello.Msg.SiteName)
			}
			// B's certificate without B's key, and behind A's.
			stolen := &tls.Certificate{Certificate: b.Certificate, PrivateKey: a.PrivateKey}
			if err := calls4["push"](t.Context(), r.client(stolen, h2)); err == nil {
				t.Error("B's certificate with A's key was taken")
			}
			both := &tls.Certificate{Certificate: [][]byte{a.Certificate[0], b.Certificate[0]}, PrivateKey: a.PrivateKey}
			if err := calls4["push"](t.Context(), r.client(both, h2)); err != nil {
				t.Errorf("A's certificate before B's: %v", err)
			}
			for _, caller := range r.ingest.callers {
				if caller.Site != "qingfu" {
					t.Errorf("got a call as %s, want all as qingfu", caller.Site)
				}
			}
			if n := len(r.ingest.callers); n != 5 {
				t.Errorf("ingest saw %d calls, want 5", n)
			}
			if len(r.heard) < 6 || slices.ContainsFunc(r.heard, func(at string) bool { return at != "qingfu 127.0.0.1 127.0.0.1" }) {
				t.Errorf("heard %v, want each call of qingfu with both of its ends", r.heard)
			}
			if want := []string{"qingfu", "qingfu"}; !slices.Equal(r.contacts, want) {
				t.Errorf("polls of %v, want %v", r.contacts, want)
			}
		})
	}
}

// TestDrained: a spool is drained when a push brought all that it holds and
// nothing of that was sent back.
func TestDrained(t *testing.T) {
	t.Parallel()
	batch := func(n uint32) *wire.Batch { return &wire.Batch{Count: n} }
	answer := func(o ...wire.BatchAnswer_Outcome) *wire.PushResponse {
		a := &wire.PushResponse{}
		for _, o := range o {
			a.Answers = append(a.Answers, &wire.BatchAnswer{Outcome: o})
		}
		return a
	}
	for _, c := range []struct {
		name   string
		push   *wire.PushRequest
		answer *wire.PushResponse
		want   bool
	}{
		{"nothing to bring", &wire.PushRequest{Spool: &wire.SpoolState{}}, answer(), true},
		{"all brought", &wire.PushRequest{Spool: &wire.SpoolState{Unacknowledged: 5}, Batches: []*wire.Batch{batch(2), batch(3)}},
			answer(wire.BatchAnswer_STORED, wire.BatchAnswer_DUPLICATE), true},
		{"decided counts as received", &wire.PushRequest{Spool: &wire.SpoolState{Unacknowledged: 2}, Batches: []*wire.Batch{batch(2)}}, answer(wire.BatchAnswer_DECIDED), true},
		{"one more waits", &wire.PushRequest{Spool: &wire.SpoolState{Unacknowledged: 6}, Batches: []*wire.Batch{batch(2), batch(3)}},
			answer(wire.BatchAnswer_STORED, wire.BatchAnswer_STORED), false},
		{"one is held", &wire.PushRequest{Spool: &wire.SpoolState{Unacknowledged: 2}, Batches: []*wire.Batch{batch(2)}}, answer(wire.BatchAnswer_HELD), false},
		{"one clashed", &wire.PushRequest{Spool: &wire.SpoolState{Unacknowledged: 2}, Batches: []*wire.Batch{batch(2)}}, answer(wire.BatchAnswer_CLASHED), false},
		{"the spool is not told", &wire.PushRequest{}, answer(), false},
	} {
		if got := drains(c.push, c.answer); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

// TestRefusedCertificates: every bad certificate is refused at every call,
// with the same code and a sentence at both ends, and reaches nobody.
func TestRefusedCertificates(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		cert func(*rig) *tls.Certificate
		want string
	}{
		{"none", func(*rig) *tls.Certificate { return nil }, wire.CodeCertificateMissing},
		{"of another collector", func(r *rig) *tls.Certificate {
			foreign, err := identity.OpenAuthority(filepath.Join(r.t.TempDir(), "ca"), r.clock)
			if err != nil {
				r.t.Fatal(err)
			}
			s, err := foreign.Server(nil)
			if err != nil {
				r.t.Fatal(err)
			}
			return &s
		}, wire.CodeCertificateForeign},
		{"self-signed for A's agent", func(r *rig) *tls.Certificate { return selfSigned(r) }, wire.CodeCertificateForeign},
		{"the collector's own", func(r *rig) *tls.Certificate {
			s, err := r.authority.Server(nil)
			if err != nil {
				r.t.Fatal(err)
			}
			return &s
		}, wire.CodeCertificateForeign},
		{"expired", func(r *rig) *tls.Certificate {
			cert := r.enrol("qingfu")
			r.move(366 * 24 * time.Hour)
			return cert
		}, wire.CodeCertificateExpired},
		{"not valid yet", func(r *rig) *tls.Certificate {
			cert := r.enrol("qingfu")
			r.move(-20 * 24 * time.Hour)
			return cert
		}, wire.CodeCertificateNotYet},
		{"revoked", func(r *rig) *tls.Certificate {
			cert := r.enrol("qingfu")
			if err := r.registry.Revoke(r.t.Context(), "qingfu", "stolen"); err != nil {
				r.t.Fatal(err)
			}
			return cert
		}, wire.CodeRevoked},
		{"replaced", func(r *rig) *tls.Certificate {
			cert := r.enrol("qingfu")
			r.enrol("qingfu")
			return cert
		}, wire.CodeReplaced},
		{"of a site that is gone", func(r *rig) *tls.Certificate {
			cert := r.enrol("qingfu")
			r.mu.Lock()
			delete(r.sites, "qingfu")
			r.mu.Unlock()
			return cert
		}, wire.CodeSiteUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, asItIs)
			cert := c.cert(r)
			for _, h2 := range []bool{false, true} {
				for name, call := range calls4 {
					before := r.count(c.want)
					err := call(t.Context(), r.lenient(cert, h2))
					refused := wire.RefusalOf(err)
					if refused.GetCode() != c.want || refused.GetZh() == "" || refused.GetEn() == "" {
						t.Errorf("%s, h2=%v: got %v, want refusal %s with its sentences", name, h2, err, c.want)
					}
					if got := r.count(c.want); got != before+1 {
						t.Errorf("%s, h2=%v: %v refusals counted, want one more than %v", name, h2, got, before)
					}
				}
			}
			if len(r.ingest.callers) > 0 || len(r.contacts) > 0 {
				t.Errorf("%v and %v came through, want nobody", r.ingest.callers, r.contacts)
			}
			if log := r.log.String(); !strings.Contains(log, "code="+c.want) {
				t.Errorf("the log says %q, want the code %s", log, c.want)
			}
		})
	}
}

// lenient returns a client that does not judge the server's dates: what the
// collector says to an agent whose clock differs.
func (r *rig) lenient(cert *tls.Certificate, h2 bool) wire.CollectorClient {
	h := r.http(cert, h2)
	config := h.Transport.(*http.Transport).TLSClientConfig
	config.Time = func() time.Time { return start }
	config.InsecureSkipVerify = true
	return wire.NewCollectorClient(h, r.url, wire.ClientOptions()...)
}

func selfSigned(r *rig) *tls.Certificate {
	r.t.Helper()
	real, err := x509.ParseCertificate(r.enrol("qingfu").Certificate[0])
	if err != nil {
		r.t.Fatal(err)
	}
	key, _ := newRequest(r.t)
	template := &x509.Certificate{
		SerialNumber: new(big.Int).Set(real.SerialNumber), Subject: real.Subject,
		NotBefore: real.NotBefore, NotAfter: real.NotAfter,
		ExtKeyUsage: real.ExtKeyUsage, KeyUsage: real.KeyUsage, URIs: slices.Clone([]*url.URL{real.URIs[0]}),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, r.authority.Certificate(), key.Public(), key)
	if err != nil { // the library notices that the parent's key differs
		der, err = x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// TestJudgedAtEveryCall: a connection that was good once proves nothing.
func TestJudgedAtEveryCall(t *testing.T) {
	t.Parallel()
	for _, h2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("h2=%v", h2), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, asItIs)
			c := r.client(r.enrol("qingfu"), h2)
			if err := calls4["push"](t.Context(), c); err != nil {
				t.Fatal(err)
			}
			polled := make(chan error, 1)
			go func() {
				_, err := c.Poll(t.Context(), connect.NewRequest(&wire.PollRequest{Revision: r.assignments.Current("qingfu").Revision, WaitSeconds: 50}))
				polled <- err
			}()
			r.untilContacts(1)
			if err := r.registry.Revoke(t.Context(), "qingfu", "stolen"); err != nil {
				t.Fatal(err)
			}
			if err := calls4["push"](t.Context(), c); wire.RefusalOf(err).GetCode() != wire.CodeRevoked {
				t.Errorf("pushed on the same connection after it was revoked: got %v, want refusal revoked", err)
			}
			r.publish("second")
			if err := <-polled; wire.RefusalOf(err).GetCode() != wire.CodeRevoked {
				t.Errorf("the poll that waited: got %v, want refusal revoked and no assignment", err)
			}
		})
	}
}

// polls is how many have arrived.
func (r *rig) polls() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.contacts)
}

// untilContacts waits until so many polls have arrived.
func (r *rig) untilContacts(n int) {
	r.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		got := r.polls()
		if got >= n {
			return
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("%d polls arrived in 20 s, want %d", got, n)
		}
	}
}

func TestPoll(t *testing.T) {
	t.Parallel()
	for _, h2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("h2=%v", h2), func(t *testing.T) {
			t.Parallel()
			// A body may take 300 ms; a poll that waits longer is not cut.
			r := newRig(t, func(g *Gate) { g.bodyTimeout = 300 * time.Millisecond })
			c := r.client(r.enrol("qingfu"), h2)
			poll := func(have []byte, wait uint32) (*wire.PollResponse, error) {
				got, err := c.Poll(t.Context(), connect.NewRequest(&wire.PollRequest{Revision: have, WaitSeconds: wait}))
				if err != nil {
					return nil, err
				}
				return got.Msg, nil
			}
			first, err := poll(nil, 50)
			if err != nil || first.Assignment == nil {
				t.Fatalf("without a revision: got %v, %v; want the assignment at once", first, err)
			}
			same, err := poll(first.Revision, 1)
			if err != nil || same.Assignment != nil || !bytes.Equal(same.Revision, first.Revision) {
				t.Errorf("nothing new: got %v, %v; want the same revision and no assignment", same, err)
			}
			// A call without a body is not cut either.
			r.ingest.during = func(ctx context.Context) error {
				select {
				case <-ctx.Done():
					return ctx.Err()
				case <-time.After(time.Second):
					return nil
				}
			}
			if err := calls4["push"](t.Context(), c); err != nil {
				t.Errorf("a push without a body that takes a second: %v", err)
			}
			type answer struct {
				m   *wire.PollResponse
				err error
			}
			answers := make(chan answer, 1)
			ask := func(have []byte) {
				r.mu.Lock()
				n := len(r.contacts)
				r.mu.Unlock()
				go func() {
					m, err := poll(have, 3600)
					answers <- answer{m, err}
				}()
				r.untilContacts(n + 1)
			}
			ask(first.Revision)
			r.publish("second")
			second := <-answers
			var m wire.Assignment
			if second.err != nil || proto.Unmarshal(second.m.Assignment, &m) != nil || len(m.Checks) != 1 || m.Checks[0].Target != "second.qingfu" {
				t.Fatalf("after a publication: got %v, %v; want the new assignment", second.m, second.err)
			}
			ask(second.m.Revision)
			r.gate.Stop()
			if last := <-answers; wire.RefusalOf(last.err).GetCode() != wire.CodeStopping {
				t.Errorf("at the stop: got %v, %v; want refusal stopping", last.m, last.err)
			}
			if err := calls4["push"](t.Context(), c); wire.RefusalOf(err).GetCode() != wire.CodeStopping {
				t.Errorf("a call after the stop: got %v, want refusal stopping", err)
			}
		})
	}
}

// TestSlowBody: a body that does not arrive is given up, and only that call.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	for _, h2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("h2=%v", h2), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(g *Gate) { g.bodyTimeout = 200 * time.Millisecond })
			cert := r.enrol("qingfu")
			body, trickle := io.Pipe()
			defer trickle.Close()
			go trickle.Write([]byte{0x0a}) // and nothing more
			q, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.url+wire.CollectorPushProcedure, body)
			if err != nil {
				t.Fatal(err)
			}
			q.Header.Set("Content-Type", "application/proto")
			answer, err := r.http(cert, h2).Do(q)
			if err != nil {
				t.Fatalf("got %v, want an answer", err)
			}
			defer answer.Body.Close()
			if got := answer.Header.Get(wire.RefusalHeader); got != wire.CodeTooLarge {
				t.Errorf("got refusal %q (HTTP %d), want %s", got, answer.StatusCode, wire.CodeTooLarge)
			}
			if err := calls4["push"](t.Context(), r.client(cert, h2)); err != nil {
				t.Errorf("another call: %v", err)
			}
		})
	}
}

// TestBodyIsNotReadForStrangers: who is refused sends no gigabyte, and who is
// let in sends no more than the bound.
func TestBodyIsNotReadForStrangers(t *testing.T) {
	t.Parallel()
	r := newRig(t, asItIs)
	cert := r.enrol("qingfu")
	for _, c := range []struct {
		name string
		cert *tls.Certificate
		path string
		want string
	}{
		{"stranger", nil, wire.CollectorPushProcedure, wire.CodeCertificateMissing},
		{"agent", cert, wire.CollectorPushProcedure, wire.CodeTooLarge},
		{"enrolment", nil, wire.CollectorEnrolProcedure, wire.CodeTooLarge},
	} {
		for _, h2 := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/h2=%v", c.name, h2), func(t *testing.T) {
				t.Parallel()
				sent := &sender{left: 1 << 30}
				q, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.url+c.path, sent)
				if err != nil {
					t.Fatal(err)
				}
				q.ContentLength = sent.left
				q.Header.Set("Content-Type", "application/proto")
				answer, err := r.http(c.cert, h2).Do(q)
				if err != nil {
					t.Fatalf("got %v, want an answer", err)
				}
				defer answer.Body.Close()
				if got := answer.Header.Get(wire.RefusalHeader); got != c.want {
					t.Errorf("got refusal %q (HTTP %d), want %s", got, answer.StatusCode, c.want)
				}
				if left := sent.remaining(); left < 1<<30-16<<20 {
					t.Errorf("%d bytes of 1 GiB were sent, want a refusal before", 1<<30-left)
				}
			})
		}
	}
}

type sender struct {
	mu   sync.Mutex
	left int64
}

func (s *sender) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left <= 0 {
		return 0, io.EOF
	}
	clear(p)
	s.left -= int64(len(p))
	return len(p), nil
}

func (s *sender) remaining() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.left
}

func TestEnrolOverTheWire(t *testing.T) {
	t.Parallel()
	r := newRig(t, asItIs)
	code, err := r.registry.NewCode(t.Context(), "qingfu", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	key, request := newRequest(t)
	c := r.client(nil, true)
	enrol := func(code string) (*wire.EnrolResponse, error) {
		got, err := c.Enrol(t.Context(), connect.NewRequest(&wire.EnrolRequest{Code: code, Request: request}))
		if err != nil {
			return nil, err
		}
		return got.Msg, nil
	}
	got, err := enrol(code)
	if err != nil {
		t.Fatal(err)
	}
	if got.Site != "qingfu" || got.SiteName != "青福镇" || len(got.Agent) != 16 || len(got.Authority) != 1 {
		t.Errorf("got %v, want qingfu 青福镇 with an id and the authority", got)
	}
	cert := &tls.Certificate{Certificate: [][]byte{got.Certificate}, PrivateKey: key}
	if err := calls4["push"](t.Context(), r.client(cert, true)); err != nil {
		t.Errorf("pushed with the new certificate: %v", err)
	}
	if strings.Contains(r.log.String(), code) {
		t.Error("the log holds the code")
	}
	if again, err := enrol(code); err != nil || string(again.Agent) != string(got.Agent) {
		t.Errorf("the same request again: got %v, %v; want the same agent", again.GetAgent(), err)
	}
	// The same code with another key, until the door closes.
	_, request = newRequest(t)
	for try := range 5 {
		if _, err := enrol(code); wire.RefusalOf(err).GetCode() != wire.CodeUsed {
			t.Errorf("try %d: got %v, want refusal %s", try, err, wire.CodeUsed)
		}
	}
	if _, err := enrol(code); wire.RefusalOf(err).GetCode() != wire.CodeTooManyTries {
		t.Errorf("the sixth try: got %v, want refusal %s", err, wire.CodeTooManyTries)
	}
	if _, err := enrol("typing mistake"); wire.RefusalOf(err).GetCode() != wire.CodeWrong {
		t.Errorf("a typing mistake: got %v, want refusal %s", err, wire.CodeWrong)
	}
	r.move(time.Minute)
	if _, err := enrol(code); wire.RefusalOf(err).GetCode() != wire.CodeUsed {
		t.Errorf("a minute later: got %v, want refusal %s", err, wire.CodeUsed)
	}
}

// TestInternalErrorsStayInside: an error or a panic of ours is told to the
// log, not to the agent, and costs one call.
func TestInternalErrorsStayInside(t *testing.T) {
	t.Parallel()
	for name, during := range map[string]func(context.Context) error{
		"error": func(context.Context) error { return errors.New("write /var/lib/secret: disk gone") },
		"panic": func(context.Context) error { panic("BUG: /var/lib/secret") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, asItIs)
			c := r.client(r.enrol("qingfu"), true)
			r.ingest.during = during
			err := calls4["push"](t.Context(), c)
			if connect.CodeOf(err) != connect.CodeInternal || wire.RefusalOf(err) != nil || strings.Contains(err.Error(), "secret") {
				t.Errorf("got %v, want an internal error without its cause", err)
			}
			if !strings.Contains(r.log.String(), "/var/lib/secret") {
				t.Errorf("the log says %q, want the cause", r.log.String())
			}
			r.ingest.mu.Lock()
			r.ingest.during = nil
			r.ingest.mu.Unlock()
			if err := calls4["push"](t.Context(), c); err != nil {
				t.Errorf("the next call: %v", err)
			}
		})
	}
}

// TestOneAgentCannotTakeAllPlaces.
func TestOneAgentCannotTakeAllPlaces(t *testing.T) {
	t.Parallel()
	r := newRig(t, asItIs)
	greedy, other := r.client(r.enrol("qingfu"), true), r.client(r.enrol("hub"), true)
	inside, release := make(chan struct{}, maxOfAgent+1), make(chan struct{})
	r.ingest.during = func(context.Context) error {
		inside <- struct{}{}
		<-release
		return nil
	}
	done := make(chan error, maxOfAgent+1)
	for range maxOfAgent {
		go func() { done <- calls4["push"](t.Context(), greedy) }()
	}
	for range maxOfAgent {
		<-inside
	}
	if err := calls4["push"](t.Context(), greedy); wire.RefusalOf(err).GetCode() != wire.CodeBusy {
		t.Errorf("one call too many: got %v, want refusal busy", err)
	}
	go func() { done <- calls4["push"](t.Context(), other) }()
	<-inside // another agent is let in
	close(release)
	for range maxOfAgent + 1 {
		if err := <-done; err != nil {
			t.Errorf("a call with a place: %v", err)
		}
	}
	if err := calls4["push"](t.Context(), greedy); err != nil {
		t.Errorf("after the others left: %v", err)
	}
}

// TestTiming: received is when the call came in, answered when it went out.
func TestTiming(t *testing.T) {
	t.Parallel()
	r := newRig(t, asItIs)
	r.ingest.during = func(context.Context) error { r.move(3 * time.Second); return nil }
	got, err := r.client(r.enrol("qingfu"), true).Push(t.Context(), connect.NewRequest(&wire.PushRequest{}))
	if err != nil {
		t.Fatal(err)
	}
	want := &wire.Timing{
		ReceivedUnixNs: start.UnixNano(), AnsweredUnixNs: start.Add(3 * time.Second).UnixNano(),
		Collector: r.gate.o.DB.Collector[:], Generation: 1,
	}
	if !proto.Equal(got.Msg.Timing, want) {
		t.Errorf("got %v, want %v", got.Msg.Timing, want)
	}
}

func TestOtherRequests(t *testing.T) {
	t.Parallel()
	r := newRig(t, asItIs)
	c := r.http(r.enrol("qingfu"), true)
	for _, q := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/", 404},
		{"GET", "/fengsui.wire.v1.Collector/Unknown", 415},
		{"POST", "/api/v1/query", 404},
		{"GET", wire.CollectorPushProcedure, 415},
	} {
		request, err := http.NewRequestWithContext(t.Context(), q.method, r.url+q.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := c.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != q.status {
			t.Errorf("%s %s: got HTTP %d, want %d", q.method, q.path, answer.StatusCode, q.status)
		}
	}
	old := r.http(nil, false)
	old.Transport.(*http.Transport).TLSClientConfig.MaxVersion = tls.VersionTLS11
	if answer, err := old.Get(r.url); err == nil {
		answer.Body.Close()
		t.Error("TLS 1.1 was taken, want 1.2 or newer")
	}
	tls12 := r.http(r.enrol("hub"), false)
	tls12.Transport.(*http.Transport).TLSClientConfig.MaxVersion = tls.VersionTLS12
	if err := calls4["push"](t.Context(), wire.NewCollectorClient(tls12, r.url, wire.ClientOptions()...)); err != nil {
		t.Errorf("TLS 1.2: %v", err)
	}
}

func TestQuietLog(t *testing.T) {
	t.Parallel()
	r := newRig(t, asItIs)
	c := r.client(nil, true)
	for range 50 {
		_ = calls4["push"](t.Context(), c) // refused
	}
	if n := strings.Count(r.log.String(), wire.CodeCertificateMissing); n != 1 {
		t.Errorf("50 refusals make %d lines, want 1", n)
	}
	if got := r.count(wire.CodeCertificateMissing); got != 50 {
		t.Errorf("%v refusals counted, want 50", got)
	}
}

// TestRevokedWhileItWaits: a long poll of an agent that is revoked ends at
// once and says why, though nothing else happens.
func TestRevokedWhileItWaits(t *testing.T) {
	t.Parallel()
	r := newRig(t, asItIs)
	c := r.client(r.enrol("qingfu"), true)
	ctx, cancel := context.WithTimeout(t.Context(), 25*time.Second) // half of the poll
	defer cancel()
	polled := make(chan error, 1)
	go func() {
		_, err := c.Poll(ctx, connect.NewRequest(&wire.PollRequest{Revision: r.assignments.Current("qingfu").Revision, WaitSeconds: 50}))
		polled <- err
	}()
	r.untilContacts(1)
	if err := r.registry.Revoke(t.Context(), "qingfu", "stolen"); err != nil {
		t.Fatal(err)
	}
	if err := <-polled; wire.RefusalOf(err).GetCode() != wire.CodeRevoked || !strings.Contains(wire.RefusalOf(err).GetZh(), "stolen") {
		t.Errorf("got %v, want refusal revoked with its reason", err)
	}
}

// TestExpiresWhileItLives: a certificate that expires while its connection
// lives is refused on it, the poll that waits included; both ends are told.
// The same connection may ask for another, and a person decides.
func TestExpiresWhileItLives(t *testing.T) {
	t.Parallel()
	for _, h2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("h2=%v", h2), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, asItIs)
			c := r.client(r.enrol("qingfu"), h2)
			poll := func(wait uint32) (*wire.PollResponse, error) {
				got, err := c.Poll(t.Context(), connect.NewRequest(&wire.PollRequest{Revision: r.assignments.Current("qingfu").Revision, WaitSeconds: wait}))
				if err != nil {
					return nil, err
				}
				return got.Msg, nil
			}
			if got, err := poll(0); err != nil || got.Renew {
				t.Fatalf("fresh: %v, %v; want no wish to renew", got, err)
			}
			r.move(8 * 31 * 24 * time.Hour)
			if got, err := poll(0); err != nil || !got.Renew {
				t.Fatalf("eight months on: %v, %v; want the wish to renew", got, err)
			}
			polled := make(chan error, 1)
			go func() {
				_, err := poll(50)
				polled <- err
			}()
			r.untilContacts(3)
			r.move(5 * 31 * 24 * time.Hour)
			if err := <-polled; wire.RefusalOf(err).GetCode() != wire.CodeCertificateExpired {
				t.Errorf("the poll that waited: got %v, want refusal %s", err, wire.CodeCertificateExpired)
			}
			for name, call := range calls4 {
				if err := call(t.Context(), c); wire.RefusalOf(err).GetCode() != wire.CodeCertificateExpired {
					t.Errorf("%s: got %v, want refusal %s", name, err, wire.CodeCertificateExpired)
				}
			}
			key, request := newRequest(t)
			renew := func() (*wire.RenewResponse, error) {
				got, err := c.Renew(t.Context(), connect.NewRequest(&wire.RenewRequest{Request: request}))
				if err != nil {
					return nil, err
				}
				return got.Msg, nil
			}
			if _, err := renew(); wire.RefusalOf(err).GetCode() != wire.CodeApprovalWanted {
				t.Errorf("asked for another: got %v, want refusal %s", err, wire.CodeApprovalWanted)
			}
			for _, want := range []string{"code=" + wire.CodeCertificateExpired, "code=" + wire.CodeApprovalWanted} {
				if !strings.Contains(r.log.String(), want) {
					t.Errorf("the log lacks %s:\n%s", want, r.log)
				}
			}
			if err := r.registry.Approve(t.Context(), "qingfu"); err != nil {
				t.Fatal(err)
			}
			got, err := renew()
			if err != nil {
				t.Fatal(err)
			}
			next := r.client(&tls.Certificate{Certificate: [][]byte{got.Certificate}, PrivateKey: key}, h2)
			if err := calls4["push"](t.Context(), next); err != nil {
				t.Errorf("pushed with the next certificate: %v", err)
			}
		})
	}
}
