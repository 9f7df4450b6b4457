//go:build linux

// Package lab gives tests networks of their own.
package lab

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// child is set to the test's name in the process that a test re-executes.
const child = "FENGSUI_LAB_TEST"

// Alone re-executes the calling test in a process with a network namespace of
// its own, where only lo exists and is up. It returns true in that process,
// and false in the calling one after the other has ended, whose failure it
// reports:
//
//	if !lab.Alone(t) {
//		return
//	}
//	lab.IP(t, "route add prohibit 192.0.2.0/24")
//
// Root takes a plain namespace, anybody else one within a user namespace. A
// machine that allows neither skips the test, or fails it when
// FENGSUI_NO_SKIP=1.
func Alone(t *testing.T) bool {
	t.Helper()
	if os.Getenv(child) == t.Name() {
		if err := up(); err != nil {
			t.Fatalf("lab: setting lo up: %v", err)
		}
		return true
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+strings.ReplaceAll(t.Name(), "/", "$/^")+"$", "-test.v", "-test.timeout=60s")
	cmd.Env = append(os.Environ(), child+"="+t.Name())
	cmd.WaitDelay = time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	out, err := cmd.CombinedOutput()
	switch text := string(out); {
	case err == nil && strings.Contains(text, "--- PASS: "+t.Name()):
	case err == nil && strings.Contains(text, "--- SKIP: "+t.Name()):
		Skip(t, "skipped inside its namespace:\n%s", text)
	case cmd.Process == nil:
		Skip(t, "this machine gives no network namespace (%v), which needs root or user namespaces", err)
	default:
		t.Fatalf("in its own network namespace: %v\n%s", err, text)
	}
	return false
}

// Skip skips a test that this machine cannot run, or fails it where skips are
// forbidden (FENGSUI_NO_SKIP=1), so that nobody takes a skip for a pass.
func Skip(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("FENGSUI_NO_SKIP") == "1" {
		t.Fatalf("skips are forbidden (FENGSUI_NO_SKIP=1): "+format, args...)
	}
	t.Skipf(format, args...)
}

// IP runs ip(8) with the words of a line.
func IP(t *testing.T, line string) {
	t.Helper()
	if _, err := exec.LookPath("ip"); err != nil {
		Skip(t, "ip(8) is missing, install iproute2")
	}
	if out, err := exec.Command("ip", strings.Fields(line)...).CombinedOutput(); err != nil {
		t.Fatalf("ip %s: %v\n%s", line, err, out)
	}
}

// Sysctl sets a kernel setting of this namespace, named as in
// net.ipv4.ping_group_range; a kernel without it skips the test.
func Sysctl(t *testing.T, name, value string) {
	t.Helper()
	path := "/proc/sys/" + strings.ReplaceAll(name, ".", "/")
	if err := os.WriteFile(path, []byte(value), 0); err != nil {
		Skip(t, "setting %s: %v", name, err)
	}
}

// up sets lo up: SIOCSIFFLAGS, netdevice(7).
func up() error {
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(s)
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_UP)
	return unix.IoctlIfreq(s, unix.SIOCSIFFLAGS, request)
}
