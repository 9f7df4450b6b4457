package checks

// ReasonKindUnknown is the verdict of a check whose kind the agent, being of
// an older release than the collector, does not have: nothing was looked at.
var ReasonKindUnknown = Declaration{"kind_unknown", Unable, []string{"target", "kind"},
	"本站点的探针没有 {kind} 这类检查，未查看 {target}（应为：升级本站点的探针）",
	"this site's agent has no checks of kind {kind}, so {target} was not looked at; upgrade this site's agent"}

// ReasonOptionsWrong is the verdict of a check that was assigned with options
// or a target that its kind does not take: nothing was looked at.
var ReasonOptionsWrong = Declaration{"options_wrong", Unable, []string{"target", "seen"},
	"检查 {target} 的参数有误，未执行：{seen}（应为：修改采集中心的配置，或升级本站点的探针）",
	"the check of {target} was not run, its options are wrong: {seen}; correct the collector's configuration or upgrade this site's agent"}

// ReasonSecretMissing is the verdict of a check whose secret this agent has
// not got: nothing was looked at.
var ReasonSecretMissing = Declaration{"secret_missing", Unable, []string{"target", "secret"},
	"本站点没有密钥 {secret}，未查看 {target}（应为：采集中心已配置该密钥，本站点联系上采集中心后即可得到）",
	"this site has no secret {secret}, so {target} was not looked at; want it configured at the collector, which tells it at the next contact"}

// ReasonSecretWrong is the verdict of a check whose secret is not of the form
// that its kind takes: nothing was looked at. It never repeats the secret.
var ReasonSecretWrong = Declaration{"secret_wrong", Unable, []string{"target", "secret", "seen"},
	"密钥 {secret} 的内容不可用，未查看 {target}：{seen}（应为：按手册的格式修改该密钥）",
	"the secret {secret} cannot be used, so {target} was not looked at: {seen}; write it as the manual of the kind says"}
