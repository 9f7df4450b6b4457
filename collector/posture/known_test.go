package posture

import (
	"context"
	"database/sql"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/prometheus/storage"

	"fengsui/checks"
	"fengsui/configs"
)

func TestUnopenedIsPerFamily(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := open(t, t.TempDir(), Options{})
		defer b.end()
		b.SetInventory(inventory(hub("dns")))
		b.run()
		degraded := saw(time.Now(), "")
		degraded.State, degraded.Reason = checks.Degraded, checks.Reason{Code: "aaaa_dead", State: checks.Degraded}
		b.record(degraded, family(saw(degraded.At, ""), checks.V4), family(saw(degraded.At, "refused"), checks.V6))
		b.wantCheck("v6 never worked", "degraded")
		b.want("v6 never worked", "up", "fengsui_known_state", "family", "4")
		b.want("v6 never worked", "none", "fengsui_known_state", "family", "6")
		faces := b.Snapshot().Sites[0].Checks[0].Families
		if len(faces) != 3 || faces[2].Standing != Unopened || faces[2].Seen != checks.Down {
			t.Errorf("snapshot shows %+v, want family 6 unopened and seen down", faces)
		}
	})
}

// TestFamilyNoLongerObserved: a name that lost its AAAA record, or a target
// that became a literal address, is not silent over IPv6.
func TestFamilyNoLongerObserved(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := open(t, t.TempDir(), Options{})
		defer func() { b.end() }()
		b.SetInventory(inventory(hub("dns")))
		b.run()
		at := time.Now()
		b.record(saw(at, ""), family(saw(at, ""), checks.V4), family(saw(at, ""), checks.V6))
		b.want("both families", "up", "fengsui_known_state", "family", "6")
		time.Sleep(time.Minute)
		b.record(saw(time.Now(), ""), family(saw(time.Now(), ""), checks.V4))
		b.want("v4 only", "none", "fengsui_known_state", "family", "6")
		b.want("v4 only", "up", "fengsui_known_state", "family", "4")
		b.again(time.Minute)
		b.SetInventory(inventory(hub("dns")))
		b.run()
		time.Sleep(5 * time.Minute)
		b.want("restarted and cut", "none", "fengsui_known_state", "family", "6")
		b.want("restarted and cut", "silent", "fengsui_known_state", "family", "4")
	})
}

func TestRemovedGetsAMarker(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := open(t, t.TempDir(), Options{})
		defer b.end()
		b.SetInventory(inventory(hub("dns")))
		b.run()
		b.Contact("hub", time.Now())
		b.record(saw(time.Now(), ""))
		b.wantCheck("listed", "up")

		b.SetInventory(inventory(hub()))
		time.Sleep(time.Millisecond)
		b.wantCheck("check removed", "none")
		b.wantSite("check removed", "up")
		if n := len(b.Snapshot().Sites[0].Checks); n != 0 {
			t.Errorf("snapshot shows %d checks, want none", n)
		}
		b.record(saw(time.Now(), "refused"))
		b.wantCheck("a last result of the old assignment", "none")

		b.SetInventory(inventory(hub("dns")))
		b.wantCheck("listed again, not run yet", "down") // it was just seen

		b.SetInventory(inventory())
		time.Sleep(time.Millisecond)
		b.wantCheck("site removed", "none")
		b.wantSite("site removed", "none")
		if _, has := b.last("fengsui_site_info"); has {
			t.Error("fengsui_site_info has a value for the removed site, want a marker")
		}
		if n := len(b.Snapshot().Sites); n != 0 {
			t.Errorf("snapshot shows %d sites, want none", n)
		}
		time.Sleep(10 * time.Minute)
		n, _ := b.seen()
		time.Sleep(10 * time.Minute)
		if more, _ := b.seen(); more != n {
			t.Errorf("%d samples were written of nothing", more-n)
		}
		b.increasing()
	})
}

func TestListedAgainIsNotSilentAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := open(t, t.TempDir(), Options{})
		defer b.end()
		b.SetInventory(inventory(hub("dns")))
		b.run()
		b.record(saw(time.Now(), ""))
		synctest.Wait()
		b.SetInventory(inventory(hub()))
		time.Sleep(time.Hour)
		b.SetInventory(inventory(hub("dns")))
		time.Sleep(3 * time.Minute)
		b.wantCheck("its agent runs it within a minute", "none")
		time.Sleep(31 * time.Second)
		b.wantCheck("it did not", "silent")
	})
}

func TestShorterIntervalIsNotSilentAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := open(t, t.TempDir(), Options{})
		defer b.end()
		site := hub("dns")
		site.Checks[0].Interval = time.Hour
		b.SetInventory(inventory(site))
		b.run()
		b.record(saw(time.Now(), ""))
		time.Sleep(30 * time.Minute)
		b.wantCheck("hourly", "up")
		b.SetInventory(inventory(hub("dns")))
		time.Sleep(time.Minute)
		b.wantCheck("every minute from now on", "up")
		time.Sleep(3 * time.Minute)
		b.wantCheck("and it does not come", "silent")
	})
}

func TestOtherLabelsAreAnotherSeries(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := open(t, t.TempDir(), Options{})
		defer b.end()
		site := hub("dns")
		b.SetInventory(inventory(site))
		b.run()
		b.record(saw(time.Now(), ""))
		b.want("first", "up", "fengsui_known_state", "target", "resolver")
		site.Checks = []configs.Check{site.Checks[0]}
		site.Checks[0].TargetName = "portal"
		b.SetInventory(inventory(site))
		time.Sleep(time.Millisecond)
		b.want("renamed", "none", "fengsui_known_state", "target", "resolver")
		b.want("renamed", "up", "fengsui_known_state", "target", "portal")
	})
}

// TestClockSteps: the wall clock of the collector goes back an hour, and
// later forward again; nobody becomes silent, nobody stays alive by it, and
// no series goes back. The clock here has no monotonic reading, which is the
// worst that Options.Now can be.
func TestClockSteps(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var step atomic.Int64
		now := func() time.Time { return time.Now().Round(0).Add(time.Duration(step.Load())) }
		b := open(t, t.TempDir(), Options{Now: now})
		defer b.end()
		b.SetInventory(inventory(hub("dns")))
		b.run()
		live := func() {
			var commit func()
			if err := b.db.Write(context.Background(), func(tx *sql.Tx) (err error) {
				commit, err = b.Record(tx, now(), []Observed{saw(now(), "")})
				return err
			}); err != nil {
				t.Fatal(err)
			}
			commit()
			b.Contact("hub", now())
		}
		time.Sleep(time.Minute)
		live()
		b.wantCheck("before", "up")
		step.Store(-int64(time.Hour))
		time.Sleep(30 * time.Second)
		b.wantSite("the clock went back", "up")
		if b.Refused() == nil {
			t.Error("Refused is nil while known states lie an hour ahead of the clock, want the reason")
		}
		time.Sleep(time.Minute)
		b.wantSite("nothing came for longer than 45 s", "silent")
		time.Sleep(2 * time.Minute)
		b.wantCheck("nothing came for longer than its window", "silent")
		live()
		b.wantSite("it speaks again", "up")
		b.wantCheck("it speaks again", "up")
		step.Store(0)
		time.Sleep(30 * time.Second)
		b.wantSite("the clock went forward", "up")
		b.wantCheck("the clock went forward", "up")
		if err := b.Refused(); err != nil {
			t.Errorf("Refused is %v after the clock went forward, want nil", err)
		}
		b.increasing()
	})
}

// TestRefusedSamplesAreTold: the process goes on, and says that rules are blind.
func TestRefusedSamplesAreTold(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := open(t, t.TempDir(), Options{})
		defer b.end()
		inner := b.Posture.o.Append
		var refusing atomic.Bool
		refusing.Store(true)
		b.Posture.o.Append = func(ctx context.Context, s []Sample) error {
			if refusing.Load() {
				return fmt.Errorf("2 of 2 known samples were refused: %w", storage.ErrTooOldSample)
			}
			return inner(ctx, s)
		}
		b.SetInventory(inventory(hub("dns")))
		b.run()
		b.Contact("hub", time.Now())
		synctest.Wait()
		if b.Refused() == nil {
			t.Error("Refused is nil while the TSDB refuses, want the reason")
		}
		refusing.Store(false)
		time.Sleep(61 * time.Second)
		synctest.Wait()
		if err := b.Refused(); err != nil {
			t.Errorf("Refused is %v after the TSDB took samples again, want nil", err)
		}
	})
}

func TestFailingDiskEndsRun(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := open(t, t.TempDir(), Options{})
		defer b.end()
		broken := fmt.Errorf("input/output error")
		b.Posture.o.Append = func(context.Context, []Sample) error { return broken }
		b.SetInventory(inventory(hub("dns")))
		if err := b.Run(context.Background()); err == nil {
			t.Error("Run ended without an error, want the disk's")
		}
	})
}

// TestWritesAreLazy: what does not change costs no row at each result.
func TestWritesAreLazy(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := open(t, t.TempDir(), Options{})
		defer func() { b.end() }()
		zero := time.Now()
		var changes int
		total := func() (n int) {
			if err := b.db.Write(context.Background(), func(tx *sql.Tx) error {
				return tx.QueryRow("SELECT total_changes()").Scan(&n)
			}); err != nil {
				t.Fatal(err)
			}
			return n
		}
		o := saw(zero, "")
		o.Findings = []checks.Finding{{Rule: "aaaa_absent", Family: checks.V6, Outcome: checks.Pass, Evidence: "AAAA present"}}
		b.record(o)
		changes = total()
		for range 4 {
			time.Sleep(time.Minute)
			o.At = time.Now()
			b.record(o)
		}
		if n := total(); n != changes {
			t.Errorf("four equal results wrote %d rows, want none", n-changes)
		}
		for range 4 {
			time.Sleep(time.Minute)
			o.At = time.Now()
			b.record(o)
		}
		if n := total() - changes; n != 2 {
			t.Errorf("eight equal results wrote %d rows, want the check and its finding once in five minutes", n)
		}
		newest := o.At
		b.run()
		b.again(0)
		if s := b.checks[key{"hub", "dns"}].cur.faces[0]; s.at != newest.UnixNano() || s.since != zero.UnixNano() || s.opened != zero.UnixNano() {
			t.Errorf("after a clean stop: at, since, opened are %v, %v, %v; want %v, 0s, 0s", s.at, s.since, s.opened, newest.Sub(zero))
		}
	})
}

func TestFindings(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := open(t, t.TempDir(), Options{})
		defer b.end()
		found := func(at time.Time, rules ...string) {
			o := saw(at, "")
			for _, r := range rules {
				o.Findings = append(o.Findings, checks.Finding{Rule: r, Family: checks.V6, Outcome: checks.Fail, Evidence: "seen at " + at.Format("15:04")})
			}
			b.record(o)
		}
		zero := time.Now()
		found(zero, "v6_worse")
		o := saw(zero.Add(time.Minute), "")
		o.Findings = []checks.Finding{{Rule: "v6_worse", Family: checks.V6, Outcome: checks.Pass}}
		b.record(o)
		found(zero.Add(30*time.Second), "v6_worse") // late: the newer outcome stands
		var outcome checks.Outcome
		if err := b.db.Read.QueryRow("SELECT outcome FROM findings WHERE rule = 'v6_worse'").Scan(&outcome); err != nil || outcome != checks.Pass {
			t.Errorf("the newest outcome is %v, %v; want pass", outcome, err)
		}
		var many []string
		for i := range 1000 {
			many = append(many, fmt.Sprint("rule", i))
		}
		found(zero.Add(2*time.Minute), many...)
		var n int
		if err := b.db.Read.QueryRow("SELECT count(*) FROM findings").Scan(&n); err != nil || n != maxFindings {
			t.Errorf("a thousand rules left %d findings, %v; want %d", n, err, maxFindings)
		}
	})
}
