package words

// TaskWhat and TaskNext are the prefixes of what a set-up task is and of what
// to do next.
const (
	TaskWhat = "task."
	TaskNext = "task_next."
)

var taskWords = map[string][2]string{
	TaskWhat + "enrol":        {"站点 %s（%s）尚未登记探针", "site %s (%s) has no agent enrolled"},
	TaskNext + "enrol":        {"在采集中心执行 fengsui-collector code %[2]s，携带一次性登记码到现场安装探针", "run fengsui-collector code %[2]s at the collector and install the agent at the site with that one-time code"},
	TaskWhat + "first_word":   {"站点 %s（%s）的探针已登记，但从未联系采集中心", "the agent of site %s (%s) is enrolled and was never heard"},
	TaskNext + "first_word":   {"在站点 %[1]s 的机器上执行 fengsui-agent status，按其提示检查电源、线路和到采集中心的端口", "run fengsui-agent status on the machine of site %[1]s and follow it: power, line, the port to the collector"},
	TaskWhat + "never_up":     {"%s（%s）到 %s 从未成功（%d 项检查）", "%s (%s) has never reached %s (%d checks)"},
	TaskNext + "never_up":     {"在 /plain 查看站点 %[1]s 的说明，核对地址和端口，请线路或系统管理方放行；不需要的检查从配置中删去", "see site %[1]s on /plain for what was seen, check the address and the port, and have them opened by whoever runs the line or the system; delete checks that are not wanted"},
	TaskWhat + "address":      {"%s（%s）的地址待登记，尚未探测", "the address of %s (%s) is still to be registered, so it is not probed"},
	TaskNext + "address":      {"向管理方取得 %[1]s 的真实地址，替换配置中的文档地址（192.0.2.0/24、198.18.0.0/15、2001:db8::/32 等）", "get the real address of %[1]s from whoever runs it and put it in the place of the documentation address (192.0.2.0/24, 198.18.0.0/15, 2001:db8::/32 and their like)"},
	TaskWhat + "budget":       {"单位 %s（%s）是否为财政预算单位未填写，接入率暂时无法计算", "whether unit %s (%s) is a budget unit is not said, so there is no access rate yet"},
	TaskNext + "budget":       {"按区财政局的预算单位名录，在单位 %[1]s 的 budget_unit 中填写", "set budget_unit of unit %[1]s by the list of the finance bureau"},
	TaskWhat + "confirmation": {"%s 的接入点 %s 没有《节点单位网络开通确认单》编号", "access point %[2]s of %[1]s has no number of its signed form of connection"},
	TaskNext + "confirmation": {"与 %[1]s 签订确认单，将编号填入接入点 %[2]s 的 confirmation", "have the form signed with %[1]s and write its number as confirmation of access point %[2]s"},
	TaskWhat + "unpolled":     {"线路 %s（%s）没有任何设备接口被采集，看不到其状态和带宽", "no interface of link %s (%s) is polled, so its state and bandwidth are not seen"},
	TaskNext + "unpolled":     {"为线路 %[1]s 的电路填写 device 和 interface，并登记该设备的 SNMP 地址", "name device and interface in a circuit of link %[1]s, and register that device's SNMP address"},

	TaskWhat + "nobody": {"未指定责任单位", "no unit in charge named"},
}
