package identity

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// Bounds of the files of a CA.
const (
	maxCAFile = 1 << 20
	maxChain  = 10
	minRSA    = 2048
	maxRSA    = 8192 // agents' TLS takes no larger one in a chain
)

// OpenOwn opens the bureau's own CA: a certificate in PEM, which others may
// follow up to a root, and its key. The first certificate signs; agents pin
// its key and never look above it, so the others are only compared.
//
// names are those of the server's certificate. A CA is refused when what it
// signs would not be valid, which a site would otherwise find out.
func OpenOwn(certPath, keyPath string, names []string, now func() time.Time) (*Authority, error) {
	chain, err := readChain(certPath)
	if err != nil {
		return nil, fmt.Errorf("open the bureau's own CA (ca_cert): %w", err)
	}
	key, err := readOwnKey(keyPath)
	if err != nil {
		return nil, fmt.Errorf("open the bureau's own CA (ca_key): %w", err)
	}
	if at := slices.IndexFunc(chain, func(c *x509.Certificate) bool { return publicEqual(key, c) }); at < 0 {
		return nil, fmt.Errorf("open the bureau's own CA: the key %s does not belong to the certificate %s (%q), want both of one CA", keyPath, certPath, chain[0].Subject)
	} else if at > 0 {
		return nil, fmt.Errorf("open the bureau's own CA: the key %s belongs to certificate %d of %s (%q), want that one first and those above it behind it", keyPath, at+1, certPath, chain[at].Subject)
	}
	a := &Authority{cert: chain[0], key: key, now: now, path: certPath, own: true}
	if err := a.mayAct(chain, names); err != nil {
		return nil, fmt.Errorf("open the bureau's own CA: %s (%q) %w", certPath, chain[0].Subject, err)
	}
	return a, nil
}

// mayAct judges whether what the CA signs will be valid: for agents, who trust
// its key itself, and for whoever trusts the top of its chain.
func (a *Authority) mayAct(chain []*x509.Certificate, names []string) error {
	now := a.now()
	switch {
	case !a.cert.BasicConstraintsValid || !a.cert.IsCA:
		return errors.New("is no CA's certificate: it lacks the basic constraint CA:TRUE")
	case a.cert.KeyUsage&x509.KeyUsageCertSign == 0:
		return errors.New("may not sign certificates: it lacks the key usage keyCertSign, want a certificate with it for the same key")
	case now.Before(a.cert.NotBefore):
		return fmt.Errorf("is valid from %s on, and the clock of this machine says %s", stamp(a.cert.NotBefore), stamp(now))
	case now.After(a.cert.NotAfter):
		return fmt.Errorf("ended at %s, and the clock of this machine says %s: want a renewed one; with the same key no agent notices", stamp(a.cert.NotAfter), stamp(now))
	}
	server, err := a.Server(names)
	if err != nil {
		return fmt.Errorf("cannot sign: %w", err)
	}
	agent, err := a.sample()
	if err != nil {
		return fmt.Errorf("cannot sign: %w", err)
	}
	for _, way := range [][]*x509.Certificate{chain[:1], chain} {
		roots, between := x509.NewCertPool(), x509.NewCertPool()
		for i, c := range undated(way) {
			if i == len(way)-1 {
				roots.AddCert(c)
			} else {
				between.AddCert(c)
			}
		}
		for _, leaf := range []struct {
			what  string
			cert  *x509.Certificate
			usage x509.ExtKeyUsage
		}{{"the server", server.Leaf, x509.ExtKeyUsageServerAuth}, {"an agent", agent, x509.ExtKeyUsageClientAuth}} {
			_, err := leaf.cert.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{leaf.usage}})
			if err == nil {
				continue
			}
			if len(way) > 1 {
				return fmt.Errorf("cannot be used: a certificate that it signs for %s is not valid under the last of the %d certificates in the file (%q): %w; want each certificate behind the first to have signed the one before it, and none to limit it so", leaf.what, len(way), way[len(way)-1].Subject, err)
			}
			return fmt.Errorf("cannot be used: a certificate that it signs for %s is not valid: %w; want a CA whose path length, name constraints (%s, fengsui://agent/…) and extended usages (serverAuth, clientAuth) permit it", leaf.what, err, ServerName)
		}
	}
	return nil
}

// sample makes a certificate as an agent gets it, for nobody.
func (a *Authority) sample() (*x509.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		return nil, err
	}
	request, err := checkRequest(der)
	if err != nil {
		return nil, err
	}
	return a.issue(request, newUUID(), a.now(), time.Time{})
}

// undated returns copies that were always valid: an old root above a CA that
// agents pin harms nobody.
func undated(chain []*x509.Certificate) []*x509.Certificate {
	all := make([]*x509.Certificate, len(chain))
	for i, c := range chain {
		free := *c
		free.NotBefore, free.NotAfter = time.Unix(0, 0), time.Unix(1<<40, 0)
		all[i] = &free
	}
	return all
}

// readChain reads the certificates of a file, in their order.
func readChain(path string) (chain []*x509.Certificate, err error) {
	err = eachBlock(path, func(b *pem.Block) error {
		if b.Type != "CERTIFICATE" {
			return nil
		}
		c, err := x509.ParseCertificate(b.Bytes)
		if err != nil {
			return fmt.Errorf("certificate %d in %s cannot be read: %w; want one with an ECDSA or RSA key (not SM2)", len(chain)+1, path, err)
		}
		chain = append(chain, c)
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case len(chain) == 0:
		return nil, fmt.Errorf("%s holds no certificate in PEM (-----BEGIN CERTIFICATE-----)", path)
	case len(chain) > maxChain:
		return nil, fmt.Errorf("%s holds %d certificates, want the CA's and those above it, at most %d", path, len(chain), maxChain)
	}
	return chain, nil
}

// readOwnKey reads a key that nobody else may read. No error quotes the file.
func readOwnKey(path string) (key crypto.Signer, err error) {
	if err := closed(path); err != nil {
		return nil, err
	}
	err = eachBlock(path, func(b *pem.Block) error {
		var parse func([]byte) (any, error)
		switch {
		case b.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(b.Headers["Proc-Type"], "ENCRYPTED"):
			return fmt.Errorf("the key in %s is encrypted, and the collector starts without a person: want it without a passphrase (openssl pkey -in OLD -out NEW), with mode 0600", path)
		case b.Type == "PRIVATE KEY":
			parse = x509.ParsePKCS8PrivateKey
		case b.Type == "EC PRIVATE KEY":
			parse = func(der []byte) (any, error) { return x509.ParseECPrivateKey(der) }
		case b.Type == "RSA PRIVATE KEY":
			parse = func(der []byte) (any, error) { return x509.ParsePKCS1PrivateKey(der) }
		default:
			return nil // parameters of a curve, a certificate
		}
		if key != nil {
			return fmt.Errorf("%s holds several keys, want the CA's alone", path)
		}
		k, err := parse(b.Bytes)
		if err != nil {
			return fmt.Errorf("the key in %s (%s) cannot be read, want ECDSA P-256 or P-384, or RSA (not SM2)", path, b.Type)
		}
		key, err = strong(path, k)
		return err
	})
	if err == nil && key == nil {
		err = fmt.Errorf("%s holds no key in PEM (-----BEGIN PRIVATE KEY-----)", path)
	}
	return key, err
}

// strong takes keys whose signatures every agent can check.
func strong(path string, k any) (crypto.Signer, error) {
	const want = "want ECDSA P-256 or P-384, or RSA of 2048 to 8192 bits"
	switch k := k.(type) {
	case *ecdsa.PrivateKey:
		if k.Curve == elliptic.P256() || k.Curve == elliptic.P384() {
			return k, nil
		}
		return nil, fmt.Errorf("the key in %s is ECDSA %s, %s", path, k.Curve.Params().Name, want)
	case *rsa.PrivateKey:
		if n := k.N.BitLen(); n < minRSA || n > maxRSA {
			return nil, fmt.Errorf("the key in %s is RSA of %d bits, %s", path, n, want)
		}
		return k, nil
	}
	return nil, fmt.Errorf("the key in %s is a %T, %s", path, k, want)
}

func publicEqual(key crypto.Signer, c *x509.Certificate) bool {
	public, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool })
	return ok && public.Equal(c.PublicKey)
}

// eachBlock calls do with every PEM block of a file of bounded size.
func eachBlock(path string, do func(*pem.Block) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxCAFile+1))
	if err != nil {
		return err
	}
	if len(text) > maxCAFile {
		return fmt.Errorf("%s is larger than %d KiB, want a file of PEM blocks", path, maxCAFile>>10)
	}
	for {
		var b *pem.Block
		if b, text = pem.Decode(text); b == nil {
			return nil
		}
		if err := do(b); err != nil {
			return err
		}
	}
}
