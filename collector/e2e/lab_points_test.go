//go:build linux

package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"testing"
	"time"

	"fengsui/collector/e2e"
)

// pointsOf is what a person reads of IPv6 points.
type pointsOf struct {
	Data struct {
		Done   int
		Points []struct {
			Point, State   string
			Round, Running *struct {
				Verdict  string
				Criteria []struct {
					ID, Verdict    string
					Passed, Failed []string
					Example        *struct{ Site, Code string }
				}
			}
			Since   time.Time
			History []struct{ From, To string }
		}
	}
}

// TestLabPoint: a website that works over IPv6 is 已完成 after its rounds; its
// address of IPv6 is withdrawn, and its point shows at once who does not reach
// it, then goes to 回退 by its rule, and comes back by it. How it was before
// stays in the ledger, also when the collector was killed in between.
func TestLabPoint(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	net, d, _ := inLab(t, "")
	ask := func(query string) (p pointsOf, err error) {
		body, err := d.Web().Get(ctx, "/api/v1/fengsui/points"+query)
		if err == nil {
			err = json.Unmarshal([]byte(body), &p)
		}
		if err == nil && (len(p.Data.Points) != 2 || p.Data.Points[0].Point != "portal") {
			err = fmt.Errorf("got %s, want two points", body)
		}
		return p, err
	}
	is := func(what, query, state string, done int) (p pointsOf) {
		t.Helper()
		until(t, what, func() (err error) {
			if p, err = ask(query); err != nil {
				return err
			}
			if got := p.Data.Points[0]; got.State != state || p.Data.Done != done {
				return fmt.Errorf("the portal is %s since %s by %+v and %d points are done, want %s and %d", got.State, got.Since, got.History, p.Data.Done, state, done)
			}
			return nil
		})
		return p
	}
	p := is("the portal done, and the town", "", "done", 2)
	wasDone := time.Now()
	if h := p.Data.Points[0].History; len(h) == 0 || h[0].To != "underway" {
		t.Errorf("its history is %+v, want it to begin with the work that the inventory tells of", h)
	}

	withdrawn := time.Now()
	must(t, net.Withdraw6("portal"))
	until(t, "today's verdict", func() error {
		p, err := ask("")
		if err != nil {
			return err
		}
		for _, r := range []string{"running", "round"} {
			round := p.Data.Points[0].Running
			if r == "round" {
				round = p.Data.Points[0].Round
			}
			if round == nil || round.Verdict != "fail" {
				continue
			}
			for _, c := range round.Criteria {
				if c.ID == "V1" && c.Verdict != "pass" {
					return fmt.Errorf("V1 is %s, want pass: its AAAA record is still there", c.Verdict)
				}
				if c.ID == "V2" && c.Verdict == "fail" && len(c.Failed) >= 2 && c.Example != nil && c.Example.Code != "" {
					t.Logf("V2's evidence after %v: %v, %+v", time.Since(withdrawn), c.Failed, *c.Example)
					return nil
				}
			}
		}
		return fmt.Errorf("no round fails by V2 with its evidence: %+v", p.Data.Points[0])
	})
	is("the portal fallen back, and the town not blamed", "", "reverted", 1)
	t.Logf("回退 after %v", time.Since(withdrawn))

	d.Collector().Kill()
	must(t, d.StartCollector(ctx))
	is("how it was, over a crash", "?known="+url.QueryEscape(wasDone.Format(time.RFC3339Nano)), "done", 2)
	must(t, net.Restore6("portal"))
	is("the portal done again", "", "done", 2)
	gauges(t, d)
}

// gauges of the points are in the history for everybody's queries.
func gauges(t *testing.T, d *e2e.District) {
	t.Helper()
	until(t, "the gauge of the points that are done", func() error {
		n, err := d.Web().Scalar(t.Context(), `sum(fengsui_ipv6_points{state="done"})`)
		if err == nil && n != 2 {
			err = fmt.Errorf("got %v, want 2", n)
		}
		return err
	})
}
