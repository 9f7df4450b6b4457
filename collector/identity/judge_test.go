package identity

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"net/url"
	"testing"
	"time"

	"fengsui/collector/wire"
)

// sign makes a certificate as issue does, after change had its way.
func sign(t *testing.T, a *Authority, agent [16]byte, change func(*x509.Certificate)) *x509.Certificate {
	t.Helper()
	return signFor(t, a, newKey(t), agent, change)
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func signFor(t *testing.T, a *Authority, key *ecdsa.PrivateKey, agent [16]byte, change func(*x509.Certificate)) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: newSerial(), NotBefore: epoch.Add(-time.Hour), NotAfter: epoch.Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		URIs: []*url.URL{{Scheme: "fengsui", Host: "agent", Path: "/" + formatUUID(agent)}},
	}
	change(template)
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func TestJudge(t *testing.T) {
	t.Parallel()
	now := func() time.Time { return epoch }
	ours, theirs := newAuthority(t, now), newAuthority(t, now)
	agent := newUUID()
	same := func(*x509.Certificate) {}
	uri := func(text string) func(*x509.Certificate) {
		return func(c *x509.Certificate) {
			u, err := url.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			c.URIs = []*url.URL{u}
		}
	}
	good := sign(t, ours, agent, same)
	known := func(change func(*record)) func(*x509.Certificate) *record {
		return func(c *x509.Certificate) *record {
			r := &record{site: "qingfu", siteKnown: true, begins: c.NotBefore}
			change(r)
			return r
		}
	}
	inForce := known(func(*record) {})
	for _, c := range []struct {
		name   string
		shown  []*x509.Certificate
		record func(*x509.Certificate) *record
		want   string
	}{
		{"in force", []*x509.Certificate{good}, inForce, ""},
		{"in force, with its chain", []*x509.Certificate{good, ours.cert}, inForce, ""},
		{"on its first second", []*x509.Certificate{sign(t, ours, agent, func(c *x509.Certificate) { c.NotBefore = epoch })}, inForce, ""},
		{"on its last second", []*x509.Certificate{sign(t, ours, agent, func(c *x509.Certificate) { c.NotAfter = epoch })}, inForce, ""},

		{"none", nil, inForce, wire.CodeCertificateMissing},
		{"foreign", []*x509.Certificate{sign(t, theirs, agent, same)}, inForce, wire.CodeCertificateForeign},
		{"foreign, ours behind it", []*x509.Certificate{sign(t, theirs, agent, same), good, ours.cert}, inForce, wire.CodeCertificateForeign},
		{"foreign and expired", []*x509.Certificate{sign(t, theirs, agent, func(c *x509.Certificate) { c.NotAfter = epoch.Add(-time.Second) })}, inForce, wire.CodeCertificateForeign},
		{"the authority itself", []*x509.Certificate{ours.cert}, inForce, wire.CodeCertificateForeign},
		{"signed by an agent", []*x509.Certificate{signedBy(t, ours, agent)}, inForce, wire.CodeCertificateForeign},
		{"a server's", []*x509.Certificate{sign(t, ours, agent, func(c *x509.Certificate) { c.ExtKeyUsage[0] = x509.ExtKeyUsageServerAuth })}, inForce, wire.CodeCertificateForeign},
		{"of any usage", []*x509.Certificate{sign(t, ours, agent, func(c *x509.Certificate) { c.ExtKeyUsage = nil })}, inForce, wire.CodeCertificateForeign},
		{"no URI", []*x509.Certificate{sign(t, ours, agent, func(c *x509.Certificate) { c.URIs = nil })}, inForce, wire.CodeCertificateForeign},
		{"two URIs", []*x509.Certificate{sign(t, ours, agent, func(c *x509.Certificate) { c.URIs = append(c.URIs, c.URIs[0]) })}, inForce, wire.CodeCertificateForeign},
		{"a site for an agent", []*x509.Certificate{sign(t, ours, agent, uri("fengsui://site/qingfu"))}, inForce, wire.CodeCertificateForeign},
		{"no uuid", []*x509.Certificate{sign(t, ours, agent, uri("fengsui://agent/qingfu"))}, inForce, wire.CodeCertificateForeign},
		{"half a uuid", []*x509.Certificate{sign(t, ours, agent, uri("fengsui://agent/"+formatUUID(agent)[:35]+"x"))}, inForce, wire.CodeCertificateForeign},
		{"a uuid without dashes", []*x509.Certificate{sign(t, ours, agent, uri("fengsui://agent/0123456700890011002200334455667788990"))}, inForce, wire.CodeCertificateForeign},
		{"a query behind it", []*x509.Certificate{sign(t, ours, agent, uri("fengsui://agent/"+formatUUID(agent)+"?site=hub"))}, inForce, wire.CodeCertificateForeign},
		{"expired", []*x509.Certificate{sign(t, ours, agent, func(c *x509.Certificate) { c.NotAfter = epoch.Add(-time.Second) })}, inForce, wire.CodeCertificateExpired},
		{"not yet", []*x509.Certificate{sign(t, ours, agent, func(c *x509.Certificate) { c.NotBefore = epoch.Add(time.Second) })}, inForce, wire.CodeCertificateNotYet},
		{"not in the register", []*x509.Certificate{good}, func(*x509.Certificate) *record { return nil }, wire.CodeCertificateForeign},
		{"revoked", []*x509.Certificate{good}, known(func(r *record) { r.revoked, r.reason = epoch, "stolen" }), wire.CodeRevoked},
		{"replaced", []*x509.Certificate{good}, known(func(r *record) { r.revoked, r.reason = epoch, reasonReplaced }), wire.CodeReplaced},
		{"a newer one in force", []*x509.Certificate{good}, known(func(r *record) { r.begins = good.NotBefore.Add(time.Second) }), wire.CodeRevoked},
		{"newer than the register", []*x509.Certificate{good}, known(func(r *record) { r.begins = good.NotBefore.Add(-time.Second) }), ""},
		{"site gone from the inventory", []*x509.Certificate{good}, known(func(r *record) { r.siteKnown = false }), wire.CodeSiteUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			asked := false
			caller, err := judge(ours.cert, c.shown, epoch, 0, func(id [16]byte) (*record, error) {
				asked = true
				if id != agent {
					t.Errorf("looked up %x, want %x", id, agent)
				}
				return c.record(c.shown[0]), nil
			})
			wantRefusal(t, c.name, err, c.want)
			if c.want == "" {
				want := Caller{Agent: agent, Site: "qingfu", Serial: serialOf(c.shown[0]), Due: c.shown[0].NotAfter.Equal(epoch)}
				if err != nil || caller != want {
					t.Errorf("got %+v, %v; want %+v", caller, err, want)
				}
				if !asked {
					t.Error("the register was not asked")
				}
			} else if caller != (Caller{}) {
				t.Errorf("got caller %+v beside a refusal, want none", caller)
			}
		})
	}
	broken := errors.New("disk gone")
	if _, err := judge(ours.cert, []*x509.Certificate{good}, epoch, 0, func([16]byte) (*record, error) { return nil, broken }); !errors.Is(err, broken) || wire.RefusalOf(err) != nil {
		t.Errorf("register unreadable: got %v, want an internal error", err)
	}
}

// signedBy makes a certificate that an agent signed with its own key.
func signedBy(t *testing.T, a *Authority, agent [16]byte) *x509.Certificate {
	t.Helper()
	key := newKey(t)
	same := func(*x509.Certificate) {}
	return sign(t, &Authority{cert: signFor(t, a, key, agent, same), key: key}, agent, same)
}
