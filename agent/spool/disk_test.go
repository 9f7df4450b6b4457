package spool_test

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"fengsui/agent/spool"
)

// A disk is a file system in memory that knows what would survive a power
// cut: the bytes of the last Sync of a file, under the names of the last
// SyncDir. It can lose its power at any operation.
type disk struct {
	mu      sync.Mutex
	names   map[string]*inode
	durable map[string]*inode
	left    int // operations until the power goes; negative: it stays
	off     bool
	ops     int
	deaf    string // an operation that says yes and does nothing, to see tests red
	fail    func(op, name string) error
	total   int64 // bytes of the file system; 0: it is endless
	foreign int64 // bytes that others use
}

type inode struct{ data, durable []byte }

var errPower = errors.New("the power is gone")

func newDisk() *disk {
	return &disk{names: map[string]*inode{}, durable: map[string]*inode{}, left: -1}
}

// op counts an operation that changes something; half says that this one was
// cut in the middle.
func (d *disk) op(op, name string) (half bool, err error) {
	if d.off {
		return false, errPower
	}
	if d.fail != nil {
		if err := d.fail(op, name); err != nil {
			return false, err
		}
	}
	d.ops++
	if d.left == 0 {
		d.off = true
		return true, errPower
	}
	d.left--
	return false, nil
}

// The ways in which a disk comes back after a power cut. What was synced is
// there in all of them.
var survivals = []string{
	"synced",  // nothing else
	"written", // all of it, as after a kill
	"names",   // names, but no bytes
	"torn",    // half of the bytes
	"zeroed",  // the length, but no bytes
}

func (d *disk) after(survival string) *disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := newDisk()
	names := d.names
	if survival == "synced" {
		names = d.durable
	}
	for name, n := range names {
		b := slices.Clone(n.durable)
		if more := len(n.data) - len(b); more > 0 {
			switch survival {
			case "written":
				b = slices.Clone(n.data)
			case "torn":
				b = append(b, n.data[len(b):len(b)+more/2]...)
			case "zeroed":
				b = append(b, make([]byte, more)...)
			}
		} else if survival == "written" {
			b = slices.Clone(n.data)
		}
		out.names[name] = &inode{data: b, durable: slices.Clone(b)}
	}
	out.durable = maps.Clone(out.names)
	return out
}

func (d *disk) MkdirAll(string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fail != nil {
		return d.fail("mkdir", "")
	}
	return nil
}

func (d *disk) ReadDir(dir string) ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.off {
		return nil, errPower
	}
	if d.fail != nil {
		if err := d.fail("readdir", dir); err != nil {
			return nil, err
		}
	}
	var out []string
	for name := range d.names {
		if filepath.Dir(name) == dir {
			out = append(out, filepath.Base(name))
		}
	}
	return out, nil
}

type handle struct {
	d    *disk
	n    *inode
	name string
}

func (d *disk) Open(name string) (spool.File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.off {
		return nil, errPower
	}
	if d.fail != nil {
		if err := d.fail("open", name); err != nil {
			return nil, err
		}
	}
	n := d.names[name]
	if n == nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &handle{d, n, name}, nil
}

func (d *disk) Append(name string) (spool.File, error) { return d.Open(name) }

func (d *disk) Create(name string) (spool.File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, err := d.op("create", name); err != nil {
		return nil, err
	}
	n := d.names[name]
	if n == nil {
		n = &inode{}
		d.names[name] = n
	}
	n.data = nil
	return &handle{d, n, name}, nil
}

func (d *disk) Rename(from, to string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	half, err := d.op("rename", to)
	if err != nil && !half {
		return err
	}
	d.names[to] = d.names[from]
	delete(d.names, from)
	return err
}

func (d *disk) Remove(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	half, err := d.op("remove", name)
	if err != nil && !half {
		return err
	}
	delete(d.names, name)
	return err
}

func (d *disk) SyncDir(dir string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, err := d.op("syncdir", dir); err != nil {
		return err
	}
	if d.deaf != "syncdir" {
		d.durable = maps.Clone(d.names)
	}
	return nil
}

func (d *disk) Free(string) (free, total int64, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.total == 0 {
		return 1 << 40, 1 << 40, nil
	}
	return d.total - d.foreign - d.used(), d.total, nil
}

func (d *disk) used() (n int64) {
	for _, f := range d.names {
		n += int64(len(f.data))
	}
	return n
}

func (d *disk) Lock(string) (io.Closer, error) { return io.NopCloser(nil), nil }

func (h *handle) Write(b []byte) (int, error) {
	h.d.mu.Lock()
	defer h.d.mu.Unlock()
	half, err := h.d.op("write", h.name)
	if half {
		h.n.data = append(h.n.data, b[:len(b)/2]...)
	}
	if err != nil {
		return 0, err
	}
	h.n.data = append(h.n.data, b...)
	return len(b), nil
}

func (h *handle) Sync() error {
	h.d.mu.Lock()
	defer h.d.mu.Unlock()
	if _, err := h.d.op("sync", h.name); err != nil {
		return err
	}
	if h.d.deaf != "sync" && !(h.d.deaf == "sync segment" && strings.HasSuffix(h.name, ".seg")) {
		h.n.durable = slices.Clone(h.n.data)
	}
	return nil
}

func (h *handle) Truncate(size int64) error {
	h.d.mu.Lock()
	defer h.d.mu.Unlock()
	if _, err := h.d.op("truncate", h.name); err != nil {
		return err
	}
	h.n.data = slices.Clone(h.n.data[:size])
	return nil
}

func (h *handle) ReadAt(b []byte, at int64) (int, error) {
	h.d.mu.Lock()
	defer h.d.mu.Unlock()
	if h.d.off {
		return 0, errPower
	}
	if h.d.fail != nil {
		if err := h.d.fail("read", h.name); err != nil {
			return 0, err
		}
	}
	if at >= int64(len(h.n.data)) {
		return 0, io.EOF
	}
	n := copy(b, h.n.data[at:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func (h *handle) Size() (int64, error) {
	h.d.mu.Lock()
	defer h.d.mu.Unlock()
	return int64(len(h.n.data)), nil
}

func (h *handle) Close() error { return nil }
