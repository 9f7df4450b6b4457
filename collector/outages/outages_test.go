package outages

import (
	"database/sql"
	"errors"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/util/teststorage"

	"fengsui/checks"
	"fengsui/collector/state"
	"fengsui/configs"
	"fengsui/configs/calendar"
)

// A desk is a record of outages whose clock a test sets, with the tables and
// the history that others would write.
type desk struct {
	*Outages
	t       *testing.T
	db      *state.DB
	history *teststorage.TestStorage
	site    configs.Site
	now     time.Time
}

func newDesk(t *testing.T) *desk {
	db, err := state.Open(filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, db: db, history: teststorage.New(t), now: began}
	t.Cleanup(func() {
		if err := errors.Join(db.Close(), d.history.Close()); err != nil {
			t.Error(err)
		}
	})
	d.site = configs.Site{ID: "town", Name: "青福镇", Gateways: []netip.Addr{netip.MustParseAddr("198.18.4.1")},
		Prefixes: []netip.Prefix{netip.MustParsePrefix("198.18.4.0/24")}, Checks: []configs.Check{
			{ID: "gateway", Kind: "icmp", Target: "198.18.4.1", Subject: "site.town", Interval: time.Minute},
			{ID: "printer", Kind: "tcp", Target: "198.18.4.9:9100", Subject: "service.printer", Interval: time.Minute},
			{ID: "portal", Kind: "http", Target: "https://portal.example/", Subject: "service.portal", Interval: time.Minute},
		}}
	d.restart()
	d.exec("INSERT INTO agents (agent, site, serial, enrolled, expires) VALUES (x'0a', 'town', '', 0, 0)")
	return d
}

// restart begins anew on the same files.
func (d *desk) restart() {
	d.Outages = New(Options{DB: d.db, Queryable: d.history, Now: func() time.Time { return d.now },
		District: func() *configs.District {
			return &configs.District{Sites: []configs.Site{d.site}, Calendar: &calendar.Calendar{}, Alerting: configs.DefaultAlerting()}
		}})
}

func (d *desk) exec(query string, args ...any) {
	d.t.Helper()
	if err := d.db.Write(d.t.Context(), func(tx *sql.Tx) error { _, err := tx.Exec(query, args...); return err }); err != nil {
		d.t.Fatal(err)
	}
}

// hello is what Hello writes: the instance speaks on a boot that began at some
// time.
func (d *desk) hello(instance, boot string, booted time.Time, at time.Time) {
	d.t.Helper()
	d.exec("UPDATE instances SET superseded = ? WHERE instance <> ? AND superseded IS NULL", at.UnixNano(), []byte(instance))
	d.exec(`INSERT INTO instances (agent, instance, first, last, version, arch, boot, booted, self_test) VALUES (x'0a', ?1, ?2, ?2, '', '', ?3, 0, x'')
		ON CONFLICT DO UPDATE SET last = excluded.last`, []byte(instance), at.UnixNano(), []byte(boot))
	d.exec("INSERT OR IGNORE INTO anchors VALUES (x'0a', ?, 0, ?, 0)", []byte(boot), booted.UnixNano())
}

// left is how much is in the agent's spool behind its last push.
func (d *desk) left(n int) { d.exec("UPDATE agents SET unacknowledged = ?", n) }

// result is one of a check, at a time.
func (d *desk) result(check string, state checks.State, at time.Time) {
	d.t.Helper()
	d.append(state, at, "__name__", "fengsui_check_state", "site", "town", "check", check, "family", "pair")
}

// listens is what posture writes while it listens and the site is silent.
func (d *desk) listens(from, to time.Time) {
	d.t.Helper()
	for at := from; !at.After(to); at = at.Add(time.Minute) {
		d.known(checks.Silent, at)
	}
}

func (d *desk) known(state checks.State, at time.Time) {
	d.t.Helper()
	d.append(state, at, "__name__", "fengsui_known_site_state", "site", "town")
}

func (d *desk) append(state checks.State, at time.Time, pairs ...string) {
	d.t.Helper()
	app := d.history.Appender(d.t.Context())
	_, err := app.Append(0, labels.FromStrings(pairs...), at.UnixMilli(), float64(state))
	if err := errors.Join(err, app.Commit()); err != nil {
		d.t.Fatal(err)
	}
}

// results are those of every minute from one time to another.
func (d *desk) results(check string, state checks.State, from, to time.Time) {
	for at := from; at.Before(to); at = at.Add(time.Minute) {
		d.result(check, state, at)
	}
}

// at sets the clock and lets the record look.
func (d *desk) at(now time.Time) {
	d.t.Helper()
	d.now = now
	if err := d.turn(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
}

// silent and back are the news of posture, as it tells them.
func (d *desk) silent() { d.t.Helper(); d.Site("town", true, began); d.at(began.Add(45 * time.Second)) }
func (d *desk) back()   { d.t.Helper(); d.Site("town", false, ended); d.at(ended) }

// one returns the only outage there is.
func (d *desk) one() Outage {
	d.t.Helper()
	all, err := List(d.t.Context(), d.db, "", time.Time{}, Most)
	if err != nil || len(all) != 1 {
		d.t.Fatalf("got %v, %v; want one outage", all, err)
	}
	return all[0]
}

func (d *desk) want(class, code string) {
	d.t.Helper()
	if o := d.one(); o.Class != class || o.Code != code {
		d.t.Errorf("at %s: got %s by %s, want %s by %s", d.now.Sub(began), o.Class, o.Code, class, code)
	}
}

// TestLine: the guess at the return, and what the backlog makes of it.
func TestLine(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		portal      checks.State
		class, code string
		revised     bool
	}{
		"cut":                   {checks.Down, Line, "others_lost", false},
		"behind a wall":         {checks.Up, Firewall, "others_reached", true},
		"degraded is reached":   {checks.Degraded, Firewall, "others_reached", true},
		"unable says nothing":   {checks.Unable, Line, "kept_probing", false},
		"no look beyond itself": {checks.Silent, Line, "kept_probing", false}, // Silent: no result
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.hello("one", "boot", began.Add(-time.Hour), began.Add(-time.Hour))
			d.silent()
			d.want(Unknown, "lasts")
			d.Site("town", false, ended)
			d.at(ended)
			d.want(Unknown, "not_heard") // a poll was the first contact
			d.hello("one", "boot", began.Add(-time.Hour), ended.Add(time.Second))
			d.left(30)
			d.listens(began.Add(45*time.Second), ended)
			d.at(ended.Add(10 * time.Second))
			d.want(Line, "same_process")
			d.results("gateway", checks.Up, began.Add(-time.Minute), ended)
			d.results("printer", checks.Up, began.Add(-time.Minute), ended)
			if tt.portal != checks.Silent {
				// The edges do not count: it was in reach until just behind the
				// last contact, and is again just before the first.
				d.result("portal", checks.Up, began.Add(10*time.Second))
				d.results("portal", tt.portal, began.Add(time.Minute), ended.Add(-time.Minute))
				d.result("portal", checks.Up, ended.Add(-10*time.Second))
			}
			d.left(0)
			d.at(ended.Add(20 * time.Second))
			d.want(tt.class, tt.code)
			o := d.one()
			if o.Guessed != Line || o.Revised.IsZero() == tt.revised || o.Settled || !o.Began.Equal(began) || !o.Ended.Equal(ended) {
				t.Errorf("got %+v, want the guess line, revised: %t, not settled", o, tt.revised)
			}
			d.at(ended.Add(settleIn))
			if o := d.one(); !o.Settled || o.Class != tt.class {
				t.Errorf("got %+v, want it settled as %s", o, tt.class)
			}
		})
	}
}

// TestMachine: what the agent says of itself at the return.
func TestMachine(t *testing.T) {
	t.Parallel()
	hour := began.Add(-time.Hour)
	for name, tt := range map[string]struct {
		before      func(*desk)
		after       func(*desk)
		class, code string
	}{
		"booted meanwhile": {nil, func(d *desk) { d.hello("two", "later", began.Add(9*time.Minute), ended) }, Power, "booted_at"},
		"cut, and booted after ten minutes": {nil, func(d *desk) {
			d.hello("two", "later", began.Add(9*time.Minute), ended)
			d.results("portal", checks.Down, began, began.Add(8*time.Minute))
		}, Line, "others_lost"},
		"booted, and no line for a while": {nil, func(d *desk) {
			d.hello("two", "later", began.Add(5*time.Minute), ended)
			d.results("portal", checks.Down, began.Add(6*time.Minute), ended)
		}, Power, "booted_at"},
		"goodbye": {func(d *desk) { d.exec("UPDATE instances SET goodbye = ?, goodbye_reason = 'stop'", began.UnixNano()) },
			func(d *desk) { d.hello("two", "later", began.Add(9*time.Minute), ended) }, Shutdown, "goodbye"},
		"a new process": {nil, func(d *desk) { d.hello("two", "boot", hour, ended) }, Program, "new_process"},
		"another agent": {nil, func(d *desk) {
			d.exec("UPDATE agents SET revoked = 1")
			d.exec("INSERT INTO agents (agent, site, serial, enrolled, expires) VALUES (x'0b', 'town', '', 0, 0)")
			d.exec(`INSERT INTO instances (agent, instance, first, last, version, arch, boot, booted, self_test) VALUES (x'0b', x'02', ?1, ?1, '', '', x'03', 0, x'')`, ended.UnixNano())
			d.exec("UPDATE instances SET superseded = 1 WHERE agent = x'0a'")
		}, Unknown, "other_agent"},
		"stood still": {nil, func(d *desk) { d.hello("one", "boot", hour, ended) }, Unknown, "stood_still"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.hello("one", "boot", hour, hour)
			if tt.before != nil {
				tt.before(d)
			}
			d.silent()
			d.listens(began.Add(45*time.Second), ended)
			tt.after(d)
			d.back()
			d.at(ended.Add(settleIn))
			d.want(tt.class, tt.code)
		})
	}
}

// TestHours: as long as nobody misses a site its silence is 下班, while it lasts
// and after; then it is what it is. A cut of the afternoon stays one at night.
func TestHours(t *testing.T) {
	t.Parallel()
	day := calendar.DateOf(began) // 10:00
	office := func(open, shut time.Duration) *desk {
		d := newDesk(t)
		d.site.Hours = calendar.Hours{Name: "office", Spans: []calendar.Span{{Open: open, Close: shut}}}
		d.hello("one", "boot", began.Add(-time.Hour), began.Add(-time.Hour))
		d.silent()
		return d
	}
	d := office(8*time.Hour, 10*time.Hour+5*time.Minute) // people leave a little early
	d.want(OffHours, "closed")
	morning := day.AddDays(1).At(8 * time.Hour)
	d.at(morning.Add(10 * time.Minute)) // and come a little late
	d.want(OffHours, "closed")
	d.at(morning.Add(20 * time.Minute))
	d.want(Unknown, "lasts")
	d.hello("two", "later", morning.Add(21*time.Minute), morning.Add(22*time.Minute))
	d.Site("town", false, morning.Add(22*time.Minute))
	d.at(morning.Add(22 * time.Minute))
	d.want(Power, "booted_at")

	d = office(8*time.Hour, 9*time.Hour)
	d.hello("two", "later", began.Add(time.Minute), ended)
	d.back()
	d.want(OffHours, "closed")

	d = office(8*time.Hour, 18*time.Hour)
	d.want(Unknown, "lasts")
	d.at(day.At(23 * time.Hour))
	d.want(Unknown, "lasts")
}

// TestRestart: a collector that comes up in mid-outage finds it, and one that
// finds the site heard ends it.
func TestRestart(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.hello("one", "boot", began.Add(-time.Hour), began.Add(-time.Hour))
	d.silent()
	d.restart()
	d.Site("town", true, began.Add(-time.Minute)) // the time of a contact is not written at once
	d.at(began.Add(5 * time.Minute))
	if o := d.one(); !o.Began.Equal(began) || !o.Ended.IsZero() {
		t.Errorf("got %+v, want the outage that lasts since %s", o, began)
	}
	d.restart()
	d.hello("two", "later", began.Add(6*time.Minute), ended)
	d.back()
	d.want(Power, "booted_at")
	d.Site("town", false, ended.Add(time.Hour)) // heard at a start: no news
	d.at(ended.Add(time.Hour))
	latest, err := Latest(t.Context(), d.db)
	if o := latest["town"]; err != nil || !o.Ended.Equal(ended) || !o.Settled {
		t.Errorf("got %+v, %v; want the outage as it was, settled", o, err)
	}
	d.Site("town", true, ended.Add(2*time.Hour))
	d.at(ended.Add(2 * time.Hour))
	if all, err := List(t.Context(), d.db, "town", ended.Add(time.Minute), 10); err != nil || len(all) != 1 || !all[0].Ended.IsZero() {
		t.Errorf("since a minute behind its end: got %v, %v; want the one that lasts", all, err)
	}
}

// TestOwnAbsence: what an agent saw while the collector was down says nothing
// of a wall or a line, and that it saw nothing then says nothing of the agent.
func TestOwnAbsence(t *testing.T) {
	t.Parallel()
	hour := began.Add(-time.Hour)
	down, up := began.Add(5*time.Minute), began.Add(3*time.Hour)
	for name, tt := range map[string]struct {
		results     func(*desk)
		class, code string
	}{
		"line repaired meanwhile": {func(d *desk) {
			d.results("portal", checks.Down, began.Add(time.Minute), down)
			d.results("portal", checks.Up, down.Add(time.Minute), up)
		}, Line, "others_lost"},
		"nothing before we were down": {func(d *desk) { d.results("portal", checks.Up, down.Add(2*time.Minute), up) }, Unknown, "stood_still"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.hello("one", "boot", hour, hour)
			d.silent()
			d.listens(began.Add(45*time.Second), down)
			tt.results(d)
			d.now = up
			d.restart()
			d.hello("one", "boot", hour, up.Add(time.Second))
			d.known(checks.Up, up.Add(time.Second))
			d.Site("town", false, up.Add(time.Second))
			d.at(up.Add(time.Second))
			d.want(tt.class, tt.code)
		})
	}

	// We listened too shortly to expect anything.
	d := newDesk(t)
	d.hello("one", "boot", hour, hour)
	d.silent()
	d.listens(began.Add(45*time.Second), began.Add(45*time.Second))
	d.now = up
	d.restart()
	d.hello("one", "boot", hour, up)
	d.Site("town", false, up)
	d.at(up)
	d.want(Line, "same_process")
}

// TestShortOutage: a collector at work listened all through an outage that ended
// before the next minute's known state was written.
func TestShortOutage(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.site.Checks[2].Interval = 20 * time.Second
	back := began.Add(4 * time.Minute)
	d.hello("one", "boot", began.Add(-time.Hour), began.Add(-time.Hour))
	d.silent()
	d.listens(began.Add(45*time.Second), began.Add(45*time.Second))
	d.results("portal", checks.Up, began.Add(2*time.Minute), back)
	d.hello("one", "boot", began.Add(-time.Hour), back)
	d.Site("town", false, back)
	d.at(back)
	d.want(Firewall, "others_reached")
}

// TestBacklogOfHours: as long as results are to come an outage is not settled,
// but not for ever.
func TestBacklogOfHours(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.hello("one", "boot", began.Add(-time.Hour), began.Add(-time.Hour))
	d.silent()
	d.hello("one", "boot", began.Add(-time.Hour), ended)
	d.left(1000)
	d.back()
	d.at(ended.Add(5 * time.Hour))
	d.want(Line, "same_process")
	if d.one().Settled {
		t.Error("it is settled while results are to come")
	}
	d.at(ended.Add(giveUp))
	if !d.one().Settled {
		t.Error("it is not settled a day later")
	}
}
