package http

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	nethttp "net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"fengsui/checks/lab"
)

// listen opens a listener on host at any free port.
func listen(t *testing.T, host string) net.Listener {
	t.Helper()
	return lab.Ports(t, host)[0].Listen(t)
}

// speak gives each connection of a listener to handle after the request's
// headers were read.
func speak(t *testing.T, l net.Listener, handle func(net.Conn)) {
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				var head strings.Builder
				for b := make([]byte, 1); !strings.HasSuffix(head.String(), "\r\n\r\n"); head.Write(b) {
					if _, err := c.Read(b); err != nil {
						return
					}
				}
				handle(c)
			}()
		}
	}()
}

// says answers with a text.
func says(text string) func(net.Conn) {
	return func(c net.Conn) { io.WriteString(c, text) }
}

// endless answers with a text and then another one for ever.
func endless(first, then string) func(net.Conn) {
	return func(c net.Conn) {
		io.WriteString(c, first)
		for {
			if _, err := io.WriteString(c, then); err != nil {
				return
			}
		}
	}
}

// drips answers with a text and then one byte every 20 ms.
func drips(first string) func(net.Conn) {
	return func(c net.Conn) {
		io.WriteString(c, first)
		for {
			time.Sleep(20 * time.Millisecond)
			if _, err := io.WriteString(c, "x"); err != nil {
				return
			}
		}
	}
}

func waits(c net.Conn) { io.Copy(io.Discard, c) }

func resets(c net.Conn) { c.(*net.TCPConn).SetLinger(0) }

// serve runs a real web server, over TLS when a config is given.
func serve(t *testing.T, l net.Listener, config *tls.Config, h nethttp.HandlerFunc) {
	s := &nethttp.Server{Handler: h, TLSConfig: config, ErrorLog: log.New(io.Discard, "", 0),
		TLSNextProto: map[string]func(*nethttp.Server, *tls.Conn, nethttp.Handler){}} // HTTP/2 refuses old suites
	t.Cleanup(func() { s.Close() })
	if config == nil {
		go s.Serve(l)
		return
	}
	go s.ServeTLS(l, "", "")
}

// An authority of the test, whose certificates are made once.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
	rsa  *rsa.PrivateKey
}

var ca = sync.OnceValue(func() *authority {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"},
		NotBefore: time.Now().Add(-1000 * 24 * time.Hour), NotAfter: time.Now().Add(1000 * 24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	a := &authority{key: key, pool: x509.NewCertPool()}
	a.cert, _ = x509.ParseCertificate(der)
	a.pool.AddCert(a.cert)
	if a.rsa, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		panic(err)
	}
	return a
})

// issue makes a certificate for a name that is valid from and until so many
// days from now; RSA key exchange wants an RSA key.
func issue(t *testing.T, name string, from, until int, withRSA bool) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		NotBefore:   time.Now().AddDate(0, 0, from), NotAfter: time.Now().AddDate(0, 0, until),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	var public, private any = ca().key.Public(), ca().key
	if withRSA {
		public, private = ca().rsa.Public(), ca().rsa
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca().cert, public, ca().key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: private}
}

// answers writes a status and a body.
func answers(status int, body string) nethttp.HandlerFunc {
	return func(w nethttp.ResponseWriter, _ *nethttp.Request) {
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}
