# 按 sites.tsv 生成（go generate），部署后在副本中填写真实值 / generated from sites.tsv; fill in a copy of it

variable "qingfu_gateway" {
  default = "198.18.56.1"
}
variable "qingfu_gateway6" {
  default = "2001:db8:56::1"
}

site "qingfu" {
  name     = "青福镇"
  kind     = "town"
  parent   = "hub"
  code     = "150204100"
  owner    = "gongxinkeju"
  gateways = [var.qingfu_gateway, var.qingfu_gateway6]
  prefixes = ["198.18.56.0/24", "2001:db8:56::/48"]
  profiles = ["site", "services", "window"]

  check "icmp" "uplink" {
    target = var.hub_gateway
    link   = "hub-qingfu"
  }
  check "icmp" "uplink-v6" {
    target = var.hub_gateway6
    link   = "hub-qingfu"
  }
}

link "hub-qingfu" {
  name    = "区级节点至青福镇"
  between = ["hub", "qingfu"]
  tier    = "town"
  circuit "main" {
  }
}

# 每行一个：v4、v6 是网段的开头，access 是接入方式，demand 是否已提出接入需求
# One a line: v4 and v6 begin its networks; demand says whether it asked to be connected
variable "qingfu" {
  default = {
    qingdong = { name = "青东社区", code = "150204100001", v4 = "198.18.57", v6 = "2001:db8:57", access = "fiber", demand = false, profiles = ["site", "services"] }
    baoli = { name = "保利社区", code = "150204100003", v4 = "198.18.58", v6 = "2001:db8:58", access = "fiber", demand = false, profiles = ["site", "services"] }
    saihan = { name = "赛罕社区", code = "150204100004", v4 = "198.18.59", v6 = "2001:db8:59", access = "fiber", demand = false, profiles = ["site", "services"] }
    wanjun = { name = "万郡社区", code = "150204100005", v4 = "198.18.60", v6 = "2001:db8:60", access = "fiber", demand = false, profiles = ["site", "services"] }
    qingbei = { name = "青北社区", code = "150204100006", v4 = "198.18.61", v6 = "2001:db8:61", access = "fiber", demand = false, profiles = ["site", "services"] }
    yinhai = { name = "银海社区", code = "150204100007", v4 = "198.18.62", v6 = "2001:db8:62", access = "fiber", demand = false, profiles = ["site", "services"] }
    mingfeng = { name = "铭峰社区", code = "150204100008", v4 = "198.18.63", v6 = "2001:db8:63", access = "fiber", demand = false, profiles = ["site", "services"] }
    changfu = { name = "昌福村", code = "150204100200", v4 = "198.18.64", v6 = "2001:db8:64", access = "fiber", demand = false, profiles = ["site", "services", "village"] }
    zhaojiayingzi = { name = "赵家营子村", code = "150204100201", v4 = "198.18.65", v6 = "2001:db8:65", access = "fiber", demand = false, profiles = ["site", "services", "village"] }
    zhaojiadian = { name = "赵家店村", code = "150204100202", v4 = "198.18.66", v6 = "2001:db8:66", access = "fiber", demand = false, profiles = ["site", "services", "village"] }
    yinjiangyaozi = { name = "银匠窑子村", code = "150204100203", v4 = "198.18.67", v6 = "2001:db8:67", access = "fiber", demand = false, profiles = ["site", "services", "village"] }
    erhaihao = { name = "二海壕村", code = "150204100204", v4 = "198.18.68", v6 = "2001:db8:68", access = "fiber", demand = false, profiles = ["site", "services", "village"] }
    seqiwan = { name = "色气湾村", code = "150204100205", v4 = "198.18.69", v6 = "2001:db8:69", access = "fiber", demand = false, profiles = ["site", "services", "village"] }
  }
}

site "qingfu" {
  for_each = var.qingfu
  id       = each.key
  name     = each.value.name
  kind     = "community"
  parent   = "qingfu"
  code     = each.value.code
  owner    = "gongxinkeju"
  access   = each.value.access
  demand   = each.value.demand
  gateways = ["${each.value.v4}.1", "${each.value.v6}::1"]
  prefixes = ["${each.value.v4}.0/24", "${each.value.v6}::/48"]
  profiles = each.value.profiles

  check "icmp" "uplink" {
    target = var.qingfu_gateway
    link   = "qingfu-${each.key}"
  }
  check "icmp" "uplink-v6" {
    target = var.qingfu_gateway6
    link   = "qingfu-${each.key}"
  }
}

link "qingfu" {
  for_each = var.qingfu
  name     = "青福镇至${each.value.name}"
  between  = ["qingfu", each.key]
  tier     = "village"
  demand   = each.value.demand
  circuit "main" {
    access = each.value.access
  }
}
