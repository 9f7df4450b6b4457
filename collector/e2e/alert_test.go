package e2e_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"fengsui/collector/e2e"
)

// TestAlertOutlivesTheCollector: an alert that is open stays open over a
// restart without a second notification; a restart raises nothing; the end of
// an alert is told once, also when it came while the collector was away.
func TestAlertOutlivesTheCollector(t *testing.T) {
	t.Parallel()
	d := district(t, 15*time.Second)
	target := listener(t)
	must(t, d.Configure("sites.hcl", site("qingfu", target, 1)+site("hexi", target, 1)))
	must(t, d.StartCollector(t.Context()))
	stays, goes := enrol(t, d, "qingfu"), enrol(t, d, "hexi")
	must(t, stays.Start())
	must(t, goes.Start())
	results(t, d, "qingfu", 3)
	results(t, d, "hexi", 3)

	// A restart with everybody well raises nothing.
	must(t, d.Collector().Stop(patience))
	must(t, d.StartCollector(t.Context()))
	judging(t, d)
	if got := d.Hook.Got(); len(got) != 0 {
		t.Fatalf("a restart notified: %s", got[0].Raw)
	}

	goes.Process().Kill()
	until(t, "the alert", func() error {
		if n := len(d.Hook.Got()); n != 1 {
			return fmt.Errorf("%d notifications", n)
		}
		return nil
	})
	if n := d.Hook.Got()[0]; n.Status != "firing" || len(n.Alerts) != 1 || n.Alerts[0].Labels["site"] != "hexi" {
		t.Fatalf("got %s, want one alert of hexi, firing", n.Raw)
	}

	// Clean stop, then a power cut: the alert stays open and nobody is told.
	for _, stop := range []func(){
		func() { must(t, d.Collector().Stop(patience)) },
		func() { d.Collector().Kill() },
	} {
		stop()
		must(t, d.StartCollector(t.Context()))
		open(t, d, 1) // at once, before anything is judged
		judging(t, d)
		open(t, d, 1)
	}
	time.Sleep(6 * time.Second) // two group intervals in which a second one would come
	if got := d.Hook.Got(); len(got) != 1 {
		t.Fatalf("got %d notifications after two restarts, want still one; the last: %s", len(got), got[len(got)-1].Raw)
	}

	// The site comes back while the collector is away: told once.
	must(t, d.Collector().Stop(patience))
	must(t, goes.Start())
	must(t, d.StartCollector(t.Context()))
	until(t, "the end of the alert", func() error {
		got := d.Hook.Got()
		if len(got) != 2 {
			return fmt.Errorf("%d notifications, want 2", len(got))
		}
		if n := got[1]; n.Status != "resolved" || len(n.Sites("resolved")) != 1 {
			return fmt.Errorf("got %s, want hexi resolved", n.Raw)
		}
		return nil
	})
	open(t, d, 0)
}

// judging waits until the collector has an opinion again.
func judging(t *testing.T, d *e2e.District) {
	t.Helper()
	// Not by the known series: those from before the restart are seen for five
	// minutes.
	until(t, "the collector to judge", func() error {
		page, err := d.Web().Get(t.Context(), "/plain?lang=en")
		if err == nil && !strings.Contains(page, "listening and judging since") {
			err = errors.New("it has no opinion yet")
		}
		return err
	})
}

// open wants that many alerts on the page that people look at.
func open(t *testing.T, d *e2e.District, want int) {
	t.Helper()
	until(t, fmt.Sprintf("%d open alerts on /plain", want), func() error {
		page, err := d.Web().Get(t.Context(), "/plain?lang=en")
		if err != nil {
			return err
		}
		if got := strings.Count(page, `class="alert"`); got != want {
			return fmt.Errorf("got %d", got)
		}
		return nil
	})
}
