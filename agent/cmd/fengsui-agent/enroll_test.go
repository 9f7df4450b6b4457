package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fengsui/agent/collectortest"
	"fengsui/agent/identity"
	"fengsui/checks/lab"
	"fengsui/collector/wire"
	"fengsui/configs"
)

// TestEnrollAsks: the site and the agent that it has are shown, and without a
// yes nothing is done and the code lives on.
func TestEnrollAsks(t *testing.T) {
	t.Parallel()
	c := collectortest.Start(t, "127.0.0.1:0", nil)
	c.Present(&wire.Present{Agent: make([]byte, 16), HeardUnixNs: 1_700_000_000e9, Unacknowledged: 42, OldestUnixNs: 1_690_000_000e9})
	data := filepath.Join(t.TempDir(), "data")
	args := []string{"enroll", "--collector", c.Addr, "--data", data, "--pin", c.Authority.Pin().String()}
	for _, answer := range []string{"", "\n", "n\n", "yep\n", "不是\n"} {
		code, out, err := try(collectortest.Code+"\n"+answer, args...)
		if code != 1 || out != "" || !strings.Contains(err, "登记码仍然有效") {
			t.Errorf("answer %q: code %d, %q, %q, want nothing done", answer, code, out, err)
		}
		for _, want := range []string{"青福镇（qingfu）", "2023-", "42 条结果"} {
			if !strings.Contains(err, want) {
				t.Errorf("answer %q: %q, want %q in it", answer, err, want)
			}
		}
	}
	if _, err := os.Stat(data); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the data directory is there (%v), want nothing done", err)
	}
	code, out, err := try(collectortest.Code+"\n 是 \n", append(args, "--lang", "en")...)
	if code != 0 || !strings.Contains(err, "is this machine for that site?") || !strings.Contains(err, "has 42 results") {
		t.Errorf("agreed: code %d, %q, %q", code, out, err)
	}
}

// TestEnrollAgain: when the answer is lost, or the identity cannot be kept,
// the same command with the same code goes on where it was.
func TestEnrollAgain(t *testing.T) {
	t.Parallel()
	c := collectortest.Start(t, "127.0.0.1:0", nil)
	lost := true
	c.Fault = func(_ context.Context, rpc, when string) error {
		if rpc == "Enrol" && when == "after" && lost {
			lost = false
			return errors.New("cut")
		}
		return nil
	}
	data := filepath.Join(t.TempDir(), "data")
	args := []string{"enroll", "--yes", "--collector", c.Addr, "--data", data, "--pin", c.Authority.Pin().String()}
	if code, _, err := try(collectortest.Code+"\n", args...); code != 1 {
		t.Fatalf("the answer was lost: code %d, %q, want 1", code, err)
	}
	// The name that the identity is written by is taken.
	block := filepath.Join(data, "identity.json.new", "x")
	if err := os.MkdirAll(block, 0o700); err != nil {
		t.Fatal(err)
	}
	if code, _, err := try(collectortest.Code+"\n", args...); code != 1 || !strings.Contains(err, "用同一登记码重新登记") {
		t.Fatalf("not kept: code %d, %q, want 1 and the way out", code, err)
	}
	if err := os.RemoveAll(filepath.Dir(block)); err != nil {
		t.Fatal(err)
	}
	if code, out, err := try(collectortest.Code+"\n", args...); code != 0 {
		t.Fatalf("again: code %d, %q, %q", code, out, err)
	}
	if _, err := identity.Load(data); err != nil {
		t.Error(err)
	}
	files, _ := filepath.Glob(filepath.Join(data, "*"))
	if len(files) != 1 {
		t.Errorf("the data directory holds %v, want the identity alone", files)
	}
	if code, _, err := try(collectortest.Code+"\n", args...); code != 1 || !strings.Contains(err, wire.CodeUsed) {
		t.Errorf("with the code that another key used: code %d, %q, want it refused", code, err)
	}
}

// TestEnrollByProxy: the proxy of the command line, word by word before that
// of agent.hcl, and a person is told when the agent would run by another.
func TestEnrollByProxy(t *testing.T) {
	t.Parallel()
	c := collectortest.Start(t, "127.0.0.1:0", nil)
	strict, open := collectortest.StartProxy(t, "qingfu", "it's: secret"), collectortest.StartProxy(t, "", "")
	dir := t.TempDir()
	password, config := filepath.Join(dir, "password"), filepath.Join(dir, "agent.hcl")
	dead := lab.Closed(t, "127.0.0.1")
	for path, text := range map[string]string{
		password: "it's: secret\n",
		config:   fmt.Sprintf("proxy {\n  address = %q\n  user = \"other\"\n  password_file = %q\n}\n", dead, password+"x"),
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"enroll", "--yes", "--lang", "en", "--data", filepath.Join(dir, "data"), "--pin", c.Authority.Pin().String(), "--collector"}
	behind := append(args, "collector.test:"+port(c.Addr)) // a name that only the proxies know
	for _, row := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--proxy", strict.Addr}, 1, "no user is set"},
		{[]string{"--proxy", strict.Addr, "--proxy-user", "qingfu"}, 1, `was shown Basic for user "qingfu"`},
		{[]string{"--proxy", strict.Addr, "--config", config, "--proxy-user", "qingfu"}, 1, `was shown Basic for user "qingfu"`},
		{[]string{"--config", config}, 1, "password"},
		{[]string{"--config", config, "--proxy-password-file", password}, 1, dead},
		{[]string{"--proxy-user", "qingfu"}, 2, "no proxy"},
		{[]string{"--proxy-password-file", password}, 2, "no proxy"},
		{[]string{"--proxy", strict.Addr, "--proxy-password-file", password}, 2, "no user"},
		{[]string{"--proxy", strict.Addr, "--proxy-user", "qingfu:it's"}, 2, "without a colon"},
		{[]string{"--proxy", "http://10.0.0.8:3128"}, 2, "want a host and a port"},
	} {
		code, out, err := try(collectortest.Code+"\n", append(behind[:len(behind):len(behind)], row.args...)...)
		if code != row.code || out != "" || !strings.Contains(err, row.want) || strings.Contains(err, "it's") {
			t.Errorf("%q: code %d, %q, %q, want %d and %q", row.args, code, out, err, row.code, row.want)
		}
	}
	if len(strict.Asked()) != 0 {
		t.Errorf("the proxy let through %q, want nothing yet", strict.Asked())
	}
	const once = "the agent runs by proxy in agent.hcl"
	code, out, err := try(collectortest.Code+"\n", append(behind, "--config", config, "--proxy", strict.Addr, "--proxy-user", "qingfu", "--proxy-password-file", password)...)
	if code != 0 || !strings.Contains(out, "enrolled as") || !strings.Contains(err, once) {
		t.Errorf("by the proxy: code %d, %q, %q, want 0 and %q", code, out, err, once)
	}
	if len(strict.Asked()) != 2 { // preview and enrolment
		t.Errorf("the proxy was asked for %q, want two calls", strict.Asked())
	}
	// The file of an agent that goes by the same proxy, and a site that goes straight.
	same := collectortest.Start(t, "127.0.0.1:0", nil)
	if err := os.WriteFile(config, fmt.Appendf(nil, "proxy {\n  address = %q\n}\n", open.Addr), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		proxy string
		told  bool
		asked int
	}{{open.Addr, false, 2}, {"", true, 2}} {
		c := same
		if row.told {
			c = collectortest.Start(t, "127.0.0.1:0", nil)
		}
		code, _, err := try(collectortest.Code+"\n", "enroll", "--yes", "--lang", "en", "--config", config, "--data", filepath.Join(t.TempDir(), "data"),
			"--pin", c.Authority.Pin().String(), "--collector", c.Addr, "--proxy", row.proxy)
		if code != 0 || strings.Contains(err, once) != row.told || len(open.Asked()) != row.asked {
			t.Errorf("--proxy %q: code %d, %q, the proxy was asked for %q, want %d calls and told %v", row.proxy, code, err, open.Asked(), row.asked, row.told)
		}
	}
}

func port(addr string) string { return addr[strings.LastIndexByte(addr, ':')+1:] }

// TestEnrollByPack: a pack says all but the code, which district it is of
// before the code is asked for, and stands in the identity.
func TestEnrollByPack(t *testing.T) {
	t.Parallel()
	c, other := collectortest.Start(t, "127.0.0.1:0", nil), collectortest.NewAuthority(t)
	dead := lab.Closed(t, "127.0.0.1")
	dir := t.TempDir()
	keep := func(name string, text []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	pack := func(name string, pin identity.Pin, addresses ...string) string {
		return keep(name, (&configs.Pack{District: "青山区", Collectors: addresses, Pin: pin.String()}).Text())
	}
	ours := pack("ours.txt", c.Authority.Pin(), dead, c.Addr)
	agent := keep("agent.hcl", fmt.Appendf(nil, "collectors = [%q]\n", dead))
	for _, row := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--pack", ours, "--pin", c.Authority.Pin().String()}, 2, "--pack 和 --pin"},
		{[]string{"--collector", c.Addr}, 2, "--pack 给出登记包"},
		{[]string{"--pack", keep("pin.txt", []byte(c.Authority.Pin().String()))}, 2, "pin.txt:1:1"},
		{[]string{"--pack", keep("code.txt", []byte("district = \"a\"\ncode = \"7K3M9\"\n"))}, 2, "code.txt:2:1"},
		{[]string{"--pack", filepath.Join(dir, "none.txt")}, 2, "none.txt"},
		{[]string{"--pack", pack("foreign.txt", other.Pin(), c.Addr)}, 1, other.Pin().String()},
		{[]string{"--pack", pack("dead.txt", c.Authority.Pin(), dead)}, 1, dead},
		{[]string{"--pack", ours, "--collector", dead}, 1, dead}, // goes before the pack
	} {
		data := filepath.Join(dir, "data")
		code, out, err := try(collectortest.Code+"\n", append([]string{"enroll", "--yes", "--data", data}, row.args...)...)
		if code != row.code || out != "" || !strings.Contains(err, row.want) {
			t.Errorf("%q: code %d, %q, %q, want %d and %q", row.args, code, out, err, row.code, row.want)
		}
		if _, err := os.Stat(data); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%q: the data directory is there (%v), want nothing done", row.args, err)
		}
	}
	data := filepath.Join(dir, "data")
	code, out, err := try(collectortest.Code+"\n是\n", "enroll", "--pack", ours, "--data", data, "--config", agent) // agent.hcl comes last
	pack1, ask, site := strings.Index(err, "登记包：青山区（采集中心地址 "+dead+" "+c.Addr+"）"), strings.Index(err, "请输入一次性登记码"), strings.Index(err, "青福镇（qingfu）")
	if code != 0 || !strings.Contains(out, "已登记为") || pack1 < 0 || pack1 > ask || ask > site {
		t.Errorf("enrolled by the pack: code %d, %q, %q, want the district, then the question, then the site", code, out, err)
	}
	id, failed := identity.Load(data)
	if failed != nil {
		t.Fatal(failed)
	}
	if want := []string{dead, c.Addr}; !slices.Equal(id.Collectors, want) || id.Pin != c.Authority.Pin() {
		t.Errorf("the identity has %q and the pin %s, want %q and %s", id.Collectors, id.Pin, want, c.Authority.Pin())
	}
}
