// Package uplink carries what the spool holds to the collector and brings the
// assignment back.
//
// A contact begins with Hello and lasts until something fails; then a table
// (errors.go) says what comes next. Within a contact one loop pushes, live
// results first and the backlog behind, and one polls for a new assignment.
// Nothing here looks at the wall clock to decide.
package uplink

import (
	"bytes"
	"context"
	crand "crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"fengsui/agent/clock"
	"fengsui/agent/identity"
	"fengsui/agent/line"
	"fengsui/collector/wire"
)

// A Spool is the disk that results wait on; *spool.Spool is one.
type Spool interface {
	Epoch() [16]byte
	Next() uint64
	Sync() error
	Live(now time.Time, max int) []*wire.Batch
	Backlog(max int) []*wire.Batch
	Acknowledge([]*wire.Batch, []*wire.BatchAnswer) error
	Resume(held []*wire.Range) error
	Renumber() error
	Lost() []*wire.Range
	LostTold([]*wire.Range) error
	State() *wire.SpoolState
}

// An Assignment is the checks at work; the assembly of the agent is one.
type Assignment interface {
	Revision() []byte // empty: none
	// Assign takes a new assignment whose SHA-256 is revision, and the secrets
	// that its checks name. An error leaves the present one at work.
	Assign(revision, encoded []byte, secrets []*wire.Secret) error
}

// Options are what an uplink needs. The durations may be zero: then the
// defaults of [New] hold.
type Options struct {
	Collectors []string
	Proxy      *line.Proxy                                 // on the way to them; nil: none
	Identity   func() (*identity.Identity, error)          // read at every contact: a new enrolment needs no restart
	Keep       func(former, next *identity.Identity) error // a renewed one; nil: nothing is renewed
	Spool      Spool
	Clock      clock.Clock
	Anchors    *Anchors
	Assignment Assignment
	Kinds      []*wire.KindSchema
	SelfTest   func() *wire.SelfTest
	Version    string
	StopClean  bool   // the previous process said goodbye
	SpooledFor []byte // the agent whose acknowledgements the spool holds; see hello
	Logger     *slog.Logger
	Pushed     func() // called after every push and every failure, for the status file; nil for nothing

	Idle    time.Duration // between pushes; 15 s
	Busy    time.Duration // the same for BusyFor after a change; 5 s
	BusyFor time.Duration // 60 s
	Gather  time.Duration // between a change and its push; 500 ms
	Backlog int64         // bits a second; 1,000,000

	PollWait    time.Duration // 50 s
	FirstPause  time.Duration // bound of the first pause after a failure; 1 s
	MostPause   time.Duration // bound of all of them; 60 s
	PersonPause time.Duration // while a person is waited for; 5 min

	// Connect replaces the line in tests; nil: TLS to Collectors.
	Connect func() (wire.CollectorClient, func())
}

func or(d *time.Duration, standard time.Duration) {
	if *d <= 0 {
		*d = standard
	}
}

// stopTimeout bounds the last push and the goodbye together.
const stopTimeout = 5 * time.Second

// dateForgets is how long the collector's certificate may look expired before
// what was learned about time is doubted instead: a wrong clock at the
// collector must not lock a site out until somebody visits it.
const dateForgets = 24 * time.Hour

// An Uplink is the contact of one process with its collector.
type Uplink struct {
	o        Options
	instance []byte
	dialer   *line.Dialer
	learned  clock.Learned
	pace     *pace
	pauses   pauses
	changed  chan struct{} // a change was seen: push soon
	nudged   chan struct{} // the poll failed: see whether a push goes
	renewal  chan struct{} // the collector asks to renew the certificate

	tripMu sync.Mutex
	trip   *wire.RoundTrip // the last one of Hello or Push

	lastHello time.Time          // by the monotonic clock; of the loop only
	life      life               // of the collector that answered the last Hello; of the loop only
	server    server             // the one that answered it; of the loop only
	badDate   time.Duration      // boot clock when the certificate's dates first failed; 0: they do not
	expired   []byte             // the certificate that the collector called expired last; of the loop only
	present   *identity.Identity // of the contact; of the loop only
	state     state
}

// New returns an uplink. The error names what is wrong with the options.
func New(o Options) (*Uplink, error) {
	or(&o.Idle, 15*time.Second)
	or(&o.Busy, 5*time.Second)
	or(&o.BusyFor, time.Minute)
	or(&o.Gather, 500*time.Millisecond)
	or(&o.PollWait, 50*time.Second)
	or(&o.FirstPause, time.Second)
	or(&o.MostPause, time.Minute)
	or(&o.PersonPause, 5*time.Minute)
	if o.Backlog <= 0 {
		o.Backlog = 1_000_000
	}
	if o.Pushed == nil {
		o.Pushed = func() {}
	}
	u := &Uplink{
		o: o, pace: newPace(o.Backlog),
		pauses:   pauses{least: min(100*time.Millisecond, o.FirstPause), base: o.FirstPause, most: o.MostPause},
		changed:  make(chan struct{}, 1),
		nudged:   make(chan struct{}, 1),
		renewal:  make(chan struct{}, 1),
		instance: make([]byte, 16),
	}
	crand.Read(u.instance)
	if offset, ok := o.Anchors.newest(o.Clock.Boot()); ok {
		u.learned.Seed(offset) // a process that starts anew within a boot judges dates at once
	}
	if o.Connect == nil {
		var err error
		if u.dialer, err = line.NewDialer(o.Collectors); err != nil {
			return nil, err
		}
		u.dialer.Proxy = o.Proxy
	}
	return u, nil
}

// Changed says that the state or reason of a check has changed: the result is
// pushed soon, and pushes come quicker for a minute.
func (u *Uplink) Changed() {
	select {
	case u.changed <- struct{}{}:
	default:
	}
}

// Run keeps contact until ctx is done, then sends what is left and says
// goodbye, within 5 s. It never gives up before.
func (u *Uplink) Run(ctx context.Context) {
	for {
		pushed, err := u.contact(ctx)
		if errors.Is(err, errStopping) {
			return
		}
		if errors.Is(err, errRenewed) && ctx.Err() == nil {
			rest(ctx, max(0, u.o.Busy-time.Since(u.lastHello)))
			continue
		}
		p := Judge(err)
		if ctx.Err() != nil {
			u.lastContact(ctx, p)
			return
		}
		if pushed {
			u.pauses.reset()
		}
		pause := u.pause(p)
		u.failed(p, pause)
		select {
		case <-ctx.Done():
			u.lastContact(ctx, p)
			return
		case <-time.After(pause):
		}
	}
}

// lastContact tries once to send what is left and to say goodbye, for a stop
// that comes while there is no contact because of p. A superseded process keeps
// quiet: the other one is the site now, and Hello with a push would prove that
// there are two machines.
func (u *Uplink) lastContact(ctx context.Context, p Problem) {
	if p.Next == Person || p.Class == wire.CodeSuperseded {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	client, server, err := u.open()
	if err == nil {
		defer server.end()
		if err = u.hello(ctx, client, server); err == nil {
			u.farewell(ctx, client)
			return
		}
	}
	u.o.Logger.Warn("no contact at the stop; what is left stays in the spool", "error", Judge(err).EN)
}

// contact is one contact, from its Hello to its end. It says whether a push
// succeeded and why the contact ended.
func (u *Uplink) contact(ctx context.Context) (pushed bool, err error) {
	client, server, err := u.open()
	if err != nil {
		return false, err
	}
	defer server.end()
	u.present = server.id
	if u.late(server.id) && u.o.Keep != nil {
		if err := u.renew(ctx, client, server.id); err != nil {
			return false, err
		}
		return false, errRenewed
	}
	if err := u.hello(ctx, client, server); err != nil {
		return false, err
	}
	// A wish that came beside the renewal is of the former certificate.
	u.state.change(func(s *State) { s.Renew = false })

	// A stop lets a call in flight finish, within its bound.
	hard, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	defer context.AfterFunc(ctx, func() {
		time.AfterFunc(stopTimeout, func() { cancel(errStopping) })
	})()

	soft, stopPoll := context.WithCancelCause(ctx)
	var polls sync.WaitGroup
	polls.Go(func() {
		if err := u.poll(soft, client); err != nil {
			stopPoll(err)
		}
	})
	if server.id != nil && u.o.Keep != nil {
		polls.Go(func() {
			if err := u.renewing(soft, client, server.id); err != nil {
				stopPoll(err)
			}
		})
	}
	pushed, err = u.pushes(soft, hard, client)
	if cause := context.Cause(soft); cause != nil && ctx.Err() == nil {
		err = cause // the poll's
	}
	stopPoll(errStopping)
	polls.Wait()
	if ctx.Err() == nil {
		return pushed, err
	}
	u.farewell(hard, client)
	return pushed, errStopping
}

var errStopping = &fault{ClassStopped, errors.New("the agent is stopping")}

// A server is the other end of a contact.
type server struct {
	judge  func(at time.Time) error // judges its certificates at a time
	resume bool                     // what it holds of us replaces what the spool believes
	end    func()                   // ends its connections
	id     *identity.Identity       // that is shown to it
}

// open returns a client of the collector.
func (u *Uplink) open() (wire.CollectorClient, server, error) {
	if u.o.Connect != nil {
		client, end := u.o.Connect()
		return client, server{judge: func(time.Time) error { return nil }, resume: true, end: end}, nil
	}
	id, err := u.o.Identity()
	if err != nil {
		return nil, server{}, &fault{ClassIdentity, err}
	}
	trust := &identity.Trust{Pin: id.Pin, Authority: id.Authority, Now: func() (time.Time, bool) {
		return u.learned.Now(u.o.Clock.BootTime())
	}}
	l := u.dialer.Open(trust.ClientConfig(id.TLS()))
	return l.Client(), server{
		judge:  func(at time.Time) error { return trust.VerifyAt(l.Chain(), at) },
		resume: bytes.Equal(id.Agent, u.o.SpooledFor),
		end:    l.Close,
		id:     id,
	}, nil
}

// helloTimeout bounds a Hello, every address of the collector included.
func (u *Uplink) helloTimeout() time.Duration {
	each := 15 * time.Second
	if u.o.Proxy != nil {
		each += 10 * time.Second
	}
	return min(20*time.Second+each*time.Duration(len(u.o.Collectors)), 90*time.Second)
}

// hello opens a contact. When the collector says that our numbers went back,
// a new epoch is opened and Hello said again.
func (u *Uplink) hello(ctx context.Context, client wire.CollectorClient, server server) error {
	for range 3 {
		u.lastHello = time.Now()
		u.sync()
		epoch := u.o.Spool.Epoch()
		lost := bounded(u.o.Spool.Lost())
		req := &wire.HelloRequest{
			Contact: u.say(), Protocol: wire.Protocol, Version: u.o.Version,
			Arch: runtime.GOOS + "/" + runtime.GOARCH, Kinds: u.o.Kinds,
			Epoch: epoch[:], NextSequence: u.o.Spool.Next(), Anchors: u.o.Anchors.All(),
			BootedUnixNs: u.o.Clock.Wall().Add(-u.o.Clock.BootTime()).UnixNano(),
			SelfTest:     u.selfTest(), Lost: lost, PreviousStopClean: u.o.StopClean,
		}
		answer, trip, _, err := call(ctx, u, u.helloTimeout(), client.Hello, req, req.Contact)
		if err != nil {
			return err
		}
		if err := server.judge(u.at(trip)); err != nil {
			return err // what this server tells about time is not taken
		}
		u.life, u.server = lifeOf(answer.Timing), server
		u.learn(trip, answer.Anchors)
		u.greeted(answer)
		if err := u.o.Spool.LostTold(lost); err != nil {
			u.spoolFailed(err)
		}
		if answer.NumberingWentBack {
			u.o.Logger.Warn("the collector holds higher numbers than this spool gives out (an older copy of the disk?): opening a new epoch, nothing is lost")
			if err := u.o.Spool.Renumber(); err != nil {
				u.spoolFailed(err) // in force all the same
			}
			continue
		}
		if !server.resume {
			// Enrolled anew: the collector holds nothing of this agent, but of
			// the one that it was. What that one delivered is not sent twice.
			return nil
		}
		if err := u.o.Spool.Resume(answer.Held); err != nil {
			return &fault{ClassSpool, fmt.Errorf("take over what the collector holds: %w", err)}
		}
		if u.o.Spool.Epoch() != epoch {
			u.o.Logger.Warn("the collector holds numbers that another life of this disk gave out: a new epoch is open, nothing is lost")
			continue
		}
		return nil
	}
	return &fault{ClassNumbering, errors.New("three times in a row numbers went back, want a new epoch to be accepted")}
}

// bounded cuts ranges to what one message may tell; the rest goes with the next.
func bounded(r []*wire.Range) []*wire.Range { return r[:min(len(r), wire.MaxRanges)] }

func (u *Uplink) selfTest() *wire.SelfTest {
	t := u.o.SelfTest()
	if offset, ok := u.ClockOffset(); ok {
		t.ClockOffsetNs = int64(offset)
	}
	return t
}
