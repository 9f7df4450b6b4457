package tls

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"golang.org/x/crypto/cryptobyte"
)

// An answer is what a server says to a hello of ours, before anything is secret.
type answer struct {
	version uint16 // chosen; 0: no hello came back
	suite   uint16
	chain   [][]byte // DER, of versions below TLS 1.3
	alert   int      // description, RFC 5246 section 7.2; -1: none
	said    []byte   // the first bytes of what is no TLS
}

// Bounds of what is read of one answer.
const (
	mostRecord = 1<<14 + 2048
	mostAnswer = 256 << 10 // as crypto/tls bounds a certificate message
	mostChain  = 16
)

var errTooLong = errors.New("its first messages have more than " + strconv.Itoa(mostAnswer) + " bytes")

// read reads until the answer is known: the server's hello and, where that is
// wanted and not secret, its certificates. An error is of the connection, or
// says what is wrong with the bytes.
func read(r io.Reader, chain bool) (answer, error) {
	a := answer{alert: -1}
	var pending []byte
	for total := 0; ; {
		var head [5]byte
		if n, err := io.ReadFull(r, head[:]); err != nil {
			if n > 0 && head[0] != recordHandshake && head[0] != recordAlert {
				a.said = head[:n]
			}
			return a, err
		}
		length := int(head[3])<<8 | int(head[4])
		if head[0] < 20 || head[0] > 24 || head[1] > 3 || head[1] == 0 {
			a.said = append(a.said, head[:]...)
			more := make([]byte, 59)
			n, _ := io.ReadAtLeast(r, more, 1)
			a.said = append(a.said, more[:n]...)
			return a, nil
		}
		if length > mostRecord {
			return a, fmt.Errorf("a record has %d bytes, want at most %d", length, mostRecord)
		}
		if total += length; total > mostAnswer {
			return a, errTooLong
		}
		body := make([]byte, length)
		if _, err := io.ReadFull(r, body); err != nil {
			return a, err
		}
		switch head[0] {
		case recordAlert:
			if length >= 2 {
				a.alert = int(body[1])
			}
			if length < 2 || body[0] == 2 || a.version == 0 { // fatal, or before any hello
				return a, nil
			}
		case recordHandshake:
			pending = append(pending, body...)
			done, rest, err := a.take(pending, chain)
			if done || err != nil {
				return a, err
			}
			pending = rest
		default: // of later phases
			return a, nil
		}
	}
}

// take reads whole messages and returns what is left.
func (a *answer) take(b []byte, chain bool) (done bool, rest []byte, err error) {
	for s := cryptobyte.String(b); ; {
		before := s
		var kind uint8
		var body cryptobyte.String
		if !s.ReadUint8(&kind) || !s.ReadUint24LengthPrefixed(&body) {
			if len(before) >= 4 && int(before[1])<<16|int(before[2])<<8|int(before[3]) > mostAnswer {
				return false, nil, fmt.Errorf("a message has %d bytes, want at most %d", int(before[1])<<16|int(before[2])<<8|int(before[3]), mostAnswer)
			}
			return false, before, nil
		}
		switch kind {
		case serverHello:
			if err := a.hello(body); err != nil {
				return false, nil, err
			}
			if !chain || a.version == tls13 {
				return true, nil, nil
			}
		case certificateMessage:
			a.chain = certificates(body)
			return true, nil, nil
		case helloDone: // an anonymous suite has no certificates
			return true, nil, nil
		}
	}
}

// hello reads a ServerHello (RFC 5246 section 7.4.1.3, RFC 8446 section 4.1.3).
func (a *answer) hello(s cryptobyte.String) error {
	var random []byte
	var session, extensions cryptobyte.String
	var compression uint8
	version, suite := uint16(0), uint16(0)
	if !s.ReadUint16(&version) || !s.ReadBytes(&random, 32) || !s.ReadUint8LengthPrefixed(&session) || !s.ReadUint16(&suite) || !s.ReadUint8(&compression) {
		return errors.New("its hello is cut short")
	}
	if !s.Empty() && !s.ReadUint16LengthPrefixed(&extensions) {
		return errors.New("the extensions of its hello are cut short")
	}
	for !extensions.Empty() {
		var id uint16
		var body cryptobyte.String
		if !extensions.ReadUint16(&id) || !extensions.ReadUint16LengthPrefixed(&body) {
			return errors.New("an extension of its hello is cut short")
		}
		if id == extensionVersions && !body.ReadUint16(&version) {
			return errors.New("the version in its hello is cut short")
		}
	}
	a.version, a.suite = version, suite
	return nil
}

// certificates reads a Certificate message (RFC 5246 section 7.4.2).
func certificates(s cryptobyte.String) (chain [][]byte) {
	var list cryptobyte.String
	if !s.ReadUint24LengthPrefixed(&list) {
		return nil
	}
	for !list.Empty() && len(chain) < mostChain {
		var der cryptobyte.String
		if !list.ReadUint24LengthPrefixed(&der) {
			break
		}
		chain = append(chain, der)
	}
	return chain
}
