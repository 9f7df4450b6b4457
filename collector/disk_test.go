package collector

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"
)

// TestLock: one at a time, and what was let go is free although a child between
// its fork and its exec still has the file.
func TestLock(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	held, err := lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lock(dir); !errors.Is(err, errWorking) {
		t.Errorf("a second lock: %v, want %v", err, errWorking)
	}
	child, err := unix.Dup(int(held.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(child)
	if err := unlock(held); err != nil {
		t.Fatal(err)
	}
	again, err := lock(dir)
	if err != nil {
		t.Fatalf("after it was let go: %v", err)
	}
	if err := unlock(again); err != nil {
		t.Error(err)
	}
}
