package all_test

import (
	"net"
)

// tcpWords are servers on ports: PORT, and the addresses where they listen.
var tcpWords = map[string]arrange{
	"listens":  func(w *world, args []string) { w.accept(args, func(c net.Conn) { <-w.t.Context().Done() }) },
	"hangs-up": func(w *world, args []string) { w.accept(args, func(net.Conn) {}) },
	"resets":   func(w *world, args []string) { w.accept(args, func(c net.Conn) { c.(*net.TCPConn).SetLinger(0) }) },
}

// accept serves connections until the row ends.
func (w *world) accept(args []string, serve func(net.Conn)) {
	w.t.Helper()
	for _, a := range w.at(args[1:]) {
		l, err := w.place("server").Listen("tcp", net.JoinHostPort(a.String(), args[0]))
		w.must(err)
		w.t.Cleanup(func() { l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				go func() {
					defer c.Close()
					serve(c)
				}()
			}
		}()
	}
}
