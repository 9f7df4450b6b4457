package collector

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"

	"fengsui/configs"
)

// errWorking is wrapped when a collector is at work on the data.
var errWorking = errors.New("another fengsui-collector works there")

// lock takes the data directory for this process: two collectors writing one
// directory would destroy it.
func lock(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("make the data directory: %w", err)
	}
	path := filepath.Join(dir, "lock")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock of the data directory: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock %s: %w, want one at a time: stop it or choose another data directory", path, errWorking)
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return f, nil
}

// unlock lets go of the data directory. Closing alone would leave the lock with
// a child that is between its fork and its exec and has the file too.
func unlock(f *os.File) error {
	return errors.Join(unix.Flock(int(f.Fd()), unix.LOCK_UN), f.Close())
}

// A space is what is free on the file system of the data directory.
type space struct{ free, total uint64 }

func spaceOf(dir string) (space, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return space{}, fmt.Errorf("ask for the free space of %s: %w", dir, err)
	}
	return space{free: s.Bavail * uint64(s.Bsize), total: s.Blocks * uint64(s.Bsize)}, nil
}

// enough refuses to start on a disk that is nearly full, and warns before.
func enough(c configs.Collector, log *slog.Logger) error {
	s, err := spaceOf(c.Data)
	if err != nil {
		return err
	}
	if s.free < uint64(c.MinFree) {
		return fmt.Errorf("start with data in %s: %d MiB are free, want at least %d MiB: make room or move data (disk.refuse_below)", c.Data, s.free>>20, c.MinFree>>20)
	}
	if s.low(c) {
		log.Warn("the disk is filling", "data", c.Data, "free_bytes", s.free, "total_bytes", s.total)
	}
	return nil
}

// low says whether less is free than should be.
func (s space) low(c configs.Collector) bool {
	return float64(s.free) < float64(s.total)*float64(c.WarnFree)
}
