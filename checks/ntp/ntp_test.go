package ntp

import (
	"context"
	"encoding/binary"
	"net"
	"testing"
	"time"

	"fengsui/checks"
	"fengsui/checks/lab"
)

func spec(t *testing.T, target string, options map[string][]string) checks.Spec {
	t.Helper()
	s, err := checks.NewSpec(&Kind, target, options)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// honest answers requests with the time of this machine.
func honest(t *testing.T) string {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	go func() {
		for b := make([]byte, 1500); ; {
			n, from, err := c.ReadFrom(b)
			if err != nil {
				return
			}
			if n < 48 {
				continue
			}
			out := make([]byte, 48)
			out[0], out[1], out[2], out[3] = 4<<3|4, 2, 6, 0xec
			copy(out[24:32], b[40:48])
			for _, at := range []int{16, 32, 40} {
				binary.BigEndian.PutUint32(out[at:], uint32(time.Now().Unix()+2208988800))
				binary.BigEndian.PutUint32(out[at+4:], uint32(uint64(time.Now().Nanosecond())<<32/1e9))
			}
			c.WriteTo(out, from)
		}
	}()
	return c.LocalAddr().String()
}

// TestEveryReason shows what takes no network of its own; checks/all/verdicts.txt
// has the rest.
func TestEveryReason(t *testing.T) {
	t.Parallel()
	if !lab.Alone(t) {
		return
	}
	want := func(code string, r checks.Result) {
		t.Helper()
		if r.Pair.Reason.Code != code {
			t.Errorf("got %v, want %q", r.Pair, code)
		}
	}
	for _, d := range lab.DeadEnds(t) {
		want(d.Code, checks.Run(t.Context(), spec(t, d.Address, nil), checks.Env{}))
	}
	stopping, stop := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, stop)
	want("stopped", checks.Run(stopping, spec(t, lab.SilentV4, nil), checks.Env{}))

	at := honest(t)
	want("", checks.Run(t.Context(), spec(t, at, nil), checks.Env{}))
	for _, step := range []time.Duration{time.Hour, -time.Hour, 50 * time.Millisecond} {
		s := spec(t, at, nil)
		looks := 0
		s.Check.(*check).wall = func() time.Time {
			looks++
			return wallClock().Add(time.Duration(looks) * step)
		}
		r := checks.Run(t.Context(), s, checks.Env{})
		want("clock_stepped", r)
		if len(r.Rows) > 0 {
			t.Errorf("the clock was set by %v: got %v, want no measurement", step, r.Rows)
		}
	}
	restore := lab.NoFiles(t)
	want("local_error", checks.Run(t.Context(), spec(t, at, nil), checks.Env{}))
	restore()
}

// TestKissIsKept: who refuses is left alone for as long as it says nothing else.
func TestKissIsKept(t *testing.T) {
	t.Parallel()
	c := Kind.New().(*check)
	a := checks.Endpoint{Target: "t", Every: time.Hour}
	c.kissed(a, "RATE")
	now := time.Now()
	if _, rests := c.resting(a.Addr, now.Add(3*time.Hour)); !rests {
		t.Error("after three of its intervals: asked again, want it left alone for four")
	}
	if _, rests := c.resting(a.Addr, now.Add(5*time.Hour)); rests {
		t.Error("after five: left alone, want it asked again")
	}
}

func TestStrangersAnswers(t *testing.T) {
	t.Parallel()
	control := func(flags byte, text string) []byte {
		return append([]byte{0x16, flags, 0, 1, 0, 0, 0, 0, 0, 0, 0, byte(len(text))}, text...)
	}
	for name, tt := range map[string]struct {
		b    []byte
		read func([]byte) (int, bool)
		want bool
	}{
		"variables":          {control(0x82, "version=4"), variables, true},
		"an error":           {control(0xc2, "version=4"), variables, false},
		"nothing":            {control(0x82, ""), variables, false},
		"a request":          {control(0x02, "version=4"), variables, false},
		"the time instead":   {make([]byte, 48), variables, false},
		"clients":            {append([]byte{0x97, 0, 3, 0x2a, 0, 6, 0, 72}, make([]byte, 432)...), clients, true},
		"no data":            {[]byte{0x97, 0, 3, 0x2a, 0x40, 0, 0, 0}, clients, false},
		"another request's":  {append([]byte{0x97, 0, 3, 0x10, 0, 6, 0, 72}, make([]byte, 432)...), clients, false},
		"cut short":          {[]byte{0x97}, clients, false},
		"control, cut short": {[]byte{0x16, 0x82}, variables, false},
	} {
		if n, got := tt.read(tt.b); got != tt.want || n > len(tt.b) {
			t.Errorf("%s: got %d, %v; want %v", name, n, got, tt.want)
		}
	}
}

func TestTargets(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]string{"192.0.2.1": "192.0.2.1", "ntp.example:1123": "ntp.example", "[2001:db8::1]:123": "2001:db8::1", "2001:db8::1": "2001:db8::1"} {
		if got, err := Kind.New().Host(target); got != want || err != nil {
			t.Errorf("%s: got %q, %v; want %q", target, got, err, want)
		}
	}
	for _, bad := range []string{"", "ntp:0", "a b", "224.0.0.1"} {
		if _, err := checks.NewSpec(&Kind, bad, nil); err == nil {
			t.Errorf("%q: taken, want an error", bad)
		}
	}
}

// FuzzStrangers: a server may answer anything.
func FuzzStrangers(f *testing.F) {
	f.Add([]byte{0x97, 0, 3, 0x2a, 0, 6, 0, 72, 1})
	f.Add([]byte{0x16, 0x82, 0, 1, 0, 0, 0, 0, 0, 0, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, read := range []func([]byte) (int, bool){variables, clients} {
			if n, ok := read(b); ok && (n <= 0 && len(b) > 12 || n > len(b)) {
				t.Errorf("got %d of %d bytes", n, len(b))
			}
		}
	})
}
