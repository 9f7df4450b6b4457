package identity

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"connectrpc.com/connect"

	"fengsui/agent/line"
	"fengsui/collector/wire"
)

// enrolTimeout bounds one enrolment over all addresses.
const enrolTimeout = 60 * time.Second

// CleanCode returns a one-time code as the collector takes it: people read it
// aloud, so spaces, hyphens and case do not matter. The error does not repeat
// the code.
func CleanCode(text string) (string, error) {
	code := strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "\t", "", "\r", "", "\n", "").Replace(text))
	if code == "" {
		return "", errors.New("no enrolment code was given, want the code that fengsui-collector code printed")
	}
	for _, r := range code {
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') {
			return "", errors.New("the enrolment code holds something that is neither letter nor digit, want the code that fengsui-collector code printed")
		}
	}
	if len(code) > 32 {
		return "", fmt.Errorf("the enrolment code has %d characters, want the code that fengsui-collector code printed", len(code))
	}
	return code, nil
}

// A Desk is a collector as a site meets it that is not enrolled yet: at one of
// its addresses, by the proxy unless that is nil, and only when it shows the
// pinned authority.
type Desk struct {
	Collectors []string
	Proxy      *line.Proxy
	Pin        Pin
	Version    string // ours
}

// call makes one call to the desk. A refusal of the collector keeps its code
// and sentences: see [wire.RefusalOf].
func (d Desk) call(ctx context.Context, do func(context.Context, wire.CollectorClient) error) error {
	dialer, err := line.NewDialer(d.Collectors)
	if err != nil {
		return err
	}
	dialer.Proxy = d.Proxy
	ctx, cancel := context.WithTimeout(ctx, enrolTimeout)
	defer cancel()
	trust := &Trust{Pin: d.Pin}
	l := dialer.Open(trust.ClientConfig(nil))
	defer l.Close()
	return do(ctx, l.Client())
}

// Preview asks which site a one-time code is for; the code lives on.
func (d Desk) Preview(ctx context.Context, code string) (p *wire.PreviewResponse, err error) {
	if code, err = CleanCode(code); err != nil {
		return nil, err
	}
	err = d.call(ctx, func(ctx context.Context, c wire.CollectorClient) error {
		answer, err := c.Preview(ctx, connect.NewRequest(&wire.PreviewRequest{Code: code, Version: d.Version}))
		if err != nil {
			return err
		}
		p = answer.Msg
		return nil
	})
	return p, err
}

// Enrol exchanges a one-time code for an identity with a key, which the caller
// keeps before ([PendingKey]): when the answer is lost, the same code with the
// same key is answered again.
//
// The answer is judged before it is believed: a certificate for our key, of
// the pinned authority.
func (d Desk) Enrol(ctx context.Context, code string, key *Key) (id *Identity, err error) {
	if code, err = CleanCode(code); err != nil {
		return nil, err
	}
	request, err := key.Request()
	if err != nil {
		return nil, err
	}
	err = d.call(ctx, func(ctx context.Context, c wire.CollectorClient) error {
		answer, err := c.Enrol(ctx, connect.NewRequest(&wire.EnrolRequest{Code: code, Request: request, Version: d.Version}))
		if err != nil {
			return err
		}
		id, err = accept(answer.Msg, key, d.Pin)
		return err
	})
	if err != nil {
		return nil, err
	}
	id.Collectors = slices.Clone(d.Collectors)
	return id, nil
}

// accept judges the answer to an enrolment.
func accept(m *wire.EnrolResponse, key *Key, pin Pin) (*Identity, error) {
	if m.Site == "" || len(m.Agent) != 16 {
		return nil, fmt.Errorf("the collector answered site %.80q and an agent id of %d bytes, want a site and 16 bytes", m.Site, len(m.Agent))
	}
	id := &Identity{Site: m.Site, SiteName: m.SiteName, Agent: m.Agent, Pin: pin}
	return id.with(key, m.Certificate, m.Authority)
}

// with returns the identity with another key and what a collector answered for
// it, when that is a certificate for this key, of the pinned authority.
func (id *Identity) with(key *Key, certificate []byte, authority [][]byte) (*Identity, error) {
	next := *id
	next.Key, next.Authority = key, nil
	var err error
	if next.Certificate, err = x509.ParseCertificate(certificate); err != nil {
		return nil, fmt.Errorf("the collector answered a certificate that cannot be read: %w", err)
	}
	if !key.private.PublicKey.Equal(next.Certificate.PublicKey) {
		return nil, errors.New("the collector answered a certificate for another key, want one for ours")
	}
	for _, der := range authority {
		ca, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("the collector answered an authority that cannot be read: %w", err)
		}
		if PinOf(ca) != id.Pin {
			return nil, fmt.Errorf("the collector answered an authority with the pin %s, want %s", PinOf(ca), id.Pin)
		}
		if err := next.Certificate.CheckSignatureFrom(ca); err != nil {
			return nil, fmt.Errorf("the collector answered a certificate that its authority has not signed: %w", err)
		}
		next.Authority = append(next.Authority, ca)
	}
	if len(next.Authority) == 0 {
		return nil, errors.New("the collector answered no authority, want the pinned one")
	}
	return &next, nil
}

// Renewed returns the identity with a new key and the certificate that a
// collector answered for it.
func (id *Identity) Renewed(key *Key, m *wire.RenewResponse) (*Identity, error) {
	return id.with(key, m.Certificate, m.Authority)
}

// RenewalDue says whether the certificate has lived two thirds of its life.
func (id *Identity) RenewalDue(now time.Time) bool {
	c := id.Certificate
	return now.Sub(c.NotBefore) >= c.NotAfter.Sub(c.NotBefore)*2/3
}
