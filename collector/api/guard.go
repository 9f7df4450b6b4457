package api

import (
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"fengsui/configs/words"
)

// guard refuses requests that name a foreign host or come from a foreign
// site, and puts the headers on every answer that keep it where it belongs.
func guard(next http.Handler, hosts []string) http.Handler {
	var own []string
	for _, h := range hosts {
		own = append(own, hostname(h))
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("Cache-Control", "no-store")
		if !ours(r.Host, own) {
			problem(w, http.StatusForbidden, "forbidden", both("host", r.Host))
			return
		}
		if origin := foreign(r, own); origin != "" {
			problem(w, http.StatusForbidden, "forbidden", both("origin", origin))
			return
		}
		next.ServeHTTP(w, r)
	})
}

func both(key string, args ...any) string {
	return words.Text(words.Plain+key, "zh", args...) + " / " + words.Text(words.Plain+key, "en", args...)
}

// ours says whether the Host of a request is a loopback address or one of our
// names.
func ours(host string, own []string) bool {
	name := hostname(host)
	if a, err := netip.ParseAddr(name); err == nil && a.Unmap().IsLoopback() {
		return true
	}
	return name == "localhost" || slices.Contains(own, name)
}

// foreign returns the site that a browser says a request comes from, when it
// is another one; empty otherwise. Following a link to here is not refused.
func foreign(r *http.Request, own []string) string {
	if origin := r.Header.Get("Origin"); origin != "" {
		u, err := url.Parse(origin)
		if err != nil || !ours(u.Host, own) {
			return origin
		}
	}
	if r.Header.Get("Sec-Fetch-Site") == "cross-site" && r.Header.Get("Sec-Fetch-Mode") != "navigate" {
		return "cross-site"
	}
	return ""
}

// hostname is the host of host or host:port, in lower case, without brackets
// and a closing dot.
func hostname(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// problem answers an error as the Prometheus API does.
func problem(w http.ResponseWriter, status int, kind, text string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	// A client that is gone does not need to know.
	_ = json.NewEncoder(w).Encode(map[string]string{"status": "error", "errorType": kind, "error": text})
}

// only lets the methods pass and answers 405 to others.
func only(next http.Handler, methods ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !slices.Contains(methods, r.Method) {
			w.Header().Set("Allow", strings.Join(methods, ", "))
			problem(w, http.StatusMethodNotAllowed, "bad_data", r.URL.Path+" takes "+strings.Join(methods, " and ")+", not "+r.Method)
			return
		}
		next.ServeHTTP(w, r)
	})
}
