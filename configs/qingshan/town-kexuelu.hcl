# 按 sites.tsv 生成（go generate），部署后在副本中填写真实值 / generated from sites.tsv; fill in a copy of it

variable "kexuelu_gateway" {
  default = "198.18.27.1"
}
variable "kexuelu_gateway6" {
  default = "2001:db8:27::1"
}

site "kexuelu" {
  name     = "科学路街道"
  kind     = "town"
  parent   = "hub"
  code     = "150204005"
  owner    = "gongxinkeju"
  gateways = [var.kexuelu_gateway, var.kexuelu_gateway6]
  prefixes = ["198.18.27.0/24", "2001:db8:27::/48"]
  profiles = ["site", "services", "window"]

  check "icmp" "uplink" {
    target = var.hub_gateway
    link   = "hub-kexuelu"
  }
  check "icmp" "uplink-v6" {
    target = var.hub_gateway6
    link   = "hub-kexuelu"
  }
}

link "hub-kexuelu" {
  name    = "区级节点至科学路街道"
  between = ["hub", "kexuelu"]
  tier    = "town"
  circuit "main" {
  }
}

# 每行一个：v4、v6 是网段的开头，access 是接入方式，demand 是否已提出接入需求
# One a line: v4 and v6 begin its networks; demand says whether it asked to be connected
variable "kexuelu" {
  default = {
    zhengxiang = { name = "正翔社区", code = "150204005010", v4 = "198.18.28", v6 = "2001:db8:28", access = "fiber", demand = false, profiles = ["site", "services"] }
    fangzhi = { name = "纺织社区", code = "150204005021", v4 = "198.18.29", v6 = "2001:db8:29", access = "fiber", demand = false, profiles = ["site", "services"] }
    yingbin-1 = { name = "迎宾一社区", code = "150204005024", v4 = "198.18.30", v6 = "2001:db8:30", access = "fiber", demand = false, profiles = ["site", "services"] }
    yingbin-2 = { name = "迎宾二社区", code = "150204005032", v4 = "198.18.31", v6 = "2001:db8:31", access = "fiber", demand = false, profiles = ["site", "services"] }
    kangle = { name = "康乐社区", code = "150204005033", v4 = "198.18.32", v6 = "2001:db8:32", access = "fiber", demand = false, profiles = ["site", "services"] }
    yingchun = { name = "迎春社区", code = "150204005035", v4 = "198.18.33", v6 = "2001:db8:33", access = "fiber", demand = false, profiles = ["site", "services"] }
    wangyuan = { name = "望园社区", code = "150204005036", v4 = "198.18.34", v6 = "2001:db8:34", access = "fiber", demand = false, profiles = ["site", "services"] }
    yayuan = { name = "雅园社区", code = "150204005037", v4 = "198.18.35", v6 = "2001:db8:35", access = "fiber", demand = false, profiles = ["site", "services"] }
  }
}

site "kexuelu" {
  for_each = var.kexuelu
  id       = each.key
  name     = each.value.name
  kind     = "community"
  parent   = "kexuelu"
  code     = each.value.code
  owner    = "gongxinkeju"
  access   = each.value.access
  demand   = each.value.demand
  gateways = ["${each.value.v4}.1", "${each.value.v6}::1"]
  prefixes = ["${each.value.v4}.0/24", "${each.value.v6}::/48"]
  profiles = each.value.profiles

  check "icmp" "uplink" {
    target = var.kexuelu_gateway
    link   = "kexuelu-${each.key}"
  }
  check "icmp" "uplink-v6" {
    target = var.kexuelu_gateway6
    link   = "kexuelu-${each.key}"
  }
}

link "kexuelu" {
  for_each = var.kexuelu
  name     = "科学路街道至${each.value.name}"
  between  = ["kexuelu", each.key]
  tier     = "village"
  demand   = each.value.demand
  circuit "main" {
    access = each.value.access
  }
}
