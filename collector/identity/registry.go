package identity

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"connectrpc.com/connect"

	"fengsui/collector/state"
	"fengsui/collector/wire"
	"fengsui/configs/words"
)

// reasonReplaced is the reason of a revocation by a newer enrolment.
const reasonReplaced = "replaced"

// MaxCodeLife bounds the life of an enrolment code.
const MaxCodeLife = 30 * 24 * time.Hour

// A Registry is who speaks for which site. It lives in the tables codes and
// agents, and asks them every time: a code or a revocation by another process
// (the command line beside the running collector) holds at once.
type Registry struct {
	db        *state.DB
	authority *Authority
	site      func(id string) (name string, known bool)
	now       func() time.Time

	mu    sync.Mutex // one enrolment at a time, so that tries are counted truly
	tries limiter
}

// Options are what a registry needs.
type Options struct {
	DB        *state.DB
	Authority *Authority
	Site      func(id string) (name string, known bool) // the inventory of now
	Now       func() time.Time
}

// NewRegistry returns the registry of a state.
func NewRegistry(o Options) *Registry {
	return &Registry{db: o.DB, authority: o.Authority, site: o.Site, now: o.Now}
}

// hash is what is stored of a code: salted by the collector, so that a copy
// of the database alone is no table of codes.
func (r *Registry) hash(code string) []byte {
	h := sha256.New()
	h.Write([]byte("fengsui enrolment code\x00"))
	h.Write(r.db.Collector[:])
	h.Write([]byte(code))
	return h.Sum(nil)
}

// NewCode makes a one-time code for a site that lives for at most life. Codes
// of the site that were not used yet end with it. The code is returned this
// once and stored nowhere.
func (r *Registry) NewCode(ctx context.Context, site string, life time.Duration) (string, error) {
	if _, known := r.site(site); !known {
		return "", fmt.Errorf("make an enrolment code: site %q is not in the inventory", site)
	}
	if life <= 0 || life > MaxCodeLife {
		return "", fmt.Errorf("make an enrolment code for site %s: its life is %v, want more than 0 and at most %v", site, life, MaxCodeLife)
	}
	code, now := makeCode(), r.now()
	err := r.db.Write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.Exec("UPDATE codes SET expires = ? WHERE site = ? AND used IS NULL AND expires > ?", now.UnixNano(), site, now.UnixNano()); err != nil {
			return err
		}
		// Old ones have told why they fail for long enough.
		if _, err := tx.Exec("DELETE FROM codes WHERE expires < ?", now.Add(-MaxCodeLife).UnixNano()); err != nil {
			return err
		}
		_, err := tx.Exec("INSERT INTO codes (hash, site, created, expires) VALUES (?, ?, ?, ?)",
			r.hash(code), site, now.UnixNano(), now.Add(life).UnixNano())
		return err
	})
	if err != nil {
		return "", fmt.Errorf("make an enrolment code for site %s: %w", site, err)
	}
	return code, nil
}

// An Enrolment is what a code was exchanged for.
type Enrolment struct {
	Agent       [16]byte
	Site        string
	SiteName    string
	Certificate []byte // DER
	Authority   []byte // DER
	Replaced    bool   // another agent spoke for the site until now
}

// Enrol exchanges a one-time code for a certificate. The code is used up, the
// site's former agent revoked and the new one registered in one transaction.
// Errors are refusals (code_wrong, code_used, code_expired, too_many_tries,
// site_unknown, broken) or internal ones.
//
// source is who asks. Its wrong tries are counted: 5 a minute, and 20 a minute
// over all sources; a code that its check character shows to be mistyped is
// not looked up and costs no try.
func (r *Registry) Enrol(ctx context.Context, code string, request []byte, source netip.Addr) (*Enrolment, error) {
	clean, err := normaliseCode(code)
	if err != nil {
		return nil, refusal(wire.CodeWrong, ".typing")
	}
	csr, err := checkRequest(request)
	if err != nil {
		return nil, refusal(wire.CodeBroken, ".request", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now, from := r.now(), sourceOf(source)
	if wait := r.tries.wait(from, now); wait > 0 {
		return nil, refusal(wire.CodeTooManyTries, "", int(wait/time.Second)+1)
	}
	var e *Enrolment
	err = r.db.Write(ctx, func(tx *sql.Tx) error {
		site, err := r.useCode(tx, clean, now)
		if err != nil {
			return err
		}
		e, err = r.register(tx, site, csr, now)
		return err
	})
	switch wire.RefusalOf(err).GetCode() {
	case wire.CodeWrong, wire.CodeUsed, wire.CodeExpired:
		r.tries.charge(from, now)
		return nil, err
	}
	if err != nil {
		if wire.RefusalOf(err) == nil {
			err = fmt.Errorf("enrol an agent: %w", err)
		}
		return nil, err
	}
	return e, nil
}

// useCode marks a code used and returns the site that it is for.
func (r *Registry) useCode(tx *sql.Tx, code string, now time.Time) (site string, err error) {
	hash := r.hash(code)
	var expires int64
	var used sql.NullInt64
	err = tx.QueryRow("SELECT site, expires, used FROM codes WHERE hash = ?", hash).Scan(&site, &expires, &used)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", refusal(wire.CodeWrong, "")
	case err != nil:
		return "", err
	case used.Valid:
		return "", refusal(wire.CodeUsed, "", site)
	case expires <= now.UnixNano():
		return "", refusal(wire.CodeExpired, "", stamp(time.Unix(0, expires)), site)
	}
	_, err = tx.Exec("UPDATE codes SET used = ? WHERE hash = ?", now.UnixNano(), hash)
	return site, err
}

// register makes a new agent the one of its site.
func (r *Registry) register(tx *sql.Tx, site string, csr *x509.CertificateRequest, now time.Time) (*Enrolment, error) {
	name, known := r.site(site)
	if !known {
		return nil, refusal(wire.CodeSiteUnknown, "", site) // rolls back: the code stays good
	}
	agent := newUUID()
	cert, err := r.authority.issue(csr, agent, now)
	if err != nil {
		return nil, err
	}
	replaced, err := revoke(tx, site, reasonReplaced, now)
	if err != nil {
		return nil, err
	}
	if _, err := tx.Exec("INSERT INTO agents (agent, site, serial, enrolled, expires) VALUES (?, ?, ?, ?, ?)",
		agent[:], site, serialOf(cert), now.UnixNano(), cert.NotAfter.UnixNano()); err != nil {
		return nil, err
	}
	return &Enrolment{
		Agent: agent, Site: site, SiteName: name, Replaced: replaced,
		Certificate: cert.Raw, Authority: r.authority.cert.Raw,
	}, nil
}

func revoke(tx *sql.Tx, site, reason string, now time.Time) (found bool, err error) {
	result, err := tx.Exec("UPDATE agents SET revoked = ?, reason = ? WHERE site = ? AND revoked IS NULL", now.UnixNano(), reason, site)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// Revoke ends the right of a site's agent to speak. The reason is for people
// and must not be empty. An error says that the site has no agent in force.
func (r *Registry) Revoke(ctx context.Context, site, reason string) error {
	if reason == "" || reason == reasonReplaced {
		return fmt.Errorf("revoke the agent of site %s: the reason is %q, want why, in words", site, reason)
	}
	var found bool
	err := r.db.Write(ctx, func(tx *sql.Tx) (err error) {
		found, err = revoke(tx, site, reason, r.now())
		return err
	})
	if err != nil {
		return fmt.Errorf("revoke the agent of site %s: %w", site, err)
	}
	if !found {
		return fmt.Errorf("revoke the agent of site %s: it has none in force", site)
	}
	return nil
}

// An Agent is a row of the register.
type Agent struct {
	ID       [16]byte
	Site     string
	Serial   string // hex, of the certificate in force
	Enrolled time.Time
	Expires  time.Time
	Revoked  time.Time // zero: in force
	Reason   string
}

// UUID writes the agent's id as people read it.
func (a Agent) UUID() string { return formatUUID(a.ID) }

// List returns the agents in force, and the revoked ones too when asked, by
// site and then newest first.
func (r *Registry) List(ctx context.Context, revoked bool) ([]Agent, error) {
	rows, err := r.db.Read.QueryContext(ctx, `SELECT agent, site, serial, enrolled, expires, revoked, reason
		FROM agents WHERE revoked IS NULL OR ? ORDER BY site, enrolled DESC`, revoked)
	if err != nil {
		return nil, fmt.Errorf("list the agents: %w", err)
	}
	defer rows.Close()
	var all []Agent
	for rows.Next() {
		var a Agent
		var id []byte
		var enrolled, expires int64
		var ended sql.NullInt64
		if err := rows.Scan(&id, &a.Site, &a.Serial, &enrolled, &expires, &ended, &a.Reason); err != nil {
			return nil, fmt.Errorf("list the agents: %w", err)
		}
		copy(a.ID[:], id)
		a.Enrolled, a.Expires = time.Unix(0, enrolled), time.Unix(0, expires)
		if ended.Valid {
			a.Revoked = time.Unix(0, ended.Int64)
		}
		all = append(all, a)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list the agents: %w", err)
	}
	return all, nil
}

// refusal makes a refusal of the sentences of a code; suffix picks one where
// the code has several.
func refusal(code, suffix string, args ...any) error {
	status := connect.CodePermissionDenied
	switch code {
	case wire.CodeCertificateMissing, wire.CodeCertificateForeign, wire.CodeCertificateExpired, wire.CodeCertificateNotYet:
		status = connect.CodeUnauthenticated
	case wire.CodeTooManyTries:
		status = connect.CodeResourceExhausted
	case wire.CodeBroken:
		status = connect.CodeInvalidArgument
	}
	key := words.Refusal + code + suffix
	return wire.NewRefusal(status, code, words.Text(key, "zh", args...), words.Text(key, "en", args...))
}

func stamp(t time.Time) string { return t.UTC().Format(time.DateTime) + " UTC" }
