package configs

import (
	"math"
	"strconv"
	"strings"
	"time"

	"fengsui/checks"
	"fengsui/configs/words"
)

func wantDuration(low, high time.Duration) want[time.Duration] {
	return func(l literal) (time.Duration, *wrong) {
		if l.kind != 't' {
			return 0, wants(words.WantDuration)
		}
		d, err := checks.ParseDuration(l.text)
		if err != nil {
			return 0, wants(words.WantDuration)
		}
		return d, between(d, low, high, span)
	}
}

// span writes a length of time as people do: 90d, 5m, 1m30s.
func span(d time.Duration) string {
	if d > 0 && d%day == 0 {
		return strconv.Itoa(int(d/day)) + "d"
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func wantPercent(low, high checks.Percent) want[checks.Percent] {
	return func(l literal) (checks.Percent, *wrong) {
		if l.kind != 't' {
			return 0, wants(words.WantPercent)
		}
		p, err := checks.ParsePercent(l.text)
		if err != nil {
			return 0, wants(words.WantPercent)
		}
		if p < low || p > high {
			return 0, wants(words.WantBetween, low.String(), high.String())
		}
		return p, nil
	}
}

func wantSize(low, high int64) want[int64] {
	return scaled(words.WantSize, sizeUnits, low, high, size)
}

func wantRate(low, high int64) want[int64] {
	return scaled(words.WantRate, rateUnits, low, high, rate)
}

// A unit is what a number is multiplied with.
type unit struct {
	name  string
	times int64
}

// Units, the larger first; the first spelling of each is the one we write.
var (
	sizeUnits = []unit{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}
	rateUnits = []unit{
		{"Gbit/s", 1e9}, {"Mbit/s", 1e6}, {"kbit/s", 1e3}, {"bit/s", 1},
		{"Gbps", 1e9}, {"Mbps", 1e6}, {"kbps", 1e3}, {"bps", 1},
	}
)

// scaled is a whole number with a unit behind it: "512MiB", "1Mbit/s".
func scaled(wanted string, units []unit, low, high int64, show func(int64) string) want[int64] {
	return func(l literal) (int64, *wrong) {
		if l.kind != 't' {
			return 0, wants(wanted)
		}
		for _, u := range units {
			digits, ok := strings.CutSuffix(l.text, u.name)
			if !ok {
				continue
			}
			if n, err := strconv.ParseUint(strings.TrimSuffix(digits, " "), 10, 62); err == nil && int64(n) <= math.MaxInt64/u.times {
				v := int64(n) * u.times
				return v, between(v, low, high, show)
			}
		}
		return 0, wants(wanted)
	}
}

func size(n int64) string { return inUnit(n, sizeUnits) }
func rate(n int64) string { return inUnit(n, rateUnits) }

func inUnit(n int64, units []unit) string {
	for _, u := range units {
		if n >= u.times && n%u.times == 0 {
			return strconv.FormatInt(n/u.times, 10) + u.name
		}
	}
	return strconv.FormatInt(n, 10) + units[len(units)-1].name
}
