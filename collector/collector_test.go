package collector

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// open opens a collector on the given data directory; more is added to its
// settings.
func open(t *testing.T, data, more string) (*Collector, error) {
	t.Helper()
	config := t.TempDir()
	text := fmt.Sprintf("collector {\n  data = %q\n  listen = \"127.0.0.1:0\"\n  web = \"127.0.0.1:0\"\n  names = [\"127.0.0.1\"]\n%s}\n", data, more)
	if err := os.WriteFile(filepath.Join(config, "collector.hcl"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Open(t.Context(), Options{Config: config, Version: "test", Logger: slog.New(slog.DiscardHandler)})
}

// TestOneCollectorAtATime: a second one on the same data is refused, and the
// directory is free again when the first has closed.
func TestOneCollectorAtATime(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	first, err := open(t, data, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, data, ""); err == nil || !strings.Contains(err.Error(), "one at a time") {
		t.Errorf("a second collector on the same data: %v, want it refused", err)
	}
	if err := first.close(); err != nil {
		t.Fatal(err)
	}
	again, err := open(t, data, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := again.close(); err != nil {
		t.Error(err)
	}
}

// TestFullDiskIsRefused: it does not start on a disk that is nearly full, and
// leaves nothing locked.
func TestFullDiskIsRefused(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	if _, err := open(t, data, "  disk { refuse_below = \"1024TiB\" }\n"); err == nil || !strings.Contains(err.Error(), "make room") {
		t.Fatalf("a disk without room: %v, want it refused", err)
	}
	c, err := open(t, data, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.close(); err != nil {
		t.Error(err)
	}
}

// TestHealth: what was refused, and when something was stored, reaches the page.
func TestHealth(t *testing.T) {
	t.Parallel()
	c, err := open(t, filepath.Join(t.TempDir(), "data"), "")
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	h := c.health()
	if h.Started.IsZero() || h.DiskTotal == 0 || h.RulesBlind != nil || !h.LastCommit.IsZero() {
		t.Errorf("health is %+v, want a start, a disk, and nothing stored yet", h)
	}
	if c.reloadRefused() != 0 {
		t.Error("a reload counts as refused before there was one")
	}
	if err := os.WriteFile(filepath.Join(c.o.Config, "broken.hcl"), []byte("site {"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := c.District()
	c.Reload(t.Context())
	if c.reloadRefused() != 1 || c.District() != before {
		t.Error("after a broken reload: it does not count as refused, or another configuration is at work")
	}
}

// TestAuthorityEndsSoon: people are warned while there is time to renew it.
func TestAuthorityEndsSoon(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for life, soon := range map[time.Duration]bool{endsSoon - time.Hour: true, endsSoon + time.Hour: false, 0: false} {
		dir := t.TempDir()
		more, ends := "", time.Now().Add(life).UTC().Truncate(time.Second)
		if life > 0 {
			ca := &x509.Certificate{
				SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "own"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: ends,
				IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
			}
			der, err := x509.CreateCertificate(rand.Reader, ca, ca, key.Public(), key)
			if err != nil {
				t.Fatal(err)
			}
			for name, b := range map[string]*pem.Block{"own.pem": {Type: "CERTIFICATE", Bytes: der}, "own.key": {Type: "PRIVATE KEY", Bytes: keyDER}} {
				if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(b), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			more = fmt.Sprintf("  ca_cert = %q\n  ca_key = %q\n", filepath.Join(dir, "own.pem"), filepath.Join(dir, "own.key"))
		}
		c, err := open(t, filepath.Join(dir, "data"), more)
		if err != nil {
			t.Fatal(err)
		}
		defer c.close()
		got := c.health().AuthorityEnds
		if got.IsZero() == soon || soon && !got.Equal(ends) {
			t.Errorf("an own CA that lives for %v (0: the built-in one): it ends soon at %v, want %v, %v", life, got, ends, soon)
		}
		_, err = os.Stat(filepath.Join(dir, "data", "ca"))
		if made := err == nil; made == (life > 0) {
			t.Errorf("an own CA that lives for %v: a built-in one is there: %v", life, made)
		}
	}
}
