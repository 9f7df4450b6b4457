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

// Enrol exchanges a one-time code for an identity, with the collector at one
// of its addresses that shows the pinned authority, by the proxy unless that
// is nil. A refusal of the collector keeps its code and sentences: see
// [wire.RefusalOf].
//
// The answer is judged before it is believed: a certificate for our key, of
// the pinned authority.
func Enrol(ctx context.Context, collectors []string, proxy *line.Proxy, pin Pin, code, version string) (*Identity, error) {
	code, err := CleanCode(code)
	if err != nil {
		return nil, err
	}
	dialer, err := line.NewDialer(collectors)
	if err != nil {
		return nil, err
	}
	dialer.Proxy = proxy
	key, err := NewKey()
	if err != nil {
		return nil, err
	}
	request, err := key.Request()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, enrolTimeout)
	defer cancel()
	trust := &Trust{Pin: pin}
	l := dialer.Open(trust.ClientConfig(nil))
	defer l.Close()
	answer, err := l.Client().Enrol(ctx, connect.NewRequest(&wire.EnrolRequest{Code: code, Request: request, Version: version}))
	if err != nil {
		return nil, err
	}
	id, err := accept(answer.Msg, key, pin)
	if err != nil {
		return nil, err
	}
	id.Collectors = slices.Clone(collectors)
	return id, nil
}

// accept judges the answer to an enrolment.
func accept(m *wire.EnrolResponse, key *Key, pin Pin) (*Identity, error) {
	cert, err := x509.ParseCertificate(m.Certificate)
	if err != nil {
		return nil, fmt.Errorf("the collector answered a certificate that cannot be read: %w", err)
	}
	if !key.private.PublicKey.Equal(cert.PublicKey) {
		return nil, errors.New("the collector answered a certificate for another key, want one for ours")
	}
	if m.Site == "" || len(m.Agent) != 16 {
		return nil, fmt.Errorf("the collector answered site %.80q and an agent id of %d bytes, want a site and 16 bytes", m.Site, len(m.Agent))
	}
	id := &Identity{Site: m.Site, SiteName: m.SiteName, Agent: m.Agent, Pin: pin, Key: key, Certificate: cert}
	for _, der := range m.Authority {
		ca, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("the collector answered an authority that cannot be read: %w", err)
		}
		if PinOf(ca) != pin {
			return nil, fmt.Errorf("the collector answered an authority with the pin %s, want %s", PinOf(ca), pin)
		}
		if err := cert.CheckSignatureFrom(ca); err != nil {
			return nil, fmt.Errorf("the collector answered a certificate that its authority has not signed: %w", err)
		}
		id.Authority = append(id.Authority, ca)
	}
	if len(id.Authority) == 0 {
		return nil, errors.New("the collector answered no authority, want the pinned one")
	}
	return id, nil
}
