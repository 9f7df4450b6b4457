package identity

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"fengsui/collector/wire"
)

// An Agent is a row of the register.
type Agent struct {
	ID       [16]byte
	Site     string
	Serial   string // hex, of the newest certificate that it used
	Enrolled time.Time
	Expires  time.Time // of that certificate
	Admitted time.Time // its first push; zero: not yet, the one before it is still in force
	Revoked  time.Time // zero: in force
	Reason   string
	Asked    time.Time // since when it asks to renew an expired certificate; zero: it does not
	Approved time.Time // when a person let it
	Unpushed
}

// Unpushed is what an agent had in its spool behind its last push.
type Unpushed struct {
	Heard  time.Time // its last Hello or push; zero: never
	Count  uint64    // results
	Oldest time.Time // of these; zero: there are none
}

// UUID writes the agent's id as people read it.
func (a Agent) UUID() string { return formatUUID(a.ID) }

// Replaced says whether a newer enrolment ended it.
func (a Agent) Replaced() bool { return !a.Revoked.IsZero() && a.Reason == reasonReplaced }

// Lost says whether its certificate expired so long ago that it cannot be
// renewed any more.
func (a Agent) Lost(now time.Time) bool { return now.Sub(a.Expires) > grace }

const agentColumns = `SELECT a.agent, a.site, a.serial, a.enrolled, a.expires, a.admitted, a.revoked, a.reason, a.asked, a.approved,
	a.unacknowledged, a.oldest, (SELECT max(last) FROM instances i WHERE i.agent = a.agent) FROM agents a `

func scanAgent(scan func(...any) error) (Agent, error) {
	var a Agent
	var id []byte
	var enrolled, expires, count, oldest int64
	var admitted, revoked, asked, approved, heard sql.NullInt64
	if err := scan(&id, &a.Site, &a.Serial, &enrolled, &expires, &admitted, &revoked, &a.Reason, &asked, &approved, &count, &oldest, &heard); err != nil {
		return a, err
	}
	copy(a.ID[:], id)
	a.Enrolled, a.Expires, a.Count = time.Unix(0, enrolled), time.Unix(0, expires), uint64(count)
	for to, from := range map[*time.Time]sql.NullInt64{
		&a.Admitted: admitted, &a.Revoked: revoked, &a.Asked: asked, &a.Approved: approved,
		&a.Heard: heard, &a.Oldest: {Int64: oldest, Valid: oldest != 0},
	} {
		if from.Valid {
			*to = time.Unix(0, from.Int64)
		}
	}
	return a, nil
}

// List returns the agents in force, and the revoked ones too when asked, by
// site and then newest first.
func (r *Registry) List(ctx context.Context, revoked bool) ([]Agent, error) {
	rows, err := r.db.Read.QueryContext(ctx, agentColumns+"WHERE a.revoked IS NULL OR ? ORDER BY a.site, a.enrolled DESC", revoked)
	if err != nil {
		return nil, fmt.Errorf("list the agents: %w", err)
	}
	defer rows.Close()
	var all []Agent
	for rows.Next() {
		a, err := scanAgent(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("list the agents: %w", err)
		}
		all = append(all, a)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list the agents: %w", err)
	}
	return all, nil
}

// A Preview is what a code is for.
type Preview struct {
	Site     string
	SiteName string
	Present  *Agent // that the new one will replace; nil: the site has none
}

// Preview says what a code is for and leaves it good. It is bounded as Enrol
// is, and its errors are those of Enrol.
func (r *Registry) Preview(ctx context.Context, code string, source netip.Addr) (*Preview, error) {
	var p Preview
	err := r.try(code, source, func(clean string, now time.Time) error {
		c, err := r.lookUp(r.db.Read, clean, now)
		if err != nil {
			return err
		}
		var known bool
		if p.SiteName, known = r.site(c.site); !known {
			return refusal(wire.CodeSiteUnknown, "", c.site)
		}
		p.Site = c.site
		// A code that is used is shown too: who used it may have lost the
		// answer, which only its key tells.
		all, err := r.List(ctx, false)
		for _, a := range all {
			if a.Site == c.site && !a.Admitted.IsZero() && formatUUID(a.ID) != uuidOf(c.agent) {
				p.Present = &a
			}
		}
		return err
	})
	if err != nil {
		return nil, inside("preview an enrolment", err)
	}
	return &p, nil
}

func uuidOf(id []byte) string {
	if len(id) != 16 {
		return ""
	}
	return formatUUID([16]byte(id))
}

// Admit notes the first push of an agent and ends the one before it, in the
// transaction that stores the push. It returns the one that ended, nil when
// there was none; an agent that was revoked meanwhile admits and ends nothing.
func Admit(tx *sql.Tx, agent [16]byte, at time.Time) (ended *Agent, err error) {
	former, err := scanAgent(tx.QueryRow(agentColumns+`JOIN agents n ON n.site = a.site AND n.agent = ? AND n.revoked IS NULL AND n.admitted IS NULL
		WHERE a.revoked IS NULL AND a.admitted IS NOT NULL`, agent[:]).Scan)
	switch {
	case err == nil:
		ended = &former
		if _, err := tx.Exec("UPDATE agents SET revoked = ?, reason = ? WHERE agent = ?", at.UnixNano(), reasonReplaced, former.ID[:]); err != nil {
			return nil, err
		}
	case !errors.Is(err, sql.ErrNoRows):
		return nil, err
	}
	_, err = tx.Exec("UPDATE agents SET admitted = ? WHERE agent = ? AND revoked IS NULL AND admitted IS NULL", at.UnixNano(), agent[:])
	return ended, err
}
