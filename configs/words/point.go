package words

// Of IPv6 points: their kinds, states, verdicts, criteria by the ids of the
// plan's table, and what the plan wants of a year.
const (
	PointKind      = "point_kind."
	PointState     = "point_state."
	PointVerdict   = "point_verdict."
	PointCriterion = "point_criterion."
	PointMilestone = "point_milestone."
	CoverageWhy    = "coverage_why." // why a site does not count in the coverage
)

var pointWords = map[string][2]string{
	PointKind + "W": {"网站", "website"},
	PointKind + "D": {"核心设备", "core device"},
	PointKind + "S": {"服务器和业务系统", "server or business system"},
	PointKind + "N": {"域名服务器", "name server"},
	PointKind + "L": {"线路", "line"},
	PointKind + "T": {"站点网络", "site network"},

	PointState + "not_started": {"未启动", "not started"},
	PointState + "underway":    {"改造中", "under way"},
	PointState + "pending":     {"待验", "to be verified"},
	PointState + "done":        {"已完成", "done"},
	PointState + "reverted":    {"回退", "reverted"},

	PointVerdict + "pass":           {"通过", "passed"},
	PointVerdict + "fail":           {"不通过", "failed"},
	PointVerdict + "no_data":        {"无数据", "no data"},
	PointVerdict + "not_judged":     {"尚未评判", "not judged"},
	PointVerdict + "not_applicable": {"不适用", "not applicable"},

	PointCriterion + "V1":  {"有 AAAA 记录", "an AAAA record"},
	PointCriterion + "V2":  {"每个 IPv6 地址都能访问", "reached at every IPv6 address"},
	PointCriterion + "V3":  {"IPv6 访问成功率", "share of successful dials over IPv6"},
	PointCriterion + "V4":  {"IPv6 开放的端口不少于 IPv4", "the same ports over IPv6"},
	PointCriterion + "V5":  {"IPv6 与 IPv4 内容一致", "the same content over IPv6"},
	PointCriterion + "V6":  {"二级内链可用 IPv6 访问", "second-level links over IPv6"},
	PointCriterion + "V7":  {"三级内链可用 IPv6 访问", "third-level links over IPv6"},
	PointCriterion + "V8":  {"权威域名服务器支持 IPv6", "authoritative name servers over IPv6"},
	PointCriterion + "V9":  {"IPv6 时延不劣于 IPv4", "delay over IPv6 as over IPv4"},
	PointCriterion + "V10": {"外部资源支持 IPv6", "external resources over IPv6"},
	PointCriterion + "V11": {"纯 IPv6 用户可用", "usable with IPv6 alone"},
	PointCriterion + "V12": {"IPv6 与 IPv4 安全策略一致", "the same protection over IPv6"},
	PointCriterion + "V13": {"IPv6 路径 MTU 可达", "path MTU over IPv6"},
	PointCriterion + "R2":  {"域名服务器用 IPv6 应答", "the name server answers over IPv6"},
	PointCriterion + "R3":  {"域名服务器用 IPv6 的 TCP 应答", "and over TCP and IPv6"},
	PointCriterion + "Z13": {"区域的域名服务器都用 IPv6 应答", "all name servers of the zone answer over IPv6"},
	PointCriterion + "D1":  {"设备应答 ICMPv6", "the device answers ICMPv6"},
	PointCriterion + "D2":  {"设备用 IPv6 应答 SNMP", "the device answers SNMP over IPv6"},
	PointCriterion + "D3":  {"设备接口已启用 IPv6", "its interfaces have IPv6 enabled"},
	PointCriterion + "D4":  {"近 7 天有 IPv6 流量", "IPv6 traffic within 7 days"},
	PointCriterion + "D5":  {"已登记 IPv6 能力核对表", "the tick-list of IPv6 features is registered"},
	PointCriterion + "L1":  {"上端用 IPv6 能到对端", "the upper end reaches across over IPv6"},
	PointCriterion + "L2":  {"下端用 IPv6 能到对端", "the lower end reaches across over IPv6"},
	PointCriterion + "L3":  {"线路上有 IPv6 流量", "IPv6 traffic on the line"},
	PointCriterion + "T1":  {"站点有 IPv6", "the site has IPv6"},
	PointCriterion + "T2":  {"站点用 IPv6 能到业务目标", "the site reaches the quorum over IPv6"},

	PointMilestone + "2021": {"完成政务网站站群系统IPv6改造", "all government websites"},
	PointMilestone + "2022": {"完成IPv6核心区域设备、服务器改造", "all core devices and servers"},
	PointMilestone + "none": {"——", "——"},

	PointMilestone + "met":          {"已完成", "met"},
	PointMilestone + "not_met":      {"未完成", "not met"},
	PointMilestone + "not_assessed": {"不考核", "not assessed"},
	PointMilestone + "no_points":    {"未登记改造点", "no points registered"},

	CoverageWhy + "no_agent": {"未开通：没有探针", "not opened: there is no agent"},
	CoverageWhy + "unopened": {"未开通", "not opened"},
	CoverageWhy + "silent":   {"静默", "silent"},
	CoverageWhy + "off_duty": {"下班", "off duty"},
	CoverageWhy + "unjudged": {"采集中心刚启动，尚无结论", "the collector has just begun to listen"},
	CoverageWhy + "unseen":   {"上级站点没有探针，线路也没有检查", "the site above has no agent, and nothing looks at the line to it"},
	CoverageWhy + "topless":  {"上级站点没有登记到市级", "its parents are not registered up to the city"},
	CoverageWhy + "down":     {"中断", "down"},
	CoverageWhy + "unable":   {"无法判断", "unable to tell"},
}
