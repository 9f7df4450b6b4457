# 探针所在机器的时钟偏差超过 10 秒（结果的时间由采集中心校正，不受影响）。
# The clock of an agent's machine is off by more than 10 s. The times of its results
# are the collector's and not affected.
#
# This rule is built in. An alert "clock_off" of your own replaces it.
alert "clock_off" {
  expr = <<-EOT
    abs(fengsui_known_clock_offset_seconds) > 10
  EOT
  recovered = <<-EOT
    abs(fengsui_known_clock_offset_seconds) <= 10 and on (site) fengsui_known_site_state < 4
  EOT
  for      = "5m"
  severity = "ticket"

  title {
    zh = "时钟偏差"
    en = "clock off"
  }

  summary {
    zh = "站点 {{ $labels.site }} 的探针时钟偏差 {{ $value | humanizeDuration }}"
    en = "the clock of the agent at site {{ $labels.site }} is off by {{ $value | humanizeDuration }}"
  }

  next_step {
    zh = "在该机器上查看 chrony 或 ntpd 是否指向区级时间源"
    en = "see whether its chrony or ntpd asks the time server of the district"
  }
}
