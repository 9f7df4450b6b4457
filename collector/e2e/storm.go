package e2e

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A Storm is a hostile line to one address. What it does to a connection is
// drawn from the seed of the network at work and from the connection's number
// within that network, so a seed meets an agent with the same fates again. A
// network spares the connections behind its first few, else nothing would
// ever arrive.
type Storm struct {
	to       string
	listener net.Listener
	Struck   [fates]atomic.Int64 // connections that met their fate

	mu     sync.Mutex
	seed   uint64
	number uint64
	spared uint64 // connections from this number on are left alone
	down   bool   // until the next network
	conns  map[net.Conn]struct{}
	wg     sync.WaitGroup
}

// A fate is what happens to a connection once so many bytes have crossed.
type fate int

const (
	calm  fate = iota // bytes are late, and all arrive
	reset             // both ends see a reset
	cut               // both ends see an orderly end in the middle of something
	half              // the answer ends in the middle, the request had arrived
	stall             // nothing crosses for a while, then everything does
	ghost             // the agent sees a reset; what it sent arrives later, behind its retries
	lost              // nothing crosses any more and nobody is told
	fates
)

var fateNames = [fates]string{"late", "reset", "cut", "half an answer", "stalled", "behind its retry", "silently lost"}

// Fates says how many connections met which fate.
func (s *Storm) Fates() string {
	var b strings.Builder
	for f := range fates {
		fmt.Fprintf(&b, "%s %d, ", fateNames[f], s.Struck[f].Load())
	}
	return strings.TrimSuffix(b.String(), ", ")
}

// plan is what a connection has before it.
type plan struct {
	fate     fate
	up, down int           // bytes that cross before it, in each direction
	piece    int           // bytes that cross at once
	late     time.Duration // each of those
	pause    time.Duration // of a stall; until a ghost walks
}

// draw makes the plan of one connection. A handshake takes some 2 KB each way,
// a Hello and a push 1 KB and more.
func draw(seed, number uint64) plan {
	r := rand.New(rand.NewPCG(seed, number))
	p := plan{
		fate:  []fate{calm, reset, reset, cut, cut, half, half, half, stall, stall, ghost, ghost, ghost, ghost}[r.IntN(14)],
		up:    500 << r.IntN(4),
		down:  500 << r.IntN(4),
		piece: 64 << r.IntN(9),
		late:  time.Duration(r.IntN(4)*r.IntN(2000)) * time.Microsecond,
		pause: time.Duration(1+r.IntN(10)*r.IntN(80)) * time.Millisecond, // often about what a retry needs
	}
	p.up += r.IntN(p.up)
	p.down += r.IntN(p.down)
	if r.IntN(250) == 0 {
		p.fate = lost // costs its agent a timeout of many seconds
	}
	return p
}

// NewStorm opens a line to an address; it is calm until Begin.
func NewStorm(to string) (*Storm, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open the hostile line to %s: %w", to, err)
	}
	s := &Storm{to: to, listener: l, conns: map[net.Conn]struct{}{}}
	s.wg.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			s.wg.Go(func() { s.carry(in) })
		}
	})
	return s, nil
}

// Addr is where the line begins.
func (s *Storm) Addr() string { return s.listener.Addr().String() }

// Begin ends every connection and begins another network, which strikes at
// so many connections.
func (s *Storm) Begin(seed uint64, strikes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seed, s.number, s.spared, s.down = seed, 0, uint64(strikes), false
	s.sever()
}

// Cut ends every connection and refuses others until Begin. What the line
// holds of them arrives all the same.
func (s *Storm) Cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = true
	s.sever()
}

func (s *Storm) sever() {
	for c := range s.conns {
		abort(c)
	}
	clear(s.conns)
}

// Close ends the line, when all that it holds has arrived.
func (s *Storm) Close() {
	s.listener.Close()
	s.Cut()
	s.wg.Wait()
}

// abort ends a connection by a reset.
func abort(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	c.Close()
}

func (s *Storm) carry(in net.Conn) {
	defer in.Close()
	s.mu.Lock()
	if s.down {
		s.mu.Unlock()
		abort(in)
		return
	}
	p := plan{fate: calm, piece: 32 << 10}
	if s.number < s.spared {
		p = draw(s.seed, s.number)
	}
	s.number++
	s.conns[in] = struct{}{}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.conns, in)
	}()
	out, err := net.Dial("tcp", s.to)
	if err != nil {
		return
	}
	defer out.Close()
	c := crossing{plan: p, in: in, out: out}
	var ways sync.WaitGroup
	ways.Go(c.upward)
	ways.Go(c.downward)
	ways.Wait()
	if c.struck || p.late > 0 && p.fate == calm {
		s.Struck[p.fate].Add(1)
	}
}

// A crossing is one connection on its way.
type crossing struct {
	plan
	in, out net.Conn // of the agent, of the collector

	line   sync.Mutex // held while a piece crosses, and by a stall
	struck bool
	mute   bool // nothing reaches the agent any more
	gone   bool // nothing reaches the collector any more
}

// endless is a budget that nothing uses up.
const endless = math.MaxInt

// upward carries what the agent says.
func (c *crossing) upward() {
	defer c.out.Close()
	budget := c.up
	if c.fate == calm || c.fate == half {
		budget = endless
	}
	if !c.copy(c.out, c.in, budget) {
		return
	}
	if c.fate == ghost {
		c.walk()
		return
	}
	c.strike()
	c.copy(c.out, c.in, endless)
}

// downward carries what the collector answers.
func (c *crossing) downward() {
	defer c.in.Close()
	budget := c.down
	if c.fate == calm || c.fate == ghost {
		budget = endless
	}
	if !c.copy(c.in, c.out, budget) {
		return
	}
	c.strike()
	c.copy(c.in, c.out, endless)
}

// copy carries pieces until a budget is used up; false: an end is gone.
func (c *crossing) copy(to, from net.Conn, budget int) bool {
	piece := make([]byte, c.piece)
	for budget > 0 {
		n, err := from.Read(piece[:min(c.piece, budget)])
		budget -= n
		time.Sleep(c.late)
		if n > 0 && !c.cross(to, piece[:n]) || err != nil {
			return false
		}
	}
	return true
}

func (c *crossing) cross(to net.Conn, piece []byte) bool {
	c.line.Lock()
	defer c.line.Unlock()
	if to == c.in && c.mute || to == c.out && c.gone {
		return true
	}
	_, err := to.Write(piece)
	return err == nil
}

// strike brings the fate, of the two ways only the first to get there.
func (c *crossing) strike() {
	c.line.Lock()
	defer c.line.Unlock()
	if c.struck {
		return
	}
	c.struck = true
	switch c.fate {
	case reset:
		abort(c.in)
		abort(c.out)
	case cut, half:
		c.in.Close()
		c.out.Close()
	case stall:
		time.Sleep(c.pause)
	case lost:
		c.mute, c.gone = true, true
	}
}

// walk cuts the agent off, and brings what it had sent when its retries have
// long arrived.
func (c *crossing) walk() {
	var sent []byte
	piece := make([]byte, 32<<10)
	c.in.SetReadDeadline(time.Now().Add(c.pause / 8))
	for len(sent) < 1<<20 {
		n, err := c.in.Read(piece)
		sent = append(sent, piece[:n]...)
		if err != nil {
			break
		}
	}
	c.line.Lock()
	c.struck, c.mute = true, true
	c.line.Unlock()
	abort(c.in)
	time.Sleep(c.pause)
	if _, err := c.out.Write(sent); err != nil {
		return
	}
	time.Sleep(c.pause) // the collector works on it and answers nobody
}
