package lab

import (
	"io"
	"math"
	"math/rand/v2"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

func newShaper(s Shape, seed uint64) *shaper {
	return &shaper{Shape: s, random: rand.New(rand.NewPCG(seed, 0))}
}

// TestLossIsOfItsSeed: the ratio is within five deviations of what was wanted
// for any seed, and the same seed loses the same packets.
func TestLossIsOfItsSeed(t *testing.T) {
	t.Parallel()
	const n = 20_000
	at := time.Unix(0, 0)
	for seed := range uint64(20) {
		for _, loss := range []float64{0, 0.01, 0.3, 1} {
			s, again := newShaper(Shape{Loss: loss}, seed), newShaper(Shape{Loss: loss}, seed)
			for i := range n {
				_, ok := s.take(at, 100, false)
				if _, twice := again.take(at, 100, false); ok != twice {
					t.Fatalf("seed %d, loss %v: packet %d was once passed and once lost", seed, loss, i)
				}
			}
			c := s.count()
			bound := 5 * math.Sqrt(loss*(1-loss)/n)
			if got := float64(c.Lost) / n; math.Abs(got-loss) > bound || c.Passed+c.Lost != n || c.Dropped != 0 {
				t.Errorf("seed %d: got %+v of %d packets, want %v ± %.4f lost and the others passed", seed, c, n, loss, bound)
			}
		}
	}
}

// TestRateAndQueue: packets leave at the rate, one behind the other; what would
// wait longer than the queue is dropped; a pause fills no bucket.
func TestRateAndQueue(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	s := newShaper(Shape{Rate: 1_000_000, Queue: 35 * time.Millisecond, Delay: 5 * time.Millisecond}, 1) // 10 ms for 1250 bytes
	for i, want := range []time.Duration{15, 25, 35, 45, 0, 0} {
		due, ok := s.take(now, 1250, false)
		if want == 0 && ok {
			t.Errorf("packet %d passes at %v, want it dropped", i, due.Sub(now))
		}
		if want != 0 && (!ok || due.Sub(now) != want*time.Millisecond) {
			t.Errorf("packet %d: got %v, %v, want it at %v ms", i, due.Sub(now), ok, want)
		}
	}
	if c := s.count(); c != (Passage{Passed: 4, Dropped: 2}) {
		t.Errorf("got %+v, want 4 passed and 2 dropped", c)
	}
	now = now.Add(time.Hour)
	if due, ok := s.take(now, 1250, false); !ok || due.Sub(now) != 15*time.Millisecond {
		t.Errorf("after a pause: got %v, %v, want 15 ms", due.Sub(now), ok)
	}
}

// TestJitterKeepsOrder: it lies within its bounds, is spread over them, and no
// packet overtakes another.
func TestJitterKeepsOrder(t *testing.T) {
	t.Parallel()
	now, last := time.Unix(0, 0), time.Time{}
	s := newShaper(Shape{Delay: 10 * time.Millisecond, Jitter: 20 * time.Millisecond}, 3)
	least, most := time.Hour, time.Duration(0)
	for range 1000 {
		due, _ := s.take(now, 100, false)
		if due.Before(last) {
			t.Fatalf("a packet goes out at %v, before the one before it at %v", due, last)
		}
		d := due.Sub(now)
		least, most, last = min(least, d), max(most, d), due
		now = now.Add(30 * time.Millisecond) // further apart than the jitter: each has its own
	}
	if least < 10*time.Millisecond || most > 30*time.Millisecond || least > 11*time.Millisecond || most < 29*time.Millisecond {
		t.Errorf("delays lie between %v and %v, want all of 10 to 30 ms", least, most)
	}
	for range 100 { // at once: later ones wait for earlier ones
		due, _ := s.take(now, 100, false)
		if due.Before(last) {
			t.Fatalf("a packet goes out at %v, before the one before it at %v", due, last)
		}
		last = due
	}
}

// TestForwarderDelaysEachWay: both directions have their own shape.
func TestForwarderDelaysEachWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, atA := net.Pipe()
		b, atB := net.Pipe()
		f := NewForwarder(atA, atB, Shape{Delay: 30 * time.Millisecond}, Shape{Delay: 70 * time.Millisecond}, 1)
		for _, way := range []struct {
			from, to net.Conn
			want     time.Duration
		}{{a, b, 30 * time.Millisecond}, {b, a, 70 * time.Millisecond}} {
			began := time.Now()
			if _, err := way.from.Write([]byte("packet")); err != nil {
				t.Fatal(err)
			}
			buf := make([]byte, 100)
			n, err := way.to.Read(buf)
			if err != nil || string(buf[:n]) != "packet" {
				t.Fatalf("got %q, %v, want the packet", buf[:n], err)
			}
			if got := time.Since(began); got != way.want {
				t.Errorf("the packet took %v, want %v", got, way.want)
			}
		}
		if there, back := f.Passages(); there != (Passage{Passed: 1}) || back != (Passage{Passed: 1}) {
			t.Errorf("got %+v and %+v, want one passed each way", there, back)
		}
		a.Write([]byte("on its way")) // is lost by the end
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		if _, err := a.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("after Close: got %v, want the end", err)
		}
	})
}

// TestShapeOfOneFamily: packets of the other pass at once, and of its own only
// those that are small enough.
func TestShapeOfOneFamily(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, in := net.Pipe()
		b, out := net.Pipe()
		f := NewForwarder(in, out, Shape{Family: 6, Most: 1280, Delay: time.Second}, Shape{}, 1)
		frame := func(kind byte, size int) []byte {
			p := make([]byte, etherHeader+size)
			p[12], p[13] = map[byte]byte{4: 0x08, 6: 0x86}[kind], map[byte]byte{4: 0x00, 6: 0xdd}[kind]
			return p
		}
		began := time.Now()
		go func() {
			for _, p := range [][]byte{frame(6, 1281), frame(6, 1280), frame(4, 1500)} {
				a.Write(p)
			}
		}()
		for _, want := range []struct {
			size int
			at   time.Duration
		}{{1500, 0}, {1280, time.Second}} {
			buf := make([]byte, 2000)
			n, err := b.Read(buf)
			if err != nil || n != etherHeader+want.size || time.Since(began) != want.at {
				t.Errorf("got %d bytes after %v (%v), want %d after %v", n, time.Since(began), err, etherHeader+want.size, want.at)
			}
		}
		if there, _ := f.Passages(); there != (Passage{Passed: 1, Dropped: 1}) {
			t.Errorf("got %+v, want one passed and one dropped", there)
		}
		f.Close()
	})
}
