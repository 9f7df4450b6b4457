package gate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path"
	"runtime/debug"
	"sync"
	"time"

	"connectrpc.com/connect"
	"github.com/prometheus/client_golang/prometheus"

	"fengsui/collector/wire"
	"fengsui/configs/words"
)

// metrics are the gate's own. Codes are those of refusals, ok and internal:
// a bounded set, whoever calls.
type metrics struct {
	refused  *prometheus.CounterVec
	requests *prometheus.CounterVec
}

func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "fengsui_gate_refused_total", Help: "Calls of agents that were refused, by the code of the refusal.",
		}, []string{"code"}),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "fengsui_gate_requests_total", Help: "Calls of agents by procedure and outcome: ok, internal or the code of a refusal.",
		}, []string{"procedure", "code"}),
	}
	if r != nil {
		r.MustRegister(m.refused, m.requests)
	}
	return m
}

// watch bounds the time of every request and counts it by its outcome,
// wherever that was decided.
func (g *Gate) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// They hold until the next request sets its own, so that what the
		// server reads and writes after the handler is bounded too. Where a
		// deadline cannot be set there is no connection to hang on.
		control := http.NewResponseController(w)
		if r.ContentLength != 0 {
			// It holds until the body was read; then net/http lifts it. Without
			// a body it would hold for the call, and cut a long one.
			_ = control.SetReadDeadline(time.Now().Add(g.bodyTimeout))
		}
		_ = control.SetWriteDeadline(time.Now().Add(callTimeout))
		s := &status{ResponseWriter: w, code: http.StatusOK}
		next.ServeHTTP(s, r)
		procedure := "other"
		switch r.URL.Path {
		case wire.CollectorPreviewProcedure, wire.CollectorEnrolProcedure, wire.CollectorRenewProcedure, wire.CollectorHelloProcedure, wire.CollectorPushProcedure, wire.CollectorPollProcedure, wire.CollectorGoodbyeProcedure:
			procedure = path.Base(r.URL.Path)
		}
		code := s.Header().Get(wire.RefusalHeader)
		switch {
		case code != "":
			g.metrics.refused.WithLabelValues(code).Inc()
		case s.code == http.StatusOK:
			code = "ok"
		case s.code >= 500:
			code = "internal"
		default:
			code = "other"
		}
		g.metrics.requests.WithLabelValues(procedure, code).Inc()
	})
}

// status notes the status of an answer.
type status struct {
	http.ResponseWriter
	code int
}

func (s *status) WriteHeader(code int) {
	s.code = code
	switch s.Header().Get(wire.RefusalHeader) {
	case wire.CodeRevoked, wire.CodeReplaced:
		// The connection ends with this answer; over HTTP/2 a GOAWAY lets the
		// answers of other calls come first.
		s.Header().Set("Connection", "close")
	}
	s.ResponseWriter.WriteHeader(code)
}

// Unwrap is for http.ResponseController.
func (s *status) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// answerable makes the error of a call fit for the agent and for the log: a
// refusal goes as it is, an internal error stays in the log.
func (g *Gate) answerable(procedure string, v *visit, err error) error {
	about := []any{"call", path.Base(procedure), "source", v.source, "site", v.caller.Site}
	if r := wire.RefusalOf(err); r != nil {
		g.log.warn(r.Code+v.caller.Site+v.source.String(), "refused a call", append(about, "code", r.Code, "reason", r.En)...)
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err // the agent has gone, or its time is up
	}
	g.log.warn("internal"+v.caller.Site, "a call failed", append(about, "error", err)...)
	return connect.NewError(connect.CodeInternal, errors.New(words.Text(words.Refusal+"internal", "en")))
}

// recovered turns a panic in a call into an internal error of that call.
func (g *Gate) recovered(_ context.Context, s connect.Spec, _ http.Header, p any) error {
	g.o.Logger.Error("BUG: a call panicked", "call", path.Base(s.Procedure), "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	return connect.NewError(connect.CodeInternal, errors.New(words.Text(words.Refusal+"internal", "en")))
}

// quiet logs the same thing once a minute at most, and never remembers more
// than a few hundred things: whoever knocks in vain fills no disk.
type quiet struct {
	logger *slog.Logger

	mu    sync.Mutex
	begun time.Time // of the minute
	said  map[string]bool
	more  int // not logged in this minute
}

const quietMost = 256

func (q *quiet) warn(what, message string, args ...any) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if now := time.Now(); now.Sub(q.begun) >= time.Minute {
		if q.more > 0 {
			q.logger.Warn("refused or failed calls were not logged, because they repeated themselves or were too many", "count", q.more)
		}
		q.begun, q.said, q.more = now, map[string]bool{}, 0
	}
	if q.said[what] || len(q.said) >= quietMost {
		q.more++
		return
	}
	q.said[what] = true
	q.logger.Warn(message, args...)
}

// short bounds a word of a stranger.
func short(s string) string {
	const most = 64
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
