package configs

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// one reads one value as a kind of value.
func one[T any](t *testing.T, text string, w want[T]) (T, string) {
	t.Helper()
	r := newReading("x.hcl")
	body := r.parse("x.hcl", []byte("v = "+text+"\n"))
	var v T
	if body != nil {
		read(r.top(body), "v", &v, w)
	}
	if _, err := r.result(); err != nil {
		return v, err.(*Mistakes).Problems[0].EN
	}
	return v, ""
}

// A row is a value as written, what it is, and a part of the error.
type row struct{ text, want, problem string }

func table[T any](t *testing.T, w want[T], rows ...row) {
	t.Helper()
	for _, tt := range rows {
		v, problem := one(t, tt.text, w)
		if tt.problem != "" {
			if !strings.Contains(problem, tt.problem) {
				t.Errorf("%s: problem %q, want %q in it", tt.text, problem, tt.problem)
			}
			continue
		}
		if got := fmt.Sprint(v); got != tt.want || problem != "" {
			t.Errorf("%s is %s, %s; want %s", tt.text, got, problem, tt.want)
		}
	}
}

func TestDurations(t *testing.T) {
	t.Parallel()
	const wanted = "want a length of time"
	table(t, wantDuration(time.Second, 7*day),
		row{`"10s"`, "10s", ""}, row{`"7d"`, "168h0m0s", ""}, row{`"1m30s"`, "1m30s", ""},
		row{`"1000ms"`, "1s", ""}, row{`"999ms"`, "", "want 1s to 7d"}, row{`"8d"`, "", "want 1s to 7d"},
		row{`"-10s"`, "", wanted}, row{`10`, "", wanted}, row{`"10"`, "", wanted}, row{`""`, "", wanted},
		row{`"99999999999h"`, "", wanted}, row{`"1.5d"`, "", wanted}, row{`["10s"]`, "", wanted}, row{`true`, "", wanted})
	for d, want := range map[time.Duration]string{
		90 * day: "90d", 36 * time.Hour: "36h", 5 * time.Minute: "5m", 90 * time.Second: "1m30s", 0: "0s",
		time.Hour + time.Second: "1h0m1s", 10 * time.Second: "10s", 500 * time.Millisecond: "500ms", 70 * time.Minute: "1h10m",
	} {
		if got := span(d); got != want {
			t.Errorf("span(%d) = %s, want %s", d, got, want)
		}
	}
}

func TestSizesAndRates(t *testing.T) {
	t.Parallel()
	const wanted = "want a size such as"
	table(t, wantSize(1<<10, 1<<50),
		row{`"512MiB"`, "536870912", ""}, row{`"1 GiB"`, "1073741824", ""}, row{`"4096B"`, "4096", ""},
		row{`"1B"`, "", "want 1KiB to 1024TiB"}, row{`"512MB"`, "", wanted}, row{`512`, "", wanted}, row{`"512"`, "", wanted},
		row{`"9999999TiB"`, "", wanted}, row{`"99999999999999999999MiB"`, "", wanted}, row{`"-1MiB"`, "", wanted},
		row{`"1.5GiB"`, "", wanted}, row{`"MiB"`, "", wanted})
	table(t, wantRate(8_000, 10_000_000_000),
		row{`"1Mbit/s"`, "1000000", ""}, row{`"1Mbps"`, "1000000", ""}, row{`"10 Gbit/s"`, "10000000000", ""},
		row{`"8000bit/s"`, "8000", ""}, row{`"1kbit/s"`, "", "want 8kbit/s to 10Gbit/s"}, row{`"1MB/s"`, "", "want a rate"}, row{`1000000`, "", "want a rate"})
}

func TestPercents(t *testing.T) {
	t.Parallel()
	table(t, wantPercent(0, 0.9),
		row{`"10%"`, "10%", ""}, row{`"0%"`, "0%", ""}, row{`"2.5%"`, "2.5%", ""}, row{`"91%"`, "", "want 0% to 90%"},
		row{`0.1`, "", "want a percentage"}, row{`"10"`, "", "want a percentage"}, row{`"NaN%"`, "", "want a percentage"})
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	table(t, wantInt(1, 1000),
		row{"5", "5", ""}, row{"1e3", "1000", ""}, row{"0", "", "want 1 to 1000"}, row{"-5", "", "want 1 to 1000"},
		row{"5.0", "5", ""}, row{"5.1", "", "whole number"}, row{"99999999999999999999", "", "whole number"},
		row{"1e-1000000", "", "whole number"}, row{`"5"`, "", "whole number"}, row{"true", "", "whole number"}, row{"(5)", "", "plain value"})
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	table(t, wantHostPort,
		row{`"10.0.0.5:7443"`, "10.0.0.5:7443", ""}, row{`"[fd00::5]:7443"`, "[fd00::5]:7443", ""}, row{`"fengsui.gov.cn:7443"`, "fengsui.gov.cn:7443", ""},
		row{`"10.0.0.5"`, "", "want a host and a port"}, row{`"fd00::5:7443"`, "", "want a host"}, row{`"10.0.0:7443"`, "", "want a host"},
		row{`"10.0.0.5:0"`, "", "want a host"}, row{`"10.0.0.5:65536"`, "", "want a host"}, row{`":7443"`, "", "want a host"},
		row{`"[10.0.0.5]:7443"`, "", "want a host"}, row{`"a b:1"`, "", "want a host"}, row{`"https://a:1"`, "", "want a host"},
		row{`"[fd00::5:7443"`, "", "want a host"}, row{`"999.0.0.1:80"`, "", "want a host"})
	table(t, wantListen,
		row{`"[::]:7443"`, "[::]:7443", ""}, row{`":7443"`, ":7443", ""}, row{`"127.0.0.1:0"`, "127.0.0.1:0", ""}, row{`"localhost:1"`, "", "want an address"})
	table(t, wantLoopback,
		row{`"127.0.0.1:7480"`, "127.0.0.1:7480", ""}, row{`"[::1]:0"`, "[::1]:0", ""}, row{`"127.9.9.9:1"`, "127.9.9.9:1", ""},
		row{`":7480"`, "", "want a loopback"}, row{`"0.0.0.0:7480"`, "", "want a loopback"}, row{`"[::]:7480"`, "", "want a loopback"}, row{`"localhost:7480"`, "", "want a loopback"})
	table(t, wantPrefix,
		row{`"10.0.0.0/8"`, "10.0.0.0/8", ""}, row{`"fc00::/7"`, "fc00::/7", ""}, row{`"10.1.2.3"`, "10.1.2.3/32", ""}, row{`"::ffff:10.1.2.3"`, "10.1.2.3/32", ""},
		row{`"10.1.0.0/8"`, "", `want a prefix without host bits: "10.0.0.0/8"`}, row{`"10.0.0.0/33"`, "", "want a prefix"},
		row{`"fe80::1%eth0"`, "", "want a prefix"}, row{`"::ffff:10.0.0.0/104"`, "", "want a prefix"}, row{`"ten"`, "", "want a prefix"})
	table(t, wantURL,
		row{`"http://127.0.0.1:9000/"`, "http://127.0.0.1:9000/", ""}, row{`"https://[::1]/x?y"`, "https://[::1]/x?y", ""},
		row{`"http://"`, "", "want a URL"}, row{`"127.0.0.1"`, "", "want a URL"}, row{`"http://u:p@h/"`, "", "want a URL"}, row{`"file:///etc/passwd"`, "", "want a URL"})
}

func TestTexts(t *testing.T) {
	t.Parallel()
	table(t, wantLine(4),
		row{`"青福镇"`, "青福镇", ""}, row{`""`, "", "1 to 4 characters"}, row{`"一二三四五"`, "", "1 to 4 characters"},
		row{`"a\nb"`, "", "visible characters"}, row{`" a"`, "", "visible characters"}, row{`"\u202e"`, "", "visible characters"}, row{`"a\u0000"`, "", "visible characters"})
	table(t, wantPath,
		row{`"/var/lib/x"`, "/var/lib/x", ""}, row{`"/a/../b/"`, "/b", ""}, row{`"var"`, "", "absolute path"}, row{`"$${x}"`, "", "absolute path"}, row{`"/$${x}"`, "/${x}", ""})
	table(t, anyText, row{"<<X\n  a\n  b\nX", "  a\n  b\n", ""}, row{`"` + strings.Repeat("x", maxText+1) + `"`, "", "1 to 4096"})
}
