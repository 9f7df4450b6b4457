package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"fengsui/agent/clock"
	"fengsui/agent/identity"
	"fengsui/agent/spool"
	"fengsui/agent/uplink"
	"fengsui/collector/e2e"
	"fengsui/collector/wire"
)

// stormAgents share the hostile networks among them.
const stormAgents = 20

// TestStorms: 40 hostile networks between 20 agents and a collector.
func TestStorms(t *testing.T) {
	t.Parallel()
	storms(t, 7, 2)
}

// TestSoakStorms: a thousand. FENGSUI_SEED meets the networks of a former run.
func TestSoakStorms(t *testing.T) {
	if os.Getenv("FENGSUI_SOAK") == "" {
		t.Skip("runs by make soak")
	}
	t.Parallel()
	seed := uint64(time.Now().Unix())
	if text := os.Getenv("FENGSUI_SEED"); text != "" {
		var err error
		seed, err = strconv.ParseUint(text, 10, 64)
		must(t, err)
	}
	storms(t, seed, 1000/stormAgents)
}

// storms leads each of the agents, real uplinks on real spools, through so
// many hostile networks, one after another. At the end of each everything that
// was made is held once and stands in the history once, at its time and with
// its value. Processes die on the way.
func storms(t *testing.T, seed uint64, each int) {
	t.Logf("seed %d: FENGSUI_SEED=%d meets the same networks", seed, seed)
	d := district(t, 20*time.Second)
	var sites strings.Builder
	for i := range stormAgents {
		sites.WriteString(site(fmt.Sprintf("s%02d", i), "127.0.0.1:1", 3))
	}
	must(t, d.Configure("sites.hcl", sites.String()))
	must(t, d.StartCollector(t.Context()))
	text, err := d.Pin(t.Context())
	must(t, err)
	pin, err := identity.ParsePin(text)
	must(t, err)
	lines := make([]*e2e.Storm, stormAgents)
	var agents sync.WaitGroup
	for i := range stormAgents {
		agents.Go(func() { // t.Parallel would lead as many at once as there are cores
			t.Run(fmt.Sprintf("s%02d", i), func(t *testing.T) {
				b := newBeacon(t, d, pin)
				lines[i] = b.line
				for n := range each {
					b.network(t, seed+uint64(i*1_000_000+n))
				}
				b.line.Close() // what it still holds arrives now
				b.reconcile(t)
			})
		})
	}
	agents.Wait()
	if t.Failed() {
		return
	}
	storedTwice(t, t.Context(), d)
	all := &e2e.Storm{}
	for _, line := range lines {
		for f := range line.Struck {
			all.Struck[f].Add(line.Struck[f].Load())
		}
	}
	t.Logf("%d networks; connections: %s", each*stormAgents, all.Fates())
}

// A beacon is an agent without probes: its uplink, spool and identity are the
// real ones, and what it observed is made up.
type beacon struct {
	d    *e2e.District
	site string
	line *e2e.Storm
	id   *identity.Identity
	dir  string

	epoch [16]byte
	spool *spool.Spool
	up    *uplink.Uplink
	stop  context.CancelFunc
	ended chan struct{}

	mu       sync.Mutex
	revision []byte
	checks   []uint32

	made []sample // by sequence
	last time.Duration
}

// A sample is what the history has to show of a result. The value is its
// sequence.
type sample struct {
	check  uint32
	bootNS int64
}

func newBeacon(t *testing.T, d *e2e.District, pin identity.Pin) *beacon {
	t.Helper()
	b := &beacon{d: d, site: filepath.Base(t.Name()), dir: t.TempDir()}
	code, err := d.Code(t.Context(), b.site)
	must(t, err)
	key, err := identity.NewKey()
	must(t, err)
	b.id, err = identity.Desk{Collectors: []string{d.Listen}, Pin: pin, Version: "storm"}.Enrol(t.Context(), code, key)
	must(t, err)
	b.line, err = e2e.NewStorm(d.Listen)
	must(t, err)
	b.start(t)
	b.epoch = b.spool.Epoch()
	t.Cleanup(func() {
		b.line.Cut()
		b.kill()
		b.line.Close()
	})
	until(t, "an assignment", func() error {
		if len(b.Revision()) == 0 {
			return errors.New("there is none")
		}
		return nil
	})
	return b
}

// start starts the process; each is another instance.
func (b *beacon) start(t *testing.T) {
	t.Helper()
	opened, damages, err := spool.Open(spool.Options{Dir: filepath.Join(b.dir, "spool"), Reserve: -1, Now: time.Now})
	if must(t, err); len(damages) > 0 {
		t.Fatalf("the spool has damages: %v", damages)
	}
	b.spool = opened
	anchors, err := uplink.LoadAnchors(b.dir)
	must(t, err)
	b.up, err = uplink.New(uplink.Options{
		Collectors: []string{b.line.Addr()}, Identity: func() (*identity.Identity, error) { return b.id, nil }, SpooledFor: b.id.Agent,
		Spool: b.spool, Clock: clock.System(), Anchors: anchors, Assignment: b, Version: "storm", Logger: slog.New(slog.DiscardHandler),
		SelfTest: func() *wire.SelfTest { return &wire.SelfTest{Ipv4: true} },
		Idle:     100 * time.Millisecond, Busy: 50 * time.Millisecond, Gather: 2 * time.Millisecond, PollWait: 2 * time.Second,
		FirstPause: 5 * time.Millisecond, MostPause: 100 * time.Millisecond, PersonPause: time.Hour, Backlog: 1 << 30,
	})
	must(t, err)
	ctx, stop := context.WithCancel(context.Background())
	b.stop, b.ended = stop, make(chan struct{})
	go func(up *uplink.Uplink, ended chan struct{}) {
		defer close(ended)
		up.Run(ctx)
	}(b.up, b.ended)
}

// kill ends the process without a goodbye, when the line is cut.
func (b *beacon) kill() {
	b.stop()
	<-b.ended
	b.spool.Close()
}

// Revision returns the assignment at work.
func (b *beacon) Revision() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.revision
}

// Assign takes an assignment.
func (b *beacon) Assign(revision, encoded []byte, _ []*wire.Secret) error {
	var a wire.Assignment
	if err := proto.Unmarshal(encoded, &a); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.revision, b.checks = revision, nil
	for _, c := range a.Checks {
		b.checks = append(b.checks, c.Number)
	}
	return nil
}

// observe makes n results and puts them on disk.
func (b *beacon) observe(t *testing.T, n int) {
	t.Helper()
	c := clock.System()
	for range n {
		b.last = max(b.last+2*time.Millisecond, c.BootTime()) // each at a millisecond of its own
		s := sample{b.checks[len(b.made)%len(b.checks)], int64(b.last)}
		b.made = append(b.made, s)
		up := &wire.Verdict{}
		must(t, b.spool.Add(spool.Entry{
			Revision: b.Revision(), Boot: c.Boot(), Kind: "tcp", Measurements: []string{"connect_seconds"},
			Result: &wire.Result{Check: s.check, BootNs: s.bootNS, WallUnixNs: time.Now().UnixNano(), Pair: up, V4: up,
				Rows: []*wire.Row{{Family: 4, Names: []uint32{0}, Values: []float64{float64(len(b.made))}}}},
		}))
	}
	must(t, b.spool.Sync())
	b.up.Changed()
}

// network leads the agent through one hostile network.
func (b *beacon) network(t *testing.T, seed uint64) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1<<63))
	defer func() {
		if t.Failed() {
			t.Logf("the network's seed is %d", seed)
		}
	}()
	strikes := 3 + r.IntN(8)
	b.line.Begin(seed, strikes)
	for range 3 + r.IntN(8) {
		if r.IntN(6) == 0 { // the process dies; what it had not sent is backlog to the next
			b.line.Cut()
			b.observe(t, 1+r.IntN(60))
			b.kill()
			b.start(t)
			b.line.Begin(seed+uint64(r.IntN(1000))<<32, strikes)
		}
		b.observe(t, 1+r.IntN(60))
		time.Sleep(time.Duration(r.IntN(150)) * time.Millisecond) // what happens between looks; nothing waits for it
	}
	must(t, e2e.Until(t.Context(), 3*time.Minute, "everything to be acknowledged", func() error {
		if n := b.spool.State().Unacknowledged; n > 0 {
			return fmt.Errorf("%d results are not; problem %+v; %s", n, b.up.State().Problem, b.line.Fates())
		}
		return nil
	}))
	b.reconcile(t)
}

// reconcile holds the collector's books and its history against what was made.
func (b *beacon) reconcile(t *testing.T) {
	t.Helper()
	if b.spool.Epoch() != b.epoch {
		t.Fatal("the agent opened a new epoch, want none: nobody else has its numbers")
	}
	books, err := b.d.Books(t.Context())
	must(t, err)
	want := []e2e.Range{{Site: b.site, Epoch: string(b.epoch[:]), First: 1, Last: uint64(len(b.made))}}
	held := slices.DeleteFunc(books.Ranges, func(r e2e.Range) bool { return r.Site != b.site })
	if !slices.Equal(held, want) || books.Lost != 0 || books.Refused != 0 {
		t.Fatalf("the collector holds %v, %d lost, %d refused, want %v, none and none", held, books.Lost, books.Refused, want)
	}
	series, err := b.d.Web().Query(t.Context(), fmt.Sprintf(`fengsui_tcp_connect_seconds{site=%q}[2h] offset -1m`, b.site))
	must(t, err)
	stood := map[string][]e2e.Point{}
	for _, s := range series {
		stood[s.Metric["check"]] = s.Points
	}
	for i, m := range b.made {
		check := fmt.Sprintf("c%d", m.check-1)
		at, err := books.Time(b.site, clock.System().Boot(), m.bootNS)
		must(t, err)
		if len(stood[check]) == 0 || stood[check][0].At.UnixMilli() != at || stood[check][0].Value != float64(i+1) {
			t.Fatalf("result %d of check %s at %d: the history goes on with %.3v, want it there once with its value", i+1, check, at, stood[check])
		}
		stood[check] = stood[check][1:]
	}
	for check, points := range stood {
		if len(points) > 0 {
			t.Fatalf("check %s has %d samples that nobody made", check, len(points))
		}
	}
}
