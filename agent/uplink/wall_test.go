package uplink

import (
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"fengsui/agent/clock"
	"fengsui/agent/collectortest"
	"fengsui/agent/identity"
	"fengsui/agent/line"
	"fengsui/collector/wire"
)

// A wall forwards flows in a bubble of time. It forgets a flow that was idle
// for too long, or when told, and from then on drops what comes without a word.
type wall struct {
	idle time.Duration // 0: flows are kept for ever
	to   chan net.Conn
	once sync.Once
	done chan struct{}

	mu    sync.Mutex
	flows []*flow
	drops int // flows that were forgotten
}

func newWall(idle time.Duration) *wall {
	return &wall{idle: idle, to: make(chan net.Conn), done: make(chan struct{})}
}

func (w *wall) dial(ctx context.Context, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case w.to <- there:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	f := &flow{Conn: here, wall: w, last: time.Now()}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.flows = append(w.flows, f)
	return f, nil
}

// The wall is the collector's listener, too.
func (w *wall) Accept() (net.Conn, error) {
	select {
	case c := <-w.to:
		return c, nil
	case <-w.done:
		return nil, net.ErrClosed
	}
}

func (w *wall) Close() error {
	w.once.Do(func() { close(w.done) })
	return nil
}

func (w *wall) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 7443} }

// forget drops every flow that there is.
func (w *wall) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.flows {
		f.forget()
	}
}

func (w *wall) forgotten() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.drops
}

type flow struct {
	net.Conn
	wall  *wall
	last  time.Time
	dead  bool
	reset bool
}

func (f *flow) forget() {
	if !f.dead {
		f.dead = true
		f.wall.drops++
	}
}

// rebind gives every flow another source port, as a NAT does that was
// restarted: the collector's machine does not know them and resets them.
func (w *wall) rebind() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.flows {
		f.reset = true
		f.Conn.Close()
	}
}

// passes says whether what comes now is let through.
func (f *flow) passes() bool {
	f.wall.mu.Lock()
	defer f.wall.mu.Unlock()
	if f.wall.idle > 0 && time.Since(f.last) >= f.wall.idle {
		f.forget()
	}
	f.last = time.Now()
	return !f.dead
}

func (f *flow) Write(p []byte) (int, error) {
	if !f.passes() {
		return len(p), nil
	}
	n, err := f.Conn.Write(p)
	return n, f.told(err)
}

func (f *flow) Read(p []byte) (int, error) {
	for {
		n, err := f.Conn.Read(p)
		if err != nil || f.passes() {
			return n, f.told(err)
		}
	}
}

// told returns what the agent's kernel says about an error.
func (f *flow) told(err error) error {
	f.wall.mu.Lock()
	defer f.wall.mu.Unlock()
	if err != nil && f.reset {
		return &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	}
	return err
}

// assignedAt notes when an assignment came.
type assignedAt struct {
	mu       sync.Mutex
	revision []byte
	at       time.Time
}

func (a *assignedAt) Revision() []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.revision
}

func (a *assignedAt) Assign(revision, _ []byte, _ []*wire.Secret) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.revision, a.at = revision, time.Now()
	return nil
}

// behindWall runs f beside an uplink of standard settings whose line leads
// through a wall to a real collector, over either protocol.
func behindWall(t *testing.T, idle time.Duration, f func(*testing.T, *wall, *collectortest.Collector, *assignedAt)) {
	for proto, next := range map[string][]string{"HTTP/2.0": {"h2", "http/1.1"}, "HTTP/1.1": {"http/1.1"}} {
		t.Run(proto, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWall(idle)
				c := collectortest.StartOn(t, w, func(c *tls.Config) { c.NextProtos = next })
				d, err := line.NewDialer([]string{c.Addr})
				if err != nil {
					t.Fatal(err)
				}
				d.Dial = w.dial
				config := (&identity.Trust{Pin: c.Authority.Pin()}).ClientConfig(c.Identity(t).TLS())
				anchors, err := LoadAnchors(t.TempDir())
				if err != nil {
					t.Fatal(err)
				}
				a := &assignedAt{}
				u, err := New(Options{
					Spool: &memory{}, Clock: clock.NewFake(), Anchors: anchors, Assignment: a,
					SelfTest: func() *wire.SelfTest { return &wire.SelfTest{} },
					Logger:   slog.New(slog.NewTextHandler(io.Discard, nil)),
					Connect: func() (wire.CollectorClient, func()) {
						l := d.Open(config)
						return l.Client(), l.Close
					},
				})
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithCancel(t.Context())
				done := make(chan struct{})
				go func() {
					defer close(done)
					u.Run(ctx)
				}()
				time.Sleep(time.Second)
				f(t, w, c, a)
				cancel()
				<-done
				if got := c.Seen().Protocols; len(got) != 1 || got[proto] == 0 {
					t.Errorf("the calls went over %v, want %s only", got, proto)
				}
			})
		})
	}
}

// TestIdleWall: with standard settings no flow is ever idle for the 60 s after
// which walls forget it, and an hour behind one is a single contact.
func TestIdleWall(t *testing.T) {
	t.Parallel()
	behindWall(t, time.Minute, func(t *testing.T, w *wall, c *collectortest.Collector, _ *assignedAt) {
		time.Sleep(time.Hour)
		if n, hellos := w.forgotten(), len(c.Seen().Hellos); n != 0 || hellos != 1 {
			t.Errorf("the wall forgot %d flows and %d Hellos were said in an hour, want 0 and 1", n, hellos)
		}
	})
}

// silentBound is how long a silent cut may last unnoticed: a push interval,
// what a push may take, and a pause.
const silentBound = 15*time.Second + 16*time.Second + time.Second

// TestSilentCut: a wall that forgets every flow at once and says nothing is
// gone around within the bound, again and again. Over HTTP/1.1 a new poll may
// take the dead flow and leave a new one to the push: then no contact is lost
// and no Hello is said.
func TestSilentCut(t *testing.T) {
	t.Parallel()
	behindWall(t, 0, func(t *testing.T, w *wall, c *collectortest.Collector, _ *assignedAt) {
		for i := range 20 {
			time.Sleep(time.Duration(i) * 3700 * time.Millisecond) // anywhere between two pushes
			pushes := len(c.Seen().Pushes)
			w.forget()
			time.Sleep(silentBound)
			synctest.Wait()
			if n := len(c.Seen().Pushes); n == pushes {
				t.Errorf("cut %d: no push came within %v after it", i, silentBound)
			}
		}
	})
}

// TestNAT: an agent whose source address and port change in the middle is back
// within a pause, whatever it was doing.
func TestNAT(t *testing.T) {
	t.Parallel()
	behindWall(t, 0, func(t *testing.T, w *wall, c *collectortest.Collector, a *assignedAt) {
		for i := range 20 {
			time.Sleep(time.Duration(i) * 3700 * time.Millisecond)
			pushes := len(c.Seen().Pushes)
			w.rebind()
			time.Sleep(2 * time.Second)
			synctest.Wait()
			if n := len(c.Seen().Pushes); n == pushes {
				t.Errorf("change %d: no push came within 2 s", i)
			}
		}
		revision := c.Assign(t, &wire.Assignment{Site: "qingfu"})
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if string(a.Revision()) != string(revision) {
			t.Error("an assignment did not come within 2 s")
		}
	})
}

// TestImpatientWall: a wall that forgets flows after 20 s may cut the long poll
// at first; the poll grows shorter, and then commands come as they should.
func TestImpatientWall(t *testing.T) {
	t.Parallel()
	behindWall(t, 20*time.Second, func(t *testing.T, w *wall, c *collectortest.Collector, a *assignedAt) {
		time.Sleep(5 * time.Minute)
		for i := range 5 {
			time.Sleep(time.Duration(i) * 7 * time.Second)
			told := time.Now()
			revision := c.Assign(t, &wire.Assignment{Site: "qingfu", Checks: []*wire.Check{{Number: uint32(i) + 1}}})
			time.Sleep(2 * time.Second)
			synctest.Wait()
			if string(a.Revision()) != string(revision) {
				t.Errorf("assignment %d did not come within 2 s of %v; the wall forgot %d flows", i, told.Format(time.TimeOnly), w.forgotten())
			}
		}
	})
}
