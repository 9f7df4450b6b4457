//go:build linux

package lab

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// Boot makes what is started in the place afterwards run on another boot, as
// after a power cut: with a boot id of its own, which is kept below dir, and a
// boot clock that began a moment ago (time_namespaces(7)).
func (p *Place) Boot(dir string) error {
	id := make([]byte, 16)
	rand.Read(id)
	file := filepath.Join(dir, fmt.Sprintf("boot-%x", id[:4]))
	text := fmt.Sprintf("%x-%x-%x-%x-%x\n", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
	if err := os.WriteFile(file, []byte(text), 0o444); err != nil {
		return err
	}
	err := p.Do(func() error {
		var up unix.Timespec
		if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &up); err != nil {
			return err
		}
		if err := unix.Unshare(unix.CLONE_NEWTIME); err != nil {
			return err
		}
		began := time.Duration(up.Nano()).Truncate(time.Second) - time.Second
		return os.WriteFile(fmt.Sprintf("/proc/%d/timens_offsets", unix.Gettid()), fmt.Appendf(nil, "boottime -%d 0\n", int(began.Seconds())), 0)
	})
	if err != nil {
		return fmt.Errorf("%s: boot again: %w", p.Name, err)
	}
	return p.Mount(file, "/proc/sys/kernel/random/boot_id")
}
