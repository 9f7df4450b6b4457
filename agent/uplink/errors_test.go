package uplink

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"

	"connectrpc.com/connect"

	"fengsui/agent/identity"
	"fengsui/agent/line"
	"fengsui/collector/wire"
	"fengsui/configs/words"
)

// onLine wraps an error as net/http and connect do on its way up.
func onLine(stage line.Stage, err error) error {
	e := &line.Error{Address: "192.0.2.1:7443", Stage: stage, Err: err}
	return connect.NewError(connect.CodeUnavailable, &url.Error{Op: "Post", URL: "https://collector.fengsui", Err: errors.Join(e)})
}

func transport(err error) error {
	return connect.NewError(connect.CodeUnavailable, &url.Error{Op: "Post", URL: "https://collector.fengsui", Err: err})
}

func op(err error) error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", err)}
}

// TestTable has one row for every class; every class has one.
func TestTable(t *testing.T) {
	t.Parallel()
	seen := map[Class]bool{}
	for _, row := range []struct {
		err   error
		class Class
		next  Next
	}{
		{onLine(line.Resolving, &net.DNSError{Err: "no such host", Name: "collector.test", IsNotFound: true}), ClassDNS, Again},
		{onLine(line.Connecting, op(syscall.ECONNREFUSED)), ClassRefused, Again},
		{onLine(line.Connecting, op(syscall.EHOSTUNREACH)), ClassUnreachable, Again},
		{onLine(line.Connecting, op(syscall.ENETUNREACH)), ClassUnreachable, Again},
		{onLine(line.Connecting, op(syscall.EACCES)), ClassUnreachable, Again},
		{onLine(line.Connecting, op(syscall.ETIMEDOUT)), ClassTimeout, Again},
		{onLine(line.Connecting, &net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}), ClassTimeout, Again},
		{onLine(line.Proxying, &line.ProxyError{What: line.ProxyDown, Err: op(syscall.ECONNREFUSED)}), ClassProxyDown, Again},
		{onLine(line.Proxying, errors.Join(&line.ProxyError{What: line.ProxySilent, Err: os.ErrDeadlineExceeded})), ClassProxySilent, Again},
		{onLine(line.Proxying, &line.ProxyError{What: line.ProxyNone, Err: io.EOF}), ClassProxyNone, Again},
		{onLine(line.Proxying, &line.ProxyError{What: line.ProxyAuth, Err: errors.New("407")}), ClassProxyAuth, Again},
		{onLine(line.Proxying, &line.ProxyError{What: line.ProxyDenied, Err: errors.New("403")}), ClassProxyDenied, Again},
		{onLine(line.Proxying, &line.ProxyError{What: line.ProxyGateway, Err: errors.New("502")}), ClassProxyGateway, Again},
		{onLine(line.Proxying, &line.ProxyError{What: line.ProxyPassword, Err: os.ErrNotExist}), ClassProxyPassword, Again},
		{onLine(line.Shaking, context.DeadlineExceeded), ClassTimeout, Again},
		{onLine(line.Shaking, io.EOF), ClassCut, Again},
		{onLine(line.Shaking, op(syscall.ECONNRESET)), ClassCut, Again},
		{onLine(line.Shaking, tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}), ClassTLSNone, Elsewhere},
		{onLine(line.Shaking, tls.AlertError(40)), ClassTLSOther, Elsewhere},
		{onLine(line.Shaking, &identity.TrustError{What: identity.ForeignAuthority, EN: "foreign"}), ClassTLSPin, Elsewhere},
		{onLine(line.Shaking, &identity.TrustError{What: identity.Inspected, EN: "box"}), ClassTLSInspected, Elsewhere},
		{onLine(line.Shaking, &identity.TrustError{What: identity.WrongName, EN: "name"}), ClassTLSName, Elsewhere},
		{onLine(line.Shaking, &identity.TrustError{What: identity.WrongDate, EN: "date"}), ClassTLSDate, Elsewhere},
		{&identity.TrustError{What: identity.WrongDate, EN: "date"}, ClassTLSDate, Elsewhere},
		{transport(&line.Foreign{Status: 404, Type: "text/html"}), ClassHTTP, Elsewhere},
		{transport(&line.Foreign{Status: 502, Type: ""}), ClassHTTP, Elsewhere},
		{transport(&line.Foreign{Status: 200, Type: "text/html"}), ClassHTTP, Elsewhere},
		{transport(io.ErrUnexpectedEOF), ClassCut, Again},
		{transport(op(syscall.ECONNRESET)), ClassCut, Again},
		{transport(op(syscall.EPIPE)), ClassCut, Again},
		{transport(net.ErrClosed), ClassCut, Again},
		{transport(errors.New("http2: client connection lost")), ClassCut, Again},
		{connect.NewError(connect.CodeCanceled, errors.New("stream error: stream ID 5; CANCEL")), ClassCut, Again},
		{connect.NewError(connect.CodeDeadlineExceeded, context.DeadlineExceeded), ClassTimeout, Again},
		{connect.NewError(connect.CodeCanceled, context.Canceled), ClassStopped, Again},
		{connect.NewError(connect.CodeInvalidArgument, errors.New("unmarshal message: proto: cannot parse")), ClassDecode, Again},
		{connect.NewError(connect.CodeInternal, errors.New(`unknown encoding "br"`)), ClassDecode, Again},
		{connect.NewWireError(connect.CodeInternal, errors.New("nil pointer")), ClassCollector, Again},
		{connect.NewWireError(connect.CodeUnavailable, errors.New("not now")), ClassCollector, Again},
		{connect.NewWireError(connect.CodeUnimplemented, errors.New("no such call")), ClassCollector, Again},
		{connect.NewWireError(connect.CodeDeadlineExceeded, errors.New("too slow")), ClassTimeout, Again},
		{connect.NewWireError(connect.CodeResourceExhausted, errors.New("too much")), ClassExhausted, Smaller},
		{connect.NewWireError(connect.CodePermissionDenied, errors.New("no")), ClassDenied, Person},
		{connect.NewWireError(connect.CodeUnauthenticated, errors.New("who?")), ClassDenied, Person},
		{errors.New("something new"), ClassUnknown, Again},
		{&fault{ClassSpool, errors.New("disk")}, ClassSpool, Again},
		{&fault{ClassNumbering, errors.New("three times")}, ClassNumbering, Again},
		{&fault{ClassAssignment, errors.New("hash")}, ClassAssignment, Again},
		{&fault{ClassIdentity, errors.New("file")}, ClassIdentity, Person},
		{&fault{ClassHello, errors.New("asked")}, ClassHello, Hello},

		{refusal(wire.CodeCertificateMissing), wire.CodeCertificateMissing, Person},
		{refusal(wire.CodeCertificateForeign), wire.CodeCertificateForeign, Person},
		{refusal(wire.CodeCertificateExpired), wire.CodeCertificateExpired, Person},
		{refusal(wire.CodeCertificateNotYet), wire.CodeCertificateNotYet, Person},
		{refusal(wire.CodeRevoked), wire.CodeRevoked, Person},
		{refusal(wire.CodeReplaced), wire.CodeReplaced, Person},
		{refusal(wire.CodeApprovalWanted), wire.CodeApprovalWanted, Person},
		{refusal(wire.CodeSiteUnknown), wire.CodeSiteUnknown, Person},
		{refusal(wire.CodeSuperseded), wire.CodeSuperseded, Again},
		{refusal(wire.CodeClone), wire.CodeClone, Again},
		{refusal(wire.CodeProtocolUnknown), wire.CodeProtocolUnknown, Person},
		{refusal(wire.CodeHelloFirst), wire.CodeHelloFirst, Hello},
		{refusal(wire.CodeTooLarge), wire.CodeTooLarge, Smaller},
		{refusal(wire.CodeBroken), wire.CodeBroken, Smaller},
		{refusal(wire.CodeStopping), wire.CodeStopping, Again},
		{refusal(wire.CodeBusy), wire.CodeBusy, Again},
		{refusal(wire.CodeWrong), wire.CodeWrong, Person},
		{refusal(wire.CodeUsed), wire.CodeUsed, Person},
		{refusal(wire.CodeExpired), wire.CodeExpired, Person},
		{refusal(wire.CodeTooManyTries), wire.CodeTooManyTries, Person},
		{refusal("of_a_newer_release"), "of_a_newer_release", Again},
	} {
		seen[row.class] = true
		p := Judge(row.err)
		if p.Class != row.class || p.Next != row.next {
			t.Errorf("%v: class %s and next %s, want %s and %s", row.err, p.Class, p.Next, row.class, row.next)
		}
		if p.ZH == "" || p.EN == "" || strings.Contains(p.ZH, "uplink.") || strings.Contains(p.EN, "uplink.") || strings.Contains(p.EN+p.ZH, "%!") {
			t.Errorf("%s: the sentences are %q and %q", row.class, p.ZH, p.EN)
		}
	}
	for class := range table {
		if !seen[class] {
			t.Errorf("class %s has no row here", class)
		}
	}
	for _, key := range words.Keys("uplink.") {
		class := Class(strings.TrimPrefix(strings.TrimPrefix(key, "uplink."), "hint."))
		if _, ok := table[class]; !ok {
			t.Errorf("the sentence %s belongs to no class", key)
		}
	}
}

func refusal(code string) error {
	return wire.NewRefusal(connect.CodeFailedPrecondition, code, "中文", "english")
}

// TestJudgeBoundsForeignText: what a middlebox says cannot flood a log.
func TestJudgeBoundsForeignText(t *testing.T) {
	t.Parallel()
	p := Judge(fmt.Errorf("a%sz\n\x00\xff", strings.Repeat("很长", 10_000)))
	if len(p.EN) > 1000 || strings.ContainsAny(p.EN, "\n") || !strings.Contains(p.EN, "…") {
		t.Errorf("the sentence has %d bytes: %.80q", len(p.EN), p.EN)
	}
}
