# 按 sites.tsv 生成（go generate），部署后在副本中填写真实值 / generated from sites.tsv; fill in a copy of it

variable "fuqianglu_gateway" {
  default = "198.18.20.1"
}
variable "fuqianglu_gateway6" {
  default = "2001:db8:20::1"
}

site "fuqianglu" {
  name     = "富强路街道"
  kind     = "town"
  parent   = "hub"
  code     = "150204004"
  owner    = "gongxinkeju"
  gateways = [var.fuqianglu_gateway, var.fuqianglu_gateway6]
  prefixes = ["198.18.20.0/24", "2001:db8:20::/48"]
  profiles = ["site", "services", "window"]

  check "icmp" "uplink" {
    target = var.hub_gateway
    link   = "hub-fuqianglu"
  }
  check "icmp" "uplink-v6" {
    target = var.hub_gateway6
    link   = "hub-fuqianglu"
  }
}

link "hub-fuqianglu" {
  name    = "区级节点至富强路街道"
  between = ["hub", "fuqianglu"]
  tier    = "town"
  circuit "main" {
  }
}

# 每行一个：v4、v6 是网段的开头，access 是接入方式，demand 是否已提出接入需求
# One a line: v4 and v6 begin its networks; demand says whether it asked to be connected
variable "fuqianglu" {
  default = {
    jinlin = { name = "锦林社区", code = "150204004031", v4 = "198.18.21", v6 = "2001:db8:21", access = "fiber", demand = false, profiles = ["site", "services"] }
    fengchan = { name = "丰产社区", code = "150204004032", v4 = "198.18.22", v6 = "2001:db8:22", access = "fiber", demand = false, profiles = ["site", "services"] }
    furun = { name = "富润社区", code = "150204004034", v4 = "198.18.23", v6 = "2001:db8:23", access = "fiber", demand = false, profiles = ["site", "services"] }
    fuyuan = { name = "富源社区", code = "150204004035", v4 = "198.18.24", v6 = "2001:db8:24", access = "fiber", demand = false, profiles = ["site", "services"] }
    fuda = { name = "富达社区", code = "150204004036", v4 = "198.18.25", v6 = "2001:db8:25", access = "fiber", demand = false, profiles = ["site", "services"] }
    furao = { name = "富饶社区", code = "150204004037", v4 = "198.18.26", v6 = "2001:db8:26", access = "fiber", demand = false, profiles = ["site", "services"] }
  }
}

site "fuqianglu" {
  for_each = var.fuqianglu
  id       = each.key
  name     = each.value.name
  kind     = "community"
  parent   = "fuqianglu"
  code     = each.value.code
  owner    = "gongxinkeju"
  access   = each.value.access
  demand   = each.value.demand
  gateways = ["${each.value.v4}.1", "${each.value.v6}::1"]
  prefixes = ["${each.value.v4}.0/24", "${each.value.v6}::/48"]
  profiles = each.value.profiles

  check "icmp" "uplink" {
    target = var.fuqianglu_gateway
    link   = "fuqianglu-${each.key}"
  }
  check "icmp" "uplink-v6" {
    target = var.fuqianglu_gateway6
    link   = "fuqianglu-${each.key}"
  }
}

link "fuqianglu" {
  for_each = var.fuqianglu
  name     = "富强路街道至${each.value.name}"
  between  = ["fuqianglu", each.key]
  tier     = "village"
  demand   = each.value.demand
  circuit "main" {
    access = each.value.access
  }
}
