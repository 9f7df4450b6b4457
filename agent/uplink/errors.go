package uplink

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"

	"connectrpc.com/connect"

	"fengsui/agent/identity"
	"fengsui/agent/line"
	"fengsui/collector/wire"
	"fengsui/configs/words"
)

// A Class names what went wrong with a call. Classes of refusals are the
// codes of [wire.Refusal].
type Class string

// The classes of what goes wrong before the collector decides anything.
const (
	ClassDNS           Class = "dns"
	ClassRefused       Class = "refused"
	ClassUnreachable   Class = "unreachable"
	ClassTimeout       Class = "timeout"
	ClassCut           Class = "cut"
	ClassProxyDown     Class = "proxy_down"
	ClassProxySilent   Class = "proxy_silent"
	ClassProxyNone     Class = "proxy_none"
	ClassProxyAuth     Class = "proxy_auth"
	ClassProxyDenied   Class = "proxy_denied"
	ClassProxyGateway  Class = "proxy_gateway"
	ClassProxyPassword Class = "proxy_password"
	ClassTLSPin        Class = "tls_pin"
	ClassTLSInspected  Class = "tls_inspected"
	ClassTLSName       Class = "tls_name"
	ClassTLSDate       Class = "tls_date"
	ClassTLSNone       Class = "tls_none"
	ClassTLSOther      Class = "tls_other"
	ClassHTTP          Class = "http_status"
	ClassDecode        Class = "decode"
	ClassCollector     Class = "collector_failed"
	ClassExhausted     Class = "resource_exhausted"
	ClassDenied        Class = "denied"
	ClassNumbering     Class = "numbering"
	ClassAssignment    Class = "assignment"
	ClassSpool         Class = "spool"
	ClassIdentity      Class = "identity"
	ClassHello         Class = "hello_asked" // an answer asked for a new Hello
	ClassStopped       Class = "stopped"     // by us
	ClassUnknown       Class = "unknown"
)

// A Next says what comes after a failure.
type Next uint8

// What comes next. All but Hello begin with a pause that grows from failure
// to failure up to a minute, with full jitter.
const (
	Again     Next = iota // try again
	Elsewhere             // try again, beginning with the next address
	Hello                 // say Hello again, at once
	Smaller               // send less at a time
	Person                // send nothing and wait for a person; ask again every few minutes
)

func (n Next) String() string {
	return [...]string{"again", "elsewhere", "hello", "smaller", "person"}[n]
}

// table maps every class to what comes next. What is not in it is [Again]:
// an agent never gives up.
var table = map[Class]Next{
	ClassDNS:           Again,
	ClassRefused:       Again,
	ClassUnreachable:   Again,
	ClassTimeout:       Again,
	ClassCut:           Again,
	ClassProxyDown:     Again,
	ClassProxySilent:   Again,
	ClassProxyNone:     Again,
	ClassProxyAuth:     Again,
	ClassProxyDenied:   Again,
	ClassProxyGateway:  Again,
	ClassProxyPassword: Again,
	ClassTLSPin:        Elsewhere,
	ClassTLSInspected:  Elsewhere,
	ClassTLSName:       Elsewhere,
	ClassTLSDate:       Elsewhere,
	ClassTLSNone:       Elsewhere,
	ClassTLSOther:      Elsewhere,
	ClassHTTP:          Elsewhere,
	ClassDecode:        Again,
	ClassCollector:     Again,
	ClassExhausted:     Smaller,
	ClassDenied:        Person,
	ClassNumbering:     Again,
	ClassAssignment:    Again,
	ClassSpool:         Again,
	ClassIdentity:      Person,
	ClassHello:         Hello,
	ClassStopped:       Again,
	ClassUnknown:       Again,

	wire.CodeCertificateMissing: Person,
	wire.CodeCertificateForeign: Person,
	wire.CodeCertificateExpired: Person,
	wire.CodeCertificateNotYet:  Person,
	wire.CodeRevoked:            Person,
	wire.CodeReplaced:           Person,
	wire.CodeApprovalWanted:     Person,
	wire.CodeSiteUnknown:        Person,
	wire.CodeSuperseded:         Again, // its Hello and push then prove a clone
	wire.CodeClone:              Again, // a person decides at the collector, and then it goes on by itself
	wire.CodeProtocolUnknown:    Person,
	wire.CodeHelloFirst:         Hello,
	wire.CodeTooLarge:           Smaller,
	wire.CodeBroken:             Smaller,
	wire.CodeStopping:           Again,
	wire.CodeBusy:               Again,

	// Of enrolment only; the program ends and a person decides.
	wire.CodeWrong:        Person,
	wire.CodeUsed:         Person,
	wire.CodeExpired:      Person,
	wire.CodeTooManyTries: Person,
}

// A Problem is a failure as it is judged: what it is, what comes next, and
// the sentence for the person.
type Problem struct {
	Class  Class
	Next   Next
	ZH, EN string
}

// Judge says what an error of a call means. A refusal of the collector keeps
// its sentences; everything else gets those of its class.
func Judge(err error) Problem {
	if r := wire.RefusalOf(err); r != nil {
		c := Class(r.Code)
		p := Problem{Class: c, Next: table[c], ZH: clean(r.Zh), EN: clean(r.En)}
		if words.Known(hint(c)) {
			p.ZH += "；" + words.Text(hint(c), "zh")
			p.EN += "; " + words.Text(hint(c), "en")
		}
		return p
	}
	c := class(err)
	detail := clean(said(err))
	return Problem{Class: c, Next: table[c], ZH: words.Text(sentence(c), "zh", detail), EN: words.Text(sentence(c), "en", detail)}
}

func sentence(c Class) string { return "uplink." + string(c) }
func hint(c Class) string     { return "uplink.hint." + string(c) }

// A fault is an error that the uplink itself has judged.
type fault struct {
	class Class
	err   error
}

func (f *fault) Error() string { return f.err.Error() }
func (f *fault) Unwrap() error { return f.err }

// class finds the class of an error that carries no refusal.
func class(err error) Class {
	if f, ok := errors.AsType[*fault](err); ok {
		return f.class
	}
	if t, ok := errors.AsType[*identity.TrustError](err); ok {
		return map[identity.TrustFault]Class{
			identity.ForeignAuthority: ClassTLSPin, identity.WrongName: ClassTLSName, identity.WrongDate: ClassTLSDate,
			identity.Inspected: ClassTLSInspected,
		}[t.What]
	}
	if _, ok := errors.AsType[*line.Foreign](err); ok {
		return ClassHTTP
	}
	if e, ok := errors.AsType[*line.Error](err); ok {
		switch e.Stage {
		case line.Resolving:
			return ClassDNS
		case line.Connecting:
			return connecting(e.Err)
		case line.Proxying:
			return proxying(e.Err)
		case line.Shaking:
			return shaking(e.Err)
		}
	}
	return calling(err)
}

func connecting(err error) Class {
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return ClassRefused
	case timedOut(err):
		return ClassTimeout
	}
	return ClassUnreachable
}

func proxying(err error) Class {
	p, ok := errors.AsType[*line.ProxyError](err)
	if !ok {
		return ClassUnknown
	}
	return map[line.ProxyFault]Class{
		line.ProxyDown: ClassProxyDown, line.ProxySilent: ClassProxySilent, line.ProxyNone: ClassProxyNone, line.ProxyAuth: ClassProxyAuth,
		line.ProxyDenied: ClassProxyDenied, line.ProxyGateway: ClassProxyGateway, line.ProxyPassword: ClassProxyPassword,
	}[p.What]
}

func shaking(err error) Class {
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return ClassTLSNone
	}
	switch {
	case timedOut(err):
		return ClassTimeout
	case lost(err):
		return ClassCut
	}
	return ClassTLSOther
}

// calling judges an error of a call on a connection that stood.
func calling(err error) Class {
	code := connect.CodeOf(err)
	if connect.IsWireError(err) { // the collector said it
		switch code {
		case connect.CodeResourceExhausted:
			return ClassExhausted
		case connect.CodeUnauthenticated, connect.CodePermissionDenied:
			return ClassDenied
		case connect.CodeDeadlineExceeded:
			return ClassTimeout
		}
		return ClassCollector
	}
	switch {
	case timedOut(err), code == connect.CodeDeadlineExceeded:
		return ClassTimeout
	case errors.Is(err, context.Canceled):
		return ClassStopped
	case lost(err), code == connect.CodeCanceled, code == connect.CodeUnavailable: // a reset stream
		return ClassCut
	case code == connect.CodeInternal, code == connect.CodeInvalidArgument, code == connect.CodeResourceExhausted:
		return ClassDecode // connect could not make sense of an answer
	}
	return ClassUnknown
}

func timedOut(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	n, ok := errors.AsType[net.Error](err)
	return ok && n.Timeout()
}

// lost says whether a connection ended in the middle of something.
func lost(err error) bool {
	for _, e := range []error{io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED} {
		if errors.Is(err, e) {
			return true
		}
	}
	// net/http keeps its own copy of http2 to itself, and some of its errors
	// have no type.
	text := err.Error()
	return strings.Contains(text, "http2: ") || strings.Contains(text, "stream error") || strings.Contains(text, "server closed idle connection")
}

// said returns what an error says without the layers that repeat themselves.
func said(err error) string {
	if c, ok := errors.AsType[*connect.Error](err); ok {
		return c.Message()
	}
	return err.Error()
}

// clean makes foreign text one line of bounded length.
func clean(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "\uFFFD")), " ")
	const most = 400
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
