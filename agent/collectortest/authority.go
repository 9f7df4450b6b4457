// Package collectortest is a small collector in memory for the agent's tests:
// real TLS on a real listener, every result accounted for, and faults on
// demand.
package collectortest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"

	"fengsui/agent/identity"
)

// An Authority signs certificates for a test.
type Authority struct {
	Cert *x509.Certificate
	key  *ecdsa.PrivateKey
	t    testing.TB
}

// NewAuthority makes an authority.
func NewAuthority(t testing.TB) *Authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := &Authority{key: key, t: t}
	a.Cert = a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "Fengsui test authority"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}, nil, &key.PublicKey)
	return a
}

// sign signs a certificate that is valid now, unless the template says else.
func (a *Authority) sign(template, parent *x509.Certificate, key any) *x509.Certificate {
	a.t.Helper()
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		a.t.Fatal(err)
	}
	template.SerialNumber = serial
	if template.NotBefore.IsZero() {
		template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour)
	}
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return cert
}

// Pin returns what agents trust.
func (a *Authority) Pin() identity.Pin { return identity.PinOf(a.Cert) }

// Server returns a collector's certificate; change may spoil it.
func (a *Authority) Server(change func(*x509.Certificate)) tls.Certificate {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template := &x509.Certificate{
		DNSNames: []string{identity.ServerName}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if change != nil {
		change(template)
	}
	cert := a.sign(template, a.Cert, &key.PublicKey)
	return tls.Certificate{Certificate: [][]byte{cert.Raw, a.Cert.Raw}, PrivateKey: key, Leaf: cert}
}

// Client signs an agent's request.
func (a *Authority) Client(request []byte) *x509.Certificate {
	a.t.Helper()
	csr, err := x509.ParseCertificateRequest(request)
	if err != nil {
		a.t.Fatal(err)
	}
	if err := csr.CheckSignature(); err != nil {
		a.t.Fatal(err)
	}
	return a.sign(&x509.Certificate{
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, a.Cert, csr.PublicKey)
}
