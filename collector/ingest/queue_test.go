package ingest

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"fengsui/collector/identity"
	"fengsui/collector/wire"
)

// TestQueueOrder: which calls share a commit, and in which order commits come.
func TestQueueOrder(t *testing.T) {
	t.Parallel()
	// A call is its name, its agent, the results it holds, and whether they
	// begin with live ones.
	type call struct {
		name    string
		agent   byte
		results int
		live    bool
	}
	many := slowResults
	for _, c := range []struct {
		name  string
		calls []call
		want  [][]string
	}{
		{"quick ones share a commit", []call{{"a", 1, 20, true}, {"hello", 2, 0, false}, {"b", 3, quickResults, true}}, [][]string{{"a", "hello", "b"}}},
		{"up to a bound", []call{{"a", 1, 400, true}, {"b", 2, 400, true}}, [][]string{{"a", "b"}}},
		{"a backlog waits for what is quick", []call{{"old", 1, many, false}, {"a", 2, 20, true}}, [][]string{{"a"}, {"old"}}},
		{"one push of a backlog at a time", []call{{"old1", 1, many, false}, {"old2", 2, many, false}}, [][]string{{"old1"}, {"old2"}}},
		{"small pieces of it share one", []call{{"old1", 1, many / 2, false}, {"old2", 2, many / 2, false}, {"old3", 3, many / 2, false}}, [][]string{{"old1", "old2"}, {"old3"}}},
		{"live results go ahead of the rest of a backlog",
			[]call{{"old1", 1, many, false}, {"live1", 2, many, true}, {"old2", 3, many, false}, {"live2", 4, many, true}},
			[][]string{{"live1"}, {"live2"}, {"old1"}, {"old2"}}},
		{"an agent's calls stay in their order", []call{{"old", 1, many, false}, {"other", 2, many, false}, {"goodbye", 1, 0, false}, {"live", 1, many, true}, {"quick", 2, 1, true}},
			[][]string{{"old"}, {"other"}, {"goodbye", "live"}, {"quick"}}},
	} {
		var q queue
		names := map[*job]string{}
		for _, k := range c.calls {
			j := &job{caller: identity.Caller{Agent: id{k.agent}}, contact: &wire.Contact{Boot: []byte("boot"), BootNs: int64(time.Hour)}}
			if k.results > 0 {
				at := j.contact.BootNs - int64(liveFor) - 1
				if k.live {
					at = j.contact.BootNs - int64(liveFor)
				}
				j.batches = []*batch{{body: &body{boot: []byte("boot"), results: slices.Repeat([]result{{bootNs: at}}, k.results)}}}
			}
			names[j] = k.name
			q.add(j)
		}
		var got [][]string
		for !q.empty() {
			var commit []string
			for _, j := range q.next() {
				commit = append(commit, names[j])
			}
			got = append(got, commit)
		}
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: commits %v, want %v", c.name, got, c.want)
		}
	}
}

// TestQueueStarvesNobody: while quick calls keep coming, every second commit
// is a backlog's.
func TestQueueStarvesNobody(t *testing.T) {
	t.Parallel()
	var q queue
	old := func(n byte) *job {
		return &job{caller: identity.Caller{Agent: id{n}}, contact: &wire.Contact{}, batches: []*batch{{body: &body{results: make([]result, slowResults)}}}}
	}
	for n := range byte(3) {
		q.add(old(n))
	}
	var order string
	for n := range byte(7) {
		q.add(&job{caller: identity.Caller{Agent: id{100 + n}}})
		if q.next()[0].results() > 0 {
			order += "o"
		} else {
			order += "q"
		}
	}
	if order != "qoqoqoq" {
		t.Errorf("commits of quick (q) and old (o) results came as %s, want turns until the old ones are through", order)
	}
}

// TestQueueForgetsWhatLeft: live results that went leave no place behind.
func TestQueueForgetsWhatLeft(t *testing.T) {
	t.Parallel()
	var q queue
	add := func(n byte, at int64) *job {
		j := &job{caller: identity.Caller{Agent: id{n}}, contact: &wire.Contact{Boot: []byte("boot"), BootNs: int64(time.Hour)}}
		j.batches = []*batch{{body: &body{boot: []byte("boot"), results: slices.Repeat([]result{{bootNs: at}}, slowResults)}}}
		q.add(j)
		return j
	}
	live := int64(time.Hour)
	add(1, live)
	q.next()
	old, young := add(2, 0), add(3, live)
	if q.next()[0] != young || q.next()[0] != old {
		t.Error("a backlog went ahead of live results")
	}
}

// TestQueueKeepsOrderOverTurns: a backlog's turn takes no push of an agent whose
// quick call came before it.
func TestQueueKeepsOrderOverTurns(t *testing.T) {
	t.Parallel()
	var q queue
	add := func(agent byte, results int) *job {
		j := &job{caller: identity.Caller{Agent: id{agent}}, contact: &wire.Contact{}, batches: []*batch{{body: &body{results: make([]result, results)}}}}
		q.add(j)
		return j
	}
	other := add(1, slowResults/2)
	add(2, 1)
	q.next() // the quick one: a backlog's turn is next
	hello, push := add(3, 1), add(3, slowResults/2)
	for n, want := range [][]*job{{other}, {hello}, {push}} {
		if got := q.next(); !slices.Equal(got, want) {
			t.Errorf("commit %d holds %d calls, want another one: first what came first of agent 3", n, len(got))
		}
	}
}

// TestLiveOvertakesBacklog: three backlogs wait for the disk when a live
// result comes: it is stored before them.
func TestLiveOvertakesBacklog(t *testing.T) {
	t.Parallel()
	entered, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	began := make(chan struct{}) // the machines are known
	r := newRig(t, func(o *Options) {
		o.At = func(step string) {
			select {
			case <-began:
				once.Do(func() {
					close(entered)
					<-release
				})
			default:
			}
		}
	})
	var machines []*machine
	for _, site := range []string{"town", "town", "town", "town", "village"} {
		m := newMachine(site)
		r.greet(m)
		machines = append(machines, m)
	}
	close(began)
	var wg sync.WaitGroup
	push := func(m *machine, at time.Time, results int) {
		var all []*wire.Result
		for n := range results {
			all = append(all, m.result(at.Add(time.Duration(n)*time.Millisecond), 1))
		}
		b := m.cutBatch(m.body(all...))
		wg.Go(func() {
			if w, err := r.tryPush(m, b); err != nil || outcome(w) != stored {
				t.Errorf("push of %s: %v, %v, want it stored", m.Site, w, err)
			}
		})
	}
	push(machines[0], noon.Add(-time.Second), 1)
	<-entered
	for n, m := range machines[1:4] {
		push(m, noon.Add(-time.Duration(n+1)*15*time.Minute), slowResults)
		for len(r.jobs) <= n {
			runtime.Gosched()
		}
	}
	push(machines[4], noon.Add(-time.Second), 1)
	for len(r.jobs) < 4 {
		runtime.Gosched()
	}
	close(release)
	wg.Wait()
	var order []string
	for _, o := range r.seen.observed {
		order = append(order, o.Site)
	}
	if order = slices.Compact(order); !slices.Equal(order, []string{"town", "village", "town"}) {
		t.Errorf("sites were stored in the order %v, want the live result of the village ahead of the backlogs", order)
	}
}

// TestLargePushIsAppendedInParts: a push of many late values takes several
// commits of the history, and a crash between them costs nothing: what is sent
// again is stored once.
func TestLargePushIsAppendedInParts(t *testing.T) {
	t.Parallel()
	const results, values = 3000, 5 // the states of the pair and of IPv4, the duration, two measurements
	parts := 0
	var r *rig
	var torn string
	r = newRig(t, func(o *Options) {
		o.At = func(step string) {
			if step != AfterAppend {
				return
			}
			if parts++; parts == 2 {
				torn = image(t, r.dir, nil)
			}
		}
	})
	m := newMachine("town")
	r.greet(m)
	var all []*wire.Result
	for n := range results {
		all = append(all, m.result(noon.Add(-time.Hour/2+time.Duration(n)*100*time.Millisecond), float64(n)))
	}
	b := m.cutBatch(m.body(all...))
	if w := r.push(m, b); outcome(w) != stored {
		t.Fatalf("got %v, want it stored", w.Answers)
	}
	if want := results * values / maxValues; parts != want {
		t.Fatalf("%d values were appended in %d parts, want %d", results*values, parts, want)
	}
	again := openRig(t, torn)
	if n := len(samples(t, again.history)[`{__name__="fengsui_icmp_rtt_seconds", check="gateway", family="4", kind="icmp", site="town", target="hub"}`]); n == 0 || n == results {
		t.Fatalf("the crash left %d samples of a series, want some", n)
	}
	again.greet(m)
	if w := again.push(m, b); outcome(w) != stored {
		t.Fatalf("after a crash: got %v, want it stored", w.Answers)
	}
	for name, points := range samples(t, again.history) {
		if len(points) != results {
			t.Errorf("%s has %d samples, want %d", name, len(points), results)
		}
	}
}
