# 按 sites.tsv 生成（go generate），部署后在副本中填写真实值 / generated from sites.tsv; fill in a copy of it

variable "wusutu_gateway" {
  default = "198.18.52.1"
}
variable "wusutu_gateway6" {
  default = "2001:db8:52::1"
}

site "wusutu" {
  name     = "乌素图街道"
  kind     = "town"
  parent   = "hub"
  code     = "150204008"
  owner    = "gongxinkeju"
  gateways = [var.wusutu_gateway, var.wusutu_gateway6]
  prefixes = ["198.18.52.0/24", "2001:db8:52::/48"]
  profiles = ["site", "services", "window"]

  check "icmp" "uplink" {
    target = var.hub_gateway
    link   = "hub-wusutu"
  }
  check "icmp" "uplink-v6" {
    target = var.hub_gateway6
    link   = "hub-wusutu"
  }
}

link "hub-wusutu" {
  name    = "区级节点至乌素图街道"
  between = ["hub", "wusutu"]
  tier    = "town"
  circuit "main" {
  }
}

# 每行一个：v4、v6 是网段的开头，access 是接入方式，demand 是否已提出接入需求
# One a line: v4 and v6 begin its networks; demand says whether it asked to be connected
variable "wusutu" {
  default = {
    limin = { name = "利民社区", code = "150204008012", v4 = "198.18.53", v6 = "2001:db8:53", access = "fiber", demand = false, profiles = ["site", "services"] }
    jianhua = { name = "建华社区", code = "150204008015", v4 = "198.18.54", v6 = "2001:db8:54", access = "fiber", demand = false, profiles = ["site", "services"] }
    changzheng = { name = "长征社区", code = "150204008016", v4 = "198.18.55", v6 = "2001:db8:55", access = "fiber", demand = false, profiles = ["site", "services"] }
  }
}

site "wusutu" {
  for_each = var.wusutu
  id       = each.key
  name     = each.value.name
  kind     = "community"
  parent   = "wusutu"
  code     = each.value.code
  owner    = "gongxinkeju"
  access   = each.value.access
  demand   = each.value.demand
  gateways = ["${each.value.v4}.1", "${each.value.v6}::1"]
  prefixes = ["${each.value.v4}.0/24", "${each.value.v6}::/48"]
  profiles = each.value.profiles

  check "icmp" "uplink" {
    target = var.wusutu_gateway
    link   = "wusutu-${each.key}"
  }
  check "icmp" "uplink-v6" {
    target = var.wusutu_gateway6
    link   = "wusutu-${each.key}"
  }
}

link "wusutu" {
  for_each = var.wusutu
  name     = "乌素图街道至${each.value.name}"
  between  = ["wusutu", each.key]
  tier     = "village"
  demand   = each.value.demand
  circuit "main" {
    access = each.value.access
  }
}
