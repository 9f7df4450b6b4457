//go:build linux

package lab

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A Daemon is a program of somebody else at work in a place: in the
// foreground, with its files below one folder of the lab.
type Daemon struct {
	place *Place
	words []string
	log   string // file
	ready func() error

	cmd  *exec.Cmd
	done chan struct{}
}

// Packages are what has the daemons, on Debian.
var Packages = []string{"iproute2", "snmpd", "nsd", "unbound", "nginx-light"}

// programs are the daemons; they lie where a user's PATH does not go.
var programs = []string{"ip", "snmpd", "nsd", "unbound", "nginx"}

// program finds one of programs.
func program(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	return exec.LookPath(filepath.Join("/usr/sbin", name))
}

// NeedDaemons skips a test where the daemons of a district are missing.
func NeedDaemons(t testing.TB) {
	t.Helper()
	NeedRoot(t)
	if err := HaveDaemons(); err != nil {
		Skip(t, "%v", err)
	}
}

// HaveDaemons says what is missing and the command that brings it.
func HaveDaemons() error {
	missing := slices.DeleteFunc(slices.Clone(programs), func(name string) bool {
		_, err := program(name)
		return err == nil
	})
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("the lab needs %s, which are not here; on Debian: apt-get install --no-install-recommends %s",
		strings.Join(missing, ", "), strings.Join(Packages, " "))
}

// Start starts the daemon and waits until it does its work.
func (d *Daemon) Start() error {
	if d.running() {
		return nil
	}
	path, err := program(d.words[0])
	if err != nil {
		return err
	}
	log, err := os.OpenFile(d.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	d.cmd = exec.Command(path, d.words[1:]...)
	d.cmd.Stdout, d.cmd.Stderr = log, log
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	if err := d.place.Do(d.cmd.Start); err != nil {
		return fmt.Errorf("%s: start %s: %w", d.place.Name, path, err)
	}
	d.done = make(chan struct{})
	go func(cmd *exec.Cmd, done chan struct{}) {
		cmd.Wait()
		close(done)
	}(d.cmd, d.done)
	for began := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		err := d.ready()
		if err == nil {
			return nil
		}
		if !d.running() {
			err = errors.New("it ended")
		} else if time.Since(began) < patience {
			continue
		}
		return fmt.Errorf("%s: wait for %s: %w; it said:\n%s", d.place.Name, d.words[0], err, d.Log())
	}
}

func (d *Daemon) running() bool {
	if d.cmd == nil {
		return false
	}
	select {
	case <-d.done:
		return false
	default:
		return true
	}
}

// Stop ends the daemon as a power cut does.
func (d *Daemon) Stop() {
	if d.running() {
		syscall.Kill(-d.cmd.Process.Pid, syscall.SIGKILL) // its children too
		<-d.done
	}
}

// Log is what the daemon said.
func (d *Daemon) Log() string {
	text, err := os.ReadFile(d.log)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
