package identity

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// clock is a clock that a test moves.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

var epoch = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

func newAuthority(t *testing.T, now func() time.Time) *Authority {
	t.Helper()
	a, err := OpenAuthority(filepath.Join(t.TempDir(), "ca"), now)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAuthorityIsKept(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "ca")
	c := &clock{epoch}
	first, err := OpenAuthority(dir, c.now)
	if err != nil {
		t.Fatal(err)
	}
	if pin := first.Pin(); len(pin) != len("sha256:")+64 || !strings.HasPrefix(pin, "sha256:") {
		t.Errorf("got pin %q, want sha256: and 64 hex digits", pin)
	}
	info, err := os.Stat(filepath.Join(dir, "ca.key"))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the key has mode %04o, want 0600", info.Mode().Perm())
	}
	left, err := filepath.Glob(filepath.Join(dir, "*.new-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v; want nothing", left, err)
	}
	if got := first.cert.NotAfter.Sub(epoch); got != authorityLife {
		t.Errorf("the authority lives for %v, want %v", got, authorityLife)
	}
	again, err := OpenAuthority(dir, c.now)
	if err != nil {
		t.Fatal(err)
	}
	if again.Pin() != first.Pin() || !again.cert.Equal(first.cert) {
		t.Errorf("opened again: got pin %s, want %s and the same certificate", again.Pin(), first.Pin())
	}
	// A crash between key and certificate: the pin stays.
	if err := os.Remove(filepath.Join(dir, "ca.pem")); err != nil {
		t.Fatal(err)
	}
	half, err := OpenAuthority(dir, c.now)
	if err != nil {
		t.Fatal(err)
	}
	if half.Pin() != first.Pin() {
		t.Errorf("after a crash half-way: got pin %s, want %s", half.Pin(), first.Pin())
	}
}

func TestDamagedAuthorityIsToldApart(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		damage func(dir string) error
		want   string
	}{
		{"key lost", func(d string) error { return os.Remove(filepath.Join(d, "ca.key")) }, "restore it from a backup"},
		{"key open to others", func(d string) error { return os.Chmod(filepath.Join(d, "ca.key"), 0o644) }, "chmod 600"},
		{"key empty", func(d string) error { return os.Truncate(filepath.Join(d, "ca.key"), 0) }, "no PEM block"},
		{"certificate empty", func(d string) error { return os.Truncate(filepath.Join(d, "ca.pem"), 0) }, "no PEM block"},
		{"key of another", func(d string) error {
			_, err := makeKey(filepath.Join(d, "ca.key"))
			return err
		}, "another key"},
		{"a leaf for an authority", func(d string) error {
			a, err := OpenAuthority(d, time.Now)
			if err != nil {
				return err
			}
			s, err := a.Server(nil)
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(d, "ca.pem"), pemCertificate(s.Certificate[0]), 0o644)
		}, "another key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "ca")
			if _, err := OpenAuthority(dir, time.Now); err != nil {
				t.Fatal(err)
			}
			if err := c.damage(dir); err != nil {
				t.Fatal(err)
			}
			if _, err := OpenAuthority(dir, time.Now); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}

func TestServerCertificate(t *testing.T) {
	t.Parallel()
	c := &clock{epoch}
	a := newAuthority(t, c.now)
	get, err := a.ServerCertificates([]string{"fengsui.example", "192.0.2.7", "2001:db8::7", ServerName})
	if err != nil {
		t.Fatal(err)
	}
	cert, err := get(&tls.ClientHelloInfo{})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{ServerName, "fengsui.example"}; !slices.Equal(cert.Leaf.DNSNames, want) {
		t.Errorf("got names %q, want %q", cert.Leaf.DNSNames, want)
	}
	if got := cert.Leaf.IPAddresses; len(got) != 2 || !got[0].Equal(net.ParseIP("192.0.2.7")) || !got[1].Equal(net.ParseIP("2001:db8::7")) {
		t.Errorf("got addresses %v, want 192.0.2.7 and 2001:db8::7", got)
	}
	if len(cert.Certificate) != 2 || !slices.Equal(cert.Certificate[1], a.cert.Raw) {
		t.Error("the chain does not end in the authority, want it there for the pin")
	}
	roots := x509.NewCertPool()
	roots.AddCert(a.cert)
	if _, err := cert.Leaf.Verify(x509.VerifyOptions{DNSName: ServerName, Roots: roots, CurrentTime: c.t}); err != nil {
		t.Errorf("verify: got %v, want it valid", err)
	}
	for _, step := range []struct {
		what string
		to   time.Duration // from the epoch
		new  bool
	}{
		{"at once", time.Second, false},
		{"after 59 days", 59 * 24 * time.Hour, false},
		{"30 days before its end", 60*24*time.Hour + time.Second, true},
		{"the clock set back by a year", -365 * 24 * time.Hour, true},
	} {
		c.t = epoch.Add(step.to)
		next, err := get(&tls.ClientHelloInfo{})
		if err != nil {
			t.Fatal(err)
		}
		if got := !next.Leaf.Equal(cert.Leaf); got != step.new {
			t.Errorf("%s: a new certificate is %v, want %v", step.what, got, step.new)
		}
		if c.t.Before(next.Leaf.NotBefore) || c.t.After(next.Leaf.NotAfter) {
			t.Errorf("%s: served a certificate of %v to %v at %v", step.what, next.Leaf.NotBefore, next.Leaf.NotAfter, c.t)
		}
		cert = next
	}
}
