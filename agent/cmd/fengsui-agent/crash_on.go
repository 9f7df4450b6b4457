//go:build crashpoints

package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

// crashPoints kills the process at the n-th pass of a named point, as
// FENGSUI_CRASH="spool_sync:3" says: for the tests of what survives.
func crashPoints(w io.Writer) func(string) {
	wanted := os.Getenv("FENGSUI_CRASH")
	if wanted == "" {
		return nil
	}
	name, count, ok := strings.Cut(wanted, ":")
	n, err := strconv.ParseInt(count, 10, 64)
	if !ok || err != nil || n < 1 {
		panic(fmt.Sprintf("FENGSUI_CRASH is %q, want a point and the number of its pass, such as spool_sync:3", wanted))
	}
	var passes atomic.Int64
	return func(point string) {
		if point != name || passes.Add(1) != n {
			return
		}
		fmt.Fprintf(w, "fengsui-agent: crashing at pass %d of %s\n", n, name)
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // the signal is on its way
	}
}

// segment is the size of the spool's segments that FENGSUI_SEGMENT names, so
// that tests meet many of them in seconds; 0: as usual.
func segment() int64 {
	n, _ := strconv.ParseInt(os.Getenv("FENGSUI_SEGMENT"), 10, 64)
	return n
}
