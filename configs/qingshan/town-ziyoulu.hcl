# 按 sites.tsv 生成（go generate），部署后在副本中填写真实值 / generated from sites.tsv; fill in a copy of it

variable "ziyoulu_gateway" {
  default = "198.18.44.1"
}
variable "ziyoulu_gateway6" {
  default = "2001:db8:44::1"
}

site "ziyoulu" {
  name     = "自由路街道"
  kind     = "town"
  parent   = "hub"
  code     = "150204007"
  owner    = "gongxinkeju"
  gateways = [var.ziyoulu_gateway, var.ziyoulu_gateway6]
  prefixes = ["198.18.44.0/24", "2001:db8:44::/48"]
  profiles = ["site", "services", "window"]

  check "icmp" "uplink" {
    target = var.hub_gateway
    link   = "hub-ziyoulu"
  }
  check "icmp" "uplink-v6" {
    target = var.hub_gateway6
    link   = "hub-ziyoulu"
  }
}

link "hub-ziyoulu" {
  name    = "区级节点至自由路街道"
  between = ["hub", "ziyoulu"]
  tier    = "town"
  circuit "main" {
  }
}

# 每行一个：v4、v6 是网段的开头，access 是接入方式，demand 是否已提出接入需求
# One a line: v4 and v6 begin its networks; demand says whether it asked to be connected
variable "ziyoulu" {
  default = {
    oulu = { name = "欧鹿社区", code = "150204007011", v4 = "198.18.45", v6 = "2001:db8:45", access = "fiber", demand = false, profiles = ["site", "services"] }
    guanghui = { name = "光辉社区", code = "150204007015", v4 = "198.18.46", v6 = "2001:db8:46", access = "fiber", demand = false, profiles = ["site", "services"] }
    guangming = { name = "光明社区", code = "150204007024", v4 = "198.18.47", v6 = "2001:db8:47", access = "fiber", demand = false, profiles = ["site", "services"] }
    xueyuan = { name = "学院社区", code = "150204007025", v4 = "198.18.48", v6 = "2001:db8:48", access = "fiber", demand = false, profiles = ["site", "services"] }
    huzhu = { name = "互助社区", code = "150204007026", v4 = "198.18.49", v6 = "2001:db8:49", access = "fiber", demand = false, profiles = ["site", "services"] }
    minzhu = { name = "民主社区", code = "150204007027", v4 = "198.18.50", v6 = "2001:db8:50", access = "fiber", demand = false, profiles = ["site", "services"] }
    wenchang = { name = "文昌社区", code = "150204007028", v4 = "198.18.51", v6 = "2001:db8:51", access = "fiber", demand = false, profiles = ["site", "services"] }
  }
}

site "ziyoulu" {
  for_each = var.ziyoulu
  id       = each.key
  name     = each.value.name
  kind     = "community"
  parent   = "ziyoulu"
  code     = each.value.code
  owner    = "gongxinkeju"
  access   = each.value.access
  demand   = each.value.demand
  gateways = ["${each.value.v4}.1", "${each.value.v6}::1"]
  prefixes = ["${each.value.v4}.0/24", "${each.value.v6}::/48"]
  profiles = each.value.profiles

  check "icmp" "uplink" {
    target = var.ziyoulu_gateway
    link   = "ziyoulu-${each.key}"
  }
  check "icmp" "uplink-v6" {
    target = var.ziyoulu_gateway6
    link   = "ziyoulu-${each.key}"
  }
}

link "ziyoulu" {
  for_each = var.ziyoulu
  name     = "自由路街道至${each.value.name}"
  between  = ["ziyoulu", each.key]
  tier     = "village"
  demand   = each.value.demand
  circuit "main" {
    access = each.value.access
  }
}
