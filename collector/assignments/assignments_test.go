package assignments_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/proto"

	"fengsui/checks"
	"fengsui/collector/assignments"
	"fengsui/collector/state"
	"fengsui/collector/wire"
	"fengsui/configs"
)

func newDB(t *testing.T) *state.DB {
	t.Helper()
	db, err := state.Open(filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// district has one site with one check, after change had its way.
func district(change func(*configs.Site)) *configs.District {
	s := configs.Site{ID: "qingfu", Name: "青福镇", Checks: []configs.Check{{
		Number: 1, ID: "portal", Kind: "http", Target: "https://portal.example/", TargetName: "portal",
		Interval: time.Minute, Timeout: 5 * time.Second, Family: checks.Pair, WantV6: true,
		Sources: []netip.Addr{netip.MustParseAddr("10.9.8.2")}, Interface: "eth0.120",
		Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")}, Suspicion: 20 * time.Second,
		Options: map[string][]string{"method": {"GET"}, "status": {"200", "301"}, "body": {"政务"}, "agent": {"x"}},
	}}}
	change(&s)
	return &configs.District{Sites: []configs.Site{s, {ID: "hub", Name: "区信息中心"}}}
}

func same(*configs.Site) {}

func publish(t *testing.T, a *assignments.Assignments, d *configs.District) {
	t.Helper()
	if err := a.Publish(t.Context(), d); err != nil {
		t.Fatal(err)
	}
}

func TestPublish(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	a := assignments.New(db)
	if got := a.Current("qingfu"); got != nil {
		t.Errorf("before any: got %v, want none", got)
	}
	publish(t, a, district(same))
	got := a.Current("qingfu")
	if sum := sha256.Sum256(got.Encoded); !slices.Equal(got.Revision, sum[:]) {
		t.Errorf("got revision %x, want the SHA-256 %x", got.Revision, sum)
	}
	var m wire.Assignment
	if err := proto.Unmarshal(got.Encoded, &m); err != nil {
		t.Fatal(err)
	}
	want := &wire.Assignment{Site: "qingfu", SiteName: "青福镇", Labels: m.Labels, Checks: []*wire.Check{{
		Number: 1, Id: "portal", Kind: "http", Target: "https://portal.example/", IntervalNs: 60e9, TimeoutNs: 5e9, WantV6: true,
		Sources: []string{"10.9.8.2"}, Interface: "eth0.120", Addresses: []string{"192.0.2.1", "2001:db8::1"}, SuspicionNs: 20e9,
		Options: []*wire.Option{{Name: "agent", Values: []string{"x"}}, {Name: "body", Values: []string{"政务"}},
			{Name: "method", Values: []string{"GET"}}, {Name: "status", Values: []string{"200", "301"}}},
	}}}
	if !proto.Equal(&m, want) {
		t.Errorf("got %v, want %v", &m, want)
	}
	if hub := a.Current("hub"); hub == nil || len(hub.Encoded) == 0 {
		t.Errorf("a site without checks: got %v, want an assignment that says so", hub)
	}
	// On disk before anybody sees it, and the same bytes after a restart.
	var stored []byte
	if err := db.Read.QueryRow("SELECT assignment FROM revisions WHERE revision = ? AND site = 'qingfu'", got.Revision).Scan(&stored); err != nil || !slices.Equal(stored, got.Encoded) {
		t.Errorf("stored %x, %v; want %x", stored, err, got.Encoded)
	}
	for range 20 { // maps are walked in another order each time
		again := assignments.New(db)
		publish(t, again, district(same))
		if r := again.Current("qingfu").Revision; !slices.Equal(r, got.Revision) {
			t.Fatalf("published again: got revision %x, want %x", r, got.Revision)
		}
	}
}

// TestNotServedUnlessStored: what the disk refused is never handed out.
func TestNotServedUnlessStored(t *testing.T) {
	t.Parallel()
	db, err := state.Open(filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	a := assignments.New(db)
	publish(t, a, district(same))
	before := a.Current("qingfu")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := a.Publish(t.Context(), district(func(s *configs.Site) { s.Checks[0].Target = "https://other.example/" })); err == nil {
		t.Error("published into a closed database, want an error")
	}
	if got := a.Current("qingfu"); got != before {
		t.Errorf("got %v, want the former assignment", got)
	}
	if _, _, err := a.Labels(t.Context(), []byte("another"), 1); err == nil {
		t.Error("looked up in a closed database, want an error and not an unknown revision")
	}
}

func TestEveryChangeIsANewRevision(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	a := assignments.New(db)
	publish(t, a, district(same))
	old := a.Current("qingfu").Revision
	for name, change := range map[string]func(*configs.Site){
		"site name": func(s *configs.Site) { s.Name = "清福镇" },
		"id":        func(s *configs.Site) { s.Checks[0].ID = "x" },
		"kind":      func(s *configs.Site) { s.Checks[0].Kind = "tcp" },
		"target":    func(s *configs.Site) { s.Checks[0].Target = "https://192.0.2.1/" },
		"label":     func(s *configs.Site) { s.Checks[0].TargetName = "renamed" },
		"interval":  func(s *configs.Site) { s.Checks[0].Interval++ },
		"timeout":   func(s *configs.Site) { s.Checks[0].Timeout++ },
		"family":    func(s *configs.Site) { s.Checks[0].Family = checks.V6 },
		"v4 only":   func(s *configs.Site) { s.Checks[0].V4Only = true },
		"want v6":   func(s *configs.Site) { s.Checks[0].WantV6 = false },
		"option":    func(s *configs.Site) { s.Checks[0].Options["status"] = []string{"200"} },
		"no checks": func(s *configs.Site) { s.Checks = nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := assignments.New(db)
			publish(t, b, district(change))
			if slices.Equal(b.Current("qingfu").Revision, old) {
				t.Errorf("another %s kept the revision, want a new one", name)
			}
			got, ok, err := b.Labels(t.Context(), old, 1)
			want := assignments.Check{Site: "qingfu", Check: "portal", Kind: "http", Target: "portal", Interval: time.Minute}
			if err != nil || !ok || got != want {
				t.Errorf("labels of the old revision: got %+v, %v, %v; want %+v", got, ok, err, want)
			}
		})
	}
}

func TestUnknownLabels(t *testing.T) {
	t.Parallel()
	a := assignments.New(newDB(t))
	publish(t, a, district(same))
	for _, c := range []struct {
		name     string
		revision []byte
		number   uint32
	}{
		{"no revision", nil, 1},
		{"another revision", make([]byte, 32), 1},
		{"number 0", a.Current("qingfu").Revision, 0},
		{"a number too many", a.Current("qingfu").Revision, 2},
	} {
		if got, ok, err := a.Labels(t.Context(), c.revision, c.number); ok || err != nil || got != (assignments.Check{}) {
			t.Errorf("%s: got %+v, %v, %v; want none", c.name, got, ok, err)
		}
	}
}

// TestManyRevisions: more than memory keeps are still found.
func TestManyRevisions(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	d := &configs.District{}
	for i := range 1100 {
		d.Sites = append(d.Sites, configs.Site{ID: fmt.Sprint("s", i), Checks: []configs.Check{{Number: 1, ID: "c"}}})
	}
	a := assignments.New(db)
	publish(t, a, d)
	for range 2 {
		for _, s := range d.Sites {
			got, ok, err := a.Labels(t.Context(), a.Current(s.ID).Revision, 1)
			if err != nil || !ok || got.Site != s.ID {
				t.Fatalf("site %s: got %+v, %v, %v", s.ID, got, ok, err)
			}
		}
	}
	if n := assignments.Remembered(a); n > 1024 {
		t.Errorf("%d revisions are kept in memory, want at most 1024", n)
	}
}

func TestWait(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	d := district(same)
	changed := district(func(s *configs.Site) { s.Checks = nil })
	synctest.Test(t, func(t *testing.T) {
		a := assignments.New(db)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Second)
		defer cancel()
		got := make(chan *assignments.Assignment, 1)
		go func() { got <- a.Wait(ctx, "qingfu", nil) }()
		synctest.Wait()
		publishBubble(t, a, d)
		first := <-got
		if first == nil || !slices.Equal(first.Revision, a.Current("qingfu").Revision) {
			t.Fatalf("got %v, want the first assignment as soon as it is there", first)
		}

		// The same district again wakes nobody up for nothing.
		go func() { got <- a.Wait(ctx, "qingfu", first.Revision) }()
		synctest.Wait()
		publishBubble(t, a, d)
		synctest.Wait()
		select {
		case r := <-got:
			t.Fatalf("nothing changed: got %v, want it to wait on", r)
		default:
		}
		time.Sleep(20 * time.Second)
		at := time.Now()
		publishBubble(t, a, changed)
		if r := <-got; r == nil || slices.Equal(r.Revision, first.Revision) || !time.Now().Equal(at) {
			t.Errorf("got %v after %v, want the new assignment at once", r, time.Since(at))
		}

		// Nothing new until the end, and a site that is not there.
		for site, have := range map[string][]byte{"qingfu": a.Current("qingfu").Revision, "nowhere": nil} {
			if r := a.Wait(ctx, site, have); r != nil {
				t.Errorf("%s: got %v at the end, want none", site, r)
			}
		}
	})
}

// publishBubble publishes inside of a synctest bubble, where the database
// must not wait for the bubble's clock.
func publishBubble(t *testing.T, a *assignments.Assignments, d *configs.District) {
	t.Helper()
	if err := a.Publish(context.Background(), d); err != nil {
		t.Fatal(err)
	}
}

// BenchmarkLabels is what a result costs.
func BenchmarkLabels(b *testing.B) {
	db, err := state.Open(filepath.Join(b.TempDir(), "state.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	a := assignments.New(db)
	if err := a.Publish(b.Context(), district(same)); err != nil {
		b.Fatal(err)
	}
	revision := a.Current("qingfu").Revision
	for b.Loop() {
		if _, ok, err := a.Labels(b.Context(), revision, 1); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}
