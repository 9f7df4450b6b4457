// Package identity knows the agents: the certificate authority, built in or
// the bureau's own, one-time codes that are exchanged for certificates, the
// register of who speaks for which site, and one function that judges a
// certificate at every call.
package identity

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"time"
)

// ServerName is the name that every collector's certificate carries, whatever
// address agents reach it at.
const ServerName = "collector.fengsui"

const (
	authorityLife = 20 * 365 * 24 * time.Hour
	serverLife    = 90 * 24 * time.Hour
	serverRenew   = 30 * 24 * time.Hour // before its end a server certificate is made anew
	agentLife     = 365 * 24 * time.Hour

	// backdate is how long before its making a certificate begins, so that a
	// clock which is set back a little makes none invalid.
	backdate = 24 * time.Hour
)

// An Authority signs the certificates of one collector and its agents: the
// built-in one ([OpenAuthority]), whose key is ECDSA P-256 and never leaves its
// directory, or the bureau's own ([OpenOwn]).
type Authority struct {
	cert *x509.Certificate
	key  crypto.Signer
	now  func() time.Time

	path string // of its folder, or of the own one's certificate
	own  bool   // the bureau's
}

// OpenAuthority opens the authority in dir (<data>/ca: ca.key and ca.pem), or
// makes one where there is none. A key without its certificate, as a crash
// half-way leaves it, gets a new certificate: the pin is of the key, so no
// agent notices. A certificate without its key is an error: a new key would
// lock every agent out.
func OpenAuthority(dir string, now func() time.Time) (*Authority, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the directory of the authority: %w", err)
	}
	a := &Authority{now: now, path: dir}
	keyPath, certPath := filepath.Join(dir, "ca.key"), filepath.Join(dir, "ca.pem")
	_, certErr := os.Stat(certPath)
	key, err := readKey(keyPath)
	switch {
	case errors.Is(err, fs.ErrNotExist) && certErr == nil:
		return nil, fmt.Errorf("open the authority: %s is missing beside ca.pem: restore it from a backup, or delete ca.pem too and enrol every agent again", keyPath)
	case errors.Is(err, fs.ErrNotExist):
		if key, err = makeKey(keyPath); err != nil {
			return nil, fmt.Errorf("make the authority's key: %w", err)
		}
	case err != nil:
		return nil, fmt.Errorf("open the authority: %w", err)
	}
	a.key = key
	if certErr != nil {
		if err := a.makeCertificate(certPath); err != nil {
			return nil, fmt.Errorf("make the authority's certificate: %w", err)
		}
	}
	der, err := readPEM(certPath, "CERTIFICATE")
	if err != nil {
		return nil, fmt.Errorf("open the authority: %w", err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		return nil, fmt.Errorf("open the authority: %s: %w", certPath, err)
	}
	if !key.PublicKey.Equal(a.cert.PublicKey) {
		return nil, fmt.Errorf("open the authority: ca.pem in %s is of another key than ca.key: restore both from the same backup", dir)
	}
	if !a.cert.IsCA {
		return nil, fmt.Errorf("open the authority: %s is no authority's certificate (it lacks CA:TRUE)", certPath)
	}
	return a, nil
}

// Pin is what agents are told at enrolment: "sha256:" and the hex SHA-256 of
// the authority's SubjectPublicKeyInfo (RFC 7469, section 2.4).
func (a *Authority) Pin() string {
	sum := sha256.Sum256(a.cert.RawSubjectPublicKeyInfo)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Ends is when its own certificate ends, and with it the trust of every agent,
// unless it was renewed before with the same key.
func (a *Authority) Ends() time.Time { return a.cert.NotAfter }

// Certificate is the authority's own certificate.
func (a *Authority) Certificate() *x509.Certificate { return a.cert }

func makeKey(path string) (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return key, WriteWhole(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600)
}

func readKey(path string) (*ecdsa.PrivateKey, error) {
	if err := closed(path); err != nil {
		return nil, err
	}
	der, err := readPEM(path, "PRIVATE KEY")
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	k, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s holds a key of type %T, want ECDSA", path, key)
	}
	return k, nil
}

// closed refuses a key that others than its owner may read.
func closed(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if open := info.Mode().Perm() & 0o077; open != 0 {
		return fmt.Errorf("%s has mode %04o, want 0600: others could sign certificates (chmod 600 %s)", path, info.Mode().Perm(), path)
	}
	return nil
}

func (a *Authority) makeCertificate(path string) error {
	now := a.now()
	template := &x509.Certificate{
		SerialNumber:          newSerial(),
		Subject:               pkix.Name{CommonName: "Fengsui collector CA"},
		NotBefore:             now.Add(-backdate),
		NotAfter:              now.Add(authorityLife),
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true, // it signs leaves only
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	if err != nil {
		return err
	}
	return WriteWhole(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644)
}

// newSerial returns 127 random bits (RFC 5280, section 4.1.2.2).
func newSerial() *big.Int {
	var b [16]byte
	rand.Read(b[:])
	b[0] = b[0]&0x7f | 0x40 // positive, and of one length in hex
	return new(big.Int).SetBytes(b[:])
}

func readPEM(path, kind string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != kind {
		return nil, fmt.Errorf("%s holds no PEM block %q", path, kind)
	}
	return block.Bytes, nil
}

// WriteWhole writes a file that is there whole or not at all, on disk when it
// returns.
func WriteWhole(path string, data []byte, mode os.FileMode) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close(), os.Remove(f.Name()))
		}
	}()
	if err := f.Chmod(mode); err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close(), f.Close())
}
