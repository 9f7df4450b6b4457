package e2e_test

import (
	"fmt"
	"net"
	"testing"

	"fengsui/collector/e2e"
)

// TestPortIsHeld: what one process was given, another one that asks is not.
func TestPortIsHeld(t *testing.T) {
	t.Parallel()
	port, err := e2e.FreePort("127.0.0.1")
	must(t, err)
	if l, err := net.Listen("unix", fmt.Sprintf("@fengsui-port-%d", port)); err == nil {
		l.Close()
		t.Errorf("nothing holds port %d against other processes", port)
	}
}
