package checks

import "syscall"

func bindToDevice(fd uintptr, device string) error {
	return syscall.BindToDevice(int(fd), device)
}

func limitSegments(fd uintptr, bytes int) error {
	return syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_MAXSEG, bytes)
}
