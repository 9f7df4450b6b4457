# 按 sites.tsv 生成（go generate），部署后在副本中填写真实值 / generated from sites.tsv; fill in a copy of it

variable "xingfulu_gateway" {
  default = "198.18.6.1"
}
variable "xingfulu_gateway6" {
  default = "2001:db8:6::1"
}

site "xingfulu" {
  name     = "幸福路街道"
  kind     = "town"
  parent   = "hub"
  code     = "150204002"
  owner    = "gongxinkeju"
  gateways = [var.xingfulu_gateway, var.xingfulu_gateway6]
  prefixes = ["198.18.6.0/24", "2001:db8:6::/48"]
  profiles = ["site", "services", "window"]

  check "icmp" "uplink" {
    target = var.hub_gateway
    link   = "hub-xingfulu"
  }
  check "icmp" "uplink-v6" {
    target = var.hub_gateway6
    link   = "hub-xingfulu"
  }
}

link "hub-xingfulu" {
  name    = "区级节点至幸福路街道"
  between = ["hub", "xingfulu"]
  tier    = "town"
  circuit "main" {
  }
}

# 每行一个：v4、v6 是网段的开头，access 是接入方式，demand 是否已提出接入需求
# One a line: v4 and v6 begin its networks; demand says whether it asked to be connected
variable "xingfulu" {
  default = {
    saiyin = { name = "赛音社区", code = "150204002020", v4 = "198.18.7", v6 = "2001:db8:7", access = "fiber", demand = false, profiles = ["site", "services"] }
    yangguang = { name = "阳光社区", code = "150204002021", v4 = "198.18.8", v6 = "2001:db8:8", access = "fiber", demand = false, profiles = ["site", "services"] }
    fanrong = { name = "繁荣社区", code = "150204002022", v4 = "198.18.9", v6 = "2001:db8:9", access = "fiber", demand = false, profiles = ["site", "services"] }
    xingfu = { name = "幸福社区", code = "150204002023", v4 = "198.18.10", v6 = "2001:db8:10", access = "fiber", demand = false, profiles = ["site", "services"] }
  }
}

site "xingfulu" {
  for_each = var.xingfulu
  id       = each.key
  name     = each.value.name
  kind     = "community"
  parent   = "xingfulu"
  code     = each.value.code
  owner    = "gongxinkeju"
  access   = each.value.access
  demand   = each.value.demand
  gateways = ["${each.value.v4}.1", "${each.value.v6}::1"]
  prefixes = ["${each.value.v4}.0/24", "${each.value.v6}::/48"]
  profiles = each.value.profiles

  check "icmp" "uplink" {
    target = var.xingfulu_gateway
    link   = "xingfulu-${each.key}"
  }
  check "icmp" "uplink-v6" {
    target = var.xingfulu_gateway6
    link   = "xingfulu-${each.key}"
  }
}

link "xingfulu" {
  for_each = var.xingfulu
  name     = "幸福路街道至${each.value.name}"
  between  = ["xingfulu", each.key]
  tier     = "village"
  demand   = each.value.demand
  circuit "main" {
    access = each.value.access
  }
}
