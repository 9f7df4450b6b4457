package words

// diagnoseWords are what fengsui-agent diagnose says: the steps, from the
// machine itself outwards, and the one sentence at the end, whose argument is
// the evidence.
var diagnoseWords = map[string][2]string{
	"diagnose.title":    {"体检：%s（从本站点查看，用时 %s）", "diagnosis of %s, seen from this site in %s"},
	"diagnose.own":      {"本机", "this machine"},
	"diagnose.gateway":  {"网关", "gateway"},
	"diagnose.resolver": {"域名解析", "resolver"},
	"diagnose.hub":      {"采集中心", "collector"},
	"diagnose.service":  {"该系统", "service"},
	"diagnose.way":      {"路径", "way"},
	"diagnose.verdict":  {"结论", "verdict"},

	"diagnose.none":       {"无", "none"},
	"diagnose.silent":     {"无应答", "no answer"},
	"diagnose.addresses":  {"IPv4 %s，IPv6 %s，源地址 %s", "IPv4 %s, IPv6 %s, speaks as %s"},
	"diagnose.present":    {"有", "yes"},
	"diagnose.absent":     {"无", "no"},
	"diagnose.resolved":   {"%s → %s（%s）", "%s → %s (%s)"},
	"diagnose.unresolved": {"%s 没有得到答复：%s", "%s: no answer: %s"},
	"diagnose.no_address": {"%s 没有地址记录", "%s has no address"},
	"diagnose.connected":  {"%s 连接成功，%s", "%s connected in %s"},
	"diagnose.failed":     {"%s 连接失败：%s", "%s failed: %s"},
	"diagnose.reached":    {"到达，%s", "reached: %s"},
	"diagnose.stopped":    {"未到达，%s", "not reached: %s"},
	"diagnose.mtu":        {"；最大报文 %d 字节", "; packets up to %d bytes"},
	"diagnose.hole":       {"；大于 %d 字节的包丢失，最后一个应答的节点 %s", "; packets above %d bytes vanish, last hop that answers %s"},

	"diagnose.segment.machine": {
		"故障在本机：%s。请站点管理员检查本机地址、路由和防火墙。",
		"The fault is in this machine: %s. Its administrator looks at addresses, routes and firewall here."},
	"diagnose.segment.lan": {
		"故障在本地局域网：%s。请站点网络管理员检查网线、交换机和网关。",
		"The fault is in the local network: %s. The site's network people look at cable, switch and gateway."},
	"diagnose.segment.line": {
		"故障在镇街线路（网关与采集中心之间）：%s。请联系线路运营商。",
		"The fault is in the line between the gateway and the collector: %s. Call the carrier of the line."},
	"diagnose.segment.core": {
		"故障在区核心或市级网络（采集中心以外、该系统以前）：%s。请区网络中心排查。",
		"The fault is in the core of the district or above, behind the collector and before the service: %s. The network centre looks into it."},
	"diagnose.segment.service": {
		"网络正常，故障在该系统：%s。请联系系统责任单位。",
		"The network is fine, the fault is in the service: %s. Call the unit in charge of it."},
	"diagnose.segment.dns": {
		"故障在 DNS：%s。请检查解析服务器和域名记录。",
		"The fault is in DNS: %s. Look at the resolver and the name's records."},
	"diagnose.segment.ipv6": {
		"IPv4 正常，故障在 IPv6：%s。请核对 AAAA 记录、IPv6 路由和防火墙。",
		"IPv4 is fine, the fault is in IPv6: %s. Look at AAAA records, routes and firewalls of IPv6."},
	"diagnose.segment.certificate": {
		"可以访问，问题在证书：%s。请系统责任单位更换证书。",
		"It can be reached, the certificate is at fault: %s. The unit in charge renews it."},
	"diagnose.segment.none": {
		"从本站点看全程正常，不是网络的问题，证据：%s。",
		"All is well from this site, it is not the network; the evidence: %s."},
	"diagnose.segment.unknown": {
		"所见不足以判断故障在哪一段：%s。",
		"What was seen does not say which segment is at fault: %s."},

	"diagnose.because.no_address":     {"没有任何带路由的地址", "it has no address with a route"},
	"diagnose.because.gateway_silent": {"网关 %s 和更远的节点都没有应答", "neither the gateway %s nor anything behind it answers"},
	"diagnose.because.hub_silent":     {"采集中心 %s 不通，路径止于第 %d 跳 %s", "the collector %s cannot be reached, the way ends behind hop %d, %s"},
	"diagnose.because.behind_hub":     {"采集中心 %s 正常，而到该系统的路径止于第 %d 跳 %s", "the collector %s answers, and the way to the service ends behind hop %d, %s"},
	"diagnose.because.hole":           {"%d 字节以内的包能通，更大的丢失，最后一个应答大包的节点是 %s", "packets up to %d bytes pass, larger ones vanish, the last hop that answers large ones is %s"},
	"diagnose.because.dead":           {"%s 不通（%s），IPv6 路径止于 %s", "%s cannot be reached (%s), the way over IPv6 ends at %s"},
	"diagnose.because.late":           {"从第 %d 跳 %s 起，时延由 %s 增至 %s", "from hop %d, %s, on the delay grows from %s to %s"},
	"diagnose.because.lossy":          {"从第 %d 跳 %s 起丢包，%[4]d 个探测只有 %[3]d 个应答", "from hop %d, %s, on packets are lost: %d of %d probes were answered"},
	"diagnose.because.answers_late":   {"连接只需 %s，首字节等了 %s", "connecting takes %s, the first byte %s"},
	"diagnose.because.evidence":       {"%s", "%s"},
}
