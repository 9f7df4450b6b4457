package words

// Refused is the prefix of why single results were not stored, or not wholly.
const Refused = "refused."

// Refusals of whole calls by the collector's ingest; the key ends in the code.
var ingestWords = map[string][2]string{
	Refused + "clock":               {"时间不可能", "their time is impossible"},
	Refused + "value":               {"数值无效", "a value is no number"},
	Refused + "key":                 {"行的名称无效", "the key of a row is not valid"},
	Refused + "rows":                {"行数过多或格式错误", "too many rows, or broken ones"},
	Refused + "findings":            {"发现项过多或格式错误", "too many findings, or broken ones"},
	Refused + "check_unknown":       {"本站点没有该项检查", "the site has no such check"},
	Refused + "kind_unknown":        {"检查类型不符", "they are of another kind than the check"},
	Refused + "measurement_unknown": {"采集中心不认识该测量项，请升级采集中心", "the collector does not know a measurement: upgrade it"},
	Refused + "series_limit":        {"站点的序列数已达上限", "the site has all the series that it may have"},
	Refused + "revision_unknown":    {"对应的配置版本已不存在", "their revision is not known any more"},
	Refused + "broken":              {"内容无法解码", "they cannot be decoded"},
	Refused + "sample":              {"历史库未接受", "the history did not take them"},

	"ingest.superseded": {
		"本站点已有更新的探针进程在上报，本进程的数据被拒收（仍保存在本机）；若同一身份被复制到两台机器，请停用其中一台",
		"a newer process of this site's agent is reporting; what this one sends is refused and stays on its disk; if two machines share one identity, switch one of them off",
	},
	"ingest.clone": {
		"两台机器使用站点 %[1]s 的同一身份，双方的数据均被拒收（仍各自保存在本机）；请停用其中一台，再在采集中心执行 fengsui-collector agent keep %[1]s 实例号，或为其中一台重新登记",
		"two machines have the identity of site %[1]s; what either sends is refused and stays on its disk; switch one of them off, then run fengsui-collector agent keep %[1]s INSTANCE at the collector, or enrol one of them anew",
	},
	"ingest.hello_first": {
		"尚未收到本进程的 Hello，请先发送 Hello 再上报",
		"this process has not said Hello yet: say Hello, then push",
	},
	"ingest.protocol_unknown": {
		"探针使用的协议版本为 %d，采集中心支持的版本为 %d，请升级探针或采集中心",
		"the agent speaks protocol %d, the collector speaks %d: upgrade the older one",
	},
	"ingest.too_large": {
		"一次上报含 %d 个 %s，超过上限 %d，请减少每次的批数",
		"the push holds %d %s, at most %d are taken: send fewer batches at a time",
	},
	"ingest.broken": {
		"请求内容有误：%s，未接收任何数据",
		"the request is broken: %s; nothing of it was taken",
	},
	"ingest.stopping": {
		"采集中心正在停止或无法写盘，未确认任何数据，请稍后重试",
		"the collector is stopping or cannot write to its disk; nothing was acknowledged, try again later",
	},
}
