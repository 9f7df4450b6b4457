# 青山区：区级节点、市级、线路等级、检查组、指标。站点在 town-*.hcl，系统在 services.hcl，
# 单位在 units.hcl。全部地址为示例地址（待登记），不会探测；怎样填写见 README.md。
# The district: hub, city, tiers, profiles, indicators. Every address is an example
# and never probed; README.md says how to fill them in.

collector {
  district = "青山区"
}

# N01 目标值、N02–N04 底线值 / goals by N01, floors by N02 to N04
tier "backbone" {
  name     = "市到区骨干"
  floor    = "1Gbit/s"
  goal     = "10Gbit/s"
  circuits = 2
}
tier "town" {
  name  = "区到镇街"
  floor = "100Mbit/s"
  goal  = "1Gbit/s"
}
tier "village" {
  name = "镇街到村社"
  goal = "100Mbit/s"
}

variable "city_gateway" {
  default = "198.19.255.1"
}
variable "city_gateway6" {
  default = "2001:db8:ffff::1"
}
variable "hub_gateway" {
  default = "198.18.0.1"
}
variable "hub_gateway6" {
  default = "2001:db8::1"
}

# 市级节点：由市里管理，本区不设探针 / the city's node is the city's: no agent of ours
site "city" {
  name     = "包头市级节点"
  kind     = "city"
  gateways = [var.city_gateway, var.city_gateway6]
}

site "hub" {
  name     = "青山区区级节点"
  kind     = "hub"
  parent   = "city"
  code     = "150204"
  owner    = "gongxinkeju"
  gateways = [var.hub_gateway, var.hub_gateway6]
  prefixes = ["198.18.0.0/24", "2001:db8::/48"]
  profiles = ["site", "services", "window"]

  check "icmp" "uplink" {
    target = var.city_gateway
    link   = "city-hub"
  }
  check "icmp" "uplink-v6" {
    target = var.city_gateway6
    link   = "city-hub"
  }
}

link "city-hub" {
  name    = "市级至区级主干"
  between = ["city", "hub"]
  tier    = "backbone"
  circuit "first" {
  }
  circuit "second" {
  }
}

device "hub-core" {
  name    = "区级核心交换机"
  site    = "hub"
  address = "198.18.0.254"
}

# 各站点自己的网关 / every site's own gateways
profile "site" {
  check "icmp" "gateway" {
    target = site.gateway
  }
  check "icmp" "gateway-v6" {
    target = site.gateway6
  }
}

# 各系统：锚点（区、镇街、村社各一个）1 级每分钟、其余每 5 分钟，别处每小时一次
# Services: three anchors look each minute at those of tier 1 and every 5 minutes
# at others, all other sites once an hour
profile "services" {
  check "http" "web-1" {
    for_each  = var.web_tier1
    id        = each.key
    service   = each.key
    elsewhere = "1h"
    interval  = "1m"
    max_body  = 16384
  }
  check "http" "web" {
    for_each  = var.web
    id        = each.key
    service   = each.key
    elsewhere = "1h"
    interval  = "5m"
    max_body  = 16384
  }
  # 接口：不登录，拒绝访问也说明它在服务 / an API: nobody logs in, and a refusal is an answer
  check "http" "api-1" {
    for_each  = var.api_tier1
    id        = each.key
    service   = each.key
    elsewhere = "1h"
    interval  = "1m"
    method    = "HEAD"
    status    = ["200-399", "401", "403", "405"]
  }
  check "http" "api" {
    for_each  = var.api
    id        = each.key
    service   = each.key
    elsewhere = "1h"
    interval  = "5m"
    method    = "HEAD"
    status    = ["200-399", "401", "403", "405"]
  }
  check "tcp" "port-1" {
    for_each  = var.tcp_tier1
    id        = each.key
    service   = each.key
    elsewhere = "1h"
    interval  = "1m"
  }
  check "tcp" "port" {
    for_each  = var.tcp
    id        = each.key
    service   = each.key
    elsewhere = "1h"
    interval  = "5m"
  }
  # A75：每个站点，更勤 / from every site, and more often
  check "http" "every" {
    for_each  = var.web_every
    id        = each.key
    service   = each.key
    elsewhere = "30m"
    interval  = "5m"
    max_body  = 16384
  }
  check "http" "zhanqun" {
    service   = "zhanqun"
    elsewhere = "1h"
    interval  = "5m"
    max_body  = 16384
  }
  check "dns" "dns" {
    service   = "dns"
    elsewhere = "1h"
    interval  = "1m"
    name      = "xietong-bangong.example"
  }
}

# 设有办事窗口的站点 / sites with a counter
profile "window" {
  check "http" "window" {
    for_each  = var.web_window
    id        = each.key
    service   = each.key
    elsewhere = "1h"
    interval  = "5m"
    max_body  = 16384
  }
  check "tcp" "window-port" {
    for_each  = var.tcp_window
    id        = each.key
    service   = each.key
    elsewhere = "1h"
    interval  = "5m"
  }
}

# 21 个村 / the 21 villages
profile "village" {
  check "http" "village" {
    for_each  = var.web_village
    id        = each.key
    service   = each.key
    elsewhere = "1h"
    interval  = "5m"
    max_body  = 16384
  }
}

service "dns" {
  name     = "政务外网域名解析"
  target   = "192.0.2.53"
  owner    = "gongxinkeju"
  tier     = 1
  layer    = "network"
  resolver = true
}

service "zhanqun" {
  name       = "政务网站站群系统"
  section    = "A88"
  target     = "https://zhanqun.example/"
  owner      = "gongxinkeju"
  layer      = "platform"
  depends_on = ["service.dns"]
}

# IPv6 改造点：A88 网站，A89 核心设备与服务器，N08 骨干，域名服务器，镇街站点
# Points: websites by A88, core devices and servers by A89, the backbone by N08
point "zhanqun" {
  name    = "政务网站站群系统"
  kind    = "W"
  service = "zhanqun"
}
point "hub-core" {
  name   = "区级核心交换机"
  kind   = "D"
  device = "hub-core"
  core   = true
}
point "dashuju-zhongxin" {
  name    = "区大数据中心"
  kind    = "S"
  service = "dashuju-zhongxin"
  core    = true
}
point "dns" {
  name    = "政务外网域名解析"
  kind    = "N"
  service = "dns"
}
point "city-hub" {
  name = "市级至区级主干"
  kind = "L"
  link = "city-hub"
}
point "town" {
  for_each = ["fuqianglu", "xingfulu", "ziyoulu", "wanqinglu", "kexuelu", "xianfengdao", "qingshanlu", "wusutu", "qingfu", "xingsheng", "zhuangbeiyuan"]
  id       = each.key
  kind     = "T"
  site     = each.key
}

# 业务通：采集中心、域名解析、协同办公三者至少通两个 / E2: two of the collector, the resolver and the office system
indicators {
  quorum      = ["dns", "xietong-bangong"]
  quorum_need = 2
}
