# 一个写满错误的文件 / a file full of mistakes; mistakes.txt is what is said of it

collector {
  listen  = "7443"
  web     = "0.0.0.0:7480"
  silence = "45s"
  histroy {
    retention = "90d"
  }
}

site "hub" {
  name   = "青山区大数据中心"
  kind   = "district"
  parent = "qingfu"

  check "icmp" "城关-gateway" {
    target   = "10.1.0.1"
    interval = 10
    timeout  = "3"
    count    = "3"
    loss_degarded = "20%"
  }
}

site "qingfu" {
  name   = "青福镇"
  kind   = town
  parent = "hub"
}

site "qingfu" {
  kind   = "town"
  parent = "hbu"
}

check "htp" "portal" {
  target = "http://portal.example/"
  kinds  = ["town", "village"]
}

check "http" "portal" {
  service  = "potral"
  sites    = ["hub", "qingfo"]
  family   = "6"
}

service "portal" {
  name   = "门户${a}"
  target = "https://portal.example/"
  target = "https://portal.example/"
}

alert "loss" {
  expr     = "fengsui_icmp_loss_ratio > 0.2"
  for      = "5 minutes"
  severity = "page"
  summary { zh = "丢包", en = "loss" }
}

alert "silent" {
  expr = "fengsui_known_site_state == 4"
  summary {
    zh = "一行很长的话，说的是{{ $labels.site }}已经很久没有任何消息了，所以其下所有检查的状态都不可知，应当检查供电、线路和探针，然后打电话给{{ $labels.name }"
  }
}

receiver "noc" {
  webhook {
    url = "127.0.0.1:9000"
  }
}
