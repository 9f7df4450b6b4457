package configs

import (
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"fengsui/configs/words"
)

var hostPattern = regexp.MustCompile(`^([a-zA-Z0-9_]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?\.)*[a-zA-Z0-9_]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?$`)

func wantPath(l literal) (string, *wrong) {
	s, bad := wantLine(maxText)(l)
	if bad != nil || !filepath.IsAbs(s) {
		return "", wants(words.WantPath)
	}
	return filepath.Clean(s), nil
}

// hostPort splits host:port; a port of 0 asks the system for one.
func hostPort(l literal, lowest uint16) (host string, ok bool) {
	s, bad := wantLine(300)(l)
	if bad != nil {
		return "", false
	}
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return "", false
	}
	port, err := strconv.ParseUint(s[i+1:], 10, 16)
	if err != nil || uint16(port) < lowest {
		return "", false
	}
	host = s[:i]
	if inner, bracketed := strings.CutPrefix(host, "["); bracketed {
		inner, bracketed = strings.CutSuffix(inner, "]")
		if a, err := netip.ParseAddr(inner); !bracketed || err != nil || !a.Is6() {
			return "", false
		}
		return inner, true
	}
	return host, !strings.Contains(host, ":")
}

func wantListen(l literal) (string, *wrong) {
	host, ok := hostPort(l, 0)
	if _, err := netip.ParseAddr(host); !ok || host != "" && err != nil {
		return "", wants(words.WantListen)
	}
	return l.text, nil
}

func wantLoopback(l literal) (string, *wrong) {
	host, ok := hostPort(l, 0)
	if a, err := netip.ParseAddr(host); !ok || err != nil || !a.Unmap().IsLoopback() {
		return "", wants(words.WantLoopback)
	}
	return l.text, nil
}

func wantHostPort(l literal) (string, *wrong) {
	host, ok := hostPort(l, 1)
	if !ok || !isHost(host) {
		return "", wants(words.WantHostPort)
	}
	return l.text, nil
}

// IsHostPort says whether a text is a host and a port, as every address in a
// configuration is.
func IsHostPort(s string) bool { return takes(wantHostPort, s) }

// IsUser says whether a text can be a proxy's user, the empty one included:
// nobody.
func IsUser(s string) bool { return takes(orEmpty(wantUser), s) }

func takes(w want[string], s string) bool {
	_, bad := w(literal{kind: 't', text: s})
	return bad == nil
}

// wantUser is a user as Basic authentication can carry it: RFC 7617 section 2
// keeps the colon for itself.
func wantUser(l literal) (string, *wrong) {
	s, bad := wantLine(200)(l)
	if bad == nil && strings.Contains(s, ":") {
		return "", wants(words.WantUser)
	}
	return s, bad
}

func wantHost(l literal) (string, *wrong) {
	if l.kind != 't' || !isHost(l.text) {
		return "", wants(words.WantHost)
	}
	return l.text, nil
}

// isHost says whether a text is an address or can be a name; what ends in
// digits only is an address written wrongly (RFC 1123 section 2.1).
func isHost(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	last := s[strings.LastIndexByte(s, '.')+1:]
	return len(s) <= 253 && hostPattern.MatchString(s) && strings.Trim(last, "0123456789") != ""
}

func wantURL(l literal) (string, *wrong) {
	s, bad := wantLine(2000)(l)
	if bad != nil {
		return "", wants(words.WantURL)
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || !isHost(u.Hostname()) {
		return "", wants(words.WantURL)
	}
	return s, nil
}

func wantPrefix(l literal) (netip.Prefix, *wrong) {
	if l.kind != 't' {
		return netip.Prefix{}, wants(words.WantPrefix)
	}
	if a, err := netip.ParseAddr(l.text); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(l.text)
	switch {
	case err != nil || p.Addr().Is4In6():
		return netip.Prefix{}, wants(words.WantPrefix)
	case p.Masked() != p:
		return netip.Prefix{}, wants(words.WantPrefixOf, strconv.Quote(p.Masked().String()))
	}
	return p, nil
}
