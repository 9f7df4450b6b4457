package words

// OutageClass is the prefix of why a site was not heard, OutageWhy of the
// evidence for that.
const (
	OutageClass = "outage."
	OutageWhy   = "outage_why."
)

var outageWords = map[string][2]string{
	OutageClass + "line":      {"线路", "line"},
	OutageClass + "power":     {"停电", "power"},
	OutageClass + "shutdown":  {"关机", "switched off"},
	OutageClass + "firewall":  {"防火墙", "firewall"},
	OutageClass + "program":   {"探针程序", "agent's process"},
	OutageClass + "off_hours": {"下班", "out of hours"},
	OutageClass + "unknown":   {"原因未知", "cause unknown"},

	OutageWhy + "closed":             {"在该站点的开放时间之外", "the site was not missed within its hours"},
	OutageWhy + "goodbye":            {"断联前探针于 %s 告知正常停止", "before it, at %s, the agent said that it stops"},
	OutageWhy + "lasts":              {"仍在静默，恢复后判定", "it lasts; what it was will be seen at the return"},
	OutageWhy + "not_heard":          {"站点刚恢复联系，尚未收到其启动信息", "the site has just been heard again and has not said Hello yet"},
	OutageWhy + "other_agent":        {"恢复后是另一个探针（已重新登记），无法得知原探针的情况", "another agent speaks for the site since, so nothing is known of the one before"},
	OutageWhy + "kept_probing":       {"期间探针照常探测，补报了 %s 条结果；没有针对本站点以外目标的探测，无法区分线路与防火墙", "the agent kept probing and sent %s results later; none looked beyond the site itself, so a wall cannot be told from a cut line"},
	OutageWhy + "others_reached":     {"期间探针照常探测，对本站点以外目标的 %[2]s 次探测中 %[1]s 次可达，唯独连不上采集中心", "the agent kept probing and reached targets beyond its line in %s of %s looks; only the collector was out of reach"},
	OutageWhy + "others_lost":        {"期间探针照常探测，对本站点以外目标的 %[2]s 次探测中 %[1]s 次不可达", "the agent kept probing, and %s of %s looks beyond its line failed"},
	OutageWhy + "booted":             {"期间机器重新启动", "its machine booted meanwhile"},
	OutageWhy + "booted_at":          {"期间机器于 %s 重新启动，此前没有探测结果", "its machine booted at %s, and nothing was probed before that"},
	OutageWhy + "other_machine":      {"恢复后的机器启动于 %s，不在静默期间：可能是另一台机器，或硬盘被移到另一台机器", "the machine that speaks since booted at %s, not meanwhile: another machine, or the disk in another one"},
	OutageWhy + "new_process_so_far": {"机器未重启而探针进程是新的；仍有结果待补报，判定可能更改", "its machine did not boot and the agent's process is a new one; results are still to come and may change that"},
	OutageWhy + "new_process":        {"机器未重启而探针进程是新的，期间没有探测结果：探针程序曾停止运行", "its machine did not boot, the agent's process is a new one, and nothing was probed meanwhile: the process was gone"},
	OutageWhy + "same_process":       {"探针进程一直在运行，而采集中心收不到：线路或防火墙", "the agent's process lived all the time and was not heard: the line, or a wall"},
	OutageWhy + "stood_still":        {"探针进程未变而期间没有任何结果：机器可能被挂起或停住", "the agent's process is the same and nothing was probed meanwhile: its machine may have been suspended or stood still"},
}
