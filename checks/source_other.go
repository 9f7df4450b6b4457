//go:build !linux

package checks

import "syscall"

// bindToDevice is known on Linux only; elsewhere the interface's address
// speaks for it.
func bindToDevice(uintptr, string) error { return syscall.EPERM }

// limitSegments is known on Linux only.
func limitSegments(uintptr, int) error { return syscall.EPERM }

// hearErrors is known on Linux only.
func hearErrors(uintptr, bool) error { return nil }
