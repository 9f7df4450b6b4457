package snmp

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/gosnmp/gosnmp"
)

// A login is what a secret holds, ready to use. It is only ever handed on by
// pointer: what is printed by mistake is an address.
type login struct {
	version   gosnmp.SnmpVersion
	community string // versions 1 and 2c

	user       string // version 3
	auth       gosnmp.SnmpV3AuthProtocol
	authPhrase string
	priv       gosnmp.SnmpV3PrivProtocol
	privPhrase string
}

var (
	versions = map[string]gosnmp.SnmpVersion{"1": gosnmp.Version1, "2c": gosnmp.Version2c, "3": gosnmp.Version3}

	authProtocols = map[string]gosnmp.SnmpV3AuthProtocol{
		"MD5": gosnmp.MD5, "SHA": gosnmp.SHA, "SHA224": gosnmp.SHA224, "SHA256": gosnmp.SHA256, "SHA384": gosnmp.SHA384, "SHA512": gosnmp.SHA512,
	}
	// The longer keys of AES are extended as drafts had it; Cisco does it its
	// own way, which is the form with a C.
	privProtocols = map[string]gosnmp.SnmpV3PrivProtocol{
		"DES": gosnmp.DES, "AES": gosnmp.AES, "AES192": gosnmp.AES192, "AES256": gosnmp.AES256, "AES192C": gosnmp.AES192C, "AES256C": gosnmp.AES256C,
	}
)

// leastPhrase is the shortest passphrase of RFC 3414 section 11.2.
const leastPhrase = 8

// readLogin reads a secret. Its errors name lines and lengths, never what the
// secret holds.
func readLogin(version, value string) (*login, error) {
	l := &login{version: versions[version]}
	value = strings.TrimRight(value, "\r\n")
	if l.version != gosnmp.Version3 {
		if value == "" || len(value) > 255 || strings.ContainsFunc(value, unicode.IsControl) {
			return nil, fmt.Errorf("it has %d bytes, want for version %s a community: one line of 1 to 255 bytes", len(value), version)
		}
		l.community = value
		return l, nil
	}
	seen := map[string]bool{}
	for i, line := range strings.Split(value, "\n") {
		line = strings.TrimRight(line, "\r")
		if line == "" {
			continue
		}
		word, text, ok := strings.Cut(line, "=")
		if !ok {
			return nil, fmt.Errorf("its line %d has no \"=\", want for version 3 the lines user=NAME, auth=SHA256:PASSPHRASE and priv=AES:PASSPHRASE", i+1)
		}
		if seen[word] {
			return nil, fmt.Errorf("its line %d says the same as a line before, want each once", i+1)
		}
		var err error
		switch word {
		case "user":
			l.user = text
			if text == "" || len(text) > 32 {
				err = fmt.Errorf("the user's name has %d bytes, want 1 to 32", len(text))
			}
		case "auth":
			l.auth, l.authPhrase, err = readKey(text, authProtocols, "MD5, SHA, SHA224, SHA256, SHA384, SHA512")
		case "priv":
			l.priv, l.privPhrase, err = readKey(text, privProtocols, "DES, AES, AES192, AES256, AES192C, AES256C")
		default:
			return nil, fmt.Errorf("its line %d begins with another word than user, auth or priv", i+1)
		}
		if err != nil {
			return nil, fmt.Errorf("its line %d: %w", i+1, err)
		}
		seen[word] = true
	}
	switch {
	case !seen["user"]:
		return nil, errors.New("it names no user, want for version 3 a line user=NAME")
	case seen["priv"] && !seen["auth"]:
		return nil, errors.New("it has a line priv and no line auth, want both: SNMP encrypts nothing that it does not authenticate")
	}
	return l, nil
}

// readKey reads PROTOCOL:PASSPHRASE.
func readKey[P any](text string, protocols map[string]P, list string) (p P, phrase string, err error) {
	name, phrase, _ := strings.Cut(text, ":")
	p, ok := protocols[name]
	switch {
	case !ok:
		return p, "", fmt.Errorf("want PROTOCOL:PASSPHRASE with a protocol of %s", list)
	case len(phrase) < leastPhrase:
		return p, "", fmt.Errorf("the passphrase has %d bytes, want at least %d (RFC 3414)", len(phrase), leastPhrase)
	}
	return p, phrase, nil
}

// apply writes the login into a connection. The parameters of version 3 are
// made anew each time: shared ones mix up the engines of two devices.
func (l *login) apply(g *gosnmp.GoSNMP) {
	g.Version, g.Community = l.version, l.community
	if l.version != gosnmp.Version3 {
		return
	}
	g.SecurityModel = gosnmp.UserSecurityModel
	p := &gosnmp.UsmSecurityParameters{UserName: l.user, AuthenticationProtocol: gosnmp.NoAuth, PrivacyProtocol: gosnmp.NoPriv}
	g.MsgFlags = gosnmp.NoAuthNoPriv
	if l.authPhrase != "" {
		g.MsgFlags, p.AuthenticationProtocol, p.AuthenticationPassphrase = gosnmp.AuthNoPriv, l.auth, l.authPhrase
	}
	if l.privPhrase != "" {
		g.MsgFlags, p.PrivacyProtocol, p.PrivacyPassphrase = gosnmp.AuthPriv, l.priv, l.privPhrase
	}
	g.SecurityParameters = p
}
