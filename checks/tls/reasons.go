package tls

import "fengsui/checks"

var (
	reasonNotTLS = checks.Declaration{Code: "not_tls", State: checks.Down, Args: []string{"target", "address", "seen"},
		ZH: "{target}（{address}）不说 TLS，而是：{seen}（应为：TLS 握手），端口上可能是明文服务",
		EN: "{target} ({address}) speaks no TLS but {seen}, want a handshake; the port may hold a service in clear text"}
	reasonBroken = checks.Declaration{Code: "handshake_broken", State: checks.Down, Args: []string{"target", "address", "seen"},
		ZH: "与 {target}（{address}）的 TLS 握手没有完成：{seen}（应为：任一版本的握手成功），TCP 端口是通的",
		EN: "no TLS handshake with {target} ({address}) came to its end: {seen}, want one of any version; the TCP port is open"}
	reasonNothingShared = checks.Declaration{Code: "no_common_tls", State: checks.Unable, Args: []string{"target", "address", "seen"},
		ZH: "{target}（{address}）拒绝了 SSL 3.0 至 TLS 1.3 及 TLCP 的所有握手：{seen}（例如不认识所请求的域名或要求客户端证书），无法判断",
		EN: "{target} ({address}) refused every handshake from SSL 3.0 to TLS 1.3 and TLCP: {seen}, such as for a name that it does not know; it cannot be judged"}
	reasonTLCPOnly = checks.Declaration{Code: "tlcp_only", State: checks.Degraded, Args: []string{"target", "address", "suite"},
		ZH: "{target}（{address}）只支持国密 TLCP（{suite}），普通浏览器无法访问（应为：同时支持 TLS，或设置 require_sm = \"tlcp\" 声明如此）",
		EN: "{target} ({address}) speaks TLCP alone ({suite}), which usual browsers do not; want TLS beside it, or require_sm = \"tlcp\" to say that it is meant so"}
	reasonExpired = checks.Declaration{Code: "certificate_expired", State: checks.Degraded, Args: []string{"target", "address", "expired"},
		ZH: "{target}（{address}）的证书已于 {expired} 过期（以本机时钟为准；应为：在有效期内），握手成功",
		EN: "the certificate of {target} ({address}) expired on {expired} by this machine's clock, want a valid one; the handshake itself works"}
	reasonNotYet = checks.Declaration{Code: "certificate_not_yet", State: checks.Degraded, Args: []string{"target", "address", "valid_from"},
		ZH: "{target}（{address}）的证书要到 {valid_from} 才生效（以本机时钟为准；应为：已生效），握手成功",
		EN: "the certificate of {target} ({address}) is not valid before {valid_from} by this machine's clock, want a valid one; the handshake itself works"}
)
