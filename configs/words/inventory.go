package words

// The words of the inventory and of expressions in it.
const (
	ConfigBlock = "config.block." // and the type of a block

	ConfigNoSuch          = "config.no_such" // name, kind of thing
	ConfigFunction        = "config.function"
	ConfigTemplatePart    = "config.template_part" // value
	ConfigTextLong        = "config.text_long"     // bound
	ConfigObjectKey       = "config.object_key"
	ConfigNameRoot        = "config.name_root"    // name, known roots
	ConfigNameUnknown     = "config.name_unknown" // name, whose, known names, hint
	ConfigVariableUnknown = "config.variable_unknown"
	ConfigVariableMissing = "config.variable_missing" // name quoted, name
	ConfigVariableWrong   = "config.variable_wrong"
	ConfigEachID          = "config.each_id"    // id, what is wanted
	ConfigEachTwice       = "config.each_twice" // key, key, id
	ConfigNodeKind        = "config.node_kind"  // name, kinds
	ConfigDependsCircle   = "config.depends_circle"
	ConfigCircle          = "config.circle" // a (place) → b (place) → a
	ConfigGoalLow         = "config.goal_low"
	ConfigHalfCircuit     = "config.half_circuit"
	ConfigUnpolled        = "config.unpolled"
	ConfigNoPrefix        = "config.access_no_prefix"
	ConfigEndsEarly       = "config.ends_early"       // to, from
	ConfigMaintenanceLong = "config.maintenance_long" // how long, at most
	ConfigBudgetLevel     = "config.budget_level"
	ConfigSourceTwice     = "config.source_twice"
	ConfigCloseEarly      = "config.close_early" // close, open
	ConfigSecretPlain     = "config.secret_plain"
	ConfigSecretEnv       = "config.secret_env"
	ConfigSecretFile      = "config.secret_file"
	ConfigSecretSize      = "config.secret_size"
	ConfigPointNowhere    = "config.point_nowhere"
	ConfigSubjectTwice    = "config.subject_twice" // block, word, word
	ConfigRoundDay        = "config.round_day"
	ConfigQuorumHigh      = "config.quorum_high" // need, there are
	ConfigGatewayTwice    = "config.gateway_twice"
	ConfigPrefixOverlap   = "config.prefix_overlap" // site, prefix, site, prefix
	ConfigProfileUnused   = "config.profile_unused"
	ConfigNoGateway       = "config.no_gateway" // site, word
	ConfigElsewhere       = "config.elsewhere"
	ConfigElsewhereShort  = "config.elsewhere_short" // elsewhere, interval

	WantNode         = "config.want.node"
	WantAddr         = "config.want.addr"
	WantOneEach      = "config.want.one_each"
	WantForEach      = "config.want.for_each"
	WantBetweenSites = "config.want.between_sites"
	WantDay          = "config.want.day"
	WantMoment       = "config.want.moment"
	WantApproved     = "config.want.approved"
	WantTimeOfDay    = "config.want.time_of_day"
	WantMonthDay     = "config.want.month_day"
	WantSecret       = "config.want.secret"
	WantPointKind    = "config.want.point_kind"
)

var inventoryWords = map[string][2]string{
	ConfigBlock + "site":        {"站点", "site"},
	ConfigBlock + "service":     {"系统", "service"},
	ConfigBlock + "tier":        {"线路等级", "tier"},
	ConfigBlock + "unit":        {"单位", "unit"},
	ConfigBlock + "access":      {"接入点", "access point"},
	ConfigBlock + "link":        {"线路", "link"},
	ConfigBlock + "circuit":     {"电路", "circuit"},
	ConfigBlock + "device":      {"设备", "device"},
	ConfigBlock + "point":       {"改造点", "point"},
	ConfigBlock + "maintenance": {"维护", "maintenance"},
	ConfigBlock + "hours":       {"开放时间", "block hours"},
	ConfigBlock + "secret":      {"秘密", "secret"},
	ConfigBlock + "profile":     {"检查组", "profile"},

	ConfigNoSuch:          {"%[2]s %[1]s 不存在", "%s is no %s"},
	ConfigFunction:        {"不能使用函数 %s；只有 secret 的 value 可以写 env(\"变量名\") 或 file(\"路径\")", "%s is a function, want a value: only the value of a secret may be env(\"NAME\") or file(\"PATH\")"},
	ConfigTemplatePart:    {"${ … } 中的值是 %s，应为文字或数字", "${ … } holds %s, want a text or a number"},
	ConfigTextLong:        {"文字拼接后超过 %s 字节", "the text becomes longer than %s bytes"},
	ConfigObjectKey:       {"键 %s 重复，或不是固定的文字", "the key %s stands twice or is no plain text"},
	ConfigNameRoot:        {"此处没有 %s 这个名称，可用的有：%s", "%s means nothing here, want a name of: %s"},
	ConfigNameUnknown:     {"没有 %[1]s，%[2]s 中有：%[3]s%[4]s", "%s is not there, %s has: %s%s"},
	ConfigVariableUnknown: {"变量 %s 没有声明，应先写 variable \"…\" { }", "%s is no variable, want a block variable \"…\" { } for it"},
	ConfigVariableMissing: {"变量 %[1]s 没有值，应在 variables { } 中写 %[2]s = …，或写 default", "the variable %[1]s has no value, want %[2]s = … in variables { }, or a default"},
	ConfigVariableWrong:   {"变量 %s 的值有误，见其所在的行", "the value of the variable %s is wrong where it is given"},
	ConfigEachID:          {"由 for_each 得到的名称是 %s，应为%s；可另写 id = …", "for_each makes the name %s, want %s; id = … gives another one"},
	ConfigEachTwice:       {"for_each 的 %s 和 %s 得到同一个名称 %s", "%s and %s of for_each both make the name %s"},
	ConfigNodeKind:        {"%s 的类型不对，点号前应为：%s", "%s is of no kind that others depend on, want before the dot: %s"},
	ConfigDependsCircle:   {"依赖关系成环：%s", "these depend on one another in a circle: %s"},
	ConfigGoalLow:         {"goal 是 %s，低于 floor %s；目标值应不低于底线值", "goal is %s, want at least floor, %s"},
	ConfigHalfCircuit:     {"%s 只写了 device 和 interface 中的一个，应都写或都不写", "%s has one of device and interface, want both or neither"},
	ConfigNoPrefix:        {"接入点 %s 和 %s 都没有写 prefixes（或 seen）：探针从何处来无从核对，其结果不作接入率的证据", "neither access point %s nor %s names prefixes (or seen): from where the agent speaks cannot be held against anything, so nothing of it is evidence for the access rate"},
	ConfigUnpolled:        {"%s 没有任何电路写明 device 和 interface，无人轮询，其状态和带宽不可知", "no circuit of %s names device and interface, so nobody polls it: its state and bandwidth stay unknown"},
	ConfigBudgetLevel:     {"%s 是预算单位，但没有写 level（1 一级、2 二级）", "%s is a budget unit and has no level, want level = 1 or 2"},
	ConfigSourceTwice:     {"写了 sources，又写了 interface，应只写一个", "sources and interface are both set, want one of them"},
	ConfigEndsEarly:       {"to 是 %s，不晚于 from %s", "to is %s, want later than from, %s"},
	ConfigMaintenanceLong: {"维护长达 %s，应不超过 %s", "it lasts %s, want at most %s"},
	ConfigCloseEarly:      {"close 是 %s，不晚于 open %s", "close is %s, want later than open, %s"},
	ConfigSecretPlain:     {"%s 的 value 应写成 env(\"变量名\") 或 file(\"路径\")，不能直接写在配置文件中", "the value of %s wants env(\"NAME\") or file(\"PATH\"): a secret is never written in a configuration"},
	ConfigSecretEnv:       {"%s：环境变量 %s 没有设置；用到它的检查将是“无法判断”", "%s: the environment has no %s; checks that need it are unable"},
	ConfigSecretFile:      {"%s：无法读取：%s；用到它的检查将是“无法判断”", "%s: %s; checks that need it are unable"},
	ConfigSecretSize:      {"%s 为空、过长，或含有零字节，应为 1 到 4096 字节的文字", "%s is empty, too long or holds a zero byte, want 1 to 4096 bytes of text"},
	ConfigPointNowhere:    {"%s 没有说明改造的对象，应写 service、device、site 或 link 之一", "%s does not say what is retrofitted, want one of service, device, site, link"},
	ConfigSubjectTwice:    {"%s 同时写了 %s 和 %s，应只写一个", "%s has both %s and %s, want one of them"},
	ConfigRoundDay:        {"round 是 %s，一天应恰好分成若干轮", "round is %s, want a length that divides a day"},
	ConfigQuorumHigh:      {"quorum_need 是 %[1]d，但加上采集中心只有 %[2]d 个可选对象", "quorum_need is %d, want at most %d: those of quorum and the collector itself"},
	ConfigGatewayTwice:    {"%s 与 %s 的网关相同：%s，可能有一个是复制后忘了改", "%s has the gateway of %s, %s: one of them may be a copy"},
	ConfigPrefixOverlap:   {"%s 的网段 %s 与 %s 的 %s 重叠，无法按地址区分站点", "%s has %s, which overlaps %s with %s: an address does not tell them apart"},
	ConfigProfileUnused:   {"没有任何站点使用检查组 %s", "no site uses the profile %s"},
	ConfigNoGateway:       {"站点 %s 没有写 gateways，%s 没有值；尚不知道时可写 198.18.0.0/15 中的地址，表示待登记", "site %s has no gateways for %s, want one; an address of 198.18.0.0/15 says \"to be registered\""},
	ConfigElsewhere:       {"elsewhere 只用于写了 service 的检查", "elsewhere is for checks of a service, want service = …"},
	ConfigElsewhereShort:  {"elsewhere 是 %s，比 interval %s 短", "elsewhere is %s, want at least the interval, %s"},
	ConfigCircle: {"这些对象只有经过自身才能到达：%s；请改正其中一处的上级、链路两端、所在设备或 depends_on",
		"these are only reached through themselves: %s; change the parent, the ends, the device or the depends_on of one"},

	WantNode:         {"类型.名称，例如 \"link.hub-qingfu\" 或 \"service.dns\"", "a kind and a name such as \"link.hub-qingfu\" or \"service.dns\""},
	WantAddr:         {"一台主机的 IP 地址，例如 \"10.1.0.1\" 或 \"fd00::1\"", "the IP address of one host such as \"10.1.0.1\" or \"fd00::1\""},
	WantOneEach:      {"IPv4、IPv6 地址各至多一个", "at most one IPv4 and one IPv6 address"},
	WantForEach:      {"列表 [\"a\", \"b\"] 或对象 { a = …, b = … }", "a list [\"a\", \"b\"] or an object { a = …, b = … }"},
	WantBetweenSites: {"两个站点，上级在前，例如 [\"hub\", \"qingfu\"]", "two sites, the upper one first, such as [\"hub\", \"qingfu\"]"},
	WantMoment:       {"日期和时间，例如 \"2026-12-05 22:00\"", "a day and time such as \"2026-12-05 22:00\""},
	WantApproved:     {"批准人或批准单位", "who approved it"},
	WantDay:          {"日期，例如 \"2026-11-24\"", "a day such as \"2026-11-24\""},
	WantTimeOfDay:    {"时刻，例如 \"08:30\"", "a time of day such as \"08:30\""},
	WantMonthDay:     {"月和日，例如 \"05-01\"", "a month and a day such as \"05-01\""},
	WantSecret:       {"env(\"变量名\") 或 file(\"路径\")", "env(\"NAME\") or file(\"PATH\")"},
	WantPointKind:    {"改造点的种类：W 网站、D 核心设备、S 服务器、N 域名服务器、L 线路、T 站点局域网", "a kind of point: W website, D device, S server, N name server, L link, T site"},
}
