package tcp

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"fengsui/checks"
	hello "fengsui/checks/tls"
)

// Bounds of a dialogue: what of an answer is kept and matched, how long a line
// may be, and how many there may be.
const (
	mostAnswer = 4 << 10
	mostLine   = 1 << 10
	mostLines  = 64
)

// A talk is a dialogue over a connection that stands.
type talk struct {
	conn net.Conn
	r    *bufio.Reader
}

func newTalk(conn net.Conn) *talk { return &talk{conn, bufio.NewReaderSize(conn, mostLine)} }

// line reads one line. One that is too long is an error: no protocol here has it.
func (t *talk) line() (string, error) {
	b, err := t.r.ReadSlice('\n')
	if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
		return string(b), err
	} else if err != nil {
		return "", fmt.Errorf("a line has more than %d bytes", mostLine)
	}
	return strings.TrimRight(string(b), "\r\n"), nil
}

// reply reads a reply of SMTP or FTP, which may have several lines (RFC 5321
// section 4.2.1, RFC 959 section 4.2): its last begins with code and blank.
func (t *talk) reply(code string) (lines []string, err error) {
	for range mostLines {
		line, err := t.line()
		if err != nil {
			return lines, err
		}
		lines = append(lines, line)
		if len(line) < 4 || line[3] != '-' {
			if !strings.HasPrefix(line, code) {
				return lines, fmt.Errorf("it said %q, want %s", line, code)
			}
			return lines, nil
		}
	}
	return lines, fmt.Errorf("a reply has more than %d lines", mostLines)
}

// begins reads lines until one that is the answer, and wants it to begin so.
func (t *talk) begins(skip, want string) error {
	for range mostLines {
		line, err := t.line()
		switch {
		case err != nil:
			return err
		case strings.HasPrefix(line, want):
			return nil
		case skip == "" || !strings.HasPrefix(line, skip):
			return fmt.Errorf("it said %q, want %s", line, want)
		}
	}
	return fmt.Errorf("an answer has more than %d lines", mostLines)
}

func (t *talk) say(line string) error {
	_, err := io.WriteString(t.conn, line+"\r\n")
	return err
}

// starts are the dialogues that lead to TLS: RFC 3207, RFC 9051 section 6.2.1,
// RFC 2595 section 4, RFC 4217.
var starts = map[string]func(t *talk) error{
	"smtp": func(t *talk) error {
		if _, err := t.reply("220"); err != nil {
			return err
		}
		if err := t.say("EHLO fengsui.invalid"); err != nil {
			return err
		}
		offers, err := t.reply("250")
		if err != nil {
			return err
		}
		if !strings.Contains(strings.ToUpper(strings.Join(offers, "\n")), "STARTTLS") {
			return errors.New("it does not offer STARTTLS")
		}
		if err := t.say("STARTTLS"); err != nil {
			return err
		}
		_, err = t.reply("220")
		return err
	},
	"imap": func(t *talk) error {
		if err := t.begins("", "* OK"); err != nil {
			return err
		}
		if err := t.say("a1 STARTTLS"); err != nil {
			return err
		}
		return t.begins("*", "a1 OK")
	},
	"pop3": func(t *talk) error {
		if err := t.begins("", "+OK"); err != nil {
			return err
		}
		if err := t.say("STLS"); err != nil {
			return err
		}
		return t.begins("", "+OK")
	},
	"ftp": func(t *talk) error {
		if _, err := t.reply("220"); err != nil {
			return err
		}
		if err := t.say("AUTH TLS"); err != nil {
			return err
		}
		_, err := t.reply("234")
		return err
	},
}

// converse leads the dialogue that the options ask for.
func (c *check) converse(ctx context.Context, conn net.Conn, at checks.Endpoint, o *checks.Observation) (net.Conn, checks.Reason) {
	if deadline, ok := ctx.Deadline(); ok {
		conn.SetDeadline(deadline.Add(-margin))
	}
	defer context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })()
	address := at.Addr.String()
	broken := func(d checks.Declaration, err error, args ...string) checks.Reason {
		if _, stopped := checks.Cut(ctx, err); stopped {
			return checks.ReasonStopped.With(at.Target)
		}
		return d.With(append([]string{at.Target, address}, args...)...)
	}
	if c.StartTLS != "" {
		if err := starts[c.StartTLS](newTalk(conn)); err != nil {
			return conn, broken(reasonStartTLS, err, c.StartTLS, plain(ctx, err))
		}
		began := time.Now()
		secure := tls.Client(conn, hello.Config(at.Host))
		if err := secure.Handshake(); err != nil {
			return conn, broken(reasonStartTLS, err, c.StartTLS, hello.Plain(err))
		}
		o.Seconds("tls_seconds", time.Since(began))
		conn = secure
	}
	if c.Send == "" && c.Match == "" {
		return conn, checks.Reason{}
	}
	began := time.Now()
	if _, err := io.WriteString(conn, c.send); err != nil {
		return conn, broken(reasonAnswer, err, c.Match, plain(ctx, err))
	}
	if c.match == nil {
		return conn, checks.Reason{}
	}
	var said []byte
	for b := make([]byte, 512); len(said) < mostAnswer; {
		n, err := conn.Read(b[:min(len(b), mostAnswer-len(said))])
		if said = append(said, b[:n]...); c.match.Match(said) {
			o.Seconds("answer_seconds", time.Since(began))
			return conn, checks.Reason{}
		}
		if err != nil {
			return conn, broken(reasonAnswer, err, c.Match, fmt.Sprintf("%q, then %s", head(said), plain(ctx, err)))
		}
	}
	return conn, broken(reasonAnswer, nil, c.Match, fmt.Sprintf("%q …", head(said)))
}

// head is what of an answer is shown.
func head(b []byte) []byte { return b[:min(len(b), 80)] }

func plain(ctx context.Context, err error) string {
	timedOut, _ := checks.Cut(ctx, err)
	switch {
	case timedOut:
		return "timed out"
	case errors.Is(err, io.EOF):
		return "connection closed"
	}
	return checks.Plain(err)
}

// margin is kept of the deadline to say what was seen.
const margin = 20 * time.Millisecond
