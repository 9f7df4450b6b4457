package api

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// operations mounts what tells how the collector itself is: /metrics,
// /-/healthy and /-/ready.
func operations(mux *http.ServeMux, o *Options) {
	if o.Gatherer != nil {
		mux.Handle("/metrics", only(promhttp.HandlerFor(o.Gatherer, promhttp.HandlerOpts{
			ErrorLog:            errorLog{o.Logger},
			ErrorHandling:       promhttp.ContinueOnError, // one bad series must not hide the others
			Registry:            o.Registerer,
			MaxRequestsInFlight: 4,
			Timeout:             10 * time.Second,
			CoalesceGather:      true,
		}), http.MethodGet))
	}
	mux.Handle("/-/healthy", only(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if err := o.Health().Failed; err != nil {
			say(w, http.StatusInternalServerError, "failed: "+err.Error())
			return
		}
		say(w, http.StatusOK, "healthy")
	}), http.MethodGet, http.MethodHead))
	mux.Handle("/-/ready", only(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := o.Health()
		why := h.NotReady
		if h.Failed != nil {
			why = append([]string{"failed: " + h.Failed.Error()}, why...)
		}
		if len(why) > 0 {
			say(w, http.StatusServiceUnavailable, "not ready: "+strings.Join(why, "; "))
			return
		}
		say(w, http.StatusOK, "ready")
	}), http.MethodGet, http.MethodHead))
}

func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintln(w, text)
}

// errorLog hands what promhttp reports to slog.
type errorLog struct{ *slog.Logger }

func (l errorLog) Println(v ...any) {
	l.Error("metrics could not be gathered in full", "err", strings.TrimSpace(fmt.Sprintln(v...)))
}
