package path

import (
	"math/rand/v2"
	"time"

	"golang.org/x/sys/unix"

	"fengsui/checks"
	"fengsui/checks/icmp"
	"fengsui/checks/icmp/echo"
)

// A tracer probes by echo requests over one socket. All have one id and one
// checksum, and an error quotes which one it is about.
type tracer struct {
	*echo.Socket
	at     checks.Endpoint
	to     unix.Sockaddr
	cookie uint64
	seq    uint16
	sent   map[uint16]probe
	buffer []byte
}

// A probe is one request on its way.
type probe struct {
	hop int
	at  time.Time
}

// overhead is what IP and ICMP add to a payload.
func overhead(v6 bool) int {
	if v6 {
		return 40 + echo.Header
	}
	return 20 + echo.Header
}

func newTracer(at checks.Endpoint, df bool) (*tracer, checks.Reason) {
	way := icmp.Mode()
	if way == icmp.None {
		return nil, icmp.ReasonNoPermission.With(at.Target)
	}
	s, err := echo.Listen(echo.Voice{V6: at.Addr.Is6(), Raw: way == icmp.Raw, TTL: 64, DF: df, From: at.From})
	if err != nil {
		return nil, checks.ReasonLocal.With(at.Target, at.Addr.String(), checks.Plain(err))
	}
	return &tracer{Socket: s, at: at, to: echo.Address(at.Addr), cookie: rand.Uint64(), sent: map[uint16]probe{}}, checks.Reason{}
}

func (t *tracer) close()      { t.Close() }
func (t *tracer) window() int { return 8 }

// send sends a request in an IP packet of a size.
func (t *tracer) send(hop, size int) error {
	length := max(size, least) - overhead(t.V6) + echo.Header
	if len(t.buffer) < length {
		t.buffer = make([]byte, length)
	}
	if err := t.Hops(hop); err != nil {
		return err
	}
	t.seq++
	echo.Write(t.buffer[:length], t.V6, t.ID, t.seq, t.cookie)
	now := time.Now()
	if err := t.Send(t.buffer[:length], t.to); err != nil {
		return err
	}
	t.sent[t.seq] = probe{hop, now}
	return nil
}

func (t *tracer) hear() (all []answer) {
	now := time.Now()
	take := func(r echo.Reply, a answer) {
		p, ok := t.sent[r.Seq]
		if !ok || r.Cookie != t.cookie && (r.Cookie != 0 || a.says.IsZero()) {
			return
		}
		delete(t.sent, r.Seq)
		a.hop, a.rtt = p.hop, echo.RoundTrip(p.at, r.At, now)
		all = append(all, a)
	}
	t.Drain(func(r echo.Reply) { take(r, answer{by: t.at.Addr}) })
	t.Errors(func(r echo.Reply, says echo.Error) { take(r, answer{by: says.By, says: says}) })
	return all
}

// forget lets go of what has not been answered yet.
func (t *tracer) forget() { clear(t.sent) }
