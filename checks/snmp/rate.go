package snmp

import "time"

const (
	// longestGap is the longest span of a rate where nobody told the interval.
	longestGap = 15 * time.Minute
	// tick is the unit of sysUpTime and its like.
	tick = 10 * time.Millisecond
)

// A flow is what went through an interface between two samples: means by name
// of the measurement, and what spoke against the rest.
type flow struct {
	rates map[string]float64
	clock bool // the device's clock did not go as ours
	above bool // more than the line can carry was dropped
}

// between makes rates of two samples of an interface (domain 4.2). There are
// none across a reboot, a discontinuity, a change of the index or a gap, and
// none when a counter went back: what is not known is not said. interval is
// that of the check, 0 when not told; speed is the interface's, bit/s, 0 when
// not known.
func between(a, b *sample, interval time.Duration, speed float64) flow {
	if a == nil || a.place != b.place || a.numbers[ifDiscontinuity] != b.numbers[ifDiscontinuity] {
		return flow{}
	}
	most := 3 * interval
	if interval <= 0 {
		most = longestGap
	}
	here := b.at.Sub(a.at)
	span, clock := elapsed(uint32(a.numbers[sysUpTime]), uint32(b.numbers[sysUpTime]), here)
	if span <= 0 || here > most {
		return flow{}
	}
	f := flow{rates: map[string]float64{}, clock: clock}
	seconds := span.Seconds()
	for name, c := range map[string]struct{ wide, narrow string }{
		"receive_bits_per_second":  {ifHCInOctets, ifInOctets},
		"transmit_bits_per_second": {ifHCOutOctets, ifOutOctets},
	} {
		octets, ok := uint64(0), false
		switch {
		case a.has(c.wide) && b.has(c.wide):
			octets, ok = b.numbers[c.wide]-a.numbers[c.wide], b.numbers[c.wide] >= a.numbers[c.wide]
		case a.has(c.narrow) && b.has(c.narrow) && speed > 0 && speed/8*seconds < 1<<32: // it went round once at most
			octets, ok = uint64(uint32(b.numbers[c.narrow])-uint32(a.numbers[c.narrow])), true
		}
		rate := 8 * float64(octets) / seconds
		switch {
		case !ok:
		case speed > 0 && rate > 1.05*speed:
			f.above = true
		default:
			f.rates[name] = rate
		}
	}
	for name, c := range map[string]string{
		"receive_errors_per_second": ifInErrors, "transmit_errors_per_second": ifOutErrors,
		"receive_discards_per_second": ifInDiscards, "transmit_discards_per_second": ifOutDiscards,
	} {
		if a.has(c) && b.has(c) && b.numbers[c] >= a.numbers[c] {
			f.rates[name] = float64(b.numbers[c]-a.numbers[c]) / seconds
		}
	}
	return f
}

// elapsed returns the span between two readings of sysUpTime: by the device's
// clock, or by ours when the two differ, which is said. It is 0 when the
// device began anew in between.
func elapsed(a, b uint32, here time.Duration) (span time.Duration, differs bool) {
	there := time.Duration(b-a) * tick // also over its turn after 497 days
	within := max(min(time.Second, here/50), 200*time.Millisecond)
	apart := max(there-here, here-there)
	switch {
	case apart <= within:
		return there, false
	case b < a, time.Duration(b)*tick < here:
		return 0, false
	}
	return here, true
}
