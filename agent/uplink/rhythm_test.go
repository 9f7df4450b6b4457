package uplink

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"connectrpc.com/connect"

	"fengsui/agent/clock"
	"fengsui/collector/wire"
)

// memory is a spool of equal batches, for tests of rhythm and order.
type memory struct {
	mu   sync.Mutex
	made []batch // oldest first
	sent []uint64
}

type batch struct {
	b  *wire.Batch
	at time.Time
	ok bool
}

func (m *memory) add(n int, at time.Time, size int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for range n {
		first := uint64(len(m.made) + 1)
		m.made = append(m.made, batch{b: &wire.Batch{Epoch: make([]byte, 16), First: first, Count: 1, Body: make([]byte, size)}, at: at})
	}
}

// order returns the batches in the order in which they were acknowledged.
func (m *memory) order() []uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.sent)
}

func (m *memory) pick(max int, want func(batch) bool) []*wire.Batch {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []*wire.Batch
	for _, b := range m.made {
		if b.ok || !want(b) {
			continue
		}
		if max -= len(b.b.Body); max < 0 && len(out) > 0 {
			break
		}
		out = append(out, b.b)
	}
	return out
}

func (m *memory) Epoch() [16]byte { return [16]byte{} }
func (m *memory) Next() uint64    { return 1 }
func (m *memory) Sync() error     { return nil }
func (m *memory) Live(now time.Time, max int) []*wire.Batch {
	return m.pick(max, func(b batch) bool { return now.Sub(b.at) < time.Minute })
}
func (m *memory) Backlog(max int) []*wire.Batch {
	return m.pick(max, func(b batch) bool { return time.Since(b.at) >= time.Minute })
}
func (m *memory) Acknowledge(batches []*wire.Batch, _ []*wire.BatchAnswer) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, b := range batches {
		m.made[b.First-1].ok = true
		m.sent = append(m.sent, b.First)
	}
	return nil
}
func (m *memory) Resume([]*wire.Range) error   { return nil }
func (m *memory) Renumber() error              { return nil }
func (m *memory) Lost() []*wire.Range          { return nil }
func (m *memory) LostTold([]*wire.Range) error { return nil }
func (m *memory) State() *wire.SpoolState      { return &wire.SpoolState{} }

// scripted is a collector without a network; fail is asked before every push.
type scripted struct {
	wire.UnimplementedCollectorHandler
	fail   func() error
	lost   atomic.Bool // the line is dead: calls hang until their deadline
	mu     sync.Mutex
	hellos []time.Time
	pushes []time.Time
	left   int // goodbyes

	calling atomic.Int32 // Hellos in flight
}

// pushed returns when pushes came after a time.
func (s *scripted) pushed(after time.Time) []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, _ := slices.BinarySearchFunc(s.pushes, after, time.Time.Compare)
	return slices.Clone(s.pushes[i:])
}

func (s *scripted) greeted() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.hellos)
}

func (s *scripted) timing() *wire.Timing {
	return &wire.Timing{ReceivedUnixNs: time.Now().UnixNano(), AnsweredUnixNs: time.Now().UnixNano()}
}

func (s *scripted) Hello(ctx context.Context, _ *connect.Request[wire.HelloRequest]) (*connect.Response[wire.HelloResponse], error) {
	s.calling.Add(1)
	defer s.calling.Add(-1)
	if s.lost.Load() {
		<-ctx.Done()
		return nil, connect.NewError(connect.CodeDeadlineExceeded, ctx.Err())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hellos = append(s.hellos, time.Now())
	return connect.NewResponse(&wire.HelloResponse{Timing: s.timing()}), nil
}

func (s *scripted) Push(ctx context.Context, r *connect.Request[wire.PushRequest]) (*connect.Response[wire.PushResponse], error) {
	if s.lost.Load() {
		<-ctx.Done()
		return nil, connect.NewError(connect.CodeDeadlineExceeded, ctx.Err())
	}
	if s.fail != nil {
		if err := s.fail(); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pushes = append(s.pushes, time.Now())
	answer := &wire.PushResponse{Timing: s.timing()}
	for range r.Msg.Batches {
		answer.Answers = append(answer.Answers, &wire.BatchAnswer{Outcome: wire.BatchAnswer_STORED})
	}
	return connect.NewResponse(answer), nil
}

func (s *scripted) Poll(ctx context.Context, r *connect.Request[wire.PollRequest]) (*connect.Response[wire.PollResponse], error) {
	select {
	case <-ctx.Done():
		return nil, connect.NewError(connect.CodeCanceled, ctx.Err())
	case <-time.After(time.Duration(r.Msg.WaitSeconds) * time.Second):
		return connect.NewResponse(&wire.PollResponse{Timing: s.timing()}), nil
	}
}

func (s *scripted) Goodbye(context.Context, *connect.Request[wire.GoodbyeRequest]) (*connect.Response[wire.GoodbyeResponse], error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left++
	return connect.NewResponse(&wire.GoodbyeResponse{Timing: s.timing()}), nil
}

type noAssignment struct{}

func (noAssignment) Revision() []byte                            { return nil }
func (noAssignment) Assign([]byte, []byte, []*wire.Secret) error { return nil }

// rhythm runs f beside an uplink of standard settings, in a bubble of time.
func rhythm(t *testing.T, backlog int64, m *memory, s *scripted, f func(*Uplink)) {
	t.Helper()
	anchors, err := LoadAnchors(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	u, err := New(Options{
		Spool: m, Clock: clock.NewFake(), Anchors: anchors, Assignment: noAssignment{},
		SelfTest: func() *wire.SelfTest { return &wire.SelfTest{} }, Backlog: backlog,
		Logger:  slog.New(slog.NewTextHandler(io.Discard, nil)),
		Connect: func() (wire.CollectorClient, func()) { return s, func() {} },
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
	synctest.Wait()
	f(u)
	cancel()
	<-done
}

// gaps returns the time between pushes.
func gaps(at []time.Time) []time.Duration {
	var out []time.Duration
	for i := 1; i < len(at); i++ {
		out = append(out, at[i].Sub(at[i-1]))
	}
	return out
}

func TestRhythm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{}
		rhythm(t, 0, &memory{}, s, func(u *Uplink) {
			time.Sleep(61 * time.Second)
			if got, want := gaps(s.pushed(time.Time{})), slices.Repeat([]time.Duration{15 * time.Second}, 4); !slices.Equal(got, want) {
				t.Errorf("idle: pushes %v apart, want %v", got, want)
			}

			// A change: pushed within a second, then every 5 s for a minute.
			changed := time.Now()
			u.Changed()
			time.Sleep(time.Second)
			if n := len(s.pushed(changed)); n != 1 {
				t.Fatalf("%d pushes within a second of a change, want one", n)
			}
			time.Sleep(2 * time.Minute)
			var busy, idle int
			for _, g := range gaps(s.pushed(changed)) {
				switch g {
				case 5 * time.Second:
					busy++
				case 15 * time.Second:
					idle++
				default:
					t.Errorf("pushes %v apart", g)
				}
			}
			if busy != 12 || idle < 3 {
				t.Errorf("%d gaps of 5 s and %d of 15 s after a change, want 12 and some", busy, idle)
			}

			// A storm of changes gathers: at most one push for each Gather.
			storm := time.Now()
			for range 1000 {
				u.Changed()
				time.Sleep(10 * time.Millisecond)
			}
			if n := len(s.pushed(storm)); n > 21 {
				t.Errorf("%d pushes in ten seconds of changes, want at most one for every half second", n)
			}
		})
		if s.greeted() != 1 {
			t.Errorf("%d Hellos, want 1", s.greeted())
		}
	})
}

// TestLiveFirstBacklogAtItsRate: 30 minutes were cut off; live results go
// first and at once, the backlog behind, oldest first, at its rate.
func TestLiveFirstBacklogAtItsRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const rate = 80_000 // bits a second
		m := &memory{}
		m.add(180, time.Now().Add(-30*time.Minute), 4000) // 720 kB: 72 s at the rate, less the first bucket
		m.add(5, time.Now(), 4000)
		s := &scripted{}
		rhythm(t, rate, m, s, func(u *Uplink) {
			began := time.Now()
			if want := []uint64{181, 182, 183, 184, 185, 1, 2}; !slices.Equal(m.order()[:7], want) {
				t.Fatalf("the first push begins with batches %v, want the live ones, then the oldest: %v", m.order()[:7], want)
			}
			// What is made while the backlog goes overtakes it.
			time.Sleep(20 * time.Second)
			m.add(1, time.Now(), 4000)
			u.Changed()
			time.Sleep(time.Second)
			if !slices.Contains(m.order(), 186) {
				t.Error("a live result waits behind the backlog")
			}
			for len(m.order()) < 186 {
				time.Sleep(time.Second)
				if time.Since(began) > 5*time.Minute {
					t.Fatal("the backlog does not end")
				}
			}
			// The scripted line compresses nothing that the uplink could see,
			// so bodies count in full; the bucket begins with one push.
			took := time.Since(began)
			want := time.Duration(float64(720_000-wire.MaxSend) / (rate / 8) * float64(time.Second))
			if took < want*8/10 || took > want*13/10 {
				t.Errorf("the backlog took %v, want about %v", took, want)
			}
			var old []uint64
			for _, n := range m.order() {
				if n <= 180 {
					old = append(old, n)
				}
			}
			if !slices.IsSorted(old) {
				t.Errorf("the backlog went in the order %v, want oldest first", old)
			}
		})
	})
}

// TestSilentLineRecovers: nothing hangs longer than its deadline, and contact
// comes back within a minute of the line.
func TestSilentLineRecovers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{}
		rhythm(t, 0, &memory{}, s, func(u *Uplink) {
			time.Sleep(20 * time.Second)
			s.lost.Store(true)
			time.Sleep(30 * time.Minute)
			if st := u.State(); st.InContact || st.Problem == nil || st.Problem.Class != ClassTimeout {
				t.Errorf("after half an hour of silence: %+v", st)
			}
			s.lost.Store(false)
			back := time.Now()
			time.Sleep(2 * time.Minute)
			if len(s.pushed(back)) == 0 {
				t.Error("the line is back for two minutes and nothing was pushed")
			}
			if n := s.greeted(); n != 2 {
				t.Errorf("%d Hellos, want a second one after the lost contact", n)
			}
		})
	})
}

// TestAskedForHelloAgainAndAgain: a collector that always wants a Hello is
// not asked to death.
func TestAskedForHelloAgainAndAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{fail: func() error {
			return wire.NewRefusal(connect.CodeFailedPrecondition, wire.CodeHelloFirst, "", "")
		}}
		rhythm(t, 0, &memory{}, s, func(*Uplink) {
			time.Sleep(time.Minute)
			if n := s.greeted(); n > 13 {
				t.Errorf("%d Hellos in a minute, want at most one every 5 s", n)
			}
		})
	})
}

// TestStopIsBounded: with a dead line the end comes within 5 s.
func TestStopIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{}
		m := &memory{}
		var stopped time.Time
		rhythm(t, 0, m, s, func(*Uplink) {
			s.lost.Store(true)
			m.add(3, time.Now(), 100)
			stopped = time.Now()
		})
		if took := time.Since(stopped); took > stopTimeout {
			t.Errorf("the stop took %v, want at most %v", took, stopTimeout)
		}
	})
}

// TestStopWithoutContact: a stop in a pause or in a Hello that hangs still has
// one last push and a goodbye, when the line is back.
func TestStopWithoutContact(t *testing.T) {
	t.Parallel()
	for name, lost := range map[string]time.Duration{"in a Hello": 10 * time.Second, "in a pause": 21 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, m := &scripted{}, &memory{}
				s.lost.Store(true)
				var stopped time.Time
				rhythm(t, 0, m, s, func(u *Uplink) {
					time.Sleep(lost)
					for name == "in a pause" && s.calling.Load() > 0 {
						time.Sleep(100 * time.Millisecond)
					}
					m.add(3, time.Now(), 100)
					s.lost.Store(false)
					stopped = time.Now()
				})
				if len(m.order()) != 3 || s.left != 1 {
					t.Errorf("%d of 3 results and %d goodbyes, want all and one", len(m.order()), s.left)
				}
				if took := time.Since(stopped); took > stopTimeout {
					t.Errorf("the stop took %v, want at most %v", took, stopTimeout)
				}
			})
		})
	}
}

// TestDateIsDoubtedAfterADay: see dateForgets.
func TestDateIsDoubtedAfterADay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		u := &Uplink{o: Options{Clock: clock.NewFake(), Logger: slog.New(slog.NewTextHandler(io.Discard, nil)), PersonPause: time.Minute}}
		u.learned.Learn(&wire.RoundTrip{SentBootNs: 1, ReceivedUnixNs: 2, AnsweredUnixNs: 3, ReturnedBootNs: 4})
		known := func() bool { _, ok := u.learned.Now(0); return ok }
		bad, other := Problem{Class: ClassTLSDate}, Problem{Class: ClassRefused}
		u.pause(bad)
		time.Sleep(20 * time.Hour)
		u.pause(other) // begins anew
		u.pause(bad)
		time.Sleep(20 * time.Hour)
		u.pause(bad)
		if !known() {
			t.Error("the time was forgotten before a day of bad dates")
		}
		time.Sleep(5 * time.Hour)
		u.pause(bad)
		if known() {
			t.Error("after a day of bad dates the time still counts")
		}
	})
}
