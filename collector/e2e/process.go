// Package e2e runs the real programs on real sockets: the harness that the
// end-to-end tests and the demo share. Everything stays on loopback, or in
// the network namespaces of a lab.
package e2e

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A Process is one of our programs at work.
type Process struct {
	name string
	cmd  *exec.Cmd
	done chan struct{}
	err  error // of Wait; read after done

	mu    sync.Mutex
	lines []string // the last of what it printed
}

// maxLines bounds what is kept of a process's output.
const maxLines = 2000

// A Place is where a program runs: it calls start where children are born in
// the network of the place, on a thread that outlives them. nil is here.
type Place func(start func() error) error

func (p Place) do(start func() error) error {
	if p == nil {
		return here(start)
	}
	return p(start)
}

// births is where the children of this process are born: on one thread that
// lives as long as it does. The kernel counts a child's parent as dead when the
// thread that started it ends, and a thread of the runtime ends with whatever
// goroutine was locked to it; the laboratory has many such.
var births = sync.OnceValue(func() chan func() {
	c := make(chan func())
	go func() {
		runtime.LockOSThread()
		for born := range c {
			born()
		}
	}()
	return c
})

func here(start func() error) error {
	done := make(chan error, 1)
	births() <- func() { done <- start() }
	return <-done
}

// Start runs a program. env is added to the environment.
func Start(name, path string, env []string, args ...string) (*Process, error) {
	return Place(nil).Start(name, path, env, args...)
}

// Start is [Start] in a place.
func (pl Place) Start(name, path string, env []string, args ...string) (*Process, error) {
	p := &Process{name: name, cmd: exec.Command(path, args...), done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), env...)
	// A test that dies takes its processes along.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, in, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make a pipe for %s: %w", name, err)
	}
	p.cmd.Stdout, p.cmd.Stderr = in, in
	if err := pl.do(p.cmd.Start); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", name, err), in.Close(), out.Close())
	}
	in.Close()
	read := make(chan struct{})
	go func() {
		defer close(read)
		p.read(out)
	}()
	go func() {
		p.err = p.cmd.Wait()
		<-read
		close(p.done)
	}()
	return p, nil
}

func (p *Process) read(out io.ReadCloser) {
	defer out.Close()
	s := bufio.NewScanner(out)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		p.mu.Lock()
		p.lines = append(p.lines, s.Text())
		if len(p.lines) > maxLines {
			p.lines = p.lines[len(p.lines)-maxLines:]
		}
		p.mu.Unlock()
	}
}

// Output returns the last lines that the process printed.
func (p *Process) Output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.lines, "\n")
}

// Name says which program it is.
func (p *Process) Name() string { return p.name }

// Tail returns the last n lines that the process printed.
func (p *Process) Tail(n int) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.lines[max(0, len(p.lines)-n):], "\n")
}

// Exited is closed when the process has ended.
func (p *Process) Exited() <-chan struct{} { return p.done }

// Err is how the process ended; read it after Exited.
func (p *Process) Err() error { return p.err }

// Pid returns the id of the process.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Kill ends the process as a power cut would and waits for its end.
func (p *Process) Kill() {
	p.cmd.Process.Kill()
	<-p.done
}

// Signal sends a signal.
func (p *Process) Signal(s syscall.Signal) error { return p.cmd.Process.Signal(s) }

// Stop asks the process to end and waits; one that does not end in time is
// killed, which is an error.
func (p *Process) Stop(timeout time.Duration) error {
	p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
		if p.err != nil {
			return fmt.Errorf("stop %s: %w; it said:\n%s", p.name, p.err, p.Output())
		}
		return nil
	case <-time.After(timeout):
		p.Kill()
		return fmt.Errorf("stop %s: it still ran after %v, want a clean end; it said:\n%s", p.name, timeout, p.Output())
	}
}

// Run runs a program to its end and returns what it printed.
func Run(ctx context.Context, stdin, path string, args ...string) (string, error) {
	return Place(nil).Run(ctx, stdin, path, args...)
}

// Run is [Run] in a place.
func (pl Place) Run(ctx context.Context, stdin, path string, args ...string) (string, error) {
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &out
	err := pl.do(cmd.Start)
	if err == nil {
		err = cmd.Wait()
	}
	if err != nil {
		return out.String(), fmt.Errorf("run %s %s: %w: %s", filepath.Base(path), strings.Join(args, " "), err, strings.TrimSpace(out.String()))
	}
	return out.String(), nil
}

// Until asks again every 50 ms until ask returns nil, and gives back its last
// error when that has not happened in time.
func Until(ctx context.Context, timeout time.Duration, what string, ask func() error) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ask()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait %v for %s: %w", timeout, what, err)
		case <-tick.C:
		}
	}
}
