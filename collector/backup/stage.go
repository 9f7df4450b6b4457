// Package backup copies what a collector must not lose, beside its work, and
// brings it back.
//
// A backup is made in two steps. The collector stages: beside its data, on the
// same file system, it puts a copy of the state and a snapshot of the history,
// in that order, so that the state may lag behind the samples (agents send
// again, and the same sample is stored once) but never leads. The command then
// copies what was staged, with hashes, to where it is asked to; the manifest
// comes last, so that what has none is no backup. So the collector never
// writes to a path that somebody names, and a slow disk for backups holds up
// nobody.
//
// A restore begins a new generation of the collector, by which agents know
// that what was acknowledged to the former one may be gone.
package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"fengsui/collector/history"
	"fengsui/collector/state"
)

// Names in a data directory and, but for the staging, in a backup.
const (
	stateFile    = "state.db"
	historyDir   = "history"
	caDir        = "ca"
	caCert       = "ca/ca.pem"
	caKey        = "ca/ca.key"
	stagingDir   = "backup.staging"
	socketName   = "backup.sock"
	lockFile     = "lock"
	restoring    = "restoring" // there while a restore is not whole
	manifestName = "manifest.json"
)

// Stores are what is staged.
type Stores struct {
	Data    string // the data directory
	DB      *state.DB
	History *history.History
	MinFree int64 // bytes that must stay free in Data

	Copied func() // called between state and history, for tests; may be nil
}

// Stage puts state and history, as they are now, into a folder of the data
// directory and returns its path. A former staging is removed: one at a time.
func (s Stores) Stage(ctx context.Context) (string, error) {
	dir := filepath.Join(s.Data, stagingDir)
	if err := os.RemoveAll(dir); err != nil {
		return "", fmt.Errorf("remove what a former backup left: %w", err)
	}
	if err := s.room(); err != nil {
		return "", err
	}
	if err := s.stage(ctx, dir); err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	return dir, nil
}

func (s Stores) stage(ctx context.Context, dir string) error {
	if err := os.MkdirAll(filepath.Join(dir, historyDir), 0o700); err != nil {
		return fmt.Errorf("stage the backup: %w", err)
	}
	if err := s.DB.CopyTo(ctx, filepath.Join(dir, stateFile)); err != nil {
		return err
	}
	if s.Copied != nil {
		s.Copied()
	}
	return s.History.Snapshot(ctx, filepath.Join(dir, historyDir))
}

// room refuses a staging that could fill the disk on which results are
// acknowledged: the state is copied, and blocks are written of what the logs
// of the history hold, which is more than the blocks will need.
func (s Stores) room() error {
	var need int64
	for _, name := range []string{stateFile, stateFile + "-wal", "history/wal", "history/wbl", "history/chunks_head"} {
		n, err := sizeOf(filepath.Join(s.Data, name))
		if err != nil {
			return fmt.Errorf("see how much a backup needs: %w", err)
		}
		need += n
	}
	return roomFor(s.Data, need, s.MinFree)
}

func roomFor(dir string, need, stays int64) error {
	var f unix.Statfs_t
	if err := unix.Statfs(dir, &f); err != nil {
		return fmt.Errorf("ask for the free space of %s: %w", dir, err)
	}
	if free := int64(f.Bavail) * f.Bsize; free-need < stays {
		return fmt.Errorf("%s has %d MiB free, want %d MiB for this and %d MiB that stay free (disk.refuse_below): make room there", dir, free>>20, need>>20, stays>>20)
	}
	return nil
}

// sizeOf is the size of a file, or of all files below a folder; what is not
// there, or vanishes meanwhile, has none.
func sizeOf(path string) (n int64, err error) {
	err = filepath.WalkDir(path, func(_ string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			var info fs.FileInfo
			if info, err = e.Info(); err == nil {
				n += info.Size()
			}
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	return n, err
}

// Tidy removes what a backup left that was cut off, and refuses data whose
// restore was.
func Tidy(data string) error {
	if _, err := os.Stat(filepath.Join(data, restoring)); err == nil {
		return fmt.Errorf("a restore into %s was cut off: empty the folder and restore again", data)
	}
	return os.RemoveAll(filepath.Join(data, stagingDir))
}
