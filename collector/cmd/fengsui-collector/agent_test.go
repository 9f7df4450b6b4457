package main

import (
	"database/sql"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fengsui/collector/state"
)

func init() { time.Local = time.FixedZone("CST", 8*60*60) } // times are shown as the clock on the wall has them

// A desk is a configuration with the state of a collector beside it.
type desk struct {
	t      *testing.T
	config string
	now    time.Time // when the officer looks
	db     *state.DB
}

func newDesk(t *testing.T, now time.Time) *desk {
	t.Helper()
	dir := t.TempDir()
	d := &desk{t: t, config: filepath.Join(dir, "etc"), now: now}
	text := fmt.Sprintf("collector {\n  data = %q\n}\n", filepath.Join(dir, "data"))
	for id, name := range map[string]string{"hub": "区信息中心", "qingfu": "青福镇", "hexi": "河西镇", "lab": "", "quiet": "静安村"} {
		text += fmt.Sprintf("site %q {\n  kind = \"town\"\n", id)
		if name != "" {
			text += fmt.Sprintf("  name = %q\n", name)
		}
		text += "}\n"
	}
	for _, made := range []string{d.config, filepath.Join(dir, "data")} {
		if err := os.Mkdir(made, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(d.config, "district.hcl"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var err error
	if d.db, err = state.Open(filepath.Join(dir, "data", "state.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.db.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// run runs a command line to its end, of the desk's configuration unless it
// names another.
func (d *desk) run(args ...string) (code int, stdout, stderr string) {
	var out, err strings.Builder
	if !slices.Contains(args, "--config") {
		args = append(args, "--config", d.config)
	}
	code = run(d.t.Context(), args, &out, &err)
	return code, out.String(), err.String()
}

func (d *desk) exec(query string, args ...any) {
	d.t.Helper()
	err := d.db.Write(d.t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec(query, args...)
		return err
	})
	if err != nil {
		d.t.Fatalf("%s: %v", query, err)
	}
}

// before is a moment so long before the officer looks.
func (d *desk) before(ago time.Duration) int64 { return d.now.Add(-ago).UnixNano() }

const day = 24 * time.Hour

// A row is what differs of an agent from one in force.
type row map[string]any

// agent puts an agent into the register that was admitted when it was enrolled.
func (d *desk) agent(n byte, site string, ends time.Duration, differs row) {
	d.t.Helper()
	enrolled := d.before(200 * day)
	columns, values := "agent, site, serial, enrolled, expires", []any{id(n), site, "1", enrolled + int64(n), d.before(-ends)}
	if _, ok := differs["admitted"]; !ok {
		columns, values = columns+", admitted", append(values, enrolled)
	}
	for column, value := range differs {
		columns, values = columns+", "+column, append(values, value)
	}
	d.exec("INSERT INTO agents ("+columns+") VALUES (?"+strings.Repeat(", ?", len(values)-1)+")", values...)
}

func id(n byte) []byte { return append(make([]byte, 15), n) }

// process puts a process of an agent into the state.
func (d *desk) process(n byte, instance string, heard time.Duration, superseded bool) {
	d.t.Helper()
	var ended any
	if superseded {
		ended = 1
	}
	d.exec(`INSERT INTO instances (agent, instance, first, last, version, arch, boot, booted, self_test, superseded)
		VALUES (?, ?, 1, ?, '0.3.0', 'linux/amd64', x'', 0, x'', ?)`, id(n), raw(d.t, instance), d.before(heard), ended)
}

func raw(t *testing.T, instance string) []byte {
	t.Helper()
	b, err := hex.DecodeString(instance + strings.Repeat("0", 32-len(instance)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// crowd puts agents in every condition into the register.
func (d *desk) crowd() {
	d.agent(1, "hub", 165*day, nil)
	d.process(1, "a1b2c3d4e5f6", time.Minute, false)
	d.process(1, "00b2c3d4e5f6", 3*day, true)
	d.agent(2, "hub", 365*day, row{"admitted": nil}) // not heard yet

	d.agent(3, "hexi", 165*day, row{"revoked": d.before(day), "reason": "replaced", "unacknowledged": 42, "oldest": d.before(2 * day)})
	d.process(3, "33b2c3d4e5f6", day, false)
	d.agent(4, "hexi", 364*day, row{"unacknowledged": 7, "oldest": d.before(time.Minute)})
	d.process(4, "44b2c3d4e5f6", 15*time.Second, false)
	d.process(4, "45b2c3d4e5f6", 30*time.Second, true)
	d.exec("INSERT INTO clones (agent, since, one, other) VALUES (?, ?, ?, ?)", id(4), d.before(time.Hour), raw(d.t, "44b2c3d4e5f6"), raw(d.t, "45b2c3d4e5f6"))

	d.agent(5, "lab", 365*day, row{"admitted": nil})
	d.agent(6, "qingfu", 165*day, row{"revoked": d.before(5 * day), "reason": "设备被盗 stolen"})
	d.agent(7, "qingfu", -10*day, row{"asked": d.before(9 * day)})
	d.process(7, "77b2c3d4e5f6", 10*day, false)
	d.agent(8, "closed-town", -10*day, nil)
	d.agent(9, "former-town", -100*day, row{"asked": d.before(80 * day)})
	d.agent(10, "yet-another", -10*day, row{"asked": d.before(9 * day), "approved": d.before(time.Hour)})
}

// TestAgentList: every condition of an agent, as the officer reads it.
func TestAgentList(t *testing.T) {
	t.Parallel()
	midday := time.Date(2026, 11, 24, 4, 0, 0, 0, time.UTC)
	d := newDesk(t, midday)
	d.crowd()
	for _, c := range []struct {
		golden string
		agentListCmd
	}{
		{"zh", agentListCmd{Lang: "zh"}},
		{"en", agentListCmd{Lang: "en"}},
		{"all", agentListCmd{Lang: "zh", All: true}},
		{"one", agentListCmd{Lang: "en", All: true, Sites: []string{"qingfu"}}},
	} {
		c.Config = d.config
		settings, registry, db, err := c.register()
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		if err := c.list(t.Context(), &out, settings, registry, midday); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", "agents."+c.golden+".txt")
		want, err := os.ReadFile(path)
		if err != nil || out.String() != string(want) {
			t.Errorf("%s: got\n%s\nwant\n%s%v", path, out.String(), want, err)
		}
	}
}

// TestAgentCommands: what is decided is said in both languages with what comes
// next, and stands in the state; what cannot be decided says why and changes
// nothing.
func TestAgentCommands(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		args  []string
		says  []string // in this order; after an error on the other stream
		left  string   // a question to the state
		fails bool
	}{
		{"list", []string{"list", "hub"}, []string{"hub  区信息中心  00000000-0000-0000-0000-000000000002", "尚未上报", "a1b2c3d4e5f6  上报中"}, "", false},
		{"list in English", []string{"list", "hub", "--lang", "en"}, []string{"takes the place", "speaks"}, "", false},
		{"list, another language", []string{"list", "--lang", "fr"}, []string{"--lang must be one of"}, "", true},
		{"list, unknown site", []string{"list", "qinfu"}, []string{`list the agents: site "qinfu" is not in the inventory`}, "", true},
		{"list, nobody", []string{"list", "quiet"}, []string{"没有登记的探针", "fengsui-collector code"}, "", false},

		{"approve", []string{"approve", "qingfu"}, []string{"青福镇：已批准换发证书", "may renew its certificate"}, "SELECT approved IS NOT NULL FROM agents WHERE agent = unhex('00000000000000000000000000000007')", false},
		{"approve, nobody asks", []string{"approve", "hub"}, []string{"approve the renewal of the agent of site hub: no agent of it asks", "agent list hub"}, "SELECT count(*) = 1 FROM agents WHERE approved IS NOT NULL", true},
		{"approve, too late to renew", []string{"approve", "former-town"}, []string{"expired more than 90 days ago"}, "SELECT count(*) = 1 FROM agents WHERE approved IS NOT NULL", true},
		{"approve, unknown site", []string{"approve", "qinfu"}, []string{"no agent of it asks", `site "qinfu" is not in the inventory`}, "", true},

		{"revoke", []string{"revoke", "hub", "--reason", "设备被盗"}, []string{"区信息中心：探针已吊销（设备被盗）", "fengsui-collector code hub", "its agent was revoked (设备被盗)"}, "SELECT count(*) = 2 FROM agents WHERE site = 'hub' AND reason = '设备被盗'", false},
		{"revoke, of a site that is gone", []string{"revoke", "closed-town", "--reason", "closed"}, []string{"closed-town：探针已吊销（closed）"}, "SELECT count(*) = 1 FROM agents WHERE site = 'closed-town' AND reason = 'closed'", false},
		{"revoke, nobody there", []string{"revoke", "quiet", "--reason", "x"}, []string{"revoke the agent of site quiet: it has none in force\n"}, "", true},
		{"revoke, unknown site", []string{"revoke", "qinfu", "--reason", "x"}, []string{"it has none in force", `site "qinfu" is not in the inventory`}, "", true},
		{"revoke, no reason", []string{"revoke", "hub"}, []string{"missing flags: --reason"}, "SELECT count(*) = 2 FROM agents WHERE site = 'hub' AND revoked IS NULL", true},
		{"revoke, an empty reason", []string{"revoke", "hub", "--reason", " "}, []string{"want why, in words"}, "SELECT count(*) = 2 FROM agents WHERE site = 'hub' AND revoked IS NULL", true},

		{"keep", []string{"keep", "hexi", "44b2"}, []string{"河西镇：保留实例 44b2c3d4e5f6", "instance 44b2c3d4e5f6 is kept"}, "SELECT kept = unhex('44b2c3d4e5f600000000000000000000') FROM clones", false},
		{"keep, more than one is meant", []string{"keep", "hexi", "4"}, []string{`instance "4" means 2 of its machines`}, "SELECT kept IS NULL FROM clones", true},
		{"keep, nobody is meant", []string{"keep", "hexi", "ffff"}, []string{`instance "ffff" means 0 of its machines`, "agent list"}, "SELECT kept IS NULL FROM clones", true},
		{"keep, of a former agent", []string{"keep", "hexi", "33b2"}, []string{"means 0 of its machines"}, "SELECT kept IS NULL FROM clones", true},
		{"keep, one machine", []string{"keep", "hub", "a1b2"}, []string{"one machine: there is nothing to decide"}, "", true},
		{"keep, unknown site", []string{"keep", "qinfu", "a1b2"}, []string{`site "qinfu" is not in the inventory`}, "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, time.Now())
			d.crowd()
			code, out, failed := d.run(append([]string{"agent"}, c.args...)...)
			text, other := out, failed
			if c.fails {
				text, other = failed, out
			}
			if (code != 0) != c.fails || other != "" && !strings.Contains(other, "Usage:") {
				t.Errorf("code %d, out %q, err %q", code, out, failed)
			}
			rest, found := text, true
			for _, want := range c.says {
				if _, rest, found = strings.Cut(rest, want); !found {
					t.Errorf("it says %q, want %q in it, in the order of the table", text, want)
				}
			}
			if c.left == "" {
				return
			}
			var right bool
			if err := d.db.Read.QueryRow(c.left).Scan(&right); err != nil || !right {
				t.Errorf("afterwards %s is %v, %v", c.left, right, err)
			}
		})
	}
}

// TestAgentKept: once a person has decided, the list asks no more.
func TestAgentKept(t *testing.T) {
	t.Parallel()
	d := newDesk(t, time.Now())
	d.crowd()
	if _, out, _ := d.run("agent", "list", "hexi"); !strings.Contains(out, "agent keep hexi") || strings.Count(out, "身份重复") != 2 {
		t.Errorf("before: %s", out)
	}
	if code, _, err := d.run("agent", "keep", "hexi", "45B2C3"); code != 0 {
		t.Fatal(err)
	}
	_, out, _ := d.run("agent", "list", "hexi")
	if strings.Contains(out, "agent keep") || !strings.Contains(out, "45b2c3d4e5f6  已选定保留，等待其下次联系  ") || !strings.Contains(out, "44b2c3d4e5f6  身份重复，数据被拒收        ") {
		t.Errorf("after: %s", out)
	}
}

// TestNoState: beside no collector nothing is made.
func TestNoState(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	config := filepath.Join(dir, "etc")
	if err := os.Mkdir(config, 0o700); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("collector {\n  data = %q\n}\nsite \"hub\" {\n  kind = \"hub\"\n}\n", filepath.Join(dir, "data"))
	if err := os.WriteFile(filepath.Join(config, "district.hcl"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"list"}, {"approve", "hub"}, {"revoke", "hub", "--reason", "x"}, {"keep", "hub", "a1b2"}} {
		var out, err strings.Builder
		code := run(t.Context(), append(append([]string{"agent"}, args...), "--config", config), &out, &err)
		if code != 1 || !strings.Contains(err.String(), "start the collector once before") {
			t.Errorf("%v: code %d, %q, %q", args, code, out.String(), err.String())
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "data")); !os.IsNotExist(err) {
		t.Errorf("the data directory: %v, want none", err)
	}
}
