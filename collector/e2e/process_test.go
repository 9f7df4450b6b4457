package e2e_test

import (
	"runtime"
	"testing"
	"time"

	"fengsui/collector/e2e"
)

// TestOutlivesThreads: a child is told of its parent's death, which is that of
// the thread that started it, and the laboratory's threads end all the time.
func TestOutlivesThreads(t *testing.T) {
	t.Parallel()
	child := make(chan *e2e.Process)
	for range 2 { // one of them at least is not the first thread, which never ends
		go func() {
			runtime.LockOSThread() // never unlocked: the thread ends with this goroutine
			p, err := e2e.Start("child", "sleep", nil, "60")
			if err != nil {
				t.Error(err)
			}
			child <- p
		}()
	}
	for range 2 {
		p := <-child
		if p == nil {
			continue
		}
		t.Cleanup(p.Kill)
		select {
		case <-p.Exited():
			t.Errorf("the child ended: %v, want it to outlive the thread that started it", p.Err())
		case <-time.After(200 * time.Millisecond):
		}
	}
}
