package tls

import (
	"crypto/rand"
	"net/netip"

	"golang.org/x/crypto/cryptobyte"
)

// A hello is one that we write ourselves, because crypto/tls offers no single
// version and no suite of those that have to be refused. It asks one question:
// does the server take this version, and one of these suites?
type hello struct {
	version uint16
	suites  []uint16
	name    string // of the server; an address is not sent
	groups  []uint16
	schemes []uint16
}

// The values of extensions (RFC 8446 sections 4.2.3 and 4.2.7, RFC 8998 section 3).
var (
	usualGroups  = []uint16{0x001d, 0x0017, 0x0018, 0x0019, 0x0100}
	usualSchemes = []uint16{0x0403, 0x0503, 0x0603, 0x0807, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0402, 0x0203, 0x0201, 0x0202}
	smGroups     = []uint16{0x0029} // curveSM2
	smSchemes    = []uint16{0x0708} // sm2sig_sm3
)

// Types of records, messages and extensions.
const (
	recordAlert     = 21
	recordHandshake = 22

	clientHello        = 1
	serverHello        = 2
	certificateMessage = 11
	helloDone          = 14

	extensionName     = 0
	extensionGroups   = 10
	extensionPoints   = 11
	extensionSchemes  = 13
	extensionVersions = 43
	extensionShares   = 51
	extensionRenew    = 0xff01
)

// marshal writes the record (RFC 5246 section 7.4.1.2, RFC 8446 section 4.1.2,
// GB/T 38636-2020 section 6.4.5.2.1).
func (h hello) marshal() []byte {
	legacy := min(h.version, tls12)
	record := legacy
	if h.version > tls10 {
		record = tls10 // as browsers do, for the sake of old walls
	}
	var b cryptobyte.Builder
	b.AddUint8(recordHandshake)
	b.AddUint16(record)
	b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
		b.AddUint8(clientHello)
		b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) {
			b.AddUint16(legacy)
			var random [64]byte
			_, _ = rand.Read(random[:]) // never fails, see crypto/rand
			b.AddBytes(random[:32])
			b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) {
				if h.version == tls13 { // compatibility mode, RFC 8446 appendix D.4
					b.AddBytes(random[32:])
				}
			})
			b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { add16(b, h.suites) })
			b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddUint8(0) }) // no compression
			if h.version != ssl30 && h.version != tlcp11 {
				b.AddUint16LengthPrefixed(h.extensions)
			}
		})
	})
	return b.BytesOrPanic()
}

func add16(b *cryptobyte.Builder, all []uint16) {
	for _, v := range all {
		b.AddUint16(v)
	}
}

func (h hello) extensions(b *cryptobyte.Builder) {
	extension := func(id uint16, body func(b *cryptobyte.Builder)) {
		b.AddUint16(id)
		b.AddUint16LengthPrefixed(body)
	}
	list := func(all []uint16) func(b *cryptobyte.Builder) {
		return func(b *cryptobyte.Builder) {
			b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { add16(b, all) })
		}
	}
	if _, err := netip.ParseAddr(h.name); err != nil && h.name != "" {
		extension(extensionName, func(b *cryptobyte.Builder) {
			b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
				b.AddUint8(0)
				b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes([]byte(h.name)) })
			})
		})
	}
	extension(extensionGroups, list(h.groups))
	extension(extensionPoints, func(b *cryptobyte.Builder) { b.AddBytes([]byte{1, 0}) })
	if h.version >= tls12 {
		extension(extensionSchemes, list(h.schemes))
	}
	if h.version < tls13 {
		extension(extensionRenew, func(b *cryptobyte.Builder) { b.AddUint8(0) })
		return
	}
	extension(extensionVersions, func(b *cryptobyte.Builder) { b.AddBytes([]byte{2, 3, 4}) })
	// No share: a server that is willing asks for one (HelloRetryRequest), which
	// is all that we want to know.
	extension(extensionShares, func(b *cryptobyte.Builder) { b.AddUint16(0) })
}
