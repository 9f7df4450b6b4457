package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/util/teststorage"

	"fengsui/checks"
)

// stored is a desk whose history holds one series.
func stored(t *testing.T) *desk {
	d := sample()
	s := teststorage.New(t)
	t.Cleanup(func() { s.Close() })
	a := s.Appender(t.Context())
	for i := range 10 {
		at := time.Now().Add(time.Duration(i-10) * time.Second).UnixMilli()
		if _, err := a.Append(0, labels.FromStrings("__name__", "fengsui_known_state", "site", "hub"), at, float64(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Commit(); err != nil {
		t.Fatal(err)
	}
	d.o.Queryable = s
	return d
}

func TestAllowList(t *testing.T) {
	t.Parallel()
	d := stored(t)
	base := d.serve(t)
	now := time.Now().Unix()
	served := []struct{ path, want string }{
		{"/api/v1/query?query=fengsui_known_state", `"site":"hub"`},
		{fmt.Sprintf("/api/v1/query_range?query=fengsui_known_state&start=%d&end=%d&step=1", now-10, now), `"matrix"`},
		{"/api/v1/series?match[]=fengsui_known_state", `"hub"`},
		{"/api/v1/labels", `"site"`},
		{"/api/v1/label/site/values", `"hub"`},
		{"/api/v1/metadata", `"fengsui_tcp_connect_seconds":[{"type":"gauge","help":"time to connect","unit":"seconds"}]`},
		{"/api/v1/metadata?metric=fengsui_known_state", `{"data":{"fengsui_known_state":[`},
		{"/api/v1/metadata?limit=0", `{"data":{}`},
		{"/api/v1/rules", `"groups":[]`},
		{"/api/v1/alerts", `"alerts":[]`},
		{"/api/v1/status/buildinfo", `"version":"0.1.0"`},
	}
	for _, tt := range served {
		resp, body := fetch(t, base+tt.path)
		if resp.StatusCode != http.StatusOK || !strings.Contains(body, tt.want) {
			t.Errorf("%s: %s %.300s, want 200 with %s", tt.path, resp.Status, body, tt.want)
		}
	}
	resp, err := http.PostForm(base+"/api/v1/query", map[string][]string{"query": {"1+1"}})
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("a query by POST: %v, %v; want 200", resp, err)
	} else {
		resp.Body.Close()
	}
	closed := []struct {
		method, path string
		status       int
	}{
		{"POST", "/api/v1/write", 404}, {"POST", "/api/v1/read", 404}, {"POST", "/api/v1/otlp/v1/metrics", 404},
		{"POST", "/api/v1/admin/tsdb/delete_series", 404}, {"POST", "/api/v1/admin/tsdb/snapshot", 404}, {"PUT", "/api/v1/admin/tsdb/clean_tombstones", 404},
		{"GET", "/api/v1/status/config", 404}, {"GET", "/api/v1/status/flags", 404}, {"GET", "/api/v1/status/tsdb", 404}, {"GET", "/api/v1/status/runtimeinfo", 404},
		{"GET", "/api/v1/targets", 404}, {"GET", "/api/v1/openapi.yaml", 404}, {"GET", "/api/v1/query_exemplars", 404}, {"GET", "/api/v1/notifications/live", 404},
		{"GET", "/federate", 404}, {"GET", "/debug/pprof/", 404}, {"GET", "/api/v1/", 404},
		{"DELETE", "/api/v1/query", 405}, {"OPTIONS", "/api/v1/query", 405}, {"POST", "/api/v1/rules", 405}, {"POST", "/plain", 405}, {"POST", "/metrics", 404},
		{"PUT", "/api/v1/label/site/values", 405}, {"POST", "/-/ready", 405},
	}
	for _, tt := range closed {
		resp, body := fetch(t, base+tt.path, func(r *http.Request) { r.Method = tt.method })
		var answer struct{ Status, ErrorType, Error string }
		err := json.Unmarshal([]byte(body), &answer)
		if resp.StatusCode != tt.status || err != nil || answer.Status != "error" || answer.Error == "" {
			t.Errorf("%s %s: %s %.200s, want %d with an error in JSON", tt.method, tt.path, resp.Status, body, tt.status)
		}
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	d := stored(t)
	d.o.QuerySamples = 5
	base := d.serve(t)
	resp, body := fetch(t, base+"/api/v1/query?query=fengsui_known_state[1m]")
	if resp.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "too many samples") {
		t.Errorf("a query of 10 samples with a limit of 5: %s %s, want 422", resp.Status, body)
	}
	big, err := http.Post(base+"/api/v1/query", "application/x-www-form-urlencoded", strings.NewReader("query=1"+strings.Repeat("+", bodyLimit)))
	if err != nil {
		t.Fatal(err)
	}
	defer big.Body.Close()
	if big.StatusCode == http.StatusOK {
		t.Errorf("a query of 1 and %d spaces: %s, want an error", bodyLimit, big.Status)
	}
}

// TestQueriesAtOnce: a query more than there are slots waits, and is told to
// come back when none becomes free.
func TestQueriesAtOnce(t *testing.T) {
	t.Parallel()
	inside, leave := make(chan struct{}, 2), make(chan struct{})
	h := bounded(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		inside <- struct{}{}
		select {
		case <-leave:
		case <-r.Context().Done():
		}
	}), make(chan struct{}, 1), time.Minute, time.Millisecond)
	get := func() (*recorder, chan struct{}) {
		w, done := &recorder{header: http.Header{}}, make(chan struct{})
		r, _ := http.NewRequest(http.MethodGet, "/api/v1/query", http.NoBody)
		go func() { defer close(done); h.ServeHTTP(w, r) }()
		return w, done
	}
	_, first := get()
	<-inside
	second, done := get()
	<-done
	if second.status != http.StatusServiceUnavailable || second.header.Get("Retry-After") != "1" {
		t.Errorf("a query with no slot free: %d, Retry-After %q; want 503 with one", second.status, second.header.Get("Retry-After"))
	}
	close(leave)
	<-first
}

type recorder struct {
	header http.Header
	status int
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) Write(b []byte) (int, error) { return len(b), nil }
func (r *recorder) WriteHeader(status int)      { r.status = status }

func TestGuard(t *testing.T) {
	t.Parallel()
	d := sample()
	d.o.Hosts = []string{"fengsui.qingshan.example:8443"}
	base := d.serve(t)
	tests := []struct {
		name   string
		change func(*http.Request)
		status int
	}{
		{"by address", func(*http.Request) {}, 200},
		{"localhost", func(r *http.Request) { r.Host = "localhost:7480" }, 200},
		{"IPv6 loopback", func(r *http.Request) { r.Host = "[::1]:7480" }, 200},
		{"configured name", func(r *http.Request) { r.Host = "Fengsui.qingshan.example." }, 200},
		{"rebound name", func(r *http.Request) { r.Host = "evil.example:7480" }, 403},
		{"a name that begins like ours", func(r *http.Request) { r.Host = "localhost.evil.example" }, 403},
		{"another address", func(r *http.Request) { r.Host = "192.0.2.1:7480" }, 403},
		{"own origin", func(r *http.Request) { r.Header.Set("Origin", base) }, 200},
		{"foreign origin", func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }, 403},
		{"opaque origin", func(r *http.Request) { r.Header.Set("Origin", "null") }, 403},
		{"a link from elsewhere", func(r *http.Request) {
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			r.Header.Set("Sec-Fetch-Mode", "navigate")
		}, 200},
		{"an image of elsewhere", func(r *http.Request) {
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			r.Header.Set("Sec-Fetch-Mode", "no-cors")
		}, 403},
	}
	for _, tt := range tests {
		for _, path := range []string{"/plain", "/api/v1/query?query=1", "/-/healthy"} {
			resp, body := fetch(t, base+path, tt.change)
			if resp.StatusCode != tt.status {
				t.Errorf("%s: %s: %s %.200s, want %d", tt.name, path, resp.Status, body, tt.status)
			}
			if allow := resp.Header.Get("Access-Control-Allow-Origin"); allow != "" {
				t.Errorf("%s: %s: Access-Control-Allow-Origin is %q, want none", tt.name, path, allow)
			}
			for _, h := range []string{"X-Content-Type-Options", "Content-Security-Policy", "Referrer-Policy", "X-Frame-Options"} {
				if resp.Header.Get(h) == "" {
					t.Errorf("%s: %s: header %s is missing", tt.name, path, h)
				}
			}
		}
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, healthy, ready string
		health               Health
	}{
		{"well", "200 healthy", "200 ready", Health{}},
		{"opening", "200 healthy", "503 not ready: the history is being replayed; ingest is not open", Health{NotReady: []string{"the history is being replayed", "ingest is not open"}}},
		{"failed", "500 failed: disk", "503 not ready: failed: disk", Health{Failed: errors.New("disk")}},
	}
	for _, tt := range tests {
		d := sample()
		d.health = tt.health
		base := d.serve(t)
		for path, want := range map[string]string{"/-/healthy": tt.healthy, "/-/ready": tt.ready} {
			resp, body := fetch(t, base+path)
			if got := fmt.Sprintf("%d %s", resp.StatusCode, strings.TrimSpace(body)); got != want {
				t.Errorf("%s: %s is %q, want %q", tt.name, path, got, want)
			}
		}
	}
}

// TestOneBadSeriesHidesNothing: a collector that contradicts itself leaves
// the other metrics.
func TestOneBadSeriesHidesNothing(t *testing.T) {
	t.Parallel()
	d := sample()
	r := prometheus.NewRegistry()
	r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "fengsui_good", Help: "good"}, func() float64 { return 1 }), broken{})
	d.o.Gatherer, d.o.Registerer = r, r
	base := d.serve(t)
	resp, body := fetch(t, base+"/metrics")
	if resp.StatusCode != http.StatusOK || !strings.Contains(body, "fengsui_good 1") {
		t.Errorf("metrics with one bad series: %s %.300s, want 200 with the good one", resp.Status, body)
	}
}

type broken struct{}

var brokenDesc = prometheus.NewDesc("fengsui_broken", "the same series twice", nil, nil)

func (broken) Describe(c chan<- *prometheus.Desc) { c <- brokenDesc }
func (broken) Collect(c chan<- prometheus.Metric) {
	c <- prometheus.MustNewConstMetric(brokenDesc, prometheus.GaugeValue, 1)
	c <- prometheus.MustNewConstMetric(brokenDesc, prometheus.GaugeValue, 2)
}

func TestRoot(t *testing.T) {
	t.Parallel()
	base := sample().serve(t)
	resp, _ := fetch(t, base+"/")
	if resp.StatusCode != http.StatusFound || resp.Header.Get("Location") != "/plain" {
		t.Errorf("/ is %s to %q, want 302 to /plain", resp.Status, resp.Header.Get("Location"))
	}
	if resp, body := fetch(t, base+"/nothing"); resp.StatusCode != http.StatusNotFound || !strings.Contains(body, "/plain") {
		t.Errorf("/nothing is %s %s, want 404 that names /plain", resp.Status, body)
	}
}

// TestOwnSeriesAreDescribed: metadata speaks of the states as they are numbered.
func TestOwnSeriesAreDescribed(t *testing.T) {
	t.Parallel()
	for s := checks.Up; s.Valid(); s++ {
		if want := fmt.Sprintf("%d %s", s, s); !strings.Contains(ownSeries["fengsui_known_state"].Help, want) {
			t.Errorf("the help of fengsui_known_state lacks %q", want)
		}
	}
}
