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
	Due    bool   // its certificate has lived two thirds of its life

	Expired bool // by no more than [grace]: it may only ask for another
}

// grace is for how long behind its end a certificate may still ask to be
// renewed, which a person has to approve. It is for boxes that lay in a
// cupboard, not for a copy of one that somebody found.
const grace = 90 * 24 * time.Hour

// ID writes the agent's id as people read it.
func (c Caller) ID() string { return formatUUID(c.Agent) }

// A record is what the register holds of an agent.
type record struct {
	site      string
	siteKnown bool      // in the inventory of now
	begins    time.Time // NotBefore of the newest certificate that it used
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
	return r.judge(ctx, shown, now, 0)
}

// JudgeRenewal is Judge for the one call that an expired certificate may make.
func (r *Registry) JudgeRenewal(ctx context.Context, shown []*x509.Certificate, now time.Time) (Caller, error) {
	return r.judge(ctx, shown, now, grace)
}

func (r *Registry) judge(ctx context.Context, shown []*x509.Certificate, now time.Time, grace time.Duration) (Caller, error) {
	var known *record
	c, err := judge(r.authority.cert, shown, now, grace, func(agent [16]byte) (_ *record, err error) {
		known, err = r.lookup(ctx, agent)
		return known, err
	})
	if err == nil && !c.Expired && shown[0].NotBefore.After(known.begins) {
		err = r.inUse(ctx, c, shown[0])
	}
	if err != nil {
		return Caller{}, err
	}
	return c, nil
}

// inUse notes that an agent uses a newer certificate: older ones end, and with
// them the keys that it put away.
func (r *Registry) inUse(ctx context.Context, c Caller, cert *x509.Certificate) error {
	begins := cert.NotBefore.UnixNano()
	err := r.db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec("UPDATE agents SET serial = ?, begins = ?, expires = ?, asked = NULL, approved = NULL WHERE agent = ? AND begins < ?",
			c.Serial, begins, cert.NotAfter.UnixNano(), c.Agent[:], begins)
		return err
	})
	if err != nil {
		return fmt.Errorf("note the new certificate of agent %s: %w", c.ID(), err)
	}
	return nil
}

// judge decides in this order: chain, usage, dates, register, site. lookup
// returns nil for an agent that the register does not hold.
//
// A certificate is in force until the agent has used one that begins later:
// serials decide nothing. So the answer to a renewal may be lost, since the
// old certificate stays good until the new one is seen; and a collector that
// was restored from before a renewal knows nothing of it and yet takes the new
// certificate. That is safe: this authority signed it for this agent, and
// revocation is of the agent, whatever it shows.
func judge(authority *x509.Certificate, shown []*x509.Certificate, now time.Time, grace time.Duration, lookup func([16]byte) (*record, error)) (Caller, error) {
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
	if err := expired(cert, now, grace); err != nil {
		return Caller{}, err
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
	case cert.NotBefore.Before(known.begins):
		return Caller{}, refusal(wire.CodeRevoked, ".serial", known.site)
	case !known.siteKnown:
		return Caller{}, refusal(wire.CodeSiteUnknown, "", known.site)
	}
	return Caller{
		Agent: agent, Site: known.site, Serial: serialOf(cert),
		Due: now.Sub(cert.NotBefore) >= cert.NotAfter.Sub(cert.NotBefore)*2/3, Expired: now.After(cert.NotAfter),
	}, nil
}

// expired refuses a certificate that ended longer than grace ago, and says
// what can be done.
func expired(cert *x509.Certificate, now time.Time, allowed time.Duration) error {
	switch since := now.Sub(cert.NotAfter); {
	case since <= allowed:
		return nil
	case since > grace:
		return refusal(wire.CodeCertificateExpired, ".long", stamp(cert.NotAfter), stamp(now), int(grace.Hours()/24))
	}
	return refusal(wire.CodeCertificateExpired, "", stamp(cert.NotAfter), stamp(now))
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
	var begins int64
	var revoked sql.NullInt64
	err := r.db.Read.QueryRowContext(ctx, "SELECT site, begins, revoked, reason FROM agents WHERE agent = ?", agent[:]).
		Scan(&k.site, &begins, &revoked, &k.reason)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	k.begins = time.Unix(0, begins)
	if revoked.Valid {
		k.revoked = time.Unix(0, revoked.Int64)
	}
	_, k.siteKnown = r.site(k.site)
	return &k, nil
}
