//go:build linux

package lab

import (
	"strings"
	"testing"
)

// TestBoot: what is started afterwards has another boot id and a young boot
// clock, twice over, and the machine keeps its own.
func TestBoot(t *testing.T) {
	t.Parallel()
	NeedRoot(t)
	p, err := NewPlace("box")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	look := func() (id, up string) {
		t.Helper()
		out, err := p.Run("cat", "/proc/sys/kernel/random/boot_id", "/proc/uptime")
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Fields(out)
		return lines[0], lines[1]
	}
	seen := map[string]bool{}
	id, _ := look()
	seen[id] = true
	for range 2 {
		if err := p.Boot(t.TempDir()); err != nil {
			t.Fatal(err)
		}
		id, up := look()
		if seen[id] || len(id) != 36 {
			t.Errorf("the boot id is %q, want another one", id)
		}
		if len(up) > len("99.99") {
			t.Errorf("the machine is up for %s s, want it to have begun just now", up)
		}
		seen[id] = true
	}
}
