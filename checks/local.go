package checks

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Reasons about this site itself, for kinds to share: none of them says
// anything about the target.
var (
	ReasonNoRoute = Declaration{"no_route_here", Unable, []string{"target", "address", "seen"},
		"本机没有通往 {target}（{address}）的路由：{seen}（应为：本机路由表中有可用路由，可用 ip route get {address} 查看）",
		"this site has no route to {target} ({address}): {seen}; want a usable route, see: ip route get {address}"}
	ReasonProhibited = Declaration{"prohibited_here", Unable, []string{"target", "address", "seen"},
		"本机禁止访问 {target}（{address}）：{seen}（应为：本机防火墙与路由表放行，请查 prohibit 路由和出方向规则）",
		"this site itself prohibits reaching {target} ({address}): {seen}; look for a prohibit route or an output rule here"}
	ReasonLocal = Declaration{"local_error", Unable, []string{"target", "address", "seen"},
		"本机出错，未能探测 {target}（{address}）：{seen}，无法判断目标",
		"this machine could not probe {target} ({address}): {seen}; the target cannot be judged"}
	ReasonNoTime = Declaration{"no_time", Unable, []string{"target", "address", "left", "wanted"},
		"轮到探测 {target}（{address}）时只剩 {left}，需要 {wanted}（应为：调大 timeout，或减少同时运行的检查）",
		"only {left} were left to probe {target} ({address}), want {wanted}; raise the timeout or run fewer checks at once"}
	ReasonStopped = Declaration{"stopped", Unable, []string{"target"},
		"探测 {target} 时程序正在停止，结果作废",
		"the probe of {target} was cut short because the program is stopping"}
)

// LocalReasons are the reasons that [LocalReason] and a cut-short context can
// give; a kind that uses them lists them among its own.
var LocalReasons = []Declaration{ReasonNoRoute, ReasonProhibited, ReasonLocal, ReasonNoTime, ReasonStopped}

// MinWait is the shortest wait that says anything about a target. What was
// given less, because resolving or queueing took the time, is no_time.
const MinWait = 100 * time.Millisecond

// Route asks the kernel's routing table about an address, without sending
// anything: it connects a UDP socket (connect(2) looks up the route). Nil
// means that there is a way out of this machine. A probe asks [Endpoint.Route].
func Route(a netip.Addr) error { return Source{}.route(a) }

// LocalReason tells whether a failed connect or send is this machine's own
// doing, and why. An address without a route here gives the same error as one
// that a router refuses, so the routing table is asked, by route. The zero
// Reason means that the error came from the network or the target.
func LocalReason(at Endpoint, err error, route func(netip.Addr) error) Reason {
	address := at.Addr.String()
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return ReasonLocal.With(at.Target, address, Plain(err))
	}
	switch errno {
	case syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE, syscall.ETIMEDOUT:
		return Reason{}
	case syscall.ENETUNREACH, syscall.EHOSTUNREACH:
		if e := route(at.Addr); e != nil {
			return RouteReason(at, e)
		}
		return Reason{}
	case syscall.EINVAL, syscall.EADDRNOTAVAIL: // a blackhole route, no source address
		if e := route(at.Addr); e != nil {
			return RouteReason(at, e)
		}
	case syscall.EACCES:
		if e := route(at.Addr); e != nil {
			return RouteReason(at, e)
		}
		// Linux gives EACCES for an ICMPv6 "administratively prohibited" from
		// the way (RFC 4443 section 3.1); over IPv4 only this machine does.
		if at.Addr.Is6() {
			return Reason{}
		}
		return ReasonProhibited.With(at.Target, address, errno.Error())
	case syscall.EPERM: // a firewall rule in the output chain
		return ReasonProhibited.With(at.Target, address, errno.Error())
	}
	return ReasonLocal.With(at.Target, address, errno.Error())
}

// RouteReason says what an error of [Route] means.
func RouteReason(at Endpoint, err error) Reason {
	address := at.Addr.String()
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return ReasonLocal.With(at.Target, address, Plain(err))
	}
	switch errno {
	case syscall.EACCES, syscall.EPERM:
		return ReasonProhibited.With(at.Target, address, errno.Error())
	case syscall.ENETUNREACH, syscall.EHOSTUNREACH, syscall.EADDRNOTAVAIL, syscall.EINVAL, syscall.EAFNOSUPPORT:
		// EINVAL: a blackhole route, or a link-local address without its zone.
		return ReasonNoRoute.With(at.Target, address, errno.Error())
	}
	return ReasonLocal.With(at.Target, address, errno.Error())
}

// Plain returns the innermost text of a network error, without the addresses
// and the operation that a reason names already.
func Plain(err error) string {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno.Error()
	}
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err.Error()
	}
	return err.Error()
}

// Cut says whether a probe ended because its context did: timed out at its
// deadline, or stopped because the program is stopping.
func Cut(ctx context.Context, err error) (timedOut, stopped bool) {
	if errors.Is(ctx.Err(), context.Canceled) {
		return false, true
	}
	var n net.Error
	if errors.Is(err, syscall.ETIMEDOUT) || errors.Is(err, context.DeadlineExceeded) || errors.As(err, &n) && n.Timeout() {
		return true, false
	}
	return false, false
}

// HostPort reads a target that is a host and a port. The error says what it
// holds instead of want.
func HostPort(target, want string) (host string, port uint16, err error) {
	host, text, err := net.SplitHostPort(target)
	if err != nil {
		return "", 0, fmt.Errorf("target %q: want %s", target, want)
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil || n == 0 {
		return "", 0, fmt.Errorf("target %q: the port is %q, want a number from 1 to 65535", target, text)
	}
	if err := CheckHost(host); err != nil {
		return "", 0, fmt.Errorf("target %q: %w", target, err)
	}
	return host, uint16(n), nil
}

// CheckHost returns an error unless host is a literal address that one
// machine can have, or a name that a resolver can be asked for.
func CheckHost(host string) error {
	if a, err := netip.ParseAddr(host); err == nil {
		switch a = a.Unmap(); {
		case a.IsUnspecified(), a.IsMulticast(), a == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
			return fmt.Errorf("%q is no address of one machine, want a unicast address or a name", host)
		case a.Is6() && a.IsLinkLocalUnicast() && a.Zone() == "":
			return fmt.Errorf("%q is link-local, want its interface too, as in %s%%eth0", host, a)
		}
		return nil
	}
	if host == "" {
		return errors.New("the host is missing, want a name or an address")
	}
	name := strings.TrimSuffix(host, ".")
	if len(name) > 253 {
		return fmt.Errorf("the name %.40q… has %d bytes, want at most 253", name, len(name))
	}
	digits := true
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 {
			return fmt.Errorf("%q is no name, want labels of 1 to 63 bytes between its dots", host)
		}
		for _, r := range label {
			switch {
			case r >= 0x80:
				return fmt.Errorf("%q is not ASCII, want its punycode form (xn--…)", host)
			case r != '-' && r != '_' && (r < '0' || r > '9') && (r|0x20 < 'a' || r|0x20 > 'z'):
				return fmt.Errorf("%q holds %q, want a name or an address", host, r)
			}
		}
		digits = strings.Trim(label, "0123456789") == ""
	}
	if digits { // 10.0.0.256, 10.1: no top-level domain is a number
		return fmt.Errorf("%q is no address, want four numbers from 0 to 255, an IPv6 address or a name", host)
	}
	return nil
}
