package identity

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"database/sql"
	"encoding/pem"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// testKey makes a key once for all tests: RSA takes long.
var testKey = func() func(kind string) crypto.Signer {
	made := map[string]func() crypto.Signer{}
	rsaOf := func(bits int) func() crypto.Signer {
		return func() crypto.Signer { k, _ := rsa.GenerateKey(rand.Reader, bits); return k }
	}
	ecOf := func(c elliptic.Curve) func() crypto.Signer {
		return func() crypto.Signer { k, _ := ecdsa.GenerateKey(c, rand.Reader); return k }
	}
	for kind, make := range map[string]func() crypto.Signer{
		"rsa": rsaOf(2048), "rsa small": rsaOf(1024), "p256": ecOf(elliptic.P256()), "p384": ecOf(elliptic.P384()), "p521": ecOf(elliptic.P521()),
		"root": ecOf(elliptic.P384()), "other": ecOf(elliptic.P256()), "ed": func() crypto.Signer { _, k, _ := ed25519.GenerateKey(rand.Reader); return k },
	} {
		made[kind] = sync.OnceValue(make)
	}
	return func(kind string) crypto.Signer { return made[kind]() }
}()

// ca is the template of a CA that is good at the epoch.
func ca(name string, change func(*x509.Certificate)) *x509.Certificate {
	c := &x509.Certificate{
		SerialNumber: newSerial(), Subject: pkix.Name{CommonName: name, Organization: []string{"青山区工信科局"}},
		NotBefore: epoch.Add(-time.Hour), NotAfter: epoch.AddDate(10, 0, 0), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	if change != nil {
		change(c)
	}
	return c
}

func certify(t *testing.T, c, parent *x509.Certificate, key crypto.Signer, by crypto.Signer) []byte {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), by)
	if err != nil {
		t.Fatal(err)
	}
	return pemCertificate(der)
}

func block(kind string, der []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func pkcs8(k crypto.Signer) []byte {
	der, err := x509.MarshalPKCS8PrivateKey(k)
	return block("PRIVATE KEY", der, err)
}

// openOwn opens a CA of files with these texts.
func openOwn(t *testing.T, certs, key []byte, names ...string) (*Authority, error) {
	t.Helper()
	dir := t.TempDir()
	certPath, keyPath := filepath.Join(dir, "own.pem"), filepath.Join(dir, "own.key")
	for path, text := range map[string][]byte{certPath: certs, keyPath: key} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return OpenOwn(certPath, keyPath, names, (&clock{epoch}).now)
}

// TestOwnAuthority: each kind of key in each of its forms, alone and below a
// root; what it signs is good for who pins the CA and for who trusts the root.
func TestOwnAuthority(t *testing.T) {
	t.Parallel()
	p256 := testKey("p256").(*ecdsa.PrivateKey)
	sec1, err := x509.MarshalECPrivateKey(p256)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, key string
		text      []byte
	}{
		{"RSA, PKCS#1", "rsa", block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(testKey("rsa").(*rsa.PrivateKey)), nil)},
		{"RSA, PKCS#8", "rsa", pkcs8(testKey("rsa"))},
		{"P-256, SEC 1 as openssl writes it", "p256", append(block("EC PARAMETERS", []byte{6, 8, 42, 134, 72, 206, 61, 3, 1, 7}, nil), block("EC PRIVATE KEY", sec1, nil)...)},
		{"P-384, PKCS#8", "p384", pkcs8(testKey("p384"))},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			key, rootKey := testKey(row.key), testKey("root")
			self, root := ca("self", nil), ca("root", func(c *x509.Certificate) { c.NotAfter = epoch.Add(-time.Minute) }) // nobody looks at its dates
			below := ca("below", func(c *x509.Certificate) { c.MaxPathLenZero = true })
			for what, certs := range map[string][]byte{
				"alone": certify(t, self, self, key, key), "an intermediate alone": certify(t, below, root, key, rootKey),
				"below a root": append(append([]byte("subject=below\n"), certify(t, below, root, key, rootKey)...), certify(t, root, root, rootKey, rootKey)...),
			} {
				a, err := openOwn(t, certs, row.text, "192.0.2.7", "fengsui.example")
				if err != nil {
					t.Errorf("%s: %v", what, err)
					continue
				}
				server, err := a.Server(nil)
				if err != nil {
					t.Fatal(err)
				}
				// Agents are shown the leaf and the CA that they pin, and need no more.
				if len(server.Certificate) != 2 || !bytes.Equal(server.Certificate[1], a.cert.Raw) || !a.Ends().Equal(a.cert.NotAfter) {
					t.Errorf("%s: the server shows %d certificates, want its own and the CA's", what, len(server.Certificate))
				}
				roots := x509.NewCertPool()
				roots.AddCert(a.cert)
				if _, err := server.Leaf.Verify(x509.VerifyOptions{DNSName: ServerName, Roots: roots, CurrentTime: epoch}); err != nil {
					t.Errorf("%s: %v", what, err)
				}
				if agent, err := a.sample(); err != nil || agent.CheckSignatureFrom(a.cert) != nil {
					t.Errorf("%s: an agent's certificate: %v", what, err)
				}
			}
		})
	}
}

// TestOwnAuthorityRefused: each with a sentence on what was seen and is wanted.
func TestOwnAuthorityRefused(t *testing.T) {
	t.Parallel()
	key, rootKey := testKey("p256"), testKey("root")
	root := ca("root", nil)
	self := func(change func(*x509.Certificate)) []byte {
		c := ca("self", change)
		return certify(t, c, c, key, key)
	}
	under := func(root *x509.Certificate) []byte {
		return append(certify(t, ca("below", nil), root, key, rootKey), certify(t, root, root, rootKey, rootKey)...)
	}
	permit := func(dns string) func(*x509.Certificate) {
		return func(c *x509.Certificate) {
			c.PermittedDNSDomains, c.PermittedDNSDomainsCritical = []string{dns}, true
		}
	}
	good, fine := self(nil), pkcs8(key)
	for _, row := range []struct {
		name       string
		certs, key []byte
		want       string
	}{
		{"no certificate", []byte("x"), fine, "holds no certificate in PEM"},
		{"a key for a certificate", fine, fine, "holds no certificate in PEM"},
		{"a broken certificate", block("CERTIFICATE", []byte("x"), nil), fine, "cannot be read"},
		{"many certificates", bytes.Repeat(good, 11), fine, "holds 11 certificates"},
		{"a large file", bytes.Repeat([]byte("#"), maxCAFile+1), fine, "larger than 1024 KiB"},
		{"no key", good, []byte("x"), "holds no key in PEM"},
		{"a broken key", good, block("PRIVATE KEY", []byte("secret"), nil), "cannot be read"},
		{"two keys", good, append(pkcs8(key), pkcs8(key)...), "several keys"},
		{"an encrypted key", good, block("ENCRYPTED PRIVATE KEY", []byte("x"), nil), "without a passphrase"},
		{"an encrypted key of old", good, []byte("-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END EC PRIVATE KEY-----\n"), "without a passphrase"},
		{"RSA of 1024 bits", good, pkcs8(testKey("rsa small")), "RSA of 1024 bits"},
		{"P-521", good, pkcs8(testKey("p521")), "ECDSA P-521"},
		{"Ed25519", good, pkcs8(testKey("ed")), "ed25519"},
		{"another key", good, pkcs8(testKey("other")), "does not belong to the certificate"},
		{"the root first", append(certify(t, root, root, rootKey, rootKey), good...), fine, "belongs to certificate 2"},
		{"no CA", self(func(c *x509.Certificate) { c.IsCA = false }), fine, "CA:TRUE"},
		{"no basic constraints", self(func(c *x509.Certificate) { c.IsCA, c.BasicConstraintsValid = false, false }), fine, "CA:TRUE"},
		{"may not sign", self(func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCRLSign }), fine, "keyCertSign"},
		{"no usage", self(func(c *x509.Certificate) { c.KeyUsage = 0 }), fine, "keyCertSign"},
		{"expired", self(func(c *x509.Certificate) { c.NotAfter = epoch.Add(-time.Second) }), fine, "ended at 2026-11-23 07:59:59 UTC"},
		{"not yet valid", self(func(c *x509.Certificate) { c.NotBefore = epoch.Add(time.Second) }), fine, "valid from 2026-11-23 08:00:01 UTC"},
		{"names of others only", self(permit("gov.test")), fine, `"collector.fengsui" is not permitted`},
		{"an address outside", self(func(c *x509.Certificate) {
			c.PermittedIPRanges = []*net.IPNet{{IP: net.IPv4(10, 0, 0, 0).To4(), Mask: net.CIDRMask(8, 32)}}
		}), fine, "192.0.2.7"},
		{"no agents", self(func(c *x509.Certificate) { c.ExcludedURIDomains = []string{"agent"} }), fine, "for an agent is not valid"},
		{"servers only", self(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }), fine, "for an agent is not valid"},
		{"a root that permits no CA below", under(ca("root", func(c *x509.Certificate) { c.MaxPathLenZero = true })), fine, "path length"},
		{"a root that permits other names", under(ca("root", permit("gov.test"))), fine, "is not permitted"},
		{"a root that did not sign it", append(self(nil), certify(t, root, root, rootKey, rootKey)...), fine, "want each certificate behind the first"},
	} {
		a, err := openOwn(t, row.certs, row.key, "192.0.2.7")
		if err == nil || a != nil || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want an error with %q", row.name, err, row.want)
		}
	}
	dir := t.TempDir()
	certPath, keyPath := filepath.Join(dir, "own.pem"), filepath.Join(dir, "own.key")
	for path, text := range map[string][]byte{certPath: good, keyPath: fine} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(keyPath, 0o640); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{keyPath: "chmod 600 " + keyPath, keyPath + "x": "no such file"} {
		if _, err := OpenOwn(certPath, key, nil, (&clock{epoch}).now); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// TestRenewedOwnAuthority: a certificate renewed with the same key is the same
// authority to agents, in both directions.
func TestRenewedOwnAuthority(t *testing.T) {
	t.Parallel()
	key := testKey("rsa")
	old, next := ca("self", nil), ca("self 2", func(c *x509.Certificate) { c.NotAfter = epoch.AddDate(20, 0, 0) })
	a, err := openOwn(t, certify(t, old, old, key, key), pkcs8(key))
	if err != nil {
		t.Fatal(err)
	}
	b, err := openOwn(t, certify(t, next, next, key, key), pkcs8(key))
	if err != nil {
		t.Fatal(err)
	}
	agent, err := a.sample()
	if err != nil {
		t.Fatal(err)
	}
	if a.Pin() != b.Pin() || agent.CheckSignatureFrom(b.cert) != nil {
		t.Errorf("pins %s and %s, and the agent's certificate: %v", a.Pin(), b.Pin(), agent.CheckSignatureFrom(b.cert))
	}
}

// TestBind: agents of another authority keep a collector from starting.
func TestBind(t *testing.T) {
	t.Parallel()
	r, c, _ := newRegistry(t)
	bind := func(a *Authority) error {
		t.Helper()
		return NewRegistry(Options{DB: r.db, Authority: a, Site: r.site, Now: c.now}).Bind(t.Context())
	}
	key := testKey("p384")
	self := ca("self", nil)
	own, err := openOwn(t, certify(t, self, self, key, key), pkcs8(key))
	if err != nil {
		t.Fatal(err)
	}
	built := r.authority
	if err := bind(own); err != nil {
		t.Errorf("before any agent: %v", err)
	}
	mustEnrol(t, r, "hub")
	mustEnrol(t, r, "qingfu")
	for range 2 {
		if err := bind(built); err != nil {
			t.Errorf("the same authority: %v", err)
		}
		err = bind(own)
		if err == nil {
			t.Fatal("another authority was taken")
		}
		for _, want := range []string{"2 agents", "有 2 个探针", own.Pin(), built.Pin(), "own.pem", "agent revoke SITE", "吊销"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%v\nwant %q in it", err, want)
			}
		}
	}
	if err := r.Revoke(t.Context(), "hub", "another authority"); err != nil {
		t.Fatal(err)
	}
	if err := bind(own); err == nil || !strings.Contains(err.Error(), "1 agents") {
		t.Errorf("one agent is left: %v", err)
	}
	if err := r.Revoke(t.Context(), "qingfu", "another authority"); err != nil {
		t.Fatal(err)
	}
	if err := bind(own); err != nil {
		t.Errorf("no agent is left: %v", err)
	}
	// And the other way round: an agent of the own one.
	ofOwn := NewRegistry(Options{DB: r.db, Authority: own, Site: r.site, Now: c.now})
	mustEnrol(t, ofOwn, "hub")
	if err := bind(own); err != nil {
		t.Errorf("the authority that it was enrolled under: %v", err)
	}
	if err := bind(built); err == nil || !strings.Contains(err.Error(), own.Pin()) {
		t.Errorf("the built-in one in the place of another: %v", err)
	}
	if err := r.Revoke(t.Context(), "hub", "another authority"); err != nil {
		t.Fatal(err)
	}
	// A state from before there were other authorities: its agents are the built-in one's.
	mustEnrol(t, r, "hub")
	if err := r.db.Write(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec("UPDATE agents SET authority = '' WHERE revoked IS NULL")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := bind(own); err == nil || !strings.Contains(err.Error(), "the one built in") {
		t.Errorf("an older state under another authority: %v, want it refused", err)
	}
	if err := bind(built); err != nil {
		t.Errorf("an older state: %v", err)
	}
	if err := bind(own); err == nil || !strings.Contains(err.Error(), built.Pin()) {
		t.Errorf("an older state that the built-in one has had: %v", err)
	}
}
