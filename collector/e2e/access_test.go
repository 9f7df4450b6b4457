package e2e_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"fengsui/collector/e2e"
)

const quick = `push {
  idle = "1s"
  busy = "1s"
}`

// behind makes and enrols an agent whose connections cross a relay, so that a
// test sees them.
func behind(t *testing.T, d *e2e.District, site string) (*e2e.Agent, *e2e.Relay) {
	t.Helper()
	r, err := e2e.NewRelay("127.0.0.1:0", d.Listen)
	must(t, err)
	t.Cleanup(r.Cut)
	a, err := d.Enrol(t.Context(), site, quick, r.Addr())
	must(t, err)
	return a, r
}

// says waits until a text is in what is asked.
func says(t *testing.T, who string, ask func() string, wants ...string) {
	t.Helper()
	until(t, fmt.Sprintf("%s to say %q", who, wants), func() error {
		text := ask()
		for _, want := range wants {
			if !strings.Contains(text, want) {
				return fmt.Errorf("it lacks %q: %s", want, text)
			}
		}
		return nil
	})
}

func listed(t *testing.T, d *e2e.District, args ...string) func() string {
	return func() string {
		out, err := d.Run(t.Context(), append([]string{"agent", "list"}, args...)...)
		must(t, err)
		return out
	}
}

// TestSecondMachine: a second machine is enrolled for a site. Who enrols it is
// shown the first one and what that has not pushed; with the second's first
// push the first one ends, knows why, and is listed with what it kept. The code
// is seen nowhere.
func TestSecondMachine(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	d := district(t, 20*time.Second)
	target := listener(t)
	must(t, d.Configure("sites.hcl", site("qingfu", target, 2)))
	must(t, d.StartCollector(ctx))
	old, line := behind(t, d, "qingfu")
	must(t, old.Start())
	results(t, d, "qingfu", 4)

	// What the collector cannot judge stays with the agent: here results of an
	// assignment that it does not know any more.
	must(t, d.Collector().Stop(patience))
	until(t, "results to wait at the agent", func() error {
		n := 0
		if m := waiting.FindStringSubmatch(old.Status(ctx)); m != nil {
			n, _ = strconv.Atoi(m[1])
		}
		if n < 6 { // more than two seconds make
			return fmt.Errorf("%d wait", n)
		}
		return nil
	})
	forget(t, d, "DELETE FROM revisions")
	must(t, d.Configure("sites.hcl", site("qingfu", target, 3)))
	must(t, d.StartCollector(ctx))
	says(t, "agent list", listed(t, d, "qingfu"), "条结果未上报")

	second, err := d.Machine("second", "qingfu", fmt.Sprintf("collectors = [%q]\n%s", d.Listen, quick))
	must(t, err)
	code, err := d.Code(ctx, "qingfu")
	must(t, err)
	shown := enrolAsking(t, d, second, code)
	for _, want := range []string{"青福镇（qingfu）", "该站点已有探针", "条结果未上报"} {
		if !strings.Contains(shown, want) {
			t.Errorf("the enrolment shows %q, want %q in it", shown, want)
		}
	}
	if text := listed(t, d, "qingfu")(); !strings.Contains(text, "首次上报时取代原有探针") || !strings.Contains(text, "上报中") {
		t.Errorf("before the first push: %s, want the newcomer and the former agent in force", text)
	}
	must(t, second.Start())
	says(t, "the old one", func() string { return old.Status(ctx) }, "有问题", "新登记的探针", "取代本探针")
	says(t, "the collector", d.Collector().Output, "refused a call", "code=replaced")
	until(t, "the old one's connections to end", func() error { return none(line) })
	says(t, "agent list", listed(t, d, "qingfu", "--all"), "被新登记的探针取代", "条结果未上报", "只在该设备上")
	if text := listed(t, d, "qingfu")(); strings.Contains(text, "取代") {
		t.Errorf("agent list shows the former agent: %s", text)
	}

	results(t, d, "qingfu", stored(t, d, "qingfu")+6)
	must(t, old.Process().Stop(patience))
	must(t, second.Process().Stop(patience))
	made, left := heldOf(t, d, second), heldOf(t, d, old)
	if made[0] == 0 || made[0] != made[1] {
		t.Errorf("%d of the second machine's %d results are stored, want all", made[0], made[1])
	}
	if left[0] == 0 || left[0] >= left[1] {
		t.Errorf("%d of the old machine's %d results are stored, want some and not all", left[0], left[1])
	}
	// Two machines may look in the same millisecond.
	if n := len(samples(t, d, "qingfu")); uint64(n) > made[0]+left[0] {
		t.Errorf("%d samples are stored, want no more than the %d results", n, made[0]+left[0])
	}
	storedTwice(t, ctx, d)
	hidden(t, d, code, d.Collector().Output(), second.Process().Output(), shown)
}

var waiting = regexp.MustCompile(`(\d+) 条待上报`)

// none wants no connection across a relay.
func none(r *e2e.Relay) error {
	if n := r.Crossing(); n > 0 {
		return fmt.Errorf("%d of them cross the line", n)
	}
	return nil
}

func stored(t *testing.T, d *e2e.District, site string) uint64 {
	t.Helper()
	books, err := d.Books(t.Context())
	must(t, err)
	held, _ := books.Holes(site)
	return held
}

// heldOf is how many results of a stopped agent's numbering the collector
// holds, and how many are in its spool.
func heldOf(t *testing.T, d *e2e.District, a *e2e.Agent) (n [2]uint64) {
	t.Helper()
	made, err := a.Spooled()
	must(t, err)
	epochs := map[string]bool{}
	for _, m := range made {
		epochs[m.Epoch] = true
	}
	books, err := d.Books(t.Context())
	must(t, err)
	for _, r := range books.Ranges {
		if r.Site == a.Site && epochs[r.Epoch] {
			n[0] += r.Last - r.First + 1
		}
	}
	return [2]uint64{n[0], uint64(len(made))}
}

// forget changes the state of a collector that does not run.
func forget(t *testing.T, d *e2e.District, query string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: filepath.Join(d.Data(), "state.db")}).EscapedPath())
	must(t, err)
	_, err = db.ExecContext(t.Context(), query)
	must(t, err)
	must(t, db.Close())
}

// enrolAsking enrols a machine as a person does, and looks at every argument of
// every process while the enrolment has the code and waits for a yes.
func enrolAsking(t *testing.T, d *e2e.District, a *e2e.Agent, code string) (shown string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	path := filepath.Join(t.TempDir(), "shown")
	f, err := os.Create(path)
	must(t, err)
	defer f.Close()
	c := exec.CommandContext(ctx, filepath.Join(d.Bin, "fengsui-agent"), "enroll", "--config", a.Config, "--pin", mustPin(t, d))
	c.Stdout, c.Stderr = f, f
	in, err := c.StdinPipe()
	must(t, err)
	must(t, c.Start())
	_, err = in.Write([]byte(code + "\n"))
	must(t, err)
	read := func() string {
		text, err := os.ReadFile(path)
		must(t, err)
		return string(text)
	}
	says(t, "the enrolment", read, "(y/N)")
	all, err := filepath.Glob("/proc/[0-9]*/cmdline")
	must(t, err)
	seen := 0
	for _, p := range all {
		args, _ := os.ReadFile(p) // a process may have ended
		if strings.Contains(string(args), a.Config) {
			seen++
		}
		unseen(t, "an argument of "+p, string(args), code)
	}
	if seen == 0 {
		t.Error("the enrolment's own arguments were not seen: nothing was looked at")
	}
	_, err = in.Write([]byte("y\n"))
	must(t, err)
	if err := c.Wait(); err != nil {
		t.Fatalf("enrol: %v: %s", err, read())
	}
	return read()
}

// hidden wants a code neither in texts nor in any file of the district.
func hidden(t *testing.T, d *e2e.District, code string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		unseen(t, "what is printed", text, code)
	}
	must(t, d.Collector().Stop(patience)) // its files stand still
	must(t, filepath.WalkDir(d.Dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		unseen(t, path, string(b), code)
		return err
	}))
}

var notCode = regexp.MustCompile(`[^0-9A-Z]`)

func unseen(t *testing.T, where, text, code string) {
	t.Helper()
	plain := notCode.ReplaceAllString(code, "")
	for _, c := range []string{code, plain, strings.ToLower(code), strings.ToLower(plain)} {
		if strings.Contains(text, c) {
			t.Errorf("%s holds the enrolment code", where)
		}
	}
}

// TestRevokedAtWork: an agent is revoked while it runs. Both ends say why, its
// connections end, idle ones of somebody who never asks too; the site goes
// silent, and enrolled anew it comes back with everything that it saw.
func TestRevokedAtWork(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	d := district(t, 6*time.Second)
	target := listener(t)
	must(t, d.Configure("sites.hcl", site("qingfu", target, 2)+site("hexi", target, 1)))
	must(t, d.StartCollector(ctx))
	a, line := behind(t, d, "qingfu")
	must(t, a.Start())
	results(t, d, "qingfu", 4)
	stands(t, d, "qingfu", 0)

	// An agent that holds a connection and makes no call.
	idle, err := e2e.NewRelay("127.0.0.1:0", d.Listen)
	must(t, err)
	t.Cleanup(idle.Cut)
	code, err := d.Code(ctx, "hexi")
	must(t, err)
	cert, err := e2e.EnrolSim(ctx, d.Listen, code)
	must(t, err)
	_, err = e2e.NewSim(idle.Addr(), cert, time.Hour).Hello(ctx)
	must(t, err)
	if idle.Crossing() != 1 {
		t.Fatalf("%d idle connections, want one", idle.Crossing())
	}

	const reason = "设备被盗 stolen"
	for _, s := range []string{"qingfu", "hexi"} {
		out, err := d.Run(ctx, "agent", "revoke", s, "--reason", reason)
		must(t, err)
		if !strings.Contains(out, "fengsui-collector code "+s) {
			t.Errorf("revoke says %q, want the way out", out)
		}
	}
	says(t, "the agent", func() string { return a.Status(ctx) }, "有问题", "被吊销："+reason)
	says(t, "the collector", d.Collector().Output, "refused a call", "code=revoked", reason, "closed an idle connection")
	until(t, "the connections to end", func() error { return none(line) })
	until(t, "the idle connection to end", func() error { return none(idle) })
	stands(t, d, "qingfu", 4)
	before := stored(t, d, "qingfu")

	must(t, a.Process().Stop(patience))
	must(t, d.EnrolMachine(ctx, a, "--pin", mustPin(t, d)))
	must(t, a.Start())
	results(t, d, "qingfu", before+4)
	stands(t, d, "qingfu", 0)
	drained(t, d, a)
	once(t, d, a)
	hidden(t, d, code, d.Collector().Output(), a.Process().Output())
}

// stands waits until a site's known state is so: 0 up, 4 silent.
func stands(t *testing.T, d *e2e.District, site string, want float64) {
	t.Helper()
	until(t, fmt.Sprintf("the known state of %s to be %v", site, want), func() error {
		v, err := d.Web().Scalar(t.Context(), fmt.Sprintf("fengsui_known_site_state{site=%q}", site))
		if err == nil && v != want {
			err = fmt.Errorf("it is %v", v)
		}
		return err
	})
}

// once wants everything of a stopped agent's disk to be stored once, under
// whichever identity it was pushed: two agents have two anchors, so it counts.
func once(t *testing.T, d *e2e.District, a *e2e.Agent) {
	t.Helper()
	made, err := a.Spooled()
	must(t, err)
	books, err := d.Books(t.Context())
	must(t, err)
	if held, holes := books.Holes(a.Site); holes != 0 || held != uint64(len(made)) || len(made) == 0 {
		t.Errorf("%s: the collector holds %d results with %d missing, want the %d of the spool", a.Site, held, holes, len(made))
	}
	if n := len(samples(t, d, a.Site)); n != len(made) {
		t.Errorf("%s: %d samples are stored, want one of each of the %d results", a.Site, n, len(made))
	}
	storedTwice(t, t.Context(), d)
}

// TestOldCertificates: after nine months a certificate is renewed by itself,
// ten days behind its end when a person approves, and a hundred days behind it
// not any more. What was seen meanwhile arrives once.
func TestOldCertificates(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	d := district(t, 20*time.Second)
	target := listener(t)
	const day = 24 * time.Hour
	sites := map[string]time.Duration{"due": 274 * day, "late": (365 + 10) * day, "lost": (365 + 100) * day}
	var text strings.Builder
	for id := range sites {
		text.WriteString(site(id, target, 2))
	}
	must(t, d.Configure("sites.hcl", text.String()))
	must(t, d.StartCollector(ctx))
	agents, ended := map[string]*e2e.Agent{}, map[string]time.Time{}
	for id := range sites {
		agents[id] = enrol(t, d, id)
		must(t, agents[id].Start())
	}
	for id, by := range sites {
		results(t, d, id, 4)
		must(t, agents[id].Process().Stop(patience))
		var err error
		ended[id], err = d.Age(ctx, agents[id], by)
		must(t, err)
		must(t, agents[id].Start())
	}
	renewed := func(id string) {
		t.Helper()
		until(t, id+" to have another certificate", func() error {
			ends, err := agents[id].Ends()
			if err == nil && ends.Sub(ended[id]) < sites[id]-day {
				err = fmt.Errorf("it ends %v, the former one %v", ends, ended[id])
			}
			return err
		})
		ends, err := agents[id].Ends()
		must(t, err)
		says(t, "agent list", listed(t, d, id), "证书有效期至 "+ends.Local().Format(time.DateTime)+"\n")
	}

	renewed("due")

	says(t, "agent list", listed(t, d, "late"), "等待人工批准（fengsui-collector agent approve late）")
	says(t, "the agent", func() string { return agents["late"].Status(ctx) }, "fengsui-collector agent approve late")
	says(t, "the collector", d.Collector().Output, "code=approval_wanted")
	out, err := d.Run(ctx, "agent", "approve", "late")
	must(t, err)
	if !strings.Contains(out, "已批准换发证书") {
		t.Errorf("approve says %q", out)
	}
	must(t, agents["late"].Process().Stop(patience)) // which would ask again within minutes
	must(t, agents["late"].Start())
	renewed("late")

	says(t, "agent list", listed(t, d, "lost"), "不能再换发，请重新登记（fengsui-collector code lost）")
	says(t, "the agent", func() string { return agents["lost"].Status(ctx) }, "不能再换发，请重新登记")
	if out, err := d.Run(ctx, "agent", "approve", "lost"); err == nil {
		t.Errorf("approved what cannot be renewed: %s", out)
	}
	must(t, agents["lost"].Process().Stop(patience))
	must(t, d.EnrolMachine(ctx, agents["lost"], "--pin", mustPin(t, d)))
	must(t, agents["lost"].Start())

	for id, a := range agents {
		results(t, d, id, stored(t, d, id)+2)
		drained(t, d, a)
		if id == "lost" {
			once(t, d, a)
		} else {
			reconcile(t, d, a)
		}
	}
}
