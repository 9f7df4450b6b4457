package ingest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"fengsui/collector/history"
	"fengsui/collector/wire"
)

// A cutter takes images of a rig's data directory between any two steps of
// its commits, and within the SQL transaction.
type cutter struct {
	t     *testing.T
	power bool // else only the process dies

	mu     sync.Mutex
	r      *rig
	acked  map[string]bool // by name of the batch
	wal    int64           // bytes of SQLite's log that its last commit synced
	images []cutImage
	within int // of a step, to name them
}

// A cutImage is what a crash left, and what had been acknowledged by then.
type cutImage struct {
	name, dir string
	acked     map[string]bool
}

func (c *cutter) set(o *Options) {
	o.At = func(step string) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.r == nil { // before the first push
			return
		}
		// No transaction is open, so all of SQLite's log is a commit's.
		info, err := os.Stat(filepath.Join(c.r.dir, "state.db-wal"))
		if err != nil {
			c.t.Error(err)
			return
		}
		c.wal = info.Size()
		c.take(step)
	}
	o.Recorder.(*recorder).within = func(*sql.Tx) error {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.take("within_sql")
		return nil
	}
}

func (c *cutter) take(step string) {
	if c.r == nil {
		return
	}
	c.within++
	var lengths map[string]int64
	if c.power {
		lengths = c.r.disk.lengths()
		lengths["state.db-wal"] = c.wal
	}
	acked := map[string]bool{}
	for k := range c.acked {
		acked[k] = true
	}
	c.images = append(c.images, cutImage{fmt.Sprintf("%02d %s", c.within, step), image(c.t, c.r.dir, lengths), acked})
}

// A sending is one batch of the scenario with the samples that it must become.
type sending struct {
	name    string
	machine *machine
	batch   *wire.Batch
	want    map[string][]point
}

// scenario are two machines whose batches come live and as backlog, in time
// and out of order, for which the logs roll.
func scenario(count int) (pushes [][]sending) {
	machines := []*machine{newMachine("town"), newMachine("village")}
	// Two batches a machine and push: a live one and a piece of backlog.
	for n := range count {
		var push []sending
		for _, m := range machines {
			for j, began := range []time.Duration{-time.Minute, -50 * time.Minute} {
				var all []*wire.Result
				at := noon.Add(began + time.Duration(n)*8*time.Second)
				for i := range 60 {
					r := m.result(at.Add(time.Duration(i)*100*time.Millisecond), float64(i)/7+float64(n))
					all = append(all, r)
				}
				name := fmt.Sprintf("%s push %d batch %d", m.Site, n, j)
				push = append(push, sending{name, m, m.cutBatch(m.body(all...)), expected(m, all)})
			}
		}
		pushes = append(pushes, push)
	}
	return pushes
}

// expected are the samples of results of the first check.
func expected(m *machine, all []*wire.Result) map[string][]point {
	want := map[string][]point{}
	for _, r := range all {
		ms := m.started.Add(time.Duration(r.BootNs)).UnixMilli()
		add := func(name, family string, v float64) {
			key := fmt.Sprintf(`{__name__=%q, check="gateway", family=%q, kind="icmp", site=%q, target="hub"}`, name, family, m.Site)
			want[key] = append(want[key], point{ms, v})
		}
		add("fengsui_check_state", "pair", 0)
		add("fengsui_check_state", "4", 0)
		add("fengsui_check_duration_seconds", "pair", 0.005)
		add("fengsui_icmp_rtt_seconds", "4", r.Rows[0].Values[0])
		add("fengsui_icmp_loss_ratio", "4", 0)
	}
	return want
}

// merge is what several batches become together.
func merge(all ...map[string][]point) map[string][]point {
	sum := map[string][]point{}
	for _, m := range all {
		for k, v := range m {
			sum[k] = append(sum[k], v...)
		}
	}
	for _, v := range sum {
		slices.SortFunc(v, func(a, b point) int { return int(a.ms - b.ms) })
	}
	return sum
}

// TestCutAnywhere cuts the power, or kills the process, between any two steps
// of a commit, opens what is left, and lets the agents send again what was not
// acknowledged: every acknowledged sample is there before, every sample once
// after, and no batch was stored twice. Then it cuts once more.
func TestCutAnywhere(t *testing.T) {
	t.Parallel()
	for power, count := range map[bool]int{true: 4, false: 2} {
		t.Run(fmt.Sprintf("power=%t", power), func(t *testing.T) {
			t.Parallel()
			c := &cutter{t: t, power: power, acked: map[string]bool{}}
			r := newRig(t, c.set)
			c.mu.Lock()
			c.r = r
			c.mu.Unlock()
			pushes := scenario(count)
			stop := known(t, r.history)
			for _, push := range pushes {
				c.send(r, push, 0)
			}
			stop()
			c.mu.Lock()
			c.r = nil
			c.mu.Unlock()
			r.close()
			if want := 5 * len(pushes); len(c.images) < want {
				t.Fatalf("%d images were taken, want at least %d", len(c.images), want)
			}
			for _, i := range c.images {
				t.Run(i.name, func(t *testing.T) {
					t.Parallel()
					resume(t, i, pushes, power)
				})
			}
		})
	}
}

// send pushes the batches of both machines at the same time, which mostly
// makes them one group, and notes what is acknowledged.
func (c *cutter) send(r *rig, push []sending, skew time.Duration) {
	var wg sync.WaitGroup
	for _, m := range []*machine{push[0].machine, push[len(push)-1].machine} {
		wg.Go(func() {
			w, err := r.Hello(context.Background(), m.Caller, m.hello(noon), noon)
			if err != nil || w == nil {
				c.t.Error(err)
				return
			}
			request := &wire.PushRequest{Contact: m.contact(noon, 20*time.Millisecond, skew)}
			var names []string
			for _, s := range push {
				if s.machine == m {
					request.Batches = append(request.Batches, s.batch)
					names = append(names, s.name)
				}
			}
			answer, err := r.Push(context.Background(), m.Caller, request, noon)
			if err != nil {
				c.t.Error(err)
				return
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			for n, a := range answer.Answers {
				if a.Outcome != stored && a.Outcome != duplicate {
					c.t.Errorf("%s: got %v, want stored or duplicate", names[n], a.Outcome)
				}
				c.acked[names[n]] = true
			}
		})
	}
	wg.Wait()
}

func resume(t *testing.T, i cutImage, pushes [][]sending, power bool) {
	var acked, all []map[string][]point
	for _, push := range pushes {
		for _, s := range push {
			if i.acked[s.name] {
				acked = append(acked, s.want)
			}
			all = append(all, s.want)
		}
	}
	r := openRig(t, i.dir)
	before := samples(t, r.history)
	for series, want := range merge(acked...) {
		missing := 0
		for _, p := range want {
			if _, found := slices.BinarySearchFunc(before[series], p, func(a, b point) int { return int(a.ms - b.ms) }); !found {
				missing++
			}
		}
		if missing > 0 {
			t.Fatalf("%s: %d of %d acknowledged samples are lost", series, missing, len(want))
		}
	}
	// The agents send what they hold no acknowledgement of. The trip that they
	// tell now makes another anchor, unless there was one.
	c := &cutter{t: t, acked: i.acked}
	for _, push := range pushes {
		var again []sending
		for _, s := range push {
			if !i.acked[s.name] {
				again = append(again, s)
			}
		}
		if len(again) > 0 {
			c.send(r, again, 2*skewed)
		}
	}
	check := func(r *rig, when string) {
		t.Helper()
		got := samples(t, r.history)
		want := shifted(got, merge(all...))
		if !reflect.DeepEqual(got, want) {
			for series := range want {
				if !slices.Equal(got[series], want[series]) {
					t.Errorf("%s: %s has %d samples %v …, want %d %v …", when, series, len(got[series]), head(got[series]), len(want[series]), head(want[series]))
				}
			}
			t.Fatalf("%s: got %d series, want %d", when, len(got), len(want))
		}
		if n := r.count("SELECT count(*) FROM ranges"); n != 2 {
			t.Errorf("%s: %d ranges are held, want one of each machine", when, n)
		}
		if n := r.count("SELECT sum(last - first + 1) FROM ranges"); n != len(pushes)*4*60 {
			t.Errorf("%s: %d sequences are held, want %d", when, n, len(pushes)*4*60)
		}
	}
	check(r, "after all was sent again")
	if n := r.metric("fengsui_ingest_batches_stored_twice_total", ""); n != 0 {
		t.Errorf("%v batches were stored twice, want 0", n)
	}
	if !power {
		return
	}
	lengths := r.disk.lengths()
	info, err := os.Stat(filepath.Join(r.dir, "state.db-wal"))
	if err != nil {
		t.Fatal(err)
	}
	lengths["state.db-wal"] = info.Size()
	again := image(t, r.dir, lengths)
	r.close()
	check(openRig(t, again), "after a second cut")
}

// skewed is how far off an anchor is that is made after a cut.
const skewed = 7 * time.Millisecond

// shifted moves all samples of a site whose boot got its anchor after the cut.
func shifted(got, want map[string][]point) map[string][]point {
	for _, site := range []string{"town", "village"} {
		rtt := fmt.Sprintf(`{__name__="fengsui_icmp_rtt_seconds", check="gateway", family="4", kind="icmp", site=%q, target="hub"}`, site)
		if len(got[rtt]) == 0 || got[rtt][0].ms != want[rtt][0].ms+skewed.Milliseconds() {
			continue
		}
		for series, all := range want {
			if strings.Contains(series, fmt.Sprintf("site=%q", site)) {
				for n := range all {
					all[n].ms += skewed.Milliseconds()
				}
			}
		}
	}
	return want
}

func head(p []point) []point { return p[:min(len(p), 3)] }

// known appends samples that nobody syncs, in the same logs, until it is
// stopped.
func known(t *testing.T, h *history.History) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		for n := 0; ctx.Err() == nil; n++ {
			l := labels.FromStrings(model.MetricNameLabel, "fengsui_known_state", "site", "town", "check", fmt.Sprint(n))
			if err := h.AppendKnown(ctx, []history.Sample{{Labels: l, T: noon.UnixMilli(), V: 0}}); err != nil && !errors.Is(err, context.Canceled) {
				t.Error(err)
				return
			}
			time.Sleep(100 * time.Microsecond)
		}
	})
	return func() { cancel(); wg.Wait() }
}
