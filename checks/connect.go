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
	ReasonReset = Declaration{"reset", Down, []string{"target", "address", "wait"},
		"{target}（{address}）在 {wait} 后重置了连接（应为：保持连接），常见于中间防火墙或后端故障",
		"{target} ({address}) reset the connection after {wait}, want it kept: often a firewall on the way or a failing backend"}
)

// ConnectReasons are the reasons that [Connect] can give; a kind that uses it
// lists them among its own.
var ConnectReasons = append([]Declaration{ReasonRefused, ReasonTimedOut, ReasonUnreachable, ReasonReset}, LocalReasons...)

// Connect opens a TCP connection to a port of the endpoint by the deadline of
// ctx and says how long that took on the monotonic clock. On failure the
// connection is nil and the reason says whose fault it was.
func Connect(ctx context.Context, at Endpoint, port uint16) (net.Conn, time.Duration, Reason) {
	d := net.Dialer{KeepAlive: -1} // a probe ends long before a keep-alive would matter
	began := time.Now()
	conn, err := d.DialContext(ctx, at.Network("tcp"), netip.AddrPortFrom(at.Addr, port).String())
	took := time.Since(began)
	if err != nil {
		return nil, took, connectReason(ctx, at, took, err, Route)
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
