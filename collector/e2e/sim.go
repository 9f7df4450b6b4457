package e2e

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"sync"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	"fengsui/checks"
	"fengsui/collector/wire"
)

// A Sim is an agent without probes: it enrols and speaks the wire as a real
// one does, and sends results that are made up. Loads and hostile tests use
// it; what a real agent does is tested with real agents.
type Sim struct {
	Client      wire.CollectorClient
	Certificate *tls.Certificate // nil: none
	Instance    []byte
	Boot        []byte
	Epoch       []byte
	Next        uint64 // sequence of the next result
	Revision    []byte
	Checks      []*wire.Check

	start time.Time // when its boot clock read zero
	mu    sync.Mutex
	last  *wire.RoundTrip // a poll runs beside the pushes
}

// NewSim returns an agent that speaks to the collector at addr with the
// certificate in cert, nil for none. Its boot clock started `up` ago. The
// server's name is not judged: that is the real agent's business.
func NewSim(addr string, cert *tls.Certificate, up time.Duration) *Sim {
	config := &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}}
	if cert != nil {
		config.Certificates = []tls.Certificate{*cert}
	}
	transport := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}
	return &Sim{
		Client:      wire.NewCollectorClient(&http.Client{Transport: transport}, "https://"+addr, wire.ClientOptions()...),
		Certificate: cert,
		Instance:    random(), Boot: random(), Epoch: random(), Next: 1,
		start: time.Now().Add(-up),
	}
}

func random() []byte {
	b := make([]byte, 16)
	rand.Read(b)
	return b
}

// EnrolSim exchanges a one-time code for a certificate.
func EnrolSim(ctx context.Context, addr, code string) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	request, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		return nil, err
	}
	answer, err := NewSim(addr, nil, 0).Client.Enrol(ctx, connect.NewRequest(&wire.EnrolRequest{Code: code, Request: request, Version: "sim"}))
	if err != nil {
		return nil, fmt.Errorf("enrol with a code: %w", err)
	}
	return &tls.Certificate{Certificate: append([][]byte{answer.Msg.Certificate}, answer.Msg.Authority...), PrivateKey: key}, nil
}

// BootNS is the sim's boot clock.
func (s *Sim) BootNS() int64 { return int64(time.Since(s.start)) }

// Contact is the part of every request that says who speaks.
func (s *Sim) Contact() *wire.Contact {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &wire.Contact{
		Instance: s.Instance, Boot: s.Boot, BootNs: s.BootNS(),
		WallUnixNs: time.Now().UnixNano(), LastTrip: s.last,
	}
}

func (s *Sim) returned(sent int64, t *wire.Timing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = &wire.RoundTrip{SentBootNs: sent, ReceivedUnixNs: t.ReceivedUnixNs, AnsweredUnixNs: t.AnsweredUnixNs, ReturnedBootNs: s.BootNS()}
}

// Hello opens the connection.
func (s *Sim) Hello(ctx context.Context) (*wire.HelloResponse, error) {
	contact := s.Contact()
	answer, err := s.Client.Hello(ctx, connect.NewRequest(&wire.HelloRequest{
		Contact: contact, Protocol: wire.Protocol, Version: "sim", Arch: "sim/sim", Epoch: s.Epoch, NextSequence: s.Next,
		SelfTest: &wire.SelfTest{IcmpMode: "raw", Ipv4: true, Ipv6: true},
	}))
	if err != nil {
		return nil, err
	}
	s.returned(contact.BootNs, answer.Msg.Timing)
	return answer.Msg, nil
}

// Assign fetches the assignment.
func (s *Sim) Assign(ctx context.Context) error {
	answer, err := s.Client.Poll(ctx, connect.NewRequest(&wire.PollRequest{Contact: s.Contact(), Revision: s.Revision, WaitSeconds: 1}))
	if err != nil {
		return err
	}
	if len(answer.Msg.Assignment) == 0 {
		return nil
	}
	var a wire.Assignment
	if err := proto.Unmarshal(answer.Msg.Assignment, &a); err != nil {
		return err
	}
	s.Revision, s.Checks = answer.Msg.Revision, a.Checks
	return nil
}

// Wait keeps a long poll open until it ends by itself.
func (s *Sim) Wait(ctx context.Context) error {
	_, err := s.Client.Poll(ctx, connect.NewRequest(&wire.PollRequest{Contact: s.Contact(), Revision: s.Revision, WaitSeconds: 50}))
	return err
}

// Push sends batches.
func (s *Sim) Push(ctx context.Context, batches ...*wire.Batch) (*wire.PushResponse, error) {
	contact := s.Contact()
	answer, err := s.Client.Push(ctx, connect.NewRequest(&wire.PushRequest{Contact: contact, Batches: batches}))
	if err != nil {
		return nil, err
	}
	s.returned(contact.BootNs, answer.Msg.Timing)
	return answer.Msg, nil
}

// Batch cuts a batch of one result for each of the checks, made at bootNS,
// each with the first `values` measurements of its kind, and moves on.
func (s *Sim) Batch(all []*wire.Check, kinds map[string]*checks.Kind, values int, bootNS int64) *wire.Batch {
	body := &wire.BatchBody{Revision: s.Revision, Boot: s.Boot}
	index := map[string]uint32{}
	for i, c := range all {
		k, ok := index[c.Kind]
		if !ok {
			k = uint32(len(body.Kinds))
			index[c.Kind] = k
			names := &wire.KindNames{Kind: c.Kind}
			for _, m := range kinds[c.Kind].Measurements {
				names.Measurements = append(names.Measurements, m.Name)
			}
			body.Kinds = append(body.Kinds, names)
		}
		row := &wire.Row{Family: uint32(checks.V4)}
		for v := range min(values, len(body.Kinds[k].Measurements)) {
			row.Names = append(row.Names, uint32(v))
			row.Values = append(row.Values, float64((bootNS/1e6+int64(i*7+v))%1000)/1e5)
		}
		body.Results = append(body.Results, &wire.Result{
			Check: c.Number, Kind: k, BootNs: bootNS, WallUnixNs: s.start.Add(time.Duration(bootNS)).UnixNano(),
			DurationNs: 1e6, Pair: &wire.Verdict{}, V4: &wire.Verdict{}, Rows: []*wire.Row{row},
		})
	}
	return s.Cut(body)
}

// Cut makes a batch of a body and moves on by its results.
func (s *Sim) Cut(body *wire.BatchBody) *wire.Batch {
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(body)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	batch := &wire.Batch{Epoch: s.Epoch, First: s.Next, Count: uint32(len(body.Results)), Digest: wire.Digest(b), Body: b}
	s.Next += uint64(len(body.Results))
	return batch
}
