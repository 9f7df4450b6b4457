// Package spool keeps the results of an agent on disk until the collector has
// made them durable, and for some days longer, so that a collector restored
// from a backup can ask again.
//
// Results are cut into batches at each [Spool.Sync] and appended to segment
// files; a batch's bytes never change afterwards. Sequences have no gaps
// within an epoch: what is missing is reported by [Spool.Lost]. What the
// collector has is kept in one small file, which epoch is in force in another;
// both are replaced atomically. Dropping the oldest means deleting a file.
//
// The spool opens on any damage and says what it found. When the disk cannot
// be written, batches stay in a bounded part of memory, from which they are
// sent all the same: a full disk must not blind a site.
//
// With [Options.Checkpoint] that is where all results are, and the disk is
// written now and then: for a flash that every write wears.
package spool

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"fengsui/collector/wire"
)

// ErrInUse is the error of opening a spool that another process has open.
var ErrInUse = errors.New("another process uses it")

// Options are the bounds of a spool; zero values stand for the defaults.
type Options struct {
	FS          FS            // OS{}
	Dir         string        // made when missing
	Limit       int64         // bytes on disk, 512 MiB
	Reserve     float64       // share of the file system that stays free, 0.1; negative: none
	Keep        time.Duration // how long acknowledged batches stay, 7 days
	Memory      int64         // bytes of results that wait for a disk that fails, 2 MiB; with Checkpoint, of all in memory, 8 MiB
	SegmentSize int64         // bytes at which a new segment begins, 1 MiB
	Checkpoint  time.Duration // results stay in memory and this is how often the disk is written; 0: at each Sync
	Now         func() time.Time
	Crash       func(point string) // called at spool_write, spool_sync and spool_rename; for tests that kill
}

// An Entry is a result with what its batch must know. The spool owns Result
// from Add on and sets its kind.
type Entry struct {
	Revision     []byte // of the assignment that asked for it
	Boot         []byte
	Kind         string
	Measurements []string // that the names of its rows index
	Result       *wire.Result
}

// A Damage is something that Open, or a later read, found wrong.
type Damage struct {
	File   string      // a path, "" when it is about numbers only
	Offset int64       // in the file
	What   string      // what was seen and what was wanted
	Lost   *wire.Range // the sequences that it cost, when they are known
}

func (d Damage) String() string {
	text := d.What
	if d.File != "" {
		text = fmt.Sprintf("%s, byte %d: %s", d.File, d.Offset, d.What)
	}
	if d.Lost != nil {
		text += fmt.Sprintf("; lost results %d to %d", d.Lost.First, d.Lost.Last)
	}
	return text
}

// live is how long a batch goes before the backlog.
const live = 60 * time.Second

// retry is how long a batch that the collector held or refused rests.
const retry = 60 * time.Second

// Spool is safe for concurrent use. Add never waits for the disk.
type Spool struct {
	fs          FS
	dir         string
	limit       int64
	reserve     float64
	keep        time.Duration
	memory      int64
	segmentSize int64
	now         func() time.Time
	crash       func(string)
	crashing    bool
	lock        io.Closer // nil when the directory could not be locked

	pending pending // results not yet cut; has a mutex of its own

	mu         sync.Mutex
	closed     bool
	epochs     map[[16]byte]*epoch
	current    *epoch
	epochSaved bool                // the epoch file says what current is
	moves      map[[16]byte][]move // by the epoch on disk, sorted
	segments   []*segment          // sorted by number, the active one last
	active     File                // of the last segment; nil: the next write begins a new one
	lastNumber uint64              // of the newest segment file ever seen
	loaded     *segment            // the closed segment whose index is in memory
	unwritten  []*cut              // cut and not on disk
	recent     []*cut              // cut less than a minute ago
	holds      []hold
	unmet      uint64 // nothing from here on in the current epoch was ever offered; 0: something was
	resumed    bool   // since Open
	ackedDirty bool   // the acked file lags behind
	credit     int64  // bytes freed while below the reserve
	swept      time.Time
	found      []Damage // since Open
	checkpoints
}

// Epoch returns the epoch in force.
func (s *Spool) Epoch() [16]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current.id
}

// Next returns the sequence that the next result will have at the next Sync.
func (s *Spool) Next() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current.next
}

// Damages returns what reading found wrong since Open, once.
func (s *Spool) Damages() []Damage {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.found
	s.found = nil
	return found
}

// Close syncs and lets go of the directory.
func (s *Spool) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	// How far the numbers went is noted even where the results were not written:
	// what is damaged or missing from here on is then known to be, and no number
	// is given out again.
	s.ackedDirty = true
	s.tried = time.Time{} // a checkpoint is due
	err := s.sync()
	if s.ackedDirty {
		s.saveAcked() // err says already what is wrong with the disk
	}
	if err == nil && s.every > 0 {
		err = s.unmark()
	}
	s.closed = true
	if s.active != nil {
		err = errors.Join(err, s.active.Close())
		s.active = nil
	}
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
	}
	return err
}

// bytes is the size of all segment files.
func (s *Spool) bytes() int64 {
	var n int64
	for _, g := range s.segments {
		n += g.size
	}
	return n
}

func newEpochID() (id [16]byte) {
	rand.Read(id[:])
	return id
}
