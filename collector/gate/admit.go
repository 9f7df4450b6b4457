package gate

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"time"

	"connectrpc.com/connect"

	"fengsui/collector/identity"
	"fengsui/collector/wire"
	"fengsui/configs/words"
)

// A visit is what the gate knows of a call beside its message.
type visit struct {
	received time.Time
	source   netip.Addr
	caller   identity.Caller // zero for Preview and Enrol
	judge    func(context.Context, time.Time) (identity.Caller, error)
}

type visitKey struct{}

func visitOf(ctx context.Context) *visit {
	v, ok := ctx.Value(visitKey{}).(*visit)
	if !ok {
		panic("BUG: a call came past the gate")
	}
	return v
}

var errorWriter = connect.NewErrorWriter()

// admit notes when a call arrived, judges who makes it, gives it a place, and
// only then lets the body be read.
func (g *Gate) admit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{received: g.o.Now(), source: sourceOf(r.RemoteAddr)}
		leave, err := g.enter(r, v)
		if err != nil {
			// Who is refused begins anew: nothing of the body was read.
			w.Header().Set("Connection", "close")
			_ = errorWriter.Write(w, r, g.answerable(r.URL.Path, v, err)) // fails only when the client has gone
			return
		}
		defer leave()
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), visitKey{}, v)))
	})
}

// enter judges a call and takes its place. leave gives the place back.
func (g *Gate) enter(r *http.Request, v *visit) (leave func(), err error) {
	select {
	case <-g.stopping:
		return nil, refusal(connect.CodeUnavailable, wire.CodeStopping)
	default:
	}
	judge := g.o.Registry.Judge
	switch r.URL.Path {
	case wire.CollectorPreviewProcedure, wire.CollectorEnrolProcedure:
		return g.place(&g.strangers, maxStrangers, nil)
	case wire.CollectorRenewProcedure:
		judge = g.o.Registry.JudgeRenewal
	}
	v.judge = func(ctx context.Context, now time.Time) (identity.Caller, error) {
		if r.TLS == nil {
			return judge(ctx, nil, now)
		}
		return judge(ctx, r.TLS.PeerCertificates, now)
	}
	if v.caller, err = v.judge(r.Context(), v.received); err != nil {
		return nil, err
	}
	if !v.caller.Expired {
		var dest netip.Addr
		if local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
			dest = sourceOf(local.String())
		}
		g.o.Heard(v.caller.Site, v.source, dest, v.received)
	}
	return g.place(&g.calls, maxCalls, &v.caller)
}

// place takes one of most places, and of an agent's own when there is one.
func (g *Gate) place(taken *int, most int, c *identity.Caller) (leave func(), err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if *taken >= most {
		return nil, refusal(connect.CodeUnavailable, wire.CodeBusy, most)
	}
	if c != nil {
		if g.ofAgent[c.Agent] >= maxOfAgent {
			return nil, refusal(connect.CodeUnavailable, wire.CodeBusy, maxOfAgent)
		}
		g.ofAgent[c.Agent]++
	}
	*taken++
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		*taken--
		if c == nil {
			return
		}
		if g.ofAgent[c.Agent]--; g.ofAgent[c.Agent] == 0 {
			delete(g.ofAgent, c.Agent)
		}
	}, nil
}

func sourceOf(remote string) netip.Addr {
	p, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Addr{} // all such share one account
	}
	return p.Addr()
}

func refusal(status connect.Code, code string, args ...any) *connect.Error {
	return wire.NewRefusal(status, code, words.Text(words.Refusal+code, "zh", args...), words.Text(words.Refusal+code, "en", args...))
}
