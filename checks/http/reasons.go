package http

import "fengsui/checks"

var (
	reasonNoAnswer = checks.Declaration{Code: "no_answer", State: checks.Down, Args: []string{"target", "address", "seen", "wait"},
		ZH: "{target}（{address}）接受了连接，但 {wait} 内没有给出 HTTP 应答：{seen}（应为：状态码和页面），端口在听而程序不工作",
		EN: "{target} ({address}) accepted the connection and gave no HTTP answer within {wait}: {seen}; the port listens, the program behind it does not work"}
	reasonNotHTTP = checks.Declaration{Code: "not_http", State: checks.Down, Args: []string{"target", "address", "seen"},
		ZH: "{target}（{address}）的应答不是 HTTP：{seen}（应为：HTTP 状态行），端口上可能是别的服务",
		EN: "{target} ({address}) answered something that is not HTTP: {seen}, want a status line; another service may hold the port"}
	reasonTLSFailed = checks.Declaration{Code: "tls_failed", State: checks.Down, Args: []string{"target", "address", "seen"},
		ZH: "与 {target}（{address}）的 TLS 握手失败：{seen}（应为：握手成功），TCP 端口是通的",
		EN: "the TLS handshake with {target} ({address}) failed: {seen}, want it done; the TCP port is open"}
	reasonTLSForeign = checks.Declaration{Code: "tls_not_spoken", State: checks.Unable, Args: []string{"target", "address", "seen"},
		ZH: "{target}（{address}）的 TLS 本程序不支持：{seen}（例如只支持国密 TLCP、SSL 3.0 或要求客户端证书），无法判断页面",
		EN: "{target} ({address}) wants a TLS that this program does not speak: {seen} (TLCP only, SSL 3.0, a client certificate); the page cannot be judged"}
	reasonServerError = checks.Declaration{Code: "server_error", State: checks.Down, Args: []string{"target", "address", "status", "want"},
		ZH: "{target}（{address}）返回 {status}（应为：{want}），服务端程序出错",
		EN: "{target} ({address}) answered {status}, want {want}: the server side is failing"}
	reasonStatus = checks.Declaration{Code: "status_unwanted", State: checks.Degraded, Args: []string{"target", "address", "status", "want"},
		ZH: "{target}（{address}）返回 {status}（应为：{want}），服务在运行，但不是想要的页面",
		EN: "{target} ({address}) answered {status}, want {want}: it serves, but not this page"}
	reasonBody = checks.Declaration{Code: "body_unmatched", State: checks.Degraded, Args: []string{"target", "address", "status", "match", "bytes"},
		ZH: "{target}（{address}）返回 {status}，但正文前 {bytes} 字节中找不到“{match}”（应为：能找到），页面可能被改动或出错",
		EN: "{target} ({address}) answered {status}, but the first {bytes} bytes of its body do not match \"{match}\", want a match"}
	reasonHeader = checks.Declaration{Code: "header_unmatched", State: checks.Degraded, Args: []string{"target", "address", "status", "header", "seen", "match"},
		ZH: "{target}（{address}）返回 {status}，但头部 {header} 为“{seen}”，与“{match}”不符（应为：相符）",
		EN: "{target} ({address}) answered {status}, but its header {header} is \"{seen}\", which does not match \"{match}\"; want a match"}
	reasonRedirects = checks.Declaration{Code: "redirects_endless", State: checks.Degraded, Args: []string{"target", "address", "count", "last"},
		ZH: "{target}（{address}）重定向 {count} 次仍未到达页面，最后指向 {last}（应为：在允许的次数内到达页面），常见于循环重定向",
		EN: "{target} ({address}) redirected {count} times and came to no page, the last time to {last}; want a page within the redirects that are allowed: often a loop"}
	reasonProxy = checks.Declaration{Code: "proxy_failed", State: checks.Unable, Args: []string{"target", "proxy", "seen"},
		ZH: "代理 {proxy} 未能带本机到达 {target}：{seen}，无法判断目标",
		EN: "the proxy {proxy} did not bring this machine to {target}: {seen}; the target cannot be judged"}
	reasonIncomplete = checks.Declaration{Code: "body_incomplete", State: checks.Degraded, Args: []string{"target", "address", "status", "bytes", "seen"},
		ZH: "{target}（{address}）返回 {status}，正文只收到 {bytes} 字节就中断：{seen}（应为：完整页面）",
		EN: "{target} ({address}) answered {status}, but its body ended after {bytes} bytes: {seen}, want the whole page"}
	reasonExpired = checks.Declaration{Code: "cert_expired", State: checks.Degraded, Args: []string{"target", "address", "expired", "status"},
		ZH: "{target}（{address}）的证书已于 {expired} 过期（应为：在有效期内），页面可达，返回 {status}",
		EN: "the certificate of {target} ({address}) expired on {expired}, want a valid one; the page itself answers {status}"}
	reasonNotYet = checks.Declaration{Code: "cert_not_yet", State: checks.Degraded, Args: []string{"target", "address", "valid_from", "status"},
		ZH: "{target}（{address}）的证书要到 {valid_from} 才生效（应为：已生效），页面可达，返回 {status}",
		EN: "the certificate of {target} ({address}) is not valid before {valid_from}, want a valid one; the page itself answers {status}"}
)
