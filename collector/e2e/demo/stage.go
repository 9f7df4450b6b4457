package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"time"

	"fengsui/collector/e2e"
)

// A stage is everything that the demo set up, and the voice that tells it.
type stage struct {
	began    time.Time
	district *e2e.District
	servers  []io.Closer
	lines    []*e2e.Relay // the town's line: the uplink, and one for each service behind it
	agents   map[string]*e2e.Agent
	hasV6    bool
}

// say tells a step: Chinese first, English behind it.
func (s *stage) say(zh, en string) {
	fmt.Printf("%5.1fs  %s\n        %s\n", time.Since(s.began).Seconds(), zh, en)
}

// show prints evidence below a step.
func (s *stage) show(text string) {
	for line := range strings.Lines(strings.TrimRight(text, "\n")) {
		fmt.Print("        │ ", strings.TrimRight(line, "\n"), "\n")
	}
}

func (s *stage) close() {
	s.district.Close()
	for _, l := range s.lines {
		l.Cut()
	}
	for _, c := range s.servers {
		c.Close()
	}
}

// serve opens the demo's portal on one port of 127.0.0.1 and of ::1.
func (s *stage) serve() (v4, v6 string, err error) {
	portal := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, "青山区政务服务网")
	})
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return "", "", fmt.Errorf("open the portal: %w", err)
	}
	s.run(l, portal)
	l6, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		return l.Addr().String(), "", nil // this machine has no ::1: told, and no failure
	}
	s.hasV6 = true
	s.run(l6, portal)
	return l.Addr().String(), l6.Addr().String(), nil
}

func (s *stage) run(l net.Listener, h http.Handler) {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	s.servers = append(s.servers, server)
	go server.Serve(l)
}

// relay opens a part of the town's line to an address.
func (s *stage) relay(to string) (string, error) {
	host, _, err := net.SplitHostPort(to)
	if err != nil {
		return "", err
	}
	r, err := e2e.NewRelay(net.JoinHostPort(host, "0"), to)
	if err != nil {
		return "", err
	}
	s.lines = append(s.lines, r)
	return r.Addr(), nil
}

// cut and mend act on the whole line at once.
func (s *stage) cut() {
	for _, l := range s.lines {
		l.Cut()
	}
}

func (s *stage) mend() error {
	var errs []error
	for _, l := range s.lines {
		errs = append(errs, l.Mend())
	}
	return errors.Join(errs...)
}

// until waits for something to be seen.
func (s *stage) until(ctx context.Context, timeout time.Duration, what string, ask func() error) error {
	return e2e.Until(ctx, timeout, what, ask)
}
