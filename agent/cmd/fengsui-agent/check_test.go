package main

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fengsui/checks"
	"fengsui/checks/all"
	"fengsui/checks/lab"
)

// call runs the program with a command line.
func call(ctx context.Context, args ...string) (stdout, stderr string, code int) {
	var out, err bytes.Buffer
	code = run(ctx, args, streams{strings.NewReader(""), &out, &err})
	return out.String(), err.String(), code
}

func page(t *testing.T, status int, body string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		w.Write([]byte(body))
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// closedUDP is a UDP port that refuses us: its socket talks to somebody else.
func closedUDP(t *testing.T) string {
	t.Helper()
	conn, err := net.Dial("udp", "127.0.0.1:9")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn.LocalAddr().String()
}

// TestCheckText: the first line and the exit code are all that a monitoring
// system reads.
func TestCheckText(t *testing.T) {
	t.Parallel()
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("Hushed\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		args  []string
		code  int
		first string // regular expression
	}{
		{"up", []string{"http", page(t, 200, "page")}, 0, `^FENGSUI HTTP UP - http://127\.0\.0\.1:\d+, IPv4 duration \S+ \| duration=0\.\d{6}s connect=0\.\d{6}s first_byte=0\.\d{6}s status_code=200 protocol_version=1.1 body=4B$`},
		{"degraded", []string{"http", page(t, 404, ""), "--lang", "en"}, 1, `^FENGSUI HTTP DEGRADED - http://\S+ \(127\.0\.0\.1\) answered 404, want 200-399: .* \| duration=`},
		{"degraded, Chinese", []string{"http", page(t, 404, ""), "--lang", "zh"}, 1, `^FENGSUI HTTP DEGRADED - .*返回 404（应为：200-399）`},
		{"down", []string{"tcp", lab.Closed(t, "127.0.0.1")}, 2, `^FENGSUI TCP DOWN - \S+ \(127\.0\.0\.1\) refused the connection[^|]*$`},
		{"unable", []string{"icmp", "127.0.0.1", "--timeout", "1ms", "--lang", "en"}, 3, `^FENGSUI ICMP UNABLE - [^|]*$`},
		{"a bar in the text", []string{"http", page(t, 200, "page"), "--set", "match=x|y"}, 1, `^FENGSUI HTTP DEGRADED - [^|]*x¦y[^|]* \| duration=`},
		{"a list", []string{"http", page(t, 404, ""), "-s", "status=200", "-s", "status=404"}, 0, `^FENGSUI HTTP UP`},
		{"unknown kind", []string{"icpm", "127.0.0.1"}, 3, `^FENGSUI UNABLE - kind "icpm" is not known, want one of: dns, http, icmp, ntp, path, snmp, tcp, tls$`},
		{"unknown option", []string{"icmp", "127.0.0.1", "--set", "cout=3"}, 3, `^FENGSUI UNABLE - check icmp: option "cout" is not known, want one of: count, `},
		{"no value", []string{"icmp", "127.0.0.1", "--set", "count"}, 3, `^FENGSUI UNABLE - --set count has no value, want option=value$`},
		{"wrong value", []string{"icmp", "127.0.0.1", "--set", "count=0"}, 3, `^FENGSUI UNABLE - check icmp: option "count" is "0", want at least 1$`},
		{"wrong target", []string{"tcp", "127.0.0.1"}, 3, `^FENGSUI UNABLE - check tcp: target "127\.0\.0\.1": want host:port`},
		{"other family", []string{"icmp", "127.0.0.1", "--family", "6"}, 3, `^FENGSUI UNABLE - --family is 6, but 127\.0\.0\.1 is an address of the other one$`},
		{"same family", []string{"tcp", lab.Closed(t, "127.0.0.1"), "--family", "4", "--lang", "en"}, 2, `^FENGSUI TCP DOWN`},
		{"AAAA of an address", []string{"tcp", lab.Closed(t, "127.0.0.1"), "--want-v6"}, 3, `^FENGSUI UNABLE - --want-v6 needs a name`},
		{"AAAA over IPv4", []string{"icmp", "portal.example", "--want-v6", "--family", "4"}, 3, `^FENGSUI UNABLE - --want-v6 does not go with --family 4$`},
		{"a secret on the command line", []string{"snmp", "127.0.0.1", "-s", "interface=ge1", "-s", "secret=Hushed"}, 3, `^FENGSUI UNABLE - the secret is not told on the command line, want --set secret=env:VARIABLE or --set secret=file:PATH$`},
		{"no such variable", []string{"snmp", "127.0.0.1", "-s", "interface=ge1", "-s", "secret=env:FENGSUI_NOT_SET"}, 3, `^FENGSUI UNABLE - the secret is env:FENGSUI_NOT_SET, and the environment has no FENGSUI_NOT_SET`},
		{"no such file", []string{"snmp", "127.0.0.1", "-s", "interface=ge1", "-s", "secret=file:/nowhere/secret"}, 3, `^FENGSUI UNABLE - read the secret: open /nowhere/secret: `},
		{"a wrong secret", []string{"snmp", "127.0.0.1", "-s", "interface=ge1", "-s", "version=3", "-s", "secret=file:" + secret}, 3, `^FENGSUI UNABLE - the secret of file:\S+ cannot be used: its line 1 has no "=", want for version 3 the lines user=NAME, auth=SHA256:PASSPHRASE and priv=AES:PASSPHRASE$`},
		{"a secret", []string{"snmp", closedUDP(t), "-s", "interface=ge1", "-s", "secret=file:" + secret, "--lang", "en"}, 3, `^FENGSUI SNMP UNABLE - the device \S+ \(127\.0\.0\.1\) is there and has no SNMP at this port[^H]*$`},
		{"source", []string{"http", page(t, 200, "page"), "--source", "127.0.0.2", "--source", "::1"}, 0, `^FENGSUI HTTP UP`},
		{"source of another machine", []string{"http", page(t, 200, "page"), "--source", "192.0.2.7", "--lang", "en"}, 3, `^FENGSUI HTTP UNABLE - this machine has no source 192\.0\.2\.7`},
		{"interface that is not here", []string{"http", page(t, 200, "page"), "--interface", "fs-none0", "--lang", "en"}, 3, `^FENGSUI HTTP UNABLE - this machine has no source fs-none0`},
		{"source that is none", []string{"icmp", "127.0.0.1", "--source", "eth0"}, 3, `^FENGSUI UNABLE - --source is "eth0", want an address of this machine$`},
		{"two sources", []string{"icmp", "127.0.0.1", "--source", "127.0.0.1", "--source", "127.0.0.2"}, 3, `^FENGSUI UNABLE - --source names two addresses of IPv4, want one at most$`},
		{"source and interface", []string{"icmp", "127.0.0.1", "--source", "127.0.0.1", "--interface", "lo"}, 3, `^FENGSUI UNABLE - --source and --interface were both given`},
		{"no time", []string{"tcp", lab.Closed(t, "127.0.0.1"), "--timeout", "0s"}, 3, `^FENGSUI UNABLE - --timeout is 0s, want more than nothing$`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			stdout, stderr, code := call(t.Context(), append([]string{"check"}, tt.args...)...)
			first, _, _ := strings.Cut(stdout, "\n")
			if code != tt.code || !regexp.MustCompile(tt.first).MatchString(first) || stderr != "" {
				t.Errorf("got exit code %d and %q (stderr %q), want %d and %s", code, first, stderr, tt.code, tt.first)
			}
		})
	}
}

// TestCheckWrongUse: what the command line itself refuses is unknown too, and
// never the critical that a 2 would say.
func TestCheckWrongUse(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"icmp"}, {}, {"icmp", "127.0.0.1", "--family", "5"}, {"icmp", "127.0.0.1", "--timeout", "soon"}, {"icmp", "127.0.0.1", "--nosuch"}} {
		if _, stderr, code := call(t.Context(), append([]string{"check"}, args...)...); code != 3 || stderr == "" {
			t.Errorf("%v: got exit code %d and %q, want 3 and a sentence", args, code, stderr)
		}
	}
}

func TestCheckJSON(t *testing.T) {
	t.Parallel()
	url := page(t, 503, "")
	stdout, _, code := call(t.Context(), "check", "http", url, "--json", "--lang", "zh")
	var got jsonResult
	d := json.NewDecoder(strings.NewReader(stdout))
	d.DisallowUnknownFields()
	raw := map[string]any{}
	if err := json.Unmarshal([]byte(stdout), &raw); err != nil {
		t.Fatalf("%v\n%s", err, stdout)
	}
	for _, key := range []string{"kind", "target", "state", "reason", "families", "rows", "findings", "start", "duration_seconds"} {
		if _, ok := raw[key]; !ok {
			t.Errorf("the key %q is missing:\n%s", key, stdout)
		}
	}
	if raw["state"] != "down" || code != 2 {
		t.Errorf("got state %v and exit code %d, want down and 2", raw["state"], code)
	}
	delete(raw, "state")
	for _, f := range raw["families"].(map[string]any) {
		delete(f.(map[string]any), "state")
	}
	rest, _ := json.Marshal(raw)
	if err := json.Unmarshal(rest, &got); err != nil {
		t.Fatal(err)
	}
	want := &jsonReason{Code: "server_error", Args: map[string]string{"target": url, "address": "127.0.0.1", "status": "503", "want": "200-399"},
		ZH: url + "（127.0.0.1）返回 503（应为：200-399），服务端程序出错",
		EN: url + " (127.0.0.1) answered 503, want 200-399: the server side is failing"}
	if diff := cmp.Diff(want, got.Reason); diff != "" {
		t.Errorf("reason (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(want, got.Families["4"].Reason); diff != "" || len(got.Families) != 1 {
		t.Errorf("families %v (-want +got)\n%s", got.Families, diff)
	}
	if len(got.Rows) != 1 || got.Rows[0].Family != "4" || got.Rows[0].Values["status_code"] != 503 || got.Findings == nil {
		t.Errorf("got rows %v and findings %v, want one row with the status, and a list", got.Rows, got.Findings)
	}
	if got.Duration <= 0 || time.Since(got.Start) > time.Hour || time.Since(got.Start) < 0 {
		t.Errorf("got start %v and %v s, want just now", got.Start, got.Duration)
	}
	if stdout, stderr, code := call(t.Context(), "check", "icpm", "x", "--json"); stdout != "" || !strings.Contains(stderr, "icpm") || code != 3 {
		t.Errorf("got %q and %q, exit code %d; want nothing on stdout, a sentence, 3", stdout, stderr, code)
	}
}

// TestCheckStops: an interrupted check is unable, at once.
func TestCheckStops(t *testing.T) {
	t.Parallel()
	stopped, stop := context.WithCancel(t.Context())
	stop()
	stdout, _, code := call(stopped, "check", "tcp", lab.Closed(t, "127.0.0.1"), "--lang", "en")
	if code != 3 || !strings.Contains(stdout, "the program is stopping") {
		t.Errorf("got exit code %d and %q, want 3, because the program is stopping", code, stdout)
	}
}

// grammar is a performance datum of the Monitoring Plugins Development
// Guidelines: label=value[UOM];[warn];[crit];[min];[max].
var grammar = regexp.MustCompile(`^([^ =']+|'([^']|'')+')=-?[0-9]+(\.[0-9]+)?(s|%|B|c)?(;[0-9.]*){0,4}$`)

// TestCheckPerformance: labels and values of every kind, in the best and in
// the worst case, are what a monitoring system can read; the labels of a name
// say the family also on the day when only one of them answers.
func TestCheckPerformance(t *testing.T) {
	t.Parallel()
	for _, k := range all.Kinds() {
		for i, target := range []string{"192.0.2.1", "portal.example"} {
			s := checks.Spec{Kind: k, Check: anything{}, Target: target}
			for _, v := range []float64{0, 1, -1e9, 1e-9, 1e15, 0.1 + 0.2} {
				row := checks.Row{Family: checks.V4}
				for range k.Measurements {
					row.Values = append(row.Values, v)
				}
				row.Values[len(row.Values)-1] = math.NaN()
				p := report{spec: s, result: checks.Result{Rows: []checks.Row{row}}}
				data := strings.Fields(p.performance())
				if len(data) != len(k.Measurements)-1 {
					t.Errorf("%s: got %d values of %d measured ones: %q", k.Name, len(data), len(k.Measurements)-1, data)
				}
				for _, d := range data {
					if !grammar.MatchString(d) || strings.HasPrefix(d, "v4_") != (i == 1) {
						t.Errorf("%s %s: got %q, want label=value[UOM], with v4_ only of a name", k.Name, target, d)
					}
				}
			}
		}
	}
	if got := quoted("it's = here"); got != "'it''s = here'" {
		t.Errorf("got label %s, want it quoted", got)
	}
}

// anything takes every target for a host.
type anything struct{ checks.Check }

func (anything) Host(target string) (string, error) { return target, nil }

// TestCheckLines: below the first line each family says what the first one did
// not, and findings say what is amiss.
func TestCheckLines(t *testing.T) {
	t.Parallel()
	loss := checks.Declaration{Code: "loss", State: checks.Degraded, Args: []string{"address"}, ZH: "{address} 丢包", EN: "{address} loses"}
	kind := &checks.Kind{Name: "ping", Measurements: []checks.Measurement{{Name: "loss_ratio", Unit: "ratio"}}, Reasons: []checks.Declaration{loss}}
	v4, v6 := loss.With("192.0.2.1").Verdict(), loss.With("2001:db8::1").Verdict()
	p := report{spec: checks.Spec{Kind: kind, Check: anything{}, Target: "portal.example"}, lang: "en",
		words: checks.NewCatalogue([]*checks.Kind{kind}), result: checks.Result{Pair: v4, V4: &v4, V6: &v6,
			Rows: []checks.Row{{Family: checks.V4, Values: []float64{1.0 / 3}}},
			Findings: []checks.Finding{{Rule: "trusted", Family: checks.V4, Outcome: checks.Pass, Evidence: "seen"},
				{Rule: "named", Family: checks.V6, Outcome: checks.Fail, Evidence: "a|b"}}}}
	var b strings.Builder
	p.text(&b)
	const want = `FENGSUI PING DEGRADED - 192.0.2.1 loses | v4_loss=33.33%;;;0;100
IPv4 degraded: loss 33.33%
IPv6 degraded: 2001:db8::1 loses
named fail (IPv6): a¦b
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("printed (-want +got)\n%s", diff)
	}
}

func TestCheckLanguage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		flag string
		env  map[string]string
		want string
	}{
		{"auto", nil, "en"},
		{"auto", map[string]string{"LANG": "zh_CN.UTF-8"}, "zh"},
		{"auto", map[string]string{"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, "en"},
		{"en", map[string]string{"LANG": "zh_CN.UTF-8"}, "en"},
		{"zh", nil, "zh"},
	} {
		c := &CheckCmd{Lang: tt.flag}
		if got := c.lang(func(name string) string { return tt.env[name] }); got != tt.want {
			t.Errorf("%s with %v: got %s, want %s", tt.flag, tt.env, got, tt.want)
		}
	}
}
