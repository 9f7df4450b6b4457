package icmp

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"fengsui/checks"
	"fengsui/checks/icmp/echo"
)

// hasEngine: on Linux one engine can serve all targets.
const hasEngine = true

// An engine serves any number of bursts over one socket for each way of
// speaking. Wake-ups cost more than packets, so it has one every slot while
// there is something to wait for: what has come is read, what is due is sent.
// That replies lie unread for a slot does no harm, because the kernel notes
// when they came.
type engine struct {
	mu      sync.Mutex
	sockets map[echo.Voice]*outlet
	flights []*flight
	timer   *time.Timer
	armed   time.Duration // how long it sleeps now; 0: it does not
	sends   int           // since the last turn
	clock   time.Time     // when the clocks were compared last, see stepped
	packet  []byte        // to write a request in
}

// An outlet is a socket and what was sent over it.
type outlet struct {
	*echo.Socket
	seq  uint16
	sent map[uint16]sending // that may still be answered
	lost uint32             // replies that the kernel had no room for

	opened, used time.Time
}

// A sending is one request of a flight.
type sending struct {
	f *flight
	n int
}

// pending says that nothing has come of it yet.
func (s sending) pending() bool { return !s.request().answered && !s.request().told }

func (s sending) request() *request { return &s.f.requests[s.n] }

// A flight is a burst on its way.
type flight struct {
	tally
	settings
	over   *outlet
	to     unix.Sockaddr
	cookie uint64
	next   int       // request to be sent
	last   time.Time // when the one before it was
	open   int       // requests that were neither answered nor told of
	seqs   []uint16  // of those sent
	lost   uint32    // of the socket, when the flight began
	done   chan struct{}
}

const (
	slot      = 100 * time.Millisecond
	shortSlot = 10 * time.Millisecond // for gaps below a slot, and while very many replies are expected

	manySends  = 256              // whose replies the least receive buffer holds
	readEvery  = 64               // sends
	idleSocket = 10 * time.Minute // after which a socket that nobody used is closed
	tries      = 10               // of a request that the machine has no room for
)

var one = newEngine()

func newEngine() *engine { return &engine{sockets: map[echo.Voice]*outlet{}} }

// fly runs one burst and returns what it saw. It returns by the end of the
// burst's wait, and by the end of ctx.
func (e *engine) fly(ctx context.Context, at checks.Endpoint, way string, s settings) *tally {
	f := newFlight(at, s)
	if e.begin(f, echo.Voice{V6: at.Addr.Is6(), Raw: way == Raw, TTL: s.ttl, DSCP: s.dscp, DF: s.df, From: s.from}) {
		select {
		case <-f.done:
		case <-ctx.Done():
			e.end(f)
		}
	}
	return &f.tally
}

func newFlight(at checks.Endpoint, s settings) *flight {
	return &flight{tally: newTally(s.count), settings: s, to: echo.Address(at.Addr), cookie: rand.Uint64(), done: make(chan struct{})}
}

// begin sends a flight's first request; false means that it is over already.
func (e *engine) begin(f *flight, v echo.Voice) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := time.Now()
	if f.over, f.err = e.outlet(v, now); f.err != nil {
		f.ended = now
		return false
	}
	if len(e.flights) == 0 {
		e.clock = now
		e.read() // what came too late, so that there is room
	}
	f.opened, f.lost, f.last = true, f.over.lost, now.Add(-f.interval)
	e.send(f, now)
	if f.isOver(now) {
		f.land(now)
		return false
	}
	e.flights = append(e.flights, f)
	e.arm(f.pace())
	return true
}

func (e *engine) outlet(v echo.Voice, now time.Time) (*outlet, error) {
	o := e.sockets[v]
	if o == nil {
		s, err := echo.Listen(v)
		if err != nil {
			return nil, err
		}
		o = &outlet{Socket: s, sent: map[uint16]sending{}, seq: uint16(rand.Uint32()), opened: now}
		e.sockets[v] = o
	}
	o.used = now
	return o, nil
}

// end takes a flight out that nobody waits for any more.
func (e *engine) end(f *flight) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for i, other := range e.flights {
		if other == f {
			e.flights = append(e.flights[:i], e.flights[i+1:]...)
			f.land(time.Now())
			return
		}
	}
}

// land ends a flight: what comes now comes too late.
func (f *flight) land(now time.Time) {
	f.ended = now
	for _, seq := range f.seqs {
		delete(f.over.sent, seq)
	}
	f.overflowed = f.open > 0 && f.over.lost != f.lost
	close(f.done)
}

// isOver says whether a flight has nothing more to wait for.
func (f *flight) isOver(now time.Time) bool {
	return f.next == f.count && (f.open == 0 || now.Sub(f.last) >= f.wait)
}

// turn is what a slot does.
func (e *engine) turn() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.armed, e.sends = 0, 0
	e.read()
	now := time.Now()
	waiting, pace := e.flights[:0], slot
	for _, f := range e.flights {
		e.send(f, now)
		if f.isOver(now) {
			f.land(now)
		} else {
			waiting, pace = append(waiting, f), min(pace, f.pace())
		}
	}
	clear(e.flights[len(waiting):])
	e.flights = waiting
	for v, o := range e.sockets {
		if len(o.sent) == 0 && now.Sub(o.used) > idleSocket {
			o.Close()
			delete(e.sockets, v)
		}
	}
	e.arm(pace)
}

// send sends a flight's next request when that is due at the slot that is
// nearest to now.
func (e *engine) send(f *flight, now time.Time) {
	if f.next == f.count || f.last.Add(f.interval).Sub(now) > f.pace()/2 {
		return
	}
	if e.sends++; e.sends%readEvery == 0 {
		e.read()
	}
	seq, free := f.over.number()
	if !free {
		f.err, f.next = unix.ENOBUFS, f.count
		return
	}
	if length := echo.Header + f.size; cap(e.packet) < length {
		e.packet = make([]byte, length)
	}
	packet := e.packet[:echo.Header+f.size]
	echo.Write(packet, f.over.V6, f.over.ID, seq, f.cookie)
	at := time.Now()
	err := f.over.Send(packet, f.to)
	switch {
	case err == nil:
		f.err = nil
		f.sent(f.next, at)
		f.over.sent[seq] = sending{f, f.next}
		f.seqs = append(f.seqs, seq)
		f.open++
	default:
		f.err = err
		// There may be no room just now, or it is the error of another request.
		if f.refused++; f.refused < tries && (err == unix.ENOBUFS || err == unix.EAGAIN || echo.Reported(err)) {
			return // to try again at the next slot
		}
	}
	f.last = at
	f.next++
}

// number returns a sequence number that no request on its way has.
func (o *outlet) number() (uint16, bool) {
	for range 1 << 16 {
		o.seq++
		if _, taken := o.sent[o.seq]; !taken {
			return o.seq, true
		}
	}
	return 0, false
}

// read takes in all replies and errors that wait.
func (e *engine) read() {
	now := time.Now()
	stepped := e.stepped(now)
	for _, o := range e.sockets {
		mine := func(a echo.Reply) (sending, bool) {
			r, ok := o.sent[a.Seq]
			return r, ok && (a.Cookie == r.f.cookie || a.Cookie == 0)
		}
		o.Drain(func(a echo.Reply) {
			if r, ok := mine(a); ok && a.Cookie != 0 {
				if r.pending() {
					r.f.open--
				}
				rtt := echo.Unmeasured
				if !stepped {
					rtt = echo.RoundTrip(r.request().sentAt, a.At, o.latest(now))
				}
				r.f.received(r.n, rtt)
			}
		})
		o.lost = o.Dropped()
		o.Errors(func(a echo.Reply, s echo.Error) {
			if r, ok := mine(a); ok && r.pending() {
				r.request().told = true
				r.f.open--
				if r.f.said.IsZero() {
					r.f.said = s
				}
			}
		})
	}
}

// latest is the latest time at which a reply can have come that is read now. The
// kernel begins to note times only a while after the first socket has asked for
// them, and until then gives the time of reading: that is later than when the
// reading began, and counts for nothing.
func (o *outlet) latest(began time.Time) time.Time {
	if began.Sub(o.opened) < time.Second {
		return began
	}
	return time.Now()
}

// stepped says whether the wall clock went another way than the monotonic one
// since it was asked last: then what came meanwhile has no time that counts.
func (e *engine) stepped(now time.Time) bool {
	wall, mono := now.Round(0).Sub(e.clock.Round(0)), now.Sub(e.clock)
	e.clock = now
	return (wall - mono).Abs() > time.Millisecond
}

// pace is the slot that a flight needs.
func (f *flight) pace() time.Duration {
	if f.next < f.count && f.interval < slot {
		return shortSlot
	}
	return slot
}

// arm wakes the engine at the next slot while a flight is on its way.
func (e *engine) arm(pace time.Duration) {
	if e.sends > manySends {
		pace = shortSlot
	}
	if len(e.flights) == 0 || e.armed != 0 && e.armed <= pace {
		return
	}
	e.armed = pace
	wait := pace - time.Duration(time.Now().UnixNano())%pace
	if e.timer == nil {
		e.timer = time.AfterFunc(wait, e.turn)
	} else {
		e.timer.Reset(wait)
	}
}
