package words

// agentWords are what an agent says about its uplink and itself. The argument
// of an "uplink." sentence is what was seen; an "uplink.hint." follows the
// collector's own sentence.
var agentWords = map[string][2]string{
	"uplink.dns": {
		"采集中心的域名无法解析：%s。请检查解析服务器，或在 agent.hcl 中直接写地址；稍后重试",
		"the collector's name cannot be resolved: %s; check the resolver or write a literal address in agent.hcl; trying again"},
	"uplink.refused": {
		"采集中心拒绝连接：%s。请确认采集中心已启动、端口正确；稍后重试",
		"the collector's address refuses connections: %s; is it running, is the port right? trying again"},
	"uplink.unreachable": {
		"到采集中心的网络不通：%s。请检查线路、路由和防火墙；稍后重试",
		"the collector cannot be reached: %s; check line, route and wall; trying again"},
	"uplink.timeout": {
		"采集中心在时限内没有答复：%s。线路可能中断或被防火墙静默丢弃；稍后重试",
		"the collector did not answer in time: %s; the line may be cut or a wall drops packets silently; trying again"},
	"uplink.cut": {
		"与采集中心的连接中途断开：%s；重新连接",
		"the connection to the collector was cut in the middle: %s; connecting again"},
	"uplink.tls_pin": {
		"对端不是本区的采集中心：%s。请核对地址，并与 fengsui-collector pin 输出的指纹比对；换下一个地址重试",
		"whoever answers is not this district's collector: %s; check the address, and the pin that fengsui-collector pin prints; trying the next address"},
	"uplink.tls_name": {
		"对端的证书不是采集中心的证书：%s；换下一个地址重试",
		"the certificate shown is not a collector's: %s; trying the next address"},
	"uplink.tls_date": {
		"采集中心的证书不在有效期内：%s。请更新采集中心的证书或校准其时钟；稍后重试",
		"the collector's certificate is not valid now: %s; renew it or set the collector's clock; trying again"},
	"uplink.tls_none": {
		"对端答复的不是 TLS：%s。途中可能有认证门户或防火墙，或端口写错；换下一个地址重试",
		"what answers does not speak TLS: %s; a portal or wall on the way, or a wrong port? trying the next address"},
	"uplink.tls_other": {
		"与采集中心的 TLS 握手失败：%s；换下一个地址重试",
		"the TLS handshake with the collector failed: %s; trying the next address"},
	"uplink.http_status": {
		"答复来自途中的代理、门户或防火墙，不是采集中心：%s；换下一个地址重试",
		"a proxy, portal or wall on the way answered, not the collector: %s; trying the next address"},
	"uplink.decode": {
		"采集中心的答复无法读懂：%s。两端版本可能不一致；稍后重试",
		"the collector's answer cannot be read: %s; do the versions fit? trying again"},
	"uplink.collector_failed": {
		"采集中心内部出错：%s。请查看采集中心的日志；稍后重试",
		"the collector failed inside itself: %s; see its log; trying again"},
	"uplink.resource_exhausted": {
		"采集中心认为本次上报过大：%s；减小后重试",
		"the collector finds the push too large: %s; sending less at a time"},
	"uplink.denied": {
		"采集中心拒绝了本探针：%s。需要人工处理，每隔几分钟再问一次",
		"the collector denies this agent: %s; a person has to look; asking again every few minutes"},
	"uplink.numbering": {
		"采集中心反复要求重新编号：%s。数据目录可能无法写入；稍后重试",
		"the collector asks for new numbers again and again: %s; can the data directory be written? trying again"},
	"uplink.assignment": {
		"采集中心下发的任务无法使用：%s；继续执行原有任务，稍后重试",
		"the assignment that the collector sent cannot be used: %s; keeping the present one and asking again"},
	"uplink.spool": {
		"本机缓存读写失败：%s。请检查数据目录所在磁盘的空间与状态",
		"the spool failed: %s; check the space and health of the disk that holds the data directory"},
	"uplink.identity": {
		"本站点的身份文件无法使用：%s。请重新执行 fengsui-agent enroll",
		"this site's identity cannot be used: %s; run fengsui-agent enroll again"},
	"uplink.hello_asked": {
		"采集中心要求重新问候：%s",
		"the collector asked for a new Hello: %s"},
	"uplink.stopped": {
		"探针正在停止：%s",
		"this agent is stopping: %s"},
	"uplink.unknown": {
		"与采集中心通信失败：%s；稍后重试",
		"the call to the collector failed: %s; trying again"},

	"uplink.hint.superseded": {
		"已停止上报、继续探测；若不是刚刚重启，可能有另一台机器使用了本机的副本",
		"pushing has stopped, probing goes on; unless this agent was just restarted, another machine may run a copy of this one"},
	"uplink.hint.replaced": {
		"已停止上报、继续探测；若应由本机负责该站点，请在本机重新执行 fengsui-agent enroll",
		"pushing has stopped, probing goes on; if this machine should serve the site, run fengsui-agent enroll on it again"},
	"uplink.hint.revoked": {
		"已停止上报、继续探测；恢复须重新登记",
		"pushing has stopped, probing goes on; enrol this site again to resume"},
	"uplink.hint.certificate_expired": {
		"已停止上报、继续探测；请重新执行 fengsui-agent enroll",
		"pushing has stopped, probing goes on; run fengsui-agent enroll again"},
	"uplink.hint.certificate_foreign": {
		"请确认本机登记的是这个采集中心",
		"is this the collector that this agent enrolled with?"},
	"uplink.hint.protocol_unknown": {
		"请升级版本较旧的一端",
		"upgrade the older end"},
}
