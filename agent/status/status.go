// Package status is what an agent says about itself to the people at its own
// machine: a file in its data directory, rewritten at every push, and its
// rendering.
package status

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"fengsui/agent/disk"
)

// A File is the content of the file. Times are of the machine's wall clock
// and tell people something; what decides is the boot clock.
type File struct {
	Written time.Time     `json:"written"`
	Boot    string        `json:"boot"`     // hex
	BootNS  int64         `json:"boot_ns"`  // boot clock when this was written
	EveryNS time.Duration `json:"every_ns"` // the next one comes within this, as long as the agent runs

	Version  string    `json:"version"`
	Site     string    `json:"site"`
	SiteName string    `json:"site_name"`
	Agent    string    `json:"agent"`
	Instance string    `json:"instance"`
	Started  time.Time `json:"started"`
	Stopped  bool      `json:"stopped"` // cleanly

	Contact    Contact    `json:"contact"`
	Assignment Assignment `json:"assignment"`
	Spool      Spool      `json:"spool"`
	SelfTest   SelfTest   `json:"self_test"`
	Schedule   Schedule   `json:"schedule"`
	Problems   []Problem  `json:"problems"` // of now, the weightiest first
}

// Contact is how the agent stands with its collector.
type Contact struct {
	Now       bool              `json:"now"`
	Address   string            `json:"address"`
	LastHello time.Time         `json:"last_hello,omitzero"`
	LastPush  time.Time         `json:"last_push,omitzero"` // that succeeded
	LastTry   time.Time         `json:"last_try,omitzero"`
	Pushes    uint64            `json:"pushes"`  // that succeeded since the start
	Results   uint64            `json:"results"` // acknowledged since the start
	SentBytes uint64            `json:"sent_bytes"`
	Held      uint64            `json:"held_batches"`
	Clashed   uint64            `json:"clashed_batches"`
	Refused   map[string]uint64 `json:"refused_results,omitempty"` // for good, by code
	Renew     bool              `json:"renew"`
	// ClockOffset is the wall clock minus the collector's time; absent before
	// any contact.
	ClockOffsetNS *time.Duration `json:"clock_offset_ns,omitempty"`
}

// Assignment is what the agent has to do.
type Assignment struct {
	Revision string   `json:"revision"` // hex; "" is none
	Cached   bool     `json:"cached"`   // from this disk, not yet confirmed by the collector
	Checks   int      `json:"checks"`
	Skipped  []string `json:"skipped,omitempty"` // checks that cannot run here, with the reason
}

// Spool is what waits on the disk, or in memory.
type Spool struct {
	Epoch          string    `json:"epoch"`
	Next           uint64    `json:"next_sequence"`
	Unacknowledged uint64    `json:"unacknowledged"`
	Bytes          uint64    `json:"bytes"`
	Oldest         time.Time `json:"oldest,omitzero"`
	Damages        []string  `json:"damages,omitempty"` // found since the start, the last ones
	Dropped        uint64    `json:"dropped"`           // results that could not be kept since the start
	Memory         *Memory   `json:"memory,omitempty"`  // nil: results wait on the disk
}

// Memory is how results that wait in memory come to the disk.
type Memory struct {
	Checkpoint time.Time     `json:"checkpoint,omitzero"` // the last one; zero: none since the start
	EveryNS    time.Duration `json:"every_ns"`
}

// SelfTest is what the site can do.
type SelfTest struct {
	ICMPMode string `json:"icmp_mode"`
	V4       bool   `json:"ipv4"`
	V6       bool   `json:"ipv6"`
	NoteZH   string `json:"note_zh,omitempty"`
	NoteEN   string `json:"note_en,omitempty"`
}

// Schedule counts runs since the start.
type Schedule struct {
	Running int    `json:"running"`
	Runs    uint64 `json:"runs"`
	Skipped uint64 `json:"skipped"` // while the run before still went on
}

// A Problem is something that is wrong now.
type Problem struct {
	Class string    `json:"class"`
	Since time.Time `json:"since,omitzero"`
	ZH    string    `json:"zh"`
	EN    string    `json:"en"`
}

// ErrNone says that a data directory holds no status file.
var ErrNone = errors.New("no status")

// Path returns where the file of a data directory is.
func Path(data string) string { return filepath.Join(data, "status.json") }

// Write replaces the file. It is not synced: after a power cut it is worth
// nothing anyway.
func (f *File) Write(data string) error {
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the status: %w", err)
	}
	return disk.ReplaceUnsynced(Path(data), append(text, '\n'))
}

// Read reads the file of a data directory. The error is [ErrNone] when there
// is none.
func Read(data string) (*File, error) {
	text, err := os.ReadFile(Path(data))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: there is no %s; has fengsui-agent run with this data directory?", ErrNone, Path(data))
	}
	if err != nil {
		return nil, fmt.Errorf("read the status: %w", err)
	}
	f := new(File)
	if err := json.Unmarshal(text, f); err != nil {
		return nil, fmt.Errorf("read the status %s: %w, want what a running agent writes", Path(data), err)
	}
	return f, nil
}
