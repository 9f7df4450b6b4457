package e2e_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"fengsui/collector/e2e"
	"fengsui/collector/outages"
)

// TestOutageIsClassified: a site falls silent and comes back as the same
// process; the running collector writes down when, and that it was the line.
func TestOutageIsClassified(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	d := district(t, 4*time.Second)
	must(t, d.Configure("sites.hcl", `site "qingfu" { kind = "town" }`))
	must(t, d.StartCollector(ctx))
	code, err := d.Code(ctx, "qingfu")
	must(t, err)
	cert, err := e2e.EnrolSim(ctx, d.Listen, code)
	must(t, err)
	s := e2e.NewSim(d.Listen, cert, time.Hour)
	_, err = s.Hello(ctx)
	must(t, err)
	record := func(what string, ok func([]outages.Outage) bool) {
		t.Helper()
		until(t, what, func() error {
			text, err := d.Web().Get(ctx, "/api/v1/fengsui/outages?site=qingfu")
			if err != nil {
				return err
			}
			var answer struct{ Data []outages.Outage }
			if err := json.Unmarshal([]byte(text), &answer); err != nil {
				return err
			}
			if !ok(answer.Data) {
				return fmt.Errorf("the record is %s", text)
			}
			return nil
		})
	}
	record("the outage", func(all []outages.Outage) bool { return len(all) == 1 && all[0].Ended.IsZero() })
	_, err = s.Hello(ctx)
	must(t, err)
	record("its end", func(all []outages.Outage) bool {
		return len(all) == 1 && all[0].Ended.After(all[0].Began) && all[0].Class == outages.Line && all[0].Code == "same_process"
	})
}
