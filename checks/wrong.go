package checks

// ReasonOptionsWrong is the verdict of a check that was assigned with options
// or a target that its kind does not take: nothing was looked at.
var ReasonOptionsWrong = Declaration{"options_wrong", Unable, []string{"target", "seen"},
	"检查 {target} 的参数有误，未执行：{seen}（应为：修改采集中心的配置，或升级本站点的探针）",
	"the check of {target} was not run, its options are wrong: {seen}; correct the collector's configuration or upgrade this site's agent"}
