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
	"syscall"
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

// processes are those that were started.
func (s *stage) processes() []*e2e.Process {
	var all []*e2e.Process
	if s.district != nil && s.district.Collector() != nil {
		all = append(all, s.district.Collector())
	}
	for _, a := range s.agents {
		if a.Process() != nil {
			all = append(all, a.Process())
		}
	}
	return all
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
func (s *stage) serve() (port int, err error) {
	portal := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, "青山区政务服务网")
	})
	for range 20 { // the port has to be free in both families
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			return 0, fmt.Errorf("open the portal: %w", err)
		}
		port = l.Addr().(*net.TCPAddr).Port
		l6, err := net.Listen("tcp6", fmt.Sprintf("[::1]:%d", port))
		s.hasV6 = err == nil
		if err != nil && !errors.Is(err, syscall.EADDRNOTAVAIL) && !errors.Is(err, syscall.EAFNOSUPPORT) {
			l.Close()
			continue
		}
		s.run(l, portal)
		if s.hasV6 {
			s.run(l6, portal)
		}
		return port, nil
	}
	return 0, errors.New("open the portal: no port is free in both families")
}

func (s *stage) run(l net.Listener, h http.Handler) {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	s.servers = append(s.servers, server)
	go server.Serve(l)
}

// relay opens a part of the town's line to a port, in both families, and
// returns the port where the line begins.
func (s *stage) relay(to int) (int, error) {
	for range 20 {
		port, err := e2e.FreePort("127.0.0.1")
		if err != nil {
			return 0, err
		}
		r, err := e2e.NewRelay(fmt.Sprintf("127.0.0.1:%d", port), fmt.Sprintf("127.0.0.1:%d", to))
		if err != nil {
			continue
		}
		if s.hasV6 {
			r6, err := e2e.NewRelay(fmt.Sprintf("[::1]:%d", port), fmt.Sprintf("[::1]:%d", to))
			if err != nil {
				r.Cut()
				continue
			}
			s.lines = append(s.lines, r6)
		}
		s.lines = append(s.lines, r)
		return port, nil
	}
	return 0, fmt.Errorf("open a line to port %d: no port is free in both families", to)
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
