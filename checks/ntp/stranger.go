package ntp

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"fengsui/checks"
)

// A question is one that a server should answer to its own administrators only:
// the packet, and what an answer to it gives away.
type question struct {
	packet []byte
	gives  func(answer []byte) (bytes int, ok bool)
}

var (
	// readVariables is a control message of opcode 2 (RFC 9327 sections 2 and 3).
	readVariables = question{[]byte{0x16, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0}, variables}
	// listClients is MON_GETLIST_1 of ntpd's private mode 7, the one that
	// amplifies (CVE-2013-5211).
	listClients = question{[]byte{0x17, 0, 3, 0x2a, 0, 0, 0, 0}, clients}
)

// variables reads an answer of mode 6: the length of what it tells.
func variables(b []byte) (int, bool) {
	const response, failed = 0x80, 0x40
	if len(b) < 12 || b[0]&7 != 6 || b[1]&response == 0 || b[1]&failed != 0 || b[1]&0x1f != 2 {
		return 0, false
	}
	n := int(binary.BigEndian.Uint16(b[10:]))
	return min(n, len(b)-12), n > 0
}

// clients reads an answer of mode 7: the length of its list.
func clients(b []byte) (int, bool) {
	if len(b) < 8 || b[0]&7 != 7 || b[0]&0x80 == 0 || b[3] != 0x2a || b[4]>>4 != 0 {
		return 0, false // with an error in the upper half of byte 4
	}
	n := int(binary.BigEndian.Uint16(b[4:])&0xfff) * int(binary.BigEndian.Uint16(b[6:])&0xfff)
	return min(n, len(b)-8), n > 0
}

// mostAnswers bounds what is read in reply to one packet.
const mostAnswers = 8

// stranger asks one question as anybody could, once, and judges that nobody
// answers.
func (c *check) stranger(ctx context.Context, at checks.Endpoint, port uint16, o *checks.Observation, rule string, q question, what string) {
	conn, err := at.Dial(ctx, "udp", port)
	if err != nil {
		o.Find(rule, checks.Unknown, "it could not be asked: "+checks.Plain(err))
		return
	}
	defer conn.Close()
	until := time.Now().Add(patience)
	if deadline, ok := ctx.Deadline(); ok && deadline.Add(-margin).Before(until) {
		until = deadline.Add(-margin)
	}
	if time.Until(until) < checks.MinWait {
		o.Find(rule, checks.Unknown, "there was no time left to ask")
		return
	}
	conn.SetDeadline(until)
	defer context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })()
	if _, err := conn.Write(q.packet); err != nil {
		o.Find(rule, checks.Unknown, "it could not be asked: "+checks.Plain(err))
		return
	}
	var b [1500]byte
	for range mostAnswers {
		n, err := conn.Read(b[:])
		if err != nil {
			break
		}
		if bytes, ok := q.gives(b[:n]); ok {
			o.Find(rule, checks.Fail, fmt.Sprintf("it tells anybody %s: %d bytes for our %d", what, bytes, len(q.packet)))
			return
		}
	}
	o.Find(rule, checks.Pass, "it does not tell "+what)
}
