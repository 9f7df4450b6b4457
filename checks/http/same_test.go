package http

import (
	nethttp "net/http"
	"strings"
	"testing"

	"fengsui/checks"
)

// TestDifference: what changes by itself is no difference, another page is.
func TestDifference(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("公告 通知 办事 指南 ", 50)
	for name, tt := range map[string]struct {
		a, b string
		same bool
	}{
		"equal":        {long, long, true},
		"both empty":   {"", "", true},
		"nonce":        {`<script nonce="a1b2">x</script> ` + long, `<script nonce="zz99">x</script> ` + long, true},
		"view state":   {`<input name="__VIEWSTATE" value="dDwtMTA4"/>`, `<input name="__VIEWSTATE" value="ZZZtMTA4"/>`, true},
		"csrf":         {`<input name="csrf_token" value="1"/>`, `<input name="csrf_token" value="2"/>`, true},
		"time":         {long + "2026-12-01 09:00:00", long + "2026-12-01 09:00:07", true},
		"one headline": {long + "甲", long + "乙", true},
		"half of it":   {long + long, long + strings.Repeat("x y z w ", 50), false},
		"default page": {long, "Welcome to nginx!", false},
		"nothing":      {long, "", false},
	} {
		if got := difference([]byte(tt.a), []byte(tt.b)); (got <= mostOther) != tt.same {
			t.Errorf("%s: %.2f differs, want the same: %v", name, got, tt.same)
		}
	}
}

// FuzzPage: a server may send any page and headers.
func FuzzPage(f *testing.F) {
	f.Add("<form action='x'><input type=password></form>", "max-age=1", "a=b; Secure")
	f.Add("<form><form action=", "default-src *; ;;", ";;=")
	f.Fuzz(func(t *testing.T, body, policy, cookie string) {
		p, err := parse("https://portal.example/")
		if err != nil {
			t.Fatal(err)
		}
		a := &answer{page: p, body: []byte(body), header: nethttp.Header{
			"Strict-Transport-Security": {policy}, "Content-Security-Policy": {policy}, "Set-Cookie": {cookie}, "Referrer-Policy": {policy}, "Location": {policy},
		}, status: 302}
		judgeSite(a, checks.NewObservation(&Kind))
		a.redirect()
		if d := difference([]byte(body), []byte(policy)); d < 0 || d > 1 {
			t.Errorf("got a difference of %v", d)
		}
		if d := difference([]byte(body), []byte(body)); d != 0 {
			t.Errorf("a page differs from itself by %v", d)
		}
	})
}
