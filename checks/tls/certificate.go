package tls

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// A certificate is what we need to know of one, also of those that crypto/x509
// does not take: SM2 keys, serials of zero, names in old encodings.
type certificate struct {
	raw                 []byte
	notBefore, notAfter time.Time
	keyBits             int    // of RSA, or of the curve
	key                 string // RSA, EC, SM2, or an object identifier
	signature           string // object identifier
	selfIssued          bool
	parsed              *x509.Certificate // nil: crypto/x509 refuses it
	refused             error             // why
}

// Object identifiers (RFC 8017, RFC 5480, GM/T 0006-2012).
var (
	oidRSA  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidEC   = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
	oidSM2  = asn1.ObjectIdentifier{1, 2, 156, 10197, 1, 301}
	oldSigs = map[string]string{
		"1.2.840.113549.1.1.4": "MD5 with RSA",
		"1.2.840.113549.1.1.2": "MD2 with RSA",
		"1.2.840.113549.1.1.5": "SHA-1 with RSA",
		"1.3.14.3.2.29":        "SHA-1 with RSA",
		"1.2.840.10045.4.1":    "SHA-1 with ECDSA",
		"1.2.840.10040.4.3":    "SHA-1 with DSA",
	}
)

// parse reads a certificate as far as needed.
func parse(der []byte) (certificate, error) {
	c := certificate{raw: der}
	if err := c.lenient(der); err != nil {
		return c, err
	}
	c.parsed, c.refused = x509.ParseCertificate(der)
	if c.parsed != nil {
		switch key := c.parsed.PublicKey.(type) {
		case *rsa.PublicKey:
			c.key, c.keyBits = "RSA", key.N.BitLen()
		case *ecdsa.PublicKey:
			c.key, c.keyBits = "EC", key.Curve.Params().BitSize
		}
	}
	return c, nil
}

// lenient reads the fields of a TBSCertificate that matter here (RFC 5280
// section 4.1), and no more.
func (c *certificate) lenient(der []byte) error {
	short := func(what string) error { return errors.New("the certificate is no DER: " + what) }
	s := cryptobyte.String(der)
	var whole, tbs, algorithm, issuer, validity, subject, key cryptobyte.String
	var oid asn1.ObjectIdentifier
	if !s.ReadASN1(&whole, cbasn1.SEQUENCE) || !whole.ReadASN1(&tbs, cbasn1.SEQUENCE) {
		return short("no sequence")
	}
	if !tbs.SkipOptionalASN1(cbasn1.Tag(0).Constructed().ContextSpecific()) || !tbs.SkipASN1(cbasn1.INTEGER) {
		return short("no serial number")
	}
	if !tbs.ReadASN1(&algorithm, cbasn1.SEQUENCE) || !algorithm.ReadASN1ObjectIdentifier(&oid) {
		return short("no signature algorithm")
	}
	c.signature = oid.String()
	if !tbs.ReadASN1Element(&issuer, cbasn1.SEQUENCE) || !tbs.ReadASN1(&validity, cbasn1.SEQUENCE) {
		return short("no dates")
	}
	var ok1, ok2 bool
	c.notBefore, ok1 = date(&validity)
	c.notAfter, ok2 = date(&validity)
	if !ok1 || !ok2 {
		return short("dates that are none")
	}
	if !tbs.ReadASN1Element(&subject, cbasn1.SEQUENCE) || !tbs.ReadASN1(&key, cbasn1.SEQUENCE) || !key.ReadASN1(&algorithm, cbasn1.SEQUENCE) || !algorithm.ReadASN1ObjectIdentifier(&oid) {
		return short("no key")
	}
	c.selfIssued = string(issuer) == string(subject)
	c.key = oid.String()
	switch {
	case oid.Equal(oidRSA):
		c.key = "RSA"
		var bits asn1.BitString
		if key.ReadASN1BitString(&bits) {
			c.keyBits = rsaBits(bits.Bytes)
		}
	case oid.Equal(oidEC):
		c.key = "EC"
		var curve asn1.ObjectIdentifier
		if algorithm.ReadASN1ObjectIdentifier(&curve) && curve.Equal(oidSM2) {
			c.key, c.keyBits = "SM2", 256
		}
	}
	return nil
}

func date(s *cryptobyte.String) (t time.Time, ok bool) {
	if s.PeekASN1Tag(cbasn1.UTCTime) {
		return t, s.ReadASN1UTCTime(&t)
	}
	return t, s.ReadASN1GeneralizedTime(&t)
}

func rsaBits(der []byte) int {
	s := cryptobyte.String(der)
	var key cryptobyte.String
	var modulus cryptobyte.String
	if !s.ReadASN1(&key, cbasn1.SEQUENCE) || !key.ReadASN1(&modulus, cbasn1.INTEGER) {
		return 0
	}
	for len(modulus) > 0 && modulus[0] == 0 {
		modulus = modulus[1:]
	}
	if len(modulus) == 0 {
		return 0
	}
	bits := 8 * (len(modulus) - 1)
	for b := modulus[0]; b > 0; b >>= 1 {
		bits++
	}
	return bits
}

// weak says why a key or signature is too weak; empty when it is not.
func (c certificate) weakKey() string {
	switch {
	case c.key == "RSA" && c.keyBits > 0 && c.keyBits < 2048:
		return fmt.Sprintf("RSA of %d bits, want at least 2048", c.keyBits)
	case c.key == "EC" && c.keyBits > 0 && c.keyBits < 256:
		return fmt.Sprintf("a curve of %d bits, want at least 256", c.keyBits)
	}
	return ""
}

// weakSignature names a signature by SHA-1 or MD5; that of a root says nothing.
func (c certificate) weakSignature() string {
	if c.selfIssued {
		return ""
	}
	return oldSigs[c.signature]
}

// Weak says what is too weak in a chain: a key that is too short, or a signature
// by SHA-1 or MD5; empty when nothing is.
func Weak(chain []*x509.Certificate) string {
	var all []string
	for _, x := range chain {
		c, err := parse(x.Raw)
		if err != nil {
			continue
		}
		for _, why := range []string{c.weakKey(), c.weakSignature()} {
			if why != "" {
				all = append(all, why)
			}
		}
	}
	return strings.Join(all, "; ")
}
