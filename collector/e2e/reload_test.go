package e2e_test

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestReload: SIGHUP takes a configuration as a whole; a broken one leaves the
// old one at work, and that is told.
func TestReload(t *testing.T) {
	t.Parallel()
	d := district(t, 20*time.Second)
	target := listener(t)
	must(t, d.Configure("sites.hcl", site("qingfu", target, 1)))
	must(t, d.StartCollector(t.Context()))
	a := enrol(t, d, "qingfu")
	must(t, a.Start())
	results(t, d, "qingfu", 2)

	refused := func(want string) {
		t.Helper()
		must(t, d.Collector().Signal(syscall.SIGHUP))
		until(t, "the reload", func() error {
			metrics, err := d.Web().Get(t.Context(), "/metrics")
			if err == nil && !strings.Contains(metrics, "\nfengsui_collector_reload_refused "+want+"\n") {
				err = errors.New("fengsui_collector_reload_refused is not " + want)
			}
			return err
		})
	}
	must(t, d.Configure("more.hcl", "alert \"site_silent\" {\n  expr = \"fengsui_known_site_state == 5\"\n  severity = \"page\"\n}\nsite \"hexi\" { knd = \"town\" }\n"))
	refused("1")
	if out := d.Collector().Output(); !strings.Contains(out, "more.hcl:5") || !strings.Contains(out, "knd") {
		t.Errorf("the log names no place in more.hcl; it says:\n%s", out)
	}
	rules, err := d.Web().Get(t.Context(), "/api/v1/rules")
	must(t, err)
	if !strings.Contains(rules, "fengsui_known_site_state == 4") {
		t.Errorf("the rules are %s, want the former one", rules)
	}
	books, err := d.Books(t.Context())
	must(t, err)
	held, _ := books.Holes("qingfu")
	results(t, d, "qingfu", held+2) // the old one works

	must(t, d.Configure("more.hcl", ""))
	must(t, d.Configure("sites.hcl", site("qingfu", target, 2)))
	refused("0")
	until(t, "the new check", func() error {
		known, err := d.Web().Scalar(t.Context(), `fengsui_known_state{check="c1",family="pair"}`)
		if err == nil && known != 0 {
			err = fmt.Errorf("its state is %v", known)
		}
		return err
	})
	page, err := d.Web().Get(t.Context(), "/plain?lang=en")
	must(t, err)
	if strings.Contains(page, "nothing was stored since the start") {
		t.Error("the page says that nothing was stored since the start")
	}
}
