# 按 sites.tsv 生成（go generate），部署后在副本中填写真实值 / generated from sites.tsv; fill in a copy of it

variable "zhuangbeiyuan_gateway" {
  default = "198.18.88.1"
}
variable "zhuangbeiyuan_gateway6" {
  default = "2001:db8:88::1"
}

site "zhuangbeiyuan" {
  name     = "装备制造产业园区"
  kind     = "town"
  parent   = "hub"
  code     = "150204401"
  owner    = "gongxinkeju"
  gateways = [var.zhuangbeiyuan_gateway, var.zhuangbeiyuan_gateway6]
  prefixes = ["198.18.88.0/24", "2001:db8:88::/48"]
  profiles = ["site", "services", "window"]

  check "icmp" "uplink" {
    target = var.hub_gateway
    link   = "hub-zhuangbeiyuan"
  }
  check "icmp" "uplink-v6" {
    target = var.hub_gateway6
    link   = "hub-zhuangbeiyuan"
  }
}

link "hub-zhuangbeiyuan" {
  name    = "区级节点至装备制造产业园区"
  between = ["hub", "zhuangbeiyuan"]
  tier    = "town"
  circuit "main" {
  }
}

# 每行一个：v4、v6 是网段的开头，access 是接入方式，demand 是否已提出接入需求
# One a line: v4 and v6 begin its networks; demand says whether it asked to be connected
variable "zhuangbeiyuan" {
  default = {
    zhuangbeiyuan-v = { name = "装备制造产业园区虚拟社区", code = "150204401498", v4 = "198.18.89", v6 = "2001:db8:89", access = "fiber", demand = false, profiles = ["site", "services"] }
  }
}

site "zhuangbeiyuan" {
  for_each = var.zhuangbeiyuan
  id       = each.key
  name     = each.value.name
  kind     = "community"
  parent   = "zhuangbeiyuan"
  code     = each.value.code
  owner    = "gongxinkeju"
  access   = each.value.access
  demand   = each.value.demand
  gateways = ["${each.value.v4}.1", "${each.value.v6}::1"]
  prefixes = ["${each.value.v4}.0/24", "${each.value.v6}::/48"]
  profiles = each.value.profiles

  check "icmp" "uplink" {
    target = var.zhuangbeiyuan_gateway
    link   = "zhuangbeiyuan-${each.key}"
  }
  check "icmp" "uplink-v6" {
    target = var.zhuangbeiyuan_gateway6
    link   = "zhuangbeiyuan-${each.key}"
  }
}

link "zhuangbeiyuan" {
  for_each = var.zhuangbeiyuan
  name     = "装备制造产业园区至${each.value.name}"
  between  = ["zhuangbeiyuan", each.key]
  tier     = "village"
  demand   = each.value.demand
  circuit "main" {
    access = each.value.access
  }
}
