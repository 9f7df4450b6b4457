package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"fengsui/collector/e2e"
)

// foreign are the kinds of machine of .ci/cross, and the emulators of Debian's
// qemu-user-static that run their programs. Not 386: under qemu-i386 Go programs
// die of "morestack on gsignal".
var foreign = map[string]string{
	"arm64": "qemu-aarch64-static", "arm": "qemu-arm-static", "loong64": "qemu-loongarch64-static",
	"mips64le": "qemu-mips64el-static", "mipsle": "qemu-mipsel-static", "mips": "qemu-mips-static",
}

// TestSoakForeignMachines: the agent of every kind of machine that can be
// emulated here enrols, probes, and pushes results that are stored once.
func TestSoakForeignMachines(t *testing.T) {
	if os.Getenv("FENGSUI_SOAK") == "" {
		t.Skip("runs by make soak")
	}
	for arch, emulator := range foreign {
		t.Run(arch, func(t *testing.T) {
			if _, err := exec.LookPath(emulator); err != nil {
				t.Skipf("%s is not there, want it from Debian's qemu-user-static", emulator)
			}
			program, err := filepath.Abs(filepath.Join("..", "..", "bin", "cross", "fengsui-agent-"+arch))
			must(t, err)
			if _, err := os.Stat(program); err != nil {
				t.Fatalf("%v: build it by .ci/cross %s", err, arch)
			}
			dir := t.TempDir() // a folder of programs in which the agent is emulated
			must(t, os.Symlink(filepath.Join(bin, "fengsui-collector"), filepath.Join(dir, "fengsui-collector")))
			script := fmt.Sprintf("#!/bin/sh\nexec %s %s \"$@\"\n", emulator, program)
			must(t, os.WriteFile(filepath.Join(dir, "fengsui-agent"), []byte(script), 0o755))
			d, err := e2e.NewDistrict(dir, t.TempDir(), 60*time.Second)
			must(t, err)
			closes(t, d)
			must(t, d.Configure("sites.hcl", site("qingfu", listener(t), 3)))
			must(t, d.StartCollector(t.Context()))
			a := enrol(t, d, "qingfu")
			must(t, a.Start())
			results(t, d, "qingfu", 9)
			drained(t, d, a)
			reconcile(t, d, a)
		})
	}
}
