package http

import (
	"fmt"
	"regexp"
	"strings"

	"fengsui/checks"
)

// findingSame is criterion V5 of domain.md section 2.2: IPv6 serves what IPv4
// does.
const findingSame = "V5"

// Bounds of the comparison: what of a page is looked at, and how much of it may
// differ.
const (
	mostCompared = 500 << 10
	mostOther    = 0.10
)

// changing is what differs from one answer to the next of the same page:
// nonces, tokens, view states, session ids and times.
var changing = regexp.MustCompile(`(?i)(nonce|csrf[\w-]*|__VIEWSTATE\w*|__EVENTVALIDATION|authenticity_token|_token|jsessionid|phpsessid|sessionid|timestamp|t)=["']?[^"'\s>&;]*["']?` +
	`|(name=["']?(__VIEWSTATE\w*|__EVENTVALIDATION|csrf[\w-]*|_token|authenticity_token)["']?[^>]*value=)["'][^"']*["']` +
	`|\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?\b|\b[0-9a-f]{16,}\b|\b1\d{9}(\d{3})?\b`)

// Compare judges whether both families serve the same page: status, place, and
// text without what changes by itself.
func (c *check) Compare(v4, v6 any) []checks.Finding {
	a, b := v4.(*answer), v6.(*answer)
	f := checks.Finding{Rule: findingSame, Family: checks.Pair, Outcome: checks.Pass}
	other := difference(a.body, b.body)
	f.Evidence = fmt.Sprintf("status %d over both, %.0f%% of the page differs, want at most %.0f%%", a.status, 100*other, 100*mostOther)
	switch {
	case a.status != b.status:
		f.Outcome, f.Evidence = checks.Fail, fmt.Sprintf("status %d over IPv4, %d over IPv6", a.status, b.status)
	case a.page.url.String() != b.page.url.String():
		f.Outcome, f.Evidence = checks.Fail, fmt.Sprintf("IPv4 leads to %s, IPv6 to %s", a.page.url, b.page.url)
	case other > mostOther:
		f.Outcome = checks.Fail
	}
	return []checks.Finding{f}
}

// difference is the share of words that two texts do not have in common, as
// multisets: cheap, and the same for texts that are moved about.
func difference(a, b []byte) float64 {
	x, y := words(a), words(b)
	if len(x)+len(y) == 0 {
		return 0
	}
	count := map[string]int{}
	for _, w := range x {
		count[w]++
	}
	shared := 0
	for _, w := range y {
		if count[w] > 0 {
			count[w]--
			shared++
		}
	}
	return 1 - 2*float64(shared)/float64(len(x)+len(y))
}

func words(page []byte) []string {
	text := changing.ReplaceAllString(string(page[:min(len(page), mostCompared)]), "$2")
	return strings.FieldsFunc(text, func(r rune) bool { return r <= ' ' || r == '<' || r == '>' })
}
