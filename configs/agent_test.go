package configs

import (
	"errors"
	"log/slog"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestLoadAgent(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]string{"agent.hcl": `
data           = "/srv/fengsui"
collectors     = ["10.0.0.5:7443", "[fd00::5]:7443"]
allow_prefixes = ["10.0.0.0/8", "fd00::1"]
allow_kinds    = ["icmp"]
max_concurrent = 8
log_level      = "debug"
proxy {
  address       = "proxy.test:3128"
  user          = "青福"
  password_file = "/etc/fengsui/proxy"
}
spool {
  where      = "memory"
  memory     = "4MiB"
  checkpoint = "1h"
  limit      = "64MiB"
  reserve    = "20%"
  keep       = "3d"
}
push {
  idle    = "10s"
  busy    = "2s"
  backlog = "512kbps"
}
`})
	got, err := LoadAgent(filepath.Join(dir, "agent.hcl"), testKinds...)
	if err != nil {
		t.Fatal(err)
	}
	want := &Agent{
		Data: "/srv/fengsui", Collectors: []string{"10.0.0.5:7443", "[fd00::5]:7443"},
		Proxy:         Proxy{Address: "proxy.test:3128", User: "青福", PasswordFile: "/etc/fengsui/proxy"},
		AllowPrefixes: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::1/128")},
		AllowKinds:    []string{"icmp"}, MaxConcurrent: 8, LogLevel: slog.LevelDebug,
		SpoolWhere: SpoolMemory, SpoolMemory: 4 << 20, Checkpoint: time.Hour,
		SpoolLimit: 64 << 20, SpoolReserve: 0.2, Keep: 72 * time.Hour,
		Idle: 10 * time.Second, Busy: 2 * time.Second, BacklogBitsPerSecond: 512_000,
	}
	if diff := cmp.Diff(want, got, comparing); diff != "" {
		t.Errorf("agent (-want +got):\n%s", diff)
	}
}

// TestAgentMistakes: every one at once, where it is.
func TestAgentMistakes(t *testing.T) {
	t.Parallel()
	_, err := newReading("agent.hcl").agent("agent.hcl", []byte(`data = "var"
collector = ["10.0.0.5:7443"]
allow_prefixes = []
allow_kinds = ["*", "icmp"]
max_concurrent = 0
log_level = "verbose"
log_level = "info"
collectors = ["10.0.0.5:7443" "10.0.0.6:7443"]
spool {
  limit = 512
  where = "flash"
}
push {
  idle = "1s"
}
site "x" {
}
`), testKinds)
	var m *Mistakes
	if !errors.As(err, &m) {
		t.Fatalf("error is %v, want Mistakes", err)
	}
	want := map[int]string{
		1: "want an absolute path", 2: `"collector" is no word of the top level of the file`, 3: "want a list of at least one text",
		4: `"*" means every kind`, 5: "want 1 to 10000", 6: `want one of: "debug"`, 7: "log_level is set twice", 8: "syntax: Missing item separator",
		10: "want a size", 11: `want one of: "disk", "memory"`, 13: "busy is 5s, want at most idle, 1s", 16: `"site" is no block`,
	}
	if len(m.Problems) != len(want) {
		t.Errorf("%d problems, want %d:\n%v", len(m.Problems), len(want), err)
	}
	for _, p := range m.Problems {
		if part := want[p.Line]; part == "" || !strings.Contains(p.EN, part) {
			t.Errorf("line %d: %s; want %q", p.Line, p.EN, part)
		}
	}
}

func TestAgentKinds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text, problem string
		want          []string
	}{
		{`allow_kinds = ["*"]`, "", nil},
		{`allow_kinds = ["http", "icmp"]`, "", []string{"http", "icmp"}},
		{`allow_kinds = ["htp"]`, `did you mean "http"?`, nil},
		{`allow_kinds = []`, "want a list of at least one text", nil},
	} {
		a, err := newReading("x").agent("x", []byte(tt.text+"\n"), testKinds)
		switch {
		case tt.problem != "":
			if err == nil || !strings.Contains(err.Error(), tt.problem) {
				t.Errorf("%s: %v, want %q", tt.text, err, tt.problem)
			}
		case err != nil:
			t.Errorf("%s: %v", tt.text, err)
		default:
			if diff := cmp.Diff(tt.want, a.AllowKinds); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.text, diff)
			}
		}
	}
}

// TestAgentProxy: half a proxy is none.
func TestAgentProxy(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`address = "10.0.0.8:3128"`:        "",
		`address = ""`:                     "",
		`address = "http://10.0.0.8:3128"`: "want a host and a port",
		`user = "qingfu"`:                  "user is set and the proxy's address is not",
		"address = \"10.0.0.8:3128\"\npassword_file = \"/etc/p\"": "the proxy's user is not",
		"address = \"10.0.0.8:3128\"\nuser = \"a:b\"":             "without a colon",
		`password = "secret"`:                                     `"password" is no word`,
	} {
		_, err := newReading("x").agent("x", []byte("proxy {\n"+text+"\n}\n"), nil)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func TestLoadAgentMissing(t *testing.T) {
	t.Parallel()
	if _, err := LoadAgent(filepath.Join(t.TempDir(), "agent.hcl")); err == nil || !strings.Contains(err.Error(), "cannot be read: no such file") {
		t.Errorf("error is %v", err)
	}
}
