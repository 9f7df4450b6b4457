//go:build crashpoints

package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

// at ends the process as a power cut would, at a named step and pass:
// FENGSUI_CRASH="after_append:3". Only builds for tests have it.
var at = func() func(step string) {
	point, pass, ok := strings.Cut(os.Getenv("FENGSUI_CRASH"), ":")
	if !ok {
		return nil
	}
	n, err := strconv.ParseInt(pass, 10, 64)
	if err != nil {
		panic(fmt.Sprintf("FENGSUI_CRASH: pass %q, want a whole number", pass))
	}
	var passes atomic.Int64
	return func(step string) {
		if step == point && passes.Add(1) == n {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // nothing more happens, not even on this goroutine
		}
	}
}()
