package words

// Sentences about contacts and carriers.
const (
	ContactNode    = "contact.node"    // as written
	ContactCircuit = "contact.circuit" // as written
	ContactTwice   = "contact.twice"   // line of the first
	ContactLong    = "contact.long"    // bound
	ContactRepair  = "contact.repair"  // as written

	ContactsImported = "contact.imported"         // rows, added, changed, removed
	CarriersImported = "contact.carrier_imported" // rows, added, changed, removed
	ContactsEmpty    = "contact.empty"
)

var contactWords = map[string][2]string{
	ContactNode:    {"清单中没有 %s，应写成种类加点加标识，例如 site.qingfu、unit.caizheng、link.hub-qingfu", "%s is nothing of the inventory, want its kind, a dot and its id: site.qingfu, unit.caizheng, link.hub-qingfu"},
	ContactCircuit: {"清单中没有 %s 这条电路，应写成“链路/电路”，例如 hub-qingfu/telecom", "%s is no circuit of the inventory, want LINK/CIRCUIT such as hub-qingfu/telecom"},
	ContactTwice:   {"与第 %s 行重复，请只留一行", "this is the same as line %s; keep one of the two"},
	ContactLong:    {"内容应为一行，不超过 %s 个字", "want one line of at most %s characters"},
	ContactRepair:  {"承诺修复时间 %s 应写成“4小时”、“90分钟”或“2天”", "the promised time is %s, want one such as 4h, 90m or 2d"},

	ContactsImported: {"已导入联系人 %d 条：新增 %d，修改 %d，删除 %d", "imported %d contacts: %d new, %d changed, %d removed"},
	CarriersImported: {"已导入运营商信息 %d 条：新增 %d，修改 %d，删除 %d", "imported %d carriers: %d new, %d changed, %d removed"},
	ContactsEmpty:    {"表中只有表头，没有一行内容；导入会删去现有全部内容，请核对文件（确需清空时加 --clear）", "the table has heads and no row, and would remove everything there is; look at the file (--clear removes everything)"},
}
