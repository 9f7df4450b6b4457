//go:build linux

package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fengsui/checks/lab"
	"fengsui/collector/e2e"
	"fengsui/collector/outages"
	"fengsui/collector/wire"
	"fengsui/configs/calendar"
)

// In the lab every check runs every step, and a site is silent after silence.
const (
	step    = 2 * time.Second
	silence = 6 * time.Second
)

// inLab is a collector in the lab's district and the agents of all its sites,
// at work, each where it belongs.
func inLab(t *testing.T, more string) (*lab.District, *e2e.District, map[string]*e2e.Agent) {
	t.Helper()
	ctx := t.Context()
	net := lab.NewDistrict(t)
	place := net.Place("collector")
	hook, err := place.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	host, _ := net.Addresses("collector")
	d, err := e2e.NewDistrictIn(place.Do, host.String(), place.Client(), hook, bin, t.TempDir(), silence)
	must(t, err)
	closes(t, d)

	inventory, err := net.HCL(step)
	must(t, err)
	must(t, d.Configure("sites.hcl", inventory+more))
	must(t, d.Configure("alerts.hcl", shortHolds(t)))
	must(t, d.StartCollector(ctx))
	pin, err := d.Pin(ctx)
	must(t, err)
	agents := map[string]*e2e.Agent{}
	for _, s := range net.Sites {
		a, err := d.Machine(s.ID, s.ID, fmt.Sprintf("collectors = [%q]\npush {\n  idle = \"1s\"\n  busy = \"1s\"\n}\n", d.Listen))
		must(t, err)
		a.Place = net.Place(s.ID).Do
		must(t, d.EnrolMachine(ctx, a, "--pin", pin))
		must(t, a.Start("SSL_CERT_FILE="+net.CA))
		agents[s.ID] = a
	}
	return net, d, agents
}

// shortHolds are the shipped rules that hold an alert down after its first end,
// for as long as fits intervals of seconds.
func shortHolds(t *testing.T) string {
	t.Helper()
	var rules strings.Builder
	for _, name := range []string{"circuit_down", "redundancy_lost", "resolver_silent", "target_down"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "configs", "alerts", name+".hcl"))
		must(t, err)
		if !strings.Contains(string(text), `hold_down = "10m"`) {
			t.Fatalf("rule %s does not hold down for 10m", name)
		}
		rules.WriteString(strings.Replace(string(text), `hold_down = "10m"`, `hold_down = "15s"`, 1))
	}
	return rules.String()
}

// TestLabCut: in a real network everything is up over both families; then the
// line from the hub to a town is cut. One alert names the line and what lies
// behind it, not the town's community on a line of its own. The agents behind
// keep probing; when the line returns every sequence is held once, each sample
// at its own time, and one recovery is told; the late data pages nobody, and
// rates the round and the day of the cut again, which still say how they were.
func TestLabCut(t *testing.T) {
	t.Parallel()
	net, d, agents := inLab(t, "")
	w := &watch{t: t, net: net, d: d, agents: agents}
	const alert = "circuit_down circuit.hub-qingfu/telecom"
	behind := []string{"qingfu", "qingfu-1", "qingfu-2"}
	w.well("over both families")
	w.missing("before", "round=now", "")

	cut := time.Now()
	must(t, net.Cut("hub-qingfu"))
	n := w.fires(cut, alert)
	w.says(n, "青福镇", "青福第一社区", "青福第二社区")
	if strings.Contains(n.TextZH, "青福第三社区") {
		t.Errorf("the alert names a community that has a line of its own:\n%s", n.TextZH)
	}
	w.count("what lies behind silent", `fengsui_known_site_state{site=~"qingfu|qingfu-1|qingfu-2"} == 4`, 3)
	w.count("the others heard", `fengsui_known_site_state == 0`, float64(len(net.Sites)-3))
	evaluated(t, d, cut.Add(silence+2*step)) // a round later there is one in which nobody was heard
	var dark time.Time
	for dark.Before(cut.Add(silence + 2*step)) {
		dark = w.missing("in the dark", "round=now", "qingfu no_data, qingfu-1 no_data, qingfu-2 no_data")
	}
	then := time.Now()
	w.missing("the day, in the dark", "day="+today(then), "") // without data, and none that failed

	mend := time.Now()
	must(t, net.Mend("hub-qingfu"))
	w.over(alert)
	w.missing("the same round, with the backlog", "round="+url.QueryEscape(dark.Format(time.RFC3339)), "qingfu fail, qingfu-1 fail, qingfu-2 fail")
	w.missing("that round as it was known then", "round="+url.QueryEscape(dark.Format(time.RFC3339))+"&known="+url.QueryEscape(then.Format(time.RFC3339)), "qingfu no_data, qingfu-1 no_data, qingfu-2 no_data")
	w.missing("the day, with the backlog", "day="+today(then), "qingfu interrupted, qingfu-1 interrupted, qingfu-2 interrupted")
	w.missing("the day as it was known then", "day="+today(then)+"&known="+url.QueryEscape(then.Format(time.RFC3339)), "")
	w.missing("now", "round=now", "")
	for _, site := range behind {
		w.classified(site, outages.Line)
		a := agents[site]
		drained(t, d, a)
		reconcile(t, d, a)
		if n, up := inTheDark(t, d, a, cut.Add(step), mend); n == 0 || up != 0 {
			t.Errorf("%s made %d results in the dark of which %d were up, want it probing and none up", site, n, up)
		}
	}
}

// today is the day of a moment in the district.
func today(at time.Time) string { return calendar.DateOf(at).String() }

// missing waits until the access rate of a round or day lacks these units, and
// returns the end of the round.
func (w *watch) missing(when, query, want string) time.Time {
	w.t.Helper()
	var ended time.Time
	until(w.t, "the access rate "+when, func() error {
		text, err := w.d.Web().Get(w.t.Context(), "/api/v1/fengsui/indicators?"+query)
		if err != nil {
			return err
		}
		var answer struct {
			Data struct {
				Refused string `json:"refused_en"`
				Ended   time.Time
				Missing []struct{ Unit, Outcome, State string }
			}
		}
		if err := json.Unmarshal([]byte(text), &answer); err != nil {
			return err
		}
		var got []string
		for _, m := range answer.Data.Missing {
			got = append(got, m.Unit+" "+m.Outcome+m.State)
		}
		if slices.Sort(got); answer.Data.Refused != "" || strings.Join(got, ", ") != want {
			return fmt.Errorf("it lacks %q, want %q: %s", strings.Join(got, ", "), want, text)
		}
		ended = answer.Data.Ended
		return nil
	})
	return ended
}

// inTheDark counts what a stopped agent has seen of the portal between two moments.
func inTheDark(t *testing.T, d *e2e.District, a *e2e.Agent, from, to time.Time) (n, up int) {
	t.Helper()
	made, err := a.Spooled()
	must(t, err)
	books, err := d.Books(t.Context())
	must(t, err)
	checks := checksOf(t, d, a.Site)
	for _, m := range made {
		if checks[m.Result.Check-1] != "portal" {
			continue
		}
		at, err := books.Time(a.Site, m.Boot, m.Result.BootNs)
		must(t, err)
		if at > from.UnixMilli() && at < to.UnixMilli()-step.Milliseconds() {
			n++
			if m.Result.Pair.GetState() == wire.State_STATE_UP {
				up++
			}
		}
	}
	return n, up
}
