package status

import (
	"encoding/hex"
	"time"

	"golang.org/x/sys/unix"

	"fengsui/agent/clock"
)

// A Verdict says how an agent is, as far as its file tells.
type Verdict uint8

// The verdicts.
const (
	Fine     Verdict = iota // fresh, in contact, nothing wrong
	Troubled                // fresh, and something is wrong
	Ended                   // the agent stopped cleanly
	Stale                   // nothing was written for too long: the agent is dead or stuck, or its disk takes nothing
	Before                  // written before the machine last started
)

// ExitCode is 0 for a fine agent and 1 otherwise. A missing file is 3.
func (v Verdict) ExitCode() int {
	if v == Fine {
		return 0
	}
	return 1
}

// Judge says how the agent is and how old the file is, by the boot clock. An
// old file is never fine, whatever it says.
func (f *File) Judge(c clock.Clock) (Verdict, time.Duration) {
	age := c.BootTime() - time.Duration(f.BootNS)
	switch {
	case f.Boot != hex.EncodeToString(c.Boot()) || age < 0:
		return Before, c.Wall().Sub(f.Written)
	case f.Stopped:
		return Ended, age
	case age > 3*f.EveryNS+10*time.Second:
		return Stale, age
	case len(f.Problems) > 0 || !f.Contact.Now:
		return Troubled, age
	}
	return Fine, age
}

// least is what a file system must have free for the file to be rewritten.
const least = 64 << 10

// Disk says why no agent could rewrite the file of a data directory: "readonly"
// or "full" of its file system, or "" when that is not what is wrong.
func Disk(data string) string {
	var st unix.Statfs_t
	switch err := unix.Statfs(data, &st); {
	case err != nil:
		return ""
	case st.Flags&unix.ST_RDONLY != 0:
		return "readonly"
	case uint64(st.Bavail)*uint64(st.Bsize) < least:
		return "full"
	}
	return ""
}
