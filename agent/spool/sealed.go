package spool

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"path/filepath"
)

// The two small files, acked and epoch, are a magic, a payload and a CRC-32C
// over both, and are replaced whole: written beside, synced, renamed, and the
// directory synced.

// maxSealed bounds how much of such a file is read.
const maxSealed = 16 << 20

// replace writes a small file; after nil it is durable, after an error the old
// one or the new one is there.
func (s *Spool) replace(name, magic string, payload []byte) error {
	b := append([]byte(magic), payload...)
	b = binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
	path := s.path(name)
	temp := path + tempSuffix
	err := func() error {
		f, err := s.fs.Create(temp)
		if err != nil {
			return err
		}
		defer f.Close()
		if _, err := f.Write(b); err != nil {
			return err
		}
		return f.Sync()
	}()
	if err == nil {
		s.crash("spool_rename")
		err = s.fs.Rename(temp, path)
	}
	if err == nil {
		err = s.fs.SyncDir(s.dir)
	}
	if err != nil {
		return fmt.Errorf("spool: replacing %s: %w", path, err)
	}
	return nil
}

// unseal reads a small file. No such file is nil without an error.
func (s *Spool) unseal(name, magic string) ([]byte, error) {
	f, err := s.fs.Open(s.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	if least := int64(len(magic) + 4); size < least || size > maxSealed {
		return nil, fmt.Errorf("%d bytes, want %d to %d", size, least, maxSealed)
	}
	b := make([]byte, size)
	if _, err := io.ReadFull(io.NewSectionReader(f, 0, size), b); err != nil {
		return nil, err
	}
	body := b[:size-4]
	if string(body[:len(magic)]) != magic {
		return nil, fmt.Errorf("begins %q, want %q", body[:len(magic)], magic)
	}
	if binary.LittleEndian.Uint32(b[size-4:]) != crc32.Checksum(body, castagnoli) {
		return nil, errors.New("another checksum than at its end")
	}
	return body[len(magic):], nil
}

func (s *Spool) path(name string) string { return filepath.Join(s.dir, name) }

// A reader reads the payload of a small file; after the first thing that does
// not fit, bad is set and everything reads as zero.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) id() (id [16]byte) {
	if len(r.b) < 16 {
		r.bad = true
		r.b = nil
		return id
	}
	copy(id[:], r.b)
	r.b = r.b[16:]
	return id
}

// number reads one of at most max.
func (r *reader) number(max uint64) uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || v > max {
		r.bad = true
		r.b = nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) spans() spans {
	var out spans
	behind := uint64(0)
	for n := r.number(maxSequence); n > 0 && !r.bad; n-- {
		x := span{first: r.number(maxSequence)}
		x.last = x.first + r.number(maxSequence)
		if r.bad || !x.ok() || x.first <= behind {
			r.bad = true
			return nil
		}
		behind = x.last + 1
		out = append(out, x)
	}
	return out
}

func appendSpans(b []byte, r spans) []byte {
	b = binary.AppendUvarint(b, uint64(len(r)))
	for _, x := range r {
		b = binary.AppendUvarint(b, x.first)
		b = binary.AppendUvarint(b, x.last-x.first)
	}
	return b
}
