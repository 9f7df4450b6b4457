# 按 sites.tsv 生成（go generate），部署后在副本中填写真实值 / generated from sites.tsv; fill in a copy of it

variable "wanqinglu_gateway" {
  default = "198.18.11.1"
}
variable "wanqinglu_gateway6" {
  default = "2001:db8:11::1"
}

site "wanqinglu" {
  name     = "万青路街道"
  kind     = "town"
  parent   = "hub"
  code     = "150204003"
  owner    = "gongxinkeju"
  gateways = [var.wanqinglu_gateway, var.wanqinglu_gateway6]
  prefixes = ["198.18.11.0/24", "2001:db8:11::/48"]
  profiles = ["site", "services", "window"]

  check "icmp" "uplink" {
    target = var.hub_gateway
    link   = "hub-wanqinglu"
  }
  check "icmp" "uplink-v6" {
    target = var.hub_gateway6
    link   = "hub-wanqinglu"
  }
}

link "hub-wanqinglu" {
  name    = "区级节点至万青路街道"
  between = ["hub", "wanqinglu"]
  tier    = "town"
  circuit "main" {
  }
}

# 每行一个：v4、v6 是网段的开头，access 是接入方式，demand 是否已提出接入需求
# One a line: v4 and v6 begin its networks; demand says whether it asked to be connected
variable "wanqinglu" {
  default = {
    zhenhua = { name = "振华社区", code = "150204003005", v4 = "198.18.12", v6 = "2001:db8:12", access = "fiber", demand = false, profiles = ["site", "services"] }
    wuyi = { name = "五一社区", code = "150204003011", v4 = "198.18.13", v6 = "2001:db8:13", access = "fiber", demand = false, profiles = ["site", "services"] }
    yucai = { name = "育才社区", code = "150204003012", v4 = "198.18.14", v6 = "2001:db8:14", access = "fiber", demand = false, profiles = ["site", "services"] }
    caoyuan = { name = "草原社区", code = "150204003015", v4 = "198.18.15", v6 = "2001:db8:15", access = "fiber", demand = false, profiles = ["site", "services"] }
    qingyun = { name = "青云社区", code = "150204003020", v4 = "198.18.16", v6 = "2001:db8:16", access = "fiber", demand = false, profiles = ["site", "services"] }
    xinxing = { name = "新型社区", code = "150204003021", v4 = "198.18.17", v6 = "2001:db8:17", access = "fiber", demand = false, profiles = ["site", "services"] }
    chunguang = { name = "春光社区", code = "150204003022", v4 = "198.18.18", v6 = "2001:db8:18", access = "fiber", demand = false, profiles = ["site", "services"] }
    funan = { name = "富南社区", code = "150204003023", v4 = "198.18.19", v6 = "2001:db8:19", access = "fiber", demand = false, profiles = ["site", "services"] }
  }
}

site "wanqinglu" {
  for_each = var.wanqinglu
  id       = each.key
  name     = each.value.name
  kind     = "community"
  parent   = "wanqinglu"
  code     = each.value.code
  owner    = "gongxinkeju"
  access   = each.value.access
  demand   = each.value.demand
  gateways = ["${each.value.v4}.1", "${each.value.v6}::1"]
  prefixes = ["${each.value.v4}.0/24", "${each.value.v6}::/48"]
  profiles = each.value.profiles

  check "icmp" "uplink" {
    target = var.wanqinglu_gateway
    link   = "wanqinglu-${each.key}"
  }
  check "icmp" "uplink-v6" {
    target = var.wanqinglu_gateway6
    link   = "wanqinglu-${each.key}"
  }
}

link "wanqinglu" {
  for_each = var.wanqinglu
  name     = "万青路街道至${each.value.name}"
  between  = ["wanqinglu", each.key]
  tier     = "village"
  demand   = each.value.demand
  circuit "main" {
    access = each.value.access
  }
}
