package line

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// proxyTimeout bounds what a proxy takes to answer a CONNECT: it dials the
// collector meanwhile.
const proxyTimeout = 10 * time.Second

// Bounds of what is read, in bytes.
const (
	maxProxyAnswer = 16 << 10
	maxPassword    = 1 << 10
)

// A Proxy is an HTTP proxy on the way to the collector, asked by CONNECT (RFC
// 9110, section 9.3.6). It sees where we go and how much is sent; what is sent
// is the collector's alone, as without it.
type Proxy struct {
	Address      string        // host:port
	User         string        // "": no authentication
	PasswordFile string        // read at every connection; "" with a user: an empty password
	Wait         time.Duration // for the answer to CONNECT; 0: 10 s
}

// A ProxyFault is what is wrong with a proxy.
type ProxyFault uint8

// The faults.
const (
	ProxyDown     ProxyFault = iota // it cannot be reached
	ProxySilent                     // it takes the connection and answers nothing in time
	ProxyNone                       // what answers is no proxy
	ProxyAuth                       // it wants another name or password, or another way to prove them (407)
	ProxyDenied                     // it may not or will not go there (403 and its like)
	ProxyGateway                    // it cannot reach the collector (5xx)
	ProxyPassword                   // the password cannot be read here
)

// A ProxyError says what went wrong between here and the proxy's answer.
type ProxyError struct {
	What  ProxyFault
	Proxy string // host:port as configured
	Err   error
}

func (e *ProxyError) Error() string { return fmt.Sprintf("the proxy %s: %v", e.Proxy, e.Err) }

// Unwrap returns the cause.
func (e *ProxyError) Unwrap() error { return e.Err }

// throughProxy opens a way to one address by the proxy. The error is a
// *[ProxyError].
func (d *Dialer) throughProxy(ctx context.Context, to string, hold func(net.Conn) net.Conn) (net.Conn, error) {
	p := d.Proxy
	request, err := p.request(to)
	if err != nil {
		return nil, &ProxyError{ProxyPassword, p.Address, err}
	}
	tcp, err := d.dialProxy(ctx)
	if err != nil {
		return nil, &ProxyError{ProxyDown, p.Address, err}
	}
	tcp = hold(tcp)
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(p.Wait, proxyTimeout))
	defer cancel()
	// A deadline in the past ends what is being read or written at once.
	release := context.AfterFunc(ctx, func() { tcp.SetDeadline(time.Unix(1, 0)) })
	what, err := p.ask(tcp, request)
	if !release() && err == nil {
		what, err = ProxySilent, context.Cause(ctx) // the deadline would outlive the answer
	}
	if err != nil {
		return nil, errors.Join(&ProxyError{what, p.Address, err}, ignoreClosed(tcp.Close()))
	}
	return tcp, nil
}

// dialProxy connects to the proxy at the first of its addresses that answers.
func (d *Dialer) dialProxy(ctx context.Context) (net.Conn, error) {
	points, err := d.resolve(ctx, d.Proxy.Address)
	failed := []error{err}
	for _, at := range points {
		tcp, err := d.tcp(ctx, at.String())
		if err == nil {
			return tcp, nil
		}
		failed = append(failed, err)
	}
	return nil, errors.Join(failed...)
}

// request returns the CONNECT to one address. The error does not repeat the
// password.
func (p *Proxy) request(to string) (*http.Request, error) {
	r := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: to}, Host: to, Header: http.Header{"User-Agent": {"fengsui-agent"}}}
	if p.User == "" {
		return r, nil
	}
	password, err := p.password()
	if err != nil {
		return nil, fmt.Errorf("read the password for user %q: %w", p.User, err)
	}
	r.SetBasicAuth(p.User, password)
	r.Header["Proxy-Authorization"] = r.Header["Authorization"]
	delete(r.Header, "Authorization")
	return r, nil
}

func (p *Proxy) password() (string, error) {
	if p.PasswordFile == "" {
		return "", nil
	}
	f, err := os.Open(p.PasswordFile)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxPassword+1))
	if err != nil {
		return "", err
	}
	password := strings.TrimRight(string(text), "\r\n")
	if len(password) > maxPassword || strings.ContainsAny(password, "\r\n\x00") {
		return "", fmt.Errorf("%s holds %d bytes or more than one line, want one line of at most %d", p.PasswordFile, len(text), maxPassword)
	}
	return password, nil
}

// ask sends the request and judges the answer.
func (p *Proxy) ask(tcp net.Conn, request *http.Request) (ProxyFault, error) {
	if err := request.Write(tcp); err != nil {
		return gone(err), fmt.Errorf("asked to connect to %s: %w", request.Host, err)
	}
	read := bufio.NewReader(io.LimitReader(tcp, maxProxyAnswer))
	answer, err := http.ReadResponse(read, request)
	if err != nil {
		return gone(err), fmt.Errorf("asked to connect to %s, want an HTTP answer: %w", request.Host, err)
	}
	said := fmt.Errorf("asked to connect to %s, it answered %.100q", request.Host, answer.Status)
	switch code := answer.StatusCode; {
	case code == http.StatusProxyAuthRequired:
		return ProxyAuth, p.wanted(answer, said)
	case code/100 == 2 && read.Buffered() > 0:
		return ProxyNone, fmt.Errorf("%w and went on talking, want silence until TLS begins", said)
	case code/100 == 2:
		return 0, nil
	case code == http.StatusBadRequest, code == http.StatusNotFound, code == http.StatusMethodNotAllowed,
		code == http.StatusNotImplemented, code/100 == 3, code/100 == 1:
		return ProxyNone, said // what servers and portals say that do not know CONNECT
	case code/100 == 5:
		return ProxyGateway, said
	}
	return ProxyDenied, said
}

// wanted says which proofs a proxy takes, of which we have one.
func (p *Proxy) wanted(answer *http.Response, said error) error {
	var ways []string
	for _, way := range answer.Header.Values("Proxy-Authenticate") {
		name, _, _ := strings.Cut(way, " ")
		ways = append(ways, fmt.Sprintf("%.20s", name))
	}
	if p.User == "" {
		return fmt.Errorf("%w; it takes %q and no user is set", said, ways)
	}
	return fmt.Errorf("%w; it takes %q and was shown Basic for user %q", said, ways, p.User)
}

// gone says what an error of the talk with a proxy means.
func gone(err error) ProxyFault {
	if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() {
		return ProxySilent
	}
	return ProxyNone
}
