//go:build linux

package lab

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// AloneWithDisks is [Alone] with mounts of its own too, for [Disk] and
// [ReadOnly], for at most three minutes. Permission bits bind there, also root:
// the process and its children have not the right to pass them by. env is
// added to its environment.
func AloneWithDisks(t *testing.T, env ...string) bool {
	t.Helper()
	if os.Getenv(child) == t.Name() {
		if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
			t.Fatalf("lab: keeping mounts to this namespace: %v", err)
		}
	} else if os.Getuid() == 0 {
		// What this thread gives up its child never has. The thread ends with
		// the test, because it is never unlocked.
		runtime.LockOSThread()
		for _, right := range []uintptr{unix.CAP_DAC_OVERRIDE, unix.CAP_DAC_READ_SEARCH} {
			if err := unix.Prctl(unix.PR_CAPBSET_DROP, right, 0, 0, 0); err != nil {
				Skip(t, "a right over files cannot be given up: %v", err)
			}
		}
	} else {
		Skip(t, "permission bits that bind and mounts of its own need root")
	}
	return alone(t, syscall.CLONE_NEWNS, 3*time.Minute, env...)
}

// Disk mounts an empty file system of size bytes at dir, which is made, until
// the test ends.
func Disk(t *testing.T, dir string, size int) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("lab", dir, "tmpfs", 0, "mode=0700,size="+strconv.Itoa(size)); err != nil {
		t.Fatalf("lab: mounting %d bytes at %s: %v", size, dir, err)
	}
	t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
}

// ReadOnly makes a file system of [Disk] read-only, or writable again. Nobody
// may have a file of it open for writing.
func ReadOnly(t *testing.T, dir string, on bool) {
	t.Helper()
	flags := uintptr(unix.MS_REMOUNT)
	if on {
		flags |= unix.MS_RDONLY
	}
	if err := unix.Mount("lab", dir, "tmpfs", flags, ""); err != nil {
		t.Fatalf("lab: remounting %s: %v", dir, err)
	}
}

// Fill takes what is free of a file system of [Disk], as somebody else's file
// does, until free is called.
func Fill(t *testing.T, dir string) (free func()) {
	t.Helper()
	path := filepath.Join(dir, "somebody-else")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for page := make([]byte, 4096); err == nil; {
		_, err = f.Write(page)
	}
	return func() {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}
