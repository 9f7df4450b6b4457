package tasks_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fengsui/checks"
	"fengsui/checks/all"
	"fengsui/collector/alerts"
	"fengsui/collector/history"
	"fengsui/collector/posture"
	"fengsui/collector/state"
	"fengsui/collector/tasks"
	"fengsui/configs"
)

// fresh is a district of 89 sites with the shipped rules and one of its own.
func fresh(t *testing.T) *configs.District {
	t.Helper()
	var b strings.Builder
	for i := range 89 {
		fmt.Fprintf(&b, `
site "s%02d" {
  kind = "community"
  check "tcp" "portal" {
    target   = "127.0.0.1:443"
    interval = "60s"
  }
}
`, i)
	}
	b.WriteString(`
alert "check_down" {
  expr     = "fengsui_known_state >= 2"
  severity = "page"
  summary {
    zh = "{{ $labels.check }} 中断"
    en = "{{ $labels.check }} is down"
  }
}
`)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "sites.hcl"), []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := configs.Load(dir, all.Kinds(), alerts.ParseExpr)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestFirstHour: of a fresh district ten of 89 sites exist. In its first hour
// nobody is called, and 79 tasks say what is to be done.
func TestFirstHour(t *testing.T) {
	t.Parallel()
	d := fresh(t)
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		db, err := state.Open(filepath.Join(dir, "state.db"))
		h, err2 := history.Open(filepath.Join(dir, "history"), history.Options{})
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		var a *alerts.Alerts
		p, err := posture.Open(posture.Options{DB: db, Append: h.AppendKnown, Changed: func() { a.Trigger() }})
		if err != nil {
			t.Fatal(err)
		}
		p.SetInventory(d)
		a, err = alerts.Open(alerts.Options{DB: db, Queryable: h, Judging: p.Judging, Judged: p.Judged})
		if err == nil {
			err = a.Reload(d.Rules, nil, d.Route)
		}
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 2)
		go func() { done <- p.Run(ctx) }()
		go func() { done <- a.Run(ctx) }()

		dead := checks.Reason{Code: "refused", State: checks.Down}
		look := func(site string, reason checks.Reason) {
			t.Helper()
			var commit func()
			err := db.Write(ctx, func(tx *sql.Tx) (err error) {
				commit, err = p.Record(tx, time.Now(), []posture.Observed{{Site: site, Check: "portal", Kind: "tcp", Target: "portal",
					Interval: time.Minute, State: reason.State, Reason: reason, At: time.Now()}})
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			commit()
		}
		most := 0
		for minute := range 60 {
			for i := range 10 {
				site := fmt.Sprintf("s%02d", i)
				if minute == 2*i { // they are installed one after the other
					if err := db.Write(ctx, func(tx *sql.Tx) error {
						_, err := tx.Exec("INSERT INTO agents (agent, site, serial, enrolled, expires) VALUES (?, ?, '', 0, 0)", []byte(site), site)
						return err
					}); err != nil {
						t.Fatal(err)
					}
				}
				if minute >= 2*i {
					p.Contact(site, time.Now())
					reason := checks.Reason{}
					if minute < 2*i+5 { // and the wall is opened for them later
						reason = dead
					}
					look(site, reason)
				}
			}
			for range 2 { // pushes of those that are there
				time.Sleep(30 * time.Second)
				for i := range 10 {
					if minute >= 2*i {
						p.Contact(fmt.Sprintf("s%02d", i), time.Now())
					}
				}
				synctest.Wait()
				most = max(most, len(a.Open()))
			}
		}
		if most > 0 {
			t.Errorf("up to %d alerts were open, want none: %v", most, a.Open())
		}
		list := tasks.Of(d, p.Snapshot())
		for _, task := range list {
			if task.Kind != tasks.Enrol {
				t.Errorf("got the task %q, want only those of sites without an agent", task.What("en"))
			}
		}
		if len(list) != 79 {
			t.Errorf("got %d tasks, want 79", len(list))
		}

		// That there was nothing to say was not for want of rules.
		look("s03", dead)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if open := a.Open(); len(open) != 1 || open[0].Rule != "check_down" || open[0].Labels["site"] != "s03" {
			t.Errorf("got open alerts %v, want the one of s03", open)
		}
		stop()
		if err := errors.Join(<-done, <-done, h.Close(), db.Close()); err != nil {
			t.Error(err)
		}
	})
}
