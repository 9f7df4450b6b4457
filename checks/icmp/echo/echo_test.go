package echo

import (
	"testing"
	"time"
)

// TestForgedReplies: what has not our cookie answers somebody else.
func TestForgedReplies(t *testing.T) {
	t.Parallel()
	v := Voice{Raw: true}
	packet := make([]byte, 20+64)
	packet[0] = 0x45
	Write(packet[20:], false, 7, 9, 11)
	packet[20] = 0 // the reply
	if a, ok := parseReply(v, 7, packet); !ok || a.Seq != 9 || a.Cookie != 11 {
		t.Errorf("got %+v, %v; want number 9 and cookie 11", a, ok)
	}
	if _, ok := parseReply(v, 8, packet); ok {
		t.Error("a reply to id 7 is taken for one to id 8")
	}
	packet[20] = 8
	if _, ok := parseReply(v, 7, packet); ok {
		t.Error("a request is taken for a reply")
	}
}

// FuzzReaders: what comes over the wire may be anything.
func FuzzReaders(f *testing.F) {
	packet := make([]byte, 84)
	packet[0] = 0x45
	Write(packet[20:], false, 7, 9, 11)
	f.Add(packet)
	f.Add([]byte{0x4f})
	f.Add(append(make([]byte, 16), 2, 0, 0, 0, 127, 0, 0, 1))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, v := range []Voice{{}, {Raw: true}, {V6: true}, {V6: true, Raw: true}} {
			if a, ok := parseReply(v, 7, b); ok && len(b) < Header {
				t.Errorf("got %+v of %d bytes", a, len(b))
			}
			parseEcho(v, 7, b)
		}
		if e, ok := parseError(b); ok && !e.By.IsValid() {
			t.Errorf("got %+v, want who said it", e)
		}
		ParseControl(append(make([]byte, 0, 512), b...)) // aligned, as the kernel's are
	})
}

// TestRoundTrip: a wall clock that was set between request and reply gives no
// time at all.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	sent := time.Now()
	now := sent.Add(80 * time.Millisecond)
	for _, tt := range []struct {
		arrived time.Time
		want    time.Duration
	}{
		{sent.Add(30 * time.Millisecond).Round(0), 30 * time.Millisecond},
		{sent.Add(-time.Hour).Round(0), Unmeasured},
		{sent.Add(time.Hour).Round(0), Unmeasured},
		{time.Time{}, Unmeasured},
	} {
		if got := RoundTrip(sent, tt.arrived, now); got != tt.want {
			t.Errorf("arrived %v: got %v, want %v", tt.arrived, got, tt.want)
		}
	}
}
