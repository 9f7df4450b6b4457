package spool

import (
	"errors"
	"io"
	"os"
	"syscall"
)

// FS is what the spool asks of a file system. Names are whole paths. [OS] is
// the real one; tests have one that forgets everything after the last sync.
type FS interface {
	MkdirAll(dir string) error
	ReadDir(dir string) (names []string, err error)
	Open(name string) (File, error)   // for reading
	Create(name string) (File, error) // for writing; an old file is emptied
	Append(name string) (File, error) // for writing behind what is there
	Rename(from, to string) error
	Remove(name string) error
	SyncDir(dir string) error                       // makes creations, renames and removals durable
	Free(dir string) (free, total int64, err error) // bytes, for this user
	Lock(name string) (io.Closer, error)            // [ErrInUse] when another process holds it
}

// A File is an open file of an [FS].
type File interface {
	io.Writer
	io.ReaderAt
	io.Closer
	Sync() error
	Truncate(size int64) error
	Size() (int64, error)
}

// OS is the file system of the operating system.
type OS struct{}

type osFile struct{ *os.File }

func (f osFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func opened(f *os.File, err error) (File, error) {
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

func (OS) MkdirAll(dir string) error { return os.MkdirAll(dir, 0o700) }

func (OS) ReadDir(dir string) ([]string, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Readdirnames(-1)
}

func (OS) Open(name string) (File, error) { return opened(os.Open(name)) }

func (OS) Create(name string) (File, error) {
	return opened(os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600))
}

func (OS) Append(name string) (File, error) {
	return opened(os.OpenFile(name, os.O_RDWR|os.O_APPEND, 0))
}

func (OS) Rename(from, to string) error { return os.Rename(from, to) }
func (OS) Remove(name string) error     { return os.Remove(name) }

func (OS) SyncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

func (OS) Free(dir string) (free, total int64, err error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return 0, 0, &os.PathError{Op: "statfs", Path: dir, Err: err}
	}
	return int64(st.Bavail) * int64(st.Bsize), int64(st.Blocks) * int64(st.Bsize), nil
}

// Lock holds an advisory lock, which ends with the process.
func (OS) Lock(name string) (io.Closer, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if err == syscall.EWOULDBLOCK {
			return nil, ErrInUse
		}
		return nil, &os.PathError{Op: "flock", Path: name, Err: err}
	}
	return held{f}, nil
}

// held is a file with a lock on it.
type held struct{ *os.File }

// Close lets go of the lock by name: closing alone leaves it with a child that
// is between its fork and its exec and has the file too.
func (h held) Close() error {
	return errors.Join(syscall.Flock(int(h.Fd()), syscall.LOCK_UN), h.File.Close())
}
