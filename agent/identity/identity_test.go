package identity_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fengsui/agent/collectortest"
	"fengsui/agent/identity"
	"fengsui/collector/wire"
)

// enrol enrols with a key of its own.
func enrol(t *testing.T, collectors []string, pin identity.Pin, code string) (*identity.Identity, error) {
	t.Helper()
	key, err := identity.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	return identity.Desk{Collectors: collectors, Pin: pin, Version: "test"}.Enrol(t.Context(), code, key)
}

func TestEnrol(t *testing.T) {
	t.Parallel()
	for _, listen := range []string{"127.0.0.1:0", "[::1]:0"} {
		c := collectortest.Start(t, listen, nil)
		// A dead address before the living one costs nothing but its refusal.
		collectors := []string{"127.0.0.1:1", c.Addr}
		id, err := enrol(t, collectors, c.Authority.Pin(), " 7k3m9-pq2xa\n")
		if err != nil {
			t.Fatalf("enrol at %s: %v", listen, err)
		}
		if id.Site != "qingfu" || id.SiteName != "青福镇" || len(id.Collectors) != 2 {
			t.Errorf("got site %q, name %q, collectors %v", id.Site, id.SiteName, id.Collectors)
		}

		dir := filepath.Join(t.TempDir(), "data")
		if err := id.Save(dir); err != nil {
			t.Fatal(err)
		}
		again, err := identity.Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		if again.Pin != id.Pin || !again.Certificate.Equal(id.Certificate) || again.SiteName != id.SiteName || len(again.Authority) != 1 {
			t.Errorf("loaded %+v, saved %+v", again, id)
		}
		files, _ := filepath.Glob(filepath.Join(dir, "*"))
		if len(files) != 1 {
			t.Errorf("the data directory holds %v, want one file", files)
		}
		if info, err := os.Stat(files[0]); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v, %v, want 0600: the file holds the key", info.Mode().Perm(), err)
		}

		// The code is used up.
		_, err = enrol(t, collectors, c.Authority.Pin(), collectortest.Code)
		if r := wire.RefusalOf(err); r == nil || r.Code != wire.CodeUsed {
			t.Errorf("a second enrolment with the code: %v, want the refusal %s", err, wire.CodeUsed)
		}
	}
}

func TestEnrolRefused(t *testing.T) {
	t.Parallel()
	c := collectortest.Start(t, "127.0.0.1:0", nil)
	other := collectortest.NewAuthority(t)
	for name, row := range map[string]struct {
		pin        identity.Pin
		collectors []string
		code, want string
	}{
		"wrong code":    {c.Authority.Pin(), []string{c.Addr}, "AAAAAAAAAA", "refused: code_wrong"},
		"wrong pin":     {other.Pin(), []string{c.Addr}, collectortest.Code, "holds no authority with the pin sha256:"},
		"no code":       {c.Authority.Pin(), []string{c.Addr}, " \n", "no enrolment code"},
		"strange code":  {c.Authority.Pin(), []string{c.Addr}, "7K3M9PQ2X!", "neither letter nor digit"},
		"long code":     {c.Authority.Pin(), []string{c.Addr}, strings.Repeat("7K3M9PQ2XA", 9), "90 characters"},
		"no address":    {c.Authority.Pin(), nil, collectortest.Code, "no collector address"},
		"wrong address": {c.Authority.Pin(), []string{"collector"}, collectortest.Code, "host:port"},
		"wrong port":    {c.Authority.Pin(), []string{"127.0.0.1:70000"}, collectortest.Code, "1 to 65535"},
		"nobody there":  {c.Authority.Pin(), []string{"127.0.0.1:1"}, collectortest.Code, "connect to 127.0.0.1:1"},
	} {
		_, err := enrol(t, row.collectors, row.pin, row.code)
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v, want %q", name, err, row.want)
		} else if strings.Contains(err.Error(), strings.TrimSpace(row.code)) && row.code != " \n" {
			t.Errorf("%s: the error repeats the code: %v", name, err)
		}
	}
	if _, err := enrol(t, []string{c.Addr}, c.Authority.Pin(), collectortest.Code); err != nil {
		t.Errorf("after all the refusals: %v", err)
	}
}

// TestTrust handshakes with servers whose certificates are wrong in one way.
func TestTrust(t *testing.T) {
	t.Parallel()
	now := time.Now()
	year := 365 * 24 * time.Hour
	knows := func(at time.Time) func() (time.Time, bool) { return func() (time.Time, bool) { return at, true } }
	old := func(c *x509.Certificate) { c.NotBefore, c.NotAfter = now.Add(-2*year), now.Add(-year) }
	a, other := collectortest.NewAuthority(t), collectortest.NewAuthority(t)
	foreign := other.Server(nil)
	foreign.Certificate[1] = a.Cert.Raw // shows our authority, signed by another
	alone := a.Server(nil)
	alone.Certificate = alone.Certificate[:1]
	for name, row := range map[string]struct {
		cert  tls.Certificate
		trust identity.Trust
		want  string // "" for trusted
		what  identity.TrustFault
	}{
		"ours":                      {a.Server(nil), identity.Trust{Pin: a.Pin()}, "", 0},
		"ours, time known":          {a.Server(nil), identity.Trust{Pin: a.Pin(), Now: knows(now)}, "", 0},
		"another authority":         {other.Server(nil), identity.Trust{Pin: a.Pin()}, "holds no authority", identity.ForeignAuthority},
		"signed by another":         {foreign, identity.Trust{Pin: a.Pin()}, "not of the pinned authority", identity.ForeignAuthority},
		"authority not shown":       {alone, identity.Trust{Pin: a.Pin()}, "holds no authority", identity.ForeignAuthority},
		"authority known from disk": {alone, identity.Trust{Pin: a.Pin(), Authority: []*x509.Certificate{a.Cert}}, "", 0},
		"another name": {a.Server(func(c *x509.Certificate) { c.DNSNames = []string{"agent.fengsui"} }),
			identity.Trust{Pin: a.Pin()}, `is for ["agent.fengsui"]`, identity.WrongName},
		"an agent's": {a.Server(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }),
			identity.Trust{Pin: a.Pin()}, "lacks serverAuth", identity.WrongName},
		"expired, time unknown": {a.Server(old), identity.Trust{Pin: a.Pin()}, "", 0},
		"expired, time known":   {a.Server(old), identity.Trust{Pin: a.Pin(), Now: knows(now)}, "is valid from", identity.WrongDate},
		"not yet valid": {a.Server(func(c *x509.Certificate) { c.NotBefore, c.NotAfter = now.Add(time.Hour), now.Add(year) }),
			identity.Trust{Pin: a.Pin(), Now: knows(now)}, "is valid from", identity.WrongDate},
		"the wall clock of this box is wrong by years": {
			a.Server(func(c *x509.Certificate) { c.NotBefore, c.NotAfter = now.Add(9*year), now.Add(10*year) }),
			identity.Trust{Pin: a.Pin(), Now: knows(now.Add(9*year + time.Hour))}, "is valid from", identity.WrongDate}, // the authority's dates are judged too
	} {
		err := handshake(t, row.cert, row.trust.ClientConfig(nil))
		trust, typed := errors.AsType[*identity.TrustError](err)
		switch {
		case row.want == "" && err != nil:
			t.Errorf("%s: %v, want trust", name, err)
		case row.want != "" && (!typed || trust.What != row.what || !strings.Contains(err.Error(), row.want)):
			t.Errorf("%s: %v, want a TrustError %d with %q", name, err, row.what, row.want)
		}
	}
}

func handshake(t *testing.T, cert tls.Certificate, client *tls.Config) error {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		c, err := l.Accept()
		if err == nil {
			c.(*tls.Conn).HandshakeContext(context.Background())
			c.Close()
		}
	}()
	c, err := tls.Dial("tcp", l.Addr().String(), client)
	if err == nil {
		c.Close()
	}
	<-done
	return err
}

func TestParsePin(t *testing.T) {
	t.Parallel()
	pin := collectortest.NewAuthority(t).Pin()
	for text, ok := range map[string]bool{
		pin.String():               true,
		"\t" + pin.String() + "\n": true,
		"":                         false,
		strings.TrimPrefix(pin.String(), "sha256:"): false,
		pin.String()[:20]:                    false,
		"sha256:" + strings.Repeat("zz", 32): false,
		"md5:" + strings.Repeat("00", 32):    false,
	} {
		got, err := identity.ParsePin(text)
		if (err == nil) != ok || ok && got != pin {
			t.Errorf("pin %q: %v, %v, want ok %v", text, got, err, ok)
		}
	}
}

func TestLoadDamaged(t *testing.T) {
	t.Parallel()
	if _, err := identity.Load(t.TempDir()); !errors.Is(err, identity.ErrNotEnrolled) {
		t.Errorf("an empty directory: %v, want ErrNotEnrolled", err)
	}
	c := collectortest.Start(t, "127.0.0.1:0", nil)
	dir := t.TempDir()
	if err := c.Identity(t).Save(dir); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "identity.json")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	otherDir := t.TempDir()
	if err := c.Identity(t).Save(otherDir); err != nil {
		t.Fatal(err)
	}
	mixed := func() string { // the key of one and the certificate of another
		key := func(s string) string {
			_, s, _ = strings.Cut(s, `"key"`)
			s, _, _ = strings.Cut(s, `"certificate"`)
			return s
		}
		other, err := os.ReadFile(filepath.Join(otherDir, "identity.json"))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Replace(string(whole), key(string(whole)), key(string(other)), 1)
	}
	for name, text := range map[string]string{
		"empty": "", "cut": string(whole[:len(whole)/2]), "no JSON": "\x00\x01", "no fields": "{}", "mixed": mixed(),
		"no certificate": strings.Replace(string(whole), "BEGIN CERTIFICATE", "BEGIN NOTHING", 1),
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := identity.Load(dir)
		if err == nil || errors.Is(err, identity.ErrNotEnrolled) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, want an error that names the file and is not ErrNotEnrolled", name, err)
		} else if strings.Contains(err.Error(), "PRIVATE") {
			t.Errorf("%s: the error shows the key: %v", name, err)
		}
	}
}

// TestSwap: a renewal does not undo an enrolment that came between.
func TestSwap(t *testing.T) {
	t.Parallel()
	c := collectortest.Start(t, "127.0.0.1:0", nil)
	old, next, anew := c.Identity(t), c.Identity(t), c.Identity(t)
	dir := t.TempDir()
	for _, step := range []error{old.Save(dir), identity.Swap(dir, old, next), anew.Save(dir)} {
		if step != nil {
			t.Fatal(step)
		}
	}
	if err := identity.Swap(dir, next, old); err == nil || !strings.Contains(err.Error(), "enrolled anew") {
		t.Errorf("got %v, want it refused", err)
	}
	if got, err := identity.Load(dir); err != nil || !got.Certificate.Equal(anew.Certificate) {
		t.Errorf("got %v, %v; want the newest enrolment", got, err)
	}
}

// TestRenewalDue: at two thirds of the life, as the collector sees it.
func TestRenewalDue(t *testing.T) {
	t.Parallel()
	id := collectortest.Start(t, "127.0.0.1:0", nil).Identity(t)
	from, until := id.Certificate.NotBefore, id.Certificate.NotAfter
	due := from.Add(until.Sub(from) * 2 / 3)
	if id.RenewalDue(due.Add(-time.Second)) || !id.RenewalDue(due) {
		t.Errorf("due a second before %v: %v, then: %v", due, id.RenewalDue(due.Add(-time.Second)), id.RenewalDue(due))
	}
}
