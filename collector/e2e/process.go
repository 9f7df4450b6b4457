// Package e2e runs the real programs on real sockets: the harness that the
// end-to-end tests and the demo share. Everything stays on loopback.
package e2e

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
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

// Start runs a program. env is added to the environment.
func Start(name, path string, env []string, args ...string) (*Process, error) {
	p := &Process{name: name, cmd: exec.Command(path, args...), done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), env...)
	// A test that dies takes its processes along.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, in, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make a pipe for %s: %w", name, err)
	}
	p.cmd.Stdout, p.cmd.Stderr = in, in
	if err := p.cmd.Start(); err != nil {
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
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return string(out), fmt.Errorf("run %s %s: %w: %s", filepath.Base(path), strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return string(out), nil
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
