package identity

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"fengsui/collector/state"
	"fengsui/collector/wire"
)

func pemCertificate(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// sites is an inventory that a test changes.
type sites map[string]string

func (s sites) find(id string) (string, bool) { name, ok := s[id]; return name, ok }

func newRegistry(t *testing.T) (*Registry, *clock, sites) {
	t.Helper()
	db, err := state.Open(filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	c, s := &clock{epoch}, sites{"hub": "区信息中心", "qingfu": "青福镇"}
	return NewRegistry(Options{DB: db, Authority: newAuthority(t, c.now), Site: s.find, Now: c.now}), c, s
}

func newRequest(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "somebody else"}}, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

var source = netip.MustParseAddr("192.0.2.9")

func mustCode(t *testing.T, r *Registry, site string) string {
	t.Helper()
	code, err := r.NewCode(t.Context(), site, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func mustEnrol(t *testing.T, r *Registry, site string) (*Enrolment, *x509.Certificate) {
	t.Helper()
	e, err := r.Enrol(t.Context(), mustCode(t, r, site), newRequest(t), source)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(e.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	return e, cert
}

func wantRefusal(t *testing.T, what string, err error, code string) {
	t.Helper()
	r := wire.RefusalOf(err)
	if r.GetCode() != code || code != "" && (r.GetZh() == "" || r.GetEn() == "") {
		t.Errorf("%s: got %v, want refusal %q with its sentences", what, err, code)
	}
	for _, text := range []string{r.GetZh(), r.GetEn()} {
		if strings.Contains(text, "%!") || strings.Contains(text, "refusal.") {
			t.Errorf("%s: got the sentence %q, want it complete", what, text)
		}
	}
}

func TestEnrol(t *testing.T) {
	t.Parallel()
	r, c, _ := newRegistry(t)
	code := mustCode(t, r, "qingfu")
	e, err := r.Enrol(t.Context(), strings.ToLower(GroupCode(code)), newRequest(t), source)
	if err != nil {
		t.Fatal(err)
	}
	if e.Site != "qingfu" || e.SiteName != "青福镇" || e.Again {
		t.Errorf("got %+v, want qingfu 青福镇, for the first time", e)
	}
	cert, err := x509.ParseCertificate(e.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := agentOf(cert); err != nil || got != e.Agent {
		t.Errorf("the certificate names agent %x, %v; want %x", got, err, e.Agent)
	}
	if len(cert.ExtKeyUsage) != 1 || cert.ExtKeyUsage[0] != x509.ExtKeyUsageClientAuth || cert.IsCA {
		t.Errorf("got usage %v, CA %v; want clients only", cert.ExtKeyUsage, cert.IsCA)
	}
	if strings.Contains(cert.Subject.String(), "somebody else") {
		t.Errorf("got subject %s, want nothing of the request in it", cert.Subject)
	}
	if got := cert.NotAfter.Sub(epoch); got != agentLife {
		t.Errorf("it lives for %v, want %v", got, agentLife)
	}
	caller, err := r.Judge(t.Context(), []*x509.Certificate{cert}, c.t)
	if err != nil || caller.Site != "qingfu" || caller.Agent != e.Agent {
		t.Errorf("judged: got %+v, %v; want qingfu's agent", caller, err)
	}
	_, err = r.Enrol(t.Context(), code, newRequest(t), source)
	wantRefusal(t, "the same code again", err, wire.CodeUsed)
	var stored []byte
	if err := r.db.Read.QueryRow("SELECT hash FROM codes").Scan(&stored); err != nil || strings.Contains(string(stored), code) {
		t.Errorf("stored %q, %v; want a hash", stored, err)
	}
}

func TestBadEnrolments(t *testing.T) {
	t.Parallel()
	weak, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	rsaRequest, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, weak)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		do   func(r *Registry, c *clock, s sites, code string, request []byte) error
		want string
		good bool // the code is still good afterwards
	}{
		{"mistyped", func(r *Registry, c *clock, s sites, code string, q []byte) error {
			_, err := r.Enrol(t.Context(), code[:9]+"!", q, source)
			return err
		}, wire.CodeWrong, true},
		{"another code", func(r *Registry, c *clock, s sites, code string, q []byte) error {
			_, err := r.Enrol(t.Context(), makeCode(), q, source)
			return err
		}, wire.CodeWrong, true},
		{"too late", func(r *Registry, c *clock, s sites, code string, q []byte) error {
			c.t = c.t.Add(time.Hour)
			_, err := r.Enrol(t.Context(), code, q, source)
			return err
		}, wire.CodeExpired, false},
		{"a newer code was made", func(r *Registry, c *clock, s sites, code string, q []byte) error {
			if _, err := r.NewCode(t.Context(), "qingfu", time.Hour); err != nil {
				return err
			}
			_, err := r.Enrol(t.Context(), code, q, source)
			return err
		}, wire.CodeExpired, false},
		{"site removed since", func(r *Registry, c *clock, s sites, code string, q []byte) error {
			delete(s, "qingfu")
			defer func() { s["qingfu"] = "青福镇" }()
			_, err := r.Enrol(t.Context(), code, q, source)
			return err
		}, wire.CodeSiteUnknown, true},
		{"no request", func(r *Registry, c *clock, s sites, code string, q []byte) error {
			_, err := r.Enrol(t.Context(), code, nil, source)
			return err
		}, wire.CodeBroken, true},
		{"a forged request", func(r *Registry, c *clock, s sites, code string, q []byte) error {
			q[len(q)-1] ^= 1
			_, err := r.Enrol(t.Context(), code, q, source)
			return err
		}, wire.CodeBroken, true},
		{"an RSA key", func(r *Registry, c *clock, s sites, code string, q []byte) error {
			_, err := r.Enrol(t.Context(), code, rsaRequest, source)
			return err
		}, wire.CodeBroken, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, clock, s := newRegistry(t)
			before, cert := mustEnrol(t, r, "qingfu")
			code := mustCode(t, r, "qingfu")
			wantRefusal(t, c.name, c.do(r, clock, s, code, newRequest(t)), c.want)
			if caller, err := r.Judge(t.Context(), []*x509.Certificate{cert}, clock.t); err != nil || caller.Agent != before.Agent {
				t.Errorf("the agent before: got %+v, %v; want it still in force", caller, err)
			}
			_, err := r.Enrol(t.Context(), code, newRequest(t), source)
			if c.good != (err == nil) {
				t.Errorf("the code afterwards: got %v, want it good: %v", err, c.good)
			}
		})
	}
}

func TestNewCodeRefuses(t *testing.T) {
	t.Parallel()
	r, _, _ := newRegistry(t)
	for _, c := range []struct {
		site string
		life time.Duration
		want string
	}{
		{"nowhere", time.Hour, "not in the inventory"},
		{"hub", 0, "want more than 0"},
		{"hub", MaxCodeLife + 1, "at most"},
	} {
		if _, err := r.NewCode(t.Context(), c.site, c.life); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s for %v: got %v, want an error with %q", c.site, c.life, err, c.want)
		}
	}
}

// TestBruteForce: wrong tries are counted, mistyped ones are not, and a right
// code does not open a locked door.
func TestBruteForce(t *testing.T) {
	t.Parallel()
	r, c, _ := newRegistry(t)
	good := mustCode(t, r, "qingfu")
	for range 50 {
		_, err := r.Enrol(t.Context(), "0000000001", newRequest(t), source)
		wantRefusal(t, "mistyped", err, wire.CodeWrong)
	}
	for i := range triesPerSource {
		_, err := r.Enrol(t.Context(), makeCode(), newRequest(t), source)
		wantRefusal(t, "wrong try "+string(rune('1'+i)), err, wire.CodeWrong)
	}
	_, err := r.Enrol(t.Context(), good, newRequest(t), source)
	wantRefusal(t, "the right code after five wrong ones", err, wire.CodeTooManyTries)
	for i := triesPerSource; i < triesOverall; i++ {
		_, err := r.Enrol(t.Context(), makeCode(), newRequest(t), netip.AddrFrom4([4]byte{198, 18, 0, byte(i)}))
		wantRefusal(t, "from elsewhere", err, wire.CodeWrong)
	}
	_, err = r.Enrol(t.Context(), good, newRequest(t), netip.MustParseAddr("203.0.113.77"))
	wantRefusal(t, "the 21st in a minute", err, wire.CodeTooManyTries)
	c.t = c.t.Add(triesWindow)
	if _, err := r.Enrol(t.Context(), good, newRequest(t), source); err != nil {
		t.Errorf("a minute later: got %v, want it enrolled", err)
	}
}

// TestConcurrentEnrolments: of many with one code exactly one succeeds, and
// the site has exactly one agent.
func TestConcurrentEnrolments(t *testing.T) {
	t.Parallel()
	r, _, _ := newRegistry(t)
	code := mustCode(t, r, "qingfu")
	const n = 16
	requests := make([][]byte, n)
	for i := range requests {
		requests[i] = newRequest(t)
	}
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			_, errs[i] = r.Enrol(context.Background(), code, requests[i], netip.AddrFrom4([4]byte{198, 18, 0, byte(i)}))
		})
	}
	wg.Wait()
	enrolled := 0
	for i, err := range errs {
		if err == nil {
			enrolled++
			continue
		}
		wantRefusal(t, "enrolment "+string(rune('a'+i)), err, wire.CodeUsed)
	}
	if enrolled != 1 {
		t.Errorf("%d enrolments with one code succeeded, want 1", enrolled)
	}
	if agents, err := r.List(t.Context(), true); err != nil || len(agents) != 1 {
		t.Errorf("got agents %+v, %v; want one", agents, err)
	}
}

func TestReplaceAndRevoke(t *testing.T) {
	t.Parallel()
	r, c, _ := newRegistry(t)
	before, first := mustEnrol(t, r, "qingfu")
	admit(t, r, before.Agent)
	c.t = c.t.Add(time.Hour)
	second, cert := mustEnrol(t, r, "qingfu")
	for name, cert := range map[string]*x509.Certificate{"the first agent": first, "the second": cert} {
		if _, err := r.Judge(t.Context(), []*x509.Certificate{cert}, c.t); err != nil {
			t.Errorf("%s before the second's first push: %v", name, err)
		}
	}
	if ended := admit(t, r, second.Agent); ended == nil || ended.ID != before.Agent {
		t.Errorf("the first push ended %+v, want the first agent", ended)
	}
	if ended := admit(t, r, second.Agent); ended != nil {
		t.Errorf("admitted twice: ended %+v, want nobody", ended)
	}
	_, err := r.Judge(t.Context(), []*x509.Certificate{first}, c.t)
	wantRefusal(t, "the first agent", err, wire.CodeReplaced)
	for _, bad := range []string{"", "replaced"} {
		if err := r.Revoke(t.Context(), "qingfu", bad); err == nil {
			t.Errorf("revoked for the reason %q, want an error", bad)
		}
	}
	if err := r.Revoke(t.Context(), "qingfu", "stolen box"); err != nil {
		t.Fatal(err)
	}
	_, err = r.Judge(t.Context(), []*x509.Certificate{cert}, c.t)
	wantRefusal(t, "the second agent", err, wire.CodeRevoked)
	if !strings.Contains(err.Error(), "stolen box") {
		t.Errorf("got %v, want the reason in it", err)
	}
	if err := r.Revoke(t.Context(), "qingfu", "again"); err == nil || !strings.Contains(err.Error(), "none in force") {
		t.Errorf("revoked twice: got %v, want an error", err)
	}
	all, err := r.List(t.Context(), true)
	if err != nil || len(all) != 2 || all[0].Reason != "stolen box" || all[1].Reason != "replaced" || all[1].Revoked.IsZero() {
		t.Errorf("got %+v, %v; want both, the newest first", all, err)
	}
	if live, err := r.List(t.Context(), false); err != nil || len(live) != 0 {
		t.Errorf("in force: got %+v, %v; want none", live, err)
	}
}

// TestRegisterUnreadable: when the register cannot be asked, that is no
// refusal: an agent must not be told that its certificate is bad.
func TestRegisterUnreadable(t *testing.T) {
	t.Parallel()
	r, c, _ := newRegistry(t)
	_, cert := mustEnrol(t, r, "hub")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := r.Judge(ctx, []*x509.Certificate{cert}, c.t)
	if err == nil || wire.RefusalOf(err) != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want an internal error", err)
	}
}

// TestBruteForceOfADay: whoever asks once a second from each of many sources
// for as long as a code lives by default has 20 tries a minute and no more.
func TestBruteForceOfADay(t *testing.T) {
	t.Parallel()
	var l limiter
	start := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	tries := 0
	for at := start; at.Before(start.Add(24 * time.Hour)); at = at.Add(time.Second) {
		for host := range 8 {
			source := sourceOf(netip.AddrFrom4([4]byte{198, 18, byte(host), byte(at.Unix())}))
			if l.wait(source, at) == 0 {
				l.charge(source, at)
				tries++
			}
		}
	}
	if most := 24 * 60 * triesOverall; tries != most {
		t.Errorf("%d tries in a day, want %d", tries, most)
	}
}
