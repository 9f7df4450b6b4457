package identity

import (
	"context"
	"crypto/x509"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"fengsui/collector/wire"
)

// A Caller is who makes a call: always what its certificate and the register
// say, never what the request says.
type Caller struct {
	Agent  [16]byte
	Site   string
	Serial string // of its certificate, hex
}

// ID writes the agent's id as people read it.
func (c Caller) ID() string { return formatUUID(c.Agent) }

// A record is what the register holds of an agent.
type record struct {
	site      string
	siteKnown bool // in the inventory of now
	serial    string
	revoked   time.Time // zero: in force
	reason    string
}

// Judge says who shows these certificates, leaf first, at a moment: the whole
// identity at every call. The error is a refusal (certificate_missing,
// certificate_foreign, certificate_expired, certificate_not_yet, revoked,
// replaced, site_unknown), or an internal error when the register could not
// be asked: that is never the agent's fault.
//
// That the caller has the key of the leaf is what the TLS handshake proved.
func (r *Registry) Judge(ctx context.Context, shown []*x509.Certificate, now time.Time) (Caller, error) {
	return judge(r.authority.cert, shown, now, func(agent [16]byte) (*record, error) { return r.lookup(ctx, agent) })
}

// judge decides in this order: chain, usage, dates, register, site. lookup
// returns nil for an agent that the register does not hold.
func judge(authority *x509.Certificate, shown []*x509.Certificate, now time.Time, lookup func([16]byte) (*record, error)) (Caller, error) {
	if len(shown) == 0 {
		return Caller{}, refusal(wire.CodeCertificateMissing, "")
	}
	cert := shown[0] // signed by the authority itself: there is nothing between
	if err := cert.CheckSignatureFrom(authority); err != nil {
		return Caller{}, refusal(wire.CodeCertificateForeign, "", err)
	}
	agent, err := agentOf(cert)
	if err == nil {
		err = forClients(cert)
	}
	if err != nil {
		return Caller{}, refusal(wire.CodeCertificateForeign, ".usage", err)
	}
	if now.Before(cert.NotBefore) {
		return Caller{}, refusal(wire.CodeCertificateNotYet, "", stamp(cert.NotBefore), stamp(now))
	}
	if now.After(cert.NotAfter) {
		return Caller{}, refusal(wire.CodeCertificateExpired, "", stamp(cert.NotAfter), stamp(now))
	}
	known, err := lookup(agent)
	if err != nil {
		return Caller{}, fmt.Errorf("look up agent %s: %w", formatUUID(agent), err)
	}
	switch {
	case known == nil:
		return Caller{}, refusal(wire.CodeCertificateForeign, ".unregistered", formatUUID(agent))
	case !known.revoked.IsZero() && known.reason == reasonReplaced:
		return Caller{}, refusal(wire.CodeReplaced, "", known.site, stamp(known.revoked))
	case !known.revoked.IsZero():
		return Caller{}, refusal(wire.CodeRevoked, "", known.site, stamp(known.revoked), known.reason)
	case known.serial != serialOf(cert):
		return Caller{}, refusal(wire.CodeRevoked, ".serial", known.site)
	case !known.siteKnown:
		return Caller{}, refusal(wire.CodeSiteUnknown, "", known.site)
	}
	return Caller{Agent: agent, Site: known.site, Serial: known.serial}, nil
}

// forClients says whether a certificate is for clients, and for nothing else.
func forClients(c *x509.Certificate) error {
	if len(c.UnhandledCriticalExtensions) > 0 {
		return fmt.Errorf("it has a critical extension %s", c.UnhandledCriticalExtensions[0])
	}
	if c.IsCA || len(c.ExtKeyUsage) != 1 || c.ExtKeyUsage[0] != x509.ExtKeyUsageClientAuth || len(c.UnknownExtKeyUsage) > 0 {
		return errors.New("its usage is not clientAuth alone")
	}
	return nil
}

func serialOf(c *x509.Certificate) string { return c.SerialNumber.Text(16) }

func (r *Registry) lookup(ctx context.Context, agent [16]byte) (*record, error) {
	var k record
	var revoked sql.NullInt64
	err := r.db.Read.QueryRowContext(ctx, "SELECT site, serial, revoked, reason FROM agents WHERE agent = ?", agent[:]).
		Scan(&k.site, &k.serial, &revoked, &k.reason)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if revoked.Valid {
		k.revoked = time.Unix(0, revoked.Int64)
	}
	_, k.siteKnown = r.site(k.site)
	return &k, nil
}
