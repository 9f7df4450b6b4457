# 按 sites.tsv 生成（go generate），部署后在副本中填写真实值 / generated from sites.tsv; fill in a copy of it

variable "xingsheng_gateway" {
  default = "198.18.70.1"
}
variable "xingsheng_gateway6" {
  default = "2001:db8:70::1"
}

site "xingsheng" {
  name     = "兴胜镇"
  kind     = "town"
  parent   = "hub"
  code     = "150204101"
  owner    = "gongxinkeju"
  gateways = [var.xingsheng_gateway, var.xingsheng_gateway6]
  prefixes = ["198.18.70.0/24", "2001:db8:70::/48"]
  profiles = ["site", "services", "window"]

  check "icmp" "uplink" {
    target = var.hub_gateway
    link   = "hub-xingsheng"
  }
  check "icmp" "uplink-v6" {
    target = var.hub_gateway6
    link   = "hub-xingsheng"
  }
}

link "hub-xingsheng" {
  name    = "区级节点至兴胜镇"
  between = ["hub", "xingsheng"]
  tier    = "town"
  circuit "main" {
  }
}

# 每行一个：v4、v6 是网段的开头，access 是接入方式，demand 是否已提出接入需求
# One a line: v4 and v6 begin its networks; demand says whether it asked to be connected
variable "xingsheng" {
  default = {
    songshi = { name = "松石社区", code = "150204101001", v4 = "198.18.71", v6 = "2001:db8:71", access = "fiber", demand = false, profiles = ["site", "services"] }
    zhongcheng = { name = "中城社区", code = "150204101002", v4 = "198.18.72", v6 = "2001:db8:72", access = "fiber", demand = false, profiles = ["site", "services"] }
    sidaoshahe = { name = "四道沙河村", code = "150204101200", v4 = "198.18.73", v6 = "2001:db8:73", access = "fiber", demand = false, profiles = ["site", "services", "village"] }
    yongheyaozi = { name = "永和窑子村", code = "150204101201", v4 = "198.18.74", v6 = "2001:db8:74", access = "fiber", demand = false, profiles = ["site", "services", "village"] }
    yangshanyaozi = { name = "羊山窑子村", code = "150204101202", v4 = "198.18.75", v6 = "2001:db8:75", access = "fiber", demand = false, profiles = ["site", "services", "village"] }
    shaerqingyaozi = { name = "沙尔庆窑子村", code = "150204101203", v4 = "198.18.76", v6 = "2001:db8:76", access = "fiber", demand = false, profiles = ["site", "services", "village"] }
    hongqingde = { name = "宏庆德村", code = "150204101204", v4 = "198.18.77", v6 = "2001:db8:77", access = "fiber", demand = false, profiles = ["site", "services", "village"] }
    poluopu = { name = "笸箩铺村", code = "150204101205", v4 = "198.18.78", v6 = "2001:db8:78", access = "fiber", demand = false, profiles = ["site", "services", "village"] }
    wanglaoda = { name = "王老大村", code = "150204101206", v4 = "198.18.79", v6 = "2001:db8:79", access = "fiber", demand = false, profiles = ["site", "services", "village"] }
    dingdulonggui = { name = "顶独龙贵村", code = "150204101207", v4 = "198.18.80", v6 = "2001:db8:80", access = "fiber", demand = false, profiles = ["site", "services", "village"] }
    xingshengyaozi = { name = "兴胜窑子村", code = "150204101208", v4 = "198.18.81", v6 = "2001:db8:81", access = "fiber", demand = false, profiles = ["site", "services", "village"] }
    dongdagou = { name = "东达沟村", code = "150204101209", v4 = "198.18.82", v6 = "2001:db8:82", access = "fiber", demand = false, profiles = ["site", "services", "village"] }
    xibianqiang = { name = "西边墙村", code = "150204101210", v4 = "198.18.83", v6 = "2001:db8:83", access = "fiber", demand = false, profiles = ["site", "services", "village"] }
    houyingzi = { name = "后营子村", code = "150204101211", v4 = "198.18.84", v6 = "2001:db8:84", access = "fiber", demand = false, profiles = ["site", "services", "village"] }
    wangyingji = { name = "王应基村", code = "150204101212", v4 = "198.18.85", v6 = "2001:db8:85", access = "fiber", demand = false, profiles = ["site", "services", "village"] }
    erxianggong = { name = "二相公村", code = "150204101213", v4 = "198.18.86", v6 = "2001:db8:86", access = "fiber", demand = false, profiles = ["site", "services", "village"] }
    dangpuyaozi = { name = "当铺窑子村", code = "150204101217", v4 = "198.18.87", v6 = "2001:db8:87", access = "fiber", demand = false, profiles = ["site", "services", "village"] }
  }
}

site "xingsheng" {
  for_each = var.xingsheng
  id       = each.key
  name     = each.value.name
  kind     = "community"
  parent   = "xingsheng"
  code     = each.value.code
  owner    = "gongxinkeju"
  access   = each.value.access
  demand   = each.value.demand
  gateways = ["${each.value.v4}.1", "${each.value.v6}::1"]
  prefixes = ["${each.value.v4}.0/24", "${each.value.v6}::/48"]
  profiles = each.value.profiles

  check "icmp" "uplink" {
    target = var.xingsheng_gateway
    link   = "xingsheng-${each.key}"
  }
  check "icmp" "uplink-v6" {
    target = var.xingsheng_gateway6
    link   = "xingsheng-${each.key}"
  }
}

link "xingsheng" {
  for_each = var.xingsheng
  name     = "兴胜镇至${each.value.name}"
  between  = ["xingsheng", each.key]
  tier     = "village"
  demand   = each.value.demand
  circuit "main" {
    access = each.value.access
  }
}
