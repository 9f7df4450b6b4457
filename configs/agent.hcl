# 探针配置（站点本机） / The agent's configuration, on the site's own machine.
#
# 每个词都写出了默认值，不需要改的可以删去。 / Every word is here with its
# default; leave out what you do not change. 采集中心无法放宽这里的限制。 / The
# collector cannot widen what is allowed here.

# 数据目录：缓存、身份、任务 / spool, identity, cached assignment
data = "/var/lib/fengsui-agent"

# 采集中心地址，依次尝试；空表示用登记时得到的地址（建议写 IP，不依赖域名解析）
# addresses of the collector, tried in turn; empty: those told at enrolment
# (an IP address needs no DNS), such as ["10.0.0.5:7443"]
collectors = []

# 到采集中心途中的 HTTP 代理（CONNECT）；address 为空表示直连。代理只转发加密的数据，
# 采集中心仍按指纹认证 / an HTTP proxy (CONNECT) on the way to the collector; an
# empty address for none. It only passes on what is encrypted, and the collector
# is still known by its pin
proxy {
  # 例如 / such as "10.0.0.8:3128"
  address = ""

  # 代理要求认证时的用户名（Basic 方式）；空表示不认证
  # the user when the proxy wants Basic authentication, empty for none
  user = ""

  # 存放口令的文件，只有一行；每次连接时读取 / file with the password in one line,
  # read at every connection
  password_file = ""
}

# 允许探测的网段 / prefixes that may be probed
allow_prefixes = ["0.0.0.0/0", "::/0"]

# 允许运行的检查种类，"*" 表示全部 / kinds of checks that may run, "*" for every kind
allow_kinds = ["*"]

# 同时运行的检查数，1 到 10000 / checks running at once, 1 to 10000
max_concurrent = 100

# 日志级别：debug、info、warn、error / least level that is logged
log_level = "info"

# 磁盘缓存 / what waits on the disk
spool {
  # 结果平时放在哪里："disk" 每秒写盘；"memory" 放在内存，定期写盘（检查点），适合不宜频繁
  # 写入的闪存。已确认的结果只留在内存，重启即忘；断电或强制结束时，最近一个检查点之后
  # 尚未上报的结果会丢失，并如实上报缺失的范围。两种方式可随时互换，数据目录不必改动。
  # 每分钟 50 项检查的站点，按 4 KiB 整页估算每天写盘（括号内为采集中心不通时）：
  # "disk" 684 MB（613 MB），"memory" 4 MB（28 MB）；"memory" 方式下状态文件每三分之一个
  # 检查点间隔才更新，每天另约 2 MB
  # where results wait: "disk" writes every second; "memory" writes now and then
  # (a checkpoint) only what is not acknowledged, for flash that writing wears.
  # What is acknowledged is then in memory only and a restart forgets it; a power
  # cut loses what was not delivered since the last checkpoint, and that is told.
  # The same data directory serves either way. A site of 50 checks a minute writes
  # in a day, in whole pages of 4 KiB (in brackets: without a collector): "disk"
  # 684 MB (613 MB), "memory" 4 MB (28 MB); the status file, then rewritten every
  # third of a checkpoint, adds some 2 MB
  where = "disk"

  # where = "memory" 时，内存中最多存放的结果；满时先丢弃已确认的
  # with where = "memory": results in memory at most; acknowledged ones go first
  memory = "8MiB"

  # where = "memory" 时，检查点的间隔，10s 到 1d；正常停止时以及未确认的结果占满一半内存时也会写盘
  # with where = "memory": between checkpoints, 10s to 1d; a clean stop makes one,
  # and so does half of the memory full of what is not acknowledged
  checkpoint = "15m"

  # 最多占用，1MiB 到 1TiB / at most, 1MiB to 1TiB
  limit = "512MiB"

  # 文件系统中始终留空的比例，0% 到 90% / share of the file system never taken
  reserve = "10%"

  # 已确认的结果保留多久，供采集中心恢复后补取；应与采集中心的 keep 一致
  # for how long acknowledged results stay, for a collector that was restored;
  # as long as the collector's keep
  keep = "7d"
}

# 上报 / how results travel
push {
  # 平时的间隔；应不超过采集中心静默时限的三分之一
  # between pushes; at most a third of what the collector calls silence
  idle = "15s"

  # 状态变化后一分钟内的间隔 / between pushes for a minute after a change
  busy = "5s"

  # 补传旧数据的速率上限 / rate at which old results are sent
  backlog = "1Mbit/s"
}
