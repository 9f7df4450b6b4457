package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"fengsui/agent/collectortest"
	"fengsui/agent/identity"
	"fengsui/collector/wire"
)

// output is a buffer that a command and a test may share.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// try runs a command line to its end.
func try(stdin string, args ...string) (code int, stdout, stderr string) {
	var out, err output
	code = run(context.Background(), args, streams{strings.NewReader(stdin), &out, &err})
	return code, out.String(), err.String()
}

// config writes an agent.hcl and returns it and its data directory.
func config(t *testing.T, collector string) (path, data string) {
	t.Helper()
	data = filepath.Join(t.TempDir(), "data")
	path = filepath.Join(t.TempDir(), "agent.hcl")
	text := fmt.Sprintf("data = %q\ncollectors = [%q]\nspool {\n  reserve = \"0%%\"\n}\npush {\n  idle = \"100ms\"\n  busy = \"100ms\"\n}\n", data, collector)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, data
}

func TestUse(t *testing.T) {
	t.Parallel()
	none := filepath.Join(t.TempDir(), "none.hcl")
	wrong := filepath.Join(t.TempDir(), "agent.hcl")
	if err := os.WriteFile(wrong, []byte("dta = \"x\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		args []string
		code int
		want string // on either stream
	}{
		"help":               {[]string{"--help"}, 0, "enroll"},
		"help of a command":  {[]string{"run", "--help"}, 0, "--config"},
		"version":            {[]string{"version"}, 0, "fengsui-agent unknown go"},
		"nothing":            {nil, exitUsage, "expected one of"},
		"unknown word":       {[]string{"fly"}, exitUsage, "fly"},
		"unknown flag":       {[]string{"run", "--fly"}, exitUsage, "--fly"},
		"check, wrong use":   {[]string{"check"}, exitUnknown, "expected"},
		"check, no kind":     {[]string{"check", "flight", "x"}, exitUnknown, "flight"},
		"run, no file":       {[]string{"run", "--config", none}, exitUsage, none},
		"run, wrong file":    {[]string{"run", "--config", wrong}, exitUsage, "dta"},
		"status, no file":    {[]string{"status", "--data", filepath.Dir(none)}, exitUnknown, "status.json"},
		"status, no config":  {[]string{"status", "--config", none}, exitUnknown, none},
		"enroll, no pin":     {[]string{"enroll"}, exitUsage, "--pin"},
		"enroll, wrong pin":  {[]string{"enroll", "--pin", "x", "--collector", "127.0.0.1:1", "--data", t.TempDir()}, exitUsage, "sha256:"},
		"enroll, no place":   {[]string{"enroll", "--pin", "x", "--config", none}, exitUsage, none},
		"enroll, code given": {[]string{"enroll", "--pin", "x", "7K3M9PQ2XA"}, exitUsage, "7K3M9PQ2XA"},
	} {
		code, out, err := try("", row.args...)
		if code != row.code || !strings.Contains(out+err, row.want) {
			t.Errorf("%s: code %d, %q, %q; want %d and %q", name, code, out, err, row.code, row.want)
		}
	}
}

// TestSiteFromEnrolmentToStatus does what the bureau does at a site.
func TestSiteFromEnrolmentToStatus(t *testing.T) {
	t.Parallel()
	c := collectortest.Start(t, "127.0.0.1:0", nil)
	path, data := config(t, c.Addr)

	// Not yet enrolled.
	if code, _, err := try("", "run", "--config", path); code != 1 || !strings.Contains(err, "fengsui-agent enroll") {
		t.Errorf("run before the enrolment: code %d, %q, want 1 and the way out", code, err)
	}

	pin := c.Authority.Pin().String()
	code, out, err := try("AAAAAAAAAA\n", "enroll", "--config", path, "--pin", pin)
	if code != 1 || !strings.Contains(err, "登记失败") || !strings.Contains(err, "code_wrong") || strings.Contains(err, "AAAAAAAAAA") {
		t.Errorf("a wrong code: code %d, %q, %q", code, out, err)
	}
	code, out, err = try("7k3m9-pq2xa\ny\n", "enroll", "--config", path, "--pin", pin)
	if code != 0 || !strings.Contains(out, "青福镇（qingfu）") {
		t.Fatalf("enrol: code %d, %q, %q", code, out, err)
	}
	if strings.Contains(strings.ToUpper(out+err), collectortest.Code) {
		t.Errorf("the code is shown: %q, %q", out, err)
	}

	c.Assign(t, &wire.Assignment{Site: "qingfu", Checks: []*wire.Check{
		{Number: 1, Id: "collector", Kind: "tcp", Target: c.Addr, IntervalNs: 2e8, TimeoutNs: 1e9},
	}})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan int, 1)
	var logged output
	go func() {
		done <- run(ctx, []string{"run", "--config", path}, streams{strings.NewReader(""), &output{}, &logged})
	}()
	collectortest.Until(t, "a result of a real check", func() error {
		for _, r := range c.Seen().Results {
			if r.Kind.Kind == "tcp" && r.Result.Pair.State == wire.State_STATE_UP {
				return nil
			}
		}
		return fmt.Errorf("%d results; the agent says:\n%s", len(c.Seen().Results), logged.String())
	})
	collectortest.Until(t, "a fine status", func() error {
		code, out, err := try("", "status", "--config", path)
		if code != 0 || !strings.Contains(out, "状态：正常") || !strings.Contains(out, "青福镇") {
			return fmt.Errorf("code %d: %s%s", code, out, err)
		}
		return nil
	})
	if code, out, _ := try("", "status", "--data", data, "--lang", "en"); code != 0 || !strings.Contains(out, "state: fine") {
		t.Errorf("in English: code %d, %q", code, out)
	}
	code, out, _ = try("", "status", "--data", data, "--json")
	var m map[string]any
	if e := json.Unmarshal([]byte(out), &m); code != 0 || e != nil || m["site"] != "qingfu" {
		t.Errorf("as JSON: code %d, %v, %q", code, e, out)
	}
	stop()
	if code := <-done; code != 0 {
		t.Errorf("the stop: code %d:\n%s", code, logged.String())
	}
	if n := len(c.Seen().Goodbyes); n != 1 {
		t.Errorf("%d goodbyes, want 1", n)
	}
	if code, out, _ := try("", "status", "--data", data); code != 1 || !strings.Contains(out, "正常停止") {
		t.Errorf("after the stop: code %d, %q", code, out)
	}
}

// TestEnrollWithoutConfig: everything on the command line but the code, which
// is in a file.
func TestEnrollWithoutConfig(t *testing.T) {
	t.Parallel()
	c := collectortest.Start(t, "[::1]:0", nil)
	dir := t.TempDir()
	file := filepath.Join(dir, "code")
	if err := os.WriteFile(file, []byte(collectortest.Code), 0o600); err != nil { // no newline
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	args := []string{"enroll", "--yes", "--collector", "127.0.0.1:1", "--collector", c.Addr, "--data", data, "--pin", c.Authority.Pin().String(), "--lang", "en"}
	code, out, err := try("", append(args, "--code-file", file)...)
	if code != 0 || !strings.Contains(out, "enrolled as 青福镇 (qingfu)") {
		t.Fatalf("code %d, %q, %q", code, out, err)
	}
	id, e := identity.Load(data)
	if e != nil || len(id.Collectors) != 2 {
		t.Errorf("kept %+v, %v, want the two addresses", id, e)
	}
	for name, row := range map[string]struct {
		args []string
		want string
	}{
		"code used up":  {append(args, "--code-file", file), "code_used"},
		"no code file":  {append(args, "--code-file", file+"x"), "read the code"},
		"nothing typed": {args, "no enrolment code"},
	} {
		if code, out, err := try("", row.args...); code == 0 || !strings.Contains(err, row.want) {
			t.Errorf("%s: code %d, %q, %q, want %q", name, code, out, err, row.want)
		}
	}
}

// TestEnrollThroughProxy: the first contact goes the way of all others.
func TestEnrollThroughProxy(t *testing.T) {
	t.Parallel()
	c, p := collectortest.Start(t, "127.0.0.1:0", nil), collectortest.StartProxy(t, "", "")
	path, _ := config(t, c.Addr)
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(f, "proxy {\n  address = %q\n}\n", p.Addr)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	code, _, errs := try(collectortest.Code+"\n", "enroll", "--yes", "--config", path, "--pin", c.Authority.Pin().String())
	if code != 0 || len(p.Asked()) != 2 {
		t.Errorf("code %d, %q, the proxy was asked for %v, want the collector for the preview and the enrolment", code, errs, p.Asked())
	}
}

// TestEnrollWithAnotherCollector: whoever shows another authority gets no code.
func TestEnrollWithAnotherCollector(t *testing.T) {
	t.Parallel()
	c, other := collectortest.Start(t, "127.0.0.1:0", nil), collectortest.Start(t, "127.0.0.1:0", nil)
	args := []string{"enroll", "--yes", "--collector", other.Addr, "--data", t.TempDir(), "--pin", c.Authority.Pin().String()}
	if code, _, err := try(collectortest.Code+"\n", args...); code != 1 || !strings.Contains(err, "holds no authority with the pin") {
		t.Errorf("code %d, %q, want the pin to be named", code, err)
	}
	// The code still works: it was never sent.
	args = []string{"enroll", "--yes", "--collector", other.Addr, "--data", t.TempDir(), "--pin", other.Authority.Pin().String()}
	if code, _, err := try(collectortest.Code+"\n", args...); code != 0 {
		t.Errorf("code %d, %q", code, err)
	}
}

// TestSilentCollector: a wall that accepts and says nothing ends an enrolment
// by its deadline, and an interrupt ends it at once.
func TestSilentCollector(t *testing.T) {
	t.Parallel()
	wall, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer wall.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	var errs output
	code := run(ctx, []string{"enroll", "--collector", wall.Addr().String(), "--data", t.TempDir(), "--pin", collectortest.NewAuthority(t).Pin().String()},
		streams{strings.NewReader(collectortest.Code + "\n"), &output{}, &errs})
	if code != 1 {
		t.Errorf("code %d, %q, want 1", code, errs.String())
	}
}
