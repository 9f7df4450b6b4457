package words

// AlertText is the prefix of the parts of an alert's text.
const AlertText = "alerttext."

var alertTextWords = map[string][2]string{
	AlertText + "firing":           {"【告警·%s】%s：%s", "[%s] %s: %s"},         // severity, where, what
	AlertText + "over":             {"【解除】%s：%s", "[over] %s: %s"},          // where, what
	AlertText + "summary":          {"说明：%s", "What: %s"},                   // the rule's summary
	AlertText + "since":            {"开始：%s（已持续 %s）", "Since: %s (for %s)"}, // moment, duration
	AlertText + "reach":            {"影响：%d 处：%s", "Reach: %d: %s"},         // count, names
	AlertText + "reach_none":       {"影响：没有其他对象只靠它连通", "Reach: nothing else hangs on it alone"},
	AlertText + "held":             {"归并：另有 %d 条告警由此引起，不再单独通知", "Held: %d further alerts are caused by it and not told apart"},
	AlertText + "evidence":         {"依据：%s", "Evidence: %s"},
	AlertText + "next":             {"下一步：%s", "Next: %s"},
	AlertText + "call":             {"联系：%s", "Call: %s"},
	AlertText + "person":           {"%s %s，%s", "%s %s, %s"}, // role, name, phone
	AlertText + "person_hours":     {"（%s）", " (%s)"},
	AlertText + "carrier":          {"%s 电路：%s，报修 %s，电路编号 %s", "circuit %s: %s, repairs %s, circuit number %s"},
	AlertText + "carrier_contract": {"，合同 %s", ", contract %s"},
	AlertText + "carrier_repair":   {"，承诺 %s 小时内修复", ", mended within %s h by contract"},
	AlertText + "call_nobody":      {"名册中没有登记联系人，请用 fengsui-collector contacts import 导入", "nobody is registered, import them with fengsui-collector contacts import"},
	AlertText + "call_lost":        {"联系人名册此刻读不到，请查本单位通讯录", "the book of contacts cannot be read now, look into your own list"},
	AlertText + "why":              {"原因：%s", "Why: %s"},
	AlertText + "lasted":           {"历时：%s 至 %s，共 %s", "Lasted: %s to %s, %s"},
	AlertText + "times":            {"反复：24 小时内第 %d 次", "Again: number %d within 24 hours"},
	AlertText + "named":            {"%s（%s）", "%s (%s)"}, // name, id
	AlertText + "join":             {"、", ", "},
	AlertText + "more":             {"等", " and more"},
	AlertText + "left":             {"另有 %d 条，见 /plain", "%d more, see /plain"},
	AlertText + "saw":              {"%s %s：%s", "%s at %s: %s"}, // vantage, moment, reason
	AlertText + "heard":            {"最近一次消息 %s", "last heard %s"},
	AlertText + "spool":            {"%s；探针缓存已用 %d%%", "%s; its spool is %d%% full"},
	AlertText + "spool_left":       {"%s；探针缓存已用 %d%%，自 %s 起积压，按此速度还可存 %s", "%s; its spool is %d%% full, filling since %s; at that rate the rest lasts %s"},
	AlertText + "spool_full":       {"%s；探针缓存已用 %d%%，最早的结果正在丢失", "%s; its spool is %d%% full, the oldest results are being lost"},
	AlertText + "sms":              {"告警 %s %s %s起", "ALERT %s %s since %s"}, // where, what, since
	AlertText + "sms_over":         {"解除 %s %s %s起历时%s", "OVER %s %s since %s for %s"},
	AlertText + "sms_reach":        {" 影响%d处", " reach %d"},
	AlertText + "sms_more":         {" 另%d条", " +%d more"},
	AlertText + "seconds":          {"%d 秒", "%d s"},
	AlertText + "minutes":          {"%d 分 %d 秒", "%d min %d s"},
	AlertText + "hours":            {"%d 小时 %d 分", "%d h %d min"},
	AlertText + "days":             {"%d 天 %d 小时", "%d d %d h"},
}
