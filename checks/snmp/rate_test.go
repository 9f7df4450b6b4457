package snmp

import (
	"maps"
	"math"
	"testing"
	"time"
)

// TestBetween: a rate is said only where two samples allow one.
func TestBetween(t *testing.T) {
	t.Parallel()
	const gig, rx, tx, bad = 1e9, "receive_bits_per_second", "transmit_bits_per_second", "receive_errors_per_second"
	start := time.Now()
	type n = map[string]uint64
	first := n{sysUpTime: 1_000_000, ifDiscontinuity: 7, ifHCInOctets: 1 << 60, ifHCOutOctets: 0, ifInErrors: 10}
	narrow := n{sysUpTime: 1_000_000, ifInOctets: 1<<32 - 1000, ifOutOctets: 5}
	for _, tt := range []struct {
		name     string
		a, b     n // b over what a says; ^0 takes an object away
		here     time.Duration
		interval time.Duration
		speed    float64
		want     map[string]float64
		clock    bool
		above    bool
	}{
		{"a minute", first, n{sysUpTime: 1_006_000, ifHCInOctets: 1<<60 + 7_500_000, ifHCOutOctets: 750, ifInErrors: 70}, time.Minute, time.Minute, gig,
			map[string]float64{rx: 1e6, tx: 100, bad: 1}, false, false},
		{"no speed told", first, n{sysUpTime: 1_006_000, ifHCInOctets: 1<<60 + 7_500_000}, time.Minute, time.Minute, 0,
			map[string]float64{rx: 1e6, tx: 0, bad: 0}, false, false},
		{"nothing went", first, n{sysUpTime: 1_006_000}, time.Minute, time.Minute, gig, map[string]float64{rx: 0, tx: 0, bad: 0}, false, false},
		{"at the line's rate", first, n{sysUpTime: 1_006_000, ifHCInOctets: 1<<60 + 7_800_000_000}, time.Minute, time.Minute, gig,
			map[string]float64{rx: 1.04e9, tx: 0, bad: 0}, false, false},
		{"above the line", first, n{sysUpTime: 1_006_000, ifHCInOctets: 1<<60 + 7_900_000_000}, time.Minute, time.Minute, gig,
			map[string]float64{tx: 0, bad: 0}, false, true},
		{"counter went back", first, n{sysUpTime: 1_006_000, ifHCInOctets: 1<<60 - 1, ifInErrors: 9}, time.Minute, time.Minute, gig,
			map[string]float64{tx: 0}, false, false},
		{"counter gone", first, n{sysUpTime: 1_006_000, ifHCInOctets: ^uint64(0)}, time.Minute, time.Minute, gig, map[string]float64{tx: 0, bad: 0}, false, false},
		{"rebooted", first, n{sysUpTime: 3_000}, time.Minute, time.Minute, gig, nil, false, false},
		{"rebooted long ago", first, n{sysUpTime: 999_000}, time.Minute, time.Minute, gig, nil, false, false},
		{"rebooted, and past where it was", n{sysUpTime: 100}, n{sysUpTime: 3_000}, time.Minute, time.Minute, gig, nil, false, false},
		{"its clock turned", n{sysUpTime: 1<<32 - 3_000, ifHCInOctets: 0}, n{sysUpTime: 3_000, ifHCInOctets: 750}, time.Minute, time.Minute, gig,
			map[string]float64{rx: 100}, false, false},
		{"discontinuity", first, n{sysUpTime: 1_006_000, ifDiscontinuity: 1_003_000}, time.Minute, time.Minute, gig, nil, false, false},
		{"discontinuity told no more", first, n{sysUpTime: 1_006_000, ifDiscontinuity: ^uint64(0)}, time.Minute, time.Minute, gig, nil, false, false},
		{"three intervals", first, n{sysUpTime: 1_018_000}, 3 * time.Minute, time.Minute, gig, map[string]float64{rx: 0, tx: 0, bad: 0}, false, false},
		{"more than three", first, n{sysUpTime: 1_018_100}, 3*time.Minute + time.Second, time.Minute, gig, nil, false, false},
		{"more than fifteen minutes, by hand", first, n{sysUpTime: 1_090_100}, 15*time.Minute + time.Second, 0, gig, nil, false, false},
		{"its clock is slow", first, n{sysUpTime: 1_005_000, ifHCInOctets: 1<<60 + 7_500_000}, time.Minute, time.Minute, gig,
			map[string]float64{rx: 1e6, tx: 0, bad: 0}, true, false},
		{"its clock is fast", first, n{sysUpTime: 1_007_000, ifHCInOctets: 1<<60 + 7_500_000}, time.Minute, time.Minute, gig,
			map[string]float64{rx: 1e6, tx: 0, bad: 0}, true, false},
		{"its clock stands", first, n{ifHCInOctets: 1<<60 + 7_500_000}, time.Minute, time.Minute, gig, map[string]float64{rx: 1e6, tx: 0, bad: 0}, true, false},
		{"two answers in one tick", first, n{}, time.Millisecond, time.Minute, gig, nil, false, false},
		{"32 bits round once", narrow, n{sysUpTime: 1_001_000, ifInOctets: 6500, ifOutOctets: 5}, 10 * time.Second, time.Minute, 1e8,
			map[string]float64{rx: 8 * 7500 / 10., tx: 0}, false, false},
		{"32 bits, it may have been twice", narrow, n{sysUpTime: 1_006_000, ifInOctets: 6500}, time.Minute, time.Minute, gig, map[string]float64{}, false, false},
		{"32 bits, no speed told", narrow, n{sysUpTime: 1_001_000, ifInOctets: 6500}, 10 * time.Second, time.Minute, 0, map[string]float64{}, false, false},
	} {
		a := &sample{place: place{"1", ifName}, numbers: tt.a, at: start}
		b := &sample{place: place{"1", ifName}, numbers: maps.Clone(tt.a), at: start.Add(tt.here)}
		for c, v := range tt.b {
			b.numbers[c] = v
			if v == ^uint64(0) {
				delete(b.numbers, c)
			}
		}
		f := between(a, b, tt.interval, tt.speed)
		near := func(x, y float64) bool { return math.Abs(x-y) <= 1e-9*math.Abs(y) }
		if !maps.EqualFunc(f.rates, tt.want, near) || (f.rates == nil) != (tt.want == nil) || f.clock != tt.clock || f.above != tt.above {
			t.Errorf("%s: got %v, clock %v, above %v; want %v, %v, %v", tt.name, f.rates, f.clock, f.above, tt.want, tt.clock, tt.above)
		}
		if f := between(nil, b, tt.interval, tt.speed); f.rates != nil {
			t.Errorf("%s: got %v of one sample", tt.name, f.rates)
		}
		a.place.index = "2"
		if f := between(a, b, tt.interval, tt.speed); f.rates != nil {
			t.Errorf("%s: got %v of two indices", tt.name, f.rates)
		}
	}
}
