// Package identity is who an agent is and whom it believes: its key and
// certificate, the pin of the collector's authority, and the one-time
// enrolment that gets them.
package identity

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"fengsui/agent/disk"
)

// An Identity is what an enrolment leaves behind. It is never changed; a new
// enrolment makes another one.
type Identity struct {
	Site     string // id, as the inventory has it
	SiteName string // Chinese
	Agent    []byte // 16 bytes
	Pin      Pin    // of the collector's authority

	Collectors []string // the addresses that were given at enrolment

	Key         *Key
	Certificate *x509.Certificate
	Authority   []*x509.Certificate // the collector's CA, as enrolment gave it
}

// TLS returns the certificate and key for a handshake.
func (id *Identity) TLS() *tls.Certificate {
	return &tls.Certificate{
		Certificate: [][]byte{id.Certificate.Raw},
		PrivateKey:  id.Key.private,
		Leaf:        id.Certificate,
	}
}

// ErrNotEnrolled says that a data directory holds no identity.
var ErrNotEnrolled = errors.New("not enrolled")

// fileName is the one file of an identity: key, certificate and site change
// together or not at all.
const fileName = "identity.json"

// file is the shape of the file.
type file struct {
	Site        string   `json:"site"`
	SiteName    string   `json:"site_name"`
	Agent       []byte   `json:"agent"`
	Pin         string   `json:"pin"`
	Collectors  []string `json:"collectors"`
	Key         string   `json:"key"`
	Certificate string   `json:"certificate"`
	Authority   []string `json:"authority"`
}

// Load reads the identity of a data directory. The error is [ErrNotEnrolled]
// when there is none; a damaged one is told apart.
func Load(data string) (*Identity, error) {
	path := filepath.Join(data, fileName)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: there is no %s; run fengsui-agent enroll", ErrNotEnrolled, path)
	}
	if err != nil {
		return nil, fmt.Errorf("read the identity: %w", err)
	}
	id, err := decode(text)
	if err != nil {
		return nil, fmt.Errorf("read the identity %s: %w; enrol this site again", path, err)
	}
	return id, nil
}

func decode(text []byte) (*Identity, error) {
	var f file
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, err
	}
	pin, err := ParsePin(f.Pin)
	if err != nil {
		return nil, err
	}
	key, err := parseKey(f.Key)
	if err != nil {
		return nil, err
	}
	cert, err := parseCertificate(f.Certificate)
	if err != nil {
		return nil, err
	}
	id := &Identity{Site: f.Site, SiteName: f.SiteName, Agent: f.Agent, Pin: pin, Collectors: f.Collectors, Key: key, Certificate: cert}
	if !key.private.PublicKey.Equal(cert.PublicKey) {
		return nil, errors.New("the certificate is of another key")
	}
	for _, text := range f.Authority {
		ca, err := parseCertificate(text)
		if err != nil {
			return nil, err
		}
		id.Authority = append(id.Authority, ca)
	}
	return id, nil
}

// Save writes the identity to a data directory, which is made when missing:
// whole or not at all, readable by its owner only.
func (id *Identity) Save(data string) error {
	key, err := id.Key.encode()
	if err != nil {
		return err
	}
	f := file{
		Site: id.Site, SiteName: id.SiteName, Agent: id.Agent, Pin: id.Pin.String(), Collectors: id.Collectors,
		Key: key, Certificate: encodeCertificate(id.Certificate),
	}
	for _, ca := range id.Authority {
		f.Authority = append(f.Authority, encodeCertificate(ca))
	}
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the identity: %w", err)
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return fmt.Errorf("make the data directory: %w", err)
	}
	if err := disk.Replace(filepath.Join(data, fileName), text); err != nil {
		return fmt.Errorf("write the identity: %w", err)
	}
	return nil
}

// Swap makes a data directory hold next in the place of former: key and
// certificate in one file, so a crash leaves the one pair or the other. It
// refuses when another identity is there by now: the site was enrolled anew.
func Swap(data string, former, next *Identity) error {
	present, err := Load(data)
	if err != nil {
		return err
	}
	if !present.Certificate.Equal(former.Certificate) {
		return errors.New("another certificate is there by now: this machine was enrolled anew")
	}
	return next.Save(data)
}

func parseCertificate(text string) (*x509.Certificate, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, errors.New("a certificate is not PEM")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("a certificate cannot be read: %w", err)
	}
	return cert, nil
}

func encodeCertificate(c *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
}
