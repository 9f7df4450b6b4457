package checks

import "syscall"

func bindToDevice(fd uintptr, device string) error {
	return syscall.BindToDevice(int(fd), device)
}

func limitSegments(fd uintptr, bytes int) error {
	return syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_MAXSEG, bytes)
}

// hearErrors lets a UDP socket tell every ICMP error about what it sent (ip(7),
// IP_RECVERR), not only that the port is unreachable.
func hearErrors(fd uintptr, v6 bool) error {
	if v6 {
		return syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IPV6, syscall.IPV6_RECVERR, 1)
	}
	return syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IP, syscall.IP_RECVERR, 1)
}
