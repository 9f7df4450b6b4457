// Package clock is the agent's notion of time: the kernel's boot id, the boot
// clock, which runs on through suspend and which nobody sets, and the wall
// clock, which is evidence only and never decides.
package clock

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A Clock tells time at a site. Its methods may be called at any time from
// any goroutine.
type Clock interface {
	// Boot returns the 16 bytes that name this start of the machine.
	Boot() []byte
	// BootTime returns the time since that start, CLOCK_BOOTTIME.
	BootTime() time.Duration
	// Wall returns the wall clock of the machine.
	Wall() time.Time
}

// System returns the machine's clock. When the kernel's boot id cannot be
// read, a random one stands for it: nothing that was learned before then
// holds for this run, which is the cautious side.
func System() Clock {
	boot, err := readBoot("/proc/sys/kernel/random/boot_id")
	if err != nil {
		boot = make([]byte, 16)
		rand.Read(boot)
	}
	return system{boot}
}

type system struct{ boot []byte }

func (s system) Boot() []byte { return s.boot }

func (system) BootTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
		panic("BUG: a Linux without CLOCK_BOOTTIME (2.6.39): " + err.Error())
	}
	return time.Duration(t.Nano())
}

func (system) Wall() time.Time { return time.Now() }

// readBoot reads a boot id as the kernel writes it: a UUID and a newline.
func readBoot(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the boot id: %w", err)
	}
	id, err := hex.DecodeString(strings.ReplaceAll(strings.TrimSpace(string(text)), "-", ""))
	if err != nil || len(id) != 16 {
		return nil, fmt.Errorf("read the boot id: %s holds %.60q, want a UUID", path, text)
	}
	return id, nil
}
