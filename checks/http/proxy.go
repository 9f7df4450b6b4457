package http

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	nethttp "net/http"
	"net/url"
	"strconv"

	hello "fengsui/checks/tls"
)

// bindProxy reads the option "proxy".
func (c *check) bindProxy() error {
	c.proxy = nil
	if c.Proxy == "" {
		return nil
	}
	p, err := parse(c.Proxy)
	if err != nil || p.tls || p.url.Path != "" && p.url.Path != "/" {
		return fmt.Errorf(`option "proxy" is %q, want an HTTP proxy such as "http://proxy.example:3128"`, c.Proxy)
	}
	c.proxy = &p
	return nil
}

// tunnel asks the proxy at the other end for a way to a page's host (RFC 9110
// section 9.3.6).
func tunnel(conn net.Conn, p page) error {
	to := net.JoinHostPort(p.host, strconv.Itoa(int(p.port)))
	request := &nethttp.Request{Method: "CONNECT", URL: &url.URL{Opaque: to}, Host: to, Header: nethttp.Header{"User-Agent": {"fengsui-agent"}}}
	if err := request.Write(conn); err != nil {
		return err
	}
	r := bufio.NewReaderSize(conn, 4096)
	response, err := readResponse(r, request)
	switch {
	case err != nil:
		return err
	case response.StatusCode/100 != 2:
		return errors.New("it answered " + response.Status)
	case r.Buffered() > 0:
		return errors.New("it sent something before the other end could")
	}
	return nil
}

// SecretName says which secret the check wants.
func (c *check) SecretName() string { return c.Secret }

// Confide tells the check its client certificate. An error never repeats it.
func (c *check) Confide(value string) error {
	pair, err := tls.X509KeyPair([]byte(value), []byte(value))
	if err != nil {
		return errors.New("want a certificate and its private key, both as PEM")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.client = &pair
	return nil
}

func (c *check) certificate() *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.client
}

func (c *check) tlsConfig(p page) *tls.Config {
	protocols := []string{"http/1.1"}
	if c.HTTP2 {
		protocols = []string{"h2", "http/1.1"}
	}
	config := hello.Config(p.host, protocols...)
	if pair := c.certificate(); pair != nil {
		config.Certificates = []tls.Certificate{*pair}
	}
	return config
}
