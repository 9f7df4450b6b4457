# 按 sites.tsv 生成（go generate），部署后在副本中填写真实值 / generated from sites.tsv; fill in a copy of it

variable "xianfengdao_gateway" {
  default = "198.18.1.1"
}
variable "xianfengdao_gateway6" {
  default = "2001:db8:1::1"
}

site "xianfengdao" {
  name     = "先锋道街道"
  kind     = "town"
  parent   = "hub"
  code     = "150204001"
  owner    = "gongxinkeju"
  gateways = [var.xianfengdao_gateway, var.xianfengdao_gateway6]
  prefixes = ["198.18.1.0/24", "2001:db8:1::/48"]
  profiles = ["site", "services", "window"]

  check "icmp" "uplink" {
    target = var.hub_gateway
    link   = "hub-xianfengdao"
  }
  check "icmp" "uplink-v6" {
    target = var.hub_gateway6
    link   = "hub-xianfengdao"
  }
}

link "hub-xianfengdao" {
  name    = "区级节点至先锋道街道"
  between = ["hub", "xianfengdao"]
  tier    = "town"
  circuit "main" {
  }
}

# 每行一个：v4、v6 是网段的开头，access 是接入方式，demand 是否已提出接入需求
# One a line: v4 and v6 begin its networks; demand says whether it asked to be connected
variable "xianfengdao" {
  default = {
    beijia = { name = "北嘉社区", code = "150204001021", v4 = "198.18.2", v6 = "2001:db8:2", access = "fiber", demand = false, profiles = ["site", "services"] }
    qingyuan = { name = "青园社区", code = "150204001022", v4 = "198.18.3", v6 = "2001:db8:3", access = "fiber", demand = false, profiles = ["site", "services"] }
    hada = { name = "哈达社区", code = "150204001023", v4 = "198.18.4", v6 = "2001:db8:4", access = "fiber", demand = false, profiles = ["site", "services"] }
    guangrong = { name = "光荣社区", code = "150204001024", v4 = "198.18.5", v6 = "2001:db8:5", access = "fiber", demand = false, profiles = ["site", "services"] }
  }
}

site "xianfengdao" {
  for_each = var.xianfengdao
  id       = each.key
  name     = each.value.name
  kind     = "community"
  parent   = "xianfengdao"
  code     = each.value.code
  owner    = "gongxinkeju"
  access   = each.value.access
  demand   = each.value.demand
  gateways = ["${each.value.v4}.1", "${each.value.v6}::1"]
  prefixes = ["${each.value.v4}.0/24", "${each.value.v6}::/48"]
  profiles = each.value.profiles

  check "icmp" "uplink" {
    target = var.xianfengdao_gateway
    link   = "xianfengdao-${each.key}"
  }
  check "icmp" "uplink-v6" {
    target = var.xianfengdao_gateway6
    link   = "xianfengdao-${each.key}"
  }
}

link "xianfengdao" {
  for_each = var.xianfengdao
  name     = "先锋道街道至${each.value.name}"
  between  = ["xianfengdao", each.key]
  tier     = "village"
  demand   = each.value.demand
  circuit "main" {
    access = each.value.access
  }
}
