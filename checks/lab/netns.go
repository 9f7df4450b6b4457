//go:build linux

// Package lab gives tests networks of their own: one namespace for the calling
// test ([Alone]), or a whole district of routers, hosts, lines and real daemons
// ([NewDistrict]). Only tests and what shows things to people import it.
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
	return alone(t, 0, time.Minute)
}

// AloneFor is Alone for a test that takes longer than a minute.
func AloneFor(t *testing.T, bound time.Duration) bool {
	t.Helper()
	return alone(t, 0, bound)
}

// alone is Alone with more namespaces and another bound.
func alone(t *testing.T, more uintptr, bound time.Duration, env ...string) bool {
	t.Helper()
	if os.Getenv(child) == t.Name() {
		if err := up(); err != nil {
			t.Fatalf("lab: setting lo up: %v", err)
		}
		return true
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+strings.ReplaceAll(t.Name(), "/", "$/^")+"$", "-test.v", "-test.timeout="+bound.String())
	cmd.Env = append(append(os.Environ(), env...), child+"="+t.Name())
	cmd.WaitDelay = time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | more}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	out, err := cmd.CombinedOutput()
	switch text := string(out); {
	case err == nil && strings.Contains(text, "--- PASS: "+t.Name()):
		if bound > time.Minute { // what takes long has something to tell
			t.Log(text)
		}
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
func Skip(t testing.TB, format string, args ...any) {
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

// A DeadEnd is an address that cannot be reached from a namespace prepared by
// [DeadEnds], and the code of the reason that every kind must give for it.
type DeadEnd struct{ Name, Address, Code string }

// DeadEnds gives the namespace of [Alone] every way in which an address can be
// out of reach, over both families.
func DeadEnds(t *testing.T) []DeadEnd {
	t.Helper()
	for _, line := range []string{
		"link add v0 type veth peer name v1", // a wire with nobody at its end
		"link set v0 up", "link set v1 up",
		"addr add 10.9.0.1/24 dev v0", "-6 addr add fd09::1/64 dev v0 nodad",
		"neigh add 10.9.0.3 lladdr 02:00:00:00:00:03 dev v0 nud permanent",
		"-6 neigh add fd09::3 lladdr 02:00:00:00:00:03 dev v0 nud permanent",
		"route add prohibit 192.0.2.0/25", "-6 route add prohibit 2001:db8:1::/64",
		"route add unreachable 198.51.100.0/25", "-6 route add unreachable 2001:db8:2::/64",
		"route add blackhole 203.0.113.0/25", "-6 route add blackhole 2001:db8:3::/64",
	} {
		IP(t, line)
	}
	Sysctl(t, "net.ipv4.neigh.v0.retrans_time_ms", "20")
	Sysctl(t, "net.ipv6.neigh.v0.retrans_time_ms", "20")
	return []DeadEnd{
		{"nobody on the wire", "10.9.0.2", "unreachable"},
		{"nobody on the wire", "fd09::2", "unreachable"},
		{"prohibit route", "192.0.2.1", "prohibited_here"},
		{"prohibit route", "2001:db8:1::1", "prohibited_here"},
		{"unreachable route", "198.51.100.1", "no_route_here"},
		{"unreachable route", "2001:db8:2::1", "no_route_here"},
		{"blackhole route", "203.0.113.1", "no_route_here"},
		{"blackhole route", "2001:db8:3::1", "no_route_here"},
		{"no route", "192.0.2.200", "no_route_here"},
		{"no route", "2001:db8:4::1", "no_route_here"},
	}
}

// SilentV4 and SilentV6 take packets and answer nothing, after [DeadEnds].
const (
	SilentV4 = "10.9.0.3"
	SilentV6 = "fd09::3"
)

// NoFiles takes from this process the right to open another file or socket
// until the returned function is called.
func NoFiles(t *testing.T) (restore func()) {
	t.Helper()
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	set := func(cur uint64) {
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: cur, Max: old.Max}); err != nil {
			t.Fatal(err)
		}
	}
	set(3)
	return func() { set(old.Cur) }
}

// NeedRoot skips a test that makes namespaces for more than itself.
func NeedRoot(t testing.TB) {
	t.Helper()
	if os.Getuid() != 0 {
		Skip(t, "a network of several places needs root; run as root: make test")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		Skip(t, "ip(8) is missing, install iproute2")
	}
}
