# 按 sites.tsv 生成（go generate），部署后在副本中填写真实值 / generated from sites.tsv; fill in a copy of it

variable "qingshanlu_gateway" {
  default = "198.18.36.1"
}
variable "qingshanlu_gateway6" {
  default = "2001:db8:36::1"
}

site "qingshanlu" {
  name     = "青山路街道"
  kind     = "town"
  parent   = "hub"
  code     = "150204006"
  owner    = "gongxinkeju"
  gateways = [var.qingshanlu_gateway, var.qingshanlu_gateway6]
  prefixes = ["198.18.36.0/24", "2001:db8:36::/48"]
  profiles = ["site", "services", "window"]

  check "icmp" "uplink" {
    target = var.hub_gateway
    link   = "hub-qingshanlu"
  }
  check "icmp" "uplink-v6" {
    target = var.hub_gateway6
    link   = "hub-qingshanlu"
  }
}

link "hub-qingshanlu" {
  name    = "区级节点至青山路街道"
  between = ["hub", "qingshanlu"]
  tier    = "town"
  circuit "main" {
  }
}

# 每行一个：v4、v6 是网段的开头，access 是接入方式，demand 是否已提出接入需求
# One a line: v4 and v6 begin its networks; demand says whether it asked to be connected
variable "qingshanlu" {
  default = {
    liuhecheng = { name = "六合成社区", code = "150204006009", v4 = "198.18.37", v6 = "2001:db8:37", access = "fiber", demand = false, profiles = ["site", "services"] }
    dulan = { name = "都兰社区", code = "150204006019", v4 = "198.18.38", v6 = "2001:db8:38", access = "fiber", demand = false, profiles = ["site", "services"] }
    qingshanlu-5 = { name = "青山路五号社区", code = "150204006020", v4 = "198.18.39", v6 = "2001:db8:39", access = "fiber", demand = false, profiles = ["site", "services"] }
    beixin = { name = "北新社区", code = "150204006023", v4 = "198.18.40", v6 = "2001:db8:40", access = "fiber", demand = false, profiles = ["site", "services"] }
    minzhulu-1 = { name = "民主路一号社区", code = "150204006026", v4 = "198.18.41", v6 = "2001:db8:41", access = "fiber", demand = false, profiles = ["site", "services"] }
    chaoyang = { name = "朝阳社区", code = "150204006027", v4 = "198.18.42", v6 = "2001:db8:42", access = "fiber", demand = false, profiles = ["site", "services"] }
    ziyoulu-1 = { name = "自由路一号社区", code = "150204006028", v4 = "198.18.43", v6 = "2001:db8:43", access = "fiber", demand = false, profiles = ["site", "services"] }
  }
}

site "qingshanlu" {
  for_each = var.qingshanlu
  id       = each.key
  name     = each.value.name
  kind     = "community"
  parent   = "qingshanlu"
  code     = each.value.code
  owner    = "gongxinkeju"
  access   = each.value.access
  demand   = each.value.demand
  gateways = ["${each.value.v4}.1", "${each.value.v6}::1"]
  prefixes = ["${each.value.v4}.0/24", "${each.value.v6}::/48"]
  profiles = each.value.profiles

  check "icmp" "uplink" {
    target = var.qingshanlu_gateway
    link   = "qingshanlu-${each.key}"
  }
  check "icmp" "uplink-v6" {
    target = var.qingshanlu_gateway6
    link   = "qingshanlu-${each.key}"
  }
}

link "qingshanlu" {
  for_each = var.qingshanlu
  name     = "青山路街道至${each.value.name}"
  between  = ["qingshanlu", each.key]
  tier     = "village"
  demand   = each.value.demand
  circuit "main" {
    access = each.value.access
  }
}
