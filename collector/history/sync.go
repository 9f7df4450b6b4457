package history

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/prometheus/prometheus/tsdb/wlog"
)

// A logTail follows the segments of a log that the TSDB writes and makes them
// durable. It keeps its own descriptor of the newest segment that it has
// synced: the TSDB flushes a log to the kernel at a commit but fsyncs it only
// when a segment is full, in the background, and tells nobody when that fails.
//
// Every segment is synced, in order, also where somebody else's samples made
// the log roll: a power cut that leaves a torn record in one segment makes the
// TSDB drop all segments behind it.
type logTail struct {
	dir     string
	index   int
	file    *os.File
	length  int64 // bytes on disk
	durable func(path string, length int64)
	fsync   func(*os.File) error // for tests
}

// openLog syncs all that a log holds and returns its tail.
func openLog(dir string, durable func(string, int64)) (*logTail, error) {
	l := &logTail{dir: dir, durable: durable, fsync: (*os.File).Sync}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // compacted meanwhile
		}
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = l.syncFile(f)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := l.syncTree(); err != nil {
		return nil, err
	}
	first, last, err := wlog.Segments(dir)
	if err != nil {
		return nil, err
	}
	if first < 0 {
		return nil, fmt.Errorf("the log %s has no segment", dir)
	}
	if err := l.open(last); err != nil {
		return nil, err
	}
	return l, l.sync()
}

// syncTree syncs the directory of the log and those of its checkpoints.
func (l *logTail) syncTree() error {
	return filepath.WalkDir(l.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		return syncDir(path)
	})
}

// open moves the tail to a segment.
func (l *logTail) open(index int) error {
	f, err := os.Open(wlog.SegmentName(l.dir, index))
	if err != nil {
		return err
	}
	if l.file != nil {
		if err := l.file.Close(); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	l.file, l.index, l.length = f, index, 0
	return nil
}

// sync puts on disk all that the log held when it was called.
func (l *logTail) sync() error {
	rolled := false
	for {
		// The order matters: a segment that has a successor is complete.
		next, err := l.next()
		if err != nil {
			return err
		}
		info, err := l.file.Stat()
		if err != nil {
			return err
		}
		if info.Size() != l.length {
			if l.length, err = l.syncFile(l.file); err != nil {
				return err
			}
		}
		if next < 0 {
			break
		}
		if err := l.open(next); err != nil {
			return err
		}
		rolled = true
	}
	if rolled {
		return syncDir(l.dir)
	}
	return nil
}

// next returns the segment behind the current one, and -1 when there is none.
func (l *logTail) next() (int, error) {
	_, err := os.Lstat(wlog.SegmentName(l.dir, l.index+1))
	if err == nil {
		return l.index + 1, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	info, err := l.file.Stat()
	if err != nil {
		return 0, err
	}
	if s, ok := info.Sys().(*syscall.Stat_t); ok && s.Nlink > 0 {
		return -1, nil
	}
	// The current segment was compacted into a block and removed, and its
	// successor with it: go on with the oldest one that is left.
	first, _, err := wlog.Segments(l.dir)
	if err != nil {
		return 0, err
	}
	if first <= l.index {
		return 0, fmt.Errorf("the log %s has no segment behind %d", l.dir, l.index)
	}
	return first, nil
}

// syncFile puts a file on disk and returns its length, or what was of it
// when the sync began.
func (l *logTail) syncFile(f *os.File) (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	if err := l.fsync(f); err != nil {
		return 0, err
	}
	if l.durable != nil {
		l.durable(f.Name(), info.Size())
	}
	return info.Size(), nil
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// Sync puts all that was committed before it on disk: every segment of the
// WAL and of the log of late samples from the last one that it synced to the
// current one. An error is final for the history.
func (h *History) Sync() error {
	h.syncing.Lock()
	defer h.syncing.Unlock()
	if err := h.err(); err != nil {
		return err
	}
	for _, l := range h.logs {
		if l == nil {
			return h.fail(errors.New("sync the history: it is closed"))
		}
		if err := l.sync(); err != nil {
			return h.fail(fmt.Errorf("sync the history: %w", err))
		}
	}
	return nil
}
