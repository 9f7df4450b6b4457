package words

// Refusal is the prefix of the sentences of refused calls: Refusal + the code
// of the refusal, with a suffix where one code has several sentences.
const Refusal = "refusal."

// Agents is the prefix of the sentences of fengsui-collector agent.
const Agents = "agents."

var identityWords = map[string][2]string{
	Agents + "none":     {"没有登记的探针；登记须先生成登记码（fengsui-collector code 站点）", "no agent is enrolled: make a code for a site first (fengsui-collector code SITE)"},
	Agents + "gone":     {"（不在清单中）", "(not in the inventory)"},
	Agents + "expires":  {"证书有效期至 %s", "certificate until %s"},
	Agents + "first":    {"证书有效期至 %s；已登记，尚未上报", "certificate until %s; enrolled, has not pushed yet"},
	Agents + "newcomer": {"证书有效期至 %s；已登记，尚未上报，首次上报时取代原有探针", "certificate until %s; enrolled, has not pushed yet, and takes the place of the former agent when it does"},
	Agents + "expired":  {"证书已于 %s 过期，尚未申请换发：请检查站点设备是否开机、联网", "certificate expired at %s, and it has not asked for another: look whether the box is on and connected"},
	Agents + "expired.long": {
		"证书已于 %s 过期，不能再换发，请重新登记（fengsui-collector code %s）",
		"certificate expired at %s and cannot be renewed any more: enrol the site again (fengsui-collector code %s)"},
	Agents + "asks": {
		"证书已于 %s 过期，自 %s 起申请换发，等待人工批准（fengsui-collector agent approve %s）",
		"certificate expired at %s; asks for another since %s and waits for a person (fengsui-collector agent approve %s)"},
	Agents + "approved": {"证书已于 %s 过期，换发已于 %s 批准，等待探针换用", "certificate expired at %s; another was approved at %s and is not used yet"},
	Agents + "unpushed": {"尚有 %d 条结果未上报，最早的为 %s", "%d results not pushed, the oldest of %s"},
	Agents + "left": {
		"失效时有 %d 条结果未上报，最早的为 %s，只在该设备上",
		"%d results were not pushed when it ended, the oldest of %s: only that machine has them"},
	Agents + "was_approved": {"%s：已批准换发证书，探针将在几分钟内换用", "%s: its agent may renew its certificate and does so within a few minutes"},
	Agents + "replaced":     {"已于 %s 被新登记的探针取代", "replaced by a newer enrolment at %s"},
	Agents + "revoked":      {"已于 %s 吊销：%s", "revoked at %s: %s"},
	Agents + "speaks":       {"上报中", "speaks"},
	Agents + "former":       {"已被取代", "superseded"},
	Agents + "clone":        {"身份重复，数据被拒收", "one of two machines, not heard"},
	Agents + "kept":         {"已选定保留，等待其下次联系", "kept, not heard since"},
	Agents + "decide": {
		"两台机器使用本站身份，数据均被拒收，请选定保留的一台：fengsui-collector agent keep %s 实例号",
		"two machines use this site's identity and neither is heard, decide for one: fengsui-collector agent keep %s INSTANCE"},
	Agents + "will_keep": {
		"%s：保留实例 %s，它在一分钟左右的下次联系时改用新编号、补传未确认的数据；另一台的数据仍被拒收，请将其停用",
		"%s: instance %s is kept; at its next contact, within a minute or so, it begins a new numbering and sends what was not acknowledged; the other machine stays refused: switch it off"},
	Agents + "was_revoked": {
		"%s：探针已吊销（%s）；恢复须重新登记（fengsui-collector code %s）",
		"%s: its agent was revoked (%s); enrol the site again to resume (fengsui-collector code %s)"},

	Refusal + "certificate_missing": {
		"请求未出示探针证书，请先登记（fengsui-agent enroll）",
		"no agent certificate was shown: enrol this agent first (fengsui-agent enroll)"},
	Refusal + "certificate_foreign": {
		"证书并非由本采集中心签发（%s），请重新登记",
		"the certificate was not issued by this collector (%s): enrol this agent again"},
	Refusal + "certificate_foreign.usage": {
		"证书由本采集中心签发，但不是探针证书（%s），请重新登记",
		"the certificate was issued by this collector, but it is no agent's (%s): enrol this agent again"},
	Refusal + "certificate_foreign.unregistered": {
		"证书由本采集中心签发，但登记簿中没有探针 %s（可能恢复了较早的备份），请重新登记",
		"the certificate was issued by this collector, but agent %s is not in its register (an older backup may have been restored): enrol this agent again"},
	Refusal + "certificate_expired": {
		"证书已于 %s 过期（采集中心时间 %s），须申请换发并由人批准",
		"the certificate expired at %s (the collector's time is %s): it can only ask for another, which a person approves"},
	Refusal + "certificate_expired.long": {
		"证书已于 %s 过期（采集中心时间 %s），超过 %d 天，不能再换发，请重新登记",
		"the certificate expired at %s (the collector's time is %s), more than %d days ago, and cannot be renewed: enrol this agent again"},
	Refusal + "approval_wanted": {
		"站点 %[1]s 的探针证书已过期，自 %[2]s 起申请换发，等待人工批准：请在采集中心执行 fengsui-collector agent approve %[1]s",
		"the certificate of site %[1]s's agent has expired; it asks for another since %[2]s and waits for a person at the collector: fengsui-collector agent approve %[1]s"},
	Refusal + "certificate_not_yet": {
		"证书自 %s 起生效（采集中心时间 %s），请核对采集中心的时钟",
		"the certificate is valid from %s on (the collector's time is %s): look at the collector's clock"},
	Refusal + "revoked": {
		"站点 %s 的这一探针已于 %s 被吊销：%s",
		"this agent of site %s was revoked at %s: %s"},
	Refusal + "revoked.serial": {
		"站点 %s 的这一探针已换用较新的证书，本证书不再有效",
		"this agent of site %s has a newer certificate in force, this one is no longer valid"},
	Refusal + "replaced": {
		"站点 %s 新登记的探针已于 %s 取代本探针，本探针不再有效",
		"another agent was enrolled for site %s and took its place at %s, this one is no longer valid"},
	Refusal + "site_unknown": {
		"清单中没有站点 %s，请核对采集中心的配置",
		"site %s is not in the inventory: look at the collector's configuration"},

	Refusal + "code_wrong": {
		"登记码不正确，请核对后重新输入",
		"the enrolment code is not correct: compare it and try again"},
	Refusal + "code_wrong.typing": {
		"登记码有误：应为 10 个字符且与校验字符相符，请核对是否输错（本次不计入尝试次数）",
		"the enrolment code was mistyped: want 10 characters that fit their check character; this try does not count"},
	Refusal + "code_used": {
		"登记码已被使用，请生成新的登记码（fengsui-collector code %s）",
		"the enrolment code was used before: make a new one (fengsui-collector code %s)"},
	Refusal + "code_expired": {
		"登记码已于 %s 失效，请生成新的登记码（fengsui-collector code %s）",
		"the enrolment code ended at %s: make a new one (fengsui-collector code %s)"},
	Refusal + "too_many_tries": {
		"错误的登记尝试过多，请在 %d 秒后再试",
		"too many wrong enrolment codes were tried: try again in %d seconds"},
	Refusal + "broken.request": {
		"证书签名请求无效：%s",
		"the signing request is not valid: %s"},

	Refusal + "stopping": {
		"采集中心正在停止，请稍后重试",
		"the collector is stopping: try again later"},
	Refusal + "busy": {
		"采集中心繁忙（同时处理的请求已达 %d 个），请稍后重试",
		"the collector is busy (it works on %d calls already): try again later"},
	Refusal + "internal": {
		"采集中心内部出错，未确认任何数据，详情见其日志，请稍后重试",
		"the collector failed and acknowledged nothing; its log says why; try again later"},
}
