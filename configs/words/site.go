package words

// SiteKind and State are the prefixes of the names of site kinds and states:
// Text(SiteKind+"town", "zh") is 镇（街道）.
const (
	SiteKind = "site_kind."
	State    = "state."
)

var siteWords = map[string][2]string{
	SiteKind + "city":      {"市级节点", "city"},
	SiteKind + "hub":       {"区级节点", "hub"},
	SiteKind + "town":      {"镇（街道）", "town"},
	SiteKind + "community": {"社区（村）", "community"},
	SiteKind + "hall":      {"服务大厅", "hall"},

	State + "up":       {"正常", "up"},
	State + "degraded": {"劣化", "degraded"},
	State + "down":     {"中断", "down"},
	State + "unable":   {"无法判断", "unable"},
	State + "silent":   {"静默", "silent"},
	State + "unopened": {"未开通", "unopened"},
}
