# 采集中心配置 / The collector's configuration.
#
# 采集中心读取一个目录中的全部 *.hcl 文件，文件怎样划分、先后顺序均无影响。本文件
# 列出每一个词；有默认值的写的就是默认值，不需要改的可以删去。
# The collector reads all *.hcl files of one directory; how they are divided and
# ordered means nothing. This file names every word. What has a default is
# written with it; leave out what you do not change.
#
# 时长 "500ms" "10s" "5m" "7d"，比例 "5%"，大小 "512MiB"；数字和 true/false 不带引号。
# Lengths of time, shares and sizes are in quotes; numbers and true/false are not.
# 检查命令 / to check it: fengsui-collector config check DIR

collector {
  # 区名，写入登记包，例如 "青山区" / the district's name, for the enrolment pack
  district = ""

  # 数据目录 / state, history and authority
  data = "/var/lib/fengsui-collector"

  # 探针连接的地址 / where agents connect (TLS)
  listen = "[::]:7443"

  # 探针在各站点连接采集中心所用的地址和端口，写入登记包（fengsui-collector pack）；
  # 建议写 IP，不依赖域名解析；须能从其他机器连到
  # addresses at which the sites reach it, for the enrolment pack (fengsui-collector
  # pack), such as ["10.0.0.5:7443", "[fd00::5]:7443"]; an IP address needs no DNS
  addresses = []

  # 网页地址；有登录功能之前只能是本机 / where people connect; until there is a login a loopback address
  web = "127.0.0.1:7480"

  # 服务器证书中的域名和地址 / names and addresses in the server's certificate
  names = []

  # 本单位自有 CA 的证书和密钥（PEM）；空表示使用内置 CA。密钥为 ECDSA P-256、P-384 或
  # 2048 位以上的 RSA，不加口令，权限 0600；证书之后可附上级证书。备份不含这两个文件。
  # 已有探针登记后更换 CA，所有探针都须重新登记（同一密钥换发的证书除外）
  # the bureau's own CA, certificate and key in PEM; empty for the built-in one. The
  # key is ECDSA P-256 or P-384, or RSA of 2048 bits and more, without a passphrase,
  # with mode 0600; certificates above may follow the CA's. Neither is in a backup.
  # Another CA wants every agent enrolled again, unless it is renewed with its key
  ca_cert = ""
  ca_key  = ""

  # 网页对外的网址，用于通知中的链接 / URL of the pages, for links in notifications
  external_url = ""

  # 日志级别：debug、info、warn、error / least level that is logged
  log_level = "info"

  # 静默的判定 / when something is silent
  silence {
    # 站点：超过这个时间没有任何消息 / a site: nothing at all came for this long
    site = "45s"

    # 检查：最新结果早于这么多个间隔再加 check_grace
    # a check: its newest result is older than so many intervals and check_grace
    check_intervals = 2
    check_grace     = "30s"
  }

  # 历史数据 / samples
  history {
    # 保存多久 / for how long they are kept
    retention = "90d"

    # 迟到多久仍接收，不短于 keep / how late they may be, at least keep
    out_of_order = "31d"

    # 批次摘要保留多久，与探针的 keep 一致 / for how long digests of batches are kept, as the agents' keep
    keep = "7d"

    # 每个站点的序列上限 / series of a site at most
    series_per_site = 20000
  }

  # 磁盘剩余空间 / free space on the disk of data
  disk {
    # 低于此值拒绝启动 / below this the collector refuses to start
    refuse_below = "200MiB"

    # 低于此比例告警 / below this share it warns
    warn_below = "10%"
  }

  # 查询限制 / limits of a query
  query {
    timeout = "1m"
    samples = 50000000
  }
}

# 站点：装有探针的地方；名称由小写字母、数字、“-”、“_”组成
# A site: a place with an agent. Names are of a-z, 0-9, - and _.
site "hub" {
  # 中文名，默认同上 / its Chinese name, by default the name above
  name = "hub"

  # 必填：city 市级 hub 区级 town 镇街道 community 社区村 hall 大厅 / required
  kind = "hub"
}

site "qingfu" {
  name = "青福镇"
  kind = "town"

  # 上级站点，默认没有 / the site above, by default none
  parent = "hub"

  # 只在本站点运行的检查 / a check that only this site runs: check KIND NAME
  check "icmp" "hub-gateway" {
    # 必填（或写 service）：目标，写法由检查种类决定 / required, unless there is a service: what to look at
    target = "10.1.0.1"

    # 间隔，1s 到 31d / how often, 1s to 31d
    interval = "1m"

    # 时限，不超过间隔，且按选项检查得完；默认取 10s 与间隔中较短者
    # by when it ends, at most the interval, enough for the options; by default 10s or the interval
    timeout = "10s"

    # 地址族：both、v4、v6 / over which family: both, v4, v6
    family = "both"

    # true 表示应有 IPv6，没有 AAAA 记录时记为发现 / true: no AAAA record is a finding
    want_v6 = false

    # 其余的词是各种检查自己的选项，见 checks/<种类>/README.md
    # further words are options of the kind, see checks/<kind>/README.md
  }

  check "icmp" "portal-here" {
    # 看一个系统而不写目标 / a service in the place of a target
    service = "portal"
  }
}

# 系统：人们使用的政务系统 / A service: a government system that people use
service "portal" {
  # 中文名，默认同上 / its Chinese name, by default the name above
  name = "portal"

  # 必填：未写目标的检查看这里 / required: what checks look at that have no target of their own
  target = "10.9.0.1"

  # 责任单位 / who answers for it
  owner = ""
}

# 多个站点运行的检查 / A check that several sites run
check "icmp" "portal-ping" {
  # 检查哪个系统；结果的 target 标签是系统名 / which service; it becomes the label "target"
  service = "portal"

  # 由哪些站点、哪类站点运行，至少写一个 / which sites and which kinds of sites run it, at least one of the two
  sites = ["hub"]
  kinds = ["town"]

  # 还可以写 target、interval、timeout、family、want_v6 和选项，同上 / and the words above
  target   = "10.9.0.1"
  interval = "1m"
  timeout  = "10s"
  family   = "both"
  want_v6  = false
}

# 告警规则；内置规则见 alerts/，同名的会取代内置规则
# An alert rule. Rules in alerts/ are built in; one of the same name replaces it.
alert "hub_dark" {
  # 必填：PromQL；page 级只能用 fengsui_known_… 和 fengsui_site_info
  # required; of severity page it reads known series only
  expr = "fengsui_known_site_state{site=\"hub\"} == 4"

  # 持续多久才告警 / how long it holds before it fires
  for = "0s"

  # 多久计算一次，1s 到 1d / how often it is evaluated
  every = "5s"

  # page 呼人，ticket 工作时间处理，info 只显示 / calls somebody, waits for working hours, is only shown
  severity = "page"

  # 必填：一句话，可用 {{ $labels.site }} 和 {{ $value }} / required: one sentence, a template
  summary {
    zh = "区级节点静默"
    en = "the hub is silent"
  }

  # 附加标签 / further labels
  labels {
    area = "qingshan"
  }

  # 附加说明，模板同上 / further annotations, templates
  annotations {
    next_step = "拨打 {{ $labels.site }} 的联系人"
  }
}

# 通知发往何处；没有 receiver 时告警只显示 / Where notifications go; without a receiver alerts are only shown
receiver "noc" {
  webhook {
    # 必填 / required
    url = "http://127.0.0.1:9000/"

    # 一次投递的时限 / by when one delivery ends
    timeout = "10s"
  }

  # 恢复时也通知 / tell the end of an alert too
  send_resolved = true
}

# 怎样合并与发送；只有一个接收者时可不写 / How alerts are grouped; not needed with one receiver
route {
  # 默认是唯一的接收者 / by default the only receiver
  receiver = "noc"

  # 这些标签相同的告警合为一条通知 / alerts alike in these labels are one notification
  group_by = ["alertname"]

  # 第一条通知前等待同组告警 / wait for others of the group before the first notification
  group_wait = "30s"

  # 同组有变化时，两次通知的最短间隔 / between notifications of a group that changed
  group_interval = "5m"

  # 没有变化时，多久重复一次 / between notifications of a group that did not change
  repeat_interval = "12h"
}
