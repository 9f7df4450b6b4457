package identity

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"strings"
)

// A Pin is the SHA-256 of the SubjectPublicKeyInfo of the collector's
// authority (RFC 7469, section 2.4), written "sha256:" and 64 hex digits.
type Pin [sha256.Size]byte

const pinPrefix = "sha256:"

// ParsePin reads a pin as String writes it.
func ParsePin(s string) (Pin, error) {
	var p Pin
	text, ok := strings.CutPrefix(strings.TrimSpace(s), pinPrefix)
	b, err := hex.DecodeString(text)
	if !ok || err != nil || len(b) != len(p) {
		return p, fmt.Errorf("the pin is %.100q, want %q and 64 hex digits, as fengsui-collector pin prints it", s, pinPrefix)
	}
	copy(p[:], b)
	return p, nil
}

// PinOf returns the pin of a certificate.
func PinOf(c *x509.Certificate) Pin { return sha256.Sum256(c.RawSubjectPublicKeyInfo) }

func (p Pin) String() string { return pinPrefix + hex.EncodeToString(p[:]) }
