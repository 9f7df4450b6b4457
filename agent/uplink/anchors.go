package uplink

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"fengsui/agent/clock"
	"fengsui/agent/disk"
	"fengsui/collector/wire"
)

// Anchors keeps on disk what the collector told about its time and our boot
// clocks, so that a collector restored from a backup can be told again and
// gives every re-sent result the same time as before.
type Anchors struct {
	path string
	mu   sync.Mutex
	all  []anchor // oldest first
}

type anchor struct {
	Boot   []byte `json:"boot"`
	From   int64  `json:"from_boot_ns"`
	Offset int64  `json:"offset_ns"`
}

// maxAnchors bounds the file. A boot has one, and one more for every step of
// the collector's clock.
const maxAnchors = 256

// LoadAnchors reads the anchors of a data directory. A damaged file is told
// and begins anew: the collector tells its anchors at every Hello.
func LoadAnchors(data string) (*Anchors, error) {
	a := &Anchors{path: filepath.Join(data, "anchors.json")}
	text, err := os.ReadFile(a.path)
	if errors.Is(err, fs.ErrNotExist) {
		return a, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &a.all)
	}
	if err != nil {
		a.all = nil
		return a, fmt.Errorf("read the anchors: %w; beginning without any", err)
	}
	return a, nil
}

// All returns the anchors, oldest first.
func (a *Anchors) All() []*wire.Anchor {
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []*wire.Anchor
	for _, x := range a.all {
		all = append(all, &wire.Anchor{Boot: x.Boot, FromBootNs: x.From, OffsetNs: x.Offset})
	}
	return all
}

// newest returns the offset that a boot was told last, and whether any was.
func (a *Anchors) newest(boot []byte) (offset time.Duration, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var from int64
	for _, x := range a.all {
		if clock.Same(x.Boot, boot) && (!ok || x.From >= from) {
			offset, from, ok = time.Duration(x.Offset), x.From, true
		}
	}
	return offset, ok
}

// Told keeps anchors, and writes them when one is new.
func (a *Anchors) Told(told []*wire.Anchor) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	changed := false
	for _, t := range told {
		x := anchor{t.GetBoot(), t.GetFromBootNs(), t.GetOffsetNs()}
		if len(x.Boot) != 16 {
			continue
		}
		known := false
		for i := range a.all {
			if bytes.Equal(a.all[i].Boot, x.Boot) && a.all[i].From == x.From {
				known = true
				if a.all[i].Offset != x.Offset {
					a.all[i].Offset, changed = x.Offset, true
				}
			}
		}
		if !known {
			a.all, changed = append(a.all, x), true
		}
	}
	if !changed {
		return nil
	}
	if len(a.all) > maxAnchors {
		a.all = a.all[len(a.all)-maxAnchors:]
	}
	text, err := json.MarshalIndent(a.all, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the anchors: %w", err)
	}
	return disk.Replace(a.path, text)
}
