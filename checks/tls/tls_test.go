package tls

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"io"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fengsui/checks"
	"fengsui/checks/lab"
)

func spec(t *testing.T, target string, options map[string][]string) checks.Spec {
	t.Helper()
	s, err := checks.NewSpec(&Kind, target, options)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// serve answers connections to a port of 127.0.0.1 until the test ends.
func serve(t *testing.T, answer func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				answer(c)
			}()
		}
	}()
	return l.Addr().String()
}

// TestEveryReason shows what takes no network of its own; checks/all/verdicts.txt
// has the rest.
func TestEveryReason(t *testing.T) {
	t.Parallel()
	if !lab.Alone(t) {
		return
	}
	want := func(code string, r checks.Result) {
		t.Helper()
		if r.Pair.Reason.Code != code {
			t.Errorf("got %v, want %s", r.Pair, code)
		}
	}
	for _, d := range lab.DeadEnds(t) {
		want(d.Code, checks.Run(t.Context(), spec(t, net.JoinHostPort(d.Address, "443"), nil), checks.Env{}))
	}
	reset := serve(t, func(c net.Conn) {
		c.Read(make([]byte, 1))
		c.(*net.TCPConn).SetLinger(0)
	})
	want("reset", checks.Run(t.Context(), spec(t, reset, nil), checks.Env{}))
	stopping, stop := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, stop)
	deaf := serve(t, func(c net.Conn) { io.Copy(io.Discard, c) })
	want("stopped", checks.Run(stopping, spec(t, deaf, nil), checks.Env{}))
	restore := lab.NoFiles(t)
	want("local_error", checks.Run(t.Context(), spec(t, "127.0.0.1:443", nil), checks.Env{}))
	restore()
}

// TestConnections: a run makes at most twelve, of which the manual counts each.
func TestConnections(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(net.Conn){
		"silent": func(c net.Conn) { io.Copy(io.Discard, c) },
		"closes": func(c net.Conn) { c.Read(make([]byte, 1)) },
		"alerts": func(c net.Conn) { c.Read(make([]byte, 500)); c.Write([]byte{21, 3, 3, 0, 2, 2, 40}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var n atomic.Int32
			at := serve(t, func(c net.Conn) { n.Add(1); answer(c) })
			checks.Run(t.Context(), spec(t, at, nil), checks.Env{})
			if got := n.Load(); got > 12 || got > wholeRun {
				t.Errorf("got %d connections, want at most %d", got, wholeRun)
			}
		})
	}
}

// TestSilenceIsUnknown: a server that never answers a hello has not refused it.
func TestSilenceIsUnknown(t *testing.T) {
	t.Parallel()
	s := &scan{ctx: t.Context()}
	v := s.weigh(hello{version: tls10}, answer{alert: -1}, context.DeadlineExceeded)
	if v.known || v.taken {
		t.Errorf("got %+v, want it unknown", v)
	}
	if v = s.weigh(hello{version: tls10}, answer{alert: 70}, nil); !v.known || v.taken {
		t.Errorf("an alert: got %+v, want it refused", v)
	}
}

// TestBounds: what a server sends without an end is read up to a bound.
func TestBounds(t *testing.T) {
	t.Parallel()
	piece := append([]byte{22, 3, 3, 0x3e, 0x80}, make([]byte, 16000)...)
	copy(piece[5:], []byte{11, 0x20, 0, 0}) // a certificate of 2 MiB
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	endless := &repeated{piece: piece}
	if _, err := read(endless, true); err == nil || !strings.Contains(err.Error(), "bytes, want at most") {
		t.Errorf("got %v, want the bound", err)
	}
	if endless.n > mostAnswer+len(piece) {
		t.Errorf("read %d bytes, want at most %d", endless.n, mostAnswer)
	}
	small := &repeated{piece: []byte{22, 3, 3, 0, 4, 1, 0, 0, 0}} // messages that say nothing
	if _, err := read(small, true); err != errTooLong {
		t.Errorf("got %v, want %v", err, errTooLong)
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 64<<20 {
		t.Errorf("took %d bytes for it", grown)
	}
}

type repeated struct {
	piece []byte
	n     int
}

func (r *repeated) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = r.piece[r.n%len(r.piece)]
		r.n++
	}
	return len(b), nil
}

// TestHellosAreTaken: what we write is what crypto/tls takes for a hello of that
// version.
func TestHellosAreTaken(t *testing.T) {
	t.Parallel()
	for _, version := range []uint16{tls10, tls11, tls12, tls13} {
		var got *tls.ClientHelloInfo
		at := serve(t, func(c net.Conn) {
			tls.Server(c, &tls.Config{MinVersion: tls10, GetConfigForClient: func(i *tls.ClientHelloInfo) (*tls.Config, error) {
				got = i
				return nil, io.EOF
			}}).Handshake()
		})
		c, err := net.Dial("tcp", at)
		if err != nil {
			t.Fatal(err)
		}
		c.Write(hello{version: version, suites: everyOlder, name: "portal.example", groups: usualGroups, schemes: usualSchemes}.marshal())
		c.SetDeadline(time.Now().Add(10 * time.Second))
		io.Copy(io.Discard, c)
		c.Close()
		if got == nil || got.ServerName != "portal.example" || len(got.CipherSuites) != len(everyOlder) || got.SupportedVersions[0] != version {
			t.Errorf("%s: got %+v, want it read as it was meant", versionName(version), got)
		}
	}
}

// TestLenient: a certificate that crypto/x509 reads says the same to us.
func TestLenient(t *testing.T) {
	t.Parallel()
	s := httptestServer(t)
	c, err := parse(s.Raw)
	if err != nil || !c.notAfter.Equal(s.NotAfter) || !c.notBefore.Equal(s.NotBefore) || c.parsed == nil {
		t.Fatalf("got %+v, %v; want the dates of %v", c, err, s.NotAfter)
	}
	var bare certificate
	if err := bare.lenient(s.Raw); err != nil || bare.key != "RSA" || bare.keyBits != s.PublicKey.(interface{ Size() int }).Size()*8 {
		t.Errorf("got %s of %d bits, %v; want RSA of %d", bare.key, bare.keyBits, err, s.PublicKey.(interface{ Size() int }).Size()*8)
	}
	for i := range s.Raw {
		parse(s.Raw[:i]) // none may panic
	}
	if _, err := parse(nil); err == nil {
		t.Error("nothing is taken for a certificate")
	}
	var raw asn1.RawValue
	if rest, err := asn1.Unmarshal(s.Raw, &raw); err != nil || len(rest) > 0 {
		t.Error("the sample is no DER")
	}
}

func httptestServer(t *testing.T) *x509.Certificate {
	t.Helper()
	pair, err := tls.LoadX509KeyPair("testdata/rsa.pem", "testdata/rsa.pem")
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// FuzzAnswer: a server may send anything.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte{21, 3, 3, 0, 2, 2, 40})
	f.Add(append([]byte{22, 3, 3, 0, 0x2e, 2, 0, 0, 0x2a, 3, 3}, make([]byte, 40)...))
	f.Add([]byte("SSH-2.0-OpenSSH_9.2\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, chain := range []bool{false, true} {
			a, _ := read(bytes.NewReader(b), chain)
			for _, der := range a.chain {
				parse(der)
			}
			if len(a.chain) > mostChain {
				t.Errorf("got %d certificates", len(a.chain))
			}
		}
		parse(b)
	})
}
