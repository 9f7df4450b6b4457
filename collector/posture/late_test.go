package posture

import (
	"slices"
	"testing"
	"time"

	"fengsui/checks"
)

// TestLateResults: whatever the order in which results arrive as agents send
// them (live first, then the backlog, oldest first), the transitions are the
// history as it was.
func TestLateResults(t *testing.T) {
	t.Parallel()
	type at struct {
		minute int
		code   string
	}
	tests := []struct {
		name    string
		arrival []at
		want    string
	}{
		{"in order", []at{{0, ""}, {1, "refused"}, {2, "refused"}, {3, ""}}, "0:up 60:refused 180:up"},
		{"nothing happened in the gap", []at{{0, ""}, {30, ""}, {1, ""}, {15, ""}, {29, ""}}, "0:up"},
		{"a fault in the gap", []at{{0, ""}, {30, ""}, {1, ""}, {10, "refused"}, {11, "refused"}, {20, ""}, {29, ""}}, "0:up 600:refused 1200:up"},
		{"a fault to the end of the gap", []at{{0, ""}, {30, ""}, {31, ""}, {10, "refused"}, {29, "refused"}}, "0:up 600:refused 1800:up"},
		{"a fault from the gap on", []at{{0, ""}, {30, "refused"}, {31, "refused"}, {10, "refused"}, {29, "refused"}}, "0:up 600:refused"},
		{"the fault ended before the live one", []at{{0, ""}, {30, "refused"}, {10, "refused"}, {20, ""}, {29, ""}}, "0:up 600:refused 1200:up 1800:refused"},
		{"another reason in the gap", []at{{0, "refused"}, {30, "refused"}, {10, "timeout"}, {20, "refused"}}, "0:refused 600:timeout 1200:refused"},
		{"a second cut within the backlog", []at{{0, ""}, {30, ""}, {10, "refused"}, {60, ""}, {61, ""}, {20, ""}, {40, "refused"}, {50, ""}}, "0:up 600:refused 1200:up 2400:refused 3000:up"},
		{"late before the first", []at{{10, ""}, {11, ""}, {1, "refused"}, {5, ""}}, "60:refused 300:up"},
		{"late before the first, a fault until then", []at{{10, ""}, {1, "refused"}, {5, "refused"}}, "60:refused 600:up"},
		{"one result missing", []at{{0, ""}, {2, ""}, {3, ""}, {1, "refused"}}, "0:up 60:refused 120:up"},
		{"change behind a fault in an earlier gap", []at{{0, ""}, {30, ""}, {31, ""}, {32, "refused"}, {10, "timeout"}, {29, "timeout"}}, "0:up 600:timeout 1800:up 1920:refused"},
	}
	for _, tt := range tests {
		for _, restart := range []bool{false, true} {
			name := tt.name
			if restart {
				name += ", with a restart before each result"
				if tt.name == "one result missing" {
					continue // short gaps live in memory: the end is known to one interval
				}
			}
			t.Run(name, func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					b := open(t, t.TempDir(), Options{})
					defer func() { b.end() }()
					zero := time.Now()
					newest := 0
					for _, a := range tt.arrival {
						if restart { // as by kill -9: nothing is flushed
							b.again(0)
						}
						when := zero.Add(time.Duration(a.minute) * time.Minute)
						if d := time.Until(when); d > 0 {
							time.Sleep(d)
						}
						newest = max(newest, a.minute)
						b.record(saw(when, a.code))
					}
					if got := b.transitions(zero, checks.Pair); got != tt.want {
						t.Errorf("transitions are %s, want %s", got, tt.want)
					}
					cur := b.checks[key{"hub", "dns"}].cur.faces[0]
					if want := zero.Add(time.Duration(newest) * time.Minute).UnixNano(); cur.at != want && !restart {
						t.Errorf("the newest result is at %v, want %d min", time.Unix(0, cur.at).Sub(zero), newest)
					}
					var since int64
					if err := b.db.Read.QueryRow("SELECT max(at) FROM transitions").Scan(&since); err != nil || since != cur.since {
						t.Errorf("the current state holds since %v, want since the last transition, %v", time.Unix(0, cur.since).Sub(zero), time.Unix(0, since).Sub(zero))
					}
					last := slices.MaxFunc(tt.arrival, func(x, y at) int { return x.minute - y.minute })
					if cur.reason.Code != last.code {
						t.Errorf("the current reason is %q, want the newest result's, %q", cur.reason.Code, last.code)
					}
				})
			})
		}
	}
}

// TestBacklogIsNotNow: a backlog that comes without a live result neither
// opens an alarm nor ends a silence.
func TestBacklogIsNotNow(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := open(t, t.TempDir(), Options{})
		defer b.end()
		b.run()
		zero := time.Now()
		b.record(saw(zero, ""))
		time.Sleep(30 * time.Minute)
		b.wantCheck("cut", "silent")
		b.record(saw(zero.Add(10*time.Minute), "refused"))
		b.wantCheck("backlog", "silent")
		b.record(saw(zero.Add(28*time.Minute), "refused")) // within the window, but a newer one was due
		b.wantCheck("end of the backlog", "silent")
		b.record(saw(zero.Add(29*time.Minute), ""))
		b.wantCheck("live", "up")
	})
}

// TestGapsEnd: what is filled is forgotten, on disk too.
func TestGapsEnd(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := open(t, t.TempDir(), Options{})
		defer b.end()
		zero := time.Now()
		b.record(saw(zero, ""))
		time.Sleep(10 * time.Minute)
		b.record(saw(time.Now(), ""))
		count := func() (n int) {
			if err := b.db.Read.QueryRow("SELECT count(*) FROM gaps").Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		if n := count(); n != 1 {
			t.Fatalf("after a cut of 10 min: %d gaps on disk, want 1", n)
		}
		for m := range 9 {
			b.record(saw(zero.Add(time.Duration(m+1)*time.Minute), ""))
		}
		if n, in := count(), len(b.checks[key{"hub", "dns"}].cur.gaps); n != 0 || in != 0 {
			t.Errorf("after the backlog: %d gaps on disk and %d in memory, want none", n, in)
		}
	})
}

// TestFamiliesInABacklog: each family has its own transitions.
func TestFamiliesInABacklog(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := open(t, t.TempDir(), Options{})
		defer b.end()
		zero := time.Now()
		both := func(minute int, v6 string) {
			at := zero.Add(time.Duration(minute) * time.Minute)
			pair := saw(at, "")
			if v6 != "" {
				pair.State, pair.Reason = checks.Degraded, checks.Reason{Code: "aaaa_dead", State: checks.Degraded}
			}
			b.record(pair, family(saw(at, ""), checks.V4), family(saw(at, v6), checks.V6))
		}
		both(0, "")
		time.Sleep(30 * time.Minute)
		both(30, "")
		for m := 1; m < 30; m++ {
			code := ""
			if m >= 10 && m < 20 {
				code = "timeout"
			}
			both(m, code)
		}
		for f, want := range map[checks.Family]string{
			checks.Pair: "0:up 600:aaaa_dead 1200:up",
			checks.V4:   "0:up",
			checks.V6:   "0:up 600:timeout 1200:up",
		} {
			if got := b.transitions(zero, f); got != want {
				t.Errorf("transitions of family %v are %s, want %s", f, got, want)
			}
		}
	})
}
