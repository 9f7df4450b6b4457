//go:build linux

package lab

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// A Place is a network namespace of its own, with mounts of its own, held by
// one thread of this process. It has no name in the file system: with the
// process everything goes, its children and interfaces too, however it ends,
// and labs that run side by side cannot meet.
type Place struct {
	Name string

	net  int // the namespace; other places move interfaces into it by this
	work chan func()
	once sync.Once
	stop chan struct{} // closed to end the thread
	end  chan struct{} // closed when it has ended
}

// NewPlace makes a place where lo is up, packets are forwarded, and an IPv6
// address can be used at once (no duplicate address detection).
func NewPlace(name string) (*Place, error) {
	p := &Place{Name: name, work: make(chan func()), stop: make(chan struct{}), end: make(chan struct{})}
	made := make(chan error)
	go thread(func() { p.hold(made) })
	if err := <-made; err != nil {
		return nil, fmt.Errorf("make the network namespace of %s: %w", name, err)
	}
	return p, nil
}

// thread runs f on a thread that ends with it instead of serving others. It is
// not the first one, which is what /proc calls this process.
func thread(f func()) {
	runtime.LockOSThread()
	if unix.Gettid() != unix.Getpid() {
		f()
		return // never unlocked
	}
	other := make(chan struct{})
	go thread(func() { close(other); f() })
	<-other
	runtime.UnlockOSThread()
}

// hold is the place's thread.
func (p *Place) hold(made chan<- error) {
	defer close(p.end)
	if err := p.enter(); err != nil {
		made <- err
		return
	}
	made <- nil
	defer unix.Close(p.net)
	for {
		select {
		case f := <-p.work:
			f()
		case <-p.stop:
			return
		}
	}
}

func (p *Place) enter() error {
	if err := unix.Unshare(unix.CLONE_NEWNET | unix.CLONE_NEWNS); err != nil {
		return err
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("keep mounts to it: %w", err)
	}
	if err := up(); err != nil {
		return fmt.Errorf("set lo up: %w", err)
	}
	for name, value := range map[string]string{
		"ipv4/ip_forward":                 "1",
		"ipv6/conf/all/forwarding":        "1",
		"ipv6/conf/default/accept_dad":    "0",
		"ipv6/conf/default/dad_transmits": "0",
		// So that a burst of one test is not answered by silence in another.
		"ipv4/icmp_ratelimit": "0",
		"ipv6/icmp/ratelimit": "0",
	} {
		if err := os.WriteFile("/proc/sys/net/"+name, []byte(value), 0); err != nil {
			return fmt.Errorf("set net/%s: %w", name, err)
		}
	}
	var err error
	p.net, err = unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	return err
}

// Do runs f on the place's thread: sockets that it opens itself belong to the
// place for as long as they live, and so do programs that it starts.
func (p *Place) Do(f func() error) error {
	done := make(chan error, 1)
	select {
	case p.work <- func() { done <- f() }:
		return <-done
	case <-p.stop:
		return fmt.Errorf("the lab's place %s has ended", p.Name)
	}
}

// Path names the namespace for ip(8) and for nsenter --net, as long as this
// process runs.
func (p *Place) Path() string { return fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), p.net) }

// Run runs a program in the place to its end and returns what it printed.
func (p *Place) Run(words ...string) (string, error) { return p.run("", words...) }

func (p *Place) run(stdin string, words ...string) (string, error) {
	var out strings.Builder
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &out
	if err := p.Do(cmd.Start); err != nil {
		return "", fmt.Errorf("%s: start %s: %w", p.Name, words[0], err)
	}
	if err := cmd.Wait(); err != nil {
		return out.String(), fmt.Errorf("%s: %s: %w: %s", p.Name, strings.Join(words, " "), err, strings.TrimSpace(out.String()))
	}
	return out.String(), nil
}

// IP runs lines of ip(8) in the place, which stop at the first that fails.
func (p *Place) IP(lines ...string) error {
	if _, err := p.run(strings.Join(lines, "\n"), "ip", "-batch", "-"); err != nil {
		return fmt.Errorf("%w\nof these lines:\n%s", err, strings.Join(lines, "\n"))
	}
	return nil
}

// Mount lays a file of the machine over another one, for the programs that are
// started here afterwards.
func (p *Place) Mount(file, over string) error {
	return p.Do(func() error {
		if err := unix.Mount(file, over, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("%s: lay %s over %s: %w", p.Name, file, over, err)
		}
		return nil
	})
}

// Listen listens on an address of the place.
func (p *Place) Listen(network, address string) (l net.Listener, err error) {
	err = p.Do(func() error {
		l, err = net.Listen(network, address)
		return err
	})
	return l, err
}

// ListenPacket is [Place.Listen] for datagrams.
func (p *Place) ListenPacket(network, address string) (c net.PacketConn, err error) {
	err = p.Do(func() error {
		c, err = net.ListenPacket(network, address)
		return err
	})
	return c, err
}

// Dial connects from the place to a literal address; a name would be looked up
// by another thread, somewhere else. It has a thread of its own, so that
// nobody waits behind what does not answer.
func (p *Place) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	type dialled struct {
		c   net.Conn
		err error
	}
	done := make(chan dialled, 1)
	go thread(func() {
		if err := unix.Setns(p.net, unix.CLONE_NEWNET); err != nil {
			done <- dialled{nil, fmt.Errorf("enter the lab's place %s: %w", p.Name, err)}
			return
		}
		c, err := (&net.Dialer{Timeout: patience}).DialContext(ctx, network, address)
		done <- dialled{c, err}
	})
	d := <-done
	return d.c, d.err
}

// Client asks over HTTP from the place, at literal addresses.
func (p *Place) Client() *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: p.Dial}}
}

// Close ends the place. Programs that still run in it are killed by the end of
// their parent's thread when they were started with Pdeathsig.
func (p *Place) Close() {
	p.once.Do(func() { close(p.stop) })
	<-p.end
}
