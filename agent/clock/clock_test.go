package clock

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"fengsui/collector/wire"
)

func TestReadBoot(t *testing.T) {
	t.Parallel()
	for text, ok := range map[string]bool{
		"4f9b5d3e-6f06-4dbb-9f2a-0f7a4d1e8c11\n": true,
		"":                                       false,
		"4f9b5d3e\n":                             false,
		"zz9b5d3e-6f06-4dbb-9f2a-0f7a4d1e8c11\n": false,
	} {
		path := filepath.Join(t.TempDir(), "boot_id")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		id, err := readBoot(path)
		if (err == nil) != ok || ok && len(id) != 16 {
			t.Errorf("boot id %q: got %x, %v, want ok %v", text, id, err, ok)
		}
	}
	if _, err := readBoot(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a boot id was read from a file that is not there")
	}
}

func TestSystemClock(t *testing.T) {
	t.Parallel()
	c := System()
	if len(c.Boot()) != 16 {
		t.Errorf("boot id %x, want 16 bytes", c.Boot())
	}
	a, b := c.BootTime(), c.BootTime()
	if a <= 0 || b < a {
		t.Errorf("the boot clock went from %v to %v, want forward", a, b)
	}
}

// roundTrip is a trip of a boot clock that shows an hour when the collector
// shows base; there and back are what the two ways took.
func roundTrip(base int64, there, back time.Duration) *wire.RoundTrip {
	sent := int64(time.Hour)
	worked := 5 * time.Millisecond
	return &wire.RoundTrip{
		SentBootNs: sent, ReceivedUnixNs: base + int64(there),
		AnsweredUnixNs: base + int64(there+worked), ReturnedBootNs: sent + int64(there+worked+back),
	}
}

func TestLearned(t *testing.T) {
	t.Parallel()
	base := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC).UnixNano()
	var l Learned
	if _, ok := l.Now(time.Hour); ok {
		t.Fatal("the zero value knows the time")
	}
	l.Learn(roundTrip(base, 900*time.Millisecond, 100*time.Millisecond)) // 400 ms off
	l.Learn(roundTrip(base, 10*time.Millisecond, 10*time.Millisecond))   // the quickest
	l.Learn(roundTrip(base, 10*time.Millisecond, 300*time.Millisecond))
	l.Learn(&wire.RoundTrip{SentBootNs: 2, ReceivedUnixNs: 2, AnsweredUnixNs: 1, ReturnedBootNs: 9}) // cannot be
	l.Learn(&wire.RoundTrip{SentBootNs: 9, ReceivedUnixNs: 1, AnsweredUnixNs: 2, ReturnedBootNs: 1})
	l.Learn(&wire.RoundTrip{})
	got, ok := l.Now(time.Hour + time.Minute)
	if want := time.Unix(0, base).Add(time.Minute); !ok || !got.Equal(want) {
		t.Errorf("learned %v, want %v", got, want)
	}
	for range trips {
		l.Learn(roundTrip(base+int64(time.Second), 20*time.Millisecond, 20*time.Millisecond))
	}
	if got, _ := l.Now(time.Hour); !got.Equal(time.Unix(0, base).Add(time.Second)) {
		t.Errorf("after ten trips that say a little else: %v, want what they say", got)
	}
	l.Learn(roundTrip(base, 8*time.Second, 0))
	if got, _ := l.Now(time.Hour); !got.Equal(time.Unix(0, base).Add(time.Second)) {
		t.Errorf("after one that was queued on its way: %v, want no change", got)
	}
	l.Learn(roundTrip(base+int64(8*time.Hour), 40*time.Millisecond, 40*time.Millisecond))
	if got, _ := l.Now(time.Hour); !got.Equal(time.Unix(0, base).Add(8 * time.Hour)) {
		t.Errorf("after a step of the collector by 8 h: %v, want its new time at once", got)
	}
	l.Forget()
	if _, ok := l.Now(time.Hour); ok {
		t.Error("what was forgotten is still known")
	}
	l.Seed(time.Duration(base))
	if got, ok := l.Now(time.Hour); !ok || !got.Equal(time.Unix(0, base).Add(time.Hour)) {
		t.Errorf("from what was told before: %v, %v", got, ok)
	}
	l.Learn(roundTrip(base+int64(time.Hour+time.Second/2), 4*time.Second, 4*time.Second))
	l.Seed(0)
	if got, _ := l.Now(time.Hour); !got.Equal(time.Unix(0, base).Add(time.Hour + time.Second/2)) {
		t.Errorf("after a first slow trip: %v, want what it says", got)
	}
}
