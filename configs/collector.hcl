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

# 值可以写成表达式：var.名称 取变量，"${var.名称}" 拼入文字，each.key、each.value 用于
# for_each，site.id、site.name、site.kind、site.gateway、site.gateway6 用于 profile；
# 此外没有函数、循环和判断。
# A value may be an expression: var.NAME, "${var.NAME}" within a text, each.key and
# each.value where there is for_each, and in a profile site.id, site.name, site.kind,
# site.gateway and site.gateway6. There are no functions, loops or conditions.

# 变量：同一份配置用于不同的地方 / A variable, for one configuration in several places
variable "portal" {
  # 没有在 variables 中给出时的值；不写则必须给出 / its value where variables gives none
  default = "10.9.0.1"
}

# 变量的值，全部文件中只写一处 / The values of variables, in one place of all files
variables {
  portal = "10.9.0.1"
}

# 线路等级：底线值、目标值和电路数 / A class of lines: what they must carry
tier "town" {
  # 中文名，默认同上 / its Chinese name, by default the name above
  name = "town"

  # 底线值，默认没有 / floor, by default none
  floor = "100Mbit/s"

  # 目标值，不低于底线值，默认没有 / goal, at least the floor, by default none
  goal = "1Gbit/s"

  # 应有几条电路，2 即双链路 / how many circuits there must be
  circuits = 1
}

# 开放时间；"office" 已内置为工作日 08:30 到 17:30 / When places are open; "office" is built in
hours "village" {
  # working 只在工作日，all 每天 / on working days only, or on all
  days  = "working"
  open  = "08:30"
  close = "17:30"

  # 某一季节另有时间，未写的同上 / other hours in a season; what is not written is as above
  season {
    from  = "05-01"
    to    = "09-30"
    days  = "working"
    open  = "08:30"
    close = "17:30"
  }
}

# 秘密：只发给需要它的探针；值只能取自环境变量或文件
# A secret goes only to the agents that need it; its value is env("NAME") or file("PATH")
secret "snmp-core" {
  value = file("/etc/fengsui/snmp-core")
}

# 站点：装有探针的地方；名称由小写字母、数字、“-”、“_”组成
# A site: a place with an agent. Names are of a-z, 0-9, - and _.
site "hub" {
  # 中文名，默认同上 / its Chinese name, by default the name above
  name = "hub"

  # 必填：city 市级 hub 区级 town 镇街道 community 社区村 hall 大厅 / required
  kind = "hub"

  # 统计用区划代码 / code of the statistical register
  code = ""

  # 负责开通的单位 / the unit that does its set-up tasks
  owner = ""

  # 接入方式：fiber 光纤 cable 广电 vpn 5g other / how it is connected
  access = "fiber"

  # 按需接入：村社是否提出了接入需求 / wanted on demand: whether it counts in the coverage
  demand = false

  # 合同带宽，默认未知 / bandwidth by contract, by default not told
  cir = "1Gbit/s"

  # 本地网关，IPv4、IPv6 各至多一个 / gateways of its network, at most one of a family
  gateways = []

  # 本地网段 / its networks
  prefixes = []

  # 开机时间，默认全天 / in which hours it is switched on, by default always
  hours = "office"

  # 依赖的站点、线路、系统等 / what it needs besides its lines
  depends_on = []

  # 使用哪些检查组 / the profiles whose checks it runs
  profiles = ["area"]
}

# 检查组：写明 profiles 的站点都运行其中的检查，值可以用 site.…
# A profile: checks of every site that names it; their values may speak of the site
profile "area" {
  check "icmp" "portal-profile" {
    service   = "portal"
    elsewhere = "1h"

    # true 表示本站点代表的每个接入点各运行一次，从该接入点的地址发出
    # true: once for each access point that the site speaks for, from its address
    access = false

    # 其余同下 / the other words are as below
    target   = "10.9.0.1"
    interval = "1m"
    timeout  = "10s"
    family   = "both"
    want_v6  = false
  }
}

# 单位 / A unit: an organisation
unit "caizheng" {
  # 中文名，默认同上 / its Chinese name, by default the name above
  name = "caizheng"

  # 财政局名单中的代码 / code in the finance bureau's list
  code = ""

  # 是否财政预算单位：unset 未定 yes no；有未定的单位时接入率不予计算
  # whether it is a budget unit; while one is unset there is no access rate
  budget = "unset"

  # 预算级次 1 或 2 / budget level
  level = 1

  # 接入点 / where it is connected
  access "main" {
    # 由哪个站点的探针代表；没有探针时不写 / the site whose agent speaks for it; leave it out when none does
    site = "hub"

    # 是否决定该单位的接入状态 / whether it decides that the unit is connected
    required = true

    # 探针代表它时使用的本机地址，或接口，只写一个 / from which address of the agent, or from which interface
    sources = []

    # 该单位的网关，区级节点由此取得一级证据 / the unit's gateways, which the hub asks
    gateways = []

    # 该单位的外网网段；探针既不从这里、也不从其站点的网段连到采集中心时，其结果不作接入率的证据
    # its networks: what an agent saw that was heard neither from here nor from its site's networks is no evidence
    prefixes = ["10.7.9.0/24"]

    # 经地址转换后采集中心看到的网段，写了就只看它 / as the collector sees it from behind NAT; then these alone count
    seen = []

    # 接入方式，同站点 / how it is connected, as of sites
    access = "fiber"

    # 上联线路 / its parent link
    link = "hub-qingfu"

    # 合同带宽 / bandwidth by contract
    cir = "100Mbit/s"

    # 节点单位网络开通确认单编号 / number of the form that confirms its opening
    confirmation = ""

    # 谁批准探针设于此处 / who approved the agent's place
    approved = ""

    # 开通日期 / day of the opening
    opened = "2026-01-05"
  }

  access "second" {
    interface = "eth1"
  }
}

# 线路：两个站点之间，由一条或几条互为备份的电路组成
# A link between two sites, made of circuits that back one another
link "hub-qingfu" {
  # 中文名，默认同上 / its Chinese name, by default the name above
  name = "hub-qingfu"

  # 必填：两端的站点，上级在前 / required: its sites, the upper one first
  between = ["hub", "qingfu"]

  # 线路等级，默认没有 / by default none
  tier = "town"

  # 按需接入，是否已提出需求 / wanted on demand
  demand = false

  # 合同带宽 / bandwidth by contract
  cir = "100Mbit/s"

  # 还依赖什么 / what else it needs
  depends_on = []

  # 电路；运营商和电路编号用 fengsui-collector contacts 导入，不写在这里
  # A circuit. Its carrier and number are imported by fengsui-collector contacts
  circuit "telecom" {
    # 由哪台设备的哪个接口可见 / the device and interface that show it
    device    = "hub-core"
    interface = "GigabitEthernet0/0/3"
    access    = "fiber"
    cir       = "100Mbit/s"
  }
}

# 设备：按电路轮询其接口 / A device that is polled by SNMP, for the circuits on it
device "hub-core" {
  # 中文名，默认同上 / its Chinese name, by default the name above
  name = "hub-core"

  # 必填：所在站点 / required: where it stands
  site = "hub"

  # 由哪个站点的探针轮询，默认是所在站点 / which site polls it, by default the same
  poller = "hub"

  # 必填：地址 / required
  address = "10.1.0.254"

  # SNMP 版本：1、2c、3 / version
  version = "2c"

  # 团体名或用户密钥 / the secret with its community or keys
  secret = "snmp-core"

  # 轮询间隔 / how often
  interval = "1m"

  # 还依赖什么 / what else it needs
  depends_on = []
}

# 改造点：计入 IPv6 改造点数 / A point whose IPv6 retrofit is counted
# 由现有检查经 IPv6 看到的结果评判：W、S 是 service 的 http、tcp 检查和问其 AAAA 的 dns 检查，
# N 是 service 的 dns 检查，D 是 device 的 icmp、snmp 检查，L 是两端 link 的检查，T 是站点到 quorum 各系统的检查
# Judged by what checks see over IPv6: of W and S the http and tcp checks of the service and dns
# checks that ask for its AAAA, of N its dns checks, of D icmp and snmp of the device, of L checks of
# the link at both ends, of T the site's checks of the quorum
point "portal" {
  # 中文名，默认同上 / its Chinese name, by default the name above
  name = "portal"

  # 必填：W 网站 D 核心设备 S 服务器 N 域名服务器 L 线路 T 站点 / required
  kind = "W"

  # 必填其一：改造的对象 / one of service, device, site and link: what is retrofitted
  service = "portal"

  # 是否核心设备或服务器 / counts for the milestone of core devices and servers
  core = false

  # 改造是否已开始 / whether work on it has begun
  started = false

  # 证明材料所在 / where its evidence lies
  evidence = ""
}

point "core" {
  kind   = "D"
  device = "hub-core"
}

point "town-line" {
  kind = "L"
  link = "hub-qingfu"
}

point "town-lan" {
  kind = "T"
  site = "qingfu"
}

# 已批准的维护或停电：期间的失败和无数据不计入接入率（仍列出），告警不因此静默
# Approved work or a power cut: what fails or is dark meanwhile is not held against a
# unit in the access rate, and is told all the same. It silences no alert.
maintenance "power" {
  # 名称，默认同上 / its name, by default the name above
  name = "power"

  # 必填：涉及的站点、线路、设备、单位或接入点；只能经由它们到达的一并计入
  # required: what is worked on; what is only reached through it is meant too
  on = ["site.qingfu"]

  # 必填：起止时间，不超过 31 天 / required, at most 31 days
  from = "2026-12-05 22:00"
  to   = "2026-12-06 06:00"

  # 必填：批准人或批准单位 / required: who approved it
  approved = "区工信科局"

  # 通知的名称和编号 / the notice
  reason = ""
}

# 两项实测指标的口径 / How the two measured indicators are computed
indicators {
  # 一轮的长度，应整除一天 / length of a round; it divides a day
  round = "5m"

  # 业务通：下列系统与采集中心中至少连通几个 / E2: so many of these and of the collector itself are reached
  quorum      = ["portal"]
  quorum_need = 2

  # 计入分母的预算级次 / budget levels in the denominator
  levels = [1]

  # 计入哪些时间 / in which hours rounds count
  hours = "office"

  # 一天算接入：成功率不低于、无数据不高于 / a day is connected: share of rounds ok at least, without data at most
  day_ok      = "95%"
  day_no_data = "20%"

  # 一月算接入：接入的工作日不低于 / a month is connected: share of its days
  month_ok = "90%"

  # 同一轮中失败的接入点达到此比例时不计任何单位 / above this share of failures in one round nobody is blamed
  hub_fault = "50%"

  # 质量达标：丢包和时延（95 分位）不高于；VPN 和 5G 用 slow_ / E3, and of VPN and 5G
  loss      = "1%"
  rtt       = "50ms"
  slow_loss = "3%"
  slow_rtt  = "150ms"

  # 采集中心在政务外网上的地址段：探针连到别的地址，其结果不作证据；空为不检查
  # the collector's own networks in the extranet: what came to another address proves nothing; empty: not looked at
  extranet = []

  # 超过此时间的补传不再改变结果 / after which late data changes a round no more
  closes = "31d"

  # 改造点：连续通过几轮算已完成，连续失败几轮算回退，一轮多长，几个站点一致
  # points: rounds passed until done, rounds failed until reverted, length of a round, sites that agree
  promote_after = 7
  revert_after  = 3
  point_round   = "1d"
  vantages      = 2

  # 区级节点多久看一次各接入点的网关，0s 不看 / how often the hub asks the gateways of access points; 0s: never
  gateway_check = "0s"
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

    # 它说明的是哪条线路、哪台设备或哪个单位，只写一个；告警和拓扑据此归并
    # the link, device or unit that it tells of, one of them; alerts and topology go by it
    link = "hub-qingfu"

    # 间隔，1s 到 31d / how often, 1s to 31d
    interval = "1m"

    # 时限，不超过间隔，且按选项检查得完；默认取 10s 与间隔中较短者
    # by when it ends, at most the interval, enough for the options; by default 10s or the interval
    timeout = "10s"

    # 地址族：both、v4、v6 / over which family: both, v4, v6
    family = "both"

    # true 表示应有 IPv6，没有 AAAA 记录时记为发现 / true: no AAAA record is a finding
    want_v6 = false

    # true 表示设计上只用 IPv4，出现 AAAA 记录时记为发现 / true: IPv4 only by design, an AAAA record is a finding
    v4_only = false

    # 其余的词是各种检查自己的选项，见 checks/<种类>/README.md
    # further words are options of the kind, see checks/<kind>/README.md
  }

  check "icmp" "portal-here" {
    # 看一个系统而不写目标 / a service in the place of a target
    service  = "portal"
    interval = "10m"
  }

  check "icmp" "core" {
    target = "10.1.0.254"
    device = "hub-core"
  }

  check "icmp" "finance" {
    target = "10.2.0.1"
    unit   = "caizheng"
  }
}

# 站点、单位、单位的接入点和链路的电路也可以写在表格里（.csv 为 UTF-8 或 GB18030，或 .xlsx）：
# 第一行是表头，每行一个，列的顺序不限，“序号”“备注”两列不读。与块等效，可以并用。
# 导出现有清单即得表头：fengsui-collector inventory export --table sites sites.csv
# Sites, units (as in the finance bureau's list), access points of units and circuits
# of links may stand in tables too (.csv in UTF-8 or GB18030, .xlsx): a row of heads,
# then one a row, columns in any order.
# A row says what a block says. An export of what there is shows the heads.
#
# table "sites" {         # "sites"，"units"，"access"，"circuits"
#   file  = "sites.csv"   # 相对于本文件 / beside this file
#   sheet = "站点"         # .xlsx 有几个工作表时 / of a workbook with several sheets
# }

# 系统：人们使用的政务系统 / A service: a government system that people use
service "portal" {
  # 中文名，默认同上 / its Chinese name, by default the name above
  name = "portal"

  # 必填：未写目标的检查看这里 / required: what checks look at that have no target of their own
  target = var.portal

  # 责任单位、监督单位：单位的名称，或直接写文字 / who answers for it and who supervises: a unit's name, or a text
  owner      = ""
  supervisor = ""

  # 行动方案中的编号 / number in the plan
  section = ""

  # 重要程度 1 最高到 3 / how much it matters, from 1 down to 3
  tier = 3

  # 是否关键信息基础设施 / critical information infrastructure
  cii = false

  # 等保级别 1 到 4，默认未定级，和备案号 / grade by 等保, by default none, and its record
  grade  = 2
  record = ""

  # 层次：cloud 云 network 网 platform 平台 system 系统 / layer
  layer = "system"

  # planned 规划 testing 测试 live 上线 / where it is in its life
  status = "live"

  # true 表示它解析域名，其他系统可能依赖它 / true: it resolves names for others
  resolver = false

  # 登记的地址：域名解析不到时，看同一主机的检查改用它 / declared addresses of its host, where checks look at that when no resolver answers
  addresses = []

  # 经常检查它的站点，默认由各级站点中各选一个 / the sites that look at it often, by default one of each kind
  anchors = []

  # 依赖什么，例如 ["service.dns", "link.city-hub"] / what it needs
  depends_on = []
}

# for_each：一个块代表多个，id 是各自的名称，默认为块名加“-”加键
# for_each: one block for many; id is the name of each, by default LABEL-KEY
service "exit" {
  for_each = { first = "10.9.1.1", second = "10.9.1.2" }
  id       = "exit-${each.key}"
  target   = each.value
}

# 多个站点运行的检查 / A check that several sites run
check "icmp" "portal-ping" {
  # 检查哪个系统；结果的 target 标签是系统名 / which service; it becomes the label "target"
  service = "portal"

  # 该系统的锚点之外的站点多久检查一次，默认与 interval 相同 / how often sites look that are no anchors of the service
  elsewhere = "5m"

  # 由哪些站点、哪类站点运行，至少写一个 / which sites and which kinds of sites run it, at least one of the two
  sites = ["hub"]
  kinds = ["town"]

  # 还可以写 target、interval、timeout、family、want_v6、v4_only 和选项，同上 / and the words above
  target   = var.portal
  interval = "5m"
  timeout  = "10s"
  family   = "both"
  want_v6  = false
}

# 告警规则；内置规则见 alerts/，同名的会取代内置规则
# An alert rule. Rules in alerts/ are built in; one of the same name replaces it.
alert "hub_dark" {
  # 必填：PromQL；page 级只能用 fengsui_known_…、fengsui_site_info、fengsui_target_info
  # required; of severity page it reads known series only
  expr = "fengsui_known_site_state{site=\"hub\"} == 4"

  # PromQL：告警结束须由它找到该对象（看到恢复才算恢复）；省略时 expr 不再成立即结束
  # the alert ends only when this finds its subject: seen to be well, not unseen;
  # without it an alert ends when expr no longer holds
  recovered = "fengsui_known_site_state{site=\"hub\"} < 4"

  # 持续多久才告警 / how long it holds before it fires
  for = "0s"

  # 抖动抑制，0s 到 1d：恢复后在此时间内再次出现的告警，须恢复满此时间才结束；0s 表示不抑制
  # flap damping, 0s to 1d: an alert that comes again within this time of its end
  # stays open until it has been well for as long; 0s for none
  hold_down = "0s"

  # 多久计算一次，1s 到 1d / how often it is evaluated
  every = "5s"

  # page 呼人，ticket 工作时间处理，info 只显示 / calls somebody, waits for working hours, is only shown
  severity = "page"

  # 必填：一句话，可用 {{ $labels.site }} 和 {{ $value }} / required: one sentence, a template
  summary {
    zh = "区级节点静默"
    en = "the hub is silent"
  }

  # 告警是什么，几个字，短信也用它，模板同上；可省略
  # what it is, in a few characters, also in a short message; may be left out
  title {
    zh = "静默"
    en = "silent"
  }

  # 下一步做什么，模板同上；可省略 / what to do first, a template; may be left out
  next_step {
    zh = "先查电源和上联光路"
    en = "look at its power and its uplink first"
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

# 计划负载的上限：平稳时超过即拒绝配置（config check 列出各系统、各线路的数值），确需如此须手工调高
# limits of the planned load: what asks for more in steady state is refused
# (config check lists each service and line), until a person raises them
load {
  # 一个系统每分钟收到的请求，各站点合计 / requests of one service, from all sites together
  requests_per_minute = 10

  # 一个站点的线路，双向合计 / of one site's line, both ways
  line = "10Mbps"
}

# 何时通知；重新加载后生效 / when people are told; holds from a reload on
alerting {
  # 上级故障消除后，受其影响的告警还保持归并多久，0s 到 1h：两次推送的时间，等它们自行恢复
  # how long what hung on a cause stays held after its end, 0s to 1h: two push
  # intervals, in which its own recovery arrives
  linger = "30s"

  # 站点可以比开放时间早关、晚开多久而不算失联，0s 到 2h；为此，临近下班的断线次日开门后才告警
  # by how much a site may fall silent before its hours end and come after they
  # began, 0s to 2h; a cut within it before the end is told on the next morning
  duty_grace = "15m"
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

  # 这些标签相同的告警合为一条通知；node 是告警的对象，一处故障一条通知
  # alerts alike in these labels are one notification; node is what an alert is
  # about: one notification for one fault
  group_by = ["alertname", "node"]

  # 第一条通知前等待同组告警 / wait for others of the group before the first notification
  group_wait = "30s"

  # 同组有变化时，两次通知的最短间隔 / between notifications of a group that changed
  group_interval = "5m"

  # 没有变化时，多久重复一次 / between notifications of a group that did not change
  repeat_interval = "12h"
}

# 工作日历：每年的放假与调休，按国务院办公厅的通知书写；2026 年已内置。
# 从前一年的 11 月起，缺少次年日历时 config check 报错
# The working days of a year as its notice says; 2026 is built in. From November
# on config check wants the next year
calendar "2026" {
  # 必填：通知的名称和日期 / required: the notice
  source = "国务院办公厅关于2026年部分节假日安排的通知（2025-11-04）"

  # 必填：放假的日期，含周末，每项一天或一段 / required: days off, weekends among them, a day or a range each
  holidays = [
    "2026-01-01/2026-01-03", "2026-02-15/2026-02-23", "2026-04-04/2026-04-06", "2026-05-01/2026-05-05",
    "2026-06-19/2026-06-21", "2026-09-25/2026-09-27", "2026-10-01/2026-10-07",
  ]

  # 必填：调休上班的周末 / required: weekend days that are worked
  workdays = ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"]
}
