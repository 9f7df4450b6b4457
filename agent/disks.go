package agent

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"fengsui/agent/disk"
	"fengsui/agent/spool"
	"fengsui/configs"
)

// openSpool opens the spool and returns the agent that its acknowledgements
// were given to.
//
// A new enrolment makes a new agent of this machine, and the collector keeps
// what it holds by agent. What the former agent did not deliver goes as the
// new one's; what it did deliver must not go again, so its acknowledgements
// count on, and once nothing waits the next start begins with an empty spool.
func (a *Agent) openSpool() ([]byte, error) {
	mark := filepath.Join(a.o.Config.Data, "spooled-for")
	dir := filepath.Join(a.o.Config.Data, "spool")
	former, err := readMark(mark)
	if err != nil {
		return nil, fmt.Errorf("read whose results the spool holds: %w", err)
	}
	if err := a.openSpoolAt(dir); err != nil {
		return nil, err
	}
	if bytes.Equal(former, a.id.Agent) {
		return former, nil
	}
	if former != nil {
		n, lost := a.spool.State().Unacknowledged, len(a.spool.Lost())
		if n > 0 || lost > 0 {
			a.o.Logger.Warn("enrolled anew: what was before still waits and goes first; the spool is emptied at a later start", "results", n, "lost_ranges_untold", lost)
			return former, nil
		}
		old := dir + ".former"
		err := errors.Join(a.spool.Close(), os.RemoveAll(old), os.Rename(dir, old), disk.SyncDir(a.o.Config.Data), os.RemoveAll(old))
		if openErr := a.openSpoolAt(dir); openErr != nil {
			return nil, openErr
		}
		if err != nil {
			a.o.Logger.Error("enrolled anew: the spool cannot be emptied and is used as it is; a later start tries again", "error", err)
			return former, nil
		}
		a.o.Logger.Info("enrolled anew: the spool begins empty")
	}
	if err := disk.Replace(mark, []byte(hex.EncodeToString(a.id.Agent)+"\n")); err != nil {
		a.o.Logger.Error("the disk does not take whose results the spool holds; a later start tries again", "error", err)
	}
	return a.id.Agent, nil
}

func readMark(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	id, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, fmt.Errorf("%s holds %.60q, want an id in hex", path, text)
	}
	return id, nil
}

func (a *Agent) openSpoolAt(dir string) error {
	c := a.o.Config
	reserve := float64(c.SpoolReserve)
	if reserve == 0 {
		reserve = -1 // none; 0 would be the default
	}
	o := spool.Options{
		Dir: dir, Limit: c.SpoolLimit, Reserve: reserve, Keep: c.Keep, Now: time.Now, Crash: a.o.Crash, SegmentSize: a.o.Segment,
	}
	if c.SpoolWhere == configs.SpoolMemory {
		o.Memory, o.Checkpoint = c.SpoolMemory, c.Checkpoint
	}
	s, damages, err := spool.Open(o)
	if err != nil {
		return fmt.Errorf("open the spool: %w", err)
	}
	a.spool = s
	a.found(damages)
	return nil
}

// found notes damages of the spool.
func (a *Agent) found(damages []spool.Damage) {
	const most = 20
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, d := range damages {
		a.o.Logger.Warn("the spool was damaged", "damage", d.String())
		a.damages = append(a.damages, d.String())
	}
	if len(a.damages) > most {
		a.damages = a.damages[len(a.damages)-most:]
	}
}
