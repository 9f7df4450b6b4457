package spool

import (
	"encoding/binary"
	"hash/crc32"
	"strings"
	"time"
)

// Rests returns until when batches rest.
func Rests(s *Spool) (until []time.Time) {
	for _, h := range s.holds {
		until = append(until, h.until)
	}
	return until
}

// Reseal puts right checksums into the bytes of a file, as far as its lengths
// make sense, so that a fuzzer reaches what is behind them.
func Reseal(name string, b []byte) {
	put := func(at, from int) { binary.LittleEndian.PutUint32(b[at:], crc32.Checksum(b[from:at], castagnoli)) }
	if !strings.HasSuffix(name, segmentSuffix) {
		if len(b) >= 12 {
			put(len(b)-4, 0)
		}
		return
	}
	if len(b) < headerSize {
		return
	}
	put(headerSize-4, 0)
	for at := headerSize; at+recordHead <= len(b); {
		size := int(binary.LittleEndian.Uint32(b[at+4:]))
		if end := at + recordHead + size; size >= 0 && end <= len(b) && end > at {
			binary.LittleEndian.PutUint32(b[at+36:], crc32.Checksum(b[at+recordHead:end], castagnoli))
		}
		put(at+recordHead-4, at)
		at += recordHead + max(size, 0)
	}
}
