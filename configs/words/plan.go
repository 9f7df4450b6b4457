package words

// Sentences of the planned load. Arguments are texts.
const (
	PlanHead    = "plan.head"
	PlanService = "plan.service" // requests a minute, sites, name, id
	PlanSite    = "plan.site"    // kbit/s, GB a month, name, id

	PlanServiceAbove = "plan.service_above" // name, id, requests a minute, sites, limit
	PlanSiteAbove    = "plan.site_above"    // name, id, kbit/s, limit
)

var planWords = map[string][2]string{
	PlanHead:    {"计划负载（平稳时，含待登记的检查，估计值）：", "planned load (in steady state, with checks that wait for an address, estimated):"},
	PlanService: {"  系统 %[4]s（%[3]s）：每分钟 %[1]s 次请求，来自 %[2]s 个站点", "  service %[4]s (%[3]s): %[1]s requests a minute, from %[2]s sites"},
	PlanServiceAbove: {
		"计划负载过高：系统 %[1]s（%[2]s）平稳时每分钟将收到 %[3]s 次请求，来自 %[4]s 个站点（应不超过 %[5]s 次）：请加大其检查的间隔或减少观测站点；确需如此，在 load 块中调高 requests_per_minute",
		"the planned load is too high: the service %[1]s (%[2]s) would get %[3]s requests a minute in steady state, from %[4]s sites, want at most %[5]s: make the intervals of its checks longer or let fewer sites look; where it has to be, raise requests_per_minute in the block load"},
	PlanSiteAbove: {
		"计划负载过高：站点 %[1]s（%[2]s）的检查平稳时将占用线路 %[3]s kbit/s（应不超过 %[4]s kbit/s）：请加大其检查的间隔；确需如此，在 load 块中调高 line",
		"the planned load is too high: the checks of site %[1]s (%[2]s) would take %[3]s kbit/s of its line in steady state, want at most %[4]s kbit/s: make their intervals longer; where it has to be, raise line in the block load"},
	PlanSite: {"  站点 %[4]s（%[3]s）：线路 %[1]s kbit/s，每月 %[2]s GB", "  site %[4]s (%[3]s): %[1]s kbit/s of its line, %[2]s GB a month"},
}
