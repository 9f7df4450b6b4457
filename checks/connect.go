package checks

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"syscall"
	"time"
)

// Reasons of a TCP connection that did not come about, for kinds to share.
var (
	ReasonRefused = Declaration{"refused", Down, []string{"target", "address"},
		"{target}（{address}）拒绝连接（应为：接受连接），主机可达，但该端口没有服务或被拒绝",
		"{target} ({address}) refused the connection, want it accepted: the host is there, the port is closed"}
	ReasonTimedOut = Declaration{"timed_out", Down, []string{"target", "address", "wait"},
		"连接 {target}（{address}）等了 {wait} 没有任何应答（应为：接受连接），主机不在线、线路不通或防火墙丢弃",
		"{target} ({address}) gave no answer within {wait}, want a connection: host off, line cut, or packets dropped on the way"}
	ReasonUnreachable = Declaration{"unreachable", Down, []string{"target", "address", "seen"},
		"网络报告 {target}（{address}）不可达：{seen}（应为：可达），有路由器或邻居表给出了这一答复",
		"the network says that {target} ({address}) cannot be reached: {seen}, want it reachable; a router or the last hop answered so"}
	ReasonForbidden = Declaration{"prohibited", Down, []string{"target", "address"},
		"网络报告禁止访问 {target}（{address}）（应为：放行），途中有防火墙或访问控制列表给出了这一答复",
		"the network says that reaching {target} ({address}) is administratively prohibited, want it allowed; a firewall or access list on the way answered so"}
	ReasonHole = Declaration{"mtu_blackhole", Down, []string{"target", "address", "small", "last"},
		"{target}（{address}）小包能通、大包丢失：{small} 字节以内的包有应答，更大的没有，也没有人回复“包过大”（最后一个应答大包的节点：{last}；应为：大包能通，或放行 ICMP“包过大”）",
		"{target} ({address}) answers small packets and loses large ones: {small} bytes pass, more do not, and nobody says \"packet too big\" (last hop that answered large ones: {last}); want large ones through, or that message let through"}
	// ReasonOpen is the one reason by which a target is down because it can be
	// reached: over whichever family and at whichever address, that is the verdict.
	ReasonOpen = Declaration{"open_unwanted", Down, []string{"target", "address"},
		"{target}（{address}）可以连接（应为：从本站点不可达），区域间访问控制未生效",
		"{target} ({address}) accepts connections, want it out of this site's reach: the access control between zones does not hold"}
	ReasonReset = Declaration{"reset", Down, []string{"target", "address", "wait"},
		"{target}（{address}）在 {wait} 后重置了连接（应为：保持连接），常见于中间防火墙或后端故障",
		"{target} ({address}) reset the connection after {wait}, want it kept: often a firewall on the way or a failing backend"}
)

// ConnectReasons are the reasons that [Connect] can give; a kind that uses it
// lists them among its own.
var ConnectReasons = append([]Declaration{ReasonRefused, ReasonTimedOut, ReasonUnreachable, ReasonForbidden, ReasonReset}, LocalReasons...)

// Connect opens a TCP connection to a port of the endpoint by the deadline of
// ctx and says how long that took on the monotonic clock. On failure the
// connection is nil and the reason says whose fault it was.
func Connect(ctx context.Context, at Endpoint, port uint16) (net.Conn, time.Duration, Reason) {
	began := time.Now()
	conn, err := at.Dial(ctx, "tcp", port)
	took := time.Since(began)
	if err != nil {
		return nil, took, connectReason(ctx, at, took, err, at.Route)
	}
	return conn, took, Reason{}
}

func connectReason(ctx context.Context, at Endpoint, took time.Duration, err error, route func(netip.Addr) error) Reason {
	address := at.Addr.String()
	timedOut, stopped := Cut(ctx, err)
	switch {
	case stopped:
		return ReasonStopped.With(at.Target)
	case timedOut && took < MinWait:
		return ReasonNoTime.With(at.Target, address, Round(took), MinWait.String())
	case timedOut:
		return ReasonTimedOut.With(at.Target, address, Round(took))
	case errors.Is(err, syscall.ECONNREFUSED):
		return ReasonRefused.With(at.Target, address)
	case errors.Is(err, syscall.ECONNRESET):
		return ReasonReset.With(at.Target, address, Round(took))
	}
	if local := LocalReason(at, err, route); !local.IsZero() {
		return local
	}
	if errors.Is(err, syscall.EACCES) && at.Addr.Is6() { // RFC 4443 section 3.1, code 1; over IPv4 the kernel does not tell
		return ReasonForbidden.With(at.Target, address)
	}
	return ReasonUnreachable.With(at.Target, address, Plain(err))
}

// DatagramReason says what an error of a UDP socket means for the target: an ICMP
// error of the network or the target, or this machine's own trouble.
func DatagramReason(at Endpoint, err error) Reason {
	address := at.Addr.String()
	if errors.Is(err, syscall.ECONNREFUSED) {
		return ReasonRefused.With(at.Target, address)
	}
	if local := LocalReason(at, err, at.Route); !local.IsZero() {
		return local
	}
	if errors.Is(err, syscall.EACCES) && at.Addr.Is6() {
		return ReasonForbidden.With(at.Target, address)
	}
	return ReasonUnreachable.With(at.Target, address, Plain(err))
}

// Round writes a length of time for people: three digits are plenty.
func Round(d time.Duration) string {
	switch {
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d >= time.Millisecond:
		return d.Round(100 * time.Microsecond).String()
	}
	return d.Round(time.Microsecond).String()
}
