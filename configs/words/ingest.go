package words

// Refusals of whole calls by the collector's ingest; the key ends in the code.
var ingestWords = map[string][2]string{
	"ingest.superseded": {
		"本站点已有更新的代理进程在上报，本进程的数据被拒收（仍保存在本机）；若同一身份被复制到两台机器，请停用其中一台",
		"a newer process of this site's agent is reporting; what this one sends is refused and stays on its disk; if two machines share one identity, switch one of them off",
	},
	"ingest.hello_first": {
		"尚未收到本进程的 Hello，请先发送 Hello 再上报",
		"this process has not said Hello yet: say Hello, then push",
	},
	"ingest.protocol_unknown": {
		"代理使用的协议版本为 %d，采集中心支持的版本为 %d，请升级代理或采集中心",
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
