// Package disk keeps the small files of an agent's data directory.
package disk

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Replace makes path hold text, readable by its owner only. It writes a file
// beside it, syncs it and renames it, so that a power cut leaves the old
// content or the new, never a part.
func Replace(path string, text []byte) error { return replace(path, text, true) }

// ReplaceUnsynced is Replace for what is rewritten every few seconds and
// worth nothing after a power cut: a reader sees the old or the new, and the
// flash is spared.
func ReplaceUnsynced(path string, text []byte) error { return replace(path, text, false) }

func replace(path string, text []byte, sync bool) (err error) {
	dir := filepath.Dir(path)
	// One name, not a random one: what a crash leaves is overwritten.
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("replace %s: %w", path, err)
	}
	_, err = f.Write(text)
	if err == nil && sync {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err == nil && sync {
		err = SyncDir(dir)
	}
	if err != nil {
		return fmt.Errorf("replace %s: %w", path, err)
	}
	return nil
}

// SyncDir makes the names in a directory durable.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// A Lock is held by the one agent that works in a data directory.
type Lock struct{ f *os.File }

// ErrLocked says that another agent works in the data directory.
var ErrLocked = errors.New("another agent is at work there")

// TakeLock locks a data directory, which is made when missing. The lock ends
// with the process, however it ends.
func TakeLock(dir string) (*Lock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data directory: %w", err)
	}
	f, err := lockable(dir)
	if err != nil {
		return nil, fmt.Errorf("lock the data directory: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock the data directory %s: %w; stop it, or give this one a directory of its own (data in agent.hcl)", dir, ErrLocked)
		}
		return nil, fmt.Errorf("lock the data directory %s: %w", dir, err)
	}
	return &Lock{f}, nil
}

// lockable opens what is locked: a file, or the directory itself where a full
// or read-only disk has no such file and takes none.
func lockable(dir string) (*os.File, error) {
	path := filepath.Join(dir, "lock")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if !errors.Is(err, unix.EROFS) && !errors.Is(err, unix.ENOSPC) {
		return f, err
	}
	if f, err := os.Open(path); err == nil {
		return f, nil
	}
	return os.Open(dir)
}

// Release ends the lock, also where a child between its fork and its exec still
// has the file.
func (l *Lock) Release() error {
	return errors.Join(unix.Flock(int(l.f.Fd()), unix.LOCK_UN), l.f.Close())
}
