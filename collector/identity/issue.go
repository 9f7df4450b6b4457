package identity

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"fmt"
	"net"
	"net/url"
	"sync"
	"time"
)

// Server makes a certificate for the agents' listener: for [ServerName] and
// the names and addresses given, good for 90 days. Its chain holds the
// authority, by whose pin agents know it.
func (a *Authority) Server(names []string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make the server's key: %w", err)
	}
	now := a.now()
	template := &x509.Certificate{
		SerialNumber: newSerial(),
		Subject:      pkix.Name{CommonName: ServerName},
		NotBefore:    now.Add(-backdate),
		NotAfter:     now.Add(serverLife),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:     []string{ServerName},
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else if name != ServerName {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("sign the server's certificate for %q: %w", names, err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("sign the server's certificate for %q: %w", names, err)
	}
	return tls.Certificate{Certificate: [][]byte{der, a.cert.Raw}, PrivateKey: key, Leaf: leaf}, nil
}

// ServerCertificates returns a function for [tls.Config].GetCertificate whose
// certificate is made now, and again 30 days before it ends or when the clock
// was set back before its begin.
func (a *Authority) ServerCertificates(names []string) (func(*tls.ClientHelloInfo) (*tls.Certificate, error), error) {
	first, err := a.Server(names)
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	current := &first
	return func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		mu.Lock()
		defer mu.Unlock()
		now := a.now()
		if now.Before(current.Leaf.NotBefore) || now.After(current.Leaf.NotAfter.Add(-serverRenew)) {
			next, err := a.Server(names)
			if err != nil {
				return nil, err
			}
			current = &next
		}
		return current, nil
	}, nil
}

// checkRequest reads a signing request (PKCS #10, DER). Only its key and its
// signature count: who the certificate is for, the one-time code says.
func checkRequest(der []byte) (*x509.CertificateRequest, error) {
	r, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return nil, fmt.Errorf("it cannot be read: %w", err)
	}
	if err := r.CheckSignature(); err != nil {
		return nil, fmt.Errorf("its signature does not fit its key: %w", err)
	}
	switch k := r.PublicKey.(type) {
	case *ecdsa.PublicKey:
		if k.Curve.Params().BitSize >= 256 {
			return r, nil
		}
		return nil, fmt.Errorf("its key is ECDSA %s, want P-256 or better", k.Params().Name)
	case ed25519.PublicKey:
		return r, nil
	}
	return nil, fmt.Errorf("its key is %s, want ECDSA or Ed25519", r.PublicKeyAlgorithm)
}

// issue makes the certificate of an agent: for clients only, a year long. It
// begins no earlier than the newest one that the agent used, whatever the clock
// did since, because that decides which is in force.
func (a *Authority) issue(r *x509.CertificateRequest, agent [16]byte, now, newest time.Time) (*x509.Certificate, error) {
	begins := now.Add(-backdate)
	if begins.Before(newest) {
		begins = newest
	}
	template := &x509.Certificate{
		SerialNumber: newSerial(),
		Subject:      pkix.Name{CommonName: formatUUID(agent)},
		NotBefore:    begins,
		NotAfter:     now.Add(agentLife),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		URIs:         []*url.URL{{Scheme: "fengsui", Host: "agent", Path: "/" + formatUUID(agent)}},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, r.PublicKey, a.key)
	if err != nil {
		return nil, fmt.Errorf("sign the certificate of agent %s: %w", formatUUID(agent), err)
	}
	return x509.ParseCertificate(der)
}

// newUUID returns a random UUID (RFC 9562, section 5.4).
func newUUID() (id [16]byte) {
	rand.Read(id[:])
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return id
}

func formatUUID(id [16]byte) string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}

// agentOf reads the agent's id from the one URI name of its certificate.
func agentOf(c *x509.Certificate) (id [16]byte, err error) {
	if len(c.URIs) != 1 {
		return id, fmt.Errorf("it has %d URI names, want one", len(c.URIs))
	}
	u := c.URIs[0]
	text := u.String()
	const want = "fengsui://agent/"
	bad := fmt.Errorf("its URI name is %.100q, want %s<uuid>", text, want)
	if len(text) != len(want)+36 || text[:len(want)] != want {
		return id, bad
	}
	uuid := text[len(want):]
	b, err := hex.DecodeString(uuid[:8] + uuid[9:13] + uuid[14:18] + uuid[19:23] + uuid[24:])
	if err != nil || len(b) != len(id) {
		return id, bad
	}
	copy(id[:], b)
	if formatUUID(id) != uuid { // upper case, other separators: one spelling only
		return [16]byte{}, bad
	}
	return id, nil
}
