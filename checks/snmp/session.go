package snmp

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"syscall"
	"time"

	"github.com/gosnmp/gosnmp"

	"fengsui/checks"
)

const (
	tries = 2
	// wait is for one try.
	wait = 2 * time.Second
)

var (
	reasonSilent = checks.Declaration{Code: "device_silent", State: checks.Unable, Args: []string{"target", "address", "tries", "wait"},
		ZH: "通过 SNMP 询问设备 {target}（{address}）{tries} 次，{wait} 内没有任何应答（应为：SNMP 应答），无法判断其接口：设备离线、线路不通、设备不允许本站点查询，或团体字不对（v1、v2c 团体字错误时设备同样沉默）",
		EN: "the device {target} ({address}) was asked {tries} times by SNMP and gave no answer within {wait}, want an answer; its interfaces cannot be judged: device off, line cut, this site not allowed to ask, or a wrong community (to which v1 and v2c answer with the same silence)"}
	reasonClosed = checks.Declaration{Code: "snmp_closed", State: checks.Unable, Args: []string{"target", "address"},
		ZH: "设备 {target}（{address}）在线，但该端口没有 SNMP 服务（应为：SNMP 应答），无法判断其接口",
		EN: "the device {target} ({address}) is there and has no SNMP at this port, want an answer; its interfaces cannot be judged"}
	reasonUnreachable = checks.Declaration{Code: "device_unreachable", State: checks.Unable, Args: []string{"target", "address", "seen"},
		ZH: "网络报告设备 {target}（{address}）不可达：{seen}（应为：SNMP 应答），无法判断其接口",
		EN: "the network says that the device {target} ({address}) cannot be reached: {seen}, want an answer by SNMP; its interfaces cannot be judged"}
	reasonUserUnknown = checks.Declaration{Code: "snmp_user_unknown", State: checks.Unable, Args: []string{"target", "address"},
		ZH: "设备 {target}（{address}）不认识密钥中的 SNMPv3 用户（应为：设备上已建立该用户）",
		EN: "the device {target} ({address}) does not know the SNMPv3 user of the secret, want a user that it has"}
	reasonAuthWrong = checks.Declaration{Code: "snmp_auth_wrong", State: checks.Unable, Args: []string{"target", "address"},
		ZH: "设备 {target}（{address}）拒绝了 SNMPv3 认证（应为：密钥中的认证协议和口令与设备一致）",
		EN: "the device {target} ({address}) refused the SNMPv3 authentication, want the protocol and passphrase of auth as on the device"}
	reasonPrivacyWrong = checks.Declaration{Code: "snmp_privacy_wrong", State: checks.Unable, Args: []string{"target", "address"},
		ZH: "设备 {target}（{address}）无法解密 SNMPv3 报文（应为：密钥中的加密协议和口令与设备一致）",
		EN: "the device {target} ({address}) could not decrypt SNMPv3, want the protocol and passphrase of priv as on the device"}
	reasonLevel = checks.Declaration{Code: "snmp_level_refused", State: checks.Unable, Args: []string{"target", "address"},
		ZH: "设备 {target}（{address}）不支持该 SNMPv3 用户的安全级别（应为：密钥中的 auth、priv 与设备上的用户一致）",
		EN: "the device {target} ({address}) does not take this security level from the SNMPv3 user, want auth and priv as the user has them on the device"}
	reasonTimeWindow = checks.Declaration{Code: "snmp_time_window", State: checks.Unable, Args: []string{"target", "address"},
		ZH: "设备 {target}（{address}）两次认为 SNMPv3 报文不在时间窗内（应为：重新对时后接受），常见于两台设备使用同一个 engineID",
		EN: "the device {target} ({address}) twice held SNMPv3 to be outside its time window, want it taken once its time was learned: often two devices share one engineID"}
	reasonUserSilent = checks.Declaration{Code: "snmp_user_silent", State: checks.Unable, Args: []string{"target", "address", "wait"},
		ZH: "设备 {target}（{address}）应答了 SNMPv3 引擎发现，但对该用户的请求 {wait} 内没有应答（应为：应答），常见于加密协议或口令与设备不一致",
		EN: "the device {target} ({address}) told its SNMPv3 engine and then gave no answer to this user within {wait}, want an answer: often the protocol or passphrase of priv is another than on the device"}
	reasonReport = checks.Declaration{Code: "snmp_report", State: checks.Unable, Args: []string{"target", "address"},
		ZH: "设备 {target}（{address}）用 SNMPv3 报告拒绝了请求（应为：应答），请核对设备的 SNMPv3 配置",
		EN: "the device {target} ({address}) refused the request with an SNMPv3 report, want an answer; look at its SNMPv3 configuration"}
	reasonTooBig = checks.Declaration{Code: "snmp_too_big", State: checks.Unable, Args: []string{"target", "address"},
		ZH: "设备 {target}（{address}）称一个接口的应答放不进一个报文（tooBig）（应为：约 600 字节的应答），无法判断其接口",
		EN: "the device {target} ({address}) says that the answer for one interface is too big for it (tooBig), want some 600 bytes; its interfaces cannot be judged"}
	reasonGenErr = checks.Declaration{Code: "snmp_general_error", State: checks.Unable, Args: []string{"target", "address"},
		ZH: "设备 {target}（{address}）的 SNMP 自身出错（genErr）（应为：应答），无法判断其接口",
		EN: "the SNMP of the device {target} ({address}) failed inside itself (genErr), want an answer; its interfaces cannot be judged"}
	reasonErrorStatus = checks.Declaration{Code: "snmp_error", State: checks.Unable, Args: []string{"target", "address", "status"},
		ZH: "设备 {target}（{address}）以错误 {status} 应答（应为：noError），无法判断其接口",
		EN: "the device {target} ({address}) answered with the error {status}, want noError; its interfaces cannot be judged"}
	reasonNoObject = checks.Declaration{Code: "snmp_no_object", State: checks.Unable, Args: []string{"target", "address", "object"},
		ZH: "设备 {target}（{address}）没有给出 {object}（应为：允许本站点查询 IF-MIB），无法判断其接口",
		EN: "the device {target} ({address}) does not give {object}, want the IF-MIB open to this site; its interfaces cannot be judged"}
	reasonForeign = checks.Declaration{Code: "snmp_answer_foreign", State: checks.Unable, Args: []string{"target", "address", "seen"},
		ZH: "设备 {target}（{address}）的应答与所问不符：{seen}（应为：对本次请求的应答），无法判断其接口",
		EN: "the device {target} ({address}) answered something else than was asked: {seen}, want an answer to the request; its interfaces cannot be judged"}
	reasonUnreadable = checks.Declaration{Code: "snmp_unreadable", State: checks.Unable, Args: []string{"target", "address"},
		ZH: "{target}（{address}）的应答不是可读的 SNMP 报文，或未通过认证（应为：完整的 SNMP 应答），无法判断其接口",
		EN: "the answer of {target} ({address}) is no SNMP that can be read, or not authentic, want a whole SNMP answer; its interfaces cannot be judged"}
)

// A session asks one address during one run.
type session struct {
	ctx   context.Context
	at    checks.Endpoint
	d     *device
	g     *gosnmp.GoSNMP
	close func()

	tap   *tap
	now   func() time.Time // monotonic
	first time.Duration    // what the first answer took; 0: none yet
}

func dial(ctx context.Context, at checks.Endpoint, port uint16, l *login, d *device) (*session, checks.Reason) {
	s := &session{ctx: ctx, at: at, d: d}
	left := wait
	if deadline, ok := ctx.Deadline(); ok {
		left = time.Until(deadline)
	}
	if left < checks.MinWait {
		return nil, checks.ReasonNoTime.With(at.Target, at.Addr.String(), checks.Round(left), checks.MinWait.String())
	}
	rounds := time.Duration(tries)
	if l.version == gosnmp.Version3 {
		rounds *= 2 // the device is asked for its engine first
	}
	g := &gosnmp.GoSNMP{
		Target: at.Addr.String(), Port: port, Transport: at.Network("udp"), Context: ctx,
		Timeout: min(wait, left/rounds), Retries: tries - 1, MaxOids: gosnmp.MaxOids,
	}
	if from := at.From; from != (checks.Source{}) {
		if from.Addr.IsValid() {
			g.LocalAddr = netip.AddrPortFrom(from.Addr, 0).String()
		}
		g.Control = from.Control
	}
	l.apply(g)
	if err := g.Connect(); err != nil {
		return nil, s.failed(err)
	}
	s.g = g
	conn := g.Conn
	s.tap = &tap{Conn: conn}
	g.Conn = s.tap
	// The library reads on when ctx is done; only a closed socket ends that.
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	s.close = func() { stop(); conn.Close() }
	return s, checks.Reason{}
}

// An asker is one of Get, GetNext or GetBulk.
type asker func() (*gosnmp.SnmpPacket, error)

// ask asks once, tries again when nothing comes, and returns an answer without
// an error status. What the library says of an error is not shown: it may hold
// a stack, or bytes that hold the community.
func (s *session) ask(f asker) (*gosnmp.SnmpPacket, checks.Reason) {
	began := time.Now()
	s.tap.came, s.tap.last = 0, nil
	p, err := f()
	if err != nil {
		return nil, s.failed(err)
	}
	if s.first == 0 {
		s.first = time.Since(began)
	}
	address := s.at.Addr.String()
	switch {
	case p.PDUType == gosnmp.Report:
		return nil, reasonReport.With(s.at.Target, address)
	case p.PDUType != gosnmp.GetResponse:
		return nil, reasonForeign.With(s.at.Target, address, "a PDU that is no response")
	case p.RequestID == 0: // the library takes it for an answer to anything
		return nil, reasonForeign.With(s.at.Target, address, "request id 0")
	}
	switch p.Error {
	case gosnmp.NoError:
		return p, checks.Reason{}
	case gosnmp.TooBig:
		return p, reasonTooBig.With(s.at.Target, address)
	case gosnmp.GenErr:
		return p, reasonGenErr.With(s.at.Target, address)
	}
	return p, reasonErrorStatus.With(s.at.Target, address, p.Error.String())
}

// failed says what an error of the library means.
func (s *session) failed(err error) checks.Reason {
	target, address := s.at.Target, s.at.Addr.String()
	timedOut, stopped := checks.Cut(s.ctx, err)
	var errno syscall.Errno
	switch {
	case stopped:
		return checks.ReasonStopped.With(target)
	case errors.Is(err, gosnmp.ErrUnknownUsername):
		return reasonUserUnknown.With(target, address)
	case errors.Is(err, gosnmp.ErrWrongDigest):
		return reasonAuthWrong.With(target, address)
	case errors.Is(err, gosnmp.ErrDecryption):
		return reasonPrivacyWrong.With(target, address)
	case errors.Is(err, gosnmp.ErrUnknownSecurityLevel):
		return reasonLevel.With(target, address)
	case errors.Is(err, gosnmp.ErrNotInTimeWindow):
		return reasonTimeWindow.With(target, address)
	case errors.Is(err, gosnmp.ErrUnknownEngineID), errors.Is(err, gosnmp.ErrUnknownSecurityModels), errors.Is(err, gosnmp.ErrInvalidMsgs),
		errors.Is(err, gosnmp.ErrUnknownPDUHandlers), errors.Is(err, gosnmp.ErrUnknownReportPDU):
		return reasonReport.With(target, address)
	}
	if why := s.reported(); !why.IsZero() {
		return why
	}
	switch {
	case timedOut, s.ctx.Err() != nil, errors.Is(err, gosnmp.ErrMaxRetriesExceeded):
		if s.tap != nil && s.tap.came > 0 {
			return reasonForeign.With(target, address, strconv.Itoa(s.tap.came)+" datagrams, of which none answers the request")
		}
		return reasonSilent.With(target, address, strconv.Itoa(tries), checks.Round(s.waited()))
	case errors.Is(err, syscall.ECONNREFUSED): // an ICMP "port unreachable"
		return reasonClosed.With(target, address)
	case errors.As(err, &errno):
		if local := checks.LocalReason(s.at, errno, checks.Route); !local.IsZero() {
			return local
		}
		return reasonUnreachable.With(target, address, errno.Error())
	}
	return reasonUnreadable.With(target, address)
}

// waited is what a device was given for one question.
func (s *session) waited() time.Duration {
	if s.g == nil {
		return 0
	}
	return tries * s.g.Timeout
}

// A tap lets a connection's datagrams through and remembers the last one.
type tap struct {
	net.Conn
	came int
	last []byte
}

func (t *tap) Read(b []byte) (int, error) {
	n, err := t.Conn.Read(b)
	if err == nil {
		t.came++
		t.last = append(t.last[:0], b[:n]...)
	}
	return n, err
}

// Reports of version 3 (RFC 3414 section 5).
const (
	usmStats        = ".1.3.6.1.6.3.15.1.1."
	statsLevel      = usmStats + "1.0"
	statsTimeWindow = usmStats + "2.0"
	statsUser       = usmStats + "3.0"
	statsEngine     = usmStats + "4.0"
	statsDigest     = usmStats + "5.0"
	statsDecryption = usmStats + "6.0"
)

// reported says what a device of version 3 gave as its reason to refuse a
// request. It cannot authenticate such a report, so the library throws it
// away; it is good enough to say what is to be looked at.
func (s *session) reported() (why checks.Reason) {
	if s.g == nil || s.g.Version != gosnmp.Version3 || len(s.tap.last) == 0 {
		return checks.Reason{}
	}
	defer func() {
		if recover() != nil { // foreign bytes, outside of the library's own guard
			why = checks.Reason{}
		}
	}()
	plain := &gosnmp.GoSNMP{
		Version: gosnmp.Version3, SecurityModel: gosnmp.UserSecurityModel, MsgFlags: gosnmp.NoAuthNoPriv,
		SecurityParameters: &gosnmp.UsmSecurityParameters{UserName: "-", AuthenticationProtocol: gosnmp.NoAuth, PrivacyProtocol: gosnmp.NoPriv},
	}
	p, err := plain.SnmpDecodePacket(s.tap.last)
	if err != nil || p.PDUType != gosnmp.Report || len(p.Variables) != 1 {
		return checks.Reason{}
	}
	target, address := s.at.Target, s.at.Addr.String()
	switch p.Variables[0].Name {
	case statsLevel:
		return reasonLevel.With(target, address)
	case statsTimeWindow:
		return reasonTimeWindow.With(target, address)
	case statsUser:
		return reasonUserUnknown.With(target, address)
	case statsEngine: // its answer to the discovery was the last that came
		return reasonUserSilent.With(target, address, checks.Round(s.waited()))
	case statsDigest:
		return reasonAuthWrong.With(target, address)
	case statsDecryption:
		return reasonPrivacyWrong.With(target, address)
	}
	return reasonReport.With(target, address)
}
