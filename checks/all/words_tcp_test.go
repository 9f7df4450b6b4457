package all_test

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"time"
)

// tcpWords are servers on ports: PORT, and the addresses where they listen.
var tcpWords = map[string]arrange{
	"listens":  func(w *world, args []string) { w.accept(args, func(c net.Conn) { <-w.t.Context().Done() }) },
	"hangs-up": func(w *world, args []string) { w.accept(args, func(net.Conn) {}) },
	"smtp": func(w *world, args []string) {
		w.accept(args, mailServer("220 mail.test ESMTP", "250-mail.test\r\n250-STARTTLS\r\n250 HELP", "220 go ahead", certificateOf(w, "good")))
	},
	"smtp-bare": func(w *world, args []string) {
		w.accept(args, mailServer("220 mail.test ESMTP", "250 HELP", "502 no", certificateOf(w, "good")))
	},
	"smtp-liar": func(w *world, args []string) {
		w.accept(args, func(c net.Conn) {
			io.WriteString(c, "220 mail.test ESMTP\r\n")
			r := bufio.NewReader(c)
			r.ReadString('\n')
			io.WriteString(c, "250 STARTTLS\r\n")
			r.ReadString('\n')
			io.WriteString(c, "220 go ahead\r\n250 but in clear text\r\n")
			io.Copy(io.Discard, c)
		})
	},
	"imap": func(w *world, args []string) {
		w.accept(args, mailServer("* OK ready", "a1 OK begin", "", certificateOf(w, "good")))
	},
	"pop3": func(w *world, args []string) {
		w.accept(args, mailServer("+OK ready", "+OK begin", "", certificateOf(w, "good")))
	},
	"ftp": func(w *world, args []string) {
		w.accept(args, mailServer("220-welcome\r\n220 ready", "234 begin", "", certificateOf(w, "good")))
	},
	"redis": func(w *world, args []string) {
		w.accept(args, func(c net.Conn) { c.Read(make([]byte, 100)); io.WriteString(c, "+PONG\r\n"); io.Copy(io.Discard, c) })
	},
	"chatty": func(w *world, args []string) {
		w.accept(args, func(c net.Conn) {
			for {
				if _, err := io.WriteString(c, "220-and more\r\n"); err != nil {
					return
				}
			}
		})
	},
	"slow": func(w *world, args []string) {
		w.accept(args, func(c net.Conn) {
			for {
				if _, err := io.WriteString(c, "2"); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		})
	},
	"resets": func(w *world, args []string) { w.accept(args, func(c net.Conn) { c.(*net.TCPConn).SetLinger(0) }) },
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

// mailServer leads the dialogue that comes before TLS: a greeting, and an answer
// to each line.
func mailServer(greeting, first, second string, cert tls.Certificate) func(net.Conn) {
	return func(c net.Conn) {
		r := bufio.NewReader(c)
		io.WriteString(c, greeting+"\r\n")
		for _, answer := range []string{first, second} {
			if answer == "" {
				continue
			}
			if _, err := r.ReadString('\n'); err != nil {
				return
			}
			io.WriteString(c, answer+"\r\n")
		}
		s := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{cert}})
		if s.Handshake() == nil {
			io.Copy(io.Discard, s)
		}
	}
}
