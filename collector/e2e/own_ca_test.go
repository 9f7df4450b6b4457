package e2e_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestOwnCA: under a CA of the bureau's own, an RSA one and an EC one below a
// root, a site enrols by the pack and pushes; a backup says that it holds
// neither file; and a start under another authority is refused, whichever.
func TestOwnCA(t *testing.T) {
	t.Parallel()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	ecKey, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	must(t, err)
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	root, rootPEM := certificate(t, "青山区政务根 CA", nil, rootKey, rootKey)
	_, below := certificate(t, "青山区工信科局 CA", root, ecKey, rootKey)
	_, self := certificate(t, "RSA CA", nil, rsaKey, rsaKey)
	ecDER, err := x509.MarshalECPrivateKey(ecKey)
	must(t, err)
	for name, c := range map[string]struct{ certs, key []byte }{
		"RSA":          {self, pemOf("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey))},
		"intermediate": {append(below, rootPEM...), pemOf("EC PRIVATE KEY", ecDER)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ownCA(t, c.certs, c.key)
		})
	}
}

func ownCA(t *testing.T, certs, key []byte) {
	ctx := t.Context()
	d := district(t, 20*time.Second)
	certPath, keyPath := filepath.Join(d.Dir, "own.pem"), filepath.Join(d.Dir, "own.key")
	must(t, os.WriteFile(certPath, certs, 0o644))
	must(t, os.WriteFile(keyPath, key, 0o600))
	plain, err := os.ReadFile(filepath.Join(d.Config(), "collector.hcl"))
	must(t, err)
	files := fmt.Sprintf("  ca_cert = %q\n  ca_key = %q\n", certPath, keyPath)
	settings := func(more string) {
		t.Helper()
		must(t, d.Configure("collector.hcl", strings.Replace(string(plain), "collector {\n", "collector {\n"+more, 1)))
	}
	settings(files + "  district = \"青山区\"\n  addresses = [\"10.0.0.5:7443\"]\n")
	must(t, d.Configure("sites.hcl", site("qingfu", listener(t), 1)))
	must(t, d.StartCollector(ctx))

	stick := t.TempDir()
	out, err := d.Run(ctx, "pack", "-o", stick)
	must(t, err)
	if pin := mustPin(t, d); !strings.Contains(out, pin) {
		t.Errorf("the pack says %q, want the pin %s in it", out, pin)
	}
	pack := filepath.Join(stick, "fengsui-pack.txt")
	text, err := os.ReadFile(pack)
	must(t, err)
	must(t, os.WriteFile(pack, []byte(strings.Replace(string(text), `"10.0.0.5:7443"`, `"`+d.Listen+`"`, 1)), 0o644)) // a pack of ours never leads to loopback
	a, err := d.EnrolBy(ctx, "qingfu", quick, "--pack", pack)
	must(t, err)
	must(t, a.Start())
	results(t, d, "qingfu", 3)

	dir := filepath.Join(d.Dir, "backup")
	out, err = d.Run(ctx, "backup", dir, "--with-secrets")
	must(t, err)
	if !strings.Contains(out, certPath+" and "+keyPath+", are not in it") {
		t.Errorf("backup says %q, want it to name the files that are not in it", out)
	}
	must(t, d.Collector().Stop(patience))
	settings("") // back to the built-in one
	must(t, d.LaunchCollector())
	<-d.Collector().Exited()
	if out := d.Collector().Output(); !strings.Contains(out, "1 agents were enrolled under another one") || !strings.Contains(out, "全部无法上报") {
		t.Errorf("the start under the built-in authority said:\n%s\nwant it refused, and why", out)
	}
	must(t, os.RemoveAll(d.Data()))
	if out, err = d.Run(ctx, "restore", dir); err != nil || !strings.Contains(out, "has no ca_cert and ca_key") {
		t.Errorf("restore without ca_cert said %q, %v, want what is missing", out, err)
	}
	must(t, os.RemoveAll(d.Data()))
	settings(files)
	if out, err = d.Run(ctx, "restore", dir); err != nil || !strings.Contains(out, "put back "+certPath+" and "+keyPath) {
		t.Errorf("restore said %q, %v, want it to name the files that are not in it", out, err)
	}
	must(t, d.StartCollector(ctx)) // as if they had been put back
	books, err := d.Books(ctx)
	must(t, err)
	held, _ := books.Holes("qingfu")
	results(t, d, "qingfu", held+3)
}

func certificate(t *testing.T, name string, parent *x509.Certificate, key, by crypto.Signer) (*x509.Certificate, []byte) {
	t.Helper()
	c := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(365 * 24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	if parent == nil {
		parent = c
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), by)
	must(t, err)
	c, err = x509.ParseCertificate(der)
	must(t, err)
	return c, pemOf("CERTIFICATE", der)
}

func pemOf(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}
