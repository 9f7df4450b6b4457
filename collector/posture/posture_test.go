package posture

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"

	"fengsui/checks"
	"fengsui/collector/state"
	"fengsui/configs"
)

// A bench is a posture with its database and everything that it appended.
type bench struct {
	*Posture
	t    testing.TB
	db   *state.DB
	path string
	o    Options
	stop func() error

	mu      sync.Mutex
	samples []Sample
	changed int
}

// open makes a posture in dir; in a synctest bubble.
func open(t testing.TB, dir string, o Options) *bench {
	t.Helper()
	b := &bench{t: t, path: filepath.Join(dir, "state.db"), o: o}
	b.start()
	return b
}

func (b *bench) start() {
	b.t.Helper()
	var err error
	if b.db, err = state.Open(b.path); err != nil {
		b.t.Fatal(err)
	}
	o := b.o
	o.DB = b.db
	o.Append = func(_ context.Context, s []Sample) error {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.samples = append(b.samples, s...)
		return nil
	}
	o.Changed = func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.changed++
	}
	if b.Posture, err = Open(o); err != nil {
		b.t.Fatal(err)
	}
}

// seen returns how many samples were written and how often Changed was called.
func (b *bench) seen() (samples, changed int) {
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.samples), b.changed
}

// run starts Run.
func (b *bench) run() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	b.stop = func() error { cancel(); return <-done }
}

// end stops Run and closes the database.
func (b *bench) end() {
	b.t.Helper()
	if b.stop != nil {
		if err := b.stop(); err != nil {
			b.t.Errorf("Run ended with %v, want nil", err)
		}
		b.stop = nil
	}
	if err := b.db.Close(); err != nil {
		b.t.Error(err)
	}
}

// again restarts the collector after some time.
func (b *bench) again(after time.Duration) {
	b.t.Helper()
	b.end()
	time.Sleep(after)
	b.start()
	b.samples = nil
}

// record commits observations as received now.
func (b *bench) record(obs ...Observed) {
	b.t.Helper()
	var commit func()
	err := b.db.Write(context.Background(), func(tx *sql.Tx) (err error) {
		commit, err = b.Record(tx, time.Now(), obs)
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	commit()
}

// last returns the newest value of a series, and whether it has one: never
// written and ended by a marker are none.
func (b *bench) last(name string, pairs ...string) (float64, bool) {
	b.t.Helper()
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	v, has := 0.0, false
	for _, s := range b.samples {
		if s.Labels.Get(model.MetricNameLabel) != name || !carries(s.Labels, pairs) {
			continue
		}
		v, has = s.V, !value.IsStaleNaN(s.V)
	}
	return v, has
}

func carries(l labels.Labels, pairs []string) bool {
	for i := 0; i < len(pairs); i += 2 {
		if l.Get(pairs[i]) != pairs[i+1] {
			return false
		}
	}
	return true
}

// want checks the newest value of a known series: a state, or "none".
func (b *bench) want(when, want, name string, pairs ...string) {
	b.t.Helper()
	got := "none"
	if v, has := b.last(name, pairs...); has {
		got = checks.State(v).String()
	}
	if got != want {
		b.t.Errorf("%s: %s%v is %s, want %s", when, name, pairs, got, want)
	}
}

func (b *bench) wantCheck(when, want string) {
	b.t.Helper()
	b.want(when, want, "fengsui_known_state", "check", "dns", "family", "pair")
}

func (b *bench) wantSite(when, want string) {
	b.t.Helper()
	b.want(when, want, "fengsui_known_site_state", "site", "hub")
}

// increasing checks that no series ever repeats or goes back in time.
func (b *bench) increasing() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	last := map[string]int64{}
	for _, s := range b.samples {
		k := s.Labels.String()
		if t, ok := last[k]; ok && s.T <= t {
			b.t.Errorf("series %s: sample at %d after %d, want later", k, s.T, t)
		}
		last[k] = s.T
	}
}

// saw is a result of check dns of site hub, at a time; a code other than ""
// is down.
func saw(at time.Time, code string) Observed {
	o := Observed{Site: "hub", Check: "dns", Kind: "tcp", Target: "resolver", Interval: time.Minute, At: at}
	if code != "" {
		o.State = checks.Down
		o.Reason = checks.Reason{Code: code, State: checks.Down}
	}
	return o
}

func family(o Observed, f checks.Family) Observed { o.Family = f; return o }

func inventory(sites ...configs.Site) *configs.District { return &configs.District{Sites: sites} }

func hub(ids ...string) configs.Site {
	s := configs.Site{ID: "hub", Name: "青山区", Kind: "hub"}
	for i, id := range ids {
		s.Checks = append(s.Checks, configs.Check{Number: uint32(i + 1), ID: id, Kind: "tcp", Target: "10.0.0.1:53", TargetName: "resolver", Interval: time.Minute})
	}
	return s
}

// transitions returns the record of a check's family as "seconds:code …" from
// a time on; up is written "up".
func (b *bench) transitions(zero time.Time, f checks.Family) string {
	b.t.Helper()
	rows, err := b.db.Read.Query("SELECT at, state, code FROM transitions WHERE check_ = 'dns' AND family = ? ORDER BY at, id", f)
	if err != nil {
		b.t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var at int64
		var s checks.State
		var code string
		if err := rows.Scan(&at, &s, &code); err != nil {
			b.t.Fatal(err)
		}
		if code == "" {
			code = s.String()
		}
		all = append(all, fmt.Sprintf("%v:%s", time.Unix(0, at).Sub(zero).Seconds(), code))
	}
	return strings.Join(all, " ")
}

func bubble(t *testing.T, f func(t *testing.T)) {
	t.Parallel()
	synctest.Test(t, f)
}

func TestCheckSilence(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := open(t, t.TempDir(), Options{})
		defer b.end()
		b.SetInventory(inventory(hub("dns")))
		b.run()
		time.Sleep(time.Minute)
		b.wantCheck("nothing seen", "none")
		b.record(saw(time.Now(), "refused"))
		b.wantCheck("never succeeded", "none")
		time.Sleep(time.Minute)
		b.record(saw(time.Now(), ""))
		b.wantCheck("first success", "up")
		time.Sleep(time.Minute)
		b.record(saw(time.Now(), "refused"))
		b.wantCheck("refused", "down")
		time.Sleep(2*time.Minute + 30*time.Second)
		b.wantCheck("two intervals and the grace old", "down")
		if age, _ := b.last("fengsui_known_age_seconds", "check", "dns"); age < 100 || age > 150 {
			t.Errorf("age written every minute is %v, want between 100 and 150", age)
		}
		time.Sleep(10 * time.Millisecond)
		b.wantCheck("older than that", "silent")
		b.record(saw(time.Now(), "refused"))
		b.wantCheck("back", "down")
		b.increasing()
	})
}

// TestSiteClock: how far a machine's clock is ahead is known while it speaks,
// at once when it moves, and not beyond.
func TestSiteClock(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := open(t, t.TempDir(), Options{})
		defer b.end()
		b.SetInventory(inventory(hub()))
		b.run()
		b.Contact("hub", time.Now())
		want := func(when, want string, shown time.Duration) {
			t.Helper()
			time.Sleep(10 * time.Millisecond)
			got := "none"
			if v, has := b.last("fengsui_known_clock_offset_seconds", "site", "hub"); has {
				got = fmt.Sprint(v)
			}
			if got != want {
				t.Errorf("%s: fengsui_known_clock_offset_seconds is %s, want %s", when, got, want)
			}
			if got := b.Snapshot().Sites[0].Ahead; got != shown {
				t.Errorf("%s: the snapshot shows %v, want %v", when, got, shown)
			}
		}
		want("before a push", "none", 0)
		b.Clock("hub", -8*time.Hour)
		want("8 h behind", "-28800", -8*time.Hour)
		b.Clock("hub", 2*time.Second)
		want("set, nearly right", "2", 2*time.Second)
		b.Clock("hub", 2900*time.Millisecond)
		want("less than a second more", "2", 2900*time.Millisecond)
		time.Sleep(46 * time.Second)
		want("silent", "none", 0)
		b.Contact("hub", time.Now())
		want("back, before a push", "none", 0)
		b.Clock("hub", 0)
		want("right", "0", 0)
		b.SetInventory(inventory())
		time.Sleep(10 * time.Millisecond)
		if _, has := b.last("fengsui_known_clock_offset_seconds", "site", "hub"); has {
			t.Error("a removed site has a clock, want a marker")
		}
		b.increasing()
	})
}

// TestSiteSpool: how full a site's spool is, is known while it is heard, written
// at once when it moves, and never of an agent that does not say it.
func TestSiteSpool(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := open(t, t.TempDir(), Options{})
		defer b.end()
		b.SetInventory(inventory(hub()))
		b.run()
		b.Contact("hub", time.Now())
		want := func(when, filled, oldest string, shown Spool) {
			t.Helper()
			time.Sleep(10 * time.Millisecond)
			for name, want := range map[string]string{"fengsui_known_spool_ratio": filled, "fengsui_known_spool_oldest_seconds": oldest} {
				got := "none"
				if v, has := b.last(name, "site", "hub"); has {
					got = fmt.Sprintf("%.3g", v)
				}
				if got != want {
					t.Errorf("%s: %s is %s, want %s", when, name, got, want)
				}
			}
			if got := b.Snapshot().Sites[0].Spool; got != shown {
				t.Errorf("%s: the snapshot shows %+v, want %+v", when, got, shown)
			}
		}
		time.Sleep(30 * time.Second)
		b.Contact("hub", time.Now())
		want("an agent that does not say it", "none", "none", Spool{})
		half := Spool{Filled: 0.5, Oldest: time.Now().Add(-time.Hour).Round(0)}
		b.Spool("hub", half)
		want("half full", "0.5", "3.6e+03", half)
		little := Spool{Filled: 0.505, Oldest: half.Oldest}
		b.Spool("hub", little)
		want("less than a hundredth more", "0.5", "3.6e+03", little)
		b.Spool("hub", Spool{})
		want("empty", "0", "0", Spool{})
		time.Sleep(46 * time.Second)
		want("silent", "none", "none", Spool{})
		b.Contact("hub", time.Now())
		want("back, before a push", "none", "none", Spool{})
		b.Spool("hub", half)
		b.SetInventory(inventory())
		time.Sleep(10 * time.Millisecond)
		if _, has := b.last("fengsui_known_spool_ratio", "site", "hub"); has {
			t.Error("a removed site has a spool, want a marker")
		}
		b.increasing()
	})
}

// TestSpoolLeft: the rest lasts as long as the part that is filled took, in
// proportion; what tells nothing says so.
func TestSpoolLeft(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		spool Spool
		want  string
	}{
		{Spool{0.75, now.Add(-3 * time.Hour)}, "1h0m0s true"},
		{Spool{1, now.Add(-3 * time.Hour)}, "0s true"},
		{Spool{1.2, now.Add(-3 * time.Hour)}, "0s true"},
		{Spool{}, "0s false"},
		{Spool{0, now.Add(-time.Hour)}, "0s false"},
		{Spool{0.5, now.Add(time.Hour)}, "0s false"}, // its clock is ahead
		{Spool{1e-12, now.Add(-time.Hour)}, "0s false"},
	} {
		left, known := c.spool.Left(now)
		if got := fmt.Sprint(left, " ", known); got != c.want {
			t.Errorf("%+v lasts %s, want %s", c.spool, got, c.want)
		}
	}
}

func TestSiteSilence(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := open(t, t.TempDir(), Options{})
		defer b.end()
		b.SetInventory(inventory(hub(), configs.Site{ID: "town", Name: "青福镇", Kind: "town", Parent: "hub"}))
		b.run()
		time.Sleep(time.Hour)
		b.wantSite("never spoke", "none")
		if _, has := b.last("fengsui_site_info", "site", "town", "name", "青福镇", "kind", "town", "parent", "hub"); !has {
			t.Error("fengsui_site_info of town is missing, want 1")
		}
		b.Contact("hub", time.Now())
		b.wantSite("spoke", "up")
		time.Sleep(45 * time.Second)
		b.wantSite("45 s ago", "up")
		_, before := b.seen()
		time.Sleep(10 * time.Millisecond)
		b.wantSite("longer ago", "silent")
		if _, n := b.seen(); n != before+1 {
			t.Errorf("Changed was called %d times at the silence, want once", n-before)
		}
		time.Sleep(10 * time.Minute)
		if _, n := b.seen(); n != before+1 {
			t.Errorf("Changed was called %d times within ten silent minutes, want none", n-before-1)
		}
		if age, _ := b.last("fengsui_known_site_age_seconds", "site", "hub"); age < 550 || age > 660 {
			t.Errorf("age of the silent site is %v, want the ten minutes", age)
		}
		b.Contact("hub", time.Now())
		b.wantSite("back", "up")
		b.increasing()
	})
}

func TestRestart(t *testing.T) {
	for _, length := range []time.Duration{time.Second, 10 * time.Minute, 48 * time.Hour} {
		t.Run(length.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				b := open(t, t.TempDir(), Options{})
				defer func() { b.end() }()
				b.SetInventory(inventory(hub("dns", "web")))
				b.enrol("hub")
				b.run()
				b.Contact("hub", time.Now())
				other := saw(time.Now(), "")
				other.Check = "web"
				b.record(saw(time.Now(), ""), other)
				time.Sleep(time.Minute)
				b.record(saw(time.Now(), "refused"))
				synctest.Wait()

				b.again(length)
				b.SetInventory(inventory(hub("dns", "web")))
				if b.Judging() {
					t.Error("judging before Run, want not")
				}
				b.run()
				time.Sleep(45 * time.Second)
				b.wantSite("not heard for 45 s", "none")
				if b.Judging() || b.Judged("hub", "") {
					t.Error("judging within the first 45 s, want not")
				}
				time.Sleep(2 * time.Millisecond)
				b.wantSite("not heard for longer", "silent")
				if !b.Judging() || !b.Judged("hub", "") {
					t.Error("not judging after 45 s, want judging")
				}
				b.wantCheck("not heard, within its window", "none")
				if b.Judged("hub", "dns") || !b.Judged("hub", "gone") || !b.Judged("gone", "") {
					t.Error("check judged within its window, or a thing that is not there waited for; want neither")
				}
				b.record(saw(time.Now(), "refused"))
				b.wantCheck("heard", "down")
				b.wantSite("heard by a result", "up")
				time.Sleep(105 * time.Second)
				b.want("not heard for its whole window", "silent", "fengsui_known_state", "check", "web")
				b.wantCheck("heard 105 s ago", "down")
			})
		})
	}
}

// enrol puts an agent of a site into the tables as enrolment and Hello do.
func (b *bench) enrol(siteID string) {
	b.t.Helper()
	err := b.db.Write(context.Background(), func(tx *sql.Tx) error {
		if _, err := tx.Exec("INSERT INTO agents (agent, site, serial, enrolled, expires) VALUES (?, ?, '01', 0, 0)", []byte(siteID), siteID); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO instances (agent, instance, first, last, version, arch, boot, booted, self_test)
			VALUES (?, x'01', ?, ?, '', '', x'', 0, x'')`, []byte(siteID), time.Now().UnixNano(), time.Now().UnixNano())
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

func TestEnrolledSiteThatNeverSpoke(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := open(t, t.TempDir(), Options{})
		defer b.end()
		b.SetInventory(inventory(hub()))
		b.enrol("hub")
		if err := b.db.Write(context.Background(), func(tx *sql.Tx) error {
			_, err := tx.Exec("DELETE FROM instances")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		b.run()
		time.Sleep(time.Hour)
		b.wantSite("enrolled, never spoke", "none")
		if s := b.Snapshot().Sites[0]; s.Standing != Unopened || !s.Enrolled {
			t.Errorf("snapshot shows %+v, want enrolled and unopened", s)
		}
		b.Contact("hub", time.Now())
		b.wantSite("spoke", "up")
		if err := b.db.Write(context.Background(), func(tx *sql.Tx) error {
			_, err := tx.Exec("UPDATE agents SET revoked = 1")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(61 * time.Second)
		b.wantSite("revoked", "none")
	})
}

// TestStoodStill: a process that was stopped must not find all sites silent
// when it goes on, since it was deaf itself.
func TestStoodStill(t *testing.T) {
	bubble(t, func(t *testing.T) {
		hang := make(chan struct{})
		b := open(t, t.TempDir(), Options{})
		defer b.end()
		inner := b.Posture.o.Append
		var stuck atomic.Bool
		b.Posture.o.Append = func(ctx context.Context, s []Sample) error {
			if stuck.Swap(false) {
				<-hang
			}
			return inner(ctx, s)
		}
		b.SetInventory(inventory(hub("dns")))
		b.run()
		time.Sleep(46 * time.Second)
		b.record(saw(time.Now(), ""))
		b.Contact("hub", time.Now())
		synctest.Wait()
		stuck.Store(true)
		time.Sleep(10 * time.Minute)
		close(hang)
		time.Sleep(10 * time.Millisecond) // its next turn notices
		b.wantSite("the disk came back", "up")
		b.wantCheck("the disk came back", "up")
		if b.Judging() {
			t.Error("judging right after standing still, want to listen first")
		}
		time.Sleep(46 * time.Second)
		b.wantSite("not heard since", "silent")
	})
}

// TestStorageStoodStill: while nothing that arrives can be stored, nobody is
// silent, however long that takes.
func TestStorageStoodStill(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var since atomic.Pointer[time.Time] // of the commit that hangs
		b := open(t, t.TempDir(), Options{Waiting: func() time.Duration {
			if s := since.Load(); s != nil {
				return time.Since(*s)
			}
			return 0
		}})
		defer b.end()
		b.SetInventory(inventory(hub("dns")))
		b.run()
		time.Sleep(46 * time.Second)
		b.record(saw(time.Now(), ""))
		b.Contact("hub", time.Now())
		now := time.Now()
		since.Store(&now)
		time.Sleep(10 * time.Minute)
		b.wantSite("the disk hangs", "up")
		b.wantCheck("the disk hangs", "up")
		if b.Judging() {
			t.Error("judging while the disk hangs, want not")
		}
		since.Store(nil)
		time.Sleep(40 * time.Second)
		b.wantSite("the disk came back", "up")
		time.Sleep(15 * time.Second)
		b.wantSite("not heard since", "silent")
	})
}

func TestRollback(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := open(t, t.TempDir(), Options{})
		defer b.end()
		b.SetInventory(inventory(hub("dns")))
		b.run()
		zero := time.Now()
		other := saw(zero, "")
		other.Check = "web"
		b.SetInventory(inventory(hub("dns", "web")))
		b.record(saw(zero, ""), other)
		broken := errors.New("broken")
		err := b.db.Write(context.Background(), func(tx *sql.Tx) error {
			if _, err := b.Record(tx, time.Now(), []Observed{saw(zero.Add(time.Second), "refused")}); err != nil {
				return err
			}
			return broken
		})
		if !errors.Is(err, broken) {
			t.Fatal(err)
		}
		b.wantCheck("rolled back", "up")
		other.At = zero.Add(time.Second)
		b.record(other)
		b.wantCheck("rolled back, and another one committed", "up")
		b.record(saw(zero.Add(time.Second), "refused"))
		b.wantCheck("sent again", "down")
		if got, want := b.transitions(zero, checks.Pair), "0:up 1:refused"; got != want {
			t.Errorf("transitions are %s, want %s", got, want)
		}
	})
}

// TestOneTransactionOfManyPushes: a group commit records several pushes, of
// which the later ones see what the earlier ones changed.
func TestOneTransactionOfManyPushes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := open(t, t.TempDir(), Options{})
		defer b.end()
		b.run()
		zero := time.Now()
		var commits []func()
		err := b.db.Write(context.Background(), func(tx *sql.Tx) error {
			for i := range 3 {
				commit, err := b.Record(tx, time.Now(), []Observed{saw(zero.Add(time.Duration(i)*time.Second), "")})
				if err != nil {
					return err
				}
				commits = append(commits, commit)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		b.wantCheck("before commit", "none")
		if at := b.Stored(); !at.IsZero() {
			t.Errorf("stored at %v before a commit, want never", at)
		}
		for _, commit := range commits {
			commit()
		}
		b.wantCheck("after commit", "up")
		if at := b.Stored(); !at.Equal(zero) {
			t.Errorf("stored at %v, want %v", at, zero)
		}
		if got, want := b.transitions(zero, checks.Pair), "0:up"; got != want {
			t.Errorf("transitions are %s, want %s", got, want)
		}
	})
}
