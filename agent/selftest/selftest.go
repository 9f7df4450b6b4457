// Package selftest finds what this site can do before any verdict is given:
// what it lacks makes checks unable, not their targets down. It sends nothing
// off the machine.
package selftest

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"fengsui/checks"
	"fengsui/checks/icmp"
)

// Facts are what the self-test found.
type Facts struct {
	ICMPMode string // unprivileged, raw or none; see [icmp.Mode]
	V4, V6   bool   // an address and a route of that family, loopback and link-local aside
	NoteZH   string // what a person should know, one line; empty when all is well
	NoteEN   string
}

// Run looks at this machine now. It is quick (a ping of 127.0.0.1 at most) and
// can be repeated: an address that comes or goes changes V4 and V6.
func Run(ctx context.Context) Facts {
	return judge(icmp.Mode(), addresses(), routed4(read("/proc/net/route")), routed6(read("/proc/net/ipv6_route")), time.Now())
}

// Env returns the facts as the runner of checks takes them.
func (f Facts) Env() checks.Env { return checks.Env{NoV4: !f.V4, NoV6: !f.V6} }

// built is before any release: a clock that shows an earlier time was never set.
var built = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// judge draws the facts from what was read.
func judge(mode string, addrs []netip.Addr, routed4, routed6 bool, now time.Time) Facts {
	f := Facts{ICMPMode: mode}
	for _, a := range addrs {
		if a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsUnspecified() || a.IsMulticast() {
			continue
		}
		if a.Is4() {
			f.V4 = f.V4 || routed4
		} else {
			f.V6 = f.V6 || routed6
		}
	}
	note := func(zh, en string) {
		if f.NoteZH != "" {
			f.NoteZH, f.NoteEN = f.NoteZH+"；", f.NoteEN+"; "
		}
		f.NoteZH, f.NoteEN = f.NoteZH+zh, f.NoteEN+en
	}
	if mode == icmp.None {
		note("无权发送 ICMP，所有 icmp 检查都无法进行（应为：net.ipv4.ping_group_range 包含本程序的组，或授予 CAP_NET_RAW）",
			"no right to send ICMP, so every icmp check is unable; want our group in net.ipv4.ping_group_range, or CAP_NET_RAW")
	}
	switch {
	case !f.V4 && !f.V6:
		note("本机没有可用的 IPv4 或 IPv6 地址和路由，只能检查本机", "neither an IPv4 nor an IPv6 address with a route here, so only this machine itself can be checked")
	case !f.V6:
		note("本机没有 IPv6，IPv6 检查为“无法判断”", "no IPv6 here, so checks over it are unable")
	case !f.V4:
		note("本机没有 IPv4，IPv4 检查为“无法判断”", "no IPv4 here, so checks over it are unable")
	}
	if now.Before(built) {
		day := now.UTC().Format("2006-01-02")
		note(fmt.Sprintf("本机时钟显示 %s，从未校准；观测时间以采集中心为准", day), fmt.Sprintf("the clock says %s and was never set; the collector's time is used", day))
	}
	return f
}

// addresses returns the addresses of all interfaces that are up.
func addresses() []netip.Addr {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil
	}
	var all []netip.Addr
	for _, i := range interfaces {
		if i.Flags&net.FlagUp == 0 {
			continue
		}
		addrs, err := i.Addrs()
		if err != nil {
			continue
		}
		for _, a := range addrs {
			if p, err := netip.ParsePrefix(a.String()); err == nil {
				all = append(all, p.Addr().Unmap())
			}
		}
	}
	return all
}

func read(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(text)
}

// Flags of linux/route.h and linux/ipv6_route.h.
const (
	rejects = 0x0000_0200 // RTF_REJECT: unreachable, prohibit and blackhole
	local   = 0x8000_0000 // RTF_LOCAL: an address of this machine
)

// Addresses outside this machine, of which the kernel's routing is asked
// without sending anything: a default route may live in a table of its own,
// which /proc/net/route does not show.
var (
	outside4 = netip.MustParseAddr("192.0.2.1")
	outside6 = netip.MustParseAddr("2001:db8::1")
)

// routed4 says whether there is a usable route over an interface other than
// lo. The table is /proc/net/route (proc(5)): Iface Destination Gateway Flags
// …, in hex.
func routed4(table string) bool {
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) < 4 || f[0] == "Iface" || f[0] == "lo" || f[0] == "*" {
			continue
		}
		if usable(f[3]) {
			return true
		}
	}
	return checks.Route(outside4) == nil
}

// routed6 says the same of /proc/net/ipv6_route: destination and its length,
// source and its length, next hop, metric, counters, flags, interface. Every
// interface has link-local and multicast routes, which lead nowhere.
func routed6(table string) bool {
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) < 10 || f[9] == "lo" || strings.HasPrefix(f[0], "fe8") || strings.HasPrefix(f[0], "ff") {
			continue
		}
		if usable(f[8]) {
			return true
		}
	}
	return checks.Route(outside6) == nil
}

func usable(flags string) bool {
	n, err := strconv.ParseUint(flags, 16, 64)
	return err == nil && n&(rejects|local) == 0
}
