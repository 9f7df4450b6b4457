package icmp

import "encoding/binary"

// An echo message (RFC 792, RFC 4443 section 4): type, code, checksum, id,
// sequence number, and the payload, which begins with a cookie of 64 bits: what
// has another one answers somebody else, or a request of long ago.
const echoHeader = 8

// writeRequest writes an echo request over b. The kernel writes the checksum
// over IPv6.
func writeRequest(b []byte, v6 bool, id, seq uint16, cookie uint64) {
	b[0], b[1], b[2], b[3] = 8, 0, 0, 0
	if v6 {
		b[0] = 128
	}
	binary.BigEndian.PutUint16(b[4:], id)
	binary.BigEndian.PutUint16(b[6:], seq)
	binary.BigEndian.PutUint64(b[8:], cookie)
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
func parseReply(v voice, id uint16, b []byte) (arrival, bool) {
	if v.raw && !v.v6 {
		if len(b) < 1 || len(b) < int(b[0]&0x0f)*4 {
			return arrival{}, false
		}
		b = b[int(b[0]&0x0f)*4:]
	}
	want := byte(0)
	if v.v6 {
		want = 129
	}
	if len(b) < 1 || b[0] != want {
		return arrival{}, false
	}
	return parseEcho(v, id, b)
}

// parseEcho reads an echo message of this id; without a raw socket the kernel
// has chosen the id and compared it.
func parseEcho(v voice, id uint16, b []byte) (arrival, bool) {
	if len(b) < echoHeader || v.raw && binary.BigEndian.Uint16(b[4:]) != id {
		return arrival{}, false
	}
	a := arrival{seq: binary.BigEndian.Uint16(b[6:])}
	if len(b) >= echoHeader+8 {
		a.cookie = binary.BigEndian.Uint64(b[8:])
	}
	return a, true
}
