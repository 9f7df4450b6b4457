package snmp

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"fengsui/checks"
)

// Findings that are judged at every answer.
const (
	FindingSpeedUnknown  = "speed_unknown"  // the nominal speed of an interface means nothing
	FindingDeviceClock   = "device_clock"   // the device's clock did not go as ours between two runs
	FindingCountersAbove = "counters_above" // a counter grew by more than the line can carry
)

var (
	reasonDown = checks.Declaration{Code: "interface_down", State: checks.Down, Args: []string{"target", "address", "interfaces", "for"},
		ZH: "设备 {target}（{address}）的接口中断：{interfaces}，已持续 {for}（应为：ifOperStatus 为 up）",
		EN: "interfaces of the device {target} ({address}) are down: {interfaces}, for {for}, want ifOperStatus up"}
	reasonAdminDown = checks.Declaration{Code: "admin_down", State: checks.Down, Args: []string{"target", "address", "interfaces", "for"},
		ZH: "设备 {target}（{address}）的接口被人为关闭：{interfaces}，已持续 {for}（应为：ifAdminStatus 为 up）",
		EN: "interfaces of the device {target} ({address}) were switched off by somebody: {interfaces}, for {for}, want ifAdminStatus up"}
	reasonMissing = checks.Declaration{Code: "interface_missing", State: checks.Down, Args: []string{"target", "address", "interfaces"},
		ZH: "设备 {target}（{address}）上没有这些接口，或有同名接口：{interfaces}（应为：ifName 或 ifDescr 与配置完全一致且唯一）",
		EN: "the device {target} ({address}) has no such interfaces, or several of one name: {interfaces}, want one whose ifName or ifDescr is exactly that"}
	reasonBelowFloor = checks.Declaration{Code: "below_floor", State: checks.Degraded, Args: []string{"target", "address", "interfaces", "floor"},
		ZH: "设备 {target}（{address}）的接口速率低于底线：{interfaces}（应为：不低于 {floor}）",
		EN: "interfaces of the device {target} ({address}) are slower than the floor: {interfaces}, want at least {floor}"}
	reasonUnjudged = checks.Declaration{Code: "interface_unknown", State: checks.Unable, Args: []string{"target", "address", "interfaces"},
		ZH: "设备 {target}（{address}）自己也不知道接口状态：{interfaces}（应为：ifOperStatus 为 up）",
		EN: "the device {target} ({address}) does not know itself how interfaces stand: {interfaces}, want ifOperStatus up"}
)

// Values of ifAdminStatus and ifOperStatus (RFC 2863).
const (
	statusUp      = 1
	statusDown    = 2
	statusUnknown = 4
)

var operTexts = map[uint64]string{3: "testing", 5: "dormant", 6: "not present", 7: "lower layer down"}

// Types of interface whose speed is somebody's setting, not the line's
// (IANAifType): ppp, propVirtual, tunnel, l2vlan, l3ipvlan.
var speedless = map[uint64]bool{23: true, 53: true, 131: true, 135: true, 136: true}

// speed is the nominal one in bit/s, 0 when it is not known.
func (s *sample) speed() float64 {
	if speedless[s.numbers[ifType]] {
		return 0
	}
	if n := s.numbers[ifHighSpeed]; n > 0 {
		return float64(n) * 1e6
	}
	if n := s.numbers[ifSpeed]; n < 1<<32-1 { // at its top it says "at least"
		return float64(n)
	}
	return 0
}

// lasting is how long the interface has been as it is; false when the device
// does not say.
func (s *sample) lasting() (time.Duration, bool) {
	up, change := s.numbers[sysUpTime], s.numbers[ifLastChange]
	if change == 0 || change > up {
		return 0, false
	}
	return time.Duration(up-change) * tick, true
}

// judge notes what was measured, makes one verdict of all interfaces, the
// worst first, and keeps the samples for the next run.
func (c *check) judge(at checks.Endpoint, d *device, samples map[string]*sample, o *checks.Observation) checks.Reason {
	address := at.Addr.String()
	compared := false
	var down, off, missing, slow, unknown, speedless, clocks, above []string
	longest := map[*[]string]time.Duration{}
	for _, name := range c.Interface {
		s := samples[name]
		before := d.samples[name]
		if s == nil {
			missing = append(missing, name)
			delete(d.samples, name)
			o.SetRow(name, "state", float64(checks.Down))
			continue
		}
		d.samples[name] = s
		o.Set("uptime_seconds", (time.Duration(s.numbers[sysUpTime]) * tick).Seconds())
		flow := between(before, s, at.Every, s.speed())
		note(o, s, flow)
		compared = compared || flow.rates != nil
		if flow.clock {
			clocks = append(clocks, name)
		}
		if flow.above {
			above = append(above, name)
		}
		if s.speed() == 0 {
			speedless = append(speedless, name)
		}
		state, text := c.state(s)
		o.SetRow(name, "state", float64(state))
		list := map[checks.State]*[]string{checks.Degraded: &slow, checks.Down: &down, checks.Unable: &unknown}[state]
		if list == nil {
			continue
		}
		if state == checks.Down && s.numbers[ifAdminStatus] == statusDown {
			list = &off
		}
		*list = append(*list, text)
		if for_, ok := s.lasting(); ok {
			longest[list] = max(longest[list], for_)
		}
	}
	find := func(rule string, bad []string, good string) {
		if len(bad) > 0 {
			o.Find(rule, checks.Fail, strings.Join(bad, ", "))
		} else {
			o.Find(rule, checks.Pass, good)
		}
	}
	find(FindingSpeedUnknown, speedless, "every interface has a nominal speed")
	if compared {
		find(FindingDeviceClock, clocks, "the device's clock goes as this site's")
		find(FindingCountersAbove, above, "no counter grew by more than its line can carry")
	}
	since := func(list *[]string) string {
		if d, ok := longest[list]; ok {
			return d.Truncate(time.Second).String()
		}
		return "?"
	}
	list := func(names []string) string {
		return strconv.Itoa(len(names)) + "/" + strconv.Itoa(len(c.Interface)) + " " + strings.Join(names, ", ")
	}
	switch {
	case len(down) > 0:
		return reasonDown.With(at.Target, address, list(down), since(&down))
	case len(off) > 0:
		return reasonAdminDown.With(at.Target, address, list(off), since(&off))
	case len(missing) > 0:
		return reasonMissing.With(at.Target, address, list(missing))
	case len(slow) > 0:
		return reasonBelowFloor.With(at.Target, address, list(slow), c.Floor)
	case len(unknown) > 0:
		return reasonUnjudged.With(at.Target, address, list(unknown))
	}
	return checks.Reason{}
}

// state judges one interface; the text is its name with what is worth saying.
func (c *check) state(s *sample) (checks.State, string) {
	oper := s.numbers[ifOperStatus]
	switch {
	case oper == statusUp && s.speed() > 0 && s.speed() < c.floor:
		return checks.Degraded, fmt.Sprintf("%s (%s)", s.name, rateText(s.speed()))
	case oper == statusUp:
		return checks.Up, s.name
	case s.numbers[ifAdminStatus] == statusDown, oper == statusDown:
		return checks.Down, s.name
	case operTexts[oper] != "":
		return checks.Down, fmt.Sprintf("%s (%s)", s.name, operTexts[oper])
	}
	return checks.Unable, fmt.Sprintf("%s (ifOperStatus %d)", s.name, oper)
}

// rateText writes a rate as people do.
func rateText(rate float64) string {
	switch {
	case rate >= 1e9:
		return strconv.FormatFloat(rate/1e9, 'g', -1, 64) + "Gbps"
	case rate >= 1e6:
		return strconv.FormatFloat(rate/1e6, 'g', -1, 64) + "Mbps"
	}
	return strconv.FormatFloat(rate/1e3, 'g', -1, 64) + "kbps"
}

// note notes what a sample measures.
func note(o *checks.Observation, s *sample, f flow) {
	o.SetRow(s.name, "admin_status", float64(s.numbers[ifAdminStatus]))
	o.SetRow(s.name, "oper_status", float64(s.numbers[ifOperStatus]))
	if d, ok := s.lasting(); ok {
		o.SetRow(s.name, "last_change_seconds", d.Seconds())
	}
	if speed := s.speed(); speed > 0 {
		o.SetRow(s.name, "speed_bits_per_second", speed)
	}
	if s.has(ifHCInOctets) {
		o.SetRow(s.name, "receive_bytes_total", float64(s.numbers[ifHCInOctets]))
	}
	if s.has(ifHCOutOctets) {
		o.SetRow(s.name, "transmit_bytes_total", float64(s.numbers[ifHCOutOctets]))
	}
	for name, rate := range f.rates {
		o.SetRow(s.name, name, rate)
	}
}
