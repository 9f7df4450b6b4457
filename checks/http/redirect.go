package http

import (
	"context"
	"strconv"
	"strings"

	"fengsui/checks"
)

// visit fetches a page and follows its redirects, as far as they stay with the
// host: whoever else they name is not what the check is about.
func (c *check) visit(ctx context.Context, at checks.Endpoint, p page, o *checks.Observation) (*answer, checks.Reason) {
	for followed := 0; ; followed++ {
		a, why := c.fetch(ctx, at, p, o)
		if !why.IsZero() {
			return a, why
		}
		if c.Follow > 0 {
			o.Set("redirects", float64(followed))
		}
		next, ok := a.redirect()
		if c.Follow == 0 || !ok || !strings.EqualFold(next.host, p.host) {
			return a, checks.Reason{}
		}
		if followed == c.Follow {
			return nil, reasonRedirects.With(at.Target, at.Addr.String(), strconv.Itoa(followed+1), next.url.Redacted())
		}
		p = next
	}
}

// redirect is where an answer sends its reader (RFC 9110 section 15.4).
func (a *answer) redirect() (page, bool) {
	switch a.status {
	case 301, 302, 303, 307, 308:
	default:
		return page{}, false
	}
	location, err := a.page.url.Parse(a.header.Get("Location"))
	if err != nil || a.header.Get("Location") == "" {
		return page{}, false
	}
	location.Fragment = ""
	p, err := parse(location.String())
	return p, err == nil
}
