//go:debug rsa1024min=0
package all_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// tlsWords are servers of TLS: PORT, and then name=value or an address.
var tlsWords = map[string]arrange{
	"tls":  tlsServer,
	"tlcp": func(w *world, args []string) { w.answerHello(args, tlcpServer(args)) },
	"ssl3": func(w *world, args []string) { w.answerHello(args, versionServer(0x0300, 0x0005)) },
	"sm13": func(w *world, args []string) { w.answerHello(args, versionServer(0x0304, 0x00c6)) },
	"banner": func(w *world, args []string) {
		w.accept(args, func(c net.Conn) { io.WriteString(c, "SSH-2.0-OpenSSH_9.2\r\n"); <-w.t.Context().Done() })
	},
	"deaf":     func(w *world, args []string) { w.accept(args, func(c net.Conn) { io.Copy(io.Discard, c) }) },
	"refuses":  func(w *world, args []string) { w.answerHello(args, func([]byte) []byte { return alert(40) }) },
	"closes":   func(w *world, args []string) { w.answerHello(args, func([]byte) []byte { return nil }) },
	"dripping": func(w *world, args []string) { w.accept(args, drip) },
	"endless":  func(w *world, args []string) { w.accept(args, endless) },
}

// drip sends a hello one byte a second.
func drip(c net.Conn) {
	for _, b := range versionServer(0x0303, 0xc02f)([]byte{22, 3, 1, 0, 0, 1, 0, 0, 0, 3, 3}) {
		if _, err := c.Write([]byte{b}); err != nil {
			return
		}
		time.Sleep(time.Second)
	}
}

// endless sends a certificate that never ends.
func endless(c net.Conn) {
	c.Read(make([]byte, 4096))
	c.Write(versionServer(0x0303, 0xc02f)([]byte{22, 3, 1, 0, 0, 1, 0, 0, 0, 3, 3}))
	c.Write(record(0x0303, append([]byte{11, 0x20, 0, 0}, make([]byte, 16000)...)))
	for {
		if _, err := c.Write(record(0x0303, make([]byte, 16000))); err != nil {
			return
		}
	}
}

// tlsServer serves by crypto/tls: cert= (see certificateOf), min= and max=
// versions, suites= ecdhe, rsa or 3des.
func tlsServer(w *world, args []string) {
	w.t.Helper()
	config := &tls.Config{MinVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
		tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA}}
	cert, where, sm := "good", []string{args[0]}, false
	versions := map[string]uint16{"1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}
	for _, a := range args[1:] {
		switch name, value, _ := strings.Cut(a, "="); name {
		case "cert":
			cert = value
		case "min":
			config.MinVersion = versions[value]
		case "max":
			config.MaxVersion = versions[value]
		case "suites":
			config.CipherSuites = append(map[string][]uint16{
				"rsa":  {tls.TLS_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_RSA_WITH_AES_128_CBC_SHA},
				"3des": {tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA},
			}[value], config.CipherSuites...)
		case "client":
			config.ClientAuth = tls.RequireAnyClientCert
		case "sm":
			sm = true
		default:
			where = append(where, a)
		}
	}
	config.Certificates = []tls.Certificate{certificateOf(w, cert)}
	w.accept(where, func(c net.Conn) {
		head := make([]byte, 5)
		if _, err := io.ReadFull(c, head); err != nil || head[0] != 22 { // a hello of SSL 2.0 is refused
			return
		}
		hello := append(head, make([]byte, int(head[3])<<8|int(head[4]))...)
		if _, err := io.ReadFull(c, hello[5:]); err != nil {
			return
		}
		replayed := &replay{c, io.MultiReader(strings.NewReader(string(hello)), c)}
		switch {
		case sm && hello[1] == 1 && hello[2] == 1:
			answerOnce(replayed, tlcpServer(nil))
			return
		case sm && strings.Contains(string(hello), "\x00\x04\x00\xc6\x00\xc7"):
			answerOnce(replayed, versionServer(0x0304, 0x00c6))
			return
		}
		s := tls.Server(replayed, config)
		if s.Handshake() == nil {
			s.Read(make([]byte, 4096))
			io.WriteString(s, "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n") // who asks for a page gets one
			s.Close()
		}
	})
	if w.order.Options["trust"] != nil {
		path := filepath.Join(w.dir, "roots.pem")
		w.must(os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority().Certificate[0]}), 0o644))
		w.order.Options["trust"] = []string{path}
	}
}

// A replay is a connection whose first bytes were read.
type replay struct {
	net.Conn
	r io.Reader
}

func (r *replay) Read(b []byte) (int, error) { return r.r.Read(b) }

var (
	authority = sync.OnceValue(func() tls.Certificate {
		key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		t := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "the test's own CA"}, NotBefore: time.Now().AddDate(-5, 0, 0), NotAfter: time.Now().AddDate(5, 0, 0), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
		der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
		if err != nil {
			panic(err)
		}
		return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	})
	rsaKey  = sync.OnceValue(func() crypto.Signer { k, _ := rsa.GenerateKey(rand.Reader, 2048); return k })
	rsa1024 = sync.OnceValue(func() crypto.Signer {
		k, err := rsa.GenerateKey(rand.Reader, 1024)
		if err != nil {
			panic(err)
		}
		return k
	})
)

// certificateOf makes a certificate of site.test: good, expired, early, soon
// (ending in ten days), other-name, rsa, rsa1024, sha1, or own (self-signed).
func certificateOf(w *world, sort string) tls.Certificate {
	w.t.Helper()
	now := time.Now()
	t := &x509.Certificate{SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: now.AddDate(0, -1, 0), NotAfter: now.AddDate(1, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	w.must(err)
	var key crypto.Signer = ec
	ca := authority()
	parent, err := x509.ParseCertificate(ca.Certificate[0])
	w.must(err)
	signer := ca.PrivateKey.(crypto.Signer)
	switch sort {
	case "expired":
		t.NotAfter = now.AddDate(0, 0, -3)
	case "early":
		t.NotBefore = now.AddDate(0, 0, 3)
	case "soon":
		t.NotAfter = now.AddDate(0, 0, 10)
	case "other-name":
		t.DNSNames = []string{"other.test"}
	case "rsa":
		key = rsaKey()
	case "rsa1024":
		key = rsa1024()
	case "sha1":
		t.SignatureAlgorithm = x509.ECDSAWithSHA1
	case "own":
		parent, signer = t, key
	}
	der, err := x509.CreateCertificate(rand.Reader, t, parent, key.Public(), signer)
	w.must(err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// answerHello answers the first record of each connection and closes it.
func (w *world) answerHello(args []string, answer func(hello []byte) []byte) {
	w.t.Helper()
	where := args[:1]
	for _, a := range args[1:] {
		if !strings.Contains(a, "=") {
			where = append(where, a)
		}
	}
	w.accept(where, func(c net.Conn) { answerOnce(c, answer) })
}

func answerOnce(c net.Conn, answer func(hello []byte) []byte) {
	b := make([]byte, 4096)
	if n, err := io.ReadAtLeast(c, b, 11); err == nil {
		c.Write(answer(b[:n]))
	}
}

func alert(description byte) []byte { return []byte{21, 3, 3, 0, 2, 2, description} }

func record(version uint16, body []byte) []byte {
	return append([]byte{22, byte(version >> 8), byte(version), byte(len(body) >> 8), byte(len(body))}, body...)
}

// versionServer takes hellos of one version with a suite, and refuses others.
// TLS 1.3 is answered by a HelloRetryRequest.
func versionServer(version, suite uint16) func(hello []byte) []byte {
	return func(hello []byte) []byte {
		legacy := min(version, 0x0303)
		if hello[9] != byte(legacy>>8) || hello[10] != byte(legacy) || version == 0x0304 && !strings.Contains(string(hello), string([]byte{byte(suite >> 8), byte(suite)})) {
			return alert(70)
		}
		return record(legacy, helloMessage(version, suite))
	}
}

func helloMessage(version, suite uint16) []byte {
	var b cryptobyte.Builder
	b.AddUint8(2)
	b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) {
		b.AddUint16(min(version, 0x0303))
		b.AddBytes(make([]byte, 33)) // random, and no session
		b.AddUint16(suite)
		b.AddUint8(0)
		if version == 0x0304 {
			b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes([]byte{0, 43, 0, 2, 3, 4}) })
		}
	})
	return b.BytesOrPanic()
}

// tlcpServer speaks TLCP up to its certificates: pair= good, expired, one or ec.
func tlcpServer(args []string) func(hello []byte) []byte {
	pair := "good"
	for _, a := range args {
		if name, value, _ := strings.Cut(a, "="); name == "pair" {
			pair = value
		}
	}
	return func(hello []byte) []byte {
		if hello[9] != 1 || hello[10] != 1 {
			return alert(70)
		}
		until := time.Now().AddDate(1, 0, 0)
		curve := asn1.ObjectIdentifier{1, 2, 156, 10197, 1, 301}
		chain := [][]byte{smCertificate(until, curve)}
		switch pair {
		case "expired":
			chain = append(chain, smCertificate(time.Now().AddDate(0, 0, -1), curve))
		case "ec":
			chain = append(chain, smCertificate(until, asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7}))
		case "good":
			chain = append(chain, smCertificate(until, curve))
		}
		var b cryptobyte.Builder
		b.AddBytes(helloMessage(0x0101, 0xe013))
		b.AddUint8(11)
		b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) {
			b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) {
				for _, der := range chain {
					b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(der) })
				}
			})
		})
		return record(0x0101, b.BytesOrPanic())
	}
}

// smCertificate has the fields of a certificate with a key on a curve; nobody
// here can sign with SM2.
func smCertificate(until time.Time, curve asn1.ObjectIdentifier) []byte {
	var b cryptobyte.Builder
	sequence := func(b *cryptobyte.Builder, body func(b *cryptobyte.Builder)) { b.AddASN1(cbasn1.SEQUENCE, body) }
	algorithm := func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{1, 2, 156, 10197, 1, 501}) // SM2 with SM3
	}
	sequence(&b, func(b *cryptobyte.Builder) {
		sequence(b, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.Tag(0).Constructed().ContextSpecific(), func(b *cryptobyte.Builder) { b.AddASN1Int64(2) })
			b.AddASN1Int64(7)
			sequence(b, algorithm)
			sequence(b, func(b *cryptobyte.Builder) {})
			sequence(b, func(b *cryptobyte.Builder) {
				b.AddASN1UTCTime(time.Now().AddDate(-1, 0, 0))
				b.AddASN1UTCTime(until)
			})
			sequence(b, func(b *cryptobyte.Builder) {})
			sequence(b, func(b *cryptobyte.Builder) {
				sequence(b, func(b *cryptobyte.Builder) {
					b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1})
					b.AddASN1ObjectIdentifier(curve)
				})
				b.AddASN1BitString(make([]byte, 65))
			})
		})
		sequence(b, algorithm)
		b.AddASN1BitString(make([]byte, 71))
	})
	return b.BytesOrPanic()
}
