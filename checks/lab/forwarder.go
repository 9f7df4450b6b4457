package lab

import (
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"sync"
	"time"
)

// A Shape is what a line does to the packets of one direction.
type Shape struct {
	Rate   int64         // bit/s; 0: as fast as it comes
	Queue  time.Duration // how long a packet may wait for the rate before it is dropped; 0: 50 ms
	Delay  time.Duration
	Jitter time.Duration // added to the delay, between none and all of it, evenly
	Loss   float64       // ratio of packets that are lost, 0 to 1
	Most   int           // bytes of an IP packet that passes; larger ones vanish and nobody is told; 0: all pass
	Family int           // 4 or 6: only packets of IPv4 or IPv6 meet this shape; 0: all do
}

// meets says whether an Ethernet frame meets a shape.
func (s Shape) meets(frame []byte) bool {
	if s.Family == 0 || len(frame) < etherHeader {
		return true
	}
	return binary.BigEndian.Uint16(frame[12:]) == map[int]uint16{4: 0x0800, 6: 0x86dd}[s.Family]
}

// etherHeader is two addresses and a type (IEEE 802.3).
const etherHeader = 14

// Passage counts the packets of one direction.
type Passage struct {
	Passed  int
	Lost    int // by Shape.Loss
	Dropped int // because the rate's queue was full, or by Shape.Most
}

// A Forwarder carries packets between two devices as two shapes say. What it
// loses and how long it delays follows from its seed and from when packets
// come, from nothing else.
type Forwarder struct {
	ends   [2]io.ReadWriteCloser
	shapes [2]shaper
	work   sync.WaitGroup
}

// NewForwarder carries packets from a to b as there says, and from b to a as
// back says, until Close. Each Read of an end is one packet, and each Write.
func NewForwarder(a, b io.ReadWriteCloser, there, back Shape, seed uint64) *Forwarder {
	f := &Forwarder{ends: [2]io.ReadWriteCloser{a, b}}
	for i, s := range []Shape{there, back} {
		f.shapes[i].Shape = s
		f.shapes[i].random = rand.New(rand.NewPCG(seed, uint64(i)))
	}
	for i := range f.ends {
		f.carry(&f.shapes[i], f.ends[i], f.ends[1-i])
	}
	return f
}

// Passages are the counts so far, of both directions.
func (f *Forwarder) Passages() (there, back Passage) {
	return f.shapes[0].count(), f.shapes[1].count()
}

// Close closes both ends; packets on their way are lost.
func (f *Forwarder) Close() error {
	err := errors.Join(f.ends[0].Close(), f.ends[1].Close())
	f.work.Wait()
	return err
}

const (
	maxPacket = 65_535
	maxFlight = 4096 // packets on the way in one direction; more are dropped
)

type packet struct {
	due   time.Time
	bytes []byte
}

func (f *Forwarder) carry(s *shaper, from io.Reader, to io.Writer) {
	flight := make(chan packet, maxFlight)
	f.work.Go(func() {
		defer close(flight)
		for buf := make([]byte, maxPacket); ; {
			n, err := from.Read(buf)
			if err != nil {
				return
			}
			if !s.meets(buf[:n]) { // and does not wait behind those that do
				_, _ = to.Write(buf[:n]) // a device that is down loses it, as a line does
				continue
			}
			if due, ok := s.take(time.Now(), n, len(flight) == maxFlight); ok {
				flight <- packet{due, append([]byte(nil), buf[:n]...)}
			}
		}
	})
	f.work.Go(func() {
		for p := range flight {
			time.Sleep(time.Until(p.due))
			// A device that is down takes nothing: lost, as on a line.
			if _, err := to.Write(p.bytes); errors.Is(err, os.ErrClosed) || errors.Is(err, io.ErrClosedPipe) {
				for range flight { // so that the reader ends
				}
			}
		}
	})
}

// A shaper decides what becomes of each packet of one direction.
type shaper struct {
	Shape
	random *rand.Rand

	free time.Time // when the line has sent what it took
	last time.Time // when the packet before comes out: order is kept

	mu sync.Mutex
	Passage
}

// take says when a packet of size bytes that comes now goes out, if it does.
func (s *shaper) take(now time.Time, size int, full bool) (due time.Time, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.random.Float64() < s.Loss {
		s.Lost++
		return due, false
	}
	if s.Most > 0 && size > etherHeader+s.Most {
		s.Dropped++
		return due, false
	}
	due = now
	if s.Rate > 0 {
		queue := s.Queue
		if queue == 0 {
			queue = 50 * time.Millisecond
		}
		start := now
		if s.free.After(now) {
			start = s.free
		}
		full = full || start.Sub(now) > queue
		if !full {
			due = start.Add(time.Duration(float64(size) * 8 / float64(s.Rate) * float64(time.Second)))
			s.free = due
		}
	}
	if full {
		s.Dropped++
		return due, false
	}
	due = due.Add(s.Delay + time.Duration(s.random.Float64()*float64(s.Jitter)))
	if due.Before(s.last) {
		due = s.last
	}
	s.last = due
	s.Passed++
	return due, true
}

func (s *shaper) count() Passage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Passage
}
