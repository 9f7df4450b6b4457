package words

// Plain is the prefix of the words of /plain; Severity that of an alert's
// severities.
const (
	Plain    = "plain."
	Severity = "severity."
)

var plainWords = map[string][2]string{
	Plain + "title":     {"烽燧 · 运行态势", "Fengsui · posture"},
	Plain + "lang":      {"zh-CN", "en"},
	Plain + "time":      {"采集中心时间", "collector's time"},
	Plain + "refreshes": {"本页每 10 秒自动刷新；若页首的时间不再变化，说明页面已失去连接", "this page reloads every 10 s; when the time at its top stands still, the page has lost its connection"},

	Plain + "failed":      {"采集中心故障：新数据已不再入库，以下均为故障前所见，不代表现状。%s", "The collector has failed: nothing new is stored, and everything below is what was seen before. %s"},
	Plain + "blind":       {"规则看不到最新状态，告警可能不会发出：%s", "Rules do not see the latest states and alerts may be missing: %s"},
	Plain + "not_judging": {"采集中心刚开始接收，%s后开始判定；在此之前没有消息的站点显示为“未判定”，不会告警", "The collector has just begun to listen and judges in %s; until then sites that were not heard are “not judged” and raise no alert"},
	Plain + "authority_ends": {
		"CA 证书将于 %s 到期，届时所有探针都不再信任采集中心：请用同一密钥换发（自有 CA 替换 ca_cert 的文件，内置 CA 删去数据目录中的 ca/ca.pem）后重启采集中心，探针无须重新登记",
		"The authority's certificate ends on %s, and with it every agent's trust: renew it with the same key (put the new one in the place of ca_cert, or delete ca/ca.pem in the data directory when it is the built-in one) and restart; no agent has to be enrolled again"},
	Plain + "disk_low":    {"数据盘剩余空间不足：剩余 %s，共 %s；请尽快清理或扩容", "The data disk is filling: %s of %s free; make room soon"},
	Plain + "agents_gone": {"读不到站点自检信息：%s", "The agents' self-tests cannot be read: %s"},

	Plain + "judging":       {"正在判定", "judging"},
	Plain + "judging_since": {"自 %s 起接收并判定", "listening and judging since %s"},
	Plain + "not_judged":    {"尚未判定", "not judged yet"},
	Plain + "judgement":     {"状态判定", "judgement"},
	Plain + "started":       {"启动时间", "up since"},
	Plain + "for":           {"%s（已运行 %s）", "%s (for %s)"},
	Plain + "disk":          {"数据盘剩余", "free disk"},
	Plain + "of":            {"%s / 共 %s", "%s of %s"},
	Plain + "commit":        {"最近一次入库", "last commit"},
	Plain + "no_commit":     {"启动以来没有数据入库", "nothing was stored since the start"},
	Plain + "ago":           {"%s前", "%s ago"},
	Plain + "version":       {"版本", "version"},
	Plain + "health":        {"采集中心", "collector"},

	Plain + "counts":   {"站点概况", "sites by state"},
	Plain + "sites":    {"站点", "sites"},
	Plain + "total":    {"共 %d 个站点，按各站点最差的一项检查计", "%d sites, each by the worst of its checks"},
	Plain + "no_sites": {"配置中还没有站点", "the configuration names no sites yet"},

	Plain + "alerts":    {"未恢复告警", "open alerts"},
	Plain + "no_alerts": {"没有未恢复的告警", "no open alerts"},
	// Without judgement there is no saying that nothing is wrong.
	Plain + "alerts_unknown": {"尚未判定，无法确认没有告警", "not judged yet: no saying that there are none"},
	Plain + "severity":       {"级别", "severity"},
	Plain + "alert":          {"告警", "alert"},
	Plain + "since":          {"开始于", "since"},
	Plain + "lasting":        {"已持续 %s", "for %s"},
	Plain + "held":           {"暂时无法重新判定：%s", "kept without a fresh judgement: %s"},
	Plain + "untold":         {"尚未送达任何接收人", "nobody has been told yet"},

	Plain + "state":    {"状态", "state"},
	Plain + "what":     {"站点 / 检查", "site / check"},
	Plain + "target":   {"目标", "target"},
	Plain + "why":      {"说明", "what was seen"},
	Plain + "age":      {"最近结果", "last result"},
	Plain + "contact":  {"联系于 %s前", "heard %s ago"},
	Plain + "never":    {"从未联系", "never heard"},
	Plain + "no_agent": {"尚未登记探针", "no agent enrolled"},
	Plain + "waits":    {"探针已登记，等待首次联系", "agent enrolled, not heard yet"},
	Plain + "lost":     {"站点失联，以下为失联前所见", "the site is silent: what follows was seen before"},

	Plain + "checks":         {"%d 项检查", "%d checks"},
	Plain + "all":            {"显示全部检查", "show every check"},
	Plain + "trouble":        {"只显示异常检查", "show only checks in trouble"},
	Plain + "showing":        {"正在显示全部检查", "showing every check"},
	Plain + "hiding":         {"正在显示异常检查；正常的 %d 项未列出", "showing checks in trouble; %d that are up are not listed"},
	Plain + "last_seen":      {"最后所见：%s", "last seen %s"},
	Plain + "last_why":       {"最后所见：%s，%s", "last seen %s: %s"},
	Plain + "never_seen":     {"还没有结果", "no result yet"},
	Plain + "never_up":       {"从未成功过", "it has never succeeded"},
	Plain + "never_up_why":   {"从未成功过：%s", "it has never succeeded: %s"},
	Plain + "pending_target": {"目标地址待登记，不探测", "its address is still to be registered, so it is not probed"},

	Plain + "no_v4":           {"本站无 IPv4", "no IPv4 here"},
	Plain + "no_v6":           {"本站无 IPv6", "no IPv6 here"},
	Plain + "icmp_none":       {"本机无法发送 ICMP", "no ICMP on this machine"},
	Plain + "clone":           {"自 %s 起有两台机器使用本站身份，双方的数据均被拒收，须由人选择保留哪一台", "two machines have this site's identity since %s; neither is heard until somebody keeps one"},
	Plain + "expired":         {"探针证书已于 %s 过期，数据被拒收", "its certificate expired at %s and it is not heard"},
	Plain + "asks":            {"探针证书已于 %s 过期，自 %s 起申请换发，等待人工批准（fengsui-collector agent approve）", "its certificate expired at %s; it asks for another since %s and waits for a person (fengsui-collector agent approve)"},
	Plain + "replaced":        {"%s 由新探针取代，原探针有 %d 条结果未上报", "a new agent took over at %s; the former one had not pushed %d results"},
	Plain + "went_back":       {"%s 编号回退（可能恢复了较早的磁盘镜像），已另开编号，数据未丢", "its numbering went back at %s (an older image of its disk?); it began a new one, nothing is lost"},
	Plain + "join":            {"；", "; "},
	Plain + "lost_results":    {"近 7 天有 %d 条结果在站点丢失", "%d results were lost at the site within 7 days"},
	Plain + "refused_results": {"拒收 %d 条结果：%s", "%d results refused: %s"},
	Plain + "agent":           {"探针 %s", "agent %s"},
	Plain + "icmp":            {"ICMP 方式 %s", "ICMP %s"},
	Plain + "clock_ahead":     {"本机时钟快 %s（结果时间不受影响，请校时）", "its clock is %s ahead (its results are not affected; set it right)"},
	Plain + "clock_behind":    {"本机时钟慢 %s（结果时间不受影响，请校时）", "its clock is %s behind (its results are not affected; set it right)"},

	Plain + "seconds": {"%d 秒", "%d s"},
	Plain + "minutes": {"%d 分 %d 秒", "%d min %d s"},
	Plain + "hours":   {"%d 小时 %d 分", "%d h %d min"},
	Plain + "days":    {"%d 天 %d 小时", "%d d %d h"},

	Plain + "unjudged": {"未判定", "not judged"},
	Plain + "pending":  {"待登记", "to be registered"},

	Severity + "page":   {"紧急", "page"},
	Severity + "ticket": {"工单", "ticket"},
	Severity + "info":   {"提示", "info"},

	Plain + "host": {"本页只在配置的地址上提供：收到的主机名是 %q，应为 127.0.0.1、::1、localhost 或 external_url 中的名称",
		"this page is served at its configured addresses only: the request names host %q, want 127.0.0.1, ::1, localhost or the name in external_url"},
	Plain + "origin": {"拒绝来自其他网站的请求：来源是 %q", "requests from other web sites are refused: this one comes from %q"},
}
