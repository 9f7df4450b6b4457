package all_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	nethttp "net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// httpWords are web servers: PORT, and then name=value or an address.
var httpWords = map[string]arrange{
	"http":  func(w *world, args []string) { w.serveHTTP(args, false) },
	"https": func(w *world, args []string) { w.serveHTTP(args, true) },
	// An HTTP proxy at the agent's own end of the line.
	"proxy": func(w *world, args []string) {
		l, err := w.place("near").Listen("tcp", "10.0.1.1:"+args[0])
		w.must(err)
		w.t.Cleanup(func() { l.Close() })
		s := &nethttp.Server{Handler: w.proxy(len(args) > 1 && args[1] == "refuses"), ErrorLog: log.New(io.Discard, "", 0)}
		go s.Serve(l)
		w.t.Cleanup(func() { s.Close() })
	},
	"silent-http": func(w *world, args []string) { w.accept(args, func(c net.Conn) { io.Copy(io.Discard, c) }) },
	"garbage": func(w *world, args []string) {
		w.accept(args, func(c net.Conn) { c.Read(make([]byte, 1000)); io.WriteString(c, "SSH-2.0-x\r\n\r\n") })
	},
	"half": func(w *world, args []string) {
		w.accept(args, says("HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\npage"))
	},
	"ten-gib": func(w *world, args []string) {
		w.accept(args, func(c net.Conn) {
			c.Read(make([]byte, 1000))
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", 10<<30)
			for b := make([]byte, 1<<16); ; {
				if _, err := c.Write(b); err != nil {
					return
				}
			}
		})
	},
	"drip-body": func(w *world, args []string) {
		w.accept(args, func(c net.Conn) {
			c.Read(make([]byte, 1000))
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n")
			for {
				if _, err := io.WriteString(c, "x"); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		})
	},
}

func says(text string) func(net.Conn) {
	return func(c net.Conn) { c.Read(make([]byte, 1000)); io.WriteString(c, text) }
}

// serveHTTP serves a page: status=, body=, size=, header=Name:value (several),
// to= a redirect, old, cert= and client= as in tls. In a value "~" is a blank and "^" a semicolon.
func (w *world) serveHTTP(args []string, secure bool) {
	w.t.Helper()
	status, body, to, cert, where := 200, "page", "", "good", []string{args[0]}
	var headers [][2]string
	config := &tls.Config{}
	var noHTTP2 map[string]func(*nethttp.Server, *tls.Conn, nethttp.Handler) // nil: HTTP/2 too
	for _, a := range args[1:] {
		name, value, ok := strings.Cut(a, "=")
		value = strings.NewReplacer("~", " ", "^", ";").Replace(value)
		switch {
		case !ok:
			where = append(where, a)
		case name == "status":
			fmt.Sscan(value, &status)
		case name == "body":
			body = value
		case name == "size":
			var n int
			fmt.Sscan(value, &n)
			body = strings.Repeat("x", n)
		case name == "header":
			key, text, _ := strings.Cut(value, ":")
			headers = append(headers, [2]string{key, strings.TrimSpace(text)})
		case name == "to":
			to = value
		case name == "cert":
			cert = value
		case name == "client":
			config.ClientAuth = tls.RequireAnyClientCert
			if w.order.Options["secret"] != nil {
				w.order.Secret = clientPEM(w)
			}
		case name == "max":
			config.MinVersion, config.MaxVersion = tls.VersionTLS10, tls.VersionTLS10
			config.CipherSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_128_CBC_SHA}
			noHTTP2 = map[string]func(*nethttp.Server, *tls.Conn, nethttp.Handler){}
		}
	}
	handler := nethttp.HandlerFunc(func(out nethttp.ResponseWriter, r *nethttp.Request) {
		for _, h := range headers {
			out.Header().Add(h[0], h[1])
		}
		switch {
		case to == "loop":
			nethttp.Redirect(out, r, "/"+fmt.Sprint(time.Now().UnixNano()), nethttp.StatusFound)
		case to != "" && r.URL.Path != "/there":
			nethttp.Redirect(out, r, to, status)
		default:
			out.WriteHeader(map[bool]int{true: 200, false: status}[to != ""])
			io.WriteString(out, strings.ReplaceAll(body, "NONCE", fmt.Sprint(time.Now().UnixNano())))
		}
	})
	for _, a := range w.at(where[1:]) {
		l, err := w.place("server").Listen("tcp", net.JoinHostPort(a.String(), where[0]))
		w.must(err)
		s := &nethttp.Server{Handler: handler, TLSNextProto: noHTTP2, ErrorLog: log.New(io.Discard, "", 0)}
		if secure {
			config := config.Clone()
			config.Certificates = []tls.Certificate{certificateOf(w, cert)}
			s.TLSConfig = config
			go s.ServeTLS(l, "", "")
		} else {
			go s.Serve(l)
		}
		w.t.Cleanup(func() { s.Close() })
	}
	w.trustOwn()
}

// trustOwn makes the test's own CA the one that the agent's machine trusts.
func (w *world) trustOwn() {
	w.t.Helper()
	path := filepath.Join(w.dir, "ca.pem")
	w.must(os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority().Certificate[0]}), 0o644))
	w.env = append(w.env, "SSL_CERT_FILE="+path, "SSL_CERT_DIR="+w.dir)
}

// clientPEM is a client's certificate with its key.
func clientPEM(w *world) string {
	pair := certificateOf(w, "own")
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	w.must(err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]})) +
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))
}

// proxy passes requests and tunnels to the server's IPv4 address on.
func (w *world) proxy(refuses bool) nethttp.Handler {
	dial := func(port string) (net.Conn, error) {
		return w.place("near").Dial(w.t.Context(), "tcp", net.JoinHostPort(server4.String(), port))
	}
	return nethttp.HandlerFunc(func(out nethttp.ResponseWriter, r *nethttp.Request) {
		_, port, err := net.SplitHostPort(r.Host)
		if err != nil {
			port = "80"
		}
		if refuses {
			nethttp.Error(out, "who are you?", nethttp.StatusProxyAuthRequired)
			return
		}
		to, err := dial(port)
		if err != nil {
			nethttp.Error(out, err.Error(), nethttp.StatusBadGateway)
			return
		}
		from, _, err := nethttp.NewResponseController(out).Hijack()
		if err != nil {
			return
		}
		defer from.Close()
		defer to.Close()
		if r.Method == "CONNECT" {
			io.WriteString(from, "HTTP/1.1 200 OK\r\n\r\n")
			go io.Copy(to, from)
			io.Copy(from, to)
			return
		}
		r.Header.Set("Connection", "close")
		r.RequestURI = ""
		if r.Write(to) != nil {
			return
		}
		if answer, err := nethttp.ReadResponse(bufio.NewReader(to), r); err == nil {
			answer.Write(from)
		}
	})
}
