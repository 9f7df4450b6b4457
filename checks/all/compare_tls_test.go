package all_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"fengsui/checks"
	"fengsui/checks/lab"
)

// TestVersionsAgree: testssl.sh and nmap find the versions and weak suites of
// the same server that we do.
func TestVersionsAgree(t *testing.T) {
	t.Parallel()
	lab.NeedRoot(t)
	for name, tt := range map[string]struct {
		server   string
		versions []string // that are taken
		weak     bool     // 3DES
	}{
		"modern":  {"tls 443 cert=rsa", []string{"TLS 1.2", "TLS 1.3"}, false},
		"old":     {"tls 443 cert=rsa min=1.0 max=1.2", []string{"TLS 1.0", "TLS 1.1", "TLS 1.2"}, false},
		"ancient": {"tls 443 cert=rsa min=1.0 max=1.0 suites=3des", []string{"TLS 1.0"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.check("tls", server4.String()+":443", "timeout=20s")
			w.arrange([]string{tt.server})
			w.look()
			t01, _ := w.last.finding("T01")
			if want := "TLS is spoken: " + strings.Join(tt.versions, ", "); t01.Evidence != want {
				t.Errorf("we say %q, want %q", t01.Evidence, want)
			}
			if t04, _ := w.last.finding("T04"); (t04.Outcome == "fail") != tt.weak {
				t.Errorf("we say T04 %s, want weak: %v", t04.Outcome, tt.weak)
			}
			// testssl.sh asks for SSL 2.0 too, which we do not: no server of this
			// century has it, and OpenSSL has forgotten it.
			// It takes half a minute, so it is asked about one of the three.
			said := ""
			if name == "old" {
				w.resolver("127.0.0.1") // nobody, and at once: it looks names up that are none
				said, _ = w.ask("testssl", "--color", "0", "--quiet", "--warnings", "off", "--nodns", "none", "-p", server4.String()+":443")
			}
			for _, v := range []string{"TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3"} {
				if said == "" {
					break
				}
				line := regexp.MustCompile(`(?m)^ ` + strings.TrimSuffix(strings.ReplaceAll(v, "TLS 1.0", "TLS 1"), "") + ` .*$`).FindString(said)
				if offered := strings.Contains(line, "offered") && !strings.Contains(line, "not offered"); offered != strings.Contains(t01.Evidence, v) {
					t.Errorf("testssl.sh says %q of %s, we say %q", line, v, t01.Evidence)
				}
			}
			// nmap's NSE names versions TLSv1.2 and grades each suite.
			said, _ = w.ask("nmap", "-n", "-Pn", "-p", "443", "--script", "ssl-enum-ciphers", server4.String())
			for _, v := range []string{"TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3"} {
				if got := strings.Contains(said, strings.ReplaceAll(v, "TLS ", "TLSv")+":"); got != strings.Contains(t01.Evidence, v) {
					t.Errorf("nmap says %v of %s, we say %q\n%s", got, v, t01.Evidence, said)
				}
			}
			if got := strings.Contains(said, "3DES"); got != tt.weak {
				t.Errorf("nmap finds 3DES: %v, want %v", got, tt.weak)
			}
		})
	}
}

// TestExpiryAgrees: check_http counts the same days to a certificate's end.
func TestExpiryAgrees(t *testing.T) {
	t.Parallel()
	lab.NeedRoot(t)
	for _, tt := range []struct {
		cert string
		exit int // of check_http with a warning of 30 days and an alarm at 7
		t06  string
	}{{"good", 0, "pass"}, {"soon", 1, "fail"}, {"expired", 2, "fail"}} {
		t.Run(tt.cert, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.check("tls", server4.String()+":443", "scan=false")
			w.arrange([]string{"tls 443 cert=" + tt.cert})
			w.look()
			if got, _ := w.last.finding("T06"); got.Outcome != tt.t06 {
				t.Errorf("we say %s, want %s", got.Outcome, tt.t06)
			}
			said, exit := w.ask("check_http", "-H", server4.String(), "-S", "-C", "30,7")
			if exit != tt.exit {
				t.Errorf("check_http ends with %d, want %d: %s", exit, tt.exit, said)
			}
			left, _ := w.last.value(checks.V4, "", "certificate_expires_in_seconds")
			end := time.Now().Add(time.Duration(left * float64(time.Second)))
			if m := regexp.MustCompile(`(\d{4}-\d\d-\d\d \d\d:\d\d)`).FindString(said); m != "" {
				if theirs, err := time.Parse("2006-01-02 15:04", m); err == nil && theirs.Sub(end).Abs() > 25*time.Hour {
					t.Errorf("check_http says %s, we say %s", m, end)
				}
			}
		})
	}
}

// finding is what a look judged of a criterion.
func (s Seen) finding(rule string) (Found, bool) {
	for _, f := range s.Findings {
		if f.Rule == rule {
			return f, true
		}
	}
	return Found{}, false
}
