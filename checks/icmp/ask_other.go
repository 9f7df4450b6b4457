//go:build !linux

package icmp

import (
	"context"
	"syscall"
	"time"

	"fengsui/checks"
)

// ask knows how to hear ICMP errors on Linux only.
func ask(context.Context, checks.Endpoint, string, int, time.Duration) syscall.Errno { return 0 }
