package posture

import (
	"fmt"
	"testing"
	"time"

	"fengsui/checks"
)

// TestDownLooks: of the newest five live results of each family it is known
// how many were down, while any was and somebody sees it.
func TestDownLooks(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := open(t, t.TempDir(), Options{})
		defer b.end()
		b.SetInventory(inventory(hub("dns")))
		b.run()
		want := func(when, want string) {
			t.Helper()
			time.Sleep(10 * time.Millisecond)
			got := "none"
			if v, has := b.last("fengsui_known_down_looks", "site", "hub", "check", "dns", "kind", "tcp", "target", "resolver", "family", "pair"); has {
				got = fmt.Sprint(v)
			}
			if got != want {
				t.Errorf("%s: %s looks of five were down, want %s", when, got, want)
			}
		}
		see := func(s checks.State, at time.Time) {
			b.record(Observed{Site: "hub", Check: "dns", Kind: "tcp", Target: "resolver", Interval: time.Minute, Family: checks.Pair,
				State: s, Reason: checks.Reason{Code: s.String(), State: s}, At: at})
		}
		look := func(states ...checks.State) {
			t.Helper()
			for _, s := range states {
				time.Sleep(10 * time.Second)
				see(s, time.Now())
			}
		}
		look(checks.Up)
		want("up", "none")
		look(checks.Down)
		want("down", "1")
		look(checks.Up, checks.Down, checks.Unable, checks.Unable, checks.Down)
		want("three of five, and two could not look", "3")
		see(checks.Down, time.Now().Add(-time.Hour))
		want("late data", "3")
		look(checks.Up, checks.Degraded)
		want("mending", "2")
		time.Sleep(10 * time.Minute)
		want("silent", "none")
		look(checks.Down)
		want("down behind the silence", "1")
		look(checks.Up, checks.Up, checks.Up, checks.Up, checks.Up)
		want("well again", "none")
		b.increasing()
	})
}
