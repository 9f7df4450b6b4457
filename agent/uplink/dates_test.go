package uplink_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"fengsui/agent/clock"
	"fengsui/agent/collectortest"
	"fengsui/agent/uplink"
	"fengsui/collector/wire"
)

// TestDatesByTheLearnedTime: whatever the box says of the time, a valid
// certificate is taken, and one that is not is refused: as soon as the first
// Hello has told the time, or before it where this boot was told before.
func TestDatesByTheLearnedTime(t *testing.T) {
	t.Parallel()
	now := time.Now()
	const day = 24 * time.Hour
	type dates struct{ from, until time.Time }
	valid := dates{now.Add(-day), now.Add(day)}
	expired := dates{now.Add(-400 * day), now.Add(-35 * day)}
	early := dates{now.Add(35 * day), now.Add(400 * day)}
	at := func(year int) time.Duration { return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).Sub(now) }
	tests := []struct {
		name   string
		box    time.Duration // its wall clock minus the true time
		cert   dates
		told   string // which boot was told the time: "", "this" or "other"
		hellos bool   // whether one is said
		ok     bool
	}{
		{"valid, box right", 0, valid, "", true, true},
		{"valid, box in 1970", at(1970), valid, "", true, true},
		{"valid, box in 2000", at(2000), valid, "", true, true},
		{"valid, box in 2040", at(2040), valid, "", true, true},
		{"valid, box in 1970, this boot was told", at(1970), valid, "this", true, true},
		{"expired, box right", 0, expired, "", true, false},
		{"expired, box says that it is in time", -100 * day, expired, "", true, false},
		{"expired, box says so, another boot was told", -100 * day, expired, "other", true, false},
		{"expired, box says so, this boot was told", -100 * day, expired, "this", false, false},
		{"early, box says that it is in time", 100 * day, early, "", true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var cert atomic.Pointer[tls.Certificate]
			c := collectortest.Start(t, "127.0.0.1:0", func(c *tls.Config) {
				c.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return cert.Load(), nil }
			})
			server := c.Authority.Server(func(c *x509.Certificate) { c.NotBefore, c.NotAfter = tt.cert.from, tt.cert.until })
			cert.Store(&server)
			r := newRig(t, c)
			box := clock.NewFake()
			box.Skew = tt.box
			r.o.Clock = box
			if tt.told != "" {
				told := &wire.Anchor{Boot: make([]byte, 16), OffsetNs: box.Start.UnixNano()}
				if tt.told == "this" {
					told.Boot = box.ID
				}
				if err := r.o.Anchors.Told([]*wire.Anchor{told}); err != nil {
					t.Fatal(err)
				}
			}
			r.start()
			collectortest.Until(t, "contact or refusal", func() error {
				s := r.up.State()
				switch {
				case tt.ok && s.Pushes > 0, !tt.ok && s.Problem != nil && s.Problem.Class == uplink.ClassTLSDate:
					return nil
				}
				return fmt.Errorf("problem %+v", s.Problem)
			})
			r.stop()
			seen := c.Seen()
			if len(seen.Hellos) > 0 != tt.hellos || len(seen.Pushes) > 0 != tt.ok {
				t.Errorf("%d Hellos and %d pushes came, want some: %v and %v", len(seen.Hellos), len(seen.Pushes), tt.hellos, tt.ok)
			}
			if offset, ok := r.up.ClockOffset(); tt.ok && (!ok || (offset-tt.box).Abs() > time.Second) {
				t.Errorf("the clock is off by %v, %v; want %v", offset, ok, tt.box)
			}
		})
	}
}
