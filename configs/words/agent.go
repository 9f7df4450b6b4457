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
	"uplink.proxy_down": {
		"代理服务器无法连接：%s。请核对 agent.hcl 中 proxy 的地址，并确认代理已启动；稍后重试",
		"the proxy cannot be reached: %s; check the address in proxy of agent.hcl, is it running? trying again"},
	"uplink.proxy_silent": {
		"代理服务器接受连接但在时限内没有答复：%s。代理可能过载，或它到采集中心的数据被静默丢弃；稍后重试",
		"the proxy takes the connection but did not answer in time: %s; it is overloaded, or its own way to the collector drops packets silently; trying again"},
	"uplink.proxy_none": {
		"proxy 所指的地址不是 HTTP CONNECT 代理：%s。请核对地址和端口；稍后重试",
		"what answers at the proxy's address is no HTTP CONNECT proxy: %s; check address and port; trying again"},
	"uplink.proxy_auth": {
		"代理服务器要求认证：%s。请在 agent.hcl 的 proxy 中核对 user 和 password_file；仅支持 Basic 方式；稍后重试",
		"the proxy wants authentication: %s; check user and password_file in proxy of agent.hcl; only Basic is spoken here; trying again"},
	"uplink.proxy_denied": {
		"代理服务器不允许访问采集中心：%s。请代理的管理员放行采集中心的地址和端口；稍后重试",
		"the proxy does not let this site go to the collector: %s; ask whoever runs it to allow the collector's address and port; trying again"},
	"uplink.proxy_gateway": {
		"代理服务器连不上采集中心：%s。请检查代理到采集中心的线路，并确认采集中心已启动；稍后重试",
		"the proxy cannot reach the collector: %s; check the way from the proxy to the collector, is the collector running? trying again"},
	"uplink.proxy_password": {
		"代理的口令文件无法使用：%s。请检查 agent.hcl 中 proxy 的 password_file 及其权限；稍后重试",
		"the proxy's password cannot be read: %s; check password_file in proxy of agent.hcl and its permissions; trying again"},
	"uplink.tls_pin": {
		"对端不是本区的采集中心：%s。请核对地址，并与 fengsui-collector pin 输出的指纹比对；换下一个地址重试",
		"whoever answers is not this district's collector: %s; check the address, and the pin that fengsui-collector pin prints; trying the next address"},
	"uplink.tls_inspected": {
		"途中有设备在解密 TLS，用自己的证书冒充采集中心：%s。请该设备的管理员把采集中心的地址和端口列入不解密名单；若采集中心改用了自有 CA，请核对指纹；换下一个地址重试",
		"a box on the way opens TLS and shows a certificate of its own in the collector's name: %s; ask whoever runs it to exempt the collector's address and port from inspection, or check the pin if the collector has a CA of the bureau's own; trying the next address"},
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
		"已停止上报、继续探测",
		"pushing has stopped, probing goes on"},
	"uplink.hint.approval_wanted": {
		"已停止上报、继续探测，批准后自动恢复",
		"pushing has stopped, probing goes on, and once it is approved all goes on by itself"},
	"uplink.hint.certificate_foreign": {
		"请确认本机登记的是这个采集中心",
		"is this the collector that this agent enrolled with?"},
	"uplink.hint.protocol_unknown": {
		"请升级版本较旧的一端",
		"upgrade the older end"},

	"status.site":             {"站点：%[1]s（%[2]s）", "site: %[2]s (%[1]s)"},
	"status.verdict.fine":     {"状态：正常，%s 前更新", "state: fine, told %s ago"},
	"status.verdict.troubled": {"状态：有问题，%s 前更新", "state: in trouble, told %s ago"},
	"status.verdict.ended":    {"状态：探针已于 %s 前正常停止", "state: the agent stopped cleanly %s ago"},
	"status.verdict.stale":    {"状态：已 %s 没有更新，探针可能已退出、卡住或无法写盘", "state: nothing was told for %s; the agent is dead or stuck, or cannot write"},
	"status.verdict.before":   {"状态：本机重启后探针没有更新过，以下为约 %s 前的旧信息", "state: the agent has told nothing since this machine started; what follows is about %s old"},
	"status.disk.readonly":    {"磁盘：%s 所在文件系统为只读，探针即使在运行也写不了本状态，以下为旧信息；请修复磁盘后重启探针，运行情况看日志", "disk: the file system of %s is read-only; an agent at work cannot rewrite this, what follows is old: mend the disk and restart the agent; its log says how it is"},
	"status.disk.full":        {"磁盘：%s 所在文件系统已满，探针即使在运行也写不了本状态，以下为旧信息；请腾出空间，运行情况看日志", "disk: the file system of %s is full; an agent at work cannot rewrite this, what follows is old: make room; its log says how it is"},
	"status.problem":          {"问题：%s", "problem: %s"},
	"status.contact.fresh":    {"采集中心：已连接 %s，尚未上报", "collector: in contact at %s, nothing pushed yet"},
	"status.contact.now":      {"采集中心：已连接 %s，最近一次上报成功在 %s 前", "collector: in contact at %s, last push %s before that"},
	"status.contact.lost":     {"采集中心：未连接，最近一次上报成功在 %s 前；继续探测，结果存于本机", "collector: out of contact, last push %s before that; probing goes on and results wait on this disk"},
	"status.contact.never":    {"采集中心：本次启动后尚未连接成功；继续探测，结果存于本机", "collector: no contact since the start; probing goes on and results wait on this disk"},
	"status.sent":             {"上报：成功 %d 次，确认结果 %d 条，共 %s", "pushed: %d times, %d results acknowledged, %s"},
	"status.clock.ahead":      {"时钟：本机比采集中心快 %v", "clock: this machine is %v ahead of the collector"},
	"status.clock.behind":     {"时钟：本机比采集中心慢 %v", "clock: this machine is %v behind the collector"},
	"status.clock.same":       {"时钟：本机与采集中心一致", "clock: this machine agrees with the collector"},
	"status.refused":          {"被拒收的结果（%s）：%d 条", "results refused for good (%s): %d"},
	"status.held":             {"等待采集中心认出任务版本的批次：%d", "batches that wait until the collector knows their revision: %d"},
	"status.renew":            {"证书：采集中心要求换发", "certificate: the collector asks to renew it"},
	"status.assignment":       {"任务：%d 项检查，版本 %s", "assignment: %d checks, revision %s"},
	"status.assignment.cached": {"任务：%d 项检查，版本 %s（本机缓存，采集中心尚未确认）",
		"assignment: %d checks, revision %s (from this disk, not yet confirmed by the collector)"},
	"status.assignment.none": {"任务：尚未收到", "assignment: none yet"},
	"status.skipped":         {"未执行的检查：%s", "check that does not run here: %s"},
	"status.schedule":        {"执行：%d 次，正在执行 %d 项，因上一次未结束而跳过 %d 次", "runs: %d, running now: %d, skipped because the one before went on: %d"},
	"status.spool":           {"缓存：%d 条待上报，最早的在 %s 前，占用 %s", "spool: %d results wait, the oldest for %s, %s in all"},
	"status.spool.empty":     {"缓存：没有待上报的结果，占用 %s", "spool: nothing waits, %s in all"},
	"status.spool.memory":    {"缓存位于内存，每 %s 写盘一次，最近一次在 %s 前；断电将丢失此后尚未上报的结果", "spool: in memory, written to the disk every %s, last %s before that; a power cut loses what was not pushed since"},
	"status.spool.memory.never": {
		"缓存位于内存，每 %s 写盘一次，尚未写成过；断电将丢失尚未上报的结果",
		"spool: in memory, written to the disk every %s, never yet; a power cut loses what was not pushed"},
	"status.dropped":  {"无法保存而丢弃的结果：%d 条", "results that could not be kept: %d"},
	"status.damage":   {"缓存损坏：%s", "spool damage: %s"},
	"selftest.disk":   {"本机磁盘无法写入（已满、只读或故障），结果暂存内存，断电即丢失，请检查磁盘", "the disk takes no writes (full, read-only or failing): results wait in memory and a power cut loses them; check the disk"},
	"status.selftest": {"自检：ICMP 方式 %s，IPv4 %s，IPv6 %s", "self-test: ICMP mode %s, IPv4 %s, IPv6 %s"},
	"status.note":     {"自检说明：%s", "self-test note: %s"},
	"status.process":  {"程序：版本 %s，启动于 %s，实例 %s", "program: version %s, started %s, instance %s"},
	"status.yes":      {"有", "yes"},
	"status.no":       {"无", "no"},

	"enroll.ask":       {"请输入一次性登记码：", "one-time code: "},
	"enroll.done":      {"已登记为 %s（%s），身份保存在 %s；现在可以执行 fengsui-agent run", "enrolled as %s (%s), the identity is in %s; now fengsui-agent run"},
	"enroll.failed":    {"登记失败：%s", "the enrolment failed: %s"},
	"enroll.pack":      {"登记包：%s（采集中心地址 %s）", "pack of the district %s (collector at %s)"},
	"enroll.pin_twice": {"--pack 和 --pin 只能给出其中之一：登记包中已有指纹", "both --pack and --pin are given, want one of the two: the pin is in the pack"},
	"enroll.no_pin": {"没有说明信任哪个采集中心：请用 --pack 给出登记包，或用 --pin 给出指纹（由 fengsui-collector pin 输出）",
		"nothing says which collector to trust, want --pack FILE, or --pin as fengsui-collector pin prints it"},
	"enroll.no_collector": {"没有采集中心的地址：请在 %s 中写 collectors，或用 --collector 给出", "no collector is given, want collectors in %s or --collector HOST:PORT"},
	"enroll.proxy_address": {"代理地址是 %.100q，应为主机和端口，例如 10.0.0.8:3128 或 [2001:db8::8]:3128",
		"the proxy is %.100q, want a host and a port such as 10.0.0.8:3128 or [2001:db8::8]:3128"},
	"enroll.proxy_user":   {"--proxy-user 应为一行不含冒号的文字；口令应放在 --proxy-password-file 所指的文件中", "--proxy-user wants one line without a colon; the password belongs into the file of --proxy-password-file"},
	"enroll.proxy_none":   {"给出了代理的用户名或口令文件，但没有代理：请用 --proxy 给出其地址，或写在 agent.hcl 中", "a user or password file is given and no proxy, want --proxy HOST:PORT or its address in agent.hcl"},
	"enroll.proxy_nobody": {"给出了代理的口令文件，但没有用户名：请用 --proxy-user 给出", "a password file is given and no user, want --proxy-user"},
	"enroll.proxy_once": {"命令行中的代理设置只用于这次登记；探针运行时按 agent.hcl 的 proxy 连接，请核对",
		"the proxy on the command line served this enrolment only: the agent runs by proxy in agent.hcl, check it"},
	"enroll.site":    {"此登记码用于站点：%s（%s）", "this code is for the site %s (%s)"},
	"enroll.present": {"该站点已有探针，采集中心最近一次收到其消息：%s；本机首次上报成功时将取代它", "the site has an agent, heard last: %s; this one replaces it with its first push"},
	"enroll.unpushed": {"被取代的探针尚有 %d 条结果未上报，最早的为 %s；取代后这些结果不再接收，如需保留请先让其补传",
		"the agent that is replaced has %d results that were not pushed, the oldest of %s; they are not taken afterwards: let it push first if they matter"},
	"enroll.never":    {"从未", "never"},
	"enroll.agree":    {"确认本机用于该站点？(y/N) ", "is this machine for that site? (y/N) "},
	"enroll.declined": {"未登记：没有得到确认。未作任何改动，登记码仍然有效", "not enrolled: nobody agreed. Nothing was done and the code is still good"},
	"enroll.unsaved":  {"登记成功，但身份无法保存：%v。请修复后用同一登记码重新登记", "the enrolment went through, but the identity could not be kept: %v; mend that and enrol again with the same code"},
}
