package identity

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"strings"
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
	Again       bool   // the answer to the same request was given before
}

// Enrol exchanges a one-time code for a certificate. The code is used up and
// the new agent registered in one transaction. The site's former agent is in
// force until the new one pushes ([Admit]). Whoever asks again with the same
// code and the same key within the code's life lost the answer, and gets a
// certificate of the same agent.
// Errors are refusals (code_wrong, code_used, code_expired, too_many_tries,
// site_unknown, broken) or internal ones.
//
// source is who asks. Its wrong tries are counted: 5 a minute, and 20 a minute
// over all sources; a code that its check character shows to be mistyped is
// not looked up and costs no try.
func (r *Registry) Enrol(ctx context.Context, code string, request []byte, source netip.Addr) (*Enrolment, error) {
	csr, err := checkRequest(request)
	if err != nil {
		return nil, refusal(wire.CodeBroken, ".request", err)
	}
	var e *Enrolment
	err = r.try(code, source, func(clean string, now time.Time) error {
		return r.db.Write(ctx, func(tx *sql.Tx) (err error) {
			e, err = r.exchange(tx, clean, csr, now)
			return err
		})
	})
	if err != nil {
		return nil, inside("enrol an agent", err)
	}
	return e, nil
}

// try lets a source use a code, within the bounds of wrong tries.
func (r *Registry) try(code string, source netip.Addr, use func(clean string, now time.Time) error) error {
	clean, err := normaliseCode(code)
	if err != nil {
		return refusal(wire.CodeWrong, ".typing")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now, from := r.now(), sourceOf(source)
	if wait := r.tries.wait(from, now); wait > 0 {
		return refusal(wire.CodeTooManyTries, "", int(wait/time.Second)+1)
	}
	err = use(clean, now)
	switch wire.RefusalOf(err).GetCode() {
	case wire.CodeWrong, wire.CodeUsed, wire.CodeExpired:
		r.tries.charge(from, now)
	}
	return err
}

// inside says what failed of an internal error; a refusal goes as it is.
func inside(what string, err error) error {
	if wire.RefusalOf(err) == nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return err
}

// A codeRow is what is kept of a code.
type codeRow struct {
	site  string
	used  bool
	agent []byte // that was enrolled with it
	key   []byte // of that agent's request
}

// lookUp finds a code that is known and within its life.
func (r *Registry) lookUp(q rowQuerier, code string, now time.Time) (codeRow, error) {
	var c codeRow
	var expires int64
	err := q.QueryRow("SELECT site, expires, used IS NOT NULL, agent, key FROM codes WHERE hash = ?", r.hash(code)).
		Scan(&c.site, &expires, &c.used, &c.agent, &c.key)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return c, refusal(wire.CodeWrong, "")
	case err != nil:
		return c, err
	case expires <= now.UnixNano() && c.used:
		return c, refusal(wire.CodeUsed, "", c.site)
	case expires <= now.UnixNano():
		return c, refusal(wire.CodeExpired, "", stamp(time.Unix(0, expires)), c.site)
	}
	return c, nil
}

// A rowQuerier is a database or a transaction.
type rowQuerier interface {
	QueryRow(query string, args ...any) *sql.Row
}

// exchange answers a code with a certificate.
func (r *Registry) exchange(tx *sql.Tx, code string, csr *x509.CertificateRequest, now time.Time) (*Enrolment, error) {
	c, err := r.lookUp(tx, code, now)
	if err != nil {
		return nil, err
	}
	name, known := r.site(c.site)
	if !known {
		return nil, refusal(wire.CodeSiteUnknown, "", c.site) // rolls back: the code stays good
	}
	e := &Enrolment{Site: c.site, SiteName: name, Authority: r.authority.cert.Raw, Again: c.used}
	key := sha256.Sum256(csr.RawSubjectPublicKeyInfo)
	var begins int64
	if c.used {
		if !bytes.Equal(c.key, key[:]) || len(c.agent) != len(e.Agent) {
			return nil, refusal(wire.CodeUsed, "", c.site)
		}
		e.Agent = [16]byte(c.agent)
		err := tx.QueryRow("SELECT begins FROM agents WHERE agent = ? AND revoked IS NULL", c.agent).Scan(&begins)
		if errors.Is(err, sql.ErrNoRows) {
			return nil, refusal(wire.CodeUsed, "", c.site) // and its agent is in force no more
		}
		if err != nil {
			return nil, err
		}
	} else {
		e.Agent = newUUID()
	}
	cert, err := r.authority.issue(csr, e.Agent, now, time.Unix(0, begins))
	if err != nil {
		return nil, err
	}
	e.Certificate = cert.Raw
	if c.used {
		return e, nil
	}
	if _, err := tx.Exec("UPDATE codes SET used = ?, agent = ?, key = ? WHERE hash = ?", now.UnixNano(), e.Agent[:], key[:], r.hash(code)); err != nil {
		return nil, err
	}
	// Of two that were enrolled and never pushed the last one is meant.
	if _, err := tx.Exec("UPDATE agents SET revoked = ?, reason = ? WHERE site = ? AND revoked IS NULL AND admitted IS NULL", now.UnixNano(), reasonReplaced, c.site); err != nil {
		return nil, err
	}
	_, err = tx.Exec("INSERT INTO agents (agent, site, serial, enrolled, expires, begins, authority) VALUES (?, ?, ?, ?, ?, ?, ?)",
		e.Agent[:], c.site, serialOf(cert), now.UnixNano(), cert.NotAfter.UnixNano(), cert.NotBefore.UnixNano(), r.authority.Pin())
	return e, err
}

// Revoke ends the right of a site's agent to speak. The reason is for people
// and must not be empty. An error says that the site has no agent in force.
func (r *Registry) Revoke(ctx context.Context, site, reason string) error {
	if strings.TrimSpace(reason) == "" || reason == reasonReplaced {
		return fmt.Errorf("revoke the agent of site %s: the reason is %q, want why, in words", site, reason)
	}
	var found int64
	err := r.db.Write(ctx, func(tx *sql.Tx) error {
		result, err := tx.Exec("UPDATE agents SET revoked = ?, reason = ? WHERE site = ? AND revoked IS NULL", r.now().UnixNano(), reason, site)
		if err != nil {
			return err
		}
		found, err = result.RowsAffected()
		return err
	})
	if err != nil {
		return fmt.Errorf("revoke the agent of site %s: %w", site, err)
	}
	if found == 0 {
		return fmt.Errorf("revoke the agent of site %s: it has none in force", site)
	}
	return nil
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
