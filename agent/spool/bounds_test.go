package spool_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fengsui/agent/spool"
	"fengsui/collector/wire"
)

func segmentFiles(d *disk) (names []string, bytes int64) {
	for name, n := range d.names {
		if strings.HasSuffix(name, ".seg") {
			names = append(names, name)
			bytes += int64(len(n.data))
		}
	}
	slices.Sort(names)
	return names, bytes
}

// lostText is the lost ranges of the epoch in force.
func lostText(s *spool.Spool) string {
	var out []string
	epoch := s.Epoch()
	for _, r := range s.Lost() {
		if string(r.Epoch) == string(epoch[:]) {
			out = append(out, fmt.Sprintf("%d-%d", r.First, r.Last))
		}
	}
	return strings.Join(out, " ")
}

func TestLimitDropsAcknowledgedFirst(t *testing.T) {
	t.Parallel()
	d, c := newDisk(), newClock()
	o := spool.Options{FS: d, Dir: "/spool", Limit: 40 << 10, SegmentSize: 4 << 10, Now: c.now}
	s := open(t, o)
	for n := int64(1); n <= 300; n++ { // about 110 bytes each
		add(t, s, n, n)
		if n > 100 && n <= 200 {
			acknowledge(t, s, s.Live(c.now(), 1))
		}
	}
	for n := int64(301); lostText(s) == ""; n++ {
		if n > 2000 {
			t.Fatal("nothing was ever lost, want the limit to cost something")
		}
		add(t, s, n, n)
		if _, bytes := segmentFiles(d); bytes > 40<<10 {
			t.Fatalf("%d bytes on disk, want at most the limit of 40 KiB", bytes)
		}
		c.advance(time.Second)
	}
	c.advance(time.Minute)
	offered := contents(t, s.Backlog(all))
	lost := s.Lost()
	if len(lost) != 1 || lost[0].First != 1 {
		t.Fatalf("lost %s, want one range that begins with the oldest", lostText(s))
	}
	for seq := lost[0].Last + 1; seq < s.Next(); seq++ {
		_, have := offered[seq]
		if acked := seq > 100 && seq <= 200; have == acked {
			t.Errorf("sequence %d: offered %t, acknowledged %t; want just what was neither acknowledged nor lost", seq, have, acked)
		}
	}
	want := lostText(s)
	s.Close()
	copied := o
	copied.FS = d.after("written")
	restored := open(t, copied)
	if err := restored.Resume(nil); err != nil {
		t.Fatal(err)
	}
	for _, n := range contents(t, restored.Backlog(all)) {
		if n > 137 && n < 163 { // their segments hold nothing else
			t.Errorf("result %d was acknowledged and is still there, while others were lost", n)
		}
	}
	restored.Close()
	if s = open(t, o); lostText(s) != want {
		t.Errorf("after a restart lost %q, want %q still to be told", lostText(s), want)
	}
	if err := s.LostTold(s.Lost()); err != nil || lostText(s) != "" {
		t.Errorf("lost %q (%v) after it was told, want nothing", lostText(s), err)
	}
	s.Close()
	if s = open(t, o); lostText(s) != "" {
		t.Errorf("lost %q after it was told and a restart, want nothing", lostText(s))
	}
	s.Close()
}

func TestKeepsWhatIsAcknowledgedForItsTime(t *testing.T) {
	t.Parallel()
	d, c := newDisk(), newClock()
	o := spool.Options{FS: d, Dir: "/spool", SegmentSize: 1 << 10, Now: c.now, Keep: time.Hour}
	s := open(t, o)
	defer s.Close()
	for n := int64(1); n <= 100; n++ {
		add(t, s, n, n)
		c.advance(time.Minute)
		if n <= 40 || n > 80 {
			acknowledge(t, s, s.Backlog(1))
		}
	}
	c.advance(10 * time.Minute)
	// A collector that was restored holds nothing: what is younger than an
	// hour comes again, and so does what it never got.
	if err := s.Resume(nil); err != nil {
		t.Fatal(err)
	}
	got := numbers(contents(t, s.Backlog(all)))
	if len(got) < 59 || !slices.Contains(got, 100) || slices.Contains(got, 1) {
		t.Errorf("%d results are offered again (%v), want all of the last hour, those never acknowledged, and not the first", len(got), got)
	}
	if want := fmt.Sprintf("1-%d", got[0]-1); lostText(s) != want {
		t.Errorf("lost %q, want %q: what it had and this disk has no more", lostText(s), want)
	}
	for seq := uint64(50); seq <= 100; seq++ {
		if !slices.Contains(got, seq) {
			t.Errorf("sequence %d is gone after less than an hour", seq)
		}
	}
}

// A box with a dead battery begins in 1970 and is set right minutes later: what
// it wrote before is not 56 years old.
func TestClockThatWasNotSet(t *testing.T) {
	t.Parallel()
	c := &clock{time.Date(1970, 1, 1, 0, 1, 0, 0, time.UTC)}
	o := spool.Options{FS: newDisk(), Dir: "/spool", SegmentSize: 600, Now: c.now, Keep: time.Hour}
	s := open(t, o)
	defer func() { s.Close() }()
	for n := int64(1); n <= 20; n += 2 {
		add(t, s, n, n+1)
	}
	acknowledge(t, s, s.Live(c.now(), all))
	c.t = newClock().t
	for _, step := range []struct {
		after time.Duration
		all   bool
	}{{0, true}, {59 * time.Minute, true}, {3 * time.Minute, false}} {
		c.advance(step.after)
		if err := s.Sync(); err != nil {
			t.Fatal(err)
		}
		copied := o
		copied.FS = o.FS.(*disk).after("written")
		restored := open(t, copied)
		if err := restored.Resume(nil); err != nil {
			t.Fatal(err)
		}
		if got := len(contents(t, restored.Backlog(all))); (got == 20) != step.all {
			t.Errorf("%d of 20 results are kept at %s, all: want %t", got, c.t, step.all)
		}
		restored.Close()
	}
}

func TestReserve(t *testing.T) {
	t.Parallel()
	d, c := newDisk(), newClock()
	d.total = 100 << 10
	o := spool.Options{FS: d, Dir: "/spool", SegmentSize: 2 << 10, Now: c.now, Memory: 4 << 10}
	s := open(t, o)
	defer s.Close()
	for n := int64(1); n <= 60; n++ {
		add(t, s, n, n)
	}
	d.foreign = 95 << 10 // somebody else fills the disk
	_, before := segmentFiles(d)
	failed := error(nil)
	for n := int64(61); n <= 160; n++ {
		if err := s.Add(entry(n)); err != nil {
			t.Fatal(err)
		}
		if err := s.Sync(); err != nil {
			failed = err
		}
		if _, bytes := segmentFiles(d); bytes > before {
			t.Fatalf("%d bytes on disk, want no growth from %d below the reserve", bytes, before)
		}
	}
	c.advance(2 * time.Minute)
	offered := numbers(contents(t, s.Backlog(all)))
	if len(offered) < 30 || offered[len(offered)-1] != 160 {
		t.Errorf("%d results left, the last %d: want about what fitted before, the newest among them", len(offered), offered[len(offered)-1])
	}
	if want := fmt.Sprintf("1-%d", offered[0]-1); lostText(s) != want {
		t.Errorf("lost %s, want %s", lostText(s), want)
	}
	// With nothing of its own to give, it says so and works from memory.
	s2 := open(t, spool.Options{FS: func() *disk { d := newDisk(); d.total, d.foreign = 100<<10, 95<<10; return d }(), Dir: "/spool", Now: c.now})
	defer s2.Close()
	s2.Add(entry(1))
	failed = s2.Sync()
	if failed == nil || !strings.Contains(failed.Error(), "stay free") {
		t.Errorf("Sync below the reserve: %v, want a sentence about the reserve", failed)
	}
	if got := s2.Live(c.now(), all); len(contents(t, got)) != 1 {
		t.Errorf("%d batches offered, want the one that waits in memory", len(got))
	}
}

func TestMemoryIsBoundedWhileTheDiskFails(t *testing.T) {
	t.Parallel()
	d, c := newDisk(), newClock()
	s := open(t, spool.Options{FS: d, Dir: "/spool", Memory: 8 << 10, Now: c.now})
	defer s.Close()
	add(t, s, 1, 10)
	d.fail = func(op, _ string) error {
		if op == "write" || op == "create" {
			return errors.New("read-only file system")
		}
		return nil
	}
	for n := int64(11); n <= 1000; n++ {
		if err := s.Add(entry(n)); err != nil {
			t.Fatal(err)
		}
		if n%3 == 0 {
			if err := s.Sync(); err == nil || !strings.Contains(err.Error(), "read-only file system") || strings.Contains(err.Error(), "\n") {
				t.Fatalf("Sync: %v, want one sentence with the cause", err)
			}
		}
		if st := s.State(); st.Bytes > 20<<10 {
			t.Fatalf("%d bytes held, want about 8 KiB of memory", st.Bytes)
		}
	}
	// A long time without any Sync is bounded too.
	for n := int64(1001); n <= 3000; n++ {
		s.Add(entry(n))
		for range 9 { // as fast as nobody probes
			s.Add(entry(n))
		}
		if st := s.State(); st.Bytes > 8<<10+2*wire.MaxBatch+4<<10 {
			t.Fatalf("%d bytes held without a Sync, want at most the bound and a batch", st.Bytes)
		}
	}
	d.fail = nil
	add(t, s, 3001, 3001)
	const last = 1000 + 10*2000 + 1
	c.advance(2 * time.Minute)
	offered := contents(t, s.Backlog(all))
	have := numbers(offered)
	if have[len(have)-1] != last || offered[last] != 3001 {
		t.Errorf("the newest is sequence %d, want %d: what is dropped has a number too", have[len(have)-1], last)
	}
	lost := uint64(0)
	for _, r := range s.Lost() {
		lost += r.Last - r.First + 1
	}
	if lost+uint64(len(have)) != last || lost == 0 {
		t.Errorf("%d lost and %d there, want %d together", lost, len(have), last)
	}
}

func TestHeldRestsForAMinute(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := open(t, spool.Options{Dir: t.TempDir(), Now: c.now})
	defer s.Close()
	add(t, s, 1, 2)
	add(t, s, 3, 4)
	batches := s.Live(c.now(), all)
	err := s.Acknowledge(batches, []*wire.BatchAnswer{{Outcome: wire.BatchAnswer_HELD}, {Outcome: wire.BatchAnswer_CLASHED}})
	if !errors.Is(err, spool.ErrClashed) || !strings.Contains(err.Error(), "3 to 4") {
		t.Errorf("Acknowledge: %v, want %v for results 3 to 4", err, spool.ErrClashed)
	}
	c.advance(45 * time.Second)
	if got := len(s.Live(c.now(), all)) + len(s.Backlog(all)); got != 0 {
		t.Errorf("%d batches offered after 45 s, want them to rest", got)
	}
	c.advance(20 * time.Second)
	if got := len(contents(t, s.Backlog(all))); got != 4 {
		t.Errorf("%d results offered after 65 s, want 4", got)
	}
	if err := s.Acknowledge(batches, nil); err == nil {
		t.Error("no answers to two batches, want an error")
	}
}

// A wall clock that is set back must not make a rest of a minute one of hours.
func TestRestsAreMonotonic(t *testing.T) {
	t.Parallel()
	s := open(t, spool.Options{Dir: t.TempDir(), Reserve: -1})
	defer s.Close()
	add(t, s, 1, 2)
	add(t, s, 3, 4)
	batches := s.Live(time.Now(), all)
	if err := s.Acknowledge(batches, answers(len(batches), wire.BatchAnswer_HELD)); err != nil {
		t.Fatal(err)
	}
	until := spool.Rests(s)
	if len(until) != 1 {
		t.Errorf("%d rests of neighbours, want one", len(until))
	}
	for _, at := range until {
		if at == at.Round(0) { // which strips it
			t.Errorf("the rest until %s has no monotonic reading", at)
		}
	}
}

func TestBatchesAreCutByRevisionBootAndSize(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := open(t, spool.Options{Dir: t.TempDir(), Now: c.now})
	defer s.Close()
	n := int64(0)
	put := func(change func(*spool.Entry)) {
		n++
		e := entry(n)
		change(&e)
		if err := s.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	put(func(e *spool.Entry) {})
	put(func(e *spool.Entry) { e.Kind, e.Measurements = "tcp", []string{"connect_seconds"} })
	put(func(e *spool.Entry) { e.Revision = []byte("another") })
	put(func(e *spool.Entry) { e.Revision = []byte("another"); e.Boot = []byte("another") })
	put(func(e *spool.Entry) {
		e.Result.Pair.Args = []*wire.Arg{{Name: "seen", Value: strings.Repeat("x", 100<<10)}}
	})
	put(func(e *spool.Entry) {})
	for range 2000 {
		put(func(e *spool.Entry) {})
	}
	if err := s.Add(spool.Entry{Revision: []byte("revision"), Boot: []byte("boot"), Kind: "icmp", Result: &wire.Result{Check: 7, Rows: []*wire.Row{{Key: "\xc7\xe0"}}}}); err == nil || !strings.Contains(err.Error(), "check 7") {
		t.Errorf("a key that is not UTF-8: %v, want an error that names the check", err)
	}
	if err := s.Sync(); err != nil {
		t.Fatal(err)
	}
	batches := s.Live(c.now(), all)
	if got := len(contents(t, batches)); got != int(n) {
		t.Errorf("%d results, want %d", got, n)
	}
	for i, want := range []uint32{2, 1, 1, 1} {
		if batches[i].Count != want {
			t.Errorf("batch %d has %d results, want %d", i, batches[i].Count, want)
		}
	}
	for i, b := range batches[4:] {
		if len(b.Body) > wire.MaxBatch || (len(b.Body) < wire.MaxBatch-200 && i < len(batches)-5) {
			t.Errorf("batch %d has %d bytes, want just below %d", i+4, len(b.Body), wire.MaxBatch)
		}
	}
	// The newest that fit, in order, and at least one.
	if got := s.Live(c.now(), 100<<10); len(got) == 0 || got[len(got)-1].First != batches[len(batches)-1].First {
		t.Errorf("bounded live ends elsewhere than at the newest")
	}
	c.advance(2 * time.Minute)
	if got := s.Backlog(1); len(got) != 1 || got[0].First != 1 {
		t.Errorf("a backlog of 1 byte: %d batches, want the oldest alone", len(got))
	}
	size := 0
	for _, b := range s.Backlog(150 << 10) {
		size += len(b.Body)
	}
	if size > 150<<10 || size < 100<<10 {
		t.Errorf("a backlog of 150 KiB has %d bytes", size)
	}
}

// TestStateSaysHowFull: what the collector lacks is told in bytes, beside what
// the spool may hold: its limit, or less where the file system has no more.
func TestStateSaysHowFull(t *testing.T) {
	t.Parallel()
	d, c := newDisk(), newClock()
	s := open(t, spool.Options{FS: d, Dir: "/spool", Limit: 40 << 10, SegmentSize: 4 << 10, Now: c.now})
	add(t, s, 1, 100)
	st := s.State()
	if _, bytes := segmentFiles(d); st.Limit != 40<<10 || st.UnacknowledgedBytes != uint64(bytes) {
		t.Errorf("%d of %d bytes are said to wait, want all %d on disk of 40960", st.UnacknowledgedBytes, st.Limit, bytes)
	}
	whole := st.UnacknowledgedBytes
	d.total, d.foreign = 1<<20, 1<<20-108<<10 // 108 KiB free at first, of which 103 are the reserve
	if st := s.State(); st.Limit < whole || st.Limit > whole+6<<10 {
		t.Errorf("it may hold %d bytes, want what it has, %d, and the 5 KiB above the reserve", st.Limit, whole)
	}
	d.total = 0
	acknowledge(t, s, s.Live(c.now(), all))
	if st := s.State(); st.UnacknowledgedBytes != 0 || st.Bytes == 0 {
		t.Errorf("%d bytes are said to wait of %d on disk, want none: all is acknowledged", st.UnacknowledgedBytes, st.Bytes)
	}
	for n := int64(101); n <= 110; n++ {
		if err := s.Add(entry(n)); err != nil {
			t.Fatal(err)
		}
	}
	if st := s.State(); st.UnacknowledgedBytes == 0 || st.UnacknowledgedBytes >= whole {
		t.Errorf("%d bytes are said to wait, want those of 10 results that wait to be cut", st.UnacknowledgedBytes)
	}
	add(t, s, 111, 120)
	if st := s.State(); st.UnacknowledgedBytes < whole/10 || st.UnacknowledgedBytes > whole/2 {
		t.Errorf("%d bytes are said to wait of 20 results, and %d did of 100; want about a fifth", st.UnacknowledgedBytes, whole)
	}
}
