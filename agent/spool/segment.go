package spool

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"strconv"
	"strings"
)

// A segment file is a header and then records, each of one batch. All
// integers are little endian, all checksums CRC-32C.
//
//	header  magic 8 · epoch 16 · number 8 · first sequence 8 · zero 4 · crc 4
//	record  mark 4 · size 4 · first 8 · made 8 · digest 8 · count 4 · crc of body 4 · crc of this header 4 · body
//
// Both kinds of header have a checksum of their own, so a record whose body
// is damaged still says which sequences it held and where the next one begins.
const (
	segmentMagic = "fengspo\x01" // the last byte is the version
	headerSize   = 48
	recordHead   = 44
	recordMark   = 0xf51a9b7e

	maxSegment = 16 << 20 // nothing behind this is read
	maxBody    = 8 << 20  // bytes of a batch's body that are believed

	segmentSuffix = ".seg"
	tempSuffix    = ".new"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// A record is one batch in a segment; the index of a segment is a list of them.
type record struct {
	first  uint64
	made   int64 // Unix ns, when it was cut
	digest uint64
	count  uint32
	size   uint32 // of the body
	offset uint32 // of the record's header
}

func (r record) span() span { return span{r.first, r.first + uint64(r.count) - 1} }

// A segment is one file, closed or being written.
type segment struct {
	number  uint64
	epoch   [16]byte // as written; what moved since has other numbers now
	span    span     // of its good records; zero when there is none
	made    int64    // of the newest record, Unix ns
	size    int64    // of the file
	damaged bool
	// fleeting is one that a checkpoint of this process wrote.
	fleeting bool
	index    []record // nil when not loaded
}

func (g *segment) name() string { return fmt.Sprintf("%016x%s", g.number, segmentSuffix) }

// segmentNumber reads the number out of a file name.
func segmentNumber(name string) (uint64, bool) {
	hex, ok := strings.CutSuffix(name, segmentSuffix)
	if !ok || len(hex) != 16 {
		return 0, false
	}
	n, err := strconv.ParseUint(hex, 16, 64)
	return n, err == nil && n > 0 && n < maxSequence
}

func appendHeader(b []byte, epoch [16]byte, number, first uint64) []byte {
	at := len(b)
	b = append(b, segmentMagic...)
	b = append(b, epoch[:]...)
	b = binary.LittleEndian.AppendUint64(b, number)
	b = binary.LittleEndian.AppendUint64(b, first)
	b = binary.LittleEndian.AppendUint32(b, 0)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[at:], castagnoli))
}

func appendRecord(b []byte, c *cut) []byte {
	at := len(b)
	b = binary.LittleEndian.AppendUint32(b, recordMark)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(c.body)))
	b = binary.LittleEndian.AppendUint64(b, c.first)
	b = binary.LittleEndian.AppendUint64(b, uint64(c.made.UnixNano()))
	b = binary.LittleEndian.AppendUint64(b, c.digest)
	b = binary.LittleEndian.AppendUint32(b, c.count)
	b = binary.LittleEndian.AppendUint32(b, crc32.Checksum(c.body, castagnoli))
	b = binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[at:], castagnoli))
	return append(b, c.body...)
}

func readHeader(b []byte) (epoch [16]byte, number, first uint64, ok bool) {
	if string(b[:8]) != segmentMagic || binary.LittleEndian.Uint32(b[44:]) != crc32.Checksum(b[:44], castagnoli) {
		return epoch, 0, 0, false
	}
	copy(epoch[:], b[8:24])
	return epoch, binary.LittleEndian.Uint64(b[24:]), binary.LittleEndian.Uint64(b[32:]), true
}

// readRecord reads a record's header; crc is that of the body.
func readRecord(b []byte) (r record, crc uint32, ok bool) {
	if binary.LittleEndian.Uint32(b) != recordMark || binary.LittleEndian.Uint32(b[40:]) != crc32.Checksum(b[:40], castagnoli) {
		return r, 0, false
	}
	r.size = binary.LittleEndian.Uint32(b[4:])
	r.first = binary.LittleEndian.Uint64(b[8:])
	r.made = int64(binary.LittleEndian.Uint64(b[16:]))
	r.digest = binary.LittleEndian.Uint64(b[24:])
	r.count = binary.LittleEndian.Uint32(b[32:])
	fits := r.size >= 1 && r.size <= maxBody && r.count >= 1 && r.count <= r.size &&
		r.first >= 1 && r.first <= maxSequence-uint64(r.count)
	return r, binary.LittleEndian.Uint32(b[36:]), fits
}

// A flaw is where a segment could not be read and why.
type flaw struct {
	offset int64
	at     uint64 // sequence that was expected there, 0 when unknown
	what   string // "seen, want wanted"
}

// A scan is what reading a segment through found.
type scan struct {
	epoch   [16]byte
	headOK  bool
	index   []record // of the good records, ascending
	behind  uint64   // the sequence after everything that a header mentions, damaged bodies included
	end     int64    // where the last good record ends
	flaws   []flaw
	err     error // of the file, when it was that
	scratch []byte
	in      *bufio.Reader
}

// read reads a segment of size bytes from its beginning. A damaged body costs
// its record; a damaged record header costs the rest.
func (s *scan) read(r io.Reader, number uint64, size int64) {
	s.index, s.flaws, s.err, s.behind, s.end, s.headOK = s.index[:0], nil, nil, 0, 0, false
	if s.in == nil {
		s.in = bufio.NewReaderSize(nil, 64<<10)
	}
	s.in.Reset(r)
	in := s.in
	var head [headerSize]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		s.flaw(0, 0, "%s, want a header of %d bytes", s.seen(err), headerSize)
		return
	}
	epoch, own, first, ok := readHeader(head[:])
	switch {
	case !ok:
		s.flaw(0, 0, "a header that is no segment's, of another version or damaged")
		return
	case own != number:
		s.flaw(0, 0, "the header of segment %d, want %d", own, number)
		return
	case first < 1 || first > maxSequence:
		s.flaw(0, 0, "first sequence %d, want 1 to 2^62", first)
		return
	}
	s.epoch, s.headOK, s.behind = epoch, true, first
	for at := int64(headerSize); at < size; {
		if at > maxSegment {
			s.flaw(at, s.behind, "more than %d bytes, want at most that in a segment", maxSegment)
			return
		}
		if _, err := io.ReadFull(in, head[:recordHead]); err != nil {
			s.flaw(at, s.behind, "%s, want a record's header of %d bytes", s.seen(err), recordHead)
			return
		}
		rec, crc, ok := readRecord(head[:recordHead])
		if !ok || rec.first < s.behind {
			s.flaw(at, s.behind, "no record's header, want one with a sequence of at least %d", s.behind)
			return
		}
		rec.offset = uint32(at)
		if int(rec.size) > cap(s.scratch) {
			s.scratch = make([]byte, max(int(rec.size), 64<<10))
		}
		body := s.scratch[:rec.size]
		_, err := io.ReadFull(in, body)
		s.behind = rec.span().last + 1
		if err != nil {
			s.flaw(at, rec.first, "%s, want a body of %d bytes", s.seen(err), rec.size)
			return
		}
		at += recordHead + int64(rec.size)
		if crc32.Checksum(body, castagnoli) != crc {
			s.flaw(rec.end()-int64(rec.size), rec.first, "a body with another checksum than its header says")
			continue
		}
		s.index, s.end = append(s.index, rec), at
	}
	s.end = max(s.end, headerSize)
}

func (r record) end() int64 { return int64(r.offset) + recordHead + int64(r.size) }

func (s *scan) flaw(offset int64, at uint64, format string, args ...any) {
	s.flaws = append(s.flaws, flaw{offset, at, fmt.Sprintf(format, args...)})
}

// seen says what a read met.
func (s *scan) seen(err error) string {
	s.err = err
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return "the end of the file"
	}
	return err.Error()
}
