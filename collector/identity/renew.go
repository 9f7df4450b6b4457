package identity

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"fengsui/collector/wire"
)

// Renew makes the next certificate of an agent that [Registry.JudgeRenewal]
// let in. Nothing is written of it: it counts from its first use on, and until
// then the one before it stays in force. An expired one is held until a person
// approves ([Registry.Approve]): the refusal is approval_wanted.
func (r *Registry) Renew(ctx context.Context, c Caller, request []byte) (certificate, authority []byte, err error) {
	csr, err := checkRequest(request)
	if err != nil {
		return nil, nil, refusal(wire.CodeBroken, ".request", err)
	}
	now := r.now()
	if c.Expired {
		since, approved, err := r.ask(ctx, c, now)
		if err != nil {
			return nil, nil, fmt.Errorf("hold the renewal of agent %s: %w", c.ID(), err)
		}
		if !approved {
			return nil, nil, refusal(wire.CodeApprovalWanted, "", c.Site, stamp(since))
		}
	}
	known, err := r.lookup(ctx, c.Agent)
	if err != nil || known == nil {
		return nil, nil, fmt.Errorf("renew the certificate of agent %s: look it up: %w", c.ID(), err)
	}
	cert, err := r.authority.issue(csr, c.Agent, now, known.begins)
	if err != nil {
		return nil, nil, err
	}
	return cert.Raw, r.authority.cert.Raw, nil
}

// ask notes that an expired agent asks to renew, and says since when it does
// and whether a person has approved.
func (r *Registry) ask(ctx context.Context, c Caller, now time.Time) (since time.Time, approved bool, err error) {
	read := func(q rowQuerier) error {
		var asked sql.NullInt64
		if err := q.QueryRow("SELECT asked, approved IS NOT NULL FROM agents WHERE agent = ?", c.Agent[:]).Scan(&asked, &approved); err != nil {
			return err
		}
		if asked.Valid {
			since = time.Unix(0, asked.Int64)
		}
		return nil
	}
	if err := read(r.db.Read); err != nil || !since.IsZero() {
		return since, approved, err
	}
	err = r.db.Write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.Exec("UPDATE agents SET asked = ? WHERE agent = ? AND asked IS NULL", now.UnixNano(), c.Agent[:]); err != nil {
			return err
		}
		return read(tx)
	})
	return since, approved, err
}

// Approve lets a site's expired agent, which asks for it, renew its
// certificate. The approval holds until the new certificate is used. An error
// says that no agent of the site asks, or that it may be renewed no more.
func (r *Registry) Approve(ctx context.Context, site string) error {
	err := r.db.Write(ctx, func(tx *sql.Tx) error {
		var expires int64
		err := tx.QueryRow("SELECT max(expires) FROM agents WHERE site = ? AND revoked IS NULL AND asked IS NOT NULL HAVING count(*) > 0", site).Scan(&expires)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("no agent of it asks to renew an expired certificate (fengsui-collector agent list %s)", site)
		}
		if err != nil {
			return err
		}
		now := r.now()
		if (Agent{Expires: time.Unix(0, expires)}).Lost(now) {
			return fmt.Errorf("its certificate expired more than %d days ago, and no approval can renew it: enrol the site again (fengsui-collector code %s)", int(grace.Hours()/24), site)
		}
		_, err = tx.Exec("UPDATE agents SET approved = ? WHERE site = ? AND revoked IS NULL AND asked IS NOT NULL", now.UnixNano(), site)
		return err
	})
	if err != nil {
		return fmt.Errorf("approve the renewal of the agent of site %s: %w", site, err)
	}
	return nil
}
