package http

import (
	nethttp "net/http"
	"regexp"
	"strconv"
	"strings"

	"fengsui/checks"
)

// judgeSite judges what a page says to browsers: criteria W01 to W08 and W13 of
// domain.md section 5.3.
func judgeSite(a *answer, o *checks.Observation) {
	find := func(rule string, pass bool, evidence string) {
		outcome := checks.Fail
		if pass {
			outcome = checks.Pass
		}
		o.Find(rule, outcome, evidence)
	}
	header := func(name string) string { return strings.Join(a.header.Values(name), ", ") }
	if a.page.tls {
		o.Find("W01", checks.NotApplicable, "it is https; the criterion is about its http address")
		age := maxAge(header("Strict-Transport-Security"))
		find("W02", age >= 31536000, "Strict-Transport-Security: "+orNone(header("Strict-Transport-Security"))+", want max-age of a year at least")
	} else {
		next, ok := a.redirect()
		find("W01", ok && next.tls && strings.EqualFold(next.host, a.page.host) && (a.status == 301 || a.status == 308), "status "+strconv.Itoa(a.status)+", Location: "+orNone(header("Location"))+", want 301 or 308 to https of the same host")
		o.Find("W02", checks.NotApplicable, "the header counts over https only (RFC 6797 section 8.1)")
	}
	policy := header("Content-Security-Policy")
	source := directive(policy, "script-src", "default-src")
	find("W03", policy != "" && !strings.Contains(source, "'unsafe-inline'") && !strings.Contains(" "+source+" ", " * "), "Content-Security-Policy: "+orNone(policy)+", want one without unsafe-inline scripts")
	frame := strings.ToUpper(header("X-Frame-Options"))
	find("W04", frame == "DENY" || frame == "SAMEORIGIN" || directive(policy, "frame-ancestors") != "" && !strings.Contains(directive(policy, "frame-ancestors"), "*"), "X-Frame-Options: "+orNone(frame)+", frame-ancestors: "+orNone(directive(policy, "frame-ancestors")))
	find("W05", strings.EqualFold(header("X-Content-Type-Options"), "nosniff"), "X-Content-Type-Options: "+orNone(header("X-Content-Type-Options"))+", want nosniff")
	find("W06", strict[lastOf(header("Referrer-Policy"))], "Referrer-Policy: "+orNone(header("Referrer-Policy"))+", want strict-origin-when-cross-origin or stricter")
	told := strings.TrimSpace(header("Server") + " " + header("X-Powered-By") + " " + header("X-AspNet-Version"))
	find("W07", !version.MatchString(told), "Server and X-Powered-By: "+orNone(told)+", want no version")
	judgeCookies(a, o)
	judgeForms(a, o)
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// strict are the referrer policies that tell other hosts no path.
var strict = map[string]bool{"no-referrer": true, "same-origin": true, "strict-origin": true, "strict-origin-when-cross-origin": true, "origin": true, "origin-when-cross-origin": true}

// lastOf is the policy that counts of a list: the last that is known.
func lastOf(list string) string {
	all := strings.Split(strings.ToLower(list), ",")
	return strings.TrimSpace(all[len(all)-1])
}

var version = regexp.MustCompile(`\d+\.\d+|/\d+`)

func maxAge(header string) int {
	for part := range strings.SplitSeq(strings.ToLower(header), ";") {
		if text, ok := strings.CutPrefix(strings.TrimSpace(part), "max-age="); ok {
			n, _ := strconv.Atoi(strings.Trim(text, `"`))
			return n
		}
	}
	return 0
}

// directive is the value of the first of some directives that a policy has.
func directive(policy string, names ...string) string {
	for _, name := range names {
		for part := range strings.SplitSeq(strings.ToLower(policy), ";") {
			if fields := strings.Fields(part); len(fields) > 0 && fields[0] == name {
				return strings.Join(fields[1:], " ")
			}
		}
	}
	return ""
}

func judgeCookies(a *answer, o *checks.Observation) {
	cookies := (&nethttp.Response{Header: a.header}).Cookies()
	if len(cookies) == 0 {
		o.Find("W08", checks.NotApplicable, "no cookie is set")
		return
	}
	var wrong []string
	for _, c := range cookies {
		var missing []string
		if !c.Secure {
			missing = append(missing, "Secure")
		}
		if !c.HttpOnly {
			missing = append(missing, "HttpOnly")
		}
		if c.SameSite == 0 {
			missing = append(missing, "SameSite")
		}
		if len(missing) > 0 {
			wrong = append(wrong, c.Name+" lacks "+strings.Join(missing, ", "))
		}
	}
	if len(wrong) > 0 {
		o.Find("W08", checks.Fail, strings.Join(wrong, "; "))
		return
	}
	o.Find("W08", checks.Pass, "cookies are Secure, HttpOnly and SameSite")
}

var (
	form     = regexp.MustCompile(`(?is)<form\b([^>]*)>(.*?)(</form>|$)`)
	password = regexp.MustCompile(`(?i)<input\b[^>]*type\s*=\s*["']?password`)
	action   = regexp.MustCompile(`(?i)\baction\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)`)
)

// judgeForms looks where forms with a password send it.
func judgeForms(a *answer, o *checks.Observation) {
	seen := false
	for _, f := range form.FindAllStringSubmatch(string(a.body), 50) {
		if !password.MatchString(f[2]) {
			continue
		}
		seen = true
		to := a.page.url
		if m := action.FindStringSubmatch(f[1]); m != nil {
			if u, err := a.page.url.Parse(strings.Trim(m[1], `"'`)); err == nil {
				to = u
			}
		}
		if !a.page.tls || to.Scheme != "https" {
			o.Find("W13", checks.Fail, "a form with a password, shown over "+a.page.url.Scheme+", sends it to "+to.Redacted())
			return
		}
	}
	if seen {
		o.Find("W13", checks.Pass, "forms with a password are shown and sent over https")
	} else {
		o.Find("W13", checks.NotApplicable, "no form with a password")
	}
}
