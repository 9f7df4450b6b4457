package e2e

import (
	"context"
	"crypto/x509"
	"database/sql"
	"fmt"
	"path/filepath"
	"time"

	agent "fengsui/agent/identity"
	"fengsui/collector/identity"
	"fengsui/collector/state"
)

// Age makes the certificate of a stopped agent one that was made so long ago,
// at both ends, as if that time had passed: the programs have no other clock
// than the machine's. It returns when that certificate ends.
func (d *District) Age(ctx context.Context, a *Agent, by time.Duration) (ends time.Time, err error) {
	then := func() time.Time { return time.Now().Add(-by) }
	id, err := agent.Load(a.Data())
	if err != nil {
		return ends, err
	}
	request, err := id.Key.Request()
	if err != nil {
		return ends, err
	}
	authority, err := identity.OpenAuthority(filepath.Join(d.Data(), "ca"), then)
	if err != nil {
		return ends, err
	}
	db, err := state.Open(filepath.Join(d.Data(), "state.db"))
	if err != nil {
		return ends, err
	}
	defer db.Close()
	set := func(begins, expires time.Time) error {
		return db.Write(ctx, func(tx *sql.Tx) error {
			_, err := tx.Exec("UPDATE agents SET begins = ?, expires = ? WHERE agent = ?", begins.UnixNano(), expires.UnixNano(), id.Agent)
			return err
		})
	}
	if err := set(time.Unix(0, 0), then()); err != nil { // no certificate begins before the one in force
		return ends, err
	}
	registry := identity.NewRegistry(identity.Options{
		DB: db, Authority: authority, Now: then, Site: func(string) (string, bool) { return a.Site, true },
	})
	der, _, err := registry.Renew(ctx, identity.Caller{Agent: [16]byte(id.Agent), Site: a.Site}, request)
	if err != nil {
		return ends, fmt.Errorf("age the certificate of %s by %v: %w", a.Site, by, err)
	}
	if id.Certificate, err = x509.ParseCertificate(der); err != nil {
		return ends, err
	}
	if err := set(id.Certificate.NotBefore, id.Certificate.NotAfter); err != nil {
		return ends, err
	}
	return id.Certificate.NotAfter, id.Save(a.Data())
}

// Ends is when the certificate that an agent has now ends.
func (a *Agent) Ends() (time.Time, error) {
	id, err := agent.Load(a.Data())
	if err != nil {
		return time.Time{}, err
	}
	return id.Certificate.NotAfter, nil
}
