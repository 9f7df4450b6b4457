package words

// Sentences of the configuration language. Arguments are texts throughout;
// what is wanted (Want…) is put into the place of an argument.
const (
	ConfigBadValue     = "config.bad_value"     // word, seen, wanted
	ConfigExpression   = "config.expression"    // word, seen
	ConfigBareWord     = "config.bare_word"     // word, seen, quoted
	ConfigNull         = "config.null"          // word
	ConfigUnknownWord  = "config.unknown_word"  // word, block, known words
	ConfigUnknownBlock = "config.unknown_block" // word, block, known blocks
	ConfigNoneKnown    = "config.none_known"
	ConfigIsBlock      = "config.is_block" // word
	ConfigIsValue      = "config.is_value" // word
	ConfigNear         = "config.near"     // name
	ConfigMissing      = "config.missing"  // block, word, wanted
	ConfigMissingBlock = "config.missing_block"
	ConfigLabels       = "config.labels"     // how it is written
	ConfigTwice        = "config.twice"      // what, where first
	ConfigWordTwice    = "config.word_twice" // word, block
	ConfigSyntax       = "config.syntax"     // HCL's own words
	ConfigDeep         = "config.deep"       // bound
	ConfigNotUTF8      = "config.not_utf8"   // bytes
	ConfigFileLarge    = "config.file_large" // bound
	ConfigAllLarge     = "config.all_large"  // directory, bound
	ConfigFilesMany    = "config.files_many" // directory, seen, bound
	ConfigFileKind     = "config.file_kind"
	ConfigNoPack       = "config.no_pack"    // bound
	ConfigUnreadable   = "config.unreadable" // system's words
	ConfigNoFiles      = "config.no_files"   // directory
	ConfigSubdirectory = "config.subdirectory"
	ConfigTooMany      = "config.too_many" // what, bound
	ConfigMore         = "config.more"     // count
	ConfigAlike        = "config.alike"    // count

	ConfigParentUnknown  = "config.parent_unknown" // parent
	ConfigParentCycle    = "config.parent_cycle"   // a → b → a
	ConfigNoSites        = "config.no_sites"
	ConfigSiteUnknown    = "config.site_unknown" // site
	ConfigKindUnknown    = "config.kind_unknown" // kind, known kinds
	ConfigServiceUnknown = "config.service_unknown"
	ConfigNoTarget       = "config.no_target" // check
	ConfigNoPlace        = "config.no_place"  // check
	ConfigMatchesNone    = "config.matches_none"
	ConfigTimeoutLong    = "config.timeout_long"   // timeout, interval
	ConfigTimeoutShort   = "config.timeout_short"  // timeout, least
	ConfigBadTarget      = "config.bad_target"     // kind's words
	ConfigBadOption      = "config.bad_option"     // kind's words
	ConfigBadCheck       = "config.bad_check"      // kind's words
	ConfigFamilyTarget   = "config.family_target"  // family, target
	ConfigWantV6Family   = "config.want_v6_family" //
	ConfigWantV6Literal  = "config.want_v6_literal"
	ConfigV4OnlyWantV6   = "config.v4_only_want_v6"
	ConfigV4OnlyLiteral  = "config.v4_only_literal"
	ConfigPending        = "config.pending"        // check, host
	ConfigTargetNoHost   = "config.target_no_host" // target, address
	ConfigCheckTwice     = "config.check_twice"    // check, site, where first

	ConfigBadExpr         = "config.bad_expr"      // parser's words
	ConfigPageSeries      = "config.page_series"   // series
	ConfigPageUnnamed     = "config.page_unnamed"  //
	ConfigBadTemplate     = "config.bad_template"  // parser's words
	ConfigTemplateLoop    = "config.template_loop" // word
	ConfigName            = "config.name"
	ConfigReservedLabel   = "config.reserved_label"
	ConfigReceiverUnknown = "config.receiver_unknown"
	ConfigReceiverWhich   = "config.receiver_which" // names
	ConfigRouteNowhere    = "config.route_nowhere"
	ConfigNoReceiver      = "config.no_receiver"
	ConfigRepeatShort     = "config.repeat_short"    // repeat_interval, group_interval
	ConfigOutOfOrderShort = "config.out_of_order"    // out_of_order, keep
	ConfigRetentionShort  = "config.retention_short" // retention, out_of_order
	ConfigNoProxy         = "config.no_proxy"        // word
	ConfigNoUser          = "config.no_user"
	ConfigHalfCA          = "config.half_ca"         // the word that is set, the other
	ConfigBusySlow        = "config.busy_slow"       // busy, idle
	ConfigAgentKindNone   = "config.agent_kind_star" //
	ConfigSummaryMissing  = "config.summary_missing" // alert

	WantText        = "config.want.text"
	WantTextOf      = "config.want.text_of" // bound
	WantName        = "config.want.name"
	WantNumber      = "config.want.number"
	WantBool        = "config.want.bool"
	WantList        = "config.want.list"
	WantListSome    = "config.want.list_some"
	WantDuration    = "config.want.duration"
	WantPercent     = "config.want.percent"
	WantSize        = "config.want.size"
	WantRate        = "config.want.rate"
	WantAtLeast     = "config.want.at_least"
	WantAtMost      = "config.want.at_most"
	WantBetween     = "config.want.between"
	WantChoice      = "config.want.choice" // choices
	WantPath        = "config.want.path"
	WantHostPort    = "config.want.host_port"
	WantUser        = "config.want.user"
	WantListen      = "config.want.listen"
	WantLoopback    = "config.want.loopback"
	WantHost        = "config.want.host"
	WantURL         = "config.want.url"
	WantReachable   = "config.want.reachable"
	WantListUpTo    = "config.want.list_up_to" // bound
	WantDistrict    = "config.want.district"
	WantAddresses   = "config.want.addresses"
	WantPin         = "config.want.pin"
	WantPrefix      = "config.want.prefix"
	WantPrefixOf    = "config.want.prefix_of" // prefix without host bits
	WantOnce        = "config.want.once"
	WantLabelName   = "config.want.label_name"
	WantExpr        = "config.want.expr"
	WantTarget      = "config.want.target"
	WantSiteKind    = "config.want.site_kind"
	WantPrintable   = "config.want.printable"
	WantSummary     = "config.want.summary"
	ConfigTopLevel  = "config.top_level"
	ConfigPack      = "config.pack"
	ConfigThisBlock = "config.this_block"
	ConfigError     = "config.error"
	ConfigWarning   = "config.warning"
)

var configWords = map[string][2]string{
	ConfigBadValue:     {"%s 的值是 %s，应为%s", "%s is %s, want %s"},
	ConfigExpression:   {"%s 的值 %s 是表达式，应为固定的值，或 var.名称 这样的名称", "%s is the expression %s, want a plain value or a name such as var.NAME"},
	ConfigBareWord:     {"%s 的值 %s 没有引号，应写成 %s", "%s is %s without quotes, want %s"},
	ConfigNull:         {"%s 的值是 null；不需要时请删去这一行", "%s is null, want a value; leave the line out for the default"},
	ConfigUnknownWord:  {"%[2]s 中没有“%[1]s”这个词，可用的有：%[3]s", "%q is no word of %s, want one of: %s"},
	ConfigUnknownBlock: {"%[2]s 中没有“%[1]s”这种块，可用的有：%[3]s", "%q is no block of %s, want one of: %s"},
	ConfigNoneKnown:    {"（无）", "(none)"},
	ConfigIsBlock:      {"%[1]s 是一个块，应写成 %[1]s { … }，不带等号", "%[1]s is a block, want %[1]s { … } without an equals sign"},
	ConfigIsValue:      {"%[1]s 是一个值，应写成 %[1]s = …", "%[1]s is a value, want %[1]s = …"},
	ConfigNear:         {"；是不是想写 %s？", "; did you mean %s?"},
	ConfigMissing:      {"%s 缺少 %s，应为%s", "%s lacks %s, want %s"},
	ConfigMissingBlock: {"%[1]s 缺少 %[2]s { … } 块", "%[1]s lacks its block %[2]s { … }"},
	ConfigLabels:       {"块头写法不对，应写成 %s", "the head of this block is wrong, want %s"},
	ConfigTwice:        {"%s 重复，已在 %s 写过；请只留一处", "%s is described twice, first at %s; keep one"},
	ConfigWordTwice:    {"%[2]s 中的 %[1]s 写了两次", "%s is set twice in %s"},
	ConfigSyntax:       {"语法错误：%s（%s）", "syntax: %[2]s"},
	ConfigDeep:         {"括号或运算嵌套超过 %s 层", "brackets or operators are nested more than %s deep"},
	ConfigNotUTF8:      {"文件不是 UTF-8 编码（此处的字节是 %s）；若为 GBK，请另存为 UTF-8", "the file is not UTF-8 (the bytes here are %s); when it is GBK, save it as UTF-8"},
	ConfigFileLarge:    {"文件超过 %s，请拆成几个文件", "the file is larger than %s; split it"},
	ConfigAllLarge:     {"目录 %s 中的 *.hcl 文件合计超过 %s", "the *.hcl files of %s are larger than %s together"},
	ConfigFilesMany:    {"目录 %s 中有 %s 个 *.hcl 文件，最多 %s 个", "%s has %s *.hcl files, want at most %s"},
	ConfigNoPack:       {"文件超过 %s，不是登记包；登记包由 fengsui-collector pack 生成", "the file is larger than %s and no pack; fengsui-collector pack writes one"},
	ConfigFileKind:     {"不是普通文件", "this is no regular file"},
	ConfigUnreadable:   {"无法读取：%s", "cannot be read: %s"},
	ConfigNoFiles:      {"目录 %s 中没有 *.hcl 文件", "%s has no *.hcl file"},
	ConfigSubdirectory: {"子目录中的 *.hcl 文件不会被读取，请移到上一级目录", "*.hcl files of a subdirectory are not read; move them one level up"},
	ConfigTooMany:      {"%s 太多，最多 %s 个", "too many %s, want at most %s"},
	ConfigMore:         {"另有 %s 处问题未列出", "%s more are not shown"},
	ConfigAlike:        {"（此处同样的还有 %s 项）", " (and %s more like it here)"},

	ConfigParentUnknown:  {"上级站点 %s 不存在", "parent %s is no site"},
	ConfigParentCycle:    {"站点的上级关系成环：%s；请改正其中一站的上级", "the parents of these sites form a circle: %s; change the parent of one"},
	ConfigNoSites:        {"没有定义任何站点，采集中心不会接受任何探针", "no site is described, so no agent can enrol"},
	ConfigSiteUnknown:    {"站点 %s 不存在", "%s is no site"},
	ConfigKindUnknown:    {"没有“%s”这种检查，可用的有：%s", "%q is no kind of check, want one of: %s"},
	ConfigServiceUnknown: {"系统 %s 不存在", "%s is no service"},
	ConfigNoTarget:       {"%s 没有目标，应写 target = … 或 service = …", "%s has no target, want target = … or service = …"},
	ConfigNoPlace:        {"%s 没有说明由哪些站点执行，应写 sites = [ … ] 或 kinds = [ … ]", "%s does not say which sites run it, want sites = [ … ] or kinds = [ … ]"},
	ConfigMatchesNone:    {"没有任何站点属于 %s，该检查不会运行", "no site is of kind %s, so nothing runs this check"},
	ConfigTimeoutLong:    {"timeout 是 %s，比 interval %s 长，应不超过 interval", "timeout is %s, longer than the interval %s, want at most the interval"},
	ConfigTimeoutShort:   {"timeout 是 %s，按这些选项检查一次至少需要 %s", "timeout is %s, want at least %s: a run with these options takes that long"},
	ConfigBadTarget:      {"目标的写法不对：%s", "%s"},
	ConfigBadOption:      {"选项的值不对：%s", "%s"},
	ConfigBadCheck:       {"检查的选项互相矛盾：%s", "%s"},
	ConfigFamilyTarget:   {"family 是 %s，但目标 %s 是另一种地址", "family is %s, but the target %s is an address of the other one"},
	ConfigWantV6Family:   {"want_v6 = true 时 family 不能是 \"v4\"", "want_v6 is true, so family cannot be \"v4\""},
	ConfigV4OnlyWantV6:   {"v4_only = true 与 want_v6 = true 不能同时写", "v4_only is true and so is want_v6, want one of them at most"},
	ConfigV4OnlyLiteral:  {"v4_only = true 需要域名，目标 %s 是地址，没有 AAAA 记录可查", "v4_only is true, want a name as target: %s is an address and has no AAAA record"},
	ConfigWantV6Literal:  {"want_v6 = true 需要域名，目标 %s 是地址，没有 AAAA 记录可查", "want_v6 is true, want a name as target: %s is an address and has no AAAA record"},
	ConfigPending:        {"%s 的目标 %s 是示例地址，视为待登记：不会探测", "the target of %s, %s, is reserved for documentation and means \"to be registered\": it is never probed"},
	ConfigTargetNoHost:   {"目标 %s 的地址 %s 不是一台主机的地址", "target %s is at %s, want the address of one host"},
	ConfigCheckTwice:     {"站点 %[2]s 上的检查 %[1]s 重复，已在 %[3]s 写过；同一站点上检查名不能相同（种类不同也不行）", "check %s of site %s is described twice, first at %s; the name must be unique at a site, whatever the kind"},

	ConfigBadExpr:         {"expr 不是有效的 PromQL：%s", "expr is no valid PromQL: %s"},
	ConfigPageSeries:      {"severity 为 page 的规则不能读取 %s：补传的旧数据会误呼人；只能用 fengsui_known_…、fengsui_site_info 和 fengsui_target_info", "a rule of severity page reads %s, want known series only (fengsui_known_…, fengsui_site_info, fengsui_target_info): late data must not call anybody"},
	ConfigPageUnnamed:     {"severity 为 page 的规则中有未写名称的序列；只能用 fengsui_known_…、fengsui_site_info 和 fengsui_target_info", "a rule of severity page selects series without a name, want known series only (fengsui_known_…, fengsui_site_info, fengsui_target_info)"},
	ConfigBadTemplate:     {"%s 的模板不对：%s", "the template of %s is wrong: %s"},
	ConfigTemplateLoop:    {"%s 的模板中不能有 range、template、block 或 define", "the template of %s has range, template, block or define, want none of them"},
	ConfigName:            {"名称", "the name"},
	ConfigReservedLabel:   {"%s 由系统填写，不能在此设置", "%s is set by Fengsui itself, want another name"},
	ConfigReceiverUnknown: {"接收者 %s 不存在", "%s is no receiver"},
	ConfigReceiverWhich:   {"有多个接收者（%s），route 应写明 receiver", "there are several receivers (%s), so route wants a receiver"},
	ConfigRouteNowhere:    {"写了 route，但没有任何 receiver", "there is a route, but no receiver"},
	ConfigNoReceiver:      {"没有任何 receiver：告警只显示，不通知任何人", "no receiver is described: alerts are shown and nobody is told"},
	ConfigRepeatShort:     {"repeat_interval 是 %s，比 group_interval %s 短", "repeat_interval is %s, want at least the group_interval %s"},
	ConfigOutOfOrderShort: {"out_of_order 是 %s，比 keep %s 短：站点补传的数据会被拒收", "out_of_order is %s, want at least keep, %s: what sites send late would be refused"},
	ConfigRetentionShort:  {"retention 是 %s，比 out_of_order %s 短", "retention is %s, want at least out_of_order, %s"},
	ConfigNoProxy:         {"写了 %s，但没有写代理的 address", "%s is set and the proxy's address is not"},
	ConfigNoUser:          {"写了 password_file，但没有写代理的 user", "password_file is set and the proxy's user is not"},
	ConfigHalfCA:          {"写了 %s，但没有写 %s：自有 CA 需要证书和密钥两个文件", "%s is set and %s is not: the bureau's own CA wants both, its certificate and its key"},
	ConfigBusySlow:        {"busy 是 %s，比 idle %s 长", "busy is %s, want at most idle, %s"},
	ConfigAgentKindNone:   {"\"*\" 表示所有种类，不能再写其他种类", "\"*\" means every kind, want nothing beside it"},
	ConfigSummaryMissing:  {"%s 缺少 summary { zh = … en = … } 块", "%s lacks its block summary { zh = … en = … }"},

	WantText:     {"带引号的文字", "a text in quotes"},
	WantTextOf:   {"1 到 %s 个字的文字", "a text of 1 to %s characters"},
	WantName:     {"名称：1 到 63 个小写字母、数字、“-”或“_”", "a name of 1 to 63 characters out of a-z, 0-9, - and _"},
	WantNumber:   {"整数，不带引号", "a whole number without quotes"},
	WantBool:     {"true 或 false，不带引号", "true or false without quotes"},
	WantList:     {"文字列表，例如 [\"a\", \"b\"]", "a list of texts such as [\"a\", \"b\"]"},
	WantListSome: {"至少有一项的文字列表，例如 [\"a\", \"b\"]", "a list of at least one text such as [\"a\", \"b\"]"},
	WantDuration: {"时长，例如 \"500ms\"、\"10s\"、\"5m\" 或 \"7d\"", "a length of time such as \"500ms\", \"10s\", \"5m\" or \"7d\""},
	WantPercent:  {"百分比，例如 \"5%%\"", "a percentage such as \"5%%\""},
	WantSize:     {"大小，例如 \"512MiB\"", "a size such as \"512MiB\""},
	WantRate:     {"速率，例如 \"1Mbit/s\" 或 \"1Gbps\"", "a rate such as \"1Mbit/s\" or \"1Gbps\""},
	WantAtLeast:  {"不小于 %s", "at least %s"},
	WantAtMost:   {"不大于 %s", "at most %s"},
	WantBetween:  {"介于 %s 与 %s 之间的值", "%s to %s"},
	WantChoice:   {"以下之一：%s", "one of: %s"},
	WantPath:     {"绝对路径，例如 \"/var/lib/fengsui\"", "an absolute path such as \"/var/lib/fengsui\""},
	WantUser:     {"不含冒号的用户名", "a user name without a colon"},
	WantHostPort: {"主机和端口，例如 \"10.0.0.5:7443\" 或 \"[2001:db8::5]:7443\"", "a host and a port such as \"10.0.0.5:7443\" or \"[2001:db8::5]:7443\""},
	WantListen:   {"监听地址和端口，例如 \"[::]:7443\"", "an address and a port to listen on such as \"[::]:7443\""},
	WantLoopback: {"本机回环地址和端口，例如 \"127.0.0.1:7480\"（在有登录功能之前网页只供本机访问）", "a loopback address and a port such as \"127.0.0.1:7480\" (until there is a login, pages are for this machine only)"},
	WantHost:     {"域名或地址，例如 \"fengsui.example\" 或 \"10.0.0.5\"", "a name or an address such as \"fengsui.example\" or \"10.0.0.5\""},
	WantURL:      {"以 http:// 或 https:// 开头、不含用户名口令的网址", "a URL that starts with http:// or https:// and holds no user or password"},
	WantReachable: {"探针从其他机器能连接到的地址和端口，例如 \"10.0.0.5:7443\"（本机回环、通配、组播和链路本地地址在其他机器上连不到采集中心）",
		"an address and a port that other machines reach, such as \"10.0.0.5:7443\" (a loopback, wildcard, multicast or link-local address leads nobody else here)"},
	WantListUpTo:    {"最多 %s 项的列表", "a list of at most %s"},
	WantDistrict:    {"区名，例如 \"青山区\"", "a name of 1 to 64 characters"},
	WantAddresses:   {"采集中心的地址，例如 [\"10.0.0.5:7443\"]", "addresses such as [\"10.0.0.5:7443\"]"},
	WantPin:         {"sha256: 加 64 个小写十六进制数字，由 fengsui-collector pin 输出", "sha256: and 64 hex digits in small letters, as fengsui-collector pin prints it"},
	WantPrefix:      {"网段，例如 \"10.0.0.0/8\" 或 \"fc00::/7\"", "a prefix such as \"10.0.0.0/8\" or \"fc00::/7\""},
	WantPrefixOf:    {"主机位为零的网段 %s", "a prefix without host bits: %s"},
	WantOnce:        {"不重复的值", "every value once"},
	WantLabelName:   {"标签名：字母或“_”开头，只含字母、数字和“_”", "a label name: a letter or _, then letters, digits and _"},
	WantExpr:        {"PromQL 表达式", "a PromQL expression"},
	WantTarget:      {"目标，写法由检查的种类决定", "a target as the kind of check takes it"},
	WantSiteKind:    {"站点种类", "a kind of site"},
	WantPrintable:   {"只含可见字符的一行文字", "one line of visible characters"},
	WantSummary:     {"一句话", "one sentence"},
	ConfigPack:      {"登记包", "the pack"},
	ConfigTopLevel:  {"文件顶层", "the top level of the file"},
	ConfigThisBlock: {"此块", "this block"},
	ConfigError:     {"错误", "error"},
	ConfigWarning:   {"警告", "warning"},
}
