// Package echo sends ICMP echo requests and hears what comes of them, replies
// and errors, over sockets that may be raw or not.
package echo

import (
	"encoding/binary"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"fengsui/checks"
)

// ids are the identifiers of echo requests in turn: random ones of 16 bits
// collide, and a NAT then mixes two senders up. Where they begin is random, for
// the sake of other programs of this machine.
var ids = func() (n atomic.Uint32) { n.Store(rand.Uint32()); return }()

// NextID returns an identifier for echo requests.
func NextID() uint16 { return uint16(ids.Add(1)) }

// A Voice is a way of speaking, and so a socket: what it sends is alike but for
// address, number and length.
type Voice struct {
	V6        bool
	Raw       bool
	TTL, DSCP int
	DF        bool // no router may fragment it
	From      checks.Source
}

// A Reply is a reply, and when the kernel took it.
type Reply struct {
	Seq    uint16
	Cookie uint64    // 0: an ICMP error did not quote so much
	At     time.Time // wall clock of the kernel; zero: not told
}

// Header is the length of what comes before the payload of an echo message.
//
// An echo message (RFC 792, RFC 4443 section 4): type, code, checksum, id,
// sequence number, and the payload, which begins with a cookie of 64 bits: what
// has another one answers somebody else, or a request of long ago.
const Header = 8

// LeastPayload is what [Write] writes of a payload.
const LeastPayload = 10

// Write writes an echo request over b. All requests of an id and a cookie have
// the same checksum, for routers that choose one of several ways by it. The
// kernel writes the checksum over IPv6.
func Write(b []byte, v6 bool, id, seq uint16, cookie uint64) {
	b[0], b[1], b[2], b[3] = 8, 0, 0, 0
	if v6 {
		b[0] = 128
	}
	binary.BigEndian.PutUint16(b[4:], id)
	binary.BigEndian.PutUint16(b[6:], seq)
	binary.BigEndian.PutUint64(b[8:], cookie)
	binary.BigEndian.PutUint16(b[16:], ^seq)
	if !v6 {
		binary.BigEndian.PutUint16(b[2:], checksum(b))
	}
}

// checksum is that of RFC 1071.
func checksum(b []byte) uint16 {
	var sum uint64
	for ; len(b) >= 4; b = b[4:] {
		sum += uint64(binary.BigEndian.Uint32(b))
	}
	if len(b) >= 2 {
		sum += uint64(binary.BigEndian.Uint16(b))
		b = b[2:]
	}
	if len(b) == 1 {
		sum += uint64(b[0]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// parseReply reads an echo reply to this id; raw sockets of IPv4 give the IP
// header too.
func parseReply(v Voice, id uint16, b []byte) (Reply, bool) {
	if v.Raw && !v.V6 {
		if len(b) < 1 || len(b) < int(b[0]&0x0f)*4 {
			return Reply{}, false
		}
		b = b[int(b[0]&0x0f)*4:]
	}
	want := byte(0)
	if v.V6 {
		want = 129
	}
	if len(b) < 1 || b[0] != want {
		return Reply{}, false
	}
	return parseEcho(v, id, b)
}

// parseEcho reads an echo message of this id; without a raw socket the kernel
// has chosen the id and compared it.
func parseEcho(v Voice, id uint16, b []byte) (Reply, bool) {
	if len(b) < Header || v.Raw && binary.BigEndian.Uint16(b[4:]) != id {
		return Reply{}, false
	}
	a := Reply{Seq: binary.BigEndian.Uint16(b[6:])}
	if len(b) >= Header+8 {
		a.Cookie = binary.BigEndian.Uint64(b[8:])
	}
	return a, true
}

// Unmeasured is the round trip of a reply that came at no known time.
const Unmeasured time.Duration = -1

// RoundTrip is from a request, which is timed on the monotonic clock, to its
// reply, which the kernel timed on the wall clock; now has both. A time that
// cannot be is none: the wall clock was set between the two.
func RoundTrip(sent, arrived, now time.Time) time.Duration {
	if arrived.IsZero() {
		return Unmeasured
	}
	rtt := now.Add(arrived.Sub(now.Round(0))).Sub(sent)
	if rtt < 0 || rtt > now.Sub(sent) {
		return Unmeasured
	}
	return rtt
}
