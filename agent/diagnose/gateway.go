package diagnose

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"fengsui/checks"
)

// gateways are the first routers of the default routes, by /proc/net.
func gateways() (all []Gateway) {
	add := func(g Gateway) {
		if g.Addr.IsValid() && !g.Addr.IsUnspecified() && !slices.ContainsFunc(all, func(o Gateway) bool { return o.Addr == g.Addr }) {
			all = append(all, g)
		}
	}
	for line := range strings.Lines(read("/proc/net/route")) {
		// Iface Destination Gateway Flags RefCnt Use Metric Mask …
		f := strings.Fields(line)
		if len(f) >= 8 && f[1] == "00000000" && f[7] == "00000000" {
			if b, err := hex.DecodeString(f[2]); err == nil && len(b) == 4 {
				// In the order of the machine's bytes.
				var a [4]byte
				binary.NativeEndian.PutUint32(a[:], binary.BigEndian.Uint32(b))
				add(Gateway{Addr: netip.AddrFrom4(a), Device: f[0]})
			}
		}
	}
	for line := range strings.Lines(read("/proc/net/ipv6_route")) {
		// Destination prefix source prefix next-hop metric refcnt use flags device
		f := strings.Fields(line)
		if len(f) >= 10 && f[1] == "00" && strings.Trim(f[0], "0") == "" {
			if b, err := hex.DecodeString(f[4]); err == nil && len(b) == 16 {
				add(Gateway{Addr: netip.AddrFrom16([16]byte(b)), Device: f[9]})
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

// portOf is the port of a target, 0 when it has none.
func portOf(target string) uint16 {
	if _, port, err := checks.HostPort(target, ""); err == nil {
		return port
	}
	u, err := url.Parse(target)
	if err != nil {
		return 0
	}
	if n, err := strconv.ParseUint(u.Port(), 10, 16); err == nil {
		return uint16(n)
	}
	return map[string]uint16{"http": 80, "https": 443}[u.Scheme]
}
